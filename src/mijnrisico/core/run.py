"""A run is a folder: written once, whole or not at all, and found again by the hash of its question.

    results/
      2026-05-01-3f2e9c1a/     manifest.json  scenario.toml  log.jsonl  inputs/  tables/  grids/  figures/  report/
      .cache/                  one NetCDF file per finished stage, shared by all runs
      .building-3f2e9c1a/      a run at work; renamed when it is complete

    with run.begin(scenario, results) as writer:
        pressure = writer.stage("pressure", compute, settings={"cell": 1000})
        rate = writer.stage("forecast", lambda p: forecast(pressure.data, p), settings={...}, after=[pressure])
        writer.write_table("tables/summary.csv", frame)

Stopping is safe at any moment, by Ctrl-C or by the plug: a stage that was finished is in the cache, and the same
command goes on from there. Run id = date and the hash of resolved scenario, volumes, code, packaged data and seed.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Final, Self

from mijnrisico.core import provenance
from mijnrisico.core.progress import Display, Progress, Silent
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.errors import InputError, InterruptedRun, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MANIFEST_SCHEMA: Final = "mijnrisico-manifest/1"
ID_DIGITS: Final = 8
CACHE: Final = ".cache"
BUILDING: Final = ".building-"
GRID_CRS: Final = "EPSG:28992"


@dataclass(frozen=True, slots=True)
class Staged:
    """Result of a stage: the key that names it in the cache, its data, whether it was reused, seconds computed."""

    key: str
    data: "xr.Dataset"
    cached: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A finished run, read from its folder."""

    path: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, results: str | Path = "results", run_id: str | None = None) -> Self:
        """Open a run by its id or an unambiguous part of it; the newest by default.

        Raises `InputError` E701 where no single run fits, E703 where there is no run at all.
        """
        runs = _complete(Path(results))
        if not runs:
            raise InputError(Problem("E703", Path(results).name, {"folder": Path(results).name}))
        chosen = list(runs) if run_id is None else [name for name in runs if run_id and run_id in name]
        if run_id in runs:
            chosen = [run_id]
        if not chosen or (run_id is not None and len(chosen) > 1):
            params = {"run": run_id or "–", "known": tuple(chosen or runs) or ("–",)}
            raise InputError(Problem("E701", Path(results).name, params))
        name = max(chosen, key=lambda known: runs[known]["created"])
        return cls(Path(results) / name, runs[name])

    def __repr__(self) -> str:
        """Name and title; the manifest has the rest."""
        return f"StoredRun({self.id}: {self.manifest.get('title', '')})"

    @property
    def id(self) -> str:
        """Date and first digits of the hash."""
        return str(self.manifest["run_id"])

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario of the run."""
        return load(self.path / "scenario.toml")

    def table(self, name: str) -> "pd.DataFrame":
        """Read `tables/<name>.csv`."""
        import pandas as pd

        path = self.path / "tables" / f"{name}.csv"
        if not path.is_file():
            raise InputError(Problem("E702", self.id, {"output": f"tables/{name}.csv"}))
        return pd.read_csv(path, dtype={"pc4": "string"})

    def grid(self, name: str) -> "xr.Dataset":
        """Read `grids/<name>.nc` into memory."""
        path = self.path / "grids" / f"{name}.nc"
        if not path.is_file():
            raise InputError(Problem("E702", self.id, {"output": f"grids/{name}.nc"}))
        return _load(path)


def stopped_by_user(error: BaseException | None) -> bool:
    """Say whether Ctrl-C is behind an error: a compiled kernel wraps it in an error of its own."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def question(scenario: Scenario) -> str:
    """Return the hash of a question: scenario, volumes, seed, code and packaged data."""
    return provenance.sha256(provenance.canonical([scenario.digest(), provenance.package_digest()]))


