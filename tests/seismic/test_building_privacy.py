"""Areas with few buildings have no numbers, and none of them follows from the totals."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.seismic import building_privacy
from mijnrisico.seismic.building_privacy import FEWEST
from mijnrisico.studies.groningen import people_tables

counts = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 30.0)), min_size=1, max_size=12).map(np.array)


def grid_of(number: np.ndarray) -> xr.Dataset:
    values = np.stack([number, number])[:, None]
    return xr.Dataset(
        {"buildings": (("year", "y", "x"), values), "lpr_mean": (("year", "y", "x"), 1e-6 * np.ones_like(values))},
        coords={"year": [2024, 2025], "y": [0.0], "x": np.arange(number.size, dtype=float)},
    )


def table_of(number: np.ndarray) -> pd.DataFrame:
    codes = np.array([str(9700 + k) for k in range(number.size)])
    codes[0] = ""
    rows = [pd.DataFrame({"pc4": codes, "year": year, "buildings": number, "lpr_mean": 1e-6}) for year in (2024, 2025)]
    table = pd.concat(rows, ignore_index=True)
    return table[table["buildings"] > 0.0]


@settings(max_examples=40)
@given(counts)
def test_what_is_withheld_is_never_one_small_area_alone_nor_few_buildings_together(number):
    hidden = building_privacy.withheld(number)
    assert hidden[(number > 0.0) & (number < FEWEST)].all()
    assert not hidden[number == 0.0].any()
    if hidden.any():
        everything = not (~hidden & (number > 0.0)).any()
        assert everything or (hidden.sum() > 1 and number[hidden].sum() >= FEWEST)
    else:
        assert (number[number > 0.0] >= FEWEST).all()


def test_no_more_is_withheld_than_hides_the_small():
    assert building_privacy.withheld(np.array([400.0, 4.0, 50.0, 60.0])).tolist() == [False, True, True, False]
    assert building_privacy.withheld(np.array([400.0, 4.0, 7.0, 60.0])).tolist() == [False, True, True, False]
    assert building_privacy.withheld(np.array([400.0, 1.0, 2.0, 60.0])).tolist() == [False, True, True, True]
    assert not building_privacy.withheld(np.array([400.0, 10.0, 0.0])).any()


@settings(max_examples=20)
@given(counts)
def test_no_cell_shows_few_buildings_and_the_rest_is_told_in_tens(number):
    whole = grid_of(number)
    shown, withheld = building_privacy.cells(whole)
    seen = shown["buildings"].to_numpy()
    assert not ((seen > 0.0) & (seen < FEWEST)).any()
    assert np.isnan(shown["lpr_mean"].to_numpy()[np.isnan(seen)]).all()
    assert withheld.areas == np.isnan(seen[0]).sum()
    assert withheld.buildings % 10.0 == 0.0
    assert withheld.buildings + float(shown["buildings"].isel(year=0).sum()) == pytest.approx(number.sum(), abs=5.001)


@settings(max_examples=20)
@given(counts)
def test_a_file_in_which_areas_were_withheld_is_read_as_it_is(number):
    shown, withheld = building_privacy.cells(grid_of(number))
    again, same = building_privacy.cells(shown.sel(year=2025))
    assert same == withheld
    xr.testing.assert_identical(again, shown.sel(year=2025))
    table, areas = building_privacy.postcodes(table_of(number))
    read, same_areas = building_privacy.postcodes(table.astype({"pc4": object}).replace({"pc4": {"": np.nan}}))
    assert same_areas == areas == withheld.areas
    np.testing.assert_array_equal(read["buildings"], table["buildings"])


@settings(max_examples=20)
@given(counts)
def test_a_postcode_with_few_buildings_keeps_its_row_and_has_no_numbers(number):
    whole = table_of(number)
    shown, _ = building_privacy.postcodes(whole)
    assert shown["pc4"].tolist() == whole["pc4"].tolist()
    assert not (shown["buildings"] < FEWEST).any()
    assert shown["lpr_mean"].isna().tolist() == shown["buildings"].isna().tolist()


@settings(max_examples=40)
@given(st.lists(counts, min_size=1, max_size=4))
def test_no_postcode_follows_from_the_total_of_its_municipality(of_municipality):
    parts = [
        pd.DataFrame({"pc4": [f"{m}{k}" for k in range(n.size)], "municipality": str(m), "year": 2024, "buildings": n})
        for m, n in enumerate(of_municipality)
    ]
    table = pd.concat(parts, ignore_index=True).query("buildings > 0")
    totals = table.groupby("municipality")[["buildings"]].sum().reset_index()
    shown, places = building_privacy.municipalities(totals)
    postcodes = building_privacy.postcodes(table)[0]
    for name, part in table.groupby("municipality"):
        hidden = part["buildings"][postcodes.loc[part.index, "buildings"].isna()]
        if shown["buildings"][shown["municipality"] == name].isna().all():
            assert hidden.size == len(part)
        else:
            assert hidden.size == 0 or (hidden.size > 1 and hidden.sum() >= FEWEST)
    assert places == shown["buildings"].isna().sum()


@pytest.mark.parametrize("single", [False, True])
def test_a_run_writes_few_buildings_only_where_single_buildings_were_asked_for(monkeypatch, single):
    number = np.array([4.0, 300.0, 20.0])
    monkeypatch.setattr(people_tables.building_tables, "by_cell", lambda *_: grid_of(number))
    monkeypatch.setattr(people_tables.building_tables, "by_postcode", lambda *_: table_of(number))
    named = table_of(number).rename(columns={"pc4": "municipality"})
    monkeypatch.setattr(people_tables.building_tables, "by_municipality", lambda *_: named)
    scenario: Any = SimpleNamespace(exposure=SimpleNamespace(single_buildings=single))
    found: Any = SimpleNamespace(buildings=None, of_buildings=None, over_tree=None)
    written = (
        people_tables.building_squares(scenario, found)["buildings"].isel(year=0).to_numpy().ravel(),
        people_tables.building_postcodes(scenario, found).query("year == 2024")["buildings"].to_numpy(),
        people_tables.building_municipalities(scenario, found).query("year == 2024")["buildings"].to_numpy(),
    )
    for one in written:
        np.testing.assert_array_equal(one, number if single else [np.nan, 300.0, np.nan])
