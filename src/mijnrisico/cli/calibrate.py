"""`mijnrisico calibrate`: parameters found again from the embedded data."""

import csv
from dataclasses import fields
from importlib import resources
from typing import Annotated, Literal

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.messages import Language


def calibrate_pressure(
    *,
    cell: Annotated[Literal[1000, 500], option("cell", "--cell")] = 1000,
    until: Annotated[int | None, option("until", "--until")] = None,
    common: Common = COMMON,
) -> int:
    """Fit the gas-flow model to the static pressures."""
    from mijnrisico.subsurface import gas_flow

    lang = common.language
    display = show.display(lang, quiet=common.quiet, no_color=common.no_color)
    with display.stage("calibrate") as progress:
        parameters, diagnostics = gas_flow.calibrate(cell, until=until, progress=progress)
    found = {field.name: getattr(parameters, field.name) for field in fields(parameters)}
    kept = packaged(cell, until)
    if common.json:
        values = {"cell": cell, "until": until, "parameters": found, "packaged": kept, "diagnostics": diagnostics}
        show.as_json(values)
        return 0
    rows = [
        [named(name, lang), messages.number(value, lang, 4), _packaged(kept, name, lang)]
        for name, value in found.items()
    ]
    if isinstance(diagnostics, dict):
        shown = {name: value for name, value in diagnostics.items() if isinstance(value, int | float)}
        rows += [
            [named(name, lang), messages.number(value, lang, 4), _packaged(kept, name, lang)]
            for name, value in shown.items()
        ]
    headings = [messages.text(f"labels.{name}", lang) for name in ("parameter", "value", "packaged")]
    title = messages.text("sentences.calibrated", lang, cell=cell)
    show.table(headings, rows, title=title, no_color=common.no_color)
    if kept is None:
        line = messages.text("sentences.none_packaged", lang, year=until)
        show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)
    return 0


def packaged(cell: int, until: int | None) -> dict[str, float] | None:
    """Return the packaged values for a cell and a period, None where that fit is not in the package."""
    text = (resources.files("mijnrisico.subsurface.gas_flow") / "parameters.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        if (row["cell_m"], row["before_year"]) == (str(cell), "" if until is None else str(until)):
            return {name: float(value) for name, value in row.items() if name not in ("cell_m", "before_year")}
    return None


def named(name: str, lang: Language) -> str:
    """Return the public name of a parameter of the gas model, with its unit."""
    return messages.label("gas_parameters", name, lang)


def _packaged(kept: dict[str, float] | None, name: str, lang: Language) -> str:
    return "–" if kept is None or name not in kept else messages.number(kept[name], lang, 4)
