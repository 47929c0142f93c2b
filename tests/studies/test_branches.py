"""Branches of the tree alone, the leaves together: exact, against the same question asked with other weights."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from tests.studies import small_tree

from mijnrisico.core.run import Staged
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import InputError
from mijnrisico.seismic import expected_losses, site
from mijnrisico.seismic.building_stock import SQUARE_M
from mijnrisico.studies import inputs, shaking
from mijnrisico.studies.groningen import branches, chain, shares, targets
from mijnrisico.studies.groningen.targets import Memory, Workshop


@pytest.fixture(scope="module", name="patched", autouse=True)
def few_buildings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "buildings", lambda scenario: small_tree.homes())
        patch.setattr(site, "hazard_grid", small_tree.grid)
        yield


@pytest.fixture(scope="module", name="scenario")
def small_scenario() -> Scenario:
    return small_tree.scenario()


@pytest.fixture(scope="module", name="forecast")
def small_forecast() -> Staged:
    return Staged("small", small_tree.forecast(), cached=False, seconds=0.0)


@pytest.fixture(scope="module", name="workshop")
def one_workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="module", name="table")
def all_branches(workshop: Workshop, scenario: Scenario, forecast: Staged) -> pd.DataFrame:
    return branches.branch_targets(workshop, scenario, forecast)


def test_the_base_of_the_branches_is_the_answer_of_the_whole_tree(
    table: pd.DataFrame, workshop: Workshop, scenario: Scenario, forecast: Staged
) -> None:
    base = table.groupby("target")["base"].first()
    for target, value in workshop.answer(scenario, forecast).items():
        assert base[target] == pytest.approx(value, rel=1e-5)


def test_expected_deaths_are_those_of_the_table_of_a_run(
    scenario: Scenario, forecast: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = small_tree.homes()
    middles = {
        axis: ("building", np.floor(homes[axis].to_numpy() / SQUARE_M) * SQUARE_M + SQUARE_M / 2) for axis in "xy"
    }
    homes = homes.assign(middles)
    monkeypatch.setattr(inputs, "buildings", lambda _: homes)
    losses = expected_losses.expected(forecast.data, homes, fractiles=False, **shaking.of_risk(scenario))["losses"]
    written = float(losses.sel(quantity="deaths", statistic="mean").isel(year=0))
    assert Workshop().answer(scenario, forecast)["deaths"] == pytest.approx(written, rel=1e-3)


def test_branches_of_a_node_average_to_the_whole_where_a_target_is_linear(table: pd.DataFrame) -> None:
    deaths = table[(table["target"] == "deaths") & table["weight"].notna()]
    for _, node in deaths.groupby("node"):
        assert node["weight"].sum() == pytest.approx(1.0)
        assert (node["weight"] * node["value"]).sum() == pytest.approx(node["base"].iloc[0], rel=1e-6)
    assert set(deaths["node"]) == {
        *("rate", "magnitude", "mmax", "tau", "phi_ss", "site_epsilon", "fragility", "consequence", "mapping"),
    }


def test_the_branch_of_a_source_is_the_question_with_that_weight_alone(
    table: pd.DataFrame, workshop: Workshop, scenario: Scenario
) -> None:
    whole = small_tree.forecast()
    kept = np.array([name.endswith("|5.5") for name in whole["branch"].to_numpy()])
    weight = np.where(kept, whole["weight"], 0.0)
    alone = Staged("mmax alone", whole.assign(weight=("branch", weight / weight.sum())), cached=False, seconds=0.0)
    asked = workshop.answer(scenario, alone)
    row = table[(table["node"] == "mmax") & (table["branch"] == "5.5")].set_index("target")["value"]
    for target in ("events", "pga_max", "site_pga", "deaths", "lpr_max"):
        assert row[target] == pytest.approx(asked[target], rel=1e-5)


def test_a_motion_branch_does_not_touch_the_number_of_events(table: pd.DataFrame) -> None:
    assert set(table[table["node"] == "median"]["branch"]) == {"lower", "central_lower", "central_upper", "upper"}
    assert "events" not in set(table[table["node"] == "median"]["target"])
    higher = table[(table["node"] == "site_epsilon") & (table["target"] == "site_pga")].set_index("branch")["value"]
    assert higher["-1.645"] < higher["0"] < higher["1.645"]


def test_the_leaves_have_the_mean_of_the_tree_and_their_shares_lie_between_alone_and_all(
    workshop: Workshop, scenario: Scenario, forecast: Staged
) -> None:
    homes = workshop.homes(scenario)
    found = shares.of_risk(scenario, forecast, homes, homes.people[:, None] * homes.share)
    assert found.weight.sum() == pytest.approx(1.0)
    assert found.mean == pytest.approx(workshop.answer(scenario, forecast)["deaths"], rel=1e-4)
    table = found.shares()
    assert set(table["name"]) >= {"rate", "magnitude", "mmax", "median", "tau", "phi_ss", "fragility", "mapping"}
    assert (table["s1"] >= -1e-9).all()
    assert (table["st"] >= table["s1"] - 1e-9).all()
    assert table["s1"].sum() <= 1.0 + 1e-9
    first = table.set_index("name")
    of_node = {name: axis for axis, name in enumerate(node.name for node in found.nodes)}
    deaths = branches.branch_targets(workshop, scenario, forecast).query("target == 'deaths' and node == 'mmax'")
    spread = float((deaths["weight"] * (deaths["value"] - found.mean) ** 2).sum())
    total = float((found.weight * (found.values - found.mean) ** 2).sum())
    assert first.loc["mmax", "s1"] == pytest.approx(spread / total, rel=1e-3)
    assert found.values.shape[of_node["mapping"]] == len(small_tree.MAPPING)


def test_the_levels_of_the_leaves_are_sampled_as_they_are_enumerated(scenario: Scenario, forecast: Staged) -> None:
    found = shares.of_level(scenario, forecast, small_tree.YEAR, *targets.place())
    exact, sampled = found.shares().set_index("name"), found.sampled(256, seed=1).set_index("name")
    assert 0.0 < found.fractile(0.1) < found.fractile(0.5) < found.fractile(0.9)
    for name in exact.index:
        assert sampled.loc[name, "st_low"] - 0.05 < exact.loc[name, "st"] < sampled.loc[name, "st_high"] + 0.05


def test_a_memory_computes_a_step_once_and_forgets_the_oldest() -> None:
    memory, made = Memory(most=2), []

    def step(name: str) -> Staged:
        return memory.stage(name, lambda _: made.append(name) or small_tree.forecast(), settings=[1])

    step("a"), step("a"), step("b"), step("c"), step("a")
    assert made == ["a", "b", "c", "a"]


def test_another_weight_of_the_largest_magnitude_fits_nothing_again(
    monkeypatch: pytest.MonkeyPatch, scenario: Scenario
) -> None:
    fitted: list[str] = []

    def kept(name: str):
        def make(*_: object, **__: object):
            return lambda _: fitted.append(name) or small_tree.forecast()

        return make

    for name in ("pressure_history", "source_posterior", "pressure_scenario", "event_forecast"):
        monkeypatch.setattr(chain, name, kept(name))
    workshop = Workshop()
    workshop.forecast(scenario)
    first = len(fitted)
    workshop.forecast(scenario.replace({"source.mmax": {"values": [4.0], "weights": [1.0]}}))
    assert fitted[first:] == ["event_forecast"]
    workshop.forecast(scenario.replace({"risk.model": "V7"}))
    assert len(fitted) == first + 1


def test_many_points_are_brought_to_squares_and_one_zone_can_stand_alone() -> None:
    whole = targets.gathered(small_tree.homes())
    zone = int(whole.sites["zone"][0])
    alone = targets.gathered(small_tree.homes(), frozenset({zone}))
    assert 0 < alone.number.sum() <= whole.number.sum()
    assert set(alone.sites["zone"].to_numpy().tolist()) == {zone}


def test_a_target_that_is_none_is_refused_with_the_ones_that_are(tmp_path) -> None:
    with pytest.raises(InputError) as caught:
        shares.leaves(small_tree.stored(tmp_path), small_tree.YEAR, "nonsense")
    assert caught.value.problems[0].code == "E711"
