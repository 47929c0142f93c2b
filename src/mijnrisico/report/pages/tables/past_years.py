"""What the maps of past years say, beside what was said then: the models of 2017, and the municipalities of 2021."""

from collections.abc import Iterable

import numpy as np

from mijnrisico.report.pages.tables.table import Table
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.words import Words

_HIGHEST, _STATEMENT = "hindcast_2017_models", "hindcast_2021_municipalities"
_REFERENCE = "V7"
_SMALL_KM2 = 0.05


def municipalities(run: RunFolder, words: Words) -> Table:
    """Highest level and area at or above 0.05 g of each municipality by each model, and whether the rule names it."""
    found = run.table(_STATEMENT)
    motions, names = found.motion.unique(), found.municipality.unique()
    cells = {(row.motion, row.municipality): _cell(words, row) for row in found.itertuples()}
    named = set(found.municipality[found.named])
    rows = tuple(
        (str(name), words(f"places.{'yes' if name in named else 'no'}"), *(cells[motion, name] for motion in motions))
        for name in names
    )
    head = (words("statement.municipality"), words("statement.named"), *(_called(words, m) for m in motions))
    note = words(
        "statement.note",
        cell=words.general(run.setting("hazard", "cell", default=1000) / 1000),
        margin=words.general(run.setting("hazard", "margin", default=5000) / 1000),
    )
    return Table(words("statement.caption"), head, rows, note, csv=f"../tables/{_STATEMENT}.csv", text_columns=(1,))


def told(run: RunFolder, words: Words, check: str) -> dict[str, str]:
    """What the explanation of a check of a past year says of it; nothing for another check."""
    start, _, motion = check.rpartition("_")
    motion = motion.upper()
    if check in ("statement_2021", "hindcast_2017_max_pga"):
        start, motion = check, "run"
    if start == "statement_2021":
        return {"outcome": _outcome(run, words, motion)}
    return _highest(run, words, motion) if start == "hindcast_2017_max_pga" else {}


def _highest(run: RunFolder, words: Words, motion: str) -> dict[str, str]:
    """Return where the highest level of a model lies, and what the others give relative to the reference."""
    if not run.has_table(_HIGHEST):
        return {"place": "–", "others": "–"}
    found = run.table(_HIGHEST).set_index("motion")
    level = found.highest_g
    others = [
        words("statement.times", model=_called(words, name), factor=words.significant(level[name] / level[_REFERENCE]))
        for name in level.index
        if name != _REFERENCE
    ]
    return {"place": str(found.place.get(motion, "–")), "others": ", ".join(others)}


def _outcome(run: RunFolder, words: Words, motion: str) -> str:
    """Say in which municipalities a model comes to 0.05 g or more, and how that differs from what the rule says."""
    if not run.has_table(_STATEMENT):
        return words("statement.absent")
    found = run.table(_STATEMENT)
    found = found[found.motion == motion]
    reached = found[found.area_km2 > 0]
    missing, extra = found[found.named & (found.area_km2 <= 0)], reached[~reached.named]
    model = _called(words, motion)
    if reached.empty:
        return words("statement.nowhere", model=model)
    names = _together(words, reached.municipality)
    if missing.empty and extra.empty:
        return words("statement.same", model=model, reached=names)
    said = [words("statement.other", model=model, reached=names)]
    if not missing.empty:
        levels = [f"{row.municipality} ({_level(words, row.highest_g)})" for row in missing.itertuples()]
        said.append(words("statement.missing", missing=_together(words, levels)))
    said.append(
        words("statement.only" if extra.empty else "statement.extra", extra=_together(words, extra.municipality))
    )
    return " ".join(said)


def _cell(words: Words, row: Frame) -> str:
    """Write a highest level, with the area where the level is reached; a dash below all levels."""
    if row.area_km2 <= 0:
        return words.level(row.highest_g)
    area = words.fixed(row.area_km2, 0 if row.area_km2 >= 10 else 1) if row.area_km2 >= _SMALL_KM2 else ""
    return words("statement.reached", level=words.level(row.highest_g), area=area or words("statement.some"))


def _level(words: Words, level: float) -> str:
    return words("statement.below") if np.isnan(level) else words.level(level)


def _called(words: Words, motion: object) -> str:
    return words("statement.run") if motion == "run" else str(motion)


def _together(words: Words, names: Iterable[str]) -> str:
    """Write names in a sentence: a, b and c."""
    *before, last = [*map(str, names)] or ["–"]
    return f"{', '.join(before)} {words('and')} {last}" if before else last
