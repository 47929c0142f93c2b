"""Tables of measured displacements: what comes out in metres, up positive; and what is refused, all at once."""

from pathlib import Path

import numpy as np
import pytest

from mijnrisico import messages
from mijnrisico.data.readers import displacements, gnss, insar, levelling
from mijnrisico.data.readers.displacements import Settings
from mijnrisico.subsidence.observe import covariance, observations

PLACES = "245459,594583"


def write(folder: Path, text: str) -> Path:
    path = folder / "measured.csv"
    path.write_text(text, encoding="utf-8")
    return path


def level(folder: Path, text: str, **settings):
    return levelling.read(write(folder, text), Settings(**settings))


def codes(found) -> list[str]:
    return sorted(problem.code for problem in found.problems)


@pytest.mark.parametrize(
    ("column", "value", "settings"),
    [
        ("subsidence_mm", "214.3", {}),
        ("subsidence_cm", "21.43", {}),
        ("bodemdaling_m", "0.2143", {}),
        ("height_change_mm", "-214.3", {}),
        ("uplift_m", "-0.2143", {}),
        ("subsidence_mm_per_year", "8.2741313", {}),
        ("subsidence", "21.43", {"unit": "cm"}),
        ("value_mm", "214.3", {"sign": "down"}),
        ("waarde", "-0.2143", {"unit": "m", "sign": "up"}),
    ],
)
def test_every_unit_and_direction_gives_the_same_displacement(tmp_path, column, value, settings):
    found = level(tmp_path, f"point,x_rd,y_rd,from,to,{column}\nA,{PLACES},1987.5,2013.4,{value}\n", **settings)
    assert found.rows is not None
    (row,) = found.rows.to_dict("records")
    assert row["value_m"] == pytest.approx(-0.2143, abs=1e-7)
    assert (row["technique"], row["point"], row["x_m"], row["from_year"]) == ("levelling", "A", 245_459.0, 1987.5)
    assert (row["east"], row["north"], row["up"], row["reference"]) == (0.0, 0.0, 1.0, "")


@pytest.mark.parametrize(("column", "says"), [("value", "sign"), ("subsidence", "unit"), ("value_mm", "toward")])
def test_a_column_that_leaves_unit_or_direction_open_is_refused_with_its_values(tmp_path, column, says):
    reader = insar.read if says == "toward" else levelling.read
    found = reader(
        write(tmp_path, f"point,x_rd,y_rd,from,to,{column}\nA,{PLACES},1987,2013,-0.32\nB,{PLACES},1987,2013,0\n")
    )
    assert found.rows is None
    (problem,) = [p for p in found.problems if p.code == "E503"]
    told = messages.describe(problem.code, problem.where, problem.params)
    assert "-0.32 – 0" in told.what
    assert says in told.why
    assert messages.describe(problem.code, problem.where, problem.params, "nl").why != told.why


def test_a_dutch_table_with_a_decimal_comma_is_read_and_that_is_told_once(tmp_path):
    text = (
        "Peilmerk;x_rd;y_rd;Van;Tot;Daling_mm;Referentie\n"
        "000A2592;245459;594583;1987,5;2013,4;214,3;003G0017\n"
        "003G0017;252000,5;580000,5;1987,5;2013,4;0,5;\n"
    )
    found = level(tmp_path, text)
    assert codes(found) == ["W208"]
    assert found.rows is not None
    assert found.rows.reference.tolist() == ["003G0017", ""]
    assert found.rows.reference_x_m[0] == 252_000.5
    assert np.isnan(found.rows.reference_x_m[1])


