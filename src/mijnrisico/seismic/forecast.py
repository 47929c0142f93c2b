"""Expected events per source cell, calendar year, magnitude and branch: the posterior carried into the future.

Branches are rate models x magnitude models x the tree of the largest possible magnitude, named
`elastic|linear_stress|4`. Within a branch the posterior enters as its mean; its spread is kept apart, as draws of the
yearly total (`expected`), and counting comes on top of that by the law of a cascade (`event_counts`).

Direct events are those of the rate model and the direct aftershocks that past events still have. Each sets off
aftershocks, in later steps too and up to kilometres away: with G the shares by step (`aftershocks.step_shares`), g the
law on the plane and r the branching ratio of the branch,

    all events  =  direct + r G g direct + r^2 G^2 (1 - r G)^-1 g g direct

so from the second generation on the distance is that of two steps. What falls outside the outline is gone, and counted.
Aftershocks take the magnitudes of the place of their parent. Counts are laid on nodes of stress and the mean over the
b-value posterior is taken there; a test holds it against the sum over members and combinations itself.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numba
import numpy as np
import xarray as xr

from mijnrisico.core.factor import basis
from mijnrisico.core.workers import in_order, one_blas_thread
from mijnrisico.seismic import aftershocks, calibrate, event_counts
from mijnrisico.seismic.magnitude import MODELS as MAGNITUDE_MODELS
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.source.loading import Cells, Loading
from mijnrisico.seismic.source.model import Group, Maker, RateModel

COMPRESSION = 1e-4
"""Length that the maps may leave out of the field of any magnitude, year and branch, relative to that field."""
DRAWS = 1000
LARGEST_BRANCHING = 0.9
"""Branching ratios above this are held to it, as in the public chain: a cascade must end."""
_STRESS_NODES = np.linspace(0.0, 1.5, 151)  # relative stress on which counts are laid; more counts as the last
_THICKNESS_NODES = 801  # of the table against thickness, whose transition is steep
_NEGLIGIBLE = 1e-9  # weight of a combination, relative to the largest, below which it is left out of that table
_LIGHT = 1e-4  # weight of a group, relative to the heaviest, below which the others stand for it; counted
_B_VALUES = 801  # of the grid of b on which posterior weights are laid, linear
_BLOCK = 2_000_000  # combinations x nodes in memory at once

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Branch:
    """A rate model with its fit and its weight in the tree."""

    model: RateModel
    fitted: xr.Dataset
    weight: float


@one_blas_thread()
def forecast(
    branches: Sequence[Branch],
    loading: Loading,
    *,
    years: Sequence[int],
    magnitude_models: Mapping[str, float],
    mmax: Mapping[float, float],
    seed: int = 0,
    draws: int = DRAWS,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Rate of earthquakes (events per year) per cell, year, magnitude bin and branch, in factored form.

    `loading` has its first step at the end of the fit and covers `years` from 1 January to 1 January. Weights of the
    branches, of `magnitude_models` and of `mmax` each sum to one.

    Returns `maps` (cell, map) and `coefficient` (map, magnitude, year, branch) with rate = sum over maps of
    maps x coefficient; of each bin's field at most 1e-4 of its length over the cells is left out, so that cells with
    next to nothing can be slightly negative. `weight` (branch) sums to one. Per `source` (rate model x magnitude model,
    `source_weight`) and draw of the posterior: `expected` (source, draw, year), all events of the field in a year;
    `branching` and `branching_spread` (source, draw) for `event_counts.matched`. `direct` (source, year) is the part of
    the mean that is not aftershocks. Attributes `etas_k`, `etas_a` and `etas_c_days` are the mean
    law of aftershocks, for simulation.
    """
    source = _Parts()
    wanted = np.isin(loading.years, list(years)) & (np.abs(loading.step_years - 1.0) < 0.01)
    for index, branch in enumerate(branches):
        share = 1.0 / len(branches)
        _add_branch(
            source,
            branch,
            loading,
            wanted,
            magnitude_models,
            mmax,
            np.random.SeedSequence(seed, spawn_key=(index,)),
            draws,
            lambda done, index=index, share=share: progress(0.9 * share * (index + done)),
        )
    maps, coefficient = join(source.blocks)
    progress(1.0)
    cells = loading.cells
    pairs = [(branch, name) for branch in branches for name in magnitude_models]
    source_weight = [branch.weight * magnitude_models[name] for branch, name in pairs]
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps, {"units": "1"}),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient, {"units": "1/year"}),
            "weight": (
                "branch",
                [b.weight * magnitude_models[name] * part for b, name in pairs for part in mmax.values()],
            ),
            "source_weight": ("source", source_weight),
            "expected": (("source", "draw", "year"), np.array(source.expected), {"units": "1/year"}),
            "direct": (("source", "year"), np.array(source.direct), {"units": "1/year"}),
            "branching": (("source", "draw"), np.array(source.branching), {"units": "1"}),
            "branching_spread": (("source", "draw"), np.array(source.spread), {"units": "1"}),
            "b_value": (("source", "cell"), np.array(source.b_value), {"units": "1"}),
            "b_value_sd": (("source", "cell"), np.array(source.b_sd), {"units": "1"}),
        },
        coords={
            "magnitude": gutenberg_richter.MAGNITUDES,
            "year": loading.years[wanted],
            "branch": [f"{b.model.name}|{name}|{top:g}" for b, name in pairs for top in mmax],
            "source": [f"{b.model.name}|{name}" for b, name in pairs],
            "cell_x": ("cell", cells.x, {"units": "m"}),
            "cell_y": ("cell", cells.y, {"units": "m"}),
            "cell_area": ("cell", cells.area_m2, {"units": "m2"}),
        },
        attrs={
            "crs": "EPSG:28992",
            "magnitude_min": branches[0].fitted.attrs["magnitude_min"],
            "aftershocks_outside_share": float(np.mean(source.outside)),
            "etas_k": float(np.average([law[0] for law in source.law], weights=source_weight)),
            "etas_a": float(np.average([law[1] for law in source.law], weights=source_weight)),
            "etas_c_days": float(np.exp(np.average([np.log(law[2]) for law in source.law], weights=source_weight))),
            "weight_not_carried": float(max(source.light)),
        },
    )


