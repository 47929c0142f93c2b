"""The page for a resident: what the risk is, the norm, a house like mine, what is uncertain, what is not in it.

Sentence first, number second; one denominator for risk and norm (per million); no colour and no word says safe or
unsafe. It speaks of types of buildings and of totals and never of one house.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mijnrisico.report import building_facts, buildings, hazard_facts, norms
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.figures.f21_damage import count
from mijnrisico.report.pages import page, tables
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

GLOSSARY = ("lpr", "norm", "type", "model", "probably")
_TYPES = 8
_TOWNS = 3
_LEFT_OUT = ("buildings_outside", "people_outside")
_CONTACTS = ("ncg", "img", "municipality")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: sentences, a table, points after it."""

    name: str
    paragraphs: tuple[str, ...] = ()
    table: str = ""
    points: tuple[str, ...] = ()


def possible(run: RunFolder) -> bool:
    """Say whether the run has the risk that this page is about."""
    return run.has_table("lpr_classes")


def render(run: RunFolder, words: Words, *, paper: bool = False, contact: str = "", expert: bool = True) -> str:
    """Return the page; with `paper` the one that becomes a PDF, with `expert` one that leads to the whole report.

    `contact` says whom to call, lines apart; where it is empty the authorities are named.
    """
    known = {"types": house_types(run, words)}
    if building_facts.counted(run):
        known["resident_classes"] = _risk_classes(run, words)
        if run.has_table("buildings_municipalities") and (table := _municipalities(run, words)).rows:
            known["resident_municipalities"] = table
    made = page.common(run, words, {}, known, file="resident", kind=words("resident.kind"), paper=paper,
                       glossary=GLOSSARY)  # fmt: skip
    made.stacked = ("types", "resident_classes", "resident_municipalities")
    made.title = words("resident.title")
    made.headline = _headline(run, words)
    made.chapters = tuple(_chapters(run, words, known, paper=paper))
    made.contacts = _contacts(words, contact)
    made.expert = f"report.{words.lang}.html" if expert else ""
    made.dated = words("resident.dated", year=run.shown_year, first=run.first_year, last=run.last_year)
    return page.render("resident.html.j2", made)


def _contacts(words: Words, contact: str) -> tuple[str, ...]:
    """Return whom to call, a line each."""
    given = tuple(line.strip() for line in contact.replace("\\n", "\n").splitlines() if line.strip())
    return given or tuple(words(f"resident.contact_{name}") for name in _CONTACTS)


def _headline(run: RunFolder, words: Words) -> str:
    """Return the answer in a sentence or two: buildings above the norm, or types where the run counted none."""
    if not building_facts.counted(run):
        highest = highest_by_class(run)
        above = norms.exceeding(highest["lpr_mean"])
        key = "some" if above else "none"
        return words(f"resident.types_{key}", year=run.shown_year, count=above, classes=len(highest))
    year = building_facts.year(run)
    above = building_facts.above(run, year)
    numbers = {
        "year": year,
        "count": words.people(above.buildings) if above.buildings > 0.0 else words("resident.no_building"),
        "total": words.people(building_facts.total(run, year)),
    }
    kind = "some" if above.buildings > 0.0 else "none"
    found = words(f"resident.buildings_{kind}", **numbers)
    if band := building_facts.band(words, above):
        found += f" {words('resident.buildings_band_' + band['case'], **band)}"
    if least := building_facts.least(run, words, above):
        found += f" {words('resident.buildings_band_least', **least)}"
    return found


def _chapters(run: RunFolder, words: Words, known: Mapping[str, Table], *, paper: bool) -> list[Chapter]:
    """Return the chapters; on paper, two pages, the municipalities are a sentence instead of a table."""
    found = [
        Chapter("what", (words("resident.what_lpr"), _norm(words), words("resident.when"))),
        Chapter("house", (words("resident.house", year=run.shown_year),), "types"),
    ]
    municipalities = known.get("resident_municipalities")
    if "resident_classes" in known:
        listed = (_listed(words, municipalities),) if municipalities and paper else ()
        found.append(Chapter("groups", (words("resident.groups"), *listed), "resident_classes"))
    if municipalities and not paper:
        found.append(Chapter("municipality", (words("resident.municipalities"),), "resident_municipalities"))
    found.append(Chapter("certain", points=_certain(run, words)))
    found.append(Chapter("not", points=_not_included(run, words)))
    return found


