"""Scenario files: what is read, what is refused, and in which words."""

from pathlib import Path

import pytest

from mijnrisico import messages
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.scenario import Known
from mijnrisico.errors import InputError, Problem

BAD = Path(__file__).parent / "bad_input"
CLASSES = ("URM1F_B", "URM3L", "URM4L", "URM8L", "RC1L")
KNOWN = Known(clusters=frozenset({"BIR", "TUS", "ZND"}), vulnerability_classes={"TNO2020": CLASSES})


def words(problem: Problem, lang: messages.Language) -> str:
    message = messages.describe(problem.code, problem.where, problem.params, lang)
    return " | ".join((message.code, message.where, message.what, message.why, message.fix))


@pytest.mark.parametrize(
    ("file", "code", "where", "dutch", "english"),
    [
        ("E101.toml", "E101", "E101.toml:3", "lijkt: production.csv", "Nearest name there: production.csv"),
        ("E205.toml", "E205", "E205.csv [volume_bcm]", "4200 × 10⁹ Nm³ in 2024", "4200 × 10⁹ Nm³ in 2024"),
        ("E208_two_ways.toml", "E208", "E208_two_ways.csv:2", "'1.234' (:2)", "without a thousands separator"),
        (
            "E302.toml",
            "E302",
            "E302.csv",
            "ontbreken perioden: 2027–2028",
            "missing in the production scenario of field: 2027–2028",
        ),
        ("E501.toml", "E501", "E501.toml:3:14", "Regel 3, kolom 14", "Line 3, column 14"),
        (
            "E502.toml",
            "E502",
            "E502.toml:3",
            "Bedoelde u  hazard.return_periods",
            "Did you mean  hazard.return_periods",
        ),
        ("E503.toml", "E503", "E503.toml:3", "Verwacht: een getal", "For example:  return_periods = [475, 2475]"),
        ("E504.toml", "E504", "E504.toml:3", "tellen niet op tot 1 maar tot 0,95", "do not sum to 1 but to 0.95"),
        (
            "E507.toml",
            "E507",
            "E507.csv",
            "Gevonden: jaar, cluster, druk",
            "Needed: year or month, cluster, volume_bcm",
        ),
    ],
)
def test_each_error_names_its_place_and_its_remedy_in_both_languages(
    file: str, code: str, where: str, dutch: str, english: str
) -> None:
    checked = scenarios.read(BAD / file)
    assert checked.scenario is None
    assert [problem.code for problem in checked.errors] == [code]
    problem = checked.errors[0]
    assert problem.where.startswith(where)
    assert dutch in words(problem, "nl")
    assert english in words(problem, "en")


def test_a_toml_slip_is_shown_with_a_caret_under_the_spot() -> None:
    (problem,) = scenarios.read(BAD / "E501.toml").errors
    line, caret = str(problem.params["caret"]).splitlines()[1:]
    assert line == "threshold = 0,05"
    assert line[caret.index("^")] == ","


def test_a_dutch_table_is_read_with_a_warning() -> None:
    checked = scenarios.read(BAD / "E208.toml")
    assert checked.scenario is not None
    assert [problem.code for problem in checked.warnings] == ["W208"]
    assert "decimale komma" in words(checked.warnings[0], "nl")
    assert checked.scenario.volumes()["volume_nm3"].sum() == pytest.approx(2.25e9)


def test_a_dot_is_a_thousands_separator_where_a_comma_beside_it_marks_decimals(tmp_path: Path) -> None:
    checked = with_table(tmp_path, "year;cluster;volume_nm3\n2024;field;1.234\n2025;field;2.500,5\n")
    assert checked.scenario is not None
    assert checked.scenario.volumes()["volume_nm3"].sum() == pytest.approx(1234 + 2500.5)


