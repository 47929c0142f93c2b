"""Whatever stands in a table: it is read as it was meant, or it is refused in words; nothing is guessed in silence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.core import table
from mijnrisico.core.scenario import production
from mijnrisico.core.table import notation
from mijnrisico.data.readers import crs, sites
from mijnrisico.errors import Problem

YEARS = range(2024, 2029)
CLUSTERS = ("BIR", "TUS", "ZND")
GOOD = b"year,cluster,volume_bcm\n2024,BIR,1.5\n2025,BIR,1.25\n2026,BIR,1\n2027,BIR,0.5\n2028,BIR,0\n"
PLACES = b"name;x_rd;y_rd\nA;245459,5;594583\nB;233410;582090\n"
PIECES = (b",", b";", b".", b'"', b"\n", b"\t", b"-", b"\r", b"\0", b"\xff", b"\xe9", b" ", b"'", b"#", b"=", b"e5")
PIECES += (b"1e30", b"NaN", b"45291", b"2024/25", b"sep=;", b"-9999", b"1.234", b"1 000", b"\xef\xbb\xbf")
FUZZ = settings(max_examples=400)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def said(problems: list[Problem]) -> None:
    """Every problem can be said in both languages, with all that its text quotes."""
    for problem in problems:
        assert problem.code in messages.codes()
        for lang in messages.LANGUAGES:
            for part in ("what", "why", "fix"):
                quoted = messages.parameters(messages.catalogue(lang)[f"errors.{problem.code}.{part}"])
                assert quoted <= problem.params.keys(), (problem, part)
            message = messages.describe(problem.code, problem.where, problem.params, lang)
            assert message.what
            assert message.fix


def read_production(path: Path) -> list[Problem]:
    volumes, problems = production.read(path, years=YEARS, clusters=CLUSTERS, largest_year_bcm=87.7)
    said(problems)
    wrong = any(problem.code.startswith("E") for problem in problems)
    assert wrong == (not volumes)
    assert all(np.isfinite(volume.volume_nm3) and volume.volume_nm3 >= 0 for volume in volumes)
    return problems


def read_places(path: Path) -> None:
    found, problems = sites.read(path)
    said(problems)
    assert bool(found) != any(problem.code.startswith("E") for problem in problems)
    assert all(crs.in_netherlands(site.x, site.y) for site in found)


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good table with a few bytes put in, taken out, or lines doubled and moved."""
    content = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(("put", "take", "double", "swap"))):
            case "put":
                content[place:place] = draw(st.sampled_from(PIECES))
            case "take":
                del content[place : place + draw(st.integers(1, 12))]
            case "double":
                lines = bytes(content).split(b"\n")
                lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(lines)))
                content = bytearray(b"\n".join(lines))
            case _:
                lines = bytes(content).split(b"\n")
                content = bytearray(b"\n".join(draw(st.permutations(lines))))
    return bytes(content)


@FUZZ
@given(content=mutated(GOOD) | mutated(GOOD.replace(b",", b";").replace(b".", b",")) | st.binary(max_size=200))
@example(content=b"")
@example(content=b"\xff\xfe")
@example(content=b"\xfe\xff\0")
@example(content=b"#\n#a,b\n")
@example(content=b"sep=;\n")
@example(content=b'year,cluster,volume_bcm\n2024,"field,1\n')
@example(content=b"year,cluster,volume_bcm\n" + "²024,BIR,¹\n".encode())
def test_no_table_of_volumes_makes_the_reader_fail(content: bytes, folder: Path) -> None:
    (folder / "any.csv").write_bytes(content)
    read_production(folder / "any.csv")


@FUZZ
@given(content=mutated(PLACES) | mutated(b"name,lon,lat\nA,6.7,53.3\nB,6.8,53.2\n") | st.binary(max_size=200))
def test_no_table_of_places_makes_the_reader_fail(content: bytes, folder: Path) -> None:
    (folder / "any.csv").write_bytes(content)
    read_places(folder / "any.csv")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Point", "a", "EPSG:28992", "x:CRS84"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "name", "crs", "id"]), inner
        )
    ),
    max_leaves=12,
)


