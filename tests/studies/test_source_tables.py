"""Claims about the tables of earthquakes and models that a run writes, on a forecast and a posterior small by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico import front
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic.magnitude import gutenberg_richter, linear_stress, thickness_split
from mijnrisico.studies.groningen import chain, model_tables, source_tables


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return front.template("groningen")


@pytest.fixture(scope="module")
def forecast() -> xr.Dataset:
    """Two branches with the same law; in the second nothing above M 4. No aftershocks, every draw the same."""
    magnitude = gutenberg_richter.MAGNITUDES
    law = 10.0 ** (-(magnitude - 1.5))
    capped = np.where(magnitude <= 4.0, law, 0.0)
    coefficient = np.stack([np.stack([law, capped], axis=1), 0.5 * np.stack([law, capped], axis=1)], axis=1)
    total = np.array([law.sum(), 0.5 * law.sum()])
    return xr.Dataset(
        {
            "maps": (("cell", "map"), [[0.25], [0.75]]),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient[None]),
            "weight": ("branch", [0.6, 0.4]),
            "source_weight": ("source", [1.0]),
            "expected": (("source", "draw", "year"), np.tile(total, (1, 5, 1))),
            "branching": (("source", "draw"), np.zeros((1, 5))),
            "branching_spread": (("source", "draw"), np.zeros((1, 5))),
        },
        coords={
            "magnitude": magnitude,
            "year": [2024, 2025],
            "branch": ["elastic|linear_stress|6.5", "elastic|linear_stress|4"],
            "source": ["elastic|linear_stress"],
            "cell_x": ("cell", [250_000.0, 233_500.0]),
            "cell_y": ("cell", [594_000.0, 582_000.0]),
        },
    )


@pytest.fixture(scope="module")
def posteriors() -> dict[str, xr.Dataset]:
    """One model with two groups and three theta1, of which the middle one is likeliest, and one law of aftershocks."""
    linear, split = linear_stress.prior_grid()[:4], thickness_split.prior_grid()[:60]
    of_row = np.array([-1.0, 0.0, -1.0, -3.0, -2.0, -40.0])
    fitted = xr.Dataset(
        {
            "rmax": ("row", [0.4, 0.4, 0.4, 0.425, 0.425, 0.425]),
            "sigma_m": ("row", np.full(6, 3500.0)),
            "theta1": ("row", [6.0, 7.0, 8.0] * 2),
            "whole": ("row", np.exp([10.0, 11.0, 12.0, 10.5, 11.5, 12.5])),
            "group": ("row", [0, 0, 0, 1, 1, 1]),
            "log_weight": (("row", "law", "share_index"), of_row[:, None, None] + np.log([[[0.75, 0.25]]])),
            "share": ("share_index", [0.0, 0.1]),
            "alpha": ("law", [1.0]),
            "c_days": ("law", [0.4]),
            "triggered_per_k": ("law", [500.0]),
            "log_linear_stress": (("group_index", "linear_stress_combination"), np.zeros((2, 4))),
            "log_thickness_split": ("thickness_split_combination", np.zeros(60)),
            "linear_stress_grid": (("linear_stress_combination", "linear_stress_parameter"), linear),
            "thickness_split_grid": (("thickness_split_combination", "thickness_split_parameter"), split),
        },
        attrs={"events": 300, "parameters": "rmax,sigma_m,theta1"},
    )
    return {"elastic": fitted}


def test_the_chance_of_an_event_is_that_of_a_poisson_process(forecast: xr.Dataset):
    table = source_tables.chance(forecast).set_index(["magnitude", "year"])
    magnitude = gutenberg_richter.MAGNITUDES
    law = 10.0 ** (-(magnitude - 1.5))
    full = -np.expm1(-law[magnitude > 4.45].sum())
    assert table.chance[(4.5, 2024)] == pytest.approx(0.6 * full)
    assert table.p10[(4.5, 2024)] == 0.0
    assert table.p90[(4.5, 2024)] == pytest.approx(full)
    assert table.chance[(3.6, 2025)] < table.chance[(3.6, 2024)]


def test_the_regions_share_the_events_of_the_field(forecast: xr.Dataset):
    table = source_tables.chance_regions(forecast)
    of_all = table[table.magnitude == 1.5].groupby("year").expected_events.sum()
    assert of_all[2024] == pytest.approx(float(forecast["expected"][0, 0, 0]))
    shares = table[(table.magnitude == 1.5) & (table.year == 2024)].set_index("region").expected_events
    assert sorted(shares / shares.sum()) == pytest.approx([0.25, 0.75])
    assert (table.chance <= table.expected_events).all()


def test_a_larger_earthquake_is_never_likelier(forecast: xr.Dataset):
    wide = source_tables.chance(forecast).pivot_table(index="year", columns="magnitude", values="chance")
    assert list(wide.columns) == list(source_tables.CHANCE_MAGNITUDES)
    assert (wide.diff(axis=1).iloc[:, 1:] <= 0).all().all()


def test_the_joint_posterior_sums_to_one_and_leaves_out_what_weighs_nothing(
    scenario: Scenario, posteriors: dict[str, xr.Dataset]
):
    table = source_tables.posterior_grid(scenario, posteriors)
    assert table.weight.sum() == pytest.approx(1.0)
    assert len(table) == 5
    likeliest = table.sort_values("weight").iloc[-1]
    assert (likeliest.rmax, likeliest.theta1) == (0.4, 7.0)
    direct = 0.75 * np.log(1.0) + 0.25 * np.log(0.9)
    assert likeliest.theta0 == pytest.approx(np.log(300.5) - 11.0 + direct, abs=1e-5)


def test_the_aftershocks_of_the_posterior_are_those_of_every_share(
    scenario: Scenario, posteriors: dict[str, xr.Dataset]
):
    table = source_tables.aftershock_grid(scenario, posteriors)
    assert table.weight.tolist() == pytest.approx([0.75, 0.25])
    assert table.etas_k.tolist() == pytest.approx([0.0, 301 * 0.1 / 500.0])


def test_the_b_values_of_each_magnitude_model_sum_to_one(posteriors: dict[str, xr.Dataset]):
    one = front.template("groningen", ["source.rate={ elastic = 1.0 }"])
    table = source_tables.b_value_grid(one, posteriors)
    sums = table.groupby("model").weight.sum()
    assert sorted(sums.index) == ["linear_stress", "thickness_split"]
    assert sums.to_numpy() == pytest.approx(1.0)
    assert not table.duplicated(["model", "first", "second"]).any()


def test_the_catalogue_marks_what_the_fit_uses(scenario: Scenario):
    table = source_tables.catalogue(chain.events(scenario))
    assert list(table.columns) == ["time", "magnitude", "x_rd", "y_rd", "depth_km", "type", "used"]
    used = table[table.used]
    assert 300 < len(used) < len(table)
    assert used.magnitude.min() >= scenario.source.magnitude_min
    assert pd.to_datetime(used.time).dt.year.between(1995, 2023).all()
    assert table.time.is_monotonic_increasing


def test_the_weights_of_every_choice_sum_to_one(scenario: Scenario):
    table = model_tables.logic_tree(scenario)
    assert table.groupby(["node", "condition"]).weight.sum().to_numpy() == pytest.approx(1.0)
    models = table.drop_duplicates("node").set_index("node").models
    assert models[["rate", "magnitude", "mmax", "tau", "phi", "site"]].to_list() == [2, 2, 6, 3, 2, 3]
    assert models["median"] > 4


def test_a_branch_without_weight_does_not_count_as_a_model():
    one = front.template("groningen", ["source.magnitude={ linear_stress = 1.0, thickness_split = 0.0 }"])
    table = model_tables.logic_tree(one)
    assert set(table[table.node == "magnitude"].models) == {1}


def test_the_b_values_of_a_model_without_weight_are_left_out(posteriors: dict[str, xr.Dataset]):
    changes = ["source.magnitude={ linear_stress = 1.0, thickness_split = 0.0 }", "source.rate={ elastic = 1.0 }"]
    table = source_tables.b_value_grid(front.template("groningen", changes), posteriors)
    assert set(table.model) == {"linear_stress"}


def test_collapse_is_likelier_in_stronger_shaking_and_in_the_upper_branch(scenario: Scenario):
    table = model_tables.fragility_curves(scenario)
    assert set(table["class"]) == set(scenario.risk.shown)
    for _, curve in table.groupby(["class", "branch"]):
        assert (curve.p_cs1.diff().iloc[1:] >= 0).all()
        assert (curve.p_cs3 <= curve.p_cs1 + 1e-12).all()
    wide = table.pivot_table(index=["class", "sa_avg_g"], columns="branch", values="p_cs1")
    assert (wide.upper >= wide.middle).all()
    assert (wide.middle >= wide.lower).all()


def test_the_chance_of_dying_is_a_chance(scenario: Scenario):
    table = model_tables.consequences(scenario)
    assert len(table) == 9 * len(scenario.risk.shown)
    assert table.p_death_inside.between(0, 1).all()
    assert table.p_death_outside.between(0, 1).all()


def test_every_name_of_an_induced_earthquake_is_written_the_same(scenario: Scenario):
    events = chain.events(scenario).head(4).assign(type=["", "induced", "tectonic", "Induced"])
    assert sorted(source_tables.catalogue(events).type) == ["induced", "induced", "induced", "tectonic"]
