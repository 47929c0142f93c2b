"""The tables of the report: texts ready to print, made from the tables of a run."""

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np

from mijnrisico import data
from mijnrisico.core import norm
from mijnrisico.report import hazard_facts
from mijnrisico.report import norms as norm_texts
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.stamp import day
from mijnrisico.report.words import Words

_POSTCODES = 10
_V6_OVER_V7 = 1.6  # about, from an earlier comparison of the two ground-motion models; not computed in a run
_ONLY_WHEN_DIFFERENT = {"events_2021_2023", "events_2017_2023_forecast"}
_UNIT_NOT_SHOWN = {"theta0"}  # the published number has no unit beside it, so it cannot stand beside ours
_WARNED = {"nodes_without_zone": "W111", "levels_below_lowest": "W603"}  # counted in the table, so not repeated
_PRINTED_UNITS = {"m", "km", "bar", "bcm"}


@dataclass(frozen=True)
class Table:
    """A table in words: caption, head, rows (the first cell names its row), a note, and where the data are."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    csv: str = ""
    text_columns: tuple[int, ...] = ()


def summary(run: RunFolder, words: Words) -> Table:
    """What is expected in the first, the shown (or a middle) and the last year: events, shaking, area, risk."""
    years = run.told_years
    rows: list[tuple[str, ...]] = []
    if run.has_table("event_rate"):
        rate = run.table("event_rate").set_index("year")
        magnitude = words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2)
        known = rate[["mean", "p10", "p90"]].reindex(years)
        cells = [_with_band(words, *(words.count(v) for v in row)) for row in known.to_numpy(float)]
        rows.append((words("summary.events", magnitude=magnitude), *cells))
    if run.has_table("summary"):
        rows += _chance_rows(run, words, years)
    if run.has_grid("hazard"):
        rows += _shaking_rows(run, words, years)
    if run.has_table("lpr_classes"):
        rows += _risk_rows(run, words, years)
    return Table(
        words("summary.caption"),
        (words("summary.quantity"), *map(str, years)),
        tuple(rows),
        words("summary.note"),
        csv="../tables/summary.csv",
    )


def _chance_rows(run: RunFolder, words: Words, years: tuple[int, ...]) -> list[tuple[str, ...]]:
    """Chance per year of at least one earthquake of at least a magnitude, in per cent."""
    table = run.table("summary")
    chances = table[table.quantity.str.startswith("chance_m")]
    rows = []
    for name in dict.fromkeys(chances.quantity):
        known = chances[chances.quantity == name].assign(year=lambda t: t.year.astype(int)).set_index("year")
        values = 100 * known[["value", "p10", "p90"]].astype(float).reindex(years).to_numpy()
        cells = (_with_band(words, *(words.significant(v) for v in row)) for row in values)
        rows.append((words("summary.chance", magnitude=words.fixed(float(name.removeprefix("chance_m")), 1)), *cells))
    return rows


def _shaking_rows(run: RunFolder, words: Words, years: tuple[int, ...]) -> list[tuple[str, ...]]:
    rows = []
    for period in (int(p) for p in run.hazard.return_period.values):
        cells = []
        for year in years:
            field = run.hazard.sel(year=year, return_period=period)
            mean = field.sel(statistic="mean").values
            row, column = np.unravel_index(int(np.nanargmax(mean)), mean.shape)
            there = field.isel(y=row, x=column)
            cells.append(
                _with_band(
                    words,
                    *(words.level(float(there.sel(statistic=s)), run.threshold_g, "") for s in ("mean", "p10", "p90")),
                )
            )
        rows.append((words("summary.level", period=words.fixed(period)), *cells))
    areas = []
    for year in years:
        mean, low, high = (hazard_facts.shaking(run, year, s).area_km2 for s in ("mean", "p10", "p90"))
        areas.append(_with_band(words, words.fixed(mean), words.fixed(low), words.fixed(high)))
    rows.append((words("summary.area", threshold=words.fixed(run.threshold_g, 2)), *areas))
    return rows


def _risk_rows(run: RunFolder, words: Words, years: tuple[int, ...]) -> list[tuple[str, ...]]:
    name = str(highest_by_class(run)["class"].iloc[0])
    highest, above = [], []
    for year in years:
        classes = highest_by_class(run, year)
        top = classes[classes["class"] == name].iloc[0]
        highest.append(_with_band(words, *(words.per_million(float(top[c])) for c in ("lpr_mean", "p10", "p90"))))
        mean_above, high_above = (norm_texts.exceeding(classes[c]) for c in ("lpr_mean", "p90"))
        above.append(words("summary.above", mean=mean_above, high=high_above, classes=len(classes)))
    return [(words("summary.risk", name=name), *highest), (words("summary.types"), *above)]


def places(run: RunFolder, words: Words) -> Table:
    """Level at the first return period per place, its band, and whether the choice of component decides."""
    table = run.table("hazard_places")
    period = hazard_facts.return_period(run)
    chosen = regular(table, year=run.shown_year, return_period_yr=period, imt="PGA").drop_duplicates("place")
    beside = _beside(run)
    means = [
        regular(table, year=year, return_period_yr=period, imt="PGA").drop_duplicates("place").set_index("place").mean_g
        for year in beside
    ]
    others = _other_levels(table, run.shown_year, period)
    rows = []
    for row in chosen.sort_values("mean_g", ascending=False).itertuples():
        if not np.isfinite(row.mean_g):
            rows.append((row.place, words("places.blank"), "–", "–", "–", *("–" for _ in beside)))
            continue
        rows.append(
            (
                row.place,
                words.level(row.mean_g, run.threshold_g, ""),
                words.band(words.level(row.p10_g, run.threshold_g, ""), words.level(row.p90_g, run.threshold_g, "")),
                words(f"places.{_verdict(row.mean_g, others.get(row.place, []), run.threshold_g)}"),
                words.level(max(others.get(row.place, [np.nan])), run.threshold_g, ""),
                *(words.level(float(mean.get(row.place, np.nan)), run.threshold_g, "") for mean in means),
            )
        )
    numbers = {
        "year": run.shown_year,
        "years": words.years_together(run.told_years if len(beside) > 1 else (run.shown_year, run.last_year)),
        "period": period,
        "threshold": words.fixed(run.threshold_g, 2),
    }
    head = tuple(words(f"places.{c}", **numbers) for c in ("place", "mean", "band", "reached", "highest"))
    head += tuple(words("places.other", other=year) for year in beside)
    return Table(
        words("places.caption", **numbers),
        head,
        tuple(rows),
        words("places.note", **numbers),
        csv="../tables/hazard_places.csv",
        text_columns=(3,),
    )


def choices(run: RunFolder, words: Words) -> Table:
    """What the choice of direction and surface does: the highest mean level over the places, per told year."""
    period = hazard_facts.return_period(run)
    table = run.table("hazard_places")
    table = table[(table.return_period_yr == period) & (table.imt == "PGA")]
    highest = table.groupby(["component", "surface", "year"], sort=False).mean_g.max()
    rows = tuple(
        (
            words("choices.row", component=words(f"choices.{component}"), surface=words(f"choices.{surface}")),
            *(words.level(float(highest.get((component, surface, y), np.nan)), run.threshold_g, "") for y in years),
        )
        for years in [run.told_years]
        for component, surface in dict.fromkeys((c, s) for c, s, _ in highest.index)
    )
    numbers = {"period": words.fixed(period)}
    head = (words("choices.choice"), *map(str, run.told_years))
    csv = "../tables/hazard_places.csv"
    return Table(words("choices.caption", **numbers), head, rows, words("choices.note"), csv=csv)


def _beside(run: RunFolder) -> tuple[int, ...]:
    """Return the years that stand beside the shown one: the last, and the first where that is another one."""
    return tuple(y for y in dict.fromkeys((run.first_year, run.last_year)) if y != run.shown_year)


def _other_levels(table: Frame, year: int, period: int) -> dict[str, list[float]]:
    """Mean level per place for every component and surface that the run wrote."""
    rows = table[(table.year == year) & (table.return_period_yr == period) & table.mean_g.notna()]
    return {str(place): [float(v) for v in group.mean_g] for place, group in rows.groupby("place")}


def _verdict(level_g: float, others: list[float], threshold_g: float) -> str:
    if norm_texts.reached(level_g, threshold_g):
        return "yes"
    return "depends" if any(norm_texts.reached(v, threshold_g) for v in others) else "no"


def classes(run: RunFolder, words: Words) -> Table:
    """Highest node of every vulnerability class in the shown year and beside it, in deaths per million per year."""
    first, beside = highest_by_class(run), _beside(run)
    others = [highest_by_class(run, year).set_index("class") for year in beside]
    rows = tuple(
        (
            str(row["class"]),
            str(row.place) if isinstance(row.place, str) else "–",
            words.per_million(row.lpr_mean),
            words.band(words.per_million(row.p10), words.per_million(row.p90)),
            *(_elsewhen(words, row, other) for other in others),
        )
        for _, row in first.iterrows()
    )
    numbers = {
        "year": run.shown_year,
        "years": words.years_together(run.told_years if len(beside) > 1 else (run.shown_year, run.last_year)),
    }
    head = tuple(words(f"classes.{c}", **numbers) for c in ("class", "place", "mean", "band"))
    head += tuple(words("classes.other", other=year) for year in beside)
    return Table(
        words("classes.caption", **numbers),
        head,
        rows,
        words("classes.note"),
        csv="../tables/lpr_classes.csv",
        text_columns=(1,),
    )


def _elsewhen(words: Words, shown: Frame, last: Frame) -> str:
    """Write the highest mean of another year, with its place where that is another one than in the shown year."""
    name = shown["class"]
    if name not in last.index:
        return "–"
    value, place = words.per_million(float(last.lpr_mean[name])), last.place[name]
    return f"{value} ({place})" if isinstance(place, str) and place != shown.place else value


def inhabitants(run: RunFolder, words: Words) -> Table:
    """How many people would live above the norm if all dwellings were of one class, and for the assumed mix."""
    table = run.table("lpr_postcodes")
    years = run.told_years if run.shown_year != run.first_year else run.told_years[:2]
    order = list(dict.fromkeys(table["class"]))
    label = str(run.setting("risk", f"mix_label_{words.lang}") or run.setting("risk", "mix_label") or "–")
    rows = []
    for name in order:
        cells = []
        for year in years:
            part = table[(table["class"] == name) & (table.year == year)]
            cells += [words.people(float(part[column].sum())) for column in ("above_1e-5", "above_1e-4")]
        rows.append(
            (words("inhabitants.mix", label=label) if name == "mix" else words("inhabitants.all", name=name), *cells)
        )
    base = table[(table["class"] == order[0]) & (table.year == years[0])]
    people, covered = float(base.population.sum()), float((base.population * base.covered_share).sum())
    head = (words("inhabitants.if"), *(words(f"inhabitants.above_{n}", year=y) for y in years for n in ("norm", "ten")))
    mix = run.setting("risk", "mix", default={}) or {}
    mixture = ", ".join(f"{words.trimmed(100 * float(share))} % {name}" for name, share in mix.items())
    note = words(
        "inhabitants.note",
        people=words.people(people),
        covered=words.people(covered),
        share=words.fixed(100 * covered / max(people, 1.0)),
        mix=mixture or "–",
    )
    return Table(words("inhabitants.caption"), head, tuple(rows), note, csv="../tables/lpr_postcodes.csv")


def postcodes(run: RunFolder, words: Words) -> Table:
    """The postcodes with the highest mean risk for the first class that the run shows."""
    table = run.table("lpr_postcodes")
    name = str(table["class"].iloc[0])
    part = table[(table["class"] == name) & (table.year == run.shown_year) & table.lpr_mean.notna()]
    rows = tuple(
        (
            str(row.pc4),
            str(row.place),
            words.fixed(row.population),
            f"{words.fixed(100 * row.covered_share)} %",
            words.per_million(row.lpr_mean),
        )
        for row in part.sort_values("lpr_mean", ascending=False).head(_POSTCODES).itertuples()
    )
    head = tuple(words(f"postcodes.{c}") for c in ("pc4", "place", "people", "covered", "mean"))
    return Table(
        words("postcodes.caption", name=name, year=run.shown_year, count=len(rows)),
        head,
        rows,
        words("postcodes.note"),
        csv="../tables/lpr_postcodes.csv",
        text_columns=(1,),
    )


def validation(run: RunFolder, words: Words) -> Table:
    """Published numbers beside ours, with the difference and a verdict in words."""
    table = run.table("validation")
    rows = tuple(
        (
            _check(run, words, str(row["check"])),
            words.or_name("origin", plain(row.get("source"))),
            plain(words.general(row.get("published"))) or "–",
            words.general(row.get("ours")),
            _unit(words, row),
            plain(words.general(row.get("difference"))),
            words(f"validation.{passed(row.get('passed'))}"),
        )
        for _, row in table.iterrows()
    )
    columns = ("check", "source", "published", "ours", "unit", "difference", "verdict")
    return Table(
        words("validation.caption"),
        tuple(words(f"validation.{c}") for c in columns),
        rows,
        words("validation.note", **_measurements(run, words)),
        csv="../tables/validation.csv",
        text_columns=(1, 4, 6),
    )


def passed(value: object) -> str:
    """Read the verdict of a check: `agrees`, `differs`, or `discussed` where no verdict is given."""
    text = str(value).strip().lower()
    return {"true": "agrees", "1": "agrees", "1.0": "agrees", "false": "differs", "0": "differs", "0.0": "differs"}.get(
        text, "discussed"
    )


def discussion(run: RunFolder, words: Words) -> tuple[tuple[str, str], ...]:
    """Return name and explanation of every check that differs, or that the catalogue or the run explains."""
    found = []
    for _, row in run.table("validation").iterrows():
        key, verdict = str(row["check"]), passed(row.get("passed"))
        note = plain(row.get("note"))
        if words.has(f"discussion.{key}") and not (verdict == "agrees" and key in _ONLY_WHEN_DIFFERENT):
            note = words(f"discussion.{key}", **_compared(run, words, row))
        elif not note and verdict == "differs":
            note = words("discussion.none")
        if note:
            found.append((_check(run, words, key), note))
    return tuple(found)


def _check(run: RunFolder, words: Words, name: str) -> str:
    """Name a check in words."""
    return words(f"check.{name}", **_measurements(run, words)) if words.has(f"check.{name}") else name


def _unit(words: Words, row: Frame) -> str:
    """Write the unit of a check; a dimensionless one is a chance or the largest difference from a reference."""
    if str(row["check"]).startswith("chance"):
        return words("units.chance")
    unit = plain(row["unit"])
    return "" if unit == "-" else words.or_name("units", unit)


def _compared(run: RunFolder, words: Words, row: Frame) -> dict[str, str]:
    """Return the numbers of a check as its explanation says them."""
    ours, published = (float(str(row.get(name) or "nan")) for name in ("ours", "published"))
    scaled = _V6_OVER_V7 * ours
    return _measurements(run, words) | {
        "ours": words.general(ours, 3),
        "published": words.general(published),
        "ratio": words.significant(published / ours) if ours else "–",
        "factor": words.significant(_V6_OVER_V7),
        "scaled": words.significant(scaled),
        "rest": words.significant(published - scaled),
    }


def _measurements(run: RunFolder, words: Words) -> dict[str, str]:
    """Count the pressure measurements: used, known, left out, left out by us; and the year of the last one used."""
    known = data.table("static_pressures")
    used = run.table("pressure_fit") if run.has_table("pressure_fit") else known[known.flag == 0]
    ours = known.comment.fillna("").str.contains("flagged here")
    return {
        "used": words.fixed(len(used)),
        "total": words.fixed(len(known)),
        "unused": words.fixed(len(known) - len(used)),
        "own": words.fixed(int(ours.sum())),
        "last_measured": str(used.date.max())[:4],
    }


def posterior(run: RunFolder, words: Words) -> Table:
    """The fitted source parameters beside the published ones."""
    rows = tuple(
        (
            words.or_name("parameter", str(row["parameter"])),
            _plus_minus(words, row["mean"], row["sd"]),
            "–"
            if row["parameter"] in _UNIT_NOT_SHOWN
            else _plus_minus(words, row["published_mean"], row["published_sd"]),
        )
        for row in (r for _, r in run.table("source_posterior").iterrows())
    )
    head = tuple(words(f"posterior.{c}") for c in ("parameter", "ours", "published"))
    return Table(words("posterior.caption"), head, rows, words("posterior.note"), csv="../tables/source_posterior.csv")


def tree(run: RunFolder, words: Words) -> Table:
    """The branches of the logic tree and their weights."""
    rows = []
    source = run.setting("source", "magnitude", default={}) or {}
    if source:
        rows.append(
            (
                words("tree.magnitude"),
                "; ".join(f"{words.or_name('branch', str(k))} {words.trimmed(float(v), 3)}" for k, v in source.items()),
            )
        )
    values = run.setting("source", "mmax", "values", default=[])
    weights = run.setting("source", "mmax", "weights", default=[])
    if values:
        pairs = zip(values, weights, strict=False)
        rows.append(
            (
                words("tree.mmax"),
                "; ".join(f"M {words.fixed(float(v), 1)}: {words.trimmed(float(w), 4)}" for v, w in pairs),
            )
        )
    rows += [
        (words(f"tree.{k}"), words(f"tree.{k}_weights"))
        for k in ("median", "tau", "phi", "site", "fragility", "consequence")
    ]
    return Table(
        words("tree.caption"),
        (words("tree.node"), words("tree.weights")),
        tuple(rows),
        words("tree.note"),
        text_columns=(1,),
    )


def deviations(run: RunFolder, words: Words) -> Table:
    """The settings of the run that differ from the packaged scenario, with the packaged value beside them."""
    packaged = _packaged(str(run.setting("template", default="groningen")))
    rows = tuple(
        (key, _setting(words, run.setting(*key.split("."))), _setting(words, _at(packaged, key)))
        for key in run.manifest.get("deviations_from_template", [])
    )
    head = tuple(words(f"deviations.{c}") for c in ("key", "here", "packaged"))
    return Table(words("deviations.caption"), head, rows, words("deviations.note"), text_columns=(1, 2))


def _packaged(name: str) -> dict[str, object]:
    file = resources.files("mijnrisico") / "scenarios" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _at(tree: object, key: str) -> object:
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _setting(words: Words, value: object) -> str:
    """Write a setting as a reader of the table writes it: lists and tables in one line, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {_setting(words, one)}" for name, one in value.items()) or "–"
    if isinstance(value, list):
        return "; ".join(_setting(words, one) for one in value) or "–"
    if isinstance(value, bool) or value is None or value == "":
        return "–" if value in (None, "") else str(value).lower()
    return words.trimmed(float(value), 4) if isinstance(value, float) else str(value)


