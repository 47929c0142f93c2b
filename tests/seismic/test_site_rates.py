"""What a site sees of a forecast, against the sum over every pair of a site and a cell."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtr

from mijnrisico.core.workers import threads
from mijnrisico.seismic import motion, rupture
from mijnrisico.seismic.hazard import rates as site_rates
from mijnrisico.seismic.rupture import Geometry

MAGNITUDES = np.round(np.arange(1.55, 6.5, 0.1), 2)
FEW = MAGNITUDES[[4, 24, 44]]
POINTS = Geometry(finite=False)


def forecast(x, y, magnitude, *, maps=3, years=(2025, 2026), branches=4, depth_km=None, seed=4):
    """Rates that differ from branch to branch, events per year, in factored form."""
    rng = np.random.default_rng(seed)
    fade = 10.0 ** (-0.9 * (magnitude - magnitude[0]))
    coefficient = rng.uniform(0.5, 1.5, (maps, magnitude.size, len(years), branches)) * fade[:, None, None]
    weight = rng.random(branches)
    made = xr.Dataset(
        {
            "maps": (("cell", "map"), rng.uniform(0.001, 0.01, (x.size, maps))),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", weight / weight.sum()),
        },
        coords={
            "magnitude": magnitude,
            "year": list(years),
            "branch": [f"branch {i}" for i in range(branches)],
            "cell_x": ("cell", x),
            "cell_y": ("cell", y),
        },
    )
    return made if depth_km is None else made.assign_coords(cell_depth=("cell", depth_km))


def cell_rates(made):
    """Events per year (cell, magnitude, year, branch)."""
    return made["maps"].dot(made["coefficient"], dim="map").transpose("cell", "magnitude", "year", "branch").to_numpy()


def lattice(count, spacing_m=1000.0, east=0.7):
    """The `count` points of a square grid that lie nearest to its middle, in an oval."""
    axis = np.arange(-60, 61) * spacing_m
    x, y = (each.ravel() for each in np.meshgrid(axis, axis))
    nearest = np.argsort(np.hypot(east * x, y), kind="stable")[:count]
    return x[nearest], y[nearest]


def sites_at(x, y):
    return xr.Dataset({"x": ("site", np.asarray(x, float)), "y": ("site", np.asarray(y, float))})


def at_three_depths(count=60, magnitude=FEW):
    rng = np.random.default_rng(6)
    x, y = rng.uniform(-20e3, 20e3, (2, count))
    return forecast(x, y, magnitude, depth_km=rng.choice([3.0, 4.5, 9.0], count))


ATKINSON_2015 = {
    "PGA": (-2.376, 1.818, -0.1153, -1.752, -0.002, 0.37),
    "SA(0.2)": (-2.266, 1.785, -0.1061, -1.657, -0.0014, 0.37),
}


def truncated_probability(measure, magnitude, distance_km, level_g):
    """P(Y > level), (distance, level), truncated at 3 sd.

    log10 Y = c0 + c1 M + c2 M^2 + c3 log10 Reff + c4 Reff in cm/s2, Reff^2 = R^2 + max(1, 10^(-1.72 + 0.43 M))^2.
    """
    c0, c1, c2, c3, c4, sd = ATKINSON_2015[measure]
    effective = np.hypot(distance_km, max(1.0, 10.0 ** (-1.72 + 0.43 * magnitude)))
    median = c0 + c1 * magnitude + c2 * magnitude**2 + c3 * np.log10(effective) + c4 * effective
    z = (np.log10(980.665 * level_g) - median[..., None]) / sd
    return np.clip((ndtr(3.0) - ndtr(z)) / (ndtr(3.0) - ndtr(-3.0)), 0.0, 1.0)


@pytest.mark.parametrize("measure", ["PGA", "SA(0.2)"])
@pytest.mark.parametrize("on_the_lattice", [True, False])
def test_the_hazard_of_point_sources_under_a_truncated_motion_is_the_sum_over_every_pair(measure, on_the_lattice):
    """987 sources at three depths; 1e-4 wherever the annual probability exceeds one in a million."""
    x, y = lattice(987)
    depth = np.where(x < -3000.0, 3.0, np.where(x < 5000.0, 3.7, 8.0))
    made = forecast(x, y, MAGNITUDES, depth_km=depth, years=(2025,), branches=1)
    site_x, site_y = np.array(lattice(1793))[:, ::300] + (0.0 if on_the_lattice else 313.0)
    level_g = np.geomspace(0.002, 2.0, 40)
    ready = site_rates.sources(made, geometry=POINTS)
    near, _ = site_rates.map_rates(ready, ready.table(), site_x, site_y)
    ours, slow = np.zeros((2, site_x.size, level_g.size))
    rates = cell_rates(made)[..., 0, 0]
    r = np.sqrt(((site_x[:, None] - x) ** 2 + (site_y[:, None] - y) ** 2) / 1e6 + depth**2)
    for m, one in enumerate(MAGNITUDES):
        at_nodes = truncated_probability(measure, one, ready.table().distance_km, level_g)
        ours += near[:, m] @ ready.mean[m, :, 0] @ at_nodes
        slow += np.einsum("c,scl->sl", rates[:, m], truncated_probability(measure, one, r, level_g))
    counts = -np.expm1(-slow) > 1e-6
    assert counts.sum() > 100
    np.testing.assert_allclose(ours[counts], slow[counts], rtol=1e-4)


def test_rates_of_point_sources_equal_the_sum_over_every_cell():
    made = at_three_depths()
    ready = site_rates.sources(made, geometry=POINTS)
    seen = site_rates.site_rates(ready, sites_at([1000.0, -7000.0], [500.0, 9000.0]))
    for at, (x, y) in enumerate(((1000.0, 500.0), (-7000.0, 9000.0))):
        east, north = x - made["cell_x"], y - made["cell_y"]
        weights = rupture.projected_weights(ready.table(), east, north, made["cell_depth"])[:, 0]
        slow = np.einsum("cr,cmyb->mryb", weights, cell_rates(made))
        np.testing.assert_allclose(seen["rate"][at], slow, atol=1e-13)


def test_rates_of_ruptures_at_several_depths_equal_the_sum_over_every_cell():
    """Each cell with a table of its own depth; the rate of R^-2 and of all events."""
    made = at_three_depths()
    ready = site_rates.sources(made, geometry=Geometry(strike_deg=20.0))
    x, y = np.array([1000.0, -7000.0]), np.array([500.0, 9000.0])
    seen = site_rates.site_rates(ready, sites_at(x, y))
    rates, depth = cell_rates(made), made["cell_depth"].to_numpy()
    tables = {
        d: rupture.projection(FEW, geometry=Geometry(depth_km=float(d), strike_deg=20.0)) for d in np.unique(depth)
    }
    assert len(tables) == 3
    for at in range(2):
        slow = np.zeros(rates.shape[1:])
        for cell in range(depth.size):
            table = tables[depth[cell]]
            offset = x[at] - float(made["cell_x"][cell]), y[at] - float(made["cell_y"][cell])
            decayed = rupture.projected_weights(table, *offset)[0] @ table.distance_km**-2.0
            slow += rates[cell] * decayed[:, None, None]
        ours = (seen["rate"][at] * seen["distance"] ** -2.0).sum("distance")
        np.testing.assert_allclose(ours, slow, rtol=1e-4)
    np.testing.assert_allclose(seen["rate"].sum("distance"), np.broadcast_to(rates.sum(axis=0), (2, *rates.shape[1:])))


@pytest.mark.parametrize("geometry", [Geometry(), POINTS])
def test_the_mean_of_the_years_is_that_of_the_branches(geometry):
    ready = site_rates.sources(at_three_depths(), geometry=geometry)
    x, y = np.random.default_rng(1).uniform(-15e3, 15e3, (2, 70))
    mean, beyond = site_rates.mean_site_rates(ready, x, y)
    slow = site_rates.site_rates(ready, sites_at(x, y), branch_mean=True)
    expected = slow["rate"].transpose("site", "year", "magnitude", "distance").to_numpy()
    size = np.abs(expected).max(axis=(0, 3), keepdims=True)
    assert np.max(np.abs(mean - expected) / size) < 1e-6
    np.testing.assert_allclose(beyond, slow["beyond"], atol=1e-9)


def test_the_mean_of_one_year_is_that_year_of_all():
    ready = site_rates.sources(at_three_depths())
    x, y = np.array([0.0, 5000.0]), np.array([2000.0, -4000.0])
    one = site_rates.averaged(ready, [2026])
    assert one.year.tolist() == [2026]
    assert one.branch == ("mean",)
    every, _ = site_rates.mean_site_rates(ready, x, y)
    np.testing.assert_allclose(site_rates.mean_site_rates(one, x, y)[0][:, 0], every[:, 1], rtol=1e-5, atol=1e-9)


def test_a_mean_of_many_maps_is_held_on_few():
    """A hundred maps of noise in branches whose mean is one map with a drift."""
    x, y = lattice(400)
    smooth = np.exp(-(x**2 + y**2) / 1e8)
    noise = np.random.default_rng(0).standard_normal((400, 50))
    made = forecast(x, y, MAGNITUDES, maps=1, branches=1)
    pattern = made["coefficient"].to_numpy()[0, :, :, 0]
    coefficient = np.zeros((51, *pattern.shape, 2))
    coefficient[0] = pattern[..., None]
    coefficient[1:] = 0.01 * pattern[None, ..., None] * np.array([1.0, -1.0])
    many = xr.Dataset(
        {
            "maps": (("cell", "map"), np.hstack([smooth[:, None], noise])),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient),
            "weight": ("branch", [0.5, 0.5]),
        },
        coords={name: made[name] for name in ("magnitude", "year", "cell_x", "cell_y")} | {"branch": ["a", "b"]},
    )
    few = site_rates.averaged(site_rates.sources(many, geometry=POINTS))
    assert few.maps.shape[1] <= 24
    fields = np.einsum("cq,qmyb->cmy", few.maps, few.coefficient)
    np.testing.assert_allclose(fields, smooth[:, None, None] * pattern, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("geometry", [Geometry(), POINTS])
def test_rates_do_not_depend_on_the_number_of_threads(geometry):
    ready = site_rates.sources(at_three_depths(), geometry=geometry)
    x, y = np.random.default_rng(1).uniform(-15e3, 15e3, (2, 70))
    few = site_rates.averaged(ready)
    alone = site_rates.map_rates(ready, ready.table(), x, y)[0], site_rates.mean_site_rates(few, x, y)[0]
    with threads(3) as spread:
        shared = (
            site_rates.map_rates(ready, ready.table(), x, y, spread)[0],
            site_rates.mean_site_rates(few, x, y, spread)[0],
        )
    for one, other in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("geometry", [Geometry(largest_km=20.0), Geometry(finite=False, largest_km=20.0)])
def test_what_lies_beyond_the_largest_distance_is_counted(geometry):
    made = at_three_depths(magnitude=MAGNITUDES[[4, 24]])
    ready = site_rates.sources(made, geometry=geometry)
    x, y = np.array([0.0, 18_000.0, 200_000.0]), np.array([0.0, -12_000.0, 0.0])
    seen = site_rates.site_rates(ready, sites_at(x, y))
    hypocentral = np.sqrt(
        ((x[:, None] - made["cell_x"].to_numpy()) ** 2 + (y[:, None] - made["cell_y"].to_numpy()) ** 2) / 1e6
        + made["cell_depth"].to_numpy() ** 2
    )
    slow = np.einsum("sc,cmyb->syb", hypocentral > 20.0, cell_rates(made))
    np.testing.assert_allclose(seen["beyond"], slow, atol=1e-12)
    total = (seen["rate"].sum(["distance", "magnitude"]) + seen["beyond"]).to_numpy()
    np.testing.assert_allclose(total, np.broadcast_to(cell_rates(made).sum(axis=(0, 1)), total.shape), rtol=1e-9)
    mean, beyond = site_rates.mean_site_rates(ready, x, y)
    np.testing.assert_allclose(beyond, (seen["beyond"] * made["weight"]).sum("branch"), atol=1e-9)
    np.testing.assert_allclose(mean[2], 0.0, atol=1e-15)
    assert seen.attrs["largest_distance_km"] == 20.0


def test_a_source_at_the_surface_is_taken_at_a_hundred_metres_and_counted():
    x, y = lattice(9)
    made = forecast(x, y, FEW, depth_km=np.where(np.arange(9) < 2, 0.0, 5.0))
    ready = site_rates.sources(made, geometry=POINTS)
    assert ready.raised == 2
    assert site_rates.site_rates(ready, sites_at([0.0], [0.0])).attrs["cells_raised"] == 2
    assert ready.table().distance_km[0] == site_rates.SHALLOWEST_KM
    assert site_rates.sources(forecast(x, y, FEW)).raised == 0


def test_a_model_of_the_hypocentral_distance_sees_points_whatever_the_geometry_says():
    hypocentral = replace(motion.MODELS["V7"], distance="hypocentral")
    made = at_three_depths()
    assert not site_rates.sources(made, motion=hypocentral, geometry=Geometry(finite=True)).geometry.finite
    assert site_rates.sources(made, motion="V7", geometry=Geometry(finite=True)).geometry.finite


@pytest.mark.parametrize("geometry", [Geometry(), POINTS])
def test_the_order_of_the_cells_does_not_matter(geometry):
    made = at_three_depths()
    mixed = made.isel(cell=np.random.default_rng(3).permutation(made.sizes["cell"]))
    seen = [
        site_rates.site_rates(site_rates.sources(one, geometry=geometry), sites_at([0.0], [0.0]))["rate"]
        for one in (made, mixed)
    ]
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-9, atol=1e-14)


def test_a_depth_per_cell_that_is_the_same_everywhere_is_the_depth_of_the_geometry():
    x, y = lattice(30)
    given = forecast(x, y, FEW, depth_km=np.full(30, 6.0))
    for finite in (True, False):
        stated = site_rates.sources(forecast(x, y, FEW), geometry=Geometry(depth_km=6.0, finite=finite))
        own = site_rates.sources(given, geometry=Geometry(finite=finite))
        assert own.geometry == stated.geometry
        sites = sites_at([500.0], [-4000.0])
        np.testing.assert_array_equal(
            site_rates.site_rates(own, sites)["rate"], site_rates.site_rates(stated, sites)["rate"]
        )


def test_many_depths_of_ruptures_are_brought_to_a_few_and_points_keep_theirs():
    depth = np.linspace(2.6, 3.2, 200)
    few = site_rates._few_depths(depth)
    assert np.unique(few).size <= site_rates.MOST_DEPTHS
    assert np.abs(few - depth).max() <= 0.6 / 62.0 + 1e-12
    np.testing.assert_array_equal(site_rates._few_depths(depth[:10]), depth[:10])


def test_a_model_of_the_hypocentral_distance_keeps_every_depth_whatever_the_ruptures_are():
    depth = np.linspace(2.0, 4.0, 60)
    made = forecast(*np.random.default_rng(6).uniform(-20e3, 20e3, (2, 60)), FEW, depth_km=depth)
    np.testing.assert_array_equal(site_rates.sources(made, motion="atkinson_2015").depth_km, depth)
    assert np.unique(site_rates.sources(made).depth_km).size <= site_rates.MOST_DEPTHS