def find(scenario: Scenario, results: str | Path) -> StoredRun | None:
    """Return the newest complete run of exactly this question, if there is one."""
    wanted = f"sha256:{question(scenario)}"
    runs = {name: m for name, m in _complete(Path(results)).items() if m["hash"]["run"] == wanted}
    if not runs:
        return None
    name = max(runs, key=lambda known: runs[known]["created"])
    return StoredRun(Path(results) / name, runs[name])


def begin(
    scenario: Scenario,
    results: str | Path = "results",
    *,
    command: str = "",
    display: Display | None = None,
    recompute: bool = False,
) -> "RunWriter":
    """Return the writer of a new run, to be used in a `with` statement.

    Args:
        scenario: the question.
        results: folder of all runs; made when it is not there.
        command: the command as the user would repeat it, for the manifest and the message after Ctrl-C.
        display: how progress is shown.
        recompute: do not read the stage cache (it is still written).
    """
    return RunWriter(scenario, Path(results), command, display or Silent(), recompute=recompute)


class RunWriter:
    """Builds the folder of one run and keeps the stage cache; see the head of this module."""

    def __init__(  # noqa: D107
        self, scenario: Scenario, results: Path, command: str, display: Display, *, recompute: bool = False
    ) -> None:
        self.scenario = scenario
        self.display = display
        self.hash = question(scenario)
        self.created = datetime.now(UTC).replace(microsecond=0)
        self.id = f"{self.created:%Y-%m-%d}-{self.hash[:ID_DIGITS]}"
        self._results, self._command, self._recompute = results, command, recompute
        self._building = results / f"{BUILDING}{self.hash[:ID_DIGITS]}"
        self._cache = results / CACHE
        self._start = time.perf_counter()
        self._stages: list[dict[str, object]] = []
        self._inputs: list[dict[str, object]] = []
        self._models: list[dict[str, object]] = []
        self._warnings: list[Problem] = []
        self._lock: IO[bytes] | None = None
        self.run: StoredRun | None = None

    @property
    def path(self) -> Path:
        """Folder being built; it gets its final name when the run is complete."""
        return self._building

    def __enter__(self) -> Self:
        """Make the folder under its temporary name and write the scenario into it."""
        self._cache.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._cache / f"{self.hash[:ID_DIGITS]}.lock")
        if self._building.exists():
            shutil.rmtree(self._building)  # what a killed process left behind
        self._building.mkdir()
        self._log("start", run_id=self.id, command=self._command)
        for warning in self.scenario.warnings:
            self.warn(warning)
        self._write_scenario()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the folder and give it its name; on an error remove it and keep the finished stages."""
        try:
            if error is None:
                self._finish()
            else:
                shutil.rmtree(self._building, ignore_errors=True)
        finally:
            if self._lock is not None:
                self._lock.close()  # the empty file stays: removing it would let two processes hold two locks
        if stopped_by_user(error):
            finished = tuple(Phrase(f"stages.{stage['name']}") for stage in self._stages) or ("–",)
            params = {"count": len(self._stages), "finished": finished, "command": self._command}
            raise InterruptedRun(Problem("E605", "", params)) from None

    def plan(self, *names: str) -> None:
        """Announce the stages in their order, so that the display can count them."""
        self.display.plan(names)

    def stage(
        self,
        name: str,
        compute: Callable[[Progress], "xr.Dataset"],
        *,
        settings: object = None,
        after: Sequence[Staged] = (),
    ) -> Staged:
        """Return the result of a stage: from the cache when its key is there, else computed and kept.

        The key is the hash of the name, the settings, the keys of the stages it comes after, and the code and
        packaged data; so `settings` holds everything else that the result depends on, as plain JSON values.
        The data are what the cache file holds also the first time, so a repeated run gives the same bits.
        """
        key = provenance.sha256(
            provenance.canonical([name, settings, [s.key for s in after], provenance.science_digest()])
        )
        kept = None if self._recompute else self._kept(name, key)
        if kept is not None:
            self.display.reused(name)
            staged = Staged(key, kept, cached=True, seconds=0.0)
        else:
            start = time.perf_counter()
            with self.display.stage(name) as progress:
                data = compute(progress)
            path = self._keep(name, key, data)
            staged = Staged(key, _load(path), cached=False, seconds=time.perf_counter() - start)
        record = {"name": name, "hash": key[:16], "seconds": round(staged.seconds, 2), "cached": staged.cached}
        self._stages.append(record)
        self._log("stage", **record)
        return staged

    def show(self, name: str, make: Callable[[Path, Progress], None]) -> None:
        """Run a step that writes into the folder from what is there (figures, report); the manifest is there too."""
        self._write_manifest("complete")
        with self.display.stage(name) as progress:
            make(self._building, progress)

    def write_table(self, path: str, frame: "pd.DataFrame") -> Path:
        """Write a table as CSV (RFC 4180, decimal point, twelve digits); returns where it stands."""
        content = frame.to_csv(index=False, float_format="%.12g", lineterminator="\r\n")
        return self.write_text(path, content)

    def write_grid(self, path: str, data: "xr.Dataset") -> Path:
        """Write labelled grids as NetCDF with CF names: RD New as grid mapping, axes with names and units."""
        target = self._target(path)
        with _replacing(target) as temporary:
            _compressed(_georeferenced(data)).to_netcdf(temporary, engine="h5netcdf")
        return target

    def write_text(self, path: str, content: str) -> Path:
        """Write a text file; returns where it stands."""
        target = self._target(path)
        with _replacing(target) as temporary:
            temporary.write_bytes(content.encode())
        return target

    def record_input(self, role: str, file: str, sha256: str, **details: object) -> None:
        """Name an input in the manifest: `bytes`, `rows`, `source`, `licence`, `retrieved` where known."""
        entry = {"role": role, "file": PurePosixPath(file).name, "sha256": sha256, **details}
        if entry not in self._inputs:
            self._inputs.append(entry)

    def record_model(self, role: str, model: str, weight: float = 1.0, reference: str = "") -> None:
        """Name a model and its weight in the manifest."""
        self._models.append({"role": role, "id": model, "weight": weight, "reference": reference})

    def warn(self, problem: Problem) -> None:
        """Keep a warning for the manifest, the report and the end of the run."""
        if problem not in self._warnings:
            self._warnings.append(problem)
            self._log("warning", code=problem.code, where=problem.where)

    def _target(self, path: str) -> Path:
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"a run writes inside its own folder, not to {path}")
        target = self._building / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _kept(self, name: str, key: str) -> "xr.Dataset | None":
        path, seal = self._cached(name, key)
        if not seal.is_file():
            return None
        try:
            if provenance.file_digest(path) == seal.read_text(encoding="ascii"):
                return _load(path)
        except (OSError, ValueError):  # unreadable: computed again, and said so
            pass
        self.warn(Problem("E604", f"{CACHE}/{path.name}", {"stage": name}))
        return None

    def _keep(self, name: str, key: str, data: "xr.Dataset") -> Path:
        path, seal = self._cached(name, key)
        with _replacing(path) as temporary:
            data.to_netcdf(temporary, engine="h5netcdf")
        with _replacing(seal) as temporary:
            temporary.write_text(provenance.file_digest(path), encoding="ascii")
        return path

    def _cached(self, name: str, key: str) -> tuple[Path, Path]:
        stem = f"{name}-{key[:32]}"
        return self._cache / f"{stem}.nc", self._cache / f"{stem}.sha256"

    def _write_scenario(self) -> None:
        source = self.scenario.input_file
        if source is None:
            self.write_text("scenario.toml", self.scenario.toml())
            return
        copy = self._target(f"inputs/{source.name}")
        shutil.copyfile(source, copy)
        self.write_text("scenario.toml", self.scenario.toml(file=f"inputs/{source.name}"))
        self.record_input("scenario", source.name, provenance.file_digest(copy), bytes=copy.stat().st_size)

    def _write_manifest(self, status: str) -> dict[str, object]:
        outputs = sorted(p for p in self._building.rglob("*") if p.is_file() and p.name not in _UNLISTED)
        manifest: dict[str, object] = {
            "schema": MANIFEST_SCHEMA,
            "run_id": self.id,
            "title": self.scenario.title,
            "title_nl": self.scenario.title_nl,
            "status": status,
            "created": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "duration_s": round(time.perf_counter() - self._start, 1),
            "command": self._command,
            "hash": {
                "run": f"sha256:{self.hash}",
                "config": f"sha256:{self.scenario.digest()}",
                "code": f"sha256:{provenance.package_digest()}",
            },
            "software": provenance.software(),
            "platform": provenance.machine(),
            "seed": self.scenario.seed,
            "inputs": self._inputs,
            "models": self._models,
            "warnings": [_plain(problem) for problem in self._warnings],
            "deviations_from_template": list(self.scenario.deviations()),
            "stages": self._stages,
            "outputs": [
                {"path": p.relative_to(self._building).as_posix(), "sha256": provenance.file_digest(p)} for p in outputs
            ],
            "review": {"status": "draft", "by": None, "date": None},
            "supersedes": None,
        }
        self.write_text("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        return manifest

    def _finish(self) -> None:
        self._log("complete", seconds=round(time.perf_counter() - self._start, 1))
        manifest = self._write_manifest("complete")
        final = self._results / self.id
        if final.exists():
            shutil.rmtree(final)  # the same question, asked to be computed again on the same day
        self._building.rename(final)
        self.run = StoredRun(final, manifest)

    def _log(self, event: str, **values: object) -> None:
        line = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "event": event, **values}
        with (self._building / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


_UNLISTED: Final = ("manifest.json", "log.jsonl")


def _complete(results: Path) -> dict[str, dict[str, Any]]:
    """Return the manifests of all complete runs by id, oldest first."""
    runs: dict[str, dict[str, Any]] = {}
    for path in sorted(results.glob("*/manifest.json")):
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not a run of ours, or damaged: then it is no complete run
            continue
        if isinstance(manifest, dict) and manifest.get("schema") == MANIFEST_SCHEMA:
            runs[path.parent.name] = manifest
    return {k: v for k, v in runs.items() if v.get("status") == "complete" and not k.startswith(".")}


def _load(path: Path) -> "xr.Dataset":
    import xarray as xr

    return xr.load_dataset(path, engine="h5netcdf", decode_timedelta=False)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary name beside `target` and rename it when the block succeeds."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes] | None:
    """Hold a lock on this question, waiting while another process works on it; None where locks do not exist."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    stream = path.open("wb")
    fcntl.flock(stream, fcntl.LOCK_EX)
    return stream