def left_out(run: RunFolder, words: Words) -> Table:
    """What is not in the outcome, counted: points without a zone, data and rates dropped, messages of the run."""
    rows: list[tuple[str, ...]] = []
    known: set[str] = set()
    if run.has_grid("hazard"):
        valued, total = hazard_facts.coverage(run)
        inside, nodes = hazard_facts.blank_inside(run)
        rows += [
            (words("left_out.nodes_without_zone", total=words.fixed(total)), words.fixed(total - valued)),
            (words("left_out.inside", nodes=words.fixed(nodes)), words.fixed(inside)),
        ]
        known.add("nodes_without_zone")
    if run.has_table("left_out"):
        for _, row in run.table("left_out").iterrows():
            if row["what"] not in known:
                rows.append((words.or_name("left_out", str(row["what"])), _amount(words, row["value"], row["unit"])))
                known.add(str(row["what"]))
    counted = {_WARNED[name] for name in known & _WARNED.keys()}
    for item in run.manifest.get("warnings", []):
        if item.get("code") not in counted:
            rows.append((plain((item.get("message") or {}).get(words.lang)), plain(item.get("code"))))
    head = (words("left_out.what"), words("left_out.how_much"))
    csv = "../tables/left_out.csv" if run.has_table("left_out") else ""
    return Table(words("left_out.caption"), head, tuple(rows), words("left_out.note"), csv=csv)


