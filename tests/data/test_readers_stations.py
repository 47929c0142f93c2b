"""Tables of recorded peaks: units are turned into g and cm/s, and what cannot be is refused with its row."""

from pathlib import Path

import pytest

from mijnrisico.data.readers import stations

HEADER = "name,x_rd,y_rd,value,unit,measure,component\n"


def read(folder: Path, *rows: str, header: str = HEADER):
    path = folder / "stations.csv"
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return stations.read(path)


@pytest.mark.parametrize(
    ("value", "unit", "measure", "expected"),
    [
        ("0.05", "g", "PGA", 0.05),
        ("49.05", "cm/s2", "PGA", 0.05),
        ("49.05", "cm/s²", "pga", 0.05),
        ("0.4905", "m/s2", "SA(0.30)", 0.05),
        ("3.45", "cm/s", "PGV", 3.45),
        ("34.5", "mm/s", "PGV", 3.45),
        ("0.0345", "m/s", "PGV", 3.45),
    ],
)
def test_every_unit_gives_the_same_motion(tmp_path, value, unit, measure, expected):
    (record,), problems = read(tmp_path, f"Station,240000,597000,{value},{unit},{measure},geometric_mean")
    assert not problems
    assert record.value == pytest.approx(expected)
    assert record.measure == ("SA(0.3)" if measure.startswith("SA") else measure.upper())
    assert (record.site.name, record.site.x, record.component) == ("Station", 240_000.0, "geometric_mean")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("A,240000,597000,85,g,PGA,arbitrary", "E204", "value"),
        ("A,240000,597000,8500,mm/s,PGV,larger", "E503", "value"),
        ("A,240000,597000,0,g,PGA,arbitrary", "E503", "value"),
        ("A,240000,597000,0.1,ft/s2,PGA,arbitrary", "E503", "unit"),
        ("A,240000,597000,0.1,g,PGV,arbitrary", "E503", "unit"),
        ("A,240000,597000,0.1,g,PGD,arbitrary", "E503", "measure"),
        ("A,240000,597000,0.1,g,SA(x),arbitrary", "E503", "measure"),
        ("A,240000,597000,0.1,g,PGA,vertical", "E503", "component"),
    ],
)
def test_what_cannot_be_is_refused_at_its_row(tmp_path, row, code, column):
    found, problems = read(tmp_path, "Good,240000,598000,0.1,g,PGA,arbitrary", row)
    assert not found or code == "E503"
    (problem,) = [problem for problem in problems if problem.code.startswith("E")]
    assert problem.code == code
    assert problem.where == f"stations.csv:3 [{column}]"


def test_every_problem_of_a_file_is_found_at_once(tmp_path):
    rows = ("A,240000,597000,-1,g,PGA,arbitrary", "B,241000,597000,0.1,furlong,PGA,up")
    found, problems = read(tmp_path, *rows)
    assert found == ()
    assert [problem.where.partition("[")[2] for problem in problems] == ["component]", "unit]", "value]"]


def test_a_missing_column_is_named(tmp_path):
    found, problems = read(tmp_path, "A,240000,597000,0.1", header="name,x_rd,y_rd,value\n")
    assert found == ()
    assert "E507" in [problem.code for problem in problems]


def test_longitude_and_latitude_stand_for_the_same_place(tmp_path):
    header = HEADER.replace("x_rd,y_rd", "lon,lat")
    (record,), _ = read(tmp_path, "A,6.77,53.35,0.1,g,PGA,arbitrary", header=header)
    assert 235_000 < record.site.x < 250_000