def _georeferenced(data: "xr.Dataset") -> "xr.Dataset":
    if not {"x", "y"} <= set(data.dims):
        return data
    import xarray as xr
    from pyproj import CRS

    mapping = xr.DataArray(0, attrs=CRS.from_user_input(GRID_CRS).to_cf())
    data = data.assign({"crs": mapping})
    for name, variable in data.data_vars.items():
        if {"x", "y"} <= set(variable.dims):
            data[name] = variable.assign_attrs(grid_mapping="crs")
    for axis in ("x", "y"):
        names = {"standard_name": f"projection_{axis}_coordinate", "units": "m", "axis": axis.upper()}
        data[axis] = data[axis].assign_attrs(names)
    return data.assign_attrs(Conventions="CF-1.11")


def _compressed(data: "xr.Dataset") -> "xr.Dataset":
    for variable in data.data_vars.values():
        if variable.ndim > 1 and variable.dtype.kind in "fiub":
            variable.encoding |= {"zlib": True, "complevel": 4}
    return data


def _plain(problem: Problem) -> dict[str, object]:
    """Return a problem as JSON values, in words of both languages."""
    from mijnrisico import messages

    sentences = {
        lang: messages.describe(problem.code, problem.where, problem.params, lang).what for lang in messages.LANGUAGES
    }
    return {"code": problem.code, "where": problem.where, "count": 1, "message": sentences}