def _norm(words: Words) -> str:
    """Return the norm, with what was not checked about it."""
    norm = words.per_million(building_facts.NORM)
    return f"{words('resident.what_norm', norm=norm)} {words('resident.norm_unchecked')}"


def house_types(run: RunFolder, words: Words) -> Table:
    """Risk of each kind of house in words where it is highest, its band, and how many there are above the norm.

    Classes with the same words are one row: that of the class with the highest mean. Where the run counted buildings
    only kinds that exist have a row, the most common first and those with the smallest risks together in the last one.
    """
    groups = _groups(run, words)
    counted = building_facts.counted(run) and run.has_table("building_classes")
    shown = groups[:_TYPES]
    if counted:
        shown = sorted(shown, key=lambda group: -float(group[1].buildings.sum()))
    rows = [_type_row(words, name, rows, counted=counted) for name, rows in shown]
    if rest := groups[_TYPES:]:
        top = max((rows for _, rows in rest), key=lambda rows: float(rows.lpr_mean.iloc[0]))
        together = top.head(1).assign(**{c: sum(float(r[c].sum()) for _, r in rest) for c in ("buildings", "above")})
        rows.append(_type_row(words, words("resident.other_types"), together, counted=counted))
    head = ("type", "highest", "band", *(("number", "above") if counted else ()))
    return Table(
        words("resident.types_caption", year=run.shown_year),
        tuple(words(f"resident.{c}") for c in head),
        tuple(rows),
        " ".join((words("resident.types_note", norm=words.per_million(building_facts.NORM)), *_by_type(run, words))),
    )


