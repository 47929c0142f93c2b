"""Buildings: nobody is lost or counted twice, classes are probabilities, and the default says what it rests on."""

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from scipy.special import ndtr

from mijnrisico import data
from mijnrisico.errors import InputError
from mijnrisico.seismic import consequence, exposure, fragility, site
from mijnrisico.seismic.exposure import buildings, esrm20, synthetic
from mijnrisico.seismic.vulnerability import BRANCHES


@pytest.fixture(scope="module")
def sites():
    return site.hazard_grid(2000.0)


@pytest.fixture(scope="module")
def over(sites):
    return exposure.overlay(sites, 2000.0)


@pytest.fixture(scope="module")
def field(sites, over):
    return synthetic.of_overlay(over, sites)


@pytest.fixture
def small():
    """One postcode of 1000 people in Loppersum over two cells and a third without a zone."""
    sites = xr.Dataset(
        {"x": ("site", [500.0, 1500.0, 2500.0]), "y": ("site", [500.0] * 3), "zone": ("site", [7, 8, -1])}
    )
    table = pd.DataFrame({"pc4": [9919], "place": ["L"], "municipality": ["Eemsdelta"], "population": [1000.0]})
    return sites, exposure.overlay_of(table, np.array([shapely.box(0, 0, 3000, 1000)], dtype=object), sites, 1000.0)


def one_class(*names):
    """Shares (building, vulnerability_class) of buildings whose class is known."""
    return np.array([[float(name == known) for known in buildings.classes()] for name in names])


def two(**more):
    return buildings.of(["0003", "0004"], [245_000.0, 246_000.0], [595_000.0] * 2, one_class("URM3L", "RC1L"), **more)


def test_the_classes_are_the_35_of_every_fragility_table():
    assert len(buildings.classes()) == 35
    assert set(buildings.classes()) == set(data.table("fcm_v7_consequence")["vulnerability_class"])


def test_a_building_has_the_zone_of_the_one_rule_of_the_chain():
    found = two()
    np.testing.assert_array_equal(found["zone"], site.zone_of([245_000.0, 246_000.0], [595_000.0] * 2))
    assert found["mapping"].to_numpy().tolist() == [buildings.AS_GIVEN]


def test_shares_that_miss_one_by_rounding_are_scaled_and_others_are_refused():
    nearly = np.array([one_class("URM3L")[0] * (1.0 + 5e-7)])
    found = buildings.of(["1"], 245_000.0, 595_000.0, nearly)
    assert float(found["share"].sum()) == pytest.approx(1.0, abs=1e-15)
    with pytest.raises(InputError, match="E504"):
        buildings.of(["1"], 245_000.0, 595_000.0, nearly * 0.9)


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as error:
        buildings.of(["7", "7"], [0.0, np.nan], 0.0, 0.5 * one_class("URM3L", "RC1L"), number=-1.0, people_day=np.nan)
    assert sorted(problem.code for problem in error.value.problems) == ["E411", "E503", "E503", "E503", "E504"]


def test_buildings_without_a_zone_are_left_out_and_counted():
    found = buildings.with_zone(two(zone=[7, -1], number=[1.0, 3.0], people_night=[2.0, 5.0]))
    assert found["building"].to_numpy().tolist() == ["0003"]
    assert (found.attrs["buildings_left_out"], found.attrs["people_left_out"]) == (3.0, 5.0)


def test_the_mean_share_weighs_the_mappings():
    share = np.stack([one_class("URM3L"), one_class("RC1L")])
    found = buildings.of(["1"], 245_000.0, 595_000.0, share, mapping={"a": 0.25, "b": 0.75}, number=8.0)
    share_of_each = buildings.mean_share(found)
    assert float((share_of_each * found["number"]).sel(vulnerability_class="URM3L").sum()) == pytest.approx(2.0)
    assert float(share_of_each.sum()) == pytest.approx(1.0)


# ------------------------------------------------------------------------------------------ the default


def test_the_municipalities_of_2012_hold_the_people_that_esrm20_has_in_them():
    types = data.table("esrm20_buildings")
    occupants = types[types["use"] == "residential"].groupby("municipality_2012")["occupants"].sum()
    properties, _ = data.polygons("postcodes")
    people = pd.DataFrame(properties)
    own = [synthetic.municipality_2012(pc4, m) for pc4, m in zip(people["pc4"], people["municipality"], strict=True)]
    population = people.groupby(own)["population"].sum()
    whole = ["Appingedam", "Bedum", "Delfzijl", "Eemsmond", "Groningen", "Haren", "Hoogezand-Sappemeer"]
    whole += ["Loppersum", "Menterwolde", "Oldambt", "Pekela", "Slochteren", "Ten Boer", "Veendam", "Winsum"]
    np.testing.assert_allclose(population[whole], occupants[whole], rtol=0.05)


