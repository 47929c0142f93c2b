"""A run is a folder: written once, whole or not at all, and found again by the hash of its question.

    results/
      index.json               every run in a line, for the web and `mijnrisico runs`
      2026-05-01-3f2e9c1a/     manifest.json  scenario.toml  log.jsonl  datapackage.json  inputs/  tables/  grids/ ...
      .cache/                  one NetCDF file per finished stage, shared by all runs; locks
      .building-3f2e9c1a/      a run at work; renamed when it is complete

    with run.begin(scenario, results) as writer:
        pressure = writer.stage("pressure", compute, settings={"cell": 1000})
        rate = writer.stage("forecast", lambda p: forecast(pressure.data, p), settings={...}, after=[pressure])
        writer.write_table("tables/summary.csv", frame)

Stopping is safe at any moment, by Ctrl-C or by the plug: a stage that was finished is in the cache, and the same
command goes on from there. Run id = date and the hash of resolved scenario, volumes, code, packaged data and seed.

The rooms behind this door: `stored` reads a run, `writer` makes one, `store` is about all runs of a folder, `files`
writes and locks, `datapackage` and `netcdf` say what is in the tables and grids.
"""

from pathlib import Path

from mijnrisico.core import provenance
from mijnrisico.core.progress import Display, Silent
from mijnrisico.core.run.question import Question
from mijnrisico.core.run.store import CACHE
from mijnrisico.core.run.stored import StoredRun
from mijnrisico.core.run.writer import RunWriter, Staged, newest_answer, stopped_by_user, unwritable

__all__ = [
    "CACHE",
    "Question",
    "RunWriter",
    "Staged",
    "StoredRun",
    "begin",
    "find",
    "question",
    "stopped_by_user",
    "unwritable",
]


def question(scenario: Question) -> str:
    """Return the hash of a question: scenario, volumes, the user's files, seed, code and packaged data."""
    return provenance.sha256(provenance.canonical([scenario.digest(), provenance.package_digest()]))


def find(scenario: Question, results: str | Path) -> StoredRun | None:
    """Return the newest complete run of exactly this question, if there is one with all its files."""
    return newest_answer(question(scenario), Path(results))


def begin(
    scenario: Question,
    results: str | Path = "results",
    *,
    command: str = "",
    display: Display | None = None,
    recompute: bool = False,
) -> RunWriter:
    """Return the writer of a new run, to be used in a `with` statement.

    While another process works on the same question the `with` waits for it; then `writer.run` is its answer, and
    there is nothing left to compute.

    Args:
        scenario: the question.
        results: folder of all runs; made when it is not there.
        command: the command as the user would repeat it, for the manifest and the message after Ctrl-C.
        display: how progress is shown.
        recompute: do not read the stage cache (it is still written).
    """
    return RunWriter(scenario, Path(results), question(scenario), command, display or Silent(), recompute=recompute)
