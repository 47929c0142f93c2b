"""Maps of a question: what each activity does, the total with its band, how fast it goes, how the ground is bent.

The mean is exact: the mean volume of every surface, weighted over the branches, and one convolution for each. The band
comes from members of the posterior, drawn once; bands at places (`outputs`) are exact and may differ a little.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.progress import Progress
from mijnrisico.studies.subsidence.branches import surface_of
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.prediction import Model
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.studies.subsidence.sources import Lattice, Sources
from mijnrisico.subsidence import field, impact, water
from mijnrisico.subsidence.kernel import Settings

Array = NDArray[np.float64]

STATISTICS: Final = {"mean": None, "p10": 0.1, "p50": 0.5, "p90": 0.9}
BENDING: Final = (
    "tilt_x",
    "tilt_y",
    "curvature_xx",
    "curvature_xy",
    "curvature_yy",
    "strain_xx",
    "strain_xy",
    "strain_yy",
)
_AT_ONCE: Final = 20
"""Members whose bowls are convolved in one go."""
_SHARE_OF_MEAN: Final = 0.3
"""Of the work of this stage, before the members begin."""


def compute(question: SubsidenceQuestion, found: Fit, cells: Lattice, progress: Progress) -> xr.Dataset:
    """Return the grids of `grids/subsidence.nc` at the end of each year that is shown."""
    model, years = found.model, np.array(question.entry.time.shown)
    moments = years + 1.0
    of_activity, bent = _mean(found, cells, moments)
    before = sum(_mean(found, cells, years.astype(float), bending=False)[0].values())
    progress(_SHARE_OF_MEAN)
    total = sum(of_activity.values())
    members = _members(question, found, cells, moments, progress)
    quantiles = np.quantile(members, [q for q in STATISTICS.values() if q is not None], axis=0)
    coords = {"year": years, "y": cells.y, "x": cells.x}
    own = xr.DataArray(
        np.stack([of_activity[one.name] for one in model.sources]),
        dims=("activity", "year", "y", "x"),
        coords={"activity": [one.name for one in model.sources], **coords},
        attrs={"units": "m", "long_name": "subsidence by an activity, mean"},
    )
    data = {
        "subsidence_m": own,
        "total_m": (
            ("statistic", "year", "y", "x"),
            np.concatenate([np.asarray(total)[None], quantiles]),
            {"units": "m", "long_name": "subsidence by all activities"},
        ),
        "rate_mm_per_year": _map(1e3 * (np.asarray(total) - before), "mm/year", "rate of the subsidence, mean"),
        "tilt": _map(np.hypot(bent["tilt_x"], bent["tilt_y"]), "1", "tilt of the mean subsidence"),
        "strain_horizontal": _map(_largest(bent, "strain"), "1", "horizontal strain, largest principal, extension +"),
        "curvature_per_m": _map(_largest(bent, "curvature"), "1/m", "curvature, largest principal, sagging -"),
        "overlap": water.overlap(own, question.entry.overlap_limit_cm),
    }
    attrs = {"members": len(members), "overlap_limit_cm": question.entry.overlap_limit_cm}
    return xr.Dataset(data, coords={"statistic": list(STATISTICS), **coords}, attrs=attrs)


def deepest(found: Fit, cells: Lattice, moment: float) -> tuple[float, float]:
    """Return where the mean subsidence by all activities is deepest at a moment: x and y of a cell (m, RD New)."""
    of_activity, _ = _mean(found, cells, np.array([moment]), bending=False)
    total = np.sum(list(of_activity.values()), axis=0)[0]
    row, column = np.unravel_index(int(total.argmax()), total.shape)
    return float(cells.x[column]), float(cells.y[row])


def _map(values: Array, units: str, name: str) -> tuple[tuple[str, str, str], Array, dict[str, str]]:
    return ("year", "y", "x"), values, {"units": units, "long_name": name}


def _largest(bent: Mapping[str, Array], of: str) -> Array:
    return impact.largest(bent[f"{of}_xx"], bent[f"{of}_xy"], bent[f"{of}_yy"])


def _mean(
    found: Fit, cells: Lattice, moments: Array, *, bending: bool = True
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Mean subsidence [m] (year, y, x) by activity, and the bending of all together by quantity."""
    model = found.model
    quantities = ("subsidence", *(BENDING if bending else ()))
    of_activity: dict[str, Array] = {}
    bent = {name: np.zeros((moments.size, *cells.shape)) for name in quantities[1:]}
    for activity, one in enumerate(model.sources):
        total = np.zeros((moments.size, *cells.shape))
        for number, surface in enumerate(model.surfaces):
            volume = found.mean_volume(activity, number, moments)
            if not volume.any():
                continue
            moved = bowls(one, volume, surface.settings, cells, quantities)
            total += moved["subsidence"]
            for name in bent:
                bent[name] += moved[name]
        of_activity[one.name] = total
    return of_activity, bent


