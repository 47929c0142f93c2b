"""`mijnrisico shake`: one earthquake in words, as JSON and as a picture; what cannot be asked is refused in words."""

import json
from pathlib import Path

import pytest

from mijnrisico import cli, front

COARSE = ("--cell", "10000")
STATIONS = """name,x_rd,y_rd,value,unit,measure,component
West,238700,597000,85,cm/s2,PGA,geometric_mean
Far away,100000,450000,0.01,g,PGA,geometric_mean
West PGV,238700,597000,3.4,cm/s,PGV,geometric_mean
"""


def _call(*arguments: str) -> int:
    return cli.call(["shake", *COARSE, *arguments])


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert _call(*arguments, "--json", "--out", "shaking.svg", "--force") == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("lang", "median", "maximum"), [("en", "Median", "0.087 g"), ("nl", "Mediaan", "0,087 g")])
def test_a_known_event_is_shown_beside_its_recorded_maximum(folder: Path, capsys, lang, median, maximum):
    assert _call("--event", "2012-08-16", "--lang", lang) == 0
    said = capsys.readouterr().out
    assert said.startswith("Huizinge 2012-08-16 20:30, M 3")
    assert median in said
    assert maximum in said
    assert {path.suffix for path in folder.iterdir()} == {".svg", ".csv"}
    assert "shaking_huizinge_2012_08_16_pga" in next(folder.iterdir()).name


def test_the_largest_event_of_a_day_is_taken_and_its_key_gives_the_same(folder: Path, capsys):
    by_day, by_key = (_json(capsys, "--event", event) for event in ("2012-08-16", "K00852"))
    assert by_day["event"] == by_key["event"]
    assert by_day["event"]["magnitude"] == 3.6
    peak = by_day["recorded_peaks"][0]
    assert peak["recorded"] == pytest.approx(85.0 / 981.0)
    assert peak["p10"] < peak["p50"] < peak["p90"] < peak["recorded"]
    assert 0.9 < peak["fraction"] < 1.0


def test_records_move_the_motion_and_those_that_cannot_count_are_named(folder: Path, capsys):
    (folder / "stations.csv").write_text(STATIONS, encoding="utf-8")
    without = _json(capsys, "--event", "2012-08-16")
    with_records = _json(capsys, "--event", "2012-08-16", "--records", "stations.csv")
    assert without["event_term_ln"] == 0.0
    assert with_records["event_term_ln"] > 0.0
    assert with_records["event_term_sd_ln"] < without["event_term_sd_ln"]
    assert [record["name"] for record in with_records["records"]] == ["West", "Far away"]
    assert with_records["records"][0]["residual_sd"] > 2.0
    assert with_records["records"][1]["residual_sd"] is None
    assert _call("--event", "2012-08-16", "--records", "stations.csv", "--lang", "en", "--out", "a.svg") == 0
    said = capsys.readouterr().out
    assert "outside the zones of site response, not used: 1" in said
    assert "another measure, not used: 1" in said


def test_a_larger_earthquake_shakes_more_and_a_deeper_one_less_at_its_place(folder: Path, capsys):
    def at_zeerijp(*more: str) -> float:
        return _json(capsys, "--place", "zeerijp", *more)["sites"][1]["p50_g"]

    assert at_zeerijp("--magnitude", "4.5") > at_zeerijp("--magnitude", "3.6")
    assert at_zeerijp("--magnitude", "3.6", "--depth", "10") < at_zeerijp("--magnitude", "3.6")


def test_pgv_by_the_model_of_the_damage_is_in_centimetres_per_second(folder: Path, capsys):
    asked = ("--event", "2018-01-08", "--measure", "PGV", "--motion", "bommer_2021_pgv", "--component", "larger")
    found = _json(capsys, *asked)
    assert (found["unit"], found["threshold"], found["component"]) == ("cm/s", None, "larger")
    assert found["recorded_peaks"] == []
    assert 0.1 < max(site["p50_cms"] for site in found["sites"]) < 10.0


def test_a_magnitude_beyond_the_model_is_warned_of(folder: Path, capsys):
    asked = ("--place", "Zeerijp", "--magnitude", "4", "--measure", "PGV", "--motion", "bommer_2021_pgv")
    assert [warning["code"] for warning in _json(capsys, *asked)["warnings"]] == ["W606"]


def test_the_picture_and_its_numbers_say_that_the_magnitude_is_beyond_the_model(folder: Path):
    asked = {"place": "Zeerijp", "measure": "PGV", "motion": "bommer_2021_pgv", "cell": 10_000.0}
    within, beyond = (front.shake(magnitude=magnitude, **asked) for magnitude in (3.0, 4.0))
    assert within.beyond is None
    assert "warning" not in within.map("en").data
    picture = beyond.map("en")
    assert "W606" in picture.drawing.subtitle
    for table in (picture.data, beyond.table()):
        assert table["warning"].str.startswith("W606: magnitude 4 outside").all()


