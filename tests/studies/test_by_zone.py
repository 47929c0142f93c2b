"""A map in blocks of zones: the bits of one computation over all sites, with no workers and with any number of them."""

import importlib.util
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mijnrisico.core import cluster
from mijnrisico.seismic import hazard, risk, site
from mijnrisico.studies import by_zone

_SPEC = importlib.util.spec_from_file_location("by_zone_twin", Path(__file__).parents[1] / "seismic" / "hazard_twin.py")
assert _SPEC is not None
assert _SPEC.loader is not None
twin = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(twin)

PERIODS = (95.0, 475.0)
TREE = partial(hazard.hazard, return_periods=PERIODS)
MEAN = partial(hazard.hazard, return_periods=PERIODS, fractiles=())
RISK = partial(risk.risk, classes=("URM1F_B", "RC1L"))


def counted(shared: float, block: xr.Dataset) -> xr.Dataset:
    """A study of the sites of a block that also counts them."""
    known = block["zone"] >= 0
    return xr.Dataset(
        {"value": block["x"].where(known) * shared, "of_all": ("level", [1.0, 2.0])},
        coords={"level": [0.1, 0.2], "zone": block["zone"]},
        attrs={
            "model": "V7",
            "sites": block.sizes["site"],
            "sites_without_zone": int((~known).sum()),
            "share_of_rate_beyond_largest_distance": float(block["x"].where(known).mean().fillna(0.0)),
        },
    )


def named_by_block(shared: object, block: xr.Dataset) -> xr.Dataset:
    return xr.Dataset({"x": block["x"]}, attrs={"first": float(block["x"][0])})


def sites_of(zone: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"x": ("site", np.arange(zone.size, dtype=float)), "zone": ("site", zone)})


zones = arrays.arrays(np.int64, st.integers(0, 120), elements=st.integers(-1, 9))


@given(zones)
def test_every_site_is_in_one_block_and_every_zone_too(zone: np.ndarray) -> None:
    found = by_zone.blocks(zone)
    assert sorted(np.concatenate(found)) == list(range(zone.size))
    of_block = [set(zone[rows]) for rows in found]
    assert sum(map(len, of_block)) == np.unique(zone).size
    assert all((zone[rows] >= 0).sum() >= by_zone.LEAST for rows in found[:-1])


def test_sites_without_a_zone_are_no_block_of_their_own() -> None:
    zone = np.concatenate([np.full(400, -1), np.repeat([4, 5], 20)])
    assert [rows.size for rows in by_zone.blocks(zone)] == [420, 20]
    assert [rows.size for rows in by_zone.blocks(zone[:400])] == [400]


def without_zone(shared: float, block: xr.Dataset) -> xr.Dataset:
    """A study of sites with Vs30 that keeps its share of a block, and how many sites it was given together."""
    known = np.isfinite(block["vs30"])
    return xr.Dataset(
        {"value": block["vs30"] * shared, "together": ("site", np.full(block.sizes["site"], block.sizes["site"]))},
        attrs={
            "sites_without_zone": int((~known).sum()),
            "share_of_rate_beyond_largest_distance": float(block["x"].where(known).mean().fillna(0.0)),
        },
    )


