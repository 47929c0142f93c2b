"""What the columns of a run's tables mean: `datapackage.json` for programs, `tables/README.txt` for people.

Both are made from the words under `tables` and `columns` of the message catalogue. `datapackage.json` follows the
Frictionless Data Package (v1), with the unit of each field as an extra key, so that any CSV leads back to its run.
"""

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from mijnrisico import messages
from mijnrisico.messages import Language

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.core.run.question import Question

PACKAGE: Final = "datapackage.json"
README: Final[Mapping[Language, str]] = {"en": "tables/README.txt", "nl": "tables/LEESMIJ.txt"}
_TYPES: Final = {"i": "integer", "u": "integer", "f": "number", "b": "boolean", "M": "datetime"}
_UNITS: Final = {
    "_g": "g",
    "_bar": "bar",
    "_bcm": "10^9 Nm3",
    "_nm3": "Nm3",
    "_km": "km",
    "_km2": "km2",
    "_rd": "m",
    "_m": "m",
    "_cm": "cm",
    "_m3": "m3",
    "_mm": "mm",
    "_percent": "%",
    "_rate": "1/year",
    "_mm_per_year": "mm/year",
    "_per_year": "1/year",
    "_yr": "year",
    "lpr_mean": "1/year",
    "_share": "1",
    "population": "people",
    "above_1e-5": "people",
    "above_1e-4": "people",
}
_COUNTS: Final = ("buildings", "buildings_mean", "buildings_p10", "buildings_p50", "buildings_p90")
_ABOVE: Final = ("mean_above_1e-5", "p90_above_1e-5", "mean_above_1e-4")
_UNITS_OF: Final = {
    "event_rate": dict.fromkeys(("observed", "mean", "p10", "p50", "p90"), "1/year"),
    "pressure_mean": dict.fromkeys(("p02", "p98"), "bar"),
    "lpr_classes": dict.fromkeys(("p10", "p50", "p90"), "1/year"),
    "lpr_places": dict.fromkeys(("p10", "p50", "p90"), "1/year"),
    "buildings_above": {"level": "1/year"} | dict.fromkeys((*_COUNTS, "p90_above"), "buildings"),
    "building_ranking": {"lpr": "1/year"} | dict.fromkeys(_COUNTS, "buildings"),
    "building_classes": dict.fromkeys(("buildings", *_ABOVE), "buildings"),
    "buildings_postcodes": {"people": "people"} | dict.fromkeys(("buildings", *_ABOVE), "buildings"),
    "buildings_municipalities": {"people": "people"}
    | dict.fromkeys((*_COUNTS, "buildings_mean_1e-4", *_ABOVE), "buildings"),
    "buildings_branches": {"level": "1/year", "weight": "1"} | dict.fromkeys(_COUNTS, "buildings"),
    "risk_classes": {"buildings": "buildings", "people": "people"},
    "fn_curve": {"deaths": "people"} | dict.fromkeys(("p05", "p95"), "1/year"),
    "chance": dict.fromkeys(("chance", "p10", "p90"), "1"),
    "subsidence_objects": dict.fromkeys(
        (
            "tilt",
            "relative_rotation",
            "deflection_ratio",
            "strain_horizontal",
            "tensile_strain",
            "probability_exceeded",
        ),
        "1",
    ),
}


class Tables:
    """Remembers the types of the columns of the tables that were written, and describes them when the run is done."""

    def __init__(self) -> None:  # noqa: D107
        self._fields: dict[str, dict[str, str]] = {}

    def add(self, path: str, frame: "pd.DataFrame") -> None:
        """Keep name and type of each column of a table."""
        self._fields[path] = {str(name): _TYPES.get(dtype.kind, "string") for name, dtype in frame.dtypes.items()}

    def described(self, folder: Path, run_id: str, scenario: "Question") -> dict[str, str]:
        """Return the files that describe the tables, by path in the run folder; none for a run without tables."""
        if not self._fields:
            return {}
        titles: dict[Language, str] = {"en": scenario.title, "nl": scenario.title_nl}
        figures = sorted(path.relative_to(folder).as_posix() for path in folder.glob("figures/*.csv"))
        package = {
            "name": f"mijnrisico-{run_id}",
            "id": run_id,
            "title": scenario.title,
            "description": messages.text("datapackage.description", "en", run=run_id),
            "version": metadata.version("mijnrisico"),
            "resources": [
                *(_resource(path, fields) for path, fields in sorted(self._fields.items())),
                *({"name": _name(path), "path": path, "description": _figure(path, "en")} for path in figures),
            ],
        }
        written = {PACKAGE: json.dumps(package, indent=1, ensure_ascii=False) + "\n"}
        return written | {path: self._readme(run_id, titles[lang], lang) for lang, path in README.items()}

    def _readme(self, run_id: str, title: str, lang: Language) -> str:
        lines = [
            messages.text("sentences.from_run", lang, run=run_id, title=title),
            "",
            messages.text("datapackage.readme", lang, run=run_id),
        ]
        for path, fields in sorted(self._fields.items()):
            name = PurePosixPath(path).stem
            lines += ["", PurePosixPath(path).name, f"  {messages.label('tables', name, lang)}", ""]
            width = max(map(len, fields))
            lines += [f"  {column:<{width}}  {_column(name, column, lang)}" for column in fields]
        return "\n".join(lines) + "\n"


def description(table: str, column: str, lang: Language) -> str:
    """Return what a column means: as it is in this table, else as it is in any; "" where nobody wrote it."""
    of_each = f"{column.partition('_')[0]}_"  # a column for each activity: share_gas, share_salt
    for key in (f"columns.{table}.{column}", f"columns.{column}", f"columns.{table}.{of_each}"):
        if messages.has(key, lang):
            return messages.text(key, lang)
    return ""


def unit(table: str, column: str) -> str:
    """Return the unit of a column, "" for text and for what has its unit in a column of its own.

    >>> unit("hazard_places", "mean_g"), unit("lpr_places", "p10"), unit("summary", "value")
    ('g', '1/year', '')
    """
    special = _UNITS_OF.get(table, {})
    return special.get(column) or next((named for end, named in _UNITS.items() if column.endswith(end)), "")


def _column(table: str, column: str, lang: Language) -> str:
    measured = unit(table, column)
    return f"{description(table, column, lang)}{f' [{measured}]' if measured else ''}"


def _resource(path: str, fields: Mapping[str, str]) -> dict[str, Any]:
    name = PurePosixPath(path).stem
    described = [
        {"name": column, "type": kind, "description": description(name, column, "en")}
        | ({"unit": measured} if (measured := unit(name, column)) else {})
        for column, kind in fields.items()
    ]
    return {
        "name": _name(path),
        "path": path,
        "description": messages.label("tables", name, "en"),
        "format": "csv",
        "encoding": "utf-8",
        "schema": {"fields": described, "missingValues": [""]},
    }


def _name(path: str) -> str:
    return PurePosixPath(path).stem.lower().replace("_", "-")


def _figure(path: str, lang: Language) -> str:
    return messages.text("datapackage.figure", lang, figure=PurePosixPath(path).stem)