@pytest.mark.parametrize(("lang", "away"), [("en", "km from the epicentre"), ("nl", "km van het epicentrum")])
def test_the_highest_value_is_told_by_its_distance_and_the_epicentre_has_a_row(folder: Path, capsys, lang, away):
    assert _call("--event", "2012-08-16", "--lang", lang) == 0
    said = capsys.readouterr().out
    assert away in said
    assert "0 km²" not in said
    assert "epicentr" in next(line for line in said.splitlines() if "0.0" in line or "0,0 " in line)


def test_the_epicentre_is_at_least_as_strong_as_the_nearest_place(folder: Path, capsys):
    found = _json(capsys, "--event", "2012-08-16")
    assert found["epicentre"]["p50_g"] > 0.9 * max(site["p50_g"] for site in found["sites"])


def test_a_level_at_the_floor_is_told_as_less_than_it(folder: Path, capsys):
    assert _call("--place", "Zeerijp", "--magnitude", "-1", "--lang", "en") == 0
    assert "< 1.0\xa0×\xa010⁻⁵ g" in capsys.readouterr().out


def test_sites_of_a_file_are_answered_instead_of_the_named_places(folder: Path, capsys):
    (folder / "sites.csv").write_text("name,lon,lat\nFarm,6.77,53.35\n", encoding="utf-8")
    found = _json(capsys, "--event", "2012-08-16", "--sites", "sites.csv")
    assert [site["name"] for site in found["sites"]] == ["Farm"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((), "--event, --place, --rd, --lonlat"),
        (("--event", "2012-08-16", "--place", "Zeerijp"), "--event, --place, --rd, --lonlat"),
        (("--event", "1950-01-01"), "catalogue"),
        (("--place", "Zeerijp"), "magnitude"),
        (("--place", "Zerijp", "--magnitude", "3"), "Zeerijp"),
        (("--rd", "1", "1", "--magnitude", "3"), "E10"),
        (("--event", "2012-08-16", "--depth", "-3"), "--depth"),
        (("--event", "2012-08-16", "--measure", "PGV"), "SA(0.1)"),
        (("--event", "2012-08-16", "--component", "larger"), "arbitrary"),
        (("--event", "2012-08-16", "--records", "nothing.csv"), "E101"),
        (("--event", "2012-08-16", "--motion", "V8"), "V8"),
        (("--event", "2012-08-16", "--motion", "V8"), "V7, V6, V5"),
        (("--event", "2012-08-16", "--measure", "PGX"), "PGX"),
        (("--event", "2012-08-16", "--measure", "PGV"), "V6, V5, bommer_2021_pgv"),
        (("--event", "2012-08-16", "--magnitude", "36"), "--magnitude"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "nl"])
def test_what_cannot_be_answered_is_refused_in_words(folder: Path, capsys, arguments, shown, lang):
    assert _call(*arguments, "--lang", lang) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert shown in said or (shown == "catalogue" and "catalogus" in said)
    assert "{" not in said
    assert not list(folder.iterdir())


def test_a_record_in_a_component_that_the_model_lacks_is_refused_with_its_row(folder: Path, capsys):
    table = STATIONS.replace("PGA,geometric_mean", "PGA,larger", 1)
    (folder / "stations.csv").write_text(table, encoding="utf-8")
    assert _call("--event", "2012-08-16", "--records", "stations.csv", "--lang", "en") == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "stations.csv:2" in said
    assert "larger" in said
    assert "geometric_mean, arbitrary" in said


def test_a_file_of_the_user_is_kept(folder: Path, capsys):
    (folder / "mine.svg").write_text("mine", encoding="utf-8")
    assert _call("--event", "2012-08-16", "--out", "mine.svg") == 3
    assert (folder / "mine.svg").read_text(encoding="utf-8") == "mine"


def test_the_front_door_gives_tables_and_a_picture(folder: Path):
    shaken = front.shake(rd=(240_567.0, 596_163.0), magnitude=3.6, cell=10_000.0, threshold=0.02)
    table = shaken.table()
    assert list(table.columns) == ["x_rd", "y_rd", "p10_g", "p50_g", "p90_g", "probability_above_threshold"]
    known = table.dropna()
    assert (known["p10_g"] < known["p50_g"]).all()
    assert ((known["p50_g"] > 0.02) == (known["probability_above_threshold"] > 0.5)).all()
    picture = shaken.map("nl")
    assert "M 3,6" in picture.title
    assert len(picture.data) == len(known)
