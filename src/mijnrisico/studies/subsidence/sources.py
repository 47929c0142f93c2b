"""Sources of a question: where volume is lost, how deep, how much by when, and how far that may be wrong.

A source is a point, or the middle of a cell of the map: reservoirs are laid on the lattice of the map, so that a bowl
is one convolution. What is lost is known up to a factor: one for the whole activity, or a factor on nodes half a
correlation length apart with linear interpolation between them.

    volume(time, source) = share x Cm x effective depletion x thickness x area x factor(source)

Cm is the secant compressibility up to the `secant_year` of the question, where it has one: every strain model is then
scaled to lose in that year what the linear one loses, so that the prior of Cm favours none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from mijnrisico import data
from mijnrisico.core import scenario as scenarios
from mijnrisico.data.readers import outline, regrid
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.ground import filled
from mijnrisico.studies.subsidence import sections, tanks
from mijnrisico.studies.subsidence.files import Caverns, Series
from mijnrisico.studies.subsidence.question import Ground, SubsidenceQuestion
from mijnrisico.subsurface import compaction, gas_flow, thermal

Array = NDArray[np.float64]

SLICES: Final = 5
"""Parts into which the height of a cavern is cut, each a point at its middle."""
NODES_PER_RANGE: Final = 2.0
"""Nodes of the factor of a reservoir per correlation length."""


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Cells of the map: centres at whole multiples of the cell (m, RD New), ascending."""

    x: Array
    y: Array
    cell_m: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y.size, self.x.size


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The sources of one activity.

    `x_m`, `y_m`, `depth_m` (source,); `cell` (source,) the flat index of the cell on the lattice, None for points.
    Either `pressure_bar` (moment, source) at `moments` with `per_bar_m3` (source,), the volume that is lost per bar of
    effective depletion; or `volume_m3` (time, source). `weights` (source, node) spreads the factors of `nodes`
    (node, 2), whose prior has mean one and the covariance of `prior_covariance`. `compressibility_per_bar` (source,) is
    that of a reservoir for a factor of one. The volume of a
    source is spread over a cell of `cell_m`, 0 for points.
    """

    activity: sections.Activity
    x_m: Array
    y_m: Array
    depth_m: Array
    cell: NDArray[np.int64] | None
    moments: Array
    pressure_bar: Array | None
    per_bar_m3: Array | None
    volume_m3: Array | None
    nodes: Array
    weights: sparse.csr_array
    compressibility_per_bar: Array | None = None
    cell_m: float = 0.0

    @property
    def name(self) -> str:
        """Name of the activity."""
        return self.activity.name

    def volume(self, strain: compaction.Parameters, years: Array, secant_year: int | None = None) -> Array:
        """Volume lost since the first of `years` [m3] (time, source), by a strain model, with every factor one."""
        if self.volume_m3 is not None:
            return self.volume_m3
        assert self.pressure_bar is not None
        assert self.per_bar_m3 is not None
        found = compaction.effective_depletion_bar(self.pressure_bar, self.moments, strain, self.depth_m)
        volume = at(self.moments, found, years) * self.per_bar_m3
        if secant_year is None or isinstance(strain, compaction.Linear):
            return volume
        then = np.array([secant_year + 1.0])
        fall = at(self.moments, self.pressure_bar[0] - self.pressure_bar, then) * self.per_bar_m3
        lost = float(at(years, volume, then).sum())
        return volume * (float(fall.sum()) / lost) if lost > 0.0 else volume

    def prior_covariance(self) -> Array:
        """Covariance of the factors (node, node): sd^2 (common + (1 - common) exp(-distance / range))."""
        each = self.activity
        if len(self.nodes) == 1:
            return np.full((1, 1), each.sd**2)
        apart = np.hypot(*(self.nodes[:, None, :] - self.nodes[None, :, :]).transpose(2, 0, 1))
        alike = each.common + (1.0 - each.common) * np.exp(-apart / each.range_m)
        return each.sd**2 * alike


def years_of(question: SubsidenceQuestion) -> Array:
    """Return the moments of a question (decimal years): the begin of its first year, and the end of every year."""
    return np.arange(question.entry.time.start, question.entry.time.end + 2, dtype=float)


def lattice(question: SubsidenceQuestion) -> Lattice:
    """Return the cells of the map: the extent that is asked for, else all sources with a margin around them."""
    cell, extent = question.entry.grid.cell_m, question.entry.grid.extent
    if extent is None:
        bounds = np.array([_bounds(each, ground) for each, ground in _pairs(question)])
        west, south = bounds[:, :2].min(axis=0) - question.entry.grid.margin_m
        east, north = bounds[:, 2:].max(axis=0) + question.entry.grid.margin_m
    else:
        west, south, east, north = extent
    return Lattice(_axis(west, east, cell), _axis(south, north, cell), cell)


def _axis(low: float, high: float, cell: float) -> Array:
    return np.arange(np.floor(low / cell), np.ceil(high / cell) + 1.0) * cell


def gas_pressure(question: SubsidenceQuestion) -> scenarios.Scenario:
    """Return the scenario of the seismic chain whose pressures a question about Groningen takes: the field closed."""
    end = max(question.entry.time.end, 2024)
    return scenarios.template("groningen", ("time.start=2024", f"time.years={min(end - 2023, 100)}"))


def build(question: SubsidenceQuestion, cells: Lattice, groningen: xr.DataArray | None = None) -> tuple[Sources, ...]:
    """Return the sources of every activity, in the order of the file.

    `groningen` is the pressure (time, y, x) [bar] of the chain, for an activity of that field. Raises `InputError`
    where a tank cannot give what was produced.
    """
    years = years_of(question)
    found: list[Sources] = []
    for each, ground in _pairs(question):
        if each.kind == "cavern":
            assert ground.caverns is not None
            assert ground.volumes is not None
            found.append(_caverns(each, ground.caverns, ground.volumes, years))
        elif each.kind == "geothermal":
            assert ground.cooling is not None
            found.append(_doublet(each, ground.cooling, years))
        else:
            found.append(_reservoir(each, ground, cells, years, groningen))
    return tuple(found)


def _pairs(question: SubsidenceQuestion) -> Sequence[tuple[sections.Activity, Ground]]:
    return tuple(zip(question.entry.activity, question.inputs.ground, strict=True))


def _bounds(each: sections.Activity, ground: Ground) -> tuple[float, float, float, float]:
    """Where an activity lies: west, south, east, north."""
    if each.field:
        return groningen_outline().bounds
    if ground.polygon is not None:
        return ground.polygon.bounds
    if ground.grid is not None:
        x, y = ground.grid["x"].to_numpy(), ground.grid["y"].to_numpy()
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())
    if ground.caverns is not None:
        x, y = ground.caverns.x_m, ground.caverns.y_m
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())
    assert each.x_m is not None
    assert each.y_m is not None
    return each.x_m, each.y_m, each.x_m, each.y_m


def groningen_outline() -> outline.Polygon:
    """Return the packaged outline of the Groningen field."""
    _, geometries = data.polygons("groningen_outline")
    found = shapely.union_all(geometries)
    assert isinstance(found, outline.Polygon)
    return found


def _reservoir(
    each: sections.Activity, ground: Ground, cells: Lattice, years: Array, groningen: xr.DataArray | None
) -> Sources:
    """Lay a reservoir on the lattice of the map."""
    inside, thickness, depth, compressibility = _shape(each, ground, cells)
    cell = np.flatnonzero((inside > 0.0).ravel())
    if not cell.size:
        params = {"file": each.outline or each.grid or each.name}
        expected = Phrase("subsidence.expected.on_map")
        problem = {"key": "outline", "got": params["file"], "expected": expected, "example": "margin_m = 10000.0"}
        raise InputError(Problem("E503", f"activity {each.name}", problem))
    north, east = np.meshgrid(cells.y, cells.x, indexing="ij")
    x, y = east.ravel()[cell], north.ravel()[cell]
    moments, pressure = _pressure(each, ground, cells, cell, years, groningen)
    area = inside.ravel()[cell] * cells.cell_m**2
    own = compressibility.ravel()[cell]
    per_bar = each.share * own * thickness.ravel()[cell] * area
    nodes, weights = _nodes(each, x, y)
    deep, side = depth.ravel()[cell], cells.cell_m
    return Sources(each, x, y, deep, cell, moments, pressure, per_bar, None, nodes, weights, own, side)


def _shape(each: sections.Activity, ground: Ground, cells: Lattice) -> tuple[Array, Array, Array, Array]:
    """Share inside, thickness [m], depth of the middle [m] and compressibility [1/bar] on the cells (y, x)."""
    full = np.ones(cells.shape)
    own = np.nan if each.compressibility_per_bar is None else each.compressibility_per_bar
    if each.field:
        reservoir = data.dataset("reservoir")
        thickness = _resampled(reservoir["thickness_filled"], cells)
        depth = _resampled(reservoir["top_depth"], cells) + 0.5 * thickness
        return outline.inside_fraction(groningen_outline(), cells.x, cells.y), thickness, depth, own * full
    if ground.polygon is not None:
        inside = outline.inside_fraction(ground.polygon, cells.x, cells.y)
        return inside, full * float(each.thickness_m or 0.0), full * float(each.depth_m or 0.0), own * full
    assert ground.grid is not None
    found = {str(name): _resampled(ground.grid[name], cells) for name in ground.grid}
    reaches = _covered(ground.grid, cells) & (found["thickness_m"] > 0.0)
    inside = np.where(reaches, found.get("inside_fraction", full), 0.0)
    depth = found.get("depth_m", full * float(each.depth_m or 0.0))
    return np.nan_to_num(inside), found["thickness_m"], depth, found.get("compressibility_per_bar", own * full)


def _resampled(grid: xr.DataArray, cells: Lattice) -> Array:
    """Values on the cells of the map (y, x); where the grid has none, that of the nearest cell with one."""
    return filled(regrid.to_cells(grid.transpose("y", "x"), cells.x, cells.y)).to_numpy().astype(float)


def _covered(grid: xr.Dataset, cells: Lattice) -> NDArray[np.bool_]:
    """Cells of the map whose middle lies in a cell of the grid with a thickness."""
    x = grid["x"].to_numpy()
    half = 0.5 * abs(x[1] - x[0]) + 1e-6
    nearest = grid["thickness_m"].reindex(x=cells.x, y=cells.y, method="nearest", tolerance=half)
    return np.isfinite(nearest.transpose("y", "x").to_numpy())


def _pressure(
    each: sections.Activity,
    ground: Ground,
    cells: Lattice,
    cell: NDArray[np.int64],
    years: Array,
    groningen: xr.DataArray | None,
) -> tuple[Array, Array]:
    """Moments, those of the question among them, and pressures [bar] (moment, source) there."""
    gridded = groningen if each.field else ground.pressure if isinstance(ground.pressure, xr.DataArray) else None
    if gridded is not None:
        times = decimal_years(gridded["time"].to_numpy())
        on_cells = gas_flow.to_grid(gridded, cells.x, cells.y).to_numpy().reshape(times.size, -1)[:, cell]
        moments = np.union1d(years, times[(times > years[0]) & (times < years[-1])]) if not each.field else years
        return moments, at(times, on_cells, moments)
    known = ground.pressure if isinstance(ground.pressure, Series) else _of_tank(each, ground.production)
    moments = np.union1d(years, known.years[(known.years > years[0]) & (known.years < years[-1])])
    of_field = np.interp(moments, known.years, known.values["pressure_bar"])
    return moments, np.repeat(of_field[:, None], cell.size, axis=1)


def _of_tank(each: sections.Activity, production: Series | None) -> Series:
    assert production is not None
    return tanks.pressure(each, production)


def _caverns(each: sections.Activity, caverns: Caverns, lost: Mapping[str, Series], years: Array) -> Sources:
    """Cut every cavern in slices, each a point at its middle with an equal part of the volume."""
    part = (np.arange(SLICES) + 0.5) / SLICES
    depth = caverns.top_m[:, None] + part * (caverns.bottom_m - caverns.top_m)[:, None]
    volume = np.empty((years.size, len(caverns.names)))
    for k, name in enumerate(caverns.names):
        known = lost[name]
        volume[:, k] = np.interp(years, known.years, known.values["volume_loss_m3"])
    spread = np.repeat(each.share * (volume - volume[0]) / SLICES, SLICES, axis=1)
    x, y = np.repeat(caverns.x_m, SLICES), np.repeat(caverns.y_m, SLICES)
    nodes, weights = _nodes(each, x, y)
    return Sources(each, x, y, depth.ravel(), None, years, None, None, spread, nodes, weights)


def _doublet(each: sections.Activity, cooling: Series, years: Array) -> Sources:
    """The volume that cooled rock around the injector of a doublet loses, as one point."""
    assert each.x_m is not None
    assert each.y_m is not None
    assert each.depth_m is not None
    rock = thermal.Rock(expansion_per_k=each.expansion_per_k or 0.0, poisson=each.poisson or 0.0)
    lost = thermal.volume_loss_m3(cooling.values["cold_volume_m3"], cooling.values["cooling_k"], rock)
    volume = each.share * np.interp(years, cooling.years, lost)
    x, y, depth = (np.array([value]) for value in (each.x_m, each.y_m, each.depth_m))
    nodes, weights = _nodes(each, x, y)
    return Sources(each, x, y, depth, None, years, None, None, (volume - volume[0])[:, None], nodes, weights)


def _nodes(each: sections.Activity, x: Array, y: Array) -> tuple[Array, sparse.csr_array]:
    """Nodes of the factor (node, 2) and how much each counts at a source (source, node); rows sum to one."""
    if each.range_m <= 0.0 or x.size == 1:
        middle = np.array([[x.mean(), y.mean()]])
        return middle, sparse.csr_array(np.ones((x.size, 1)))
    step = each.range_m / NODES_PER_RANGE
    i, j = (np.floor((at - at.min()) / step).astype(int) for at in (x, y))
    right, up = ((at - at.min()) / step - index for at, index in ((x, i), (y, j)))
    wide = i.max() + 2
    corner = [(j + dy) * wide + i + dx for dy in (0, 1) for dx in (0, 1)]
    share = [(up if dy else 1.0 - up) * (right if dx else 1.0 - right) for dy in (0, 1) for dx in (0, 1)]
    used, column = np.unique(np.concatenate(corner), return_inverse=True)
    row = np.tile(np.arange(x.size), 4)
    weights = sparse.csr_array((np.concatenate(share), (row, column)), shape=(x.size, used.size))
    kept = np.flatnonzero(np.asarray(weights.sum(axis=0)).ravel() > 0.0)
    places = np.column_stack([x.min() + step * (used % wide), y.min() + step * (used // wide)])
    return places[kept], sparse.csr_array(weights[:, kept])


def at(known: Array, values: Array, wanted: Array) -> Array:
    """Values (known, ...) at other moments: linear between, the first and the last outside."""
    after = np.clip(np.searchsorted(known, wanted, side="right"), 1, known.size - 1)
    share = np.clip((wanted - known[after - 1]) / (known[after] - known[after - 1]), 0.0, 1.0)
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    return (1.0 - share) * values[after - 1] + share * values[after]


def decimal_years(times: np.ndarray) -> Array:
    """Decimal years of moments."""
    year = times.astype("datetime64[Y]")
    start = year.astype("datetime64[D]")
    length = ((year + 1).astype("datetime64[D]") - start).astype(float)
    return year.astype(float) + 1970.0 + (times.astype("datetime64[D]") - start).astype(float) / length