def test_all_problems_of_a_file_are_found_in_one_pass(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").write_text("year,cluster,volume_bcm\n2024,field,1\n2026,field,-1\n2026,XXX,x\n")
    (tmp_path / "bad.toml").write_text(
        """
seeds = 1
[time]
years = 4
kind = "gas_year"
[hazard]
cell = -1
return_period = [475]
[source]
until = "1990-01-01"
mmax = { values = [4.0, 5.0], weights = [0.5, 0.4] }
[risk]
shown = ["URM33"]
[inputs.scenario]
file = "volumes.csv"
[inputs.catalogue]
file = "x"
"""
    )
    errors = scenarios.read(tmp_path / "bad.toml", ["hazard.threshold=0", "nonsense"], KNOWN).errors
    found = {(problem.code, problem.where.split(" ")[-1].strip("[]")) for problem in errors}
    assert {
        ("E502", "seeds"),
        ("E503", "title"),
        ("E304", "time.kind"),
        ("E503", "hazard.cell"),
        ("E502", "hazard.return_period"),
        ("E503", "source.until"),
        ("E504", "source.mmax"),
        ("E412", "risk.shown"),
        ("E101", "inputs.catalogue.file"),
        ("E503", "hazard.threshold"),
        ("E503", "nonsense"),
    } <= found
    assert {path.name for path in tmp_path.iterdir()} == {"bad.toml", "volumes.csv"}


def test_all_problems_of_a_table_are_found_in_one_pass(tmp_path: Path) -> None:
    rows = ("2020,BIR,1", "2024,BIR,1", "2024,BIR,2", "2025,BIR,-1", "20x6,BIR,1", "2026,BYR,x", "2024,TUS,99")
    table = "\n".join(("year,cluster,volume_bcm", *rows))
    checked = with_table(tmp_path, table, years=3)
    assert {problem.code for problem in checked.errors} >= {"E303", "E301", "E210", "E503", "E412", "E205"}
    (unknown,) = (problem for problem in checked.errors if problem.code == "E412")
    assert unknown.params["nearest"] == "BIR"


def test_a_gap_in_one_cluster_is_a_gap_although_another_has_the_year(tmp_path: Path) -> None:
    checked = with_table(tmp_path, "year,cluster,volume_bcm\n2024,BIR,1\n2025,BIR,1\n2024,TUS,1\n")
    assert [(p.code, p.params["cluster"], p.params["missing"]) for p in checked.errors] == [("E302", "TUS", ("2025",))]


def test_months_that_are_missing_are_named(tmp_path: Path) -> None:
    months = "".join(f"2024-{m:02d},BIR,1\n" for m in (1, 2, 3, 7, 8, 9, 10, 11))
    checked = with_table(tmp_path, f"month,cluster,volume_nm3\n{months}", years=1)
    assert checked.errors[0].params["missing"] == ("2024-04–2024-06", "2024-12")


def test_a_gap_is_filled_with_zero_or_by_interpolation_when_asked(tmp_path: Path) -> None:
    table = "year,cluster,volume_bcm\n2024,BIR,1\n2026,BIR,3\n"
    for fill, expected in (("zero", 0.0), ("linear", 2.0)):
        checked = with_table(tmp_path, table, years=3, fill=fill)
        assert checked.scenario is not None
        volumes = checked.scenario.volumes()
        in_2025 = volumes[volumes["month"].str.startswith("2025")]["volume_nm3"].sum()
        assert in_2025 == pytest.approx(expected * 1e9)


def test_interpolation_never_goes_beyond_the_last_row(tmp_path: Path) -> None:
    checked = with_table(tmp_path, "year,cluster,volume_bcm\n2024,BIR,1\n2026,BIR,3\n", years=4, fill="linear")
    assert checked.errors[0].params["missing"] == ("2027",)


def test_a_volume_of_a_year_is_spread_over_its_days(tmp_path: Path) -> None:
    checked = with_table(tmp_path, "year,cluster,volume_nm3\n2024,BIR,366\n", years=1)
    assert checked.scenario is not None
    volumes = checked.scenario.volumes()
    assert volumes["volume_nm3"].tolist() == pytest.approx([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def test_a_spreadsheet_is_refused_as_table(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('title = "x"\n[inputs.scenario]\nfile = "a.csv"\n')
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04\x00\x00")
    assert [problem.code for problem in scenarios.read(tmp_path / "a.toml").errors] == ["E209"]


def test_the_packaged_scenario_is_in_order_and_holds_every_key() -> None:
    checked = scenarios.read("groningen")
    assert checked.errors == checked.warnings == ()
    assert checked.scenario is not None
    assert checked.scenario.years == tuple(range(2024, 2036))
    assert checked.scenario.deviations() == ()
    assert checked.scenario.volumes().empty


def test_a_scenario_written_out_asks_the_same_question(tmp_path: Path) -> None:
    overrides = ["hazard.cell=2000", 'title="a \\"b\\" é"', "risk.mix={URM3L=1}"]
    original = scenarios.load("groningen", overrides)
    (tmp_path / "again.toml").write_text(original.toml(), encoding="utf-8")
    again = scenarios.load(tmp_path / "again.toml")
    assert again.digest() == original.digest()
    assert again.deviations() == original.deviations() == ("title", "title_nl", "hazard.cell", "risk.mix")


def test_the_question_does_not_depend_on_names_of_files_or_the_machine(tmp_path: Path) -> None:
    rows = "year,cluster,volume_bcm\n2024,field,1.5\n2025,field,0.75\n"
    one = with_table(tmp_path, rows, name="one.csv").scenario
    two = with_table(tmp_path, rows.replace(",", ";").replace(".", ","), name="two.csv").scenario
    assert one is not None
    assert two is not None
    assert one.digest() == two.digest()
    assert one.digest() != scenarios.load("groningen", ["time.years=2", "title=t"]).digest()
    assert scenarios.load("groningen", ["compute.memory_limit=3"]).digest() == scenarios.load("groningen").digest()
    assert scenarios.load("groningen", ["seed=1"]).digest() != scenarios.load("groningen").digest()


def test_a_file_that_is_not_there_suggests_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scenarios.load("groningn")
    assert caught.value.code == "E101"
    assert caught.value.problems[0].params["nearest"] == "groningen"


def test_a_day_may_stand_with_or_without_quotes() -> None:
    one, two = (scenarios.load("groningen", [f"source.until={day}"]) for day in ('"2023-01-01"', "2023-01-01"))
    assert one.source.until == two.source.until
    assert one.digest() == two.digest()


def with_table(
    folder: Path, rows: str, *, years: int = 2, fill: str = "error", name: str = "volumes.csv"
) -> scenarios.Checked:
    (folder / name).write_text(rows, encoding="utf-8")
    text = f'title = "t"\n[time]\nyears = {years}\n[inputs.scenario]\nfile = "{name}"\nfill = "{fill}"\n'
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return scenarios.read(folder / "scenario.toml", known=KNOWN)


def write(folder: Path, **texts: str) -> Path:
    """Write files by the name before `.toml`; return the first."""
    for name, content in texts.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder / f"{next(iter(texts))}.toml"


def test_a_file_that_extends_another_states_only_what_differs(tmp_path: Path) -> None:
    base = 'title = "Base"\ntitle_nl = "Basis"\n[hazard]\ncell = 2000\n[source.mmax]\nvalues = [4.0]\nweights = [1]\n'
    child = 'extends = "base.toml"\ntitle = "Child"\n[hazard]\nmargin = 1000\n'
    scenario = scenarios.load(write(tmp_path, child=child, base=base))
    assert (scenario.hazard.cell, scenario.hazard.margin, scenario.source.mmax.tree) == (2000, 1000, {4.0: 1})
    assert (scenario.title, scenario.title_nl) == ("Child", "Child")
    flat = base.replace('title_nl = "Basis"', "").replace("Base", "Child").replace("2000", "2000\nmargin = 1000")
    assert scenario.digest() == scenarios.load(write(tmp_path, flat=flat)).digest()


def test_a_file_named_in_the_base_is_looked_for_beside_the_base(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for folder, volume in ((tmp_path, 1), (tmp_path / "deep", 2)):
        rows = "".join(f"{year},field,{volume}\n" for year in (2024, 2025))
        (folder / "volumes.csv").write_text(f"year,cluster,volume_bcm\n{rows}")
    own = '[inputs]\nscenario = "volumes.csv"\n'
    write(tmp_path / "deep", base=f'title = "t"\n[time]\nyears = 2\n{own}')
    for child, bcm in (("", 4), (own, 2)):
        scenario = scenarios.load(write(tmp_path, child=f'extends = "deep/base.toml"\n{child}'))
        assert scenario.volumes()["volume_nm3"].sum() == pytest.approx(bcm * 1e9)


def test_what_is_wrong_in_the_base_is_shown_in_the_base(tmp_path: Path) -> None:
    base = 'title = "t"\n[hazard]\ncell = -1\nmargin = -1\n'
    errors = scenarios.read(write(tmp_path, child='extends = "base.toml"\n[hazard]\nmargin = -2\n', base=base)).errors
    assert [problem.where for problem in errors] == ["base.toml:3 [hazard.cell]", "child.toml:3 [hazard.margin]"]


def test_the_settings_that_are_in_order_stand_beside_those_that_are_not(tmp_path: Path) -> None:
    text = '[hazard]\ncell = -1\n[inputs]\ncatalogue = "events.csv"\npressure = "p.csv"\n'
    for name in ("events.csv", "p.csv"):
        (tmp_path / name).write_text("x\n")
    checked = scenarios.read(write(tmp_path, bad=text))
    assert checked.scenario is None
    assert checked.inputs is not None
    assert checked.inputs.catalogue.file == "events.csv"
    assert checked.inputs.pressure.file == "", "its unit is missing, so nothing can be said of its values"
    assert checked.input_files == {"catalogue": tmp_path / "events.csv"}
    assert checked.time is not None
    assert checked.source is not None


def test_the_contents_of_a_file_belong_to_the_question_and_its_name_does_not(tmp_path: Path) -> None:
    digests = []
    for name, content in (("a.csv", "time\n"), ("b.csv", "time\n"), ("b.csv", "tijd\n")):
        (tmp_path / name).write_text(content)
        digests.append(scenarios.load(write(tmp_path, s=f'title = "t"\n[inputs]\ncatalogue = "{name}"\n')).digest())
    assert digests[0] == digests[1] != digests[2]
    dated = scenarios.load(write(tmp_path, s='title = "t"\n[inputs.catalogue]\nfile = "b.csv"\ntime_zone = "CET"\n'))
    assert dated.digest() != digests[2]


def test_a_scenario_with_other_settings_is_checked_again(tmp_path: Path) -> None:
    (tmp_path / "volumes.csv").write_text("year,cluster,volume_bcm\n2024,field,1\n2025,field,1\n")
    (tmp_path / "other.csv").write_text("year,cluster,volume_bcm\n2024,field,3\n2025,field,1\n")
    text = 'title = "t"\n[time]\nyears = 2\n[inputs]\nscenario = "volumes.csv"\n'
    scenario = scenarios.load(write(tmp_path, s=text), known=KNOWN)
    other = scenario.replace({"scenario.file": str(tmp_path / "other.csv"), "hazard.cell": 2000, "title": "u"})
    assert other.volumes()["volume_nm3"].sum() == pytest.approx(4e9)
    assert (other.hazard.cell, other.title, other.title_nl) == (2000, "u", "u")
    assert (scenario.hazard.cell, scenario.title) == (1000, "t")
    assert scenario.replace({}).digest() == scenario.digest()
    with pytest.raises(InputError) as caught:
        scenario.replace({"hazard.cell": -1, "risk.shown": ["XXX"], "time.years": 3})
    assert {problem.code for problem in caught.value.problems} == {"E503", "E412", "E302"}
    assert "replace hazard.cell" in {problem.where for problem in caught.value.problems}


def test_a_file_from_notepad_is_read_whatever_its_unicode(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "s.toml").write_bytes('title = "Één"\r\n'.encode(encoding))
        assert scenarios.load(tmp_path / "s.toml").title == "Één"


def test_the_unit_that_brings_a_threshold_near_the_rule_is_the_one_meant() -> None:
    for value, unit in ((5, "% g"), (49, "cm/s²"), (4.9, "% g")):
        (found,) = scenarios.read("groningen", [f"hazard.threshold={value}"]).errors
        assert (found.code, found.params["unit"]) == ("E204", unit)


def test_a_measure_is_named_in_one_way_only() -> None:
    for good in ("PGA", "PGV", "SA(0.3)", "SA(1)", "SA(0.01)", "SA(10)", "SA(2.5)"):
        assert scenarios.template("groningen", [f'hazard.measures=["{good}"]']).hazard.measures == (good,)
    for wrong in ("pga", "SA(0.30)", "SA(.3)", "SA(0)", "SA(0.3", "SA(01)", "SA(1.0)"):
        (found,) = scenarios.read("groningen", [f'hazard.measures=["{wrong}"]']).errors
        assert found.code == "E503"
        assert "SA(0.3)" in words(found, "nl")


def test_a_table_of_sites_is_named_at_the_top_and_looked_for_like_any_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "sites.csv").write_text("name\n")
    for text in ('sites = "deep/sites.csv"\ntitle = "t"\n', 'title = "t"\n[sites]\nfile = "deep/sites.csv"\n'):
        scenario = scenarios.load(write(tmp_path, s=text))
        assert scenario.input_files == {"sites": tmp_path / "deep" / "sites.csv"}
        (tmp_path / "again.toml").write_text(scenario.toml({"sites": "deep/sites.csv"}), encoding="utf-8")
        assert scenarios.load(tmp_path / "again.toml").digest() == scenario.digest()
        assert scenario.replace({"sites.file": ""}).input_files == {}
    plain = scenarios.load(write(tmp_path, s='title = "t"\n'))
    assert plain.digest() != scenario.digest()
    assert [p.code for p in scenarios.read(write(tmp_path, s='title = "t"\nsites = "gone.csv"\n')).errors] == ["E101"]


def test_a_forecast_longer_than_the_fit_is_answered_with_a_warning() -> None:
    assert scenarios.read("groningen", ["time.years=29"]).warnings == ()
    (warning,) = scenarios.load("groningen", ["time.years=30"]).warnings
    assert warning.code == "W606"
    assert "2053" in words(warning, "nl")


def test_every_slip_on_a_line_of_its_own_is_found_in_one_pass(tmp_path: Path) -> None:
    text = "title = A\n[time]\nyears = 3 years\n[hazard]\nthreshold = 0,1\nreturn_periods = [475\n[risk]\nmodel = V7\n"
    errors = scenarios.read(write(tmp_path, s=text)).errors
    assert [problem.params["line"] for problem in errors] == [1, 3, 5, 7]
    assert "return_periods = [475" in text.splitlines()[errors[-1].params["line"] - 2]


def test_the_return_period_of_the_rule_comes_first_and_may_not_be_left_out() -> None:
    scenario = scenarios.template("groningen", ["hazard.return_periods=[95, 475, 2475]"])
    assert scenario.hazard.periods == (475.0, 95.0, 2475.0)
    refused = scenarios.read("groningen", ["hazard.return_periods=[95, 2475]"]).errors
    assert [problem.code for problem in refused] == ["E503"]
    assert refused[0].params["expected"].params["period"] == "475"