def test_inhabitants_of_the_cells_are_conserved(field, over):
    population = over.postcodes["population"].to_numpy(float)
    assert field.attrs["inhabitants"] == pytest.approx(population @ over.postcodes["covered_share"], rel=1e-6)
    assert field.attrs["inhabitants"] + field.attrs["people_left_out"] == pytest.approx(population.sum(), rel=1e-9)


def test_the_field_has_about_as_many_buildings_as_the_published_database(field):
    published = data.table("published_anchors")
    note = published.loc[published["note"].fillna("").str.contains("database of about 150 000 buildings"), "note"]
    assert len(note) == 1
    assert float(field["number"].sum()) == pytest.approx(150_000, rel=0.15)
    assert not buildings.problems(field)
    assert (field["zone"] >= 0).all()


def test_at_night_nearly_everybody_is_at_home_and_by_day_less_than_half(field):
    night, day = (float(field[name].sum()) / field.attrs["inhabitants"] for name in ("people_night", "people_day"))
    assert 0.9 < night < 1.0
    assert 0.3 < day < 0.6


def test_buildings_of_a_postcode_follow_its_people(small):
    sites, over = small
    found = synthetic.of_overlay(over, sites)
    homes = data.table("esrm20_buildings").query("municipality_2012 == 'Loppersum'")
    expected = 1000.0 * 2.0 / 3.0 * homes["buildings"].sum() / homes["occupants"].sum()
    own = found.where(found["use"] != "commercial", drop=True)
    assert float(own["number"].sum()) == pytest.approx(expected)
    assert float(own["people_night"].sum()) == pytest.approx(
        1000.0 * 2.0 / 3.0 * homes["occupants_night"].sum() / homes["occupants"].sum()
    )
    assert set(np.unique(found["x"])) == {500.0, 1500.0}


def test_a_mapping_without_weight_is_left_out_and_the_order_of_others_does_not_matter(small):
    sites, over = small
    one = synthetic.of_overlay(over, sites, {"even": 1.0, "weaker": 0.0})
    assert one["mapping"].to_numpy().tolist() == ["even"]
    two = synthetic.of_overlay(over, sites, {"weaker": 0.5, "even": 0.5})
    xr.testing.assert_allclose(one["share"], two["share"].sel(mapping=["even"]))


def test_every_type_of_esrm20_is_read_by_every_mapping():
    types = data.table("esrm20_buildings")
    share = esrm20.shares(types["taxonomy"].tolist(), types["settlement"].fillna("").tolist())
    np.testing.assert_allclose(share.sum(axis=2), 1.0)
    assert np.isnan(esrm20.shares(["MCF/LWAL"], [""])).all()


def test_no_farm_stands_in_the_city_and_some_do_outside():
    share = esrm20.shares(["MUR/LWAL+CDN/H:2"] * 2, ["BIG_CITY", "RURAL"])
    farms = [row for row, name in enumerate(buildings.classes()) if name.startswith("URM1F")]
    city, country = share[:, :, farms].sum(axis=2).T
    assert (city == 0.0).all()
    assert (country > 0.0).all()
    assert (country <= 0.05 + 1e-12).all()


@pytest.mark.parametrize("version", ["V7", "TNO2020"])
def test_weaker_classes_are_weaker_and_stronger_ones_stronger(version):
    fragile = fragility.model(version).coefficients().pick(buildings.classes())
    deadly = consequence.model(version).coefficients().pick(buildings.classes())
    ln_displacement = (fragile.b0 + fragile.b1 * np.log(0.2))[..., None]
    reached = ndtr((ln_displacement - np.log(fragile.limit_m[..., :3])) / fragile.sigma[..., None])
    in_state = reached - np.append(reached[..., 1:], np.zeros_like(reached[..., :1]), axis=-1)
    death = (in_state * deadly.pd_inside).sum(axis=-1)[:, BRANCHES.index("middle")]
    homes = data.table("esrm20_buildings").query("use == 'residential'")
    share = esrm20.shares(homes["taxonomy"].tolist(), homes["settlement"].tolist())
    risk = dict(zip(esrm20.WEIGHTS, (share @ death) @ homes["buildings"].to_numpy(), strict=True))
    assert risk["weaker"] > risk["illustrative"] > risk["even"] > risk["stronger"]