@dataclass(slots=True)
class _Parts:
    """What the branches leave behind, in their order."""

    blocks: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    expected: list[np.ndarray] = field(default_factory=list)
    direct: list[np.ndarray] = field(default_factory=list)
    branching: list[np.ndarray] = field(default_factory=list)
    spread: list[np.ndarray] = field(default_factory=list)
    b_value: list[np.ndarray] = field(default_factory=list)
    b_sd: list[np.ndarray] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    law: list[tuple[float, float, float]] = field(default_factory=list)
    light: list[float] = field(default_factory=list)


def _add_branch(
    parts: _Parts,
    branch: Branch,
    loading: Loading,
    wanted: np.ndarray,
    magnitude_models: Mapping[str, float],
    mmax: Mapping[float, float],
    seed: np.random.SeedSequence,
    draws: int,
    progress: Progress,
) -> None:
    """Carry one rate model forward under every magnitude model."""
    fitted, not_carried = _carried(branch.fitted, list(magnitude_models))
    parts.light.append(not_carried)
    drawn = {
        name: calibrate.draws(fitted, name, draws, int(each.generate_state(1)[0]))
        for name, each in zip(magnitude_models, seed.spawn(len(magnitude_models)), strict=True)
    }
    tops = list(mmax)
    steps, cells = loading.step_years.size, loading.cells
    by_stress = {name: MAGNITUDE_MODELS[name].covariate == "stress" for name in magnitude_models}
    fields = {
        name: np.zeros((cells.x.size, steps, _STRESS_NODES.size if by_stress[name] else 1)) for name in magnitude_models
    }
    annual = np.zeros((fitted.sizes["row"], steps))
    n, share = fitted.attrs["events"] + 1.0, fitted["share"].to_numpy()
    whole = fitted["whole"].to_numpy()
    places = {name: np.zeros((cells.x.size, 1, _STRESS_NODES.size)) for name in magnitude_models if by_stress[name]}
    first_year = int(np.argmax(wanted))
    direct_weight, of_pair, of_row = {}, {}, {}
    for name in magnitude_models:
        joint = calibrate.joint_weights(fitted, name)
        direct_weight[name] = n * (joint @ (1.0 - share)).sum(axis=1) / whole
        of_pair[name], of_row[name] = joint.sum(axis=0), joint.sum(axis=(1, 2))
        del joint
    row_group, row_inner = fitted["group_number"].to_numpy()[fitted["group"].to_numpy()], fitted["inner"].to_numpy()
    names = list(magnitude_models)

    def look(make: Maker, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        group = make()
        inner = np.zeros((len(names), branch.model.inner.shape[0]))
        inner[:, row_inner[rows]] = [direct_weight[name][rows] for name in names]
        counts = [np.ascontiguousarray(branch.model.counts(group, loading, weight).T) for weight in inner]
        return branch.model.expected(group, loading)[:, row_inner[rows]].T, _middle(group, loading), counts

    carried = set(row_group.tolist())
    makers = deque((n, make) for n, make in enumerate(branch.model.groups(loading)) if n in carried)
    rows_of = [np.flatnonzero(row_group == number) for number, _ in makers]

    def looks() -> Iterator[Callable[[], tuple[np.ndarray, np.ndarray, list[np.ndarray]]]]:
        for rows in rows_of:  # a maker holds the fields it shares with its neighbours: let go of what is done
            yield partial(look, makers.popleft()[1], rows)

    for done, (rows, (of_rows, middle, counts)) in enumerate(zip(rows_of, in_order(looks()), strict=True)):
        annual[rows] = of_rows
        for name, of_name in zip(names, counts, strict=True):
            if by_stress[name]:
                _lay_on_stress(fields[name], of_name, middle, _STRESS_NODES[1])
                weight = np.full((cells.x.size, 1), of_row[name][rows].sum())
                _lay_on_stress(places[name], weight, middle[:, [first_year]], _STRESS_NODES[1])
            else:
                fields[name][:, :, 0] += of_name
        progress(0.8 * (done + 1) / len(rows_of))
    for name in magnitude_models:
        laid = fields.pop(name)
        if by_stress[name]:
            pmf, moments = _magnitudes(fitted, name, _STRESS_NODES, tops)
            mean_b, square_b = (places[name][:, 0] @ moment for moment in moments)
        else:
            pmf, (mean_b, square_b) = _by_place(fitted, name, cells.thickness_m, tops)
        asked = wanted, mmax, of_pair[name], drawn[name], annual
        _finish(parts, fitted, _with_magnitudes(laid, pmf), pmf.mean(axis=0), loading, *asked)
        parts.b_value.append(mean_b)
        parts.b_sd.append(np.sqrt(np.maximum(square_b - mean_b**2, 0.0)))
        progress(0.8 + 0.2 * len(parts.blocks) / (len(parts.blocks) + 1))


def _carried(fitted: xr.Dataset, magnitude_models: Sequence[str]) -> tuple[xr.Dataset, float]:
    """The fit without the groups that are light in every magnitude branch, and the largest weight they have in one."""
    group = fitted["group"].to_numpy()
    of_group = np.stack(
        [np.bincount(group, calibrate.joint_weights(fitted, name).sum(axis=(1, 2))) for name in magnitude_models]
    )
    light = (of_group <= _LIGHT * of_group.max(axis=1, keepdims=True)).all(axis=0)
    kept = fitted.isel(row=np.flatnonzero(~light[group])) if light.any() else fitted
    return kept, float(of_group[:, light].sum(axis=1).max())


def _with_magnitudes(laid: np.ndarray, pmf: np.ndarray) -> np.ndarray:
    """Rate (cell, step, mmax, magnitude) of counts (cell, step, node) and the law at each node, or one at each cell."""
    if laid.shape[2] > 1:
        flat = laid.reshape(-1, laid.shape[2]) @ pmf.reshape(laid.shape[2], -1)
        return flat.reshape(*laid.shape[:2], *pmf.shape[1:])
    return laid[:, :, :, None] * pmf[:, None]


def _middle(group: Group, loading: Loading) -> np.ndarray:
    """Stress half-way each step, (cell, step)."""
    stress = group.stress[loading.first :]
    return np.ascontiguousarray((stress[:-1] + stress[1:]).T / 2.0)


def _finish(
    parts: _Parts,
    fitted: xr.Dataset,
    rate: np.ndarray,
    spare: np.ndarray,
    loading: Loading,
    wanted: np.ndarray,
    mmax: Mapping[float, float],
    of_law: np.ndarray,
    drawn: calibrate.Draws,
    annual: np.ndarray,
) -> None:
    """Add aftershocks to the direct rate (cell, step, mmax, magnitude) of one source and keep what is asked for.

    `rate` is used up; `of_law` (law, share) is the posterior of the aftershocks; `spare` (mmax, magnitude) the law of
    the magnitudes where nothing is loaded any more and only aftershocks of past events are left.
    """
    cells = loading.cells
    k = calibrate.productivity(fitted)
    time = fitted["event_time"].to_numpy()
    size, least = fitted["event_magnitude"].to_numpy(), float(fitted.attrs["magnitude_min"])
    alpha, c_days = fitted["alpha"].to_numpy(), fitted["c_days"].to_numpy()
    edges = loading.times[loading.first :]
    days = (edges - edges[0]) / np.timedelta64(1, "D")
    shares = np.stack([aftershocks.step_shares(days, c) for c in c_days])

    per_k = np.stack(
        [aftershocks.inherited(time, np.exp(a * (size - least)), edges, c) for a, c in zip(alpha, c_days, strict=True)]
    )
    still = np.tensordot((of_law * k).sum(axis=1), per_k, 1)
    near = aftershocks.reach(fitted["event_x"].to_numpy(), fitted["event_y"].to_numpy(), cells)
    whole = rate.sum(axis=(0, 1))
    whole = whole if whole.any() else spare
    pmf = whole / whole.sum(axis=1, keepdims=True)
    _add_inherited(rate, near @ still, pmf)

    born = np.exp(alpha[:, None] * (gutenberg_richter.MAGNITUDES - least)) @ pmf.T
    by_law = of_law * (1.0 - fitted["share"].to_numpy())
    by_law = by_law / by_law.sum()
    branching = np.minimum(k[..., None] * born[:, None, :], LARGEST_BRANCHING)
    factor = np.tensordot(by_law, 1.0 / (1.0 - branching), 2)
    mean_branching = 1.0 - 1.0 / factor
    weight = (by_law * k).sum(axis=1)
    lag = np.tensordot(weight / weight.sum(), shares, 1) if weight.sum() > 0.0 else shares.mean(axis=0)

    flat = rate.reshape(rate.shape[0], -1)
    maps = basis(flat, COMPRESSION)
    coefficient = np.moveaxis((maps.T @ flat).reshape(-1, *rate.shape[1:]), 3, 1)
    del rate, flat
    once, twice = spread_maps(maps, cells)
    first, later = _generations(coefficient, lag, mean_branching)
    parts.blocks.append((np.hstack([maps, once, twice]), np.concatenate([coefficient, first, later])[:, :, wanted]))
    parents = coefficient.sum(axis=(1, 2, 3))
    inside = float(once.sum(axis=0) @ parents / max(maps.sum(axis=0) @ parents, 1e-300))
    parts.outside.append(1.0 - inside)
    weight_of_law = of_law.sum(axis=1) / of_law.sum()
    mean_k, mean_ln_c = float((of_law * k).sum() / of_law.sum()), float(weight_of_law @ np.log(c_days))
    parts.law.append((mean_k, float(weight_of_law @ alpha), float(np.exp(mean_ln_c))))

    top_weight = np.array(list(mmax.values()))
    direct = drawn.direct[:, None] * annual[drawn.row] / fitted["whole"].to_numpy()[drawn.row][:, None]
    inside_of_events = np.minimum(near.sum(axis=0), 1.0)
    direct = direct + drawn.productivity[:, None] * np.einsum("les,e->ls", per_k, inside_of_events)[drawn.law]
    offspring = drawn.productivity[:, None] * np.exp(alpha[drawn.law][:, None] * (gutenberg_richter.MAGNITUDES - least))
    mean, square = offspring @ (top_weight @ pmf), offspring**2 @ (top_weight @ pmf)
    r = np.minimum(mean, LARGEST_BRANCHING) * inside
    expected = np.stack(
        [
            np.linalg.solve((np.eye(len(d)) - ratio * shares[law]).T, d)
            for d, ratio, law in zip(direct, r, drawn.law, strict=True)
        ]
    )
    parts.expected.append(expected[:, wanted])
    parts.direct.append(np.asarray(direct.mean(axis=0))[wanted])
    parts.branching.append(r)
    parts.spread.append(np.maximum(square - mean**2, 0.0) * inside**2)


def _add_inherited(rate: np.ndarray, counts: np.ndarray, pmf: np.ndarray) -> None:
    """Add counts (cell, step) to rate (cell, step, mmax, magnitude), with the magnitudes of the place or the field."""
    local = rate.sum(axis=3)
    loaded = local > 1e-300
    rate *= 1.0 + np.divide(counts[..., None], local, out=np.zeros_like(local), where=loaded)[..., None]
    cell, step, top = np.nonzero(~loaded)
    rate[cell, step, top] += counts[cell, step][:, None] * pmf[top]


def _generations(coefficient: np.ndarray, lag: np.ndarray, branching: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and all later generations of coefficients (map, magnitude, step, branch), by their shares (step, step)."""
    first, later = np.empty_like(coefficient), np.empty_like(coefficient)
    for b, r in enumerate(branching):
        move = r * lag
        rest = np.linalg.solve(np.eye(lag.shape[0]) - move, move @ move)
        first[..., b] = coefficient[..., b] @ move
        later[..., b] = coefficient[..., b] @ rest
    return first, later


def spread_maps(maps: np.ndarray, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Maps of the direct aftershocks, and of theirs."""
    once = aftershocks.spread(maps, cells)
    return once, aftershocks.spread(once, cells)


def _mean_probability(b: np.ndarray, weight: np.ndarray, mmax: list[float], magnitude_min: float) -> np.ndarray:
    """Weighted mean over combinations of the bin probabilities; (node, mmax, magnitude).

    `b` (combination, node), `weight` (combination,) sums to one. The weights are first laid on a fine grid of b, so
    that the law is evaluated once per value and not once per combination and node.
    """
    values = np.linspace(b.min(), b.max() + 1e-9, _B_VALUES)
    by_value = np.stack([gutenberg_richter.bin_probability(values, top, magnitude_min) for top in mmax], axis=1)
    position = (b - values[0]) / (values[1] - values[0])
    lower = np.minimum(position.astype(int), values.size - 2)
    fraction = position - lower
    mass = np.stack(
        [
            np.bincount(lower[:, node], weight * (1.0 - fraction[:, node]), values.size)
            + np.bincount(lower[:, node] + 1, weight * fraction[:, node], values.size)
            for node in range(b.shape[1])
        ]
    )
    return np.tensordot(mass, by_value, 1)


def _magnitudes(fitted: xr.Dataset, name: str, nodes: np.ndarray, mmax: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the bin probabilities over the b-value posterior against the covariate; (node, mmax, magnitude).

    And mean and mean square of b there, (2, node). The posterior of b is that over all stress members: with stress
    relative to the largest of a member it hardly differs between them.
    """
    model, weight = MAGNITUDE_MODELS[name], calibrate.magnitude_weights(fitted, name)
    kept = weight > _NEGLIGIBLE * weight.max()
    share = weight[kept] / weight[kept].sum()
    grid, width = fitted[f"{name}_grid"].to_numpy()[kept], float(fitted.attrs[f"{name}_width"])
    probability, moments = [], []
    for some in np.array_split(nodes, max(1, grid.shape[0] * nodes.size // _BLOCK)):
        b = model.b_value(grid, some, width)
        probability.append(_mean_probability(b, share, mmax, fitted.attrs["magnitude_min"]))
        moments.append(np.stack([share @ b, share @ b**2]))
    return np.concatenate(probability), np.concatenate(moments, axis=1)


def _by_place(fitted: xr.Dataset, name: str, thickness: np.ndarray, mmax: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """The same of a model without stress, at the cells: (cell, mmax, magnitude) and (2, cell)."""
    count = _THICKNESS_NODES if MAGNITUDE_MODELS[name].covariate == "thickness" else 2
    nodes = np.linspace(thickness.min(), thickness.max(), count)
    at_nodes, moments = _magnitudes(fitted, name, nodes, mmax)
    position = (thickness - nodes[0]) / max(nodes[1] - nodes[0], 1e-9)
    lower = np.minimum(position.astype(int), nodes.size - 2)
    fraction = (position - lower)[:, None, None]
    of_cells = np.stack([np.interp(thickness, nodes, moment) for moment in moments])
    return (1.0 - fraction) * at_nodes[lower] + fraction * at_nodes[lower + 1], of_cells


@numba.njit(cache=True)
def _lay_on_stress(total: np.ndarray, counts: np.ndarray, stress: np.ndarray, spacing: float) -> None:
    """Add counts (cell, step) to the two nodes of stress on either side; total (cell, step, node)."""
    last = total.shape[2] - 1
    for cell in range(counts.shape[0]):
        for step in range(counts.shape[1]):
            position = min(max(stress[cell, step] / spacing, 0.0), float(last))
            lower = min(int(position), last - 1)
            share = position - lower
            total[cell, step, lower] += counts[cell, step] * (1.0 - share)
            total[cell, step, lower + 1] += counts[cell, step] * share


def compress(rate: np.ndarray, tolerance: float = COMPRESSION) -> tuple[np.ndarray, np.ndarray]:
    """Factor rate (magnitude, cell, year, branch): maps (cell, map) times coefficient (map, magnitude, year, branch).

    Neighbouring magnitudes, years and branches have nearly the same map of the cells, so a hundred orthonormal maps
    carry the thousands of fields (`core.factor`).
    """
    magnitudes, cells, years, branches = rate.shape
    fields = np.moveaxis(rate, 1, 0).reshape(cells, -1)
    maps = basis(fields, tolerance)
    return maps, (maps.T @ fields).reshape(-1, magnitudes, years, branches)


def join(
    blocks: Iterable[tuple[np.ndarray, np.ndarray]], tolerance: float = COMPRESSION
) -> tuple[np.ndarray, np.ndarray]:
    """Maps and coefficients of several blocks of branches as one set of orthonormal maps.

    `blocks` are (cell, map) and (map, magnitude, year, branch); the branches follow each other.
    """
    blocks = list(blocks)
    shape = blocks[0][1].shape[1:3]
    together, corner = np.linalg.qr(np.hstack([maps for maps, _ in blocks]))
    fields, start = [], 0
    for maps, coefficient in blocks:
        part = corner[:, start : start + maps.shape[1]] @ coefficient.reshape(maps.shape[1], -1)
        fields.append(part.reshape(-1, *shape, coefficient.shape[3]))
        start += maps.shape[1]
    joined = np.concatenate(fields, axis=3)
    flat = joined.reshape(joined.shape[0], -1)
    few = basis(flat, tolerance)
    return together @ few, (few.T @ flat).reshape(-1, *joined.shape[1:])


def mean_field(forecast: xr.Dataset) -> xr.DataArray:
    """Weighted mean over branches of events per year, summed over magnitudes; (cell, year)."""
    mean = (forecast["coefficient"] * forecast["weight"]).sum(["branch", "magnitude"])
    return forecast["maps"].dot(mean, dim="map")


def by_magnitude(forecast: xr.Dataset) -> xr.DataArray:
    """Events per year over the field; (magnitude, year, branch)."""
    return forecast["maps"].sum("cell").dot(forecast["coefficient"], dim="map")


def count_probability(forecast: xr.Dataset) -> np.ndarray:
    """Probability of 0, 1, ... events of the field in each year, over branches, draws and chance; (year, count)."""
    weight = forecast["source_weight"].to_numpy()
    draws = forecast.sizes["draw"]
    expected = forecast["expected"].transpose("source", "draw", "year").to_numpy().reshape(-1, forecast.sizes["year"])
    r = forecast["branching"].to_numpy().ravel()[:, None]
    v = forecast["branching_spread"].to_numpy().ravel()[:, None]
    first, ratio = event_counts.matched(expected * (1.0 - r), r, v)
    return event_counts.mixture(event_counts.generalised_poisson, first, ratio, np.repeat(weight / draws, draws))


def chance_of(forecast: xr.Dataset, magnitude: float) -> np.ndarray:
    """Probability of at least one event of at least `magnitude`, as catalogues round it, in a year; (year, branch).

    Mean over the draws of the branch. An event and its aftershocks together count once: 1 - exp(-L (1 - q)) of
    `event_counts.chance_of_none`, with L = (1 - r) times all events of the year and the share of the bins from
    `magnitude`, whose lower edge is 0.05 lower, among all events. Two simplifications: every event has the same mean
    number of aftershocks (0.7 % on the chance at a = 0.95), and all of a cascade falls in one year (2 % low at most).
    """
    return chances(forecast, magnitude).mean(axis=2)


def chances(forecast: xr.Dataset, magnitude: float) -> np.ndarray:
    """The same for every draw: (year, branch, draw)."""
    rate = by_magnitude(forecast).transpose("magnitude", "year", "branch")
    above = rate.sel(magnitude=slice(magnitude - 0.01, None)).sum("magnitude").to_numpy()
    share = np.clip(above / np.maximum(rate.sum("magnitude").to_numpy(), 1e-300), 0.0, 1.0)
    tops = forecast.sizes["branch"] // forecast.sizes["source"]
    expected = np.repeat(forecast["expected"].transpose("year", "source", "draw").to_numpy(), tops, axis=1)
    r = np.repeat(forecast["branching"].to_numpy(), tops, axis=0)[None]
    return 1.0 - event_counts.chance_of_none(expected * (1.0 - r), np.broadcast_to(r, expected.shape), share[..., None])
