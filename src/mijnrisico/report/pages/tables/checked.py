"""What the outcome was held against: published numbers, what was measured, the posterior of the source."""

import numpy as np

from mijnrisico import data
from mijnrisico.report import branches
from mijnrisico.report.pages.tables import past_years
from mijnrisico.report.pages.tables.table import Table, plain, plus_minus
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words
from mijnrisico.seismic import magnitude

_ONLY_WHEN_DIFFERENT = {"events_2021_2023", "events_2017_2023_forecast"}
_DIGITS = 3
_EDGE = 0.1
_COARSE = 0.25  # standard deviations
_OF_MODEL = {"fcm_v7": "V7", "fcm_tno2020": "TNO2020"}  # checks of a model that a run need not use
_UNIT_NOT_SHOWN = {"theta0"}  # the published number has no unit beside it, so it cannot stand beside ours


def validation(run: RunFolder, words: Words) -> Table:
    """Published numbers beside ours, with the difference and a verdict in words."""
    table = run.table("validation")
    rows = tuple(
        (
            _check(run, words, str(row["check"])),
            words.or_name("origin", plain(row.get("source"))),
            words.general(row.get("published"), _DIGITS) or "–",
            words.general(row.get("ours"), _DIGITS),
            _unit(words, row),
            words.general(row.get("difference"), _DIGITS) or "–",
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
            text = f"discussion.{key}"
            text += "_models" if branches.several(run) and words.has(f"{text}_models") else ""
            note = words(text, **_compared(run, words, row))
        elif not note and verdict == "differs":
            note = words("discussion.none")
        if note:
            found.append((_check(run, words, key), note))
    return tuple(found)


def _check(run: RunFolder, words: Words, name: str) -> str:
    """Name a check in words."""
    if not words.has(f"check.{name}"):
        return name
    called, used = words(f"check.{name}", **_measurements(run, words)), run.setting("risk", "model")
    if name in _OF_MODEL and used not in (None, _OF_MODEL[name]):
        return words("check.other_model", check=called, model=used)
    return called


def _unit(words: Words, row: Frame) -> str:
    """Write the unit of a check; a dimensionless one is a chance or the largest difference from a reference."""
    if str(row["check"]).startswith("chance"):
        return words("units.chance")
    unit = plain(row["unit"])
    return "–" if unit == "-" else words.or_name("units", unit)


def _compared(run: RunFolder, words: Words, row: Frame) -> dict[str, str]:
    """Return the numbers of a check as its explanation says them."""
    ours, published = (float(str(row.get(name) or "nan")) for name in ("ours", "published"))
    return (
        _measurements(run, words)
        | past_years.told(run, words, str(row["check"]))
        | {
            "ours": words.general(ours, 3),
            "published": words.general(published),
            "ratio": words.significant(published / ours) if ours else "–",
            "chapter": words("discussion.chapter") if run.has_table("hindcast") else "",
        }
    )


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
    """The fitted source parameters beside the published ones, and whether range and steps of the grid were enough.

    With several rate models there are rows for each of them with weight in the tree, the heaviest first.
    """
    table = run.table("source_posterior")
    told = "model" in table.columns
    checked = "at_edge" in table.columns
    rows = []
    for _, row in _by_weight(run, table).iterrows():
        parameter = words.or_name("parameter", str(row["parameter"]))
        if told:
            parameter = words("posterior.row", model=branches.called(words, str(row["model"])), parameter=parameter)
        hidden = row["parameter"] in _UNIT_NOT_SHOWN
        cells = [
            parameter,
            plus_minus(words, row["mean"], row["sd"]),
            "–" if hidden else plus_minus(words, row["published_mean"], row["published_sd"]),
        ]
        if checked:
            cells += [_range(words, float(row["at_edge"])), _steps(words, float(row["coarseness"]))]
        rows.append(tuple(cells))
    columns = ("parameter", "ours", "published", *(("range", "steps") if checked else ()))
    note = words("posterior.note_models") if checked else _posterior_note(run, words)
    head = tuple(words(f"posterior.{c}") for c in columns)
    csv = "../tables/source_posterior.csv"
    return Table(words("posterior.caption"), head, tuple(rows), note, csv=csv, text_columns=(3, 4) if checked else ())


def _by_weight(run: RunFolder, table: Frame) -> Frame:
    """Return the rows of the models that count, the heaviest first; all of them where the tree does not tell.

    Parameters of the magnitudes, which differ little between rate models, are given for the heaviest one.
    """
    weights = branches.rate_models(run)
    if "model" not in table.columns or not weights:
        return table
    first = branches.heaviest(run, list(weights))
    of_magnitudes = table.parameter.isin([name for model in magnitude.MODELS.values() for name in model.parameters])
    known = table[table.model.isin(list(weights)) & (~of_magnitudes | (table.model == first))]
    return known.assign(_w=-known.model.map(weights)).sort_values("_w", kind="stable").drop(columns="_w")


def _range(words: Words, share: float) -> str:
    """Say whether the outermost values that were searched carry weight; a dash for what is not on a grid."""
    if not np.isfinite(share):
        return "–"
    return words(f"posterior.{'at_edge' if share > _EDGE else 'inside'}", share=words.trimmed(100 * share, 1))


def _steps(words: Words, shift: float) -> str:
    """Say whether the mean stays put when every second value of the grid is left out."""
    if not np.isfinite(shift):
        return "–"
    return words(f"posterior.{'coarse' if shift > _COARSE else 'fine'}", shift=words.fixed(shift, 2))


def _posterior_note(run: RunFolder, words: Words) -> str:
    """Return the note, and which parameter runs against the edge of the range that was searched."""
    cut = at_edge(run)
    if cut is None:
        return words("posterior.note")
    return f"{words('posterior.note')} {words('posterior.edge', value=words.trimmed(cut, 2))}"


def at_edge(run: RunFolder) -> float | None:
    """Return the largest b0 of the linear model that was tried, where its weight is over a tenth of the highest.

    The spread of such a parameter is that of the range, not of what the data allow. None otherwise.
    """
    if not run.has_table("b_value_grid"):
        return None
    grid = run.table("b_value_grid")
    weight = grid[grid.model == "linear_stress"].groupby("first").weight.sum()
    if len(weight) < 3 or not weight.iloc[-1] > _EDGE * weight.max():
        return None
    return float(weight.index[-1])
