"""Earthquakes of a user: every form in which they come gives the same table; what is wrong is said, with its row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mijnrisico import data
from mijnrisico.data.readers import catalogue
from mijnrisico.data.readers.catalogue import Read

SIMPLE = """event_id,time,magnitude,lon,lat,depth,type,evaluation_mode,magnitude_type
a,2012-08-16T20:30:33.32Z,3.6,6.672,53.345,3.0,induced,manual,ML
b,2018-01-08T14:00:52Z,3.4,6.751,53.363,3.0,induced,automatic,ML
"""
KNMI = """YYMMDD,TIME,LOCATION,LAT,LON,MAG,DEPTH
20120816,203033.32,Huizinge,53.345,6.672,3.6,3.0
20180108,140052.00,Zeerijp,53.363,6.751,3.4,3.0
"""
FDSN = """#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|\
MagAuthor|EventLocationName|EventType
a|2012-08-16T20:30:33.320000|53.345|6.672|3.0||knmi|KNMI|a|MLn|3.6||Huizinge|induced or triggered event
b|2018-01-08T14:00:52.000000|53.363|6.751|3.0||knmi|KNMI|b|MLn|3.4||Zeerijp|induced or triggered event
"""
DUTCH = """id;tijd;mag;lengtegraad;breedtegraad
a;16-08-2012 20:30:33;3,6;6,672;53,345
b;08-01-2018 14:00:52;3,4;6,751;53,363
"""
EVENT = """<event publicID="{id}"><preferredOriginID>o2</preferredOriginID>
<origin publicID="o1"><time><value>1999-01-01T00:00:00Z</value></time></origin>
<origin publicID="o2"><time><value>{time}</value></time><latitude><value>{lat}</value></latitude>
<longitude><value>{lon}</value></longitude><depth><value>3000</value></depth>
<evaluationMode>manual</evaluationMode></origin>
<magnitude><mag><value>{magnitude}</value></mag><type>MLn</type></magnitude>
<type>induced or triggered event</type></event>"""
HEAD = '<?xml version="1.0"?><q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2"'
QUAKEML = (
    f'{HEAD} xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters>'
    + EVENT.format(id="a", time="2012-08-16T20:30:33.32Z", lat="53.345", lon="6.672", magnitude="3.6")
    + EVENT.format(id="b", time="2018-01-08T14:00:52Z", lat="53.363", lon="6.751", magnitude="3.4")
    + "</eventParameters></q:quakeml>"
)


def read(folder: Path, content: str | bytes, **settings: object) -> Read:
    path = folder / "events.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return catalogue.read(path, **settings)  # pyright: ignore[reportArgumentType]


def codes(found: Read) -> list[str]:
    return [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    "content", [SIMPLE, KNMI, FDSN, DUTCH, QUAKEML], ids=["simple", "knmi", "fdsn", "dutch", "xml"]
)
def test_every_form_gives_the_same_earthquakes(tmp_path: Path, content: str):
    found = read(tmp_path, content)
    assert not [code for code in codes(found) if code.startswith("E")], found.problems
    events = found.events
    assert events is not None
    assert list(events.columns) == list(catalogue.COLUMNS)
    assert list(events["magnitude"]) == [3.6, 3.4]
    expected = pd.to_datetime(["2012-08-16T20:30:33", "2018-01-08T14:00:52"])
    assert (np.abs((events["time"] - expected).dt.total_seconds()) < 1.0).all()
    known = data.table("earthquakes").set_index("place")
    known = known[known["magnitude"] >= 3.4].loc[["Huizinge", "Zeerijp"]]
    np.testing.assert_allclose(events["x"], known["x_rd"], atol=120)  # the degrees here are rounded
    np.testing.assert_allclose(events["y"], known["y_rd"], atol=120)


def test_a_clock_time_becomes_utc_in_the_zone_that_is_stated(tmp_path: Path):
    local = SIMPLE.replace("20:30:33.32Z", "22:30:33").replace("14:00:52Z", "15:00:52")
    found = read(tmp_path, local, time_zone="Europe/Amsterdam")
    assert found.events is not None
    assert [f"{time:%H:%M}" for time in found.events["time"]] == ["20:30", "14:00"]  # summer and winter
    assert "W305" not in codes(found)
    assert "W305" in codes(read(tmp_path, local))


def test_a_column_that_says_utc_needs_no_warning(tmp_path: Path):
    assert codes(read(tmp_path, SIMPLE.replace("time,", "time_utc,").replace("Z,", ","))) == []


def test_places_in_another_system_are_converted_when_it_is_stated(tmp_path: Path):
    content = "time,magnitude,x,y\n2012-08-16T20:30:33Z,3.6,744600,5916000\n"
    assert codes(read(tmp_path, content)) == ["E102"]
    found = read(tmp_path, content, crs="EPSG:25831")
    assert found.events is not None
    assert 200_000 < found.events["x"].iloc[0] < 280_000
    assert codes(read(tmp_path, content, crs="EPSG:28992")) == ["E104"]


def test_columns_of_any_name_are_read_when_they_are_stated(tmp_path: Path):
    content = "wanneer,hoe hard,oost,noord,diep\n2012-08-16T20:30:33Z,3.6,240000,596000,3000\n"
    columns = {"time": "wanneer", "magnitude": "hoe hard", "x_rd": "oost", "y_rd": "noord", "depth_m": "diep"}
    found = read(tmp_path, content, columns=columns)
    assert found.events is not None, found.problems
    assert found.events["depth_km"].iloc[0] == 3.0


def test_an_empty_depth_is_no_depth_and_no_error(tmp_path: Path):
    found = read(tmp_path, SIMPLE.replace("53.345,3.0", "53.345,"))
    assert found.events is not None
    assert np.isnan(found.events["depth_km"].iloc[0])


def test_every_wrong_row_is_named_in_one_pass(tmp_path: Path):
    content = SIMPLE.replace("3.4,6.751", "drie,6.751").replace("2012-08-16T20:30:33.32Z", "gisteren")
    found = read(tmp_path, content)
    assert codes(found) == ["E503", "E503"]
    assert [problem.where for problem in found.problems] == ["events.csv:3 [magnitude]", "events.csv [time]"]


def test_day_numbers_of_a_spreadsheet_are_named_as_such(tmp_path: Path):
    assert codes(read(tmp_path, SIMPLE.replace("2018-01-08T14:00:52Z", "43108.583"))) == ["E209"]


def test_swapped_degrees_are_named_as_such(tmp_path: Path):
    assert "E103" in codes(read(tmp_path, SIMPLE.replace("lon,lat", "lat,lon")))


def test_a_few_earthquakes_abroad_are_no_error(tmp_path: Path):
    many = SIMPLE + "".join(f"n{i},2013-01-{i + 1:02d}T00:00:00Z,1.5,6.7,53.3,3,,,\n" for i in range(20))
    assert codes(read(tmp_path, many + "z,1992-04-13T01:20:00Z,2.1,7.377,53.694,10,,,\n")) == []


@pytest.mark.parametrize("content", ["<html><p>Not found", f"{HEAD}/>", '<!DOCTYPE a [<!ENTITY b "c">]><a/>', "<a"])
def test_a_page_that_is_no_quakeml_is_refused(tmp_path: Path, content: str):
    assert codes(read(tmp_path, content)) == ["E209"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_declared_entities_are_refused_in_every_encoding(tmp_path: Path, encoding: str):
    declared = "UTF-16" if encoding.startswith("utf-16") else encoding
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    body = QUAKEML.partition("?>")[2]
    with_entity = f'{head}<!DOCTYPE a [<!ENTITY m "6.9">]>' + body.replace("3.6", "&m;")
    assert codes(read(tmp_path, with_entity.encode(encoding))) == ["E209"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@example(None)
def test_no_bytes_bring_down_the_reader(tmp_path: Path, drawn: st.DataObject | None):
    base = (
        SIMPLE.encode() if drawn is None else drawn.draw(st.sampled_from([SIMPLE, KNMI, FDSN, DUTCH, QUAKEML])).encode()
    )
    if drawn is not None:
        start = drawn.draw(st.integers(0, len(base)))
        end = drawn.draw(st.integers(start, min(len(base), start + 30)))
        odd = st.sampled_from(
            [b"", b"\0", b"\xff", b"-", b"9999-12-31T23:59:59-23:59", b"0001-01-01", b"1e308", b"nan"]
        )
        base = base[:start] + drawn.draw(odd | st.binary(max_size=8)) + base[end:]
    found = read(tmp_path, base, time_zone="Europe/Amsterdam")
    assert found.events is not None or found.problems