def _amount(words: Words, value: object, unit: object) -> str:
    if str(unit) in {"1", "1.0", "share"}:
        return f"{words.significant(100 * float(str(value)))}\N{NO-BREAK SPACE}%"
    written = words.general(value)
    return f"{written}\N{NO-BREAK SPACE}{unit}" if unit in _PRINTED_UNITS else written


def norms(run: RunFolder, words: Words) -> Table:
    """The norms that results are held against, with the article they come from and what was not read of it."""
    del run  # the same for every run; the signature is that of all tables
    rows = []
    for name in norm_texts.SHOWN:
        known = norm.norm(name)
        value = (
            words.per_million(norm_texts.limit(name))
            if known.unit == "1/year"
            else f"{words.fixed(norm_texts.limit(name), 2)}\N{NO-BREAK SPACE}g"
        )
        rows.append(
            (
                words(f"norms.{name}"),
                words(f"norms.{known.relation}", value=value) + words(f"norms.unit_{known.quantity}"),
                f"{_article(known, words)}; {_since(known, words)}",
                words(f"norms.{name}_note"),
            )
        )
    head = tuple(words(f"norms.{c}") for c in ("name", "value", "article", "note"))
    return Table(words("norms.caption"), head, tuple(rows), text_columns=(1, 2, 3))


def _article(known: norm.Norm, words: Words) -> str:
    if known.article[:1].isdigit():
        article = f"{words('norms.article_short')} {known.article}"
    else:
        key = f"norms.article_{known.article}"
        article = words(key) if words.has(key) else known.article
    return f"{known.instrument}, {article}"


def _since(known: norm.Norm, words: Words) -> str:
    if known.valid_from is None:
        return words("norms.since_unread")
    return words("norms.since", day=day(known.valid_from.isoformat(), words))


def _with_band(words: Words, mean: str, low: str, high: str) -> str:
    return f"{mean} ({words.band(low, high)})"


def _plus_minus(words: Words, mean: float, sd: float) -> str:
    if not np.isfinite(mean):
        return "–"
    if not np.isfinite(sd) or sd <= 0:
        return words.general(mean)
    decimals = max(0, 1 - int(np.floor(np.log10(sd))))
    return f"{words.fixed(mean, decimals)} ± {words.fixed(sd, decimals)}"


def plain(value: object) -> str:
    """Write a value of a table or the manifest as it stands; nothing where there is none."""
    return "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value)
