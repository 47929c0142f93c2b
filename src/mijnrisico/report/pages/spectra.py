"""T02 and what makes it: the motion at every place by measure and return period, and the earthquakes behind it."""

from mijnrisico.report.draw import causes as drawing
from mijnrisico.report.pages.tables import Table
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_NEAR_S = (0.3, 1.0)
"""Periods of vibration that stand beside the peak values: those of the model nearest to these."""


def spectra(run: RunFolder, words: Words) -> Table:
    """Return a row per place and measure: mean and P10-P90 at each return period, strongest place first.

    PGA, a short and a long period, and PGV; the CSV has every period of the model.
    """
    table = run.table("hazard_spectra")
    periods = sorted(table.return_period_yr.unique())
    first = table[(table.return_period_yr == run.return_period) & table["mean"].notna()]
    strength = first[first.imt == first.imt.iloc[0]].set_index("place")["mean"].sort_values(ascending=False)
    rows = []
    for place in strength.index:
        at = table[table.place == place]
        for measure in _measures(table):
            of_measure = at[at.imt == measure].set_index("return_period_yr")
            cells = (_cell(words, of_measure.loc[period], run) for period in periods)
            rows.append((f"{place}, {words.measure(measure)}", *cells))
    any_row = table.iloc[0]
    said = {
        "year": int(any_row.year),
        "component": words.or_name("shaken.component", str(any_row.component)),
        "surface": words(f"surface.{any_row.surface}"),
    }
    head = (words("spectra.place"), *(words("spectra.period", period=words.fixed(float(p))) for p in periods))
    caption, note = words("spectra.caption", **said), words("spectra.note", **said)
    return Table(caption, head, tuple(rows), note, csv="../tables/hazard_spectra.csv")


def _measures(table: Frame) -> list[str]:
    """Return the measures that the table shows, in their order."""
    known = list(dict.fromkeys(table.imt))
    periods = table.drop_duplicates("imt").set_index("imt").period_s
    oscillators = periods[periods > 0.0]
    near = [str((oscillators - wanted).abs().idxmin()) for wanted in _NEAR_S if len(oscillators)]
    return [name for name in known if name in {"PGA", "PGV", *near}]


def _cell(words: Words, row: Frame, run: RunFolder) -> str:
    values = (float(row[name]) for name in ("mean", "p10", "p90"))
    if row.imt == "PGA":
        mean, low, high = (words.level(value, run.threshold_g, "") for value in values)
    else:
        mean, low, high = (words.significant(value) for value in values)
    return f"{mean} ({words.band(low, high)})"


def causes(run: RunFolder, words: Words) -> Table:
    """Return a row per place: the level, the mean earthquake that exceeds it, and the part that holds half of them."""
    told = run.table("disaggregation").sort_values("level", ascending=False)
    numbers = [drawing.numbers_of(run, str(row.place), row, words) for _, row in told.iterrows()]
    rows = tuple(
        (
            str(said["name"]),
            str(said["level"]),
            str(said["mean_magnitude"]),
            str(said["mean_distance"]),
            words.fixed(float(row.mean_epsilon), 1),
            words("causes.says", **said),
        )
        for (_, row), said in zip(told.iterrows(), numbers, strict=True)
    )
    said = {
        **numbers[0],
        "period": words.fixed(float(told.return_period_yr.iloc[0])),
        "imt": words.measure(str(told.imt.iloc[0])),
    }
    head = tuple(words(f"causes.{c}", **said) for c in ("place", "level", "magnitude", "distance", "epsilon", "part"))
    return Table(
        words("causes.caption", **said),
        head,
        rows,
        words("causes.note", **said),
        csv="../tables/disaggregation.csv",
        text_columns=(5,),
    )