@pytest.mark.parametrize("count", [0, 1, 64, 65, 200])
def test_sites_of_a_model_without_zones_go_64_at_a_time(count: int) -> None:
    x = np.arange(count, dtype=float)
    sites = xr.Dataset({"x": ("site", x), "vs30": ("site", np.where(x % 7 == 3, np.nan, 200.0 + x))})
    parts, whole = by_zone.map_sites(without_zone, 2.0, sites), without_zone(2.0, sites)
    share = "share_of_rate_beyond_largest_distance"
    assert parts.attrs.pop(share) == pytest.approx(whole.attrs.pop(share))
    assert parts["together"].to_numpy().tolist() == [64] * (count // 64 * 64) + [count % 64] * (count % 64)
    xr.testing.assert_identical(parts.drop_vars("together"), whole.drop_vars("together"))


@settings(max_examples=20)
@given(zones.filter(len))
def test_joined_blocks_are_in_the_order_of_the_sites_with_counts_added_and_shares_averaged(zone: np.ndarray) -> None:
    sites = sites_of(zone)
    whole, parts = counted(2.0, sites), by_zone.map_sites(counted, 2.0, sites)
    share = "share_of_rate_beyond_largest_distance"
    assert parts.attrs.pop(share) == pytest.approx(whole.attrs.pop(share))
    xr.testing.assert_identical(parts, whole)


def test_blocks_that_disagree_on_what_cannot_be_joined_are_told() -> None:
    with pytest.raises(ValueError, match="'first'"):
        by_zone.map_sites(named_by_block, None, sites_of(np.repeat([1, 2], 20)))


@pytest.fixture(scope="module")
def sites() -> xr.Dataset:
    """Sites in six zones, more than a block, and some without a zone; the zones alternate."""
    grid = site.hazard_grid(500.0, 0.0)
    zone = grid["zone"].to_numpy()
    chosen = [number for number in np.unique(zone[zone >= 0]) if (zone == number).sum() >= 8][:6]
    rows = np.column_stack([np.flatnonzero(zone == number)[:8] for number in (*chosen, -1)]).ravel()
    return grid.isel(site=rows)


@pytest.fixture(scope="module")
def ready() -> hazard.Sources:
    return hazard.sources(twin.forecast(np.array([2.0, 4.0, 5.0])))


@pytest.fixture(scope="module")
def address() -> Iterator[object]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


@pytest.mark.parametrize("function", [TREE, MEAN, RISK], ids=["tree", "mean", "risk"])
def test_a_map_has_the_same_bits_without_a_cluster_and_with_one_two_and_four_workers(
    function: partial[xr.Dataset], ready: hazard.Sources, sites: xr.Dataset, address
) -> None:
    here = by_zone.map_sites(function, ready, sites)
    for count in (1, 2, 4):
        address.scale(count)
        with cluster.connected(address.scheduler_address):
            there = by_zone.map_sites(function, ready, sites)
        _same_numbers(there, here)
        assert there.attrs == here.attrs


@pytest.mark.parametrize("function", [TREE, MEAN, RISK], ids=["tree", "mean", "risk"])
def test_a_map_in_blocks_is_that_of_all_sites_at_once(
    function: partial[xr.Dataset], ready: hazard.Sources, sites: xr.Dataset
) -> None:
    whole, blocks = function(ready, sites), by_zone.map_sites(function, ready, sites)
    share = "share_of_rate_beyond_largest_distance"
    assert blocks.attrs.pop(share, 0.0) == pytest.approx(whole.attrs.pop(share, 0.0), rel=1e-9)
    assert blocks.attrs == whole.attrs
    xr.testing.assert_allclose(blocks, whole, rtol=1e-9)
    assert [str(name) for name in blocks.variables] == [str(name) for name in whole.variables]


@pytest.mark.parametrize(("name", "measure"), [("douglas_2013", "PGA"), ("bommer_2021_pgv", "PGV")])
def test_a_map_of_a_model_without_zones_is_shared_out(name: str, measure: str, address) -> None:
    ready = hazard.sources(twin.forecast(np.array([2.0, 4.0])), motion=name)
    across = np.linspace(0.0, 9000.0, by_zone.MANY + 6)
    places = {"x": ("site", 243_000.0 + across), "y": ("site", 596_000.0 - across / 3.0)}
    sites = xr.Dataset(places | {"vs30": ("site", np.where(across > 5000.0, 200.0, 250.0))})
    function = partial(hazard.hazard, motion=name, imt=measure, return_periods=PERIODS, thresholds=(), fractiles=())
    here = by_zone.map_sites(function, ready, sites)
    whole = function(ready, sites)
    xr.testing.assert_allclose(here, whole, rtol=1e-9)
    assert {key for key in whole.attrs if here.attrs[key] != whole.attrs[key]} <= set(by_zone.SHARES)
    for count in (1, 2):
        address.scale(count)
        with cluster.connected(address.scheduler_address) as crew:
            there = by_zone.map_sites(function, ready, sites)
            assert crew.took_part >= 1
        xr.testing.assert_equal(there, here)
        assert there.attrs == here.attrs


def _same_numbers(a: xr.Dataset, b: xr.Dataset) -> None:
    """Check names, units and every bit."""
    xr.testing.assert_identical(a.assign_attrs(b.attrs), b)
    for name, variable in b.variables.items():
        assert a[name].dtype == variable.dtype
        if variable.dtype.kind in "fi":
            assert a[name].to_numpy().tobytes() == variable.to_numpy().tobytes(), name