def bowls(
    one: Sources, volume: Array, settings: Settings, cells: Lattice, quantities: Sequence[str] = ("subsidence",)
) -> dict[str, Array]:
    """Motion of the surface on the cells of the map (case, y, x) by volumes (case, source) of one activity."""
    settings = surface_of(settings, one.activity)
    if one.cell is not None:
        grid = np.zeros((len(volume), cells.shape[0] * cells.shape[1]))
        grid[:, one.cell] = volume
        depth = np.full(cells.shape[0] * cells.shape[1], float(np.average(one.depth_m)))
        depth[one.cell] = one.depth_m
        lost = xr.DataArray(
            grid.reshape(-1, *cells.shape), dims=("case", "y", "x"), coords={"y": cells.y, "x": cells.x}
        )
        deep = xr.DataArray(depth.reshape(cells.shape), dims=("y", "x"), coords={"y": cells.y, "x": cells.x})
        moved = field.on_grid(lost, settings, deep, quantities)
        return {name: moved[name].transpose("case", "y", "x").to_numpy() for name in quantities}
    moved = field.from_points(cells.x, cells.y, one.x_m, one.y_m, one.depth_m, volume, settings, quantities)
    return {name: moved[name].to_numpy().reshape(-1, *cells.shape) for name in quantities}


def _members(
    question: SubsidenceQuestion, found: Fit, cells: Lattice, moments: Array, progress: Progress
) -> NDArray[np.float32]:
    """Subsidence by all activities [m] (member, year, y, x) of members of the posterior."""
    model, wanted = found.model, question.entry.observations.members
    branch, factors = found.sample(np.random.default_rng(question.seed), wanted)
    total = np.zeros((wanted, moments.size, *cells.shape), dtype=np.float32)
    surface_of = np.array([model.branches[b].surface for b in branch])
    done, all_of_them = 0, wanted * len(model.sources)
    for activity, columns in enumerate(model.slices):
        for number, surface in enumerate(model.surfaces):
            own = np.flatnonzero(surface_of == number)
            strain = np.array([model.branches[b].strain for b in branch[own]], dtype=int)
            for some, moved in _drawn(model, activity, strain, factors[own, columns], surface.settings, cells, moments):
                total[own[some]] += moved
                done += some.size
                progress(_SHARE_OF_MEAN + (1.0 - _SHARE_OF_MEAN) * done / all_of_them)
    return total


def _drawn(
    model: Model,
    activity: int,
    strain: NDArray[np.int64],
    factors: Array,
    settings: Settings,
    cells: Lattice,
    moments: Array,
) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Yield members of one surface, by number, and their bowls of one activity (member, year, y, x).

    Where all of an activity has one factor, a bowl of each strain model is enough.
    """
    one = model.sources[activity]
    if len(one.nodes) == 1:
        for number in np.unique(strain):
            some = np.flatnonzero(strain == number)
            volume = model.volume_at(number, activity, moments)
            yield some, factors[some, 0][:, None, None, None] * bowls(one, volume, settings, cells)["subsidence"]
        return
    for start in range(0, strain.size, _AT_ONCE):
        some = np.arange(start, min(start + _AT_ONCE, strain.size))
        volume = [model.volume_at(int(strain[m]), activity, moments) * (one.weights @ factors[m]) for m in some]
        moved = bowls(one, np.concatenate(volume), settings, cells)["subsidence"]
        yield some, moved.reshape(some.size, moments.size, *cells.shape)
