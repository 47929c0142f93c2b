"""Counting in every leaf beside the same written out; which municipalities have a count; what names of branches say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.core.workers import serial
from mijnrisico.seismic import tree_nodes
from mijnrisico.seismic.building_counts import THRESHOLDS, Counts, Groups
from mijnrisico.seismic.building_risk import LEVELS
from mijnrisico.seismic.motion import MODELS

TILES = (2, 3, 2)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_every_leaf_holds_the_buildings_above_each_level(seed):
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(60)).reshape(*TILES, 5)
    values = (10.0 ** rng.uniform(-9.0, -3.0, (3, *TILES, 5))).astype(np.float32)
    at, task = np.array([0, 2, 3, 6]), np.repeat([0, 1, 2], [2, 1, 3])
    factor, number = 10.0 ** rng.uniform(-1.0, 1.0, 6), rng.uniform(0.1, 9.0, 6)
    group = rng.integers(-1, 2, 6)
    counts = Counts.of(weight, years=2, groups=2)
    counts.add(1, values, at, factor, number, group, serial)
    scaled = factor.astype(np.float32)[:, None, None, None, None] * values[task]

    def beyond(level, some):
        return np.einsum("b,b...->...", number * some, scaled > np.float32(level))

    for k, level in enumerate(THRESHOLDS):
        expected = beyond(level, np.ones(6))
        np.testing.assert_allclose(counts.by_threshold[1, :, :, :, k + 1 :].sum(axis=3), expected, atol=1e-12)
    for k in range(2):
        np.testing.assert_allclose(counts.by_group[1, :, :, :, k], beyond(LEVELS[0], group == k), atol=1e-12)
        far = (weight * beyond(LEVELS[1], group == k)).sum(axis=3)
        np.testing.assert_allclose(counts.far_above[1, :, :, :, k], far, atol=1e-12)
    assert not any(one[0].any() for one in (counts.by_threshold, counts.by_group, counts.far_above))


def test_municipalities_with_most_buildings_in_the_leaves_have_a_count_and_the_others_are_counted():
    names = np.array(["A", "B", "", "A", "C"], dtype=object)
    groups = Groups.of(names, np.array([1.0, 4.0, 3.0, 2.5, 90.0]), np.array([0, 1, 2, 3]), most=2)
    assert groups.names == ("B", "A", "")
    assert groups.of_building.tolist() == [1, 0, -1, 1, -1]
    told = Counts.of(np.ones((1, 1, 1, 1)), years=1, groups=groups.counted).statistics(groups, [])
    assert told.attrs["municipalities_without_band"] == 1
    assert told["municipality_above"].isnull().all(("year", "statistic")).to_numpy().tolist() == [False, False, True]
    assert told["municipality_mean_above_temporary"].isnull().to_numpy().tolist() == [[False, False, True]]


def test_a_count_without_buildings_can_be_kept_in_a_file(tmp_path):
    groups = Groups.of(np.array([], dtype=object), np.array([]), np.array([], dtype=int))
    told = Counts.of(np.ones((1, 1, 1, 1)), years=1, groups=0).statistics(groups, [])
    told.to_netcdf(tmp_path / "told.nc", engine="h5netcdf")
    assert (tmp_path / "told.nc").is_file()


def test_names_say_which_branches_a_source_and_a_scatter_have():
    nodes = tree_nodes.of_source(["elastic|linear|4", "elastic|linear|4.5"])
    assert {name: branch.tolist() for name, branch in nodes.items()} == {
        "rate": ["elastic", "elastic"], "magnitude": ["linear", "linear"], "mmax": ["4", "4.5"],
    }  # fmt: skip
    assert list(tree_nodes.of_source(["a|b", "c"])) == ["forecast"]
    assert {name: len(set(branch)) for name, branch in tree_nodes.of_scatter(MODELS["V7"]).items()} == {
        "tau": 3, "phi_ss": 2,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(name for name in MODELS if name.startswith("V")))
def test_a_scatter_is_named_once(name):
    model = MODELS[name]
    parts = tree_nodes.of_scatter(model)
    together = list(zip(*(branch.tolist() for branch in parts.values()), strict=True))
    assert len(set(together)) == len(model.scatters)
