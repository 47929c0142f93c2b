"""`mijnrisico calibrate`: parameters found again from the embedded data."""

import csv
import json
from dataclasses import fields
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from mijnrisico import front, messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

RateName = Literal["elastic", "elastic_plastic", "rate_and_state", "dempsey_suckale", "smoothed_stationary"]
COARSE: Final = 0.25
"""Shift of a mean by leaving out half of the grid, in standard deviations, above which the grid is called coarse."""
EDGE: Final = 0.1
"""Posterior weight on the outermost values of the grid above which the grid is called narrow."""


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


def calibrate_source(
    config: Annotated[str, option("source_config")] = "groningen",
    /,
    *,
    until: Annotated[str, option("source_until", "--until")] = "",
    model: Annotated[RateName, option("source_model", "--model")] = "elastic",
    catalogue: Annotated[Path | None, option("source_catalogue", "--catalogue")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Fit the source model to the earthquakes up to a day."""
    day = _day(until)
    with common.inside():
        given = [] if catalogue is None else [f"inputs.catalogue.file={json.dumps(catalogue.absolute().as_posix())}"]
        scenario = front.load_scenario(config, given)
        from mijnrisico.seismic import calibrate
        from mijnrisico.studies.groningen import refit

        last = day or scenario.source.until
        if problems := refit.uncovered(scenario, last):
            raise InputError(problems)
        display = show.display(common.language, quiet=common.quiet, no_color=common.no_color)
        with display.stage(f"source_{model}") as progress:
            fitted = refit.refit(scenario, model, last, progress)
        found = calibrate.summary(fitted, scenario.source.magnitude.tree)
        kept, run = _of_last_run(results, model)
        if common.json:
            names = ("events", "start", "until", "log_evidence", "weight_left_out", "rows_all", "events_unloaded")
            told: dict[str, object] = {"model": model, **{name: fitted.attrs[name] for name in names}}
            told |= {"rows": fitted.sizes["row"], "parameters": show.records(found), "run": run}
            told |= {"parameters_of_run": None if kept is None else show.records(kept)}
            show.as_json(told)
            return 0
        _show_source(fitted, found, kept, run, common)
        return 0


def _show_source(
    fitted: "xr.Dataset", found: "pd.DataFrame", kept: "pd.DataFrame | None", run: str, common: Common
) -> None:
    """Write the posterior beside that of the last run, and how it was found."""
    lang, about = common.language, fitted.attrs
    before = {} if kept is None else {str(row["parameter"]): row for row in show.records(kept)}
    rows = [
        [
            messages.label("report.parameter", str(row["parameter"]), lang),
            str(row["unit"]),
            _plus_minus(row, lang),
            convergence(row["at_edge"], row["coarseness"], lang),
            _plus_minus(before[str(row["parameter"])], lang) if str(row["parameter"]) in before else "–",
        ]
        for row in show.records(found)
    ]
    headings = [messages.text(f"labels.{name}", lang) for name in ("parameter", "unit", "mean_sd", "converged")]
    headings.append(messages.text("labels.of_run", lang, run=run or "–"))
    title = messages.text(
        "sentences.refitted",
        lang,
        model=messages.label("report.branch", about["model"], lang),
        n=about["events"],
        start=about["start"],
        until=about["until"],
    )
    show.table(headings, rows, title=title, no_color=common.no_color, left=(0, 1, 3))
    line = messages.text(
        "sentences.refit_found",
        lang,
        evidence=messages.fixed(float(about["log_evidence"]), lang, 2),
        kept=fitted.sizes["row"],
        of=about["rows_all"],
        left_out=messages.number(float(about["weight_left_out"]), lang, 2),
        unloaded=messages.fixed(float(about["events_unloaded"]), lang, 1),
    )
    show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)


def convergence(at_edge: object, coarseness: object, lang: Language) -> str:
    """Return in words whether the grid of a parameter is wide and fine enough; "–" for one that is not on a grid."""
    if at_edge is None or coarseness is None:
        return "–"
    edge, coarse = float(str(at_edge)), float(str(coarseness))
    faults = [name for name, bad in (("narrow", edge > EDGE), ("coarse", coarse > COARSE)) if bad]
    return ", ".join(
        messages.text(f"convergence.{name}", lang, edge=f"{100 * edge:.0f}", coarse=messages.fixed(coarse, lang, 2))
        for name in faults or ["good"]
    )


def _plus_minus(row: dict[str, object], lang: Language) -> str:
    mean, sd = (messages.number(float(str(row[name])), lang, 3) for name in ("mean", "sd"))
    return f"{mean} ± {sd}"


def _of_last_run(results: Path, model: str) -> "tuple[pd.DataFrame | None, str]":
    """Return the posterior of this model in the newest run and the id of that run; nothing where there is none."""
    from mijnrisico.core.run import StoredRun

    try:
        run = StoredRun.open(results)
        table = run.table("source_posterior")
    except InputError:
        return None, ""
    if "model" not in table:  # a run from before there were several models
        return None, ""
    of_model = table[table["model"] == model]
    return (of_model, run.id) if len(of_model) else (None, "")


def _day(until: str) -> date | None:
    """Return the day asked for; raises `InputError` E503 for what is none."""
    try:
        return date.fromisoformat(until) if until else None
    except ValueError:
        params = {"got": until, "expected": Phrase("expected.date_type"), "example": "2023-06-01"}
        raise InputError(Problem("E503", "--until", params)) from None


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