def test_heights_become_differences_against_each_first_epoch_and_the_reference(tmp_path):
    text = "point,x_rd,y_rd,date,height_m,sigma_mm\n" + "".join(
        f"{p},{x},594583,{day},{h},0.6\n"
        for p, x, day, h in (
            ("A", 245_459, "1987-01-01", 1.0), ("A", 245_459, "2003-01-01", 0.9), ("A", 245_459, "2013-01-01", 0.8),
            ("ref", 260_000, "1987-01-01", 5.0), ("ref", 260_000, "2003-01-01", 4.99),
            ("ref", 260_000, "2013-01-01", 4.98), ("once", 250_000, "2003-01-01", 0.3),
        )
    )  # fmt: skip
    found = level(tmp_path, text, reference="ref")
    assert found.rows is not None
    np.testing.assert_allclose(found.rows.value_m, [-0.09, -0.18])
    np.testing.assert_allclose(found.rows.sigma_m, np.sqrt(2.0) * 0.6e-3)
    assert found.rows.from_year.tolist() == [1987.0, 1987.0]
    assert found.unused == ("once",)
    absolute = level(tmp_path, text)
    assert absolute.rows is not None
    assert sorted(set(absolute.rows.point)) == ["A", "ref"]
    np.testing.assert_allclose(absolute.rows.value_m[:2], [-0.1, -0.2])


def test_a_reference_that_was_not_measured_then_or_is_nowhere_is_told(tmp_path):
    text = f"point,x_rd,y_rd,year,height_m\nA,{PLACES},1987,1\nA,{PLACES},2003,0.9\nref,250000,590000,1987,5\n"
    (problem,) = level(tmp_path, text, reference="ref").problems
    assert (problem.code, problem.params["got"]) == ("E503", ("ref 2003",))
    missing = level(tmp_path, text, reference="nowhere")
    assert missing.rows is None
    assert set(codes(missing)) == {"E503"}


def test_the_place_of_a_reference_may_stand_in_columns_of_its_own(tmp_path):
    text = "point,x_rd,y_rd,from,to,subsidence_mm,reference,reference_x_rd,reference_y_rd\n"
    found = level(tmp_path, text + f"A,{PLACES},1987,2003,20,R,250000,590000\n")
    assert found.rows is not None
    assert (found.rows.reference_x_m[0], found.rows.reference_y_m[0]) == (250_000.0, 590_000.0)


def test_an_epoch_that_is_there_twice_is_told(tmp_path):
    found = level(tmp_path, f"point,x_rd,y_rd,year,height_m\nA,{PLACES},1987,1\nA,{PLACES},1987,0.9\n")
    assert codes(found) == ["E301"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subsidence_m", "214.3"),
        ("from", "1-6-1987"),
        ("from", "37000"),
        ("to", "1980"),
        ("from", ""),
        ("x_rd", "999999"),
    ],
)
def test_what_cannot_be_is_refused_at_its_column(tmp_path, column, value):
    row = {"point": "A", "x_rd": "245459", "y_rd": "594583", "from": "1987", "to": "2003", "subsidence_m": "0.2"}
    row[column] = value
    found = level(tmp_path, ",".join(row) + "\n" + ",".join(row.values()) + "\n")
    assert found.rows is None
    assert len([problem for problem in found.problems if problem.code.startswith("E")]) == 1


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    found = level(
        tmp_path, "point,x_rd,y_rd,from,to,subsidence\nA,1,2,yesterday,2003,x\n,245459,594583,1987,2003,0.1\n"
    )
    assert {"E401", "E105", "E503"} <= set(codes(found))
    assert len(found.problems) >= 4
    assert codes(level(tmp_path, "a,b\n1,2\n")) == ["E507", "E507"]
    assert "E214" in codes(level(tmp_path, "point,x_rd,y_rd,from,to,subsidence_mm\n"))


def test_longitude_and_latitude_are_read_by_the_readers_of_places(tmp_path):
    found = level(tmp_path, "point,lon,lat,from,to,subsidence_mm\nA,6.77,53.35,1987,2003,20\n")
    assert found.rows is not None
    assert 235_000.0 < found.rows.x_m[0] < 250_000.0
    swapped = level(tmp_path, "point,lon,lat,from,to,subsidence_mm\nA,53.35,6.77,1987,2003,20\n")
    assert codes(swapped) == ["E103"]


