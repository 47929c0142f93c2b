"""Exchange with OpenQuake: what is written comes back, rates are conserved, and what is not supported is named."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico import cli, front
from mijnrisico.data.readers import anywhere, forecast, nrml, nrml_points
from mijnrisico.errors import InputError
from mijnrisico.export import nrml as exported
from mijnrisico.export.maps import Source

HEAD = '<nrml xmlns="http://openquake.org/xmlns/nrml/0.5" xmlns:gml="http://www.opengis.net/gml">'
POINT = (
    "<pointGeometry><gml:Point><gml:pos>11.2 47.6</gml:pos></gml:Point><upperSeismoDepth>0</upperSeismoDepth>"
    "<lowerSeismoDepth>9</lowerSeismoDepth></pointGeometry>"
)
RING = "11.2 47.6 11.3 47.6 11.3 47.65 11.2 47.7"
AREA = (
    f"<areaGeometry><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{RING}</gml:posList></gml:LinearRing>"
    "</gml:exterior></gml:Polygon></areaGeometry>"
)
GR = '<truncGutenbergRichterMFD aValue="2.0" bValue="1.1" minMag="1.5" maxMag="4.03"/>'
BINS = '<incrementalMFD minMag="1.55" binWidth="0.1"><occurRates>0.5 0.3 0.2</occurRates></incrementalMFD>'
DEPTHS = (
    '<hypoDepthDist><hypoDepth probability="0.25" depth="2"/><hypoDepth probability="0.75" depth="3"/></hypoDepthDist>'
)
PLANE = '<nodalPlaneDist><nodalPlane probability="1" strike="{}" dip="90" rake="0"/></nodalPlaneDist>'


def source(kind: str, geometry: str, law: str, strike: float = 30.0, depths: str = DEPTHS) -> str:
    middle = "<magScaleRel>WC1994</magScaleRel><ruptAspectRatio>1</ruptAspectRatio>"
    return f'<{kind} id="{kind}" name="n">{geometry}{middle}{law}{PLANE.format(strike)}{depths}</{kind}>'


def model(*sources: str) -> str:
    return f'{HEAD}<sourceModel name="m"><sourceGroup name="g">{"".join(sources)}</sourceGroup></sourceModel></nrml>'


def write(folder: Path, text: str) -> Path:
    (folder / "m.xml").write_text(text, encoding="utf-8")
    return folder / "m.xml"


@given(st.floats(-1.0, 4.0), st.floats(0.5, 2.0), st.floats(0.0, 3.0), st.floats(0.01, 4.0), st.floats(0.03, 0.6))
def test_the_bins_of_a_truncated_law_sum_to_its_rate_above_the_smallest(
    a: float, b: float, low: float, span: float, width: float
) -> None:
    magnitude, rate = nrml.gutenberg_richter(a, b, low, low + span, width)
    assert rate.sum() == pytest.approx(10.0 ** (a - b * low) - 10.0 ** (a - b * (low + span)), rel=1e-9)
    assert (rate >= 0.0).all()
    assert (np.diff(magnitude) > 0.0).all()
    assert low < magnitude[0] <= magnitude[-1] < low + span


def test_the_bins_are_those_of_the_format(tmp_path: Path) -> None:
    magnitude, rate = nrml.gutenberg_richter(0.5, 1.0, 5.0, 8.0, 1.0)  # values of the tests of the engine
    assert magnitude.tolist() == [5.5, 6.5, 7.5]
    assert rate == pytest.approx([2.846049894e-5, 2.846049894e-6, 2.846049894e-7], rel=1e-9)
    (found,) = nrml.read(write(tmp_path, model(source("pointSource", POINT, BINS)))).sources
    assert found.magnitude.tolist() == pytest.approx([1.55, 1.65, 1.75])  # minMag is the middle of the first bin


@settings(max_examples=15)
@given(st.floats(0.3, 6.0))
def test_the_points_of_an_area_sum_to_its_rate_and_lie_in_it(
    tmp_path_factory: pytest.TempPathFactory, km: float
) -> None:
    folder = tmp_path_factory.mktemp("area")
    sources = nrml.read(write(folder, model(source("areaSource", AREA, BINS)))).sources
    points = nrml_points.as_points(sources, km)
    assert points.rate.sum() == pytest.approx(1.0, rel=1e-12)
    assert points.rate[points.depth_km == 2.0].sum() == pytest.approx(0.25, rel=1e-12)
    assert (points.rate > 0.0).all()
    assert points.lon.min() > 11.2
    assert points.lat.max() < 47.7


def test_an_area_has_the_same_middle_whatever_the_spacing(tmp_path: Path) -> None:
    sources = nrml.read(write(tmp_path, model(source("areaSource", AREA, BINS)))).sources
    middles = []
    for km in (0.5, 2.0):
        points = nrml_points.as_points(sources, km)
        middles.append((np.average(points.lon, weights=points.rate), np.average(points.lat, weights=points.rate)))
    np.testing.assert_allclose(*middles, atol=1e-6)


def test_strikes_are_directions_without_a_sense(tmp_path: Path) -> None:
    both = model(source("pointSource", POINT, BINS, 350.0), source("areaSource", AREA, BINS, 170.0))
    points = nrml_points.as_points(nrml.read(write(tmp_path, both)).sources, 2.0)
    assert (points.strike_deg, points.strike_sd_deg) == (pytest.approx(-10.0), pytest.approx(0.0, abs=1e-4))
    crossed = model(source("pointSource", POINT, BINS, 0.0), source("areaSource", AREA, BINS, 90.0))
    assert nrml_points.as_points(nrml.read(write(tmp_path, crossed)).sources, 2.0).strike_sd_deg == 90.0


def test_import_writes_a_scenario_that_runs_with_all_the_rates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, model(source("pointSource", POINT, GR), source("areaSource", AREA, BINS)))
    site = '<siteModel><site lon="11.25" lat="47.62" vs30="300"/><site lon="11.3" lat="47.6" vs30="400"/></siteModel>'
    (tmp_path / "s.xml").write_text(f"{HEAD}{site}</nrml>")
    assert cli.call(["import", "nrml", "m.xml", "s.xml", "--out", "new", "--spacing", "2"]) == 0
    expected = 10.0 ** (2.0 - 1.1 * 1.5) - 10.0 ** (2.0 - 1.1 * 4.03) + 1.0
    assert f"{expected:.6g}" in capsys.readouterr().out
    found = forecast.read(tmp_path / "new" / "forecast.csv").forecast
    assert found is not None
    assert float(found["rate"].sum()) == pytest.approx(expected, rel=1e-9)
    scenario = front.load(tmp_path / "new" / "scenario.toml")
    assert (scenario.rupture.strike, scenario.rupture.strike_sd) == (30.0, 0.0)
    run = front.run(scenario, tmp_path / "results", report=False).stored
    assert run.table("hazard_places")["mean_g"].notna().all()
    assert cli.call(["import", "nrml", "m.xml", "--out", "new"]) == 3  # nothing is overwritten


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("<a/>", "E209", "nrml"),
        ("no xml", "E209", "nrml"),
        (f'<!DOCTYPE nrml [<!ENTITY a "b">]>{HEAD}<siteModel/></nrml>', "E209", "nrml"),
        (f"{HEAD}<siteModel/></nrml>", "E209", "nrml"),
        (model(), "E209", "nrml"),
        (model('<simpleFaultSource id="f1"/>', '<simpleFaultSource id="f2"/>'), "E209", "simpleFaultSource"),
        (model(source("pointSource", POINT, "<arbitraryMFD/>")), "E209", "arbitraryMFD"),
        (model(source("pointSource", POINT.replace("47.6", "147.6"), BINS)), "E503", "147.6"),
        (model(source("pointSource", POINT, BINS.replace("0.3", "-0.3"))), "E503", "incrementalMFD"),
        (model(source("pointSource", POINT, GR.replace("4.03", "1.0"))), "E503", "b = 1.1"),
        (model(source("pointSource", POINT, BINS, depths=DEPTHS.replace("0.25", "0.5"))), "E504", "hypoDepthDist"),
        (model(source("pointSource", POINT, BINS, depths=DEPTHS.replace('"2"', '"-2"'))), "E503", "depth = -2"),
        (model(source("areaSource", AREA.replace(RING, "0 0 1 1 1 0 0 1"), BINS)), "E503", "posList"),
        (f'{HEAD}<siteModel><site lon="x" lat="1"/></siteModel></nrml>', "E503", "lon = x"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, code: str, shown: str, tmp_path: Path) -> None:
    found = nrml.read(write(tmp_path, text))
    assert (found.sources, found.sites) == ((), ())
    assert [problem.code for problem in found.problems] == [code]
    assert shown in str(found.problems[0])


def test_every_problem_of_a_model_is_found_at_once(tmp_path: Path) -> None:
    bad = source("pointSource", POINT, GR.replace("1.1", "0"))
    found = nrml.read(write(tmp_path, model(bad, bad, '<complexFaultSource id="c"/>')))
    assert sorted(problem.code for problem in found.problems) == ["E209", "E503", "E503"]


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def test_curves_are_chances_and_come_back_as_the_rates_they_were() -> None:
    level, rate = np.array([0.01, 0.1]), np.array([[2.0, 1e-4], [np.nan, np.nan]])
    root = parsed(exported.curves(level, rate, np.array([6.5, 6.6]), np.array([53.2, 53.3]), imt="SA(0.3)"))
    (head,) = root
    assert (head.get("IMT"), head.get("saPeriod"), head.get("investigationTime")) == ("SA", "0.3", "1")
    (text,) = [each.text for each in root.iter() if each.tag.endswith("poEs")]
    chance = np.array(str(text).split(), dtype=float)
    assert (chance < 1.0).all()
    np.testing.assert_allclose(-np.log1p(-chance), rate[0], rtol=1e-6)


def test_a_map_names_the_chance_of_its_return_period() -> None:
    text = exported.hazard_map(np.array([0.05, np.nan]), np.array([6.5, 6.6]), np.array([53.2, 53.3]), imt="PGA",
                               return_period=475.0, statistic="p90")  # fmt: skip
    (head,) = parsed(text)
    assert float(str(head.get("poE"))) == pytest.approx(1.0 / 475.0, rel=2e-3)
    assert (head.get("statistics"), head.get("quantileValue")) == ("quantile", "0.90")
    assert [node.get("iml") for node in head] == ["0.05"]


def test_a_run_is_written_with_curves_maps_and_spectra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.csv").write_text("lon,lat,magnitude,rate_per_year\n11.2,47.6,2.05,1\n11.2,47.6,3.05,0.1\n")
    (tmp_path / "s.csv").write_text("name,lon,lat\nA,11.21,47.6\n")
    text = 'title = "t"\nsites = "s.csv"\n[time]\nyears = 1\n[inputs]\nforecast = "f.csv"\n'
    (tmp_path / "scenario.toml").write_text(text + '[motion]\nmodel = "atkinson_2015"\n')
    scenario = front.load("scenario.toml", ['hazard.measures=["PGA", "SA(0.2)", "PGV"]'])
    run = front.run(scenario, tmp_path / "results", report=False).stored
    assert cli.call(["export", "--format", "nrml", "--out", "out"]) == 0
    names = {
        path.relative_to(tmp_path / "out" / "nrml").as_posix() for path in (tmp_path / "out" / "nrml").rglob("*.xml")
    }
    assert {"curves/pgv_geometric_mean_2024_p10.xml", "maps/sa_0.2_2475_geometric_mean_2024_mean.xml"} <= names
    root = parsed((tmp_path / "out" / "nrml" / "spectra" / "475_geometric_mean_2024_mean.xml").read_text())
    values = {each.tag.rpartition("}")[2]: each.text for each in root.iter()}
    assert values["periods"] == "0 0.2"
    table = run.table("hazard_places").query("return_period_yr == 475").set_index("imt")["mean_g"]
    assert np.array(str(values["IMLs"]).split(), float) == pytest.approx(table[["PGA", "SA(0.2)"]], rel=1e-6)
    rate = run.grid("sites_pga")["rate"].sel(statistic="mean", component="geometric_mean").to_numpy().ravel()
    curve = parsed((tmp_path / "out" / "nrml" / "curves" / "pga_geometric_mean_2024_mean.xml").read_text())
    (poes,) = [each.text for each in curve.iter() if each.tag.endswith("poEs")]
    np.testing.assert_allclose(np.array(str(poes).split(), float), -np.expm1(-rate), rtol=1e-6, atol=1e-12)
    shutil.rmtree(run.path / "grids")
    with pytest.raises(InputError) as caught:
        exported.write(Source(run, (2024,), "en"), tmp_path)
    assert caught.value.code == "E702"


def test_the_system_of_an_area_lies_around_it() -> None:
    assert "+lat_0=47.50 +lon_0=11.25" in anywhere.around([11.2, 11.3], [47.4, 47.6])
