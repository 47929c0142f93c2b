"""What is wrong with a pressure grid that can be said without knowing the field: cells, unit, sign and steps."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import xarray as xr

from mijnrisico.data.readers.regrid import MOST_CELLS
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

BAR: Final[Mapping[str, float]] = {"bar": 1.0, "MPa": 10.0, "psi": 0.0689475729, "Pa": 1e-5}
"""Bar in one of each unit."""
PLAUSIBLE_BAR: Final = (20.0, 500.0)
"""What the median of a gas reservoir on land in the north of the Netherlands can be: 347 bar before production."""
UNTOUCHED_BAR: Final = (250.0, 450.0)
"""The same before production."""
UNTOUCHED_UNTIL: Final = np.datetime64("1966-01-01")
LEAST_BAR: Final = 1.0
"""No reservoir is emptied to the pressure of the air outside: what is not above it stands for something else."""
WIDE: Final = np.timedelta64(2 * 366, "D")
"""A gap of more than two years is no step that was missed: `studies.inputs` judges it by the period that counts."""
_LEAST_FILLED: Final = 0.1
_SAME: Final = 0.005
"""Part of a cell by which two spacings may differ before a grid is irregular: coordinates may be rounded."""


def irregular(x: np.ndarray, y: np.ndarray, where: str) -> Iterator[Problem]:
    """E110 for centres that do not lie on a regular grid along the axes: rotated, stretched or too few."""
    for name, given in (("x", x), ("y", y)):
        centres = np.unique(given.astype(float))
        if not np.isfinite(centres).all():
            yield Problem("E110", where, {"got": f"{name} = NaN", "what": Phrase("inputs.one_cell")})
            continue
        if centres.size < 2:
            yield Problem("E110", where, {"got": f"{name} = {centres[0]:g}", "what": Phrase("inputs.one_cell")})
            continue
        if centres.size < given.size:
            yield Problem("E110", where, {"got": name, "what": Phrase("inputs.cells_twice")})
            continue
        steps = np.diff(centres)
        usual = float(np.median(steps))
        cells = steps / usual
        off = np.flatnonzero((np.abs(cells - np.round(cells)) > _SAME) | (cells < 0.5))
        if off.size or cells.sum() > MOST_CELLS:
            off = off if off.size else np.array([np.argmax(steps)])
            got = tuple(f"{steps[i]:.6g} m ({name} = {centres[i]:.0f})" for i in off)
            yield Problem("E110", where, {"got": got, "what": Phrase("inputs.irregular", {"usual": usual})})


def sparse(pressure: xr.DataArray, where: str) -> Iterator[Problem]:
    """E110 where most of a regular grid through the centres is empty: it was rotated, or holds two spacings."""
    known = pressure.notnull().to_numpy().any(axis=0)
    filled, size = int(known.sum()), known.size
    if 0 < filled < _LEAST_FILLED * size:
        usual = float(pressure["x"][1] - pressure["x"][0])
        yield Problem(
            "E110", where, {"got": f"{filled} / {size}", "what": Phrase("inputs.irregular", {"usual": usual})}
        )


def without_zeros(pressure: xr.DataArray, where: str) -> tuple[xr.DataArray, list[Problem]]:
    """Return the grid with NaN in the cells that are 0 at every moment, and W210 for them.

    Reservoir models write 0 for cells that take no part; a cell that becomes 0 later is left as it is.
    """
    values = pressure.to_numpy()
    known = np.isfinite(values)
    zero = known.any(axis=0) & (~known | (values == 0.0)).all(axis=0)
    if not zero.any():
        return pressure, []
    x, y = pressure["x"].to_numpy(), pressure["y"].to_numpy()
    got = tuple(f"x {x[i]:.10g}, y {y[j]:.10g}" for j, i in np.argwhere(zero))
    kept = pressure.copy(data=np.where(zero, np.nan, values))
    return kept, [Problem("W210", where, {"n": int(zero.sum()), "got": got})]


def values(pressure: xr.DataArray, name: str, unit: str, label: str) -> list[Problem]:
    """E210 for what is hardly a pressure, E201 or E202 for numbers that cannot be in the stated unit."""
    where = f"{name} [{label}]"
    values = pressure.to_numpy()
    known = values[np.isfinite(values)]
    if not known.size:
        return [Problem("E401", where, {"of": "pressure", "n": values.size, "got": "–"})]
    first = values[0][np.isfinite(values[0])]
    untouched = first.size > 0 and pressure["time"].to_numpy()[0] < UNTOUCHED_UNTIL
    middle = float(np.median(first if untouched else known))
    low, high = UNTOUCHED_BAR if untouched else PLAUSIBLE_BAR
    fits = [other for other, bar in BAR.items() if low <= middle * bar <= high]
    problems = []
    least = LEAST_BAR / BAR[unit] if unit in fits else 0.0  # in another unit, 1 bar is not known to be little
    if (below := np.argwhere(values <= least * (1.0 + 1e-9))).size:
        x, y, days = pressure["x"].to_numpy(), pressure["y"].to_numpy(), pressure["time"].to_numpy()
        got = tuple(f"{values[t, j, i]:g} (x {x[i]:.10g}, y {y[j]:.10g}, {str(days[t])[:10]})" for t, j, i in below)
        problems.append(Problem("E210", where, {"of": "pressure", "got": got, "n": len(below)}))
    if unit in fits:
        return problems
    params = {
        "low": _shown(float(known.min())),
        "high": _shown(float(known.max())),
        "unit": unit,
        "in_bar": _shown(middle * BAR[unit]),
        "usual": f"{low:g}–{high:g}",
    }
    if len(fits) == 1:
        return [*problems, Problem("E201", where, {**params, "guess": fits[0]})]
    return [*problems, Problem("E202", where, {**params, "fits": ", ".join(fits) or "–"})]


def _shown(value: float) -> object:
    """A large number in full, with its thousands apart: the size is the point here."""
    large = abs(value) >= 1e5
    return f"{value:_.0f}".replace("_", "\N{NO-BREAK SPACE}") if large else float(f"{value:.4g}")


def steps(times: np.ndarray, where: str) -> Iterator[Problem]:
    """E302 for a step that is missing: a gap more than half as long again as the gaps on both sides of it.

    Not for a gap of more than two years: see `WIDE`.
    """
    gaps = np.diff(times) / np.timedelta64(1, "D")
    if gaps.size < 3:
        return
    beside = np.maximum(np.append(gaps[1:], 0.0), np.insert(gaps[:-1], 0, 0.0))
    missing = np.flatnonzero((gaps > 1.5 * beside) & (np.diff(times) <= WIDE))
    if missing.size:
        got = tuple(f"{str(times[i])[:10]} – {str(times[i + 1])[:10]}" for i in missing)
        yield Problem(
            "E302", where, {"of": "pressure", "missing": got, "start": str(times[0])[:10], "end": str(times[-1])[:10]}
        )
