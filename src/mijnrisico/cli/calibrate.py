"""`mijnrisico calibrate`: parameters found again from the embedded data."""

from dataclasses import fields
from typing import Annotated, Literal

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option


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
    if common.json:
        show.as_json({"cell": cell, "until": until, "parameters": found, "diagnostics": diagnostics})
        return 0
    rows = [[name, messages.number(value, lang, 4)] for name, value in found.items()]
    if isinstance(diagnostics, dict):
        shown = {name: value for name, value in diagnostics.items() if isinstance(value, int | float)}
        rows += [[name, messages.number(value, lang, 4)] for name, value in shown.items()]
    headings = [messages.text("labels.parameter", lang), messages.text("labels.value", lang)]
    title = messages.text("sentences.calibrated", lang, cell=cell)
    show.table(headings, rows, title=title, no_color=common.no_color)
    return 0