@FUZZ
@given(features=st.lists(JSON, max_size=3), member=JSON)
@example(features=[{"geometry": {"type": "Point", "coordinates": [True, 53.3]}}], member=None)
@example(features=[{"geometry": {"type": "Point", "coordinates": [10**400, 53.3]}}], member=None)
@example(
    features=[{"geometry": {"type": "Point", "coordinates": [6.7, 53.3]}}], member={"properties": {"name": "EPSG:1"}}
)
def test_no_geojson_makes_the_reader_fail(features: list[Any], member: Any, folder: Path) -> None:
    text = json.dumps({"features": features, "crs": member})
    (folder / "any.geojson").write_text(text, encoding="utf-8")
    read_places(folder / "any.geojson")


NUMBERS = st.decimals(min_value=0, max_value=10**7, places=3).map(float)


@st.composite
def written(draw: st.DrawFn) -> tuple[list[float], bytes]:
    """Numbers, and a table in which a person or a program wrote them down."""
    values = draw(st.lists(NUMBERS, min_size=1, max_size=6))
    dutch = draw(st.booleans())
    thousands = draw(st.sampled_from(["", ".", " "] if dutch else ["", " "]))
    places = draw(st.integers(0, 3))
    values = [round(value, places) for value in values]
    cells = [f"{value:_.{places}f}".replace("_", "T").replace(".", "," if dutch else ".") for value in values]
    cells = [cell.replace("T", thousands) for cell in cells]
    delimiter = ";" if dutch else draw(st.sampled_from([",", "\t", ";"]))
    quote = '"' if draw(st.booleans()) else ""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    lines = [f"één{delimiter}value", *(f"x{delimiter}{quote}{cell}{quote}" for cell in cells)]
    return values, (end.join(lines) + end).encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])))


@FUZZ
@given(case=written())
def test_a_number_is_read_as_it_was_meant_or_refused(case: tuple[list[float], bytes], folder: Path) -> None:
    meant, content = case
    (folder / "any.csv").write_bytes(content)
    found = table.read(folder / "any.csv")
    assert isinstance(found, table.Table)
    values, problems = table.numbers(found, "value")
    said(problems)
    assert len(values) == len(meant)
    for value, wanted in zip(values, meant, strict=True):
        assert value is None or value == pytest.approx(wanted)
    if None in values:
        assert {problem.code for problem in problems} & {"E208", "E401", "E503"}


FAULTS = {
    "E401": "2024,BIR,",
    "E503": "2024,BIR,veel",
    "E210": "2024,BIR,-1",
    "E412": "2024,XXX,1",
    "E303": "2020,BIR,1",
    "E304": "2024/25,BIR,1",
    "E211": "2024,BIR,1,5",
    "E205": "2024,BIR,900",
}


@given(order=st.permutations(sorted(FAULTS)), count=st.integers(1, len(FAULTS)))
@example(order=["E205", "E210", *sorted(FAULTS.keys() - {"E205", "E210"})], count=2)
@example(order=["E304", *sorted(FAULTS.keys() - {"E304"})], count=1)
def test_one_fault_does_not_hide_another(folder: Path, order: list[str], count: int) -> None:
    chosen = order[:count]
    lines = ["year,cluster,volume_bcm", *(FAULTS[code] for code in chosen)]
    (folder / "faults.csv").write_text("\n".join(lines), encoding="utf-8")
    found = {problem.code for problem in read_production(folder / "faults.csv")}
    assert set(chosen) <= found
    assert "E302" in found  # and the years that no row is about


@settings(max_examples=200)
@given(
    points=st.lists(st.tuples(st.floats(), st.floats()), max_size=5),
    declared=st.sampled_from(["", "EPSG:28992", "EPSG:4326", "x"]),
)
@example(points=[(0.0, 1.8e305)], declared="")
def test_no_coordinates_make_the_check_fail(points: list[tuple[float, float]], declared: str) -> None:
    said(crs.check([x for x, _ in points], [y for _, y in points], declared, where="a.csv"))


@given(st.lists(st.text(max_size=12), max_size=5), st.booleans())
def test_no_cell_makes_a_number_of_what_is_none(cells: list[str], dutch: bool) -> None:
    for cell, number in zip(cells, notation.read(cells, dutch_table=dutch), strict=True):
        if isinstance(number, notation.Number):
            assert any(character.isdigit() for character in cell)
            assert np.isfinite(number.value)
