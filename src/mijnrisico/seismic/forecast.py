"""Expected events per source cell, calendar year, magnitude and branch: the posterior carried into the future.

Branches are the magnitude models times the tree of the largest possible magnitude. Within a branch the posterior enters
as its mean: theta0 by its gamma law, theta1, members and b-value parameters by their weights. Means over the b-value
posterior are tabulated against stress or thickness and read linearly; a test holds them against the sum itself.
"""

from collections.abc import Callable, Sequence

import numba
import numpy as np
import xarray as xr

from mijnrisico.seismic import calibrate
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.seismic.source import extreme_threshold, loading

_NODES = 2001  # of the table of expected growth against stress; linear in ln, error of a rise below 1e-5
_STRESS_NODES = np.linspace(0.0, 3.0, 301)  # relative stress of the table of magnitude probability, linear
_THICKNESS_NODES = 801  # of the table against thickness, whose transition is steep
_NEGLIGIBLE = 1e-9  # weight of a combination, relative to the largest, below which it is left out of that table
_B_VALUES = 801  # of the grid of b on which posterior weights are laid, linear
COMPRESSION = 1e-5
_FEWEST_MAPS = 32


def forecast(
    fitted: xr.Dataset,
    pressure: xr.DataArray,
    initial: xr.DataArray,
    *,
    years: Sequence[int],
    magnitude_models: dict[str, float],
    mmax: dict[float, float],
    progress: Callable[[float], None] = lambda _: None,
) -> xr.Dataset:
    """Rate of earthquakes (events per year) per cell, year, magnitude bin and branch, in factored form.

    `pressure` (time, y, x) in bar covers every year of `years` from 1 January to 1 January; `initial` (y, x) is the
    pressure before production. Weights of `magnitude_models` and `mmax` each sum to one.

    Returns `maps` (cell, map) and `coefficient` (map, magnitude, year, branch) with rate = sum over maps of
    maps x coefficient; of each bin's field at most 1e-5 of its length over the cells is left out, so that cells with
    next to nothing can be slightly negative. `weight` (branch) sums to one. `annual` (member, theta1, year) are the
    expected counts per unit exp(theta0) for `calibrate.annual_quantiles`.
    """
    cells = loading.source_cells()
    edges = np.array([f"{year}-01-01" for year in (*years, years[-1] + 1)], dtype="datetime64[ns]")
    fall = loading.depletion_bar(pressure, cells, initial, edges)

    weights = {name: calibrate.rate_weights(fitted, name) for name in magnitude_models}
    theta1 = fitted["theta1"].to_numpy()
    integral, scale = fitted["integral"].to_numpy(), fitted["stress_scale"].to_numpy()
    nodes, probability = _linear_magnitudes(fitted, list(mmax))
    shape = (cells.x.size, len(years))
    by_stress = np.zeros((*shape, len(mmax), gutenberg_richter.MAGNITUDES.size))
    by_thickness = np.zeros(shape)
    annual = np.zeros((scale.size, theta1.size, len(years)))
    n, index = fitted.attrs["events"], 0
    ratios = fitted["rmax"].to_numpy()
    for ratio in dict.fromkeys(ratios):
        pillars = loading.faults(cells, float(ratio))
        for sigma in fitted["sigma_m"].to_numpy()[ratios == ratio]:
            density, stress = loading.member(fall, pillars, float(sigma), cells)
            relative = stress / scale[index]
            exposure = density * cells.area_m2
            rises = extreme_threshold.rises(relative, exposure, theta1)
            annual[index] = rises.T
            middle = (relative[:-1] + relative[1:]).T / 2.0
            for name, weight in weights.items():
                growth = weight[index] * n / integral[index]
                counts = _counts(relative, growth, exposure, theta1)
                if name == linear_stress.NAME:
                    _add_linear(by_stress, counts, middle, nodes, probability[index])
                else:
                    by_thickness += counts
            index += 1
            progress(index / scale.size)

    split = _split_magnitudes(fitted, cells.thickness_m, list(mmax))
    fields = {
        linear_stress.NAME: by_stress,
        thickness_split.NAME: by_thickness[:, :, None, None] * split[:, None],
    }
    rate = np.concatenate([fields[name] for name in magnitude_models], axis=2)
    maps, coefficient = compress(np.moveaxis(rate, 3, 0))
    branches = [f"{name}|{top:g}" for name in magnitude_models for top in mmax]
    weight = [share * part for share in magnitude_models.values() for part in mmax.values()]
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps, {"units": "1"}),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient, {"units": "1/year"}),
            "weight": ("branch", weight),
            "annual": (("member", "theta1", "year"), annual),
        },
        coords={
            "magnitude": gutenberg_richter.MAGNITUDES,
            "year": np.asarray(years),
            "branch": branches,
            "cell_x": ("cell", cells.x, {"units": "m"}),
            "cell_y": ("cell", cells.y, {"units": "m"}),
            "cell_area": ("cell", cells.area_m2, {"units": "m2"}),
        },
        attrs={"crs": "EPSG:28992", "magnitude_min": fitted.attrs["magnitude_min"]},
    )


def _counts(relative: np.ndarray, growth: np.ndarray, exposure: np.ndarray, theta1: np.ndarray) -> np.ndarray:
    """Posterior-mean events per cell and year of one member: growth-weighted rises of exp(theta1 s); (cell, year)."""
    nodes = np.linspace(relative.min(), relative.max(), _NODES)
    table = np.log(np.exp(nodes[:, None] * theta1) @ np.maximum(growth, 1e-300))
    grown = np.exp(np.interp(relative, nodes, table))
    return (np.maximum(np.diff(grown, axis=0), 0.0) * exposure).T


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


