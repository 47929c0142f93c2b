"""What a notebook, a batch job or the web calls: a question in, a run out. Its names stand in `mijnrisico` itself.

scenario = mijnrisico.load("my_scenario.toml")
run = mijnrisico.run(scenario)                     # the run that is there, or a new one
run.summary()
run.hazard(return_period=475).sel(year=2030, statistic="mean").mijnrisico.map()
run.site(rd=(245_459, 594_583)).curve()
mijnrisico.compare(run, mijnrisico.open_run("3f2e")).table()
"""

from collections.abc import Container, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mijnrisico.core import progress as shown
from mijnrisico.core import run as runs
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import TEMPLATES
from mijnrisico.errors import InputError, Problem
from mijnrisico.front.finished import Run
from mijnrisico.front.shaken import shake
from mijnrisico.messages import LANGUAGES, Language, Phrase

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from mijnrisico.core.scenario import Scenario
    from mijnrisico.front.checkup import Checkup
    from mijnrisico.front.comparison import Comparison
    from mijnrisico.studies.ask import AnyQuestion


__all__ = [
    "can_draw",
    "check",
    "compare",
    "draw",
    "load",
    "load_scenario",
    "open_run",
    "run",
    "shake",
    "site",
    "template",
]


def load(source: str | Path, overrides: Iterable[str] = ()) -> "AnyQuestion":
    """Return the question of a file, checked against the packaged data; raises `InputError` with every problem.

    Args:
        source: TOML file, or the name of a packaged question: `groningen`, `groningen-subsidence`.
        overrides: settings such as `"hazard.cell=2000"`.
    """
    from mijnrisico.studies import ask

    checked = ask.read(source, overrides)
    if checked.scenario is None:
        raise InputError((*checked.errors, *checked.warnings))
    return checked.scenario


def load_scenario(source: str | Path, overrides: Iterable[str] = ()) -> "Scenario":
    """Return the question about earthquakes of a file, as `load`; raises `InputError` E503 for one of another study."""
    from mijnrisico.core.scenario import Scenario

    found = load(source, overrides)
    if isinstance(found, Scenario):
        return found
    expected = Phrase("subsidence.expected.earthquakes")
    raise InputError(Problem("E503", str(source), {"got": str(source), "expected": expected, "example": TEMPLATES[0]}))


def check(source: "str | Path | AnyQuestion", overrides: Iterable[str] = (), lang: Language = "en") -> "Checkup":
    """Check a scenario completely and return what was found, with what its run needs; raises nothing."""
    from mijnrisico.front.checkup import Checkup

    return Checkup.of(source, overrides, lang)


def template(name: str = TEMPLATES[0], overrides: Iterable[str] = ()) -> "AnyQuestion":
    """Return a packaged question, with `key=value` overrides."""
    return load(name, overrides)


def run(
    scenario: runs.Question,
    results: str | Path | None = None,
    *,
    command: str = "",
    display: shown.Display | None = None,
    progress: bool = False,
    recompute: bool = False,
    report: bool = True,
) -> Run:
    """Answer a scenario: the complete run of the same question if there is one, else a new run.

    Args:
        scenario: the question.
        results: folder of all runs; that of the scenario by default.
        command: what to repeat after an interruption, for the manifest and the message.
        display: how progress is shown; not at all by default.
        progress: without a `display`, tell each stage in a line on stderr.
        recompute: compute every stage again.
        report: draw figures and report, if the `report` extra is installed.
    """
    results = Path(scenario.output.dir if results is None else results)
    if not recompute and (found := runs.find(scenario, results)) is not None:
        return Run(found)
    from mijnrisico.report.pages import pdf
    from mijnrisico.studies import ask

    if display is None and progress:
        display = _lines()
    with runs.begin(scenario, results, command=command, display=display, recompute=recompute) as writer:
        if writer.run is None:  # else another process answered the question while this one waited for it
            _record_data(writer, ask.datasets(scenario))
            ask.assess(scenario, writer)
            if report and can_draw():
                if "pdf" in scenario.report.formats and (without := pdf.missing()):
                    writer.warn(without)
                writer.show("report", draw)
    assert writer.run is not None
    return Run(writer.run)


def open_run(run: str | Path | None = None, results: str | Path = "results") -> Run:
    """Open a finished run by its id, an unambiguous part of it or its folder; the newest by default.

    Raises `InputError` E701 where no single run fits, E703 where there is no run at all.
    """
    if run is not None and (folder := Path(run)).joinpath("manifest.json").is_file():
        return Run(StoredRun.open(folder.resolve().parent, folder.resolve().name))
    return Run(StoredRun.open(results, None if run is None else str(run)))


def compare(a: "Run | StoredRun", b: "Run | StoredRun") -> "Comparison":
    """Hold two runs side by side: differences are b minus a. Warns (W703) of what cannot be compared."""
    from mijnrisico.front.comparison import Comparison

    return Comparison.of(Run.of(a), Run.of(b))


def site(
    run: "Run | StoredRun",
    x: "ArrayLike",
    y: "ArrayLike",
    *,
    names: Sequence[str] | None = None,
    year: int | None = None,
    threshold: float = 0.05,
    curves: bool = False,
    classes: Sequence[str] = (),
) -> "pd.DataFrame":
    """Return the hazard at points in RD New (m): one row per site and year; see `studies.groningen.site_answer`.

    For each of the vulnerability `classes` come four columns with the local personal risk there (1/year):
    `lpr_mean_URM3L_per_year`, and the same with `p10`, `p50`, `p90`; and `lpr_norm_per_year`, the norm that holds for
    the mean. See `studies.groningen.site_lpr`.
    """
    import numpy as np

    from mijnrisico.core.norm import norm
    from mijnrisico.studies import groningen

    x, y = np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(y, dtype=float))
    called = list(names) if names is not None else [f"{a:.0f}, {b:.0f}" for a, b in zip(x, y, strict=True)]
    stored, asked = Run.of(run).stored, list(dict.fromkeys(classes))
    lpr = groningen.site_lpr(stored, x, y, asked, year) if asked else None
    frame = groningen.site_answer(stored, x, y, called, year, threshold, curves=curves)
    if lpr is not None:
        values = lpr.to_numpy().reshape(len(frame), len(asked), -1)
        for k, name in enumerate(asked):
            for j, statistic in enumerate(lpr["statistic"].to_numpy()):
                frame[f"lpr_{statistic}_{name}_per_year"] = values[:, k, j]
        limit = norm("veiligheidsnorm").value
        frame["lpr_norm_per_year"] = np.nan if limit is None else limit
    return frame


def can_draw() -> bool:
    """Say whether the libraries of the `report` extra are installed."""
    return find_spec("matplotlib") is not None and find_spec("jinja2") is not None


def draw(folder: Path, progress: shown.Progress) -> None:
    """Write figures and the reports that its scenario asks for, in both languages, into a run folder."""
    from mijnrisico import report

    report.write(folder, LANGUAGES, progress=progress)


def _lines() -> shown.Display:
    import sys

    return shown.Lines(sys.stderr, "en")


def _record_data(writer: runs.RunWriter, used: Container[str] | None) -> None:
    """Name the packaged datasets in the manifest, all or those used, so that a figure leads back to its source."""
    from mijnrisico import data

    for entry in data.entries():
        if used is not None and entry.name not in used:
            continue
        details = {name: getattr(entry, name) for name in ("bytes", "rows", "source", "licence", "retrieved")}
        writer.record_input(entry.name, entry.file, data.digest(entry.name), **details)