def test_components_of_gnss_become_rows_with_their_own_deviation(tmp_path):
    text = "station,x_rd,y_rd,date,east_mm,north_mm,up_mm,sigma_east_mm,sigma_up_mm\n"
    text += f"T,{PLACES},2014-01-01,0,0,0,1,3\nT,{PLACES},2020-01-01,4,-2,-12,1,4\n"
    found = gnss.read(write(tmp_path, text))
    assert found.rows is not None
    np.testing.assert_allclose(found.rows[["east", "north", "up"]], np.eye(3))
    np.testing.assert_allclose(found.rows.value_m, [0.004, -0.002, -0.012])
    np.testing.assert_allclose(found.rows.sigma_m, [np.sqrt(2.0) * 1e-3, np.nan, 5e-3])


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("incidence_deg,azimuth_deg", "34.2,258.1"),
        ("incidence_deg,heading_deg", "34.2,348.1"),
        ("east,north,up", ",".join(f"{v:.6f}" for v in insar.line_of_sight(34.2, 258.1))),
        ("", ""),
    ],
)
def test_lines_of_sight_may_be_told_in_four_ways(tmp_path, columns, cells):
    text = f"point,x_rd,y_rd,from,to,toward_mm_per_year,sigma_mm_per_year,track,{columns}\n"
    text += f"L1,{PLACES},2015,2023,-4.1,0.5,88,{cells}\n"
    found = insar.read(write(tmp_path, text), None, None if columns else insar.Angles(34.2, 258.1))
    assert found.rows is not None
    np.testing.assert_allclose(
        found.rows[["east", "north", "up"]].to_numpy()[0], insar.line_of_sight(34.2, 258.1), atol=1e-6
    )
    assert found.rows.value_m[0] == pytest.approx(-0.0328)
    assert found.rows.sigma_m[0] == pytest.approx(0.004)
    assert found.rows.set[0] == "88"


def test_away_from_the_satellite_is_the_other_direction_and_vertical_needs_no_line_of_sight(tmp_path):
    angles = insar.Angles(34.2, 258.1)
    away = insar.read(write(tmp_path, f"point,x_rd,y_rd,from,to,away_mm\nL1,{PLACES},2015,2023,30\n"), None, angles)
    vertical = insar.read(write(tmp_path, f"point,x_rd,y_rd,from,to,subsidence_mm\nL1,{PLACES},2015,2023,30\n"))
    assert away.rows is not None
    assert vertical.rows is not None
    assert away.rows.value_m[0] == vertical.rows.value_m[0] == pytest.approx(-0.03)
    assert vertical.rows["up"][0] == 1.0


def test_a_line_of_sight_that_is_missing_or_none_is_told(tmp_path):
    bare = insar.read(write(tmp_path, f"point,x_rd,y_rd,from,to,toward_mm\nL1,{PLACES},2015,2023,30\n"))
    assert codes(bare) == ["E507"]
    for columns, cells in (("east,north,up", "1,1,1"), ("incidence_deg,azimuth_deg", "95,258")):
        wrong = insar.read(
            write(tmp_path, f"point,x_rd,y_rd,from,to,toward_mm,{columns}\nL1,{PLACES},2015,2023,30,{cells}\n")
        )
        assert codes(wrong) == ["E503"]


def test_a_rate_in_a_series_and_a_height_over_a_period_are_refused(tmp_path):
    assert codes(level(tmp_path, f"point,x_rd,y_rd,year,subsidence_mm_per_year\nA,{PLACES},1987,4\n")) == ["E503"]
    assert codes(level(tmp_path, f"point,x_rd,y_rd,from,to,height_m\nA,{PLACES},1987,2003,1.2\n")) == ["E503"]


def test_rows_of_the_readers_are_rows_of_observations(tmp_path):
    text = "point,x_rd,y_rd,from,to,subsidence_mm,sigma_mm,reference\n"
    text += f"A,{PLACES},1987,2003,200,2,R\nR,250000,590000,1987,2003,1,,\n"
    found = level(tmp_path, text)
    assert found.rows is not None
    assert tuple(found.rows.columns) == displacements.COLUMNS
    assert set(observations.COLUMNS) <= set(displacements.COLUMNS)
    noise = covariance.of_techniques(found.rows, given="sigma_m")
    measured = observations.record(found.rows, noise)
    assert measured.sigma_m[0] > 0.002
    assert found.rows["where"].tolist() == ["measured.csv:2", "measured.csv:3"]
