"""Inputs in the format of PySub, made for these tests: three square fields, two caverns, numbers of our own."""

import copy
import json
from pathlib import Path

import openpyxl

NAN = float("nan")
SETTINGS = ("Cell size (m)", "Influence radius (m)", "Compaction model", "Subsidence model", "Start time", "End time")
RESERVOIR = (
    "Shapefile location",
    "Depth to basement (m)",
    "Poisson's ratio (-)",
    "Depth to reservoir (m)",
    "Reservoir thickness (m)",
    "Compaction coefficient (1/bar)",
    "Tau (s)",
    "Knothe angle (°)",
    "Reference stress rate (Pa/year)",
    "Average density above reservoir (kg/m³)",
    "Reference compaction coefficient (1/bar)",
    "b",
)
TWO_YEARS_S = 63_115_200

GAS = {
    "Model parameters": [["Model", *SETTINGS], ["Test", 100, 7000, "linear", "nucleus of strain", 1990, 2010]],
    "Reservoir parameters": [
        ["Reservoir name", *RESERVOIR],
        ["West", "shapes\\west.csv", 6000, 0.25, 3000, 50, 1.2e-5, TWO_YEARS_S, 45, 3e-4, 2400, 2.4e-5, 0.02],
        ["East", "..\\elsewhere\\east.csv", 6000, 0.25, 2500, 100, 1.0e-5, TWO_YEARS_S, 45, 3e-4, 2400, 2e-5, 0.02],
    ],
    "Pressure start-end": [["Reservoir name", "Start pressure (bar)", "End pressure (bar)", "Start time", "End time"]],
    "Pressure development": [["Reservoir name", 1990, 2000, 2010], ["West", 300, 200, 150], ["East", 280, 180, 180]],
    "Points": [["Point ID", "X", "Y"], ["S1", 222_500, 580_500]],
    "Observations": [
        ["Observation ID", "Time", "X", "Y", "Subsidence (m)", "Lower error (m)", "Upper error (m)"],
        ["S1", "1990-01-01", 222_500, 580_500, 0.001, 0.003, 0.003],
        ["S1", "2001-07-02 12:00:00", 222_500, 580_500, 0.021, 0.003, 0.005],
        ["S2", "1995-01-01", 230_500, 580_500, 0.0, 0.003, 0.003],
    ],
}
SALT = {
    "Model parameters": [["Model", *SETTINGS], ["Salt", 50, 5000, None, "nucleus of strain", None, None]],
    "Cavern parameters": [
        ["Cavern", "X", "Y", "Depth (m)", "Length (m)", "Depth to basement (m)", "Poisson's ratio (-)",
         "Knothe angle (°)", "Depth to basement moved (m)", "Viscous tau (s)"],
        ["C1", 225_000, 585_000, 1500, 300, 6000, 0.25, None, None, None],
        ["C2", 225_400, 585_000, 1600, 200, 6000, 0.25, None, None, None],
    ],
    "Volume change development": [["Cavern", "2000-01-01", "2001-01-01", "2002-01-01"], ["C1", 0, 1000, 500],
                                  ["C2", 200, 300, 400]],
    "Points": [["Point ID", "X", "Y"]],
    "Observations": [["Observation ID", "Time", "X", "Y", "Subsidence (m)", "Lower error (m)", "Upper error (m)"]],
}  # fmt: skip
_PARTS = ("Shapefile location", "Depth to basement", "Poisson's ratio", "Depth to reservoir", "Reservoir thickness",
          "Compaction coefficient")  # fmt: skip
BUCKETS = {
    "Model parameters": [["Model", *SETTINGS], ["West", 100, 7000, "linear", "nucleus of strain", 1990, 2010]],
    "Reservoir parameters": [
        ["Version", *RESERVOIR],
        ["Min", "west.csv", 5000, 0.2, 2900, 80, 1.0e-5, None, None, None, None, None, None],
        ["Mid", "west.csv", 6000, 0.25, 3000, 100, 1.2e-5, None, None, None, None, None, None],
        ["Max", "west.csv", 7000, 0.3, 3100, 120, 1.4e-5, None, None, None, None, None, None],
    ],
    "Reservoir parameter probability": [
        ["Version", *(f"{part} probability (factor)" for part in _PARTS)],
        ["Min", 0.0, 0.25, 0.5, 0.25, 0.25, 0.25],
        ["Mid", 1.0, 0.5, 0.5, 0.5, 0.5, 0.5],
        ["Max", 0.0, 0.25, 0.0, 0.25, 0.25, 0.25],
    ],
    "Pressure development": [["Version", 1990, 2010], ["Min", 300, 250], ["Mid", 300, 200], ["Max", 300, 150]],
    "Pressure profile probability": [["Version", "Probability"], ["Min", 0.25], ["Mid", 0.5], ["Max", 0.25]],
}


def changed(sheets: dict, sheet: str, row: int, head: str, value: object) -> dict:
    """The sheets with one other cell; row 1 is the first below the heads."""
    other = copy.deepcopy(sheets)
    other[sheet][row][other[sheet][0].index(head)] = value
    return other


def outline(path: Path, x: float, y: float, *, side: float = 4000.0, dutch: bool = True) -> None:
    """A square as a polygon in CSV, the Dutch way (semicolon, decimal comma) or the international one."""
    corners = ((x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y))
    mark, point = (";", ",") if dutch else (",", ".")
    lines = [f"X{mark}Y", *(mark.join(f"{value:.1f}".replace(".", point) for value in one) for one in corners)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def outlines(folder: Path) -> None:
    """West where the input says it is, East only beside the input; both squares of 4 km."""
    outline(folder / "shapes" / "west.csv", 220_000.0, 578_000.0)
    outline(folder / "west.csv", 220_000.0, 578_000.0)
    outline(folder / "east.csv", 228_000.0, 578_000.0, dutch=False)


def workbook(path: Path, sheets: dict) -> Path:
    """The sheets as .xlsx."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def as_json(path: Path, sheets: dict, *, encoding: str = "utf-8", ascii_only: bool = False) -> Path:
    """The sheets as PySub writes them to JSON: by column, then by row; observations by number."""
    tree = {}
    for name, (heads, *rows) in sheets.items():
        labels = [str(row[0]) for row in rows]
        columns = list(heads)[1:]
        if name == "Observations":
            labels, columns = [str(number) for number in range(len(rows))], list(heads)
        first = len(heads) - len(columns)
        tree[name] = {
            str(head): {
                label: NAN if row[k + first] is None else row[k + first]
                for label, row in zip(labels, rows, strict=True)
            }
            for k, head in enumerate(columns)
        } if rows else {}  # fmt: skip
    path.write_text(json.dumps(tree, indent=4, ensure_ascii=ascii_only), encoding=encoding)
    return path
