"""What comes out: the summary, places, classes of buildings, people."""

import numpy as np

from mijnrisico.report import branches, building_facts, buildings, hazard_facts
from mijnrisico.report import norms as norm_texts
from mijnrisico.report.figures.f17_risk_map import highest_by_class
from mijnrisico.report.pages.tables.table import Table, with_band
from mijnrisico.report.run_folder import Frame, RunFolder, regular
from mijnrisico.report.words import Words

_POSTCODES = 10


def summary(run: RunFolder, words: Words) -> Table:
    """What is expected in the first, the shown (or a middle) and the last year: events, shaking, area, risk."""
    years = run.told_years
    rows: list[tuple[str, ...]] = []
    if run.has_table("event_rate"):
        rate = run.table("event_rate").set_index("year")
        magnitude = words.fixed(float(run.setting("source", "magnitude_min", default=1.45)), 2)
        known = rate[["mean", "p10", "p90"]].reindex(years)
        cells = [with_band(words, *(words.count(v) for v in row)) for row in known.to_numpy(float)]
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
        branches.chosen(run, words, "summary.note"),
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
        cells = (with_band(words, *(words.significant(v) for v in row)) for row in values)
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
                with_band(
                    words,
                    *(words.level(float(there.sel(statistic=s)), run.threshold_g, "") for s in ("mean", "p10", "p90")),
                )
            )
        rows.append((words("summary.level", period=words.fixed(period)), *cells))
    areas = []
    halves = []
    for year in years:
        mean, low, high = (hazard_facts.shaking(run, year, s).area_km2 for s in ("mean", "p10", "p90"))
        areas.append(with_band(words, words.fixed(mean), words.fixed(low), words.fixed(high)))
        if hazard_facts.has_median(run):
            halves.append(words.fixed(hazard_facts.shaking(run, year, "p50").area_km2))
    rows.append((words("summary.area", threshold=words.fixed(run.threshold_g, 2)), *areas))
    if halves:
        rows.append((words("summary.area_half"), *halves))
    return rows


def _risk_rows(run: RunFolder, words: Words, years: tuple[int, ...]) -> list[tuple[str, ...]]:
    name = str(highest_by_class(run)["class"].iloc[0])
    highest, halves, above = [], [], []
    for year in years:
        classes = highest_by_class(run, year)
        top = classes[classes["class"] == name].iloc[0]
        highest.append(with_band(words, *(words.per_million(float(top[c])) for c in ("lpr_mean", "p10", "p90"))))
        if "p50" in top:
            halves.append(words.per_million(float(top.p50)))
        mean_above, high_above = (norm_texts.exceeding(classes[c]) for c in ("lpr_mean", "p90"))
        above.append(words("summary.above", mean=mean_above, high=high_above, classes=len(classes)))
    rows = [(words("summary.risk", name=buildings.named(words, name)), *highest)]
    if halves:
        rows.append((words("summary.risk_half"), *halves))
    rows.append((words("summary.types"), *above))
    return rows + _building_rows(run, words, years) if building_facts.counted(run) else rows


def _building_rows(run: RunFolder, words: Words, years: tuple[int, ...]) -> list[tuple[str, ...]]:
    """Buildings above the norm per year by their mean, the mean and band of the count, and the slightly elevated."""
    above, counted, slightly = [], [], []
    for year in years:
        found, kinds = building_facts.above(run, year), building_facts.in_risk_classes(run, year)
        above.append(words.people(found.buildings))
        written = [words.people(v) for v in (found.mean, found.p10, found.p90)]
        counted.append(with_band(words, *written) if np.isfinite(found.p90) else written[0])
        slightly.append(words.people(float(kinds.buildings["slightly_elevated"])))
    names = ("buildings", "buildings_counted", "slightly")
    return [(words(f"summary.{name}"), *row) for name, row in zip(names, (above, counted, slightly), strict=True)]


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
            rows.append((row.place, _without(run, words, row), "–", "–", "–", *("–" for _ in beside)))
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
        words(f"places.note{'_given' if branches.shaking_only(run) else ''}", **numbers),
        csv="../tables/hazard_places.csv",
        text_columns=(3,),
    )


