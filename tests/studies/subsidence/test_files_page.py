"""Every example of the page about files is read as it stands, and every column that a reader knows is on the page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mijnrisico.data.readers import gnss, insar, levelling, outline
from mijnrisico.studies.subsidence import files

PAGE = Path(__file__).parents[3] / "docs" / "do" / "subsidence_files.md"
EXAMPLES = dict(re.findall(r"^`(\w+)\.csv`\n\n```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE))
READ: dict[str, Callable[[Path], tuple[Any, Any]]] = {
    "outline": lambda path: (outline.read(path).polygon, outline.read(path).problems),
    "grid": lambda path: files.reservoir_grid(path, ""),
    "pressure": lambda path: files.series(path, ("pressure_bar",)),
    "production": lambda path: files.series(path, ("volume_nm3",)),
    "caverns": lambda path: files.caverns(path, ""),
    "volumes": lambda path: files.volumes(path, ("A1", "A2")),
    "cooling": lambda path: files.series(path, ("cold_volume_m3", "cooling_k"), rises="cold_volume_m3"),
    "levelling": lambda path: (levelling.read(path).rows, levelling.read(path).problems),
    "levelling_heights": lambda path: (levelling.read(path).rows, levelling.read(path).problems),
    "gnss": lambda path: (gnss.read(path).rows, gnss.read(path).problems),
    "insar": lambda path: (insar.read(path).rows, insar.read(path).problems),
    "objects": lambda path: files.objects(path, ""),
}


def test_every_file_has_an_example() -> None:
    assert set(EXAMPLES) == set(READ)


@pytest.mark.parametrize("name", READ)
def test_an_example_of_the_page_is_read_as_it_stands(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(EXAMPLES[name], encoding="utf-8")
    found, problems = READ[name](path)
    assert found is not None
    assert [problem.code for problem in problems] in ([], ["W208"])  # a Dutch table is said to be one


def test_signs_are_as_the_page_says(tmp_path: Path) -> None:
    for name, text in EXAMPLES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    rows = levelling.read(tmp_path / "levelling.csv").rows
    heights = levelling.read(tmp_path / "levelling_heights.csv").rows
    assert rows is not None
    assert heights is not None
    assert rows["value_m"].iloc[0] == pytest.approx(-0.0953)  # inside, up is positive
    assert heights["value_m"].iloc[0] == pytest.approx(-0.0953)


def test_every_column_of_a_header_is_explained() -> None:
    text = PAGE.read_text("utf-8")
    for name, example in EXAMPLES.items():
        for column in re.split("[;,]", example.splitlines()[0]):
            assert re.search(rf"^\|[^|]*`{column}`", text, re.MULTILINE), (name, column)
