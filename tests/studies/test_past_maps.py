"""Claims about the maps of past years beside what was said of them, on maps made by hand."""

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico import data, front
from mijnrisico.seismic import site
from mijnrisico.studies.groningen import chain, past_maps, validation

NAMED = {"Eemsdelta", "Groningen", "Het Hogeland", "Midden-Groningen", "Oldambt"}
CELL = 1000.0
GRID = site.hazard_grid(CELL)


def shape_of(name: str) -> shapely.Geometry:
    records, shapes = data.polygons("municipalities")
    return shapes[[record["municipality"] for record in records].index(name)]


def a_map(level: np.ndarray, motion: str = "V7", sites: xr.Dataset = GRID) -> xr.Dataset:
    level = np.where(sites["zone"].to_numpy() >= 0, level, np.nan)
    coords = {name: sites[name] for name in ("x", "y", "zone")}
    return xr.Dataset({"level_g": (("motion", "site"), level[None])}, coords={"motion": [motion], **coords})


def inside(name: str) -> np.ndarray:
    """Whether each node lies so deep in the municipality that its whole cell does."""
    deep = shapely.buffer(shape_of(name), -CELL)
    return shapely.contains_xy(deep, GRID["x"].to_numpy(), GRID["y"].to_numpy())


def test_the_rule_names_five_municipalities_that_all_have_a_border() -> None:
    assert past_maps.expected() == NAMED
    assert {record["municipality"] for record in data.polygons("municipalities")[0]} >= NAMED


def test_a_municipality_counts_from_the_threshold_on_and_not_just_below_it() -> None:
    for level, counts in ((0.05, True), (0.0499999, False)):
        table = past_maps.municipalities(a_map(np.where(inside("Oldambt"), level, 0.0)), CELL)
        assert (past_maps.reached(table, "V7") == {"Oldambt"}) is counts
        assert table.iloc[0]["municipality"] == "Oldambt"
        assert table.iloc[0]["highest_g"] == level


def test_the_area_is_that_of_the_cells_and_never_more_than_what_is_on_the_map() -> None:
    deep = inside("Eemsdelta")
    table = past_maps.municipalities(a_map(np.where(deep, 0.06, 0.0)), CELL).set_index("municipality")
    assert table.loc["Eemsdelta", "area_km2"] == pytest.approx(deep.sum())
    whole = past_maps.municipalities(a_map(np.full(GRID.sizes["site"], 0.06)), CELL).set_index("municipality")
    assert (whole["area_km2"] == whole["on_map_km2"]).all()
    share = whole["on_map_km2"].to_dict()["Eemsdelta"] / (shapely.area(shape_of("Eemsdelta")) / 1e6)
    assert 0.98 < share <= 1.0


def test_a_part_within_the_accuracy_of_the_borders_does_not_count() -> None:
    border, cell = shape_of("Westerkwartier"), shapely.box
    x, y = GRID["x"].to_numpy(), GRID["y"].to_numpy()
    part = shapely.area(shapely.intersection(border, cell(x - 500.0, y - 500.0, x + 500.0, y + 500.0)))
    known = GRID["zone"].to_numpy() >= 0
    smallest = past_maps.BORDER_M * CELL
    for chosen, counts in ((known & (part > 0.0) & (part < smallest), False), (known & (part > smallest), True)):
        assert chosen.any()
        table = past_maps.municipalities(a_map(np.where(chosen, 0.06, 0.0)), CELL)
        assert ("Westerkwartier" in past_maps.reached(table, "V7")) is counts


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_what_is_said_of_a_municipality_does_not_depend_on_the_order_of_the_sites(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.03, 0.07, GRID.sizes["site"])
    mixed = rng.permutation(GRID.sizes["site"])
    one = past_maps.municipalities(a_map(level), CELL)
    other = past_maps.municipalities(a_map(level[mixed], sites=GRID.isel(site=mixed)), CELL)
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


def test_a_level_below_what_is_told_apart_is_left_empty_and_stands_last() -> None:
    table = past_maps.municipalities(a_map(np.where(inside("Veendam"), 0.045, 0.0)), CELL)
    assert table["highest_g"].notna().tolist() == [True] + [False] * (len(table) - 1)
    assert not table["area_km2"].any()


def test_the_highest_level_of_a_map_has_its_place() -> None:
    x, y = GRID["x"].to_numpy(), GRID["y"].to_numpy()
    at = int(np.argmin(np.hypot(x - 246_500.0, y - 594_500.0)))
    row = past_maps.highest(a_map(np.where(np.arange(x.size) == at, 0.11, 0.05))).iloc[0]
    assert (row["motion"], row["highest_g"], row["x_rd"], row["y_rd"]) == ("V7", 0.11, x[at], y[at])
    assert row["place"] == "Loppersum"


@pytest.mark.parametrize(
    ("settings_of_the_motion", "own"),
    [
        ([], False),
        (["motion.model=V6"], False),
        (["motion.model=V6", "motion.site_term=aleatory"], False),
        (["motion.model=V6", "motion.site_term=epistemic"], True),
        (["motion.truncation=3"], True),
        (["motion.site_variability_argument=cm/s2"], True),
    ],
)
def test_a_scenario_adds_a_map_of_its_own_only_where_it_differs_from_the_published_models(
    settings_of_the_motion: list[str], own: bool
) -> None:
    names = past_maps.motions(front.template("groningen", settings_of_the_motion))
    assert names == (*past_maps.MODELS, *([past_maps.OF_RUN] if own else []))


def test_the_statement_is_made_only_where_the_fit_reaches_its_year() -> None:
    assert chain.says(front.template("groningen"))
    assert chain.says(front.template("groningen", ["source.until=2021-01-01"]))
    early = front.template("groningen", ["source.until=2020-12-31"])
    assert not chain.says(early)
    assert "statement_map" not in chain.stages(early)


def test_the_statement_passes_only_with_the_very_municipalities_that_are_named() -> None:
    rows = [("V5", name) for name in NAMED] + [("V6", name) for name in [*NAMED, "Veendam"]]
    rows += [("V7", name) for name in NAMED - {"Oldambt"}] + [
        ("run", name) for name in [*NAMED - {"Oldambt"}, "Pekela"]
    ]
    found = pd.DataFrame(rows, columns=["motion", "municipality"]).assign(area_km2=1.0)
    checks = {check.check: check for check in validation._statement(found)}
    assert {name: check.passed for name, check in checks.items()} == {
        "statement_2021_v5": True,
        "statement_2021_v6": False,
        "statement_2021_v7": False,
        "statement_2021": False,
    }
    assert [check.ours for check in checks.values()] == [5.0, 6.0, 4.0, 5.0]


def test_the_published_highest_acceleration_is_shown_beside_every_model_and_never_judged() -> None:
    found = pd.DataFrame({"motion": ["V5", "V6", "V7"], "highest_g": [0.14, 0.18, 0.24]})
    checks = list(validation._highest(found))
    assert [check.published for check in checks] == [0.24] * 3
    assert [check.passed for check in checks] == [None] * 3
    assert [check.ours for check in checks] == [0.14, 0.18, 0.24]