def _without(run: RunFolder, words: Words, row: Frame) -> str:
    """Say why a place has no level: its ground is not known to the model, or the level lies below the curve."""
    if branches.given(run) and (row.zone >= 0 or not branches.has_zones(run)):
        return words("places.below")
    return words("places.blank")


def choices(run: RunFolder, words: Words) -> Table:
    """What the choice of direction and surface does: the highest mean level over the places, per told year."""
    period = hazard_facts.return_period(run)
    table = run.table("hazard_places")
    table = table[(table.return_period_yr == period) & (table.imt == "PGA")]
    highest = table.groupby(["component", "surface", "year"], sort=False).mean_g.max()
    chosen = ("geometric_mean", "regular")  # what maps and tables give stands first
    pairs = sorted(dict.fromkeys((c, s) for c, s, _ in highest.index), key=lambda pair: pair != chosen)
    rows = tuple(
        (
            words("choices.row", component=words(f"choices.{component}"), surface=words(f"choices.{surface}")),
            *(words.level(float(highest.get((component, surface, y), np.nan)), run.threshold_g, "") for y in years),
        )
        for years in [run.told_years]
        for component, surface in pairs
    )
    numbers = {"period": words.fixed(period)}
    head = (words("choices.choice"), *map(str, run.told_years))
    csv = "../tables/hazard_places.csv"
    return Table(words("choices.caption", **numbers), head, rows, _choices_note(run, words), csv=csv)


def _choices_note(run: RunFolder, words: Words) -> str:
    return words(f"choices.note{'_given' if branches.shaking_only(run) else ''}")


def _beside(run: RunFolder) -> tuple[int, ...]:
    """Return the years that stand beside the shown one: the last, and the first where that is another one."""
    return tuple(y for y in dict.fromkeys((run.first_year, run.last_year)) if y != run.shown_year)


def _other_levels(table: Frame, year: int, period: int) -> dict[str, list[float]]:
    """Mean level per place for every component and surface that the run wrote."""
    rows = table[
        (table.year == year) & (table.return_period_yr == period) & table.mean_g.notna() & (table.imt == "PGA")
    ]
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
            words.per_million(float(row.get("p50", np.nan))),
            words.band(words.per_million(row.p10), words.per_million(row.p90)),
            *(_elsewhen(words, row, other) for other in others),
        )
        for _, row in first.iterrows()
    )
    numbers = {
        "year": run.shown_year,
        "years": words.years_together(run.told_years if len(beside) > 1 else (run.shown_year, run.last_year)),
    }
    head = tuple(words(f"classes.{c}", **numbers) for c in ("class", "place", "mean", "half", "band"))
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
    rows = []
    for name in order:
        cells = []
        for year in years:
            part = table[(table["class"] == name) & (table.year == year)]
            cells += [words.people(float(part[column].sum())) for column in ("above_1e-5", "above_1e-4")]
        rows.append(
            (words("inhabitants.mix", label=_mix_label(run, words)) if name == "mix" else _all(words, name), *cells)
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


def _all(words: Words, name: str) -> str:
    return words("inhabitants.all", name=buildings.named(words, name))


def _mix_label(run: RunFolder, words: Words) -> str:
    return str(run.setting("risk", f"mix_label_{words.lang}") or run.setting("risk", "mix_label") or "–")


def _lived_in(classes: Frame) -> str:
    """Return what stands for the dwellings of a postcode: the mix, else the first class that people live in."""
    known = list(dict.fromkeys(map(str, classes)))
    return "mix" if "mix" in known else next(filter(buildings.is_dwelling, known), known[0])


def postcodes(run: RunFolder, words: Words) -> Table:
    """The postcodes with the highest mean risk for the mix of dwellings, or for the first class of dwellings."""
    table = run.table("lpr_postcodes")
    name = _lived_in(table["class"])
    who = words("postcodes.mix", label=_mix_label(run, words)) if name == "mix" else _all(words, name)
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
        words("postcodes.caption", who=who.removeprefix("… "), year=run.shown_year, count=len(rows)),
        head,
        rows,
        words("postcodes.note"),
        csv="../tables/lpr_postcodes.csv",
        text_columns=(1,),
    )
