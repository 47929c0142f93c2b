"""Tables of users: encodings, notations, names of columns, and what is said about each."""

from pathlib import Path

import pytest

from mijnrisico import messages
from mijnrisico.core import table
from mijnrisico.core.table import columns, notation
from mijnrisico.errors import Problem

NEEDED = (("year", "month"), ("cluster",), ("volume_bcm", "volume_nm3"))


def reading(folder: Path, content: str | bytes, names: dict[str, str] | None = None) -> table.Table | Problem:
    path = folder / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table.read(path, names)


def good(found: table.Table | Problem) -> table.Table:
    assert isinstance(found, table.Table)
    return found


def refused(found: table.Table | Problem) -> str:
    assert isinstance(found, Problem)
    return f"{found.code} {found.where}"


TEXT = "naam,waarde\ncafé,1\n"


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (TEXT.encode(), []),
        (TEXT.encode("utf-8-sig"), []),
        (TEXT.replace("\n", "\r\n").encode(), []),
        (TEXT.replace("\n", "\r").encode(), []),
        (TEXT.encode("cp1252"), ["W209"]),
        (TEXT.encode("utf-16"), ["W209"]),
        (TEXT.replace(",", ";").encode(), []),
        (TEXT.replace(",", "\t").encode(), []),
        (f"sep=;\n{TEXT}".replace(",", ";").encode(), []),
        (f"# made by hand\n\n{TEXT}".encode(), []),
        (TEXT.replace("café", '"café"').encode(), []),
        (f"{TEXT},\n,\n\n".encode(), []),
        (TEXT.replace("\n", ",,\n").encode(), []),
    ],
)
def test_the_same_table_is_read_from_every_program(tmp_path: Path, content: bytes, codes: list[str]) -> None:
    found = good(reading(tmp_path, content))
    assert [row.cells["naam"] for row in found.rows] == ["café"]
    assert table.numbers(found, "waarde") == ([1.0], [])
    assert [problem.code for problem in found.problems] == codes


def test_what_was_assumed_about_the_encoding_is_shown_with_the_first_word(tmp_path: Path) -> None:
    (problem,) = good(reading(tmp_path, "a,b\n1,2\nx,crème brûlée\n".encode("cp1252"))).problems
    assert problem.where == "a.csv:3"
    assert "crème" in messages.describe(problem.code, problem.where, problem.params, "nl").what


