"""Buildings of a user: every form that is in use is understood, ids stay what they were, and nothing is guessed."""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.core.table import Table
from mijnrisico.data.readers import building_ids, class_rules, crs, wide_table
from mijnrisico.data.readers import buildings as reader

KNOWN = ("RC1L", "URM3L", "URM4L", "URM8L", "W2")
EDB = (
    "bag_building_id,point_x,point_y,main_use,secondary_use,system_1,s_probability_1,system_2,s_probability_2,"
    "community,wiede_flag,sum_pop_in_day,sum_pop_in_night,sum_pop_pas_day\n"
)
HEAD = "building,x_rd,y_rd,vulnerability_class\n"


def written(folder: Path, content: str, name: str = "buildings.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def read(folder: Path, content: str, name: str = "buildings.csv", **settings_):
    return reader.read(written(folder, content, name), known=KNOWN, **settings_)


def codes(found) -> list[str]:
    return sorted(problem.code for problem in found.problems)


def test_the_exposure_database_of_the_public_chain_is_read_as_it_is(tmp_path):
    rows = "0024100000000001,244441,595577,wonen,,URM3L,0.25,URM4L,0.75,Loppersum,1,1.5,2,0\n"
    rows += "900000002,244500.5,595600,kantoor,,RC1L,1,,,Loppersum,0,3,0,0\n"
    found = read(tmp_path, EDB + rows)
    assert (found.format, found.rows, codes(found)) == ("edb", 2, [])
    own = found.buildings
    assert own.building.tolist() == ["0024100000000001", "900000002"]
    np.testing.assert_allclose(own.share, [[0, 0.25, 0.75, 0, 0], [1, 0, 0, 0, 0]])
    assert own.wierde.tolist() == [True, False]
    assert own.people_day.tolist() == [1.5, 3.0]
    assert own.x.tolist() == [244441.0, 244500.5]
    assert own.use.tolist() == ["wonen", "kantoor"]
    assert own.municipality.tolist() == ["Loppersum"] * 2


def test_a_class_that_is_named_twice_for_a_building_counts_with_both_probabilities(tmp_path):
    found = read(tmp_path, EDB + "a,244441,595577,,,URM3L,0.25,URM3L,0.75,,0,1,2,0\n")
    assert found.buildings.share[0, 1] == pytest.approx(1.0)


def test_probabilities_with_two_decimals_are_scaled_and_a_tenth_too_few_is_refused(tmp_path):
    found = read(tmp_path, EDB + "a,244441,595577,,,URM3L,0.33,URM4L,0.667,,0,1,2,0\n")
    assert found.buildings.share.sum() == pytest.approx(1.0, abs=1e-15)
    assert codes(read(tmp_path, EDB + "a,244441,595577,,,URM3L,0.3,URM4L,0.6,,0,1,2,0\n")) == ["E504"]
    assert codes(read(tmp_path, EDB + "a,244441,595577,,,URM3L,,URM4L,0.6,,0,1,2,0\n")) == ["E504"]


def test_a_building_without_a_system_has_no_class_yet(tmp_path):
    found = read(tmp_path, EDB + "a,244441,595577,,,,,,,,0,1,2,0\nb,244441,595577,,,W2,1,,,,0,1,2,0\n")
    assert np.isnan(found.buildings.share).all(axis=1).tolist() == [True, False]


def test_every_problem_of_a_file_is_found_in_one_pass(tmp_path):
    rows = "a,244441,595577,URM3\na,244441,595577,URM3L\nb,6.7,53.3,URM3L\nc,,595577,URM3L\n"
    assert codes(read(tmp_path, HEAD + rows)) == ["E104", "E401", "E411", "E412"]


def test_numbers_and_columns_of_a_dutch_table_are_understood(tmp_path):
    text = "Identificatie;RDX;RDY;Klasse;Mensen_nacht\n0024100000000001;244441,5;595577;URM3L;2,4\n"
    found = read(tmp_path, text, columns={"x_rd": "RDX", "y_rd": "RDY"})
    assert found.buildings.x.tolist() == [244441.5]
    assert found.buildings.people_night.tolist() == [2.4]
    assert set(codes(found)) == {"W208"}


def test_places_in_degrees_and_in_rd_are_the_same_places(tmp_path):
    rd = read(tmp_path, HEAD + "a,244441,595577,URM3L\n").buildings
    lon, lat = (float(value) for value in crs.from_rd(244_441.0, 595_577.0))
    degrees = read(tmp_path, f"id,lon,lat,class\na,{lon},{lat},URM3L\n").buildings
    np.testing.assert_allclose([degrees.x, degrees.y], [rd.x, rd.y], atol=0.01)
    bare = "id,x,y,class\na,244441,595577,URM3L\n"
    assert codes(read(tmp_path, bare)) == ["E102"]
    assert codes(read(tmp_path, bare, crs="EPSG:28992")) == []


def test_half_of_one_pair_and_half_of_another_are_no_place(tmp_path):
    assert codes(read(tmp_path, "id,lon,y_rd,class\na,6.7,595577,URM3L\n")) == ["E507"]


def test_a_table_without_classes_needs_rules(tmp_path):
    text = "id,x_rd,y_rd,bouwjaar\na,244441,595577,1908\n"
    assert codes(read(tmp_path, text)) == ["E507"]
    found = read(tmp_path, text, with_rules=True)
    assert found.buildings.share is None
    assert found.buildings.known["year"].tolist() == [1908.0]


def test_types_of_esrm20_come_with_their_number_and_occupants(tmp_path):
    text = "LONGITUDE,LATITUDE,TAXONOMY,BUILDINGS,OCCUPANTS_PER_ASSET_DAY,OCCUPANTS_PER_ASSET_NIGHT,settlement_type\n"
    found = read(tmp_path, text + "6.72,53.33,MUR/LWAL+CDN/H:1,12.5,10,30,RURAL\n")
    assert found.format == "esrm20"
    own = found.buildings
    assert (own.number[0], own.people_night[0]) == (12.5, 30.0)
    assert own.building.tolist() == ["buildings-2"]
    assert {name: values[0] for name, values in own.known.items()} == {
        "taxonomy": "MUR/LWAL+CDN/H:1",
        "settlement": "RURAL",
    }


NRML = """<?xml version="1.0" encoding="UTF-8"?>
<nrml xmlns="http://openquake.org/xmlns/nrml/{version}"><exposureModel id="m" category="buildings">
<description>d</description><conversions/><assets>
<asset id="a1" taxonomy="{taxonomy}" number="5" area="100"><location lon="6.72" lat="53.33"/>
<costs><cost type="structural" value="10000"/></costs>
<occupancies><occupancy occupants="4" period="day"/><occupancy occupants="11" period="night"/></occupancies>
</asset></assets></exposureModel></nrml>
"""


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_assets_of_nrml_have_a_class_or_a_type_and_their_costs_do_not_matter(tmp_path, version):
    found = read(tmp_path, NRML.format(version=version, taxonomy="URM3L"), "model.xml")
    own = found.buildings
    assert own.share[0].tolist() == [0, 1, 0, 0, 0]
    assert (own.building[0], own.number[0], own.people_day[0], own.people_night[0]) == ("a1", 5.0, 4.0, 11.0)
    assert read(tmp_path, NRML.format(version=version, taxonomy="W/LWAL"), "model.xml").buildings.share is None


@pytest.mark.parametrize("content", ["<nrml/>", "nothing", '<!DOCTYPE n [<!ENTITY a "b">]><n>&a;</n>'])
def test_xml_without_assets_is_refused(tmp_path, content):
    assert codes(read(tmp_path, content, "model.xml")) == ["E209"]


def geopackage(path: Path, shapes, **columns) -> Path:
    """A GeoPackage of one layer in RD New, written by hand: a header of eight bytes before each geometry."""
    with closing(sqlite3.connect(path)) as held:
        held.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id)")
        held.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (28992, 'epsg', 28992)")
        held.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id)")
        held.execute("INSERT INTO gpkg_geometry_columns VALUES ('pand', 'geom', 28992)")
        held.execute(f"CREATE TABLE pand (fid INTEGER PRIMARY KEY, geom BLOB, {', '.join(columns)})")
        for row, shape in enumerate(shapes):
            blob = b"GP\0\1" + struct.pack("<i", 28992) + shapely.to_wkb(shape)
            own = [values[row] for values in columns.values()]
            held.execute(f"INSERT INTO pand VALUES (NULL, ?, {', '.join('?' * len(own))})", [blob, *own])
        held.commit()
    return path


