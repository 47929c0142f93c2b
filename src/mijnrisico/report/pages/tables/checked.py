"""What the outcome was held against: published numbers, what was measured, the posterior of the source."""

from mijnrisico import data
from mijnrisico.report.pages.tables.table import Table, plain, plus_minus
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_V6_OVER_V7 = 1.6  # about, from an earlier comparison of the two ground-motion models; not computed in a run
_ONLY_WHEN_DIFFERENT = {"events_2021_2023", "events_2017_2023_forecast"}
_DIGITS = 3
_EDGE = 0.1
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
            note = words(f"discussion.{key}", **_compared(run, words, row))
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
            plus_minus(words, row["mean"], row["sd"]),
            "–"
            if row["parameter"] in _UNIT_NOT_SHOWN
            else plus_minus(words, row["published_mean"], row["published_sd"]),
        )
        for row in (r for _, r in run.table("source_posterior").iterrows())
    )
    head = tuple(words(f"posterior.{c}") for c in ("parameter", "ours", "published"))
    return Table(
        words("posterior.caption"), head, rows, _posterior_note(run, words), csv="../tables/source_posterior.csv"
    )


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
