"""People over cells: nobody is lost or counted twice, and counts follow the risk."""

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.errors import InputError
from mijnrisico.seismic import exposure, site

CLASSES = ["strong", "weak"]


@pytest.fixture(scope="module")
def sites():
    return site.hazard_grid(1000.0)


@pytest.fixture(scope="module")
def over(sites):
    return exposure.overlay(sites)


@pytest.fixture
def small():
    """Two postcodes on a row of three cells, the last without a zone."""
    sites = xr.Dataset(
        {"x": ("site", [500.0, 1500.0, 2500.0]), "y": ("site", [500.0] * 3), "zone": ("site", [7, 8, -1])}
    )
    table = pd.DataFrame({"pc4": [9901, 9902], "place": ["A", "B"], "population": [1000.0, 400.0]})
    shapes = np.array([shapely.box(500, 0, 1500, 1000), shapely.box(1500, 0, 2500, 1000)], dtype=object)
    return sites, exposure.overlay_of(table, shapes, sites, 1000.0)


def lpr_of(values) -> xr.DataArray:
    """lpr (site, year, vulnerability_class) from nested lists."""
    return xr.DataArray(
        np.array(values, float),
        dims=("site", "year", "vulnerability_class"),
        coords={"year": [2024], "vulnerability_class": CLASSES},
    )


def test_population_is_conserved_by_the_overlay(over):
    shares = np.bincount(over.postcode, over.share)
    np.testing.assert_allclose(shares, over.postcodes["covered_share"], atol=1e-12)
    assert shares.max() <= 1.0 + 1e-9
    people = over.postcodes["population"].to_numpy(float)
    spread = np.bincount(over.site, over.share * people[over.postcode])
    assert spread.sum() == pytest.approx(people @ over.postcodes["covered_share"], rel=1e-9)


def test_every_embedded_postcode_that_touches_a_cell_is_there_once(over, sites):
    assert over.postcodes["pc4"].is_unique
    assert (over.postcodes["covered_share"] > 0.0).all()
    assert over.postcodes["covered_share"].max() <= 1.0 + 1e-9
    known = {int(p["pc4"]) for p in data.polygons("postcodes")[0]}
    assert set(over.postcodes["pc4"].astype(int)) <= known
    assert (sites["zone"].to_numpy()[over.site] >= 0).all()


def test_shares_are_the_shares_of_the_area(small):
    _, over = small
    np.testing.assert_allclose(over.postcodes["covered_share"], [1.0, 0.5])
    np.testing.assert_allclose(np.bincount(over.postcode, over.share), [1.0, 0.5])


def test_people_above_a_level_are_those_in_the_cells_above_it(small):
    _, over = small
    table = exposure.postcode_counts(lpr_of([[[0, 2e-4]], [[0, 2e-5]], [[np.nan, np.nan]]]), over, classes=CLASSES)
    weak = table[table["class"] == "weak"].set_index("pc4")
    assert weak.loc[9901, "above_1e-5"] == pytest.approx(1000.0)
    assert weak.loc[9901, "above_1e-4"] == pytest.approx(500.0)
    assert weak.loc[9902, "above_1e-5"] == pytest.approx(200.0)
    assert weak.loc[9901, "lpr_mean"] == pytest.approx(1.1e-4)
    assert weak.loc[9902, "lpr_mean"] == pytest.approx(2e-5)
    assert (table[table["class"] == "strong"][["above_1e-5", "above_1e-4"]] == 0.0).all().all()


def test_the_norm_itself_is_not_above_the_norm(small):
    _, over = small
    table = exposure.postcode_counts(lpr_of([[[1e-5, 1e-4]]] * 3), over, classes=CLASSES)
    assert (table[table["class"] == "strong"]["above_1e-5"] == 0.0).all()
    assert (table[table["class"] == "weak"]["above_1e-4"] == 0.0).all()


def test_counts_grow_in_proportion_to_the_people(small):
    sites, over = small
    twice = exposure.Overlay(
        over.postcodes.assign(population=2 * over.postcodes["population"]),
        over.postcode,
        over.site,
        over.share,
    )
    lpr = lpr_of([[[0, 2e-4]], [[0, 2e-5]], [[0, 0]]])
    one, two = (exposure.postcode_counts(lpr, o, classes=CLASSES) for o in (over, twice))
    np.testing.assert_allclose(two[["above_1e-5", "above_1e-4"]], 2 * one[["above_1e-5", "above_1e-4"]])
    np.testing.assert_allclose(two["lpr_mean"], one["lpr_mean"])
    assert sites.sizes["site"] == 3


def test_a_mix_counts_each_class_by_its_share(small):
    _, over = small
    lpr = lpr_of([[[0, 2e-4]], [[2e-5, 2e-5]], [[0, 0]]])
    table = exposure.postcode_counts(
        lpr, over, classes=CLASSES, mix={"strong": 0.75, "weak": 0.25}, mix_label="assumed"
    )
    of = {label: rows.set_index("pc4") for label, rows in table.groupby("class")}
    for column in ("above_1e-5", "above_1e-4", "lpr_mean"):
        np.testing.assert_allclose(
            of["assumed"][column], 0.75 * of["strong"][column] + 0.25 * of["weak"][column], rtol=1e-12
        )


def test_a_mix_that_does_not_sum_to_one_is_refused(small):
    _, over = small
    with pytest.raises(InputError, match="E504"):
        exposure.postcode_counts(lpr_of([[[0, 0]]] * 3), over, classes=CLASSES, mix={"weak": 0.9})


def test_a_class_without_values_is_refused(small):
    _, over = small
    with pytest.raises(InputError, match="E503"):
        exposure.postcode_counts(lpr_of([[[0, 0]]] * 3), over, classes=["URM1F_B"])