def test_polygons_of_a_geopackage_become_points_inside_them(tmp_path):
    bent = shapely.Polygon([(0, 0), (9, 0), (9, 1), (1, 1), (1, 9), (0, 9)])
    shapes = [shapely.affinity.translate(bent, 244_441, 595_577), shapely.Point(244_500, 595_600)]
    ids = ["0024100000000001", "0024100000000002"]
    path = geopackage(tmp_path / "pand.gpkg", shapes, identificatie=ids, bouwjaar=[1908, 2004], klasse=["URM3L", "W2"])
    own = reader.read(path, known=KNOWN).buildings
    assert own.building.tolist() == ids
    assert shapely.contains_xy(shapes[0], own.x[0], own.y[0])
    assert (own.x[1], own.y[1]) == (244_500.0, 595_600.0)
    assert own.known["year"].tolist() == [1908.0, 2004.0]
    with closing(sqlite3.connect(path)) as held:
        held.execute("UPDATE pand SET geom = x'00' WHERE fid = 1")
        held.commit()
    assert codes(reader.read(path, known=KNOWN)) == ["E209"]


# ------------------------------------------------------------------------------------------ ids


def checked(ids):
    frame = pd.DataFrame({"building": np.array(ids, dtype=object)})
    wide = wide_table.Wide(Table("b.csv", ("building",), (), dutch=False), frame, np.arange(len(ids)) + 2)
    return [
        problem.params.get("of", "double") for problem in building_ids.check(frame["building"].to_numpy(), wide, "b")
    ]