def _linear_magnitudes(fitted: xr.Dataset, mmax: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the bin probabilities over the b-value posterior, tabulated against relative stress.

    Returns the nodes of stress (node,) and the table (member, node, mmax, magnitude).
    """
    nodes = _STRESS_NODES
    b = linear_stress.b_value(fitted["linear_grid"].to_numpy(), nodes)
    weights = [calibrate.normalised(log_weight) for log_weight in fitted["log_linear"].to_numpy()]
    return nodes, np.stack([_mean_probability(b, weight, mmax, fitted.attrs["magnitude_min"]) for weight in weights])


def _split_magnitudes(fitted: xr.Dataset, thickness: np.ndarray, mmax: list[float]) -> np.ndarray:
    """Mean of the bin probabilities over the posterior of the thickness split; (cell, mmax, magnitude)."""
    weight = calibrate.normalised(fitted["log_split"].to_numpy())
    kept = weight > _NEGLIGIBLE * weight.max()
    nodes = np.linspace(thickness.min(), thickness.max(), _THICKNESS_NODES)
    b = thickness_split.b_value(fitted["split_grid"].to_numpy()[kept], nodes, fitted.attrs["split_width_m"])
    at_nodes = _mean_probability(b, weight[kept] / weight[kept].sum(), mmax, fitted.attrs["magnitude_min"])
    position = (thickness - nodes[0]) / (nodes[1] - nodes[0])
    lower = np.minimum(position.astype(int), nodes.size - 2)
    fraction = (position - lower)[:, None, None]
    return (1.0 - fraction) * at_nodes[lower] + fraction * at_nodes[lower + 1]


@numba.njit(parallel=True, cache=True)
def _add_linear(
    total: np.ndarray, counts: np.ndarray, stress: np.ndarray, nodes: np.ndarray, probability: np.ndarray
) -> None:
    """Add counts (cell, year) spread over (mmax, magnitude) by the probability at the cell's stress."""
    step = nodes[1] - nodes[0]
    for cell in numba.prange(counts.shape[0]):
        for year in range(counts.shape[1]):
            position = (stress[cell, year] - nodes[0]) / step
            lower = min(max(int(position), 0), nodes.size - 2)
            fraction = min(max(position - lower, 0.0), 1.0)
            for top in range(total.shape[2]):
                for m in range(total.shape[3]):
                    total[cell, year, top, m] += counts[cell, year] * (
                        (1.0 - fraction) * probability[lower, top, m] + fraction * probability[lower + 1, top, m]
                    )


def compress(rate: np.ndarray, tolerance: float = COMPRESSION) -> tuple[np.ndarray, np.ndarray]:
    """Factor rate (magnitude, cell, year, branch): maps (cell, map) times coefficient (map, magnitude, year, branch).

    Neighbouring magnitudes, years and branches have nearly the same map of the cells, so a hundred orthonormal maps
    carry the thousands of fields. The basis is found by random projection (Halko et al. 2011, doi:10.1137/090771806;
    fixed generator) and enlarged until it leaves out at most `tolerance` of the length of every single field.
    """
    magnitudes, cells, years, branches = rate.shape
    fields = np.moveaxis(rate, 1, 0).reshape(cells, -1)
    length = np.linalg.norm(fields, axis=0)
    maps = _basis(fields / np.where(length > 0.0, length, 1.0), tolerance)
    return maps, (maps.T @ fields).reshape(-1, magnitudes, years, branches)


def _basis(fields: np.ndarray, tolerance: float) -> np.ndarray:
    """Orthonormal columns (cell, map) that hold every unit field (cell, field) to `tolerance`."""
    cells, count = fields.shape
    generator, rank = np.random.default_rng(20_240_101), _FEWEST_MAPS
    while rank < min(cells, count):
        basis = np.linalg.qr(fields @ generator.standard_normal((count, rank)))[0]
        left_out = fields - basis @ (basis.T @ fields)
        if np.linalg.norm(left_out, axis=0).max() <= tolerance:
            return basis
        rank += rank // 2
    return np.linalg.qr(fields)[0] if count <= cells else np.eye(cells)


def mean_field(forecast: xr.Dataset) -> xr.DataArray:
    """Weighted mean over branches of events per year, summed over magnitudes; (cell, year)."""
    mean = (forecast["coefficient"] * forecast["weight"]).sum(["branch", "magnitude"])
    return forecast["maps"].dot(mean, dim="map")


def by_magnitude(forecast: xr.Dataset) -> xr.DataArray:
    """Events per year over the field; (magnitude, year, branch)."""
    return forecast["maps"].sum("cell").dot(forecast["coefficient"], dim="map")


def chance_of(forecast: xr.Dataset, magnitude: float) -> np.ndarray:
    """Probability of at least one event of at least `magnitude`, as catalogues round it, in a year; (year, branch).

    1 - exp(-rate of the bins from `magnitude`, whose lower edge is 0.05 lower).
    """
    rate = by_magnitude(forecast).transpose("magnitude", "year", "branch")
    return -np.expm1(-rate.sel(magnitude=slice(magnitude - 0.01, None)).sum("magnitude").to_numpy())