def _by_type(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Say how many buildings are above the norm by type, where that is another number than that of the headline."""
    if not building_facts.counted(run):
        return ()
    year = building_facts.year(run)
    by_type, above = (
        words.people(count) for count in (building_facts.by_class(run, year), building_facts.above(run, year).buildings)
    )
    return (words("resident.types_note_sum", by_type=by_type),) if by_type != above else ()


def _groups(run: RunFolder, words: Words) -> list[tuple[str, Frame]]:
    """Classes by their words, the kind with the highest mean first; within a kind the highest class first."""
    highest = highest_by_class(run).assign(buildings=np.nan, above=np.nan)
    if run.has_table("building_classes"):
        of_class = run.table("building_classes")
        of_class = of_class[of_class.year == building_facts.year(run)].set_index("class")
        number = highest["class"].map(of_class.buildings).fillna(0.0)
        highest = highest.assign(buildings=number, above=highest["class"].map(of_class["mean_above_1e-5"]).fillna(0.0))
        highest = highest[highest.buildings > 0.0]
    names = highest["class"].map(
        lambda code: buildings.said(words, str(code), "plain_building") or words("resident.unnamed")
    )
    return [(str(name), rows) for name, rows in highest.groupby(names, sort=False)]


def _type_row(words: Words, name: str, rows: Frame, *, counted: bool) -> tuple[str, ...]:
    top = rows.iloc[0]
    low, high = (words.roughly(float(top[c])) for c in ("p10", "p90"))
    found = (_capital(name), words.per_million(float(top.lpr_mean)), words.band(low, high))
    if not counted:
        return found
    return (*found, words.people(float(rows.buildings.sum())), words.people(float(rows.above.sum())))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _risk_classes(run: RunFolder, words: Words) -> Table:
    """The three risk classes with what they mean, and how many buildings and people are in each."""
    year = building_facts.year(run)
    found = building_facts.in_risk_classes(run, year)
    rows = tuple(
        (
            _capital(words(f"risk_classes.{name}")),
            words(f"resident.{name}"),
            words.people(float(found.buildings[name])),
            words.people(float(found.people[name])),
        )
        for name in building_facts.RISK_CLASSES
    )
    head = tuple(words(f"resident.{c}") for c in ("group", "meaning", "number", "people"))
    note = words("resident.groups_note", definition=tables.definition(words))
    return Table(words("resident.groups_caption", year=year), head, rows, note, text_columns=(1,))


def _municipalities(run: RunFolder, words: Words) -> Table:
    """How many buildings of each municipality are above the norm, with their band; no rows where there are none."""
    year = building_facts.year(run)
    above, others = building_facts.municipalities(run, year, ("mean_above_1e-5", "buildings_p90"))
    rows = [
        (
            tables.municipality(words, row["municipality"]),
            words.people(float(row["buildings"])),
            words.people(float(row["mean_above_1e-5"])),
            words.band(*(words.people(float(row[f"buildings_{s}"])) for s in ("p10", "p90"))),
        )
        for _, row in above.iterrows()
    ]
    if rows and len(others):
        number = words.people(float(others["buildings"].sum()))
        rows.append((words("counts.others", count=len(others)), number, "0", "0"))
    head = tuple(words(f"resident.{c}") for c in ("municipality", "number", "above_mean", "band"))
    note = words("resident.municipalities_note")
    note += "" if building_facts.file_of(run) else f" {words('resident.municipalities_parts')}"
    return Table(words("resident.municipalities_caption", year=year), head, tuple(rows), note)


def _listed(words: Words, table: Table) -> str:
    """Return the first municipalities of the table in a sentence."""
    said = (
        words("resident.municipality_said", name=name, count=count, band=band)
        for name, _, count, band in table.rows[:_TOWNS]
    )
    return words("resident.municipalities_listed", list="; ".join(said))


def _certain(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Return what is uncertain, and how that is in the numbers."""
    points = [words("resident.certain_models"), words("resident.certain_house")]
    if building_facts.counted(run):
        file = building_facts.file_of(run)
        points.append(words(f"resident.certain_{'file' if file else 'estimated'}", file=file))
    points.append(words("resident.certain_change"))
    return tuple(points)


def _not_included(run: RunFolder, words: Words) -> tuple[str, ...]:
    """Return what is not in the numbers, counted where the run counted it."""
    points = []
    if run.has_grid("hazard"):
        valued, total = hazard_facts.coverage(run)
        blank, share = words.fixed(total - valued), words.fixed(100 * (1 - valued / max(total, 1)))
        points.append(words("resident.not_ground", count=blank, total=words.fixed(total), share=share))
    points += _left_out(run, words)
    points.append(words("resident.not_damage"))
    if damage := _damage(run, words):
        points[-1] += " " + damage
    return (*points, words("resident.not_other"))


def _left_out(run: RunFolder, words: Words) -> Sequence[str]:
    """Return the buildings and people that the run left out and counted; of estimated ones one sentence for both."""
    if not run.has_table("left_out"):
        return ()
    table = run.table("left_out")
    known = {str(row["what"]): float(row["value"]) for _, row in table.iterrows() if str(row["what"]) in _LEFT_OUT}
    if not building_facts.file_of(run):
        numbers = {what: words.people(value) for what, value in known.items() if value > 0.0}
        return [words("resident.not_edge", **numbers)] if len(numbers) == len(_LEFT_OUT) else []
    return [words(f"resident.not_{what}", count=words.people(known[what])) for what in _LEFT_OUT if known.get(what)]


def _damage(run: RunFolder, words: Words) -> str:
    """Say how many buildings are expected to be damaged, where the run computed it."""
    if not run.has_table("expected_losses"):
        return ""
    year = building_facts.year_of(run, "expected_losses")
    table = run.table("expected_losses")
    means = table[table.year == year].set_index("quantity")["mean"]
    said = [
        words(f"resident.damage_{name}", count=count(words, float(means[name])))
        for name in ("ds1", "chimney")
        if name in means
    ]
    return words("resident.damage", year=year, list=f" {words('and')} ".join(said)) if said else ""