@pytest.mark.parametrize("damaged", ["3.1E+15", "1,41E+13", "2.41e+13", "14100010930433", "14100010930433.0"])
def test_an_id_that_a_spreadsheet_damaged_is_recognised(damaged):
    assert checked([damaged]) == ["damaged"]


def test_ids_of_ones_own_may_look_like_anything_else():
    assert checked(["0014100010930433", "900000001", "a-1", "12", "1E5 west", "14200010930433"]) == []


@pytest.mark.parametrize("stripped", [1, 2, 9])
def test_an_id_without_its_zeros_is_refused_beside_any_whole_one(stripped):
    ids = [f"14100010930{i}" for i in range(430, 430 + stripped)]
    assert checked([*ids, *(f"0014100010930{i}" for i in range(430 + stripped, 440))]) == ["damaged"]


def test_an_id_without_its_zeros_is_told_apart_from_one_that_was_rounded():
    assert checked(["14100010930434", "1.41E+13", *(f"00141000109304{i}" for i in range(40, 48))]) == ["damaged"] * 2
    assert checked(["14100010930434", *["1.41E+13"] * 2]) == ["damaged"] * 2


def test_a_column_without_whole_ids_may_hold_a_few_long_numbers_of_ones_own():
    assert checked(["14100010930434", "1", "2", "3"]) == []


def test_the_same_id_with_and_without_its_zeros_stands_there_twice():
    frame = pd.DataFrame({"building": np.array(["0014100010930434", "a", "14100010930434"], dtype=object)})
    wide = wide_table.Wide(Table("b.csv", ("building",), (), dutch=False), frame, np.arange(3) + 2)
    damaged, double = building_ids.check(frame["building"].to_numpy(), wide, "building")
    assert (damaged.where, damaged.params["got"]) == ("b.csv:4 [building]", ("14100010930434 (:4)",))
    assert (double.where, double.params["got"]) == ("b.csv:2 [building]", ("0014100010930434 = 14100010930434",))


def test_an_id_that_is_missing_or_double_is_found_beside_a_damaged_one():
    assert sorted(checked(["", "7", "7", "3.1E+15", "3.1E+15"])) == ["damaged", "double", "missing"]


@settings(max_examples=40)
@given(st.lists(st.text("0123456789abz-_", min_size=1, max_size=16), min_size=1, max_size=20, unique=True))
def test_an_id_comes_out_of_a_table_as_it_went_in(tmp_path_factory, ids):
    folder = tmp_path_factory.mktemp("ids")
    pd.DataFrame({"building": ids, "other": 1}).to_csv(folder / "b.csv", index=False)
    assert wide_table.read(folder / "b.csv").text("building").tolist() == ids


# ------------------------------------------------------------------------------------------ large tables


@pytest.mark.parametrize(
    "text",
    [
        'id,name,value\n001,"Hoek, 12",1.5\n\n002, b ,\n',
        "id;name;value\n001;a;1,5\n002;b;-9999\n",
        "id,name,value\n001,a,1.5\n002,b,-999.25\n003,c,1e30\n004,d,-32768\n",
        "# a remark\nid,name,value\n001,a,1.5\n",
    ],
)
def test_the_fast_way_reads_what_the_careful_way_reads(tmp_path, text, monkeypatch):
    path = written(tmp_path, text)
    fast = wide_table.read(path, {"label": "name"})
    monkeypatch.setattr(wide_table, "_plain", lambda path: None)
    slow = wide_table.read(path, {"label": "name"})
    assert fast.cells.to_numpy().tolist() == slow.cells.to_numpy().tolist()
    assert fast.lines.tolist() == slow.lines.tolist()
    np.testing.assert_array_equal(wide_table.numbers(fast, "value")[0], wide_table.numbers(slow, "value")[0])


@pytest.mark.parametrize("rows", ["a,1\nb,2,3\n", "a,1,3\nb,2,3\n", "a,1,3\n"])
def test_a_row_with_too_many_cells_is_an_error_and_no_cell_is_lost(tmp_path, rows):
    assert [p.code for p in wide_table.read(written(tmp_path, f"id,x\n{rows}")).problems] == ["E211"]


# ------------------------------------------------------------------------------------------ rules


def test_rules_may_leave_out_every_condition_and_the_share(tmp_path):
    found = class_rules.read(written(tmp_path, "vulnerability_class\nURM3L\n"), known=KNOWN)
    assert found.frame[["vulnerability_class", "share", "mapping"]].to_numpy().tolist() == [["URM3L", 1.0, "table"]]


def test_rules_with_unknown_classes_and_impossible_shares_are_refused_at_once(tmp_path):
    text = "use,vulnerability_class,share\n*,URM3,0.5\n*,,1.5\n"
    assert codes(class_rules.read(written(tmp_path, text), known=KNOWN)) == ["E401", "E412", "E503"]
    assert codes(class_rules.read(written(tmp_path, "use,share\n*,1\n"), known=KNOWN)) == ["E507"]