def test_a_header_behind_the_comment_sign_is_a_header(tmp_path: Path) -> None:
    found = good(reading(tmp_path, "#EventID|Time|Magnitude\nknmi1|2012-08-16|3.6\n"))
    assert found.columns == ("eventid", "time", "magnitude")
    assert (found.rows[0].line, found.rows[0].cells["magnitude"]) == (2, "3.6")


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    found = good(reading(tmp_path, '# note\nname,remark\nA,"two\nlines"\n\nB,\n'))
    assert [(row.line, row.cells["name"]) for row in found.rows] == [(3, "A"), (6, "B")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04...", "E209 a.csv"),
        (b"\xd0\xcf\x11\xe0...", "E209 a.csv"),
        (b"%PDF-1.7", "E209 a.csv"),
        (b"SQLite format 3\0", "E209 a.csv"),
        (b"CDF\x01", "E209 a.csv"),
        (b"a,b\n\0,1\n", "E209 a.csv"),
        (b"a,b\n\x81,1\n", "E209 a.csv"),
        (b"\xff\xfea", "E209 a.csv"),
        (b"  <?xml version='1.0'?>", "E209 a.csv"),
        (b"", "E507 a.csv"),
        (b"\n , \n", "E507 a.csv"),
        (b'a,b\n1,2\n"x,1\n', "E213 a.csv:3"),
    ],
)
def test_what_is_no_table_is_refused_for_what_it_is(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(reading(tmp_path, content)) == code


def test_a_file_that_another_program_holds_is_refused_in_words(tmp_path: Path) -> None:
    assert refused(table.read(tmp_path)) == f"E209 {tmp_path.name}"


@pytest.mark.parametrize(
    ("cells", "dutch", "expected"),
    [
        (["1.5", "2"], False, [1.5, 2.0]),
        (["1,5", "2"], True, [1.5, 2.0]),
        (["1.234"], False, [1.234]),
        (["1.234"], True, ["ambiguous"]),
        (["850,5", "1.234"], False, [850.5, 1234.0]),
        (["850,5", "1,234"], False, [850.5, 1.234]),
        (["850,5", "1.234", "12.5"], False, [850.5, "ambiguous", 12.5]),
        (["850,5", "1.234", "12.5"], True, [850.5, "ambiguous", 12.5]),
        (["850,5", "1.234.567"], False, [850.5, 1234567.0]),
        (["1.234", "2,5"], True, [1234.0, 2.5]),
        (["1.234", "2.5"], True, [1.234, 2.5]),
        (["1.234.567"], True, [1234567.0]),
        (["3.000.000.000"], False, [3e9]),
        (["3,000,000"], True, [3e6]),
        (["3.000.000", "1.234"], True, [3e6, 1234.0]),
        (["1,234"], False, ["ambiguous"]),
        (["0,021", "-0,025"], False, [0.021, -0.025]),
        (["0,021", "1,250"], False, [0.021, 1.25]),
        (["0.021", "0.125"], True, [0.021, 0.125]),
        (["0.021", "1.250"], True, [0.021, 1.25]),
        (["1,5"], False, [1.5]),
        (["1 234,5", "1\u00a0234", "1\u202f234.5"], True, [1234.5, 1234.0, 1234.5]),
        (["'12", "=12", "\u221212", "+1e3", "1,5E3"], True, [12.0, 12.0, -12.0, 1000.0, 1500.0]),
        (["", "NaN", "#N/B", "-9999", "-999,25", "1e30", "9.96921e+36", "-3.4e38", "inf", "-"], True, ["missing"] * 10),
        (["1 2", "12 bcm", "1.2.3", "0x10", "1_000", "½", "1;2"], True, ["unreadable"] * 7),
    ],
)
def test_a_number_is_read_where_only_one_reading_is_possible(
    cells: list[str], dutch: bool, expected: list[float | str]
) -> None:
    found = notation.read(cells, dutch_table=dutch)
    assert [cell.value if isinstance(cell, notation.Number) else cell for cell in found] == expected


@pytest.mark.parametrize("mark", ["\t", "|", ";"])
def test_a_thousands_dot_beside_decimal_commas_means_the_same_in_every_table(tmp_path: Path, mark: str) -> None:
    found = good(reading(tmp_path, "name;v\na;850,5\nb;1.234\n".replace(";", mark)))
    values, problems = table.numbers(found, "v")
    assert values == [850.5, 1234.0]
    assert [problem.code for problem in problems] == ["W208"]


def test_each_kind_of_bad_cell_is_reported_once_with_all_its_rows(tmp_path: Path) -> None:
    found = good(reading(tmp_path, "v;w\n1.234;a\nx;a\n;a\ny;a\n-9999;a\n"))
    values, problems = table.numbers(found, "v")
    assert values == [None] * 5
    assert {problem.code: problem.params["got"] for problem in problems} == {
        "E208": ("'1.234' (:2)",),
        "E503": ("'x' (:3)", "'y' (:5)"),
        "E401": ("'' (:4)", "'-9999' (:6)"),
    }


def test_columns_that_stand_there_twice_matter_only_when_they_are_needed(tmp_path: Path) -> None:
    found = good(reading(tmp_path, "year,note,note,cluster,volume_bcm\n2024,a,b,field,1\n"))
    assert found.repeated == ("note",)
    assert table.missing_columns(found, NEEDED) == []
    found = good(reading(tmp_path, "year,Year,cluster,volume_bcm\n2024,2025,field,1\n"))
    assert [problem.code for problem in table.missing_columns(found, NEEDED)] == ["E212"]


def test_a_column_keeps_its_own_name_when_the_scenario_says_so(tmp_path: Path) -> None:
    names = {"year": "Jaar", "cluster": "veld", "volume_bcm": "mrd Nm3"}
    found = good(reading(tmp_path, "jaar;Veld;Mrd Nm3\n2024;field;1,5\n", names))
    assert table.missing_columns(found, NEEDED) == []
    assert table.numbers(found, "volume_bcm")[0] == [1.5]


def test_the_name_that_was_said_goes_before_one_that_stands_there(tmp_path: Path) -> None:
    found = good(reading(tmp_path, "year,gas_year\n2024,2025\n", {"year": "gas_year"}))
    assert found.rows[0].cells["year"] == "2025"
    swapped = good(reading(tmp_path, "lon,lat\n53.3,6.7\n", {"lon": "lat", "lat": "lon"}))
    assert swapped.rows[0].cells == {"lon": "6.7", "lat": "53.3"}


def test_a_name_that_the_file_does_not_have_is_mended(tmp_path: Path) -> None:
    found = reading(tmp_path, "jaar,x\n2024,1\n", {"year": "jaren"})
    assert isinstance(found, Problem)
    assert 'columns = { year = "jaar" }' in messages.describe("E507", "", found.params, "en").fix


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("jaar", "cluster", "volume_bcm"), {"year": "jaar"}),
        (("maand", "clusternaam", "nm3"), {"month": "maand", "cluster": "clusternaam", "volume_nm3": "nm3"}),
        (("Year ", "cluster", "volume (bcm)"), {"year": "Year ", "volume_bcm": "volume (bcm)"}),
        (("a", "b"), {}),
    ],
)
def test_names_that_were_probably_meant_are_suggested(header: tuple[str, ...], expected: dict[str, str]) -> None:
    assert columns.suggestion(NEEDED, header) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [("BYR", ("TBR", "BIR", "ZND"), "BIR"), ("bir", ("BIR",), "BIR"), ("Loppersm", ("Loppersum",), "Loppersum")],
)
def test_the_nearest_name_is_the_one_that_looks_most_alike(name: str, known: tuple[str, ...], expected: str) -> None:
    assert columns.nearest(name, known) == expected


def test_a_name_that_looks_like_nothing_gets_no_suggestion(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("")
    (tmp_path / "volumes.csv").write_text("")
    for name, expected in (("volume.csv", "volumes.csv"), ("volumes.cvs", "volumes.csv"), ("gas.csv", "none that")):
        problem = table.find(name, tmp_path, "scenario.toml")
        assert isinstance(problem, Problem)
        message = messages.describe(problem.code, problem.where, problem.params, "en")
        assert expected in message.fix
        assert str(tmp_path) in message.why


@pytest.mark.parametrize(
    "name", ["a" * 300, "a\0b", "/proc/self/mem/x", "../../../..", "~", "https://example.org/a.csv"]
)
def test_no_name_of_a_file_makes_the_search_fail(tmp_path: Path, name: str) -> None:
    assert isinstance(table.find(name, tmp_path, "here"), Problem)
