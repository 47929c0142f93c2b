"""How a run comes to be: stages computed or reused, files written into a folder that gets its name when it is complete.

See the head of `core.run` for the layout. Three rules keep the store whole, whatever happens to a process:
a file is written beside its name and renamed; a run is built under another name and renamed; who works on a question
or on a stage holds its lock, so that what has no living owner can be cleaned away.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from mijnrisico.core import cluster, files, provenance
from mijnrisico.core.progress import Display, Progress
from mijnrisico.core.run import datapackage, netcdf, store
from mijnrisico.core.run import manifest as manifests
from mijnrisico.core.run.question import Question
from mijnrisico.core.run.stored import StoredRun, load_grid
from mijnrisico.errors import InterruptedRun, Problem, ResourceError
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ID_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Staged:
    """Result of a stage: the key that names it in the cache, its data, whether it was reused, seconds computed."""

    key: str
    data: "xr.Dataset"
    cached: bool
    seconds: float


class RunWriter:
    """Builds the folder of one run and keeps the stage cache; used in a `with` statement.

    `run` is the finished run. It is there at once where another process answered the same question while this one
    waited for it: then there is nothing to do and the block is to be left.
    """

    def __init__(  # noqa: D107
        self,
        scenario: Question,
        results: Path,
        question: str,
        command: str,
        display: Display,
        *,
        recompute: bool = False,
    ) -> None:
        self.scenario = scenario
        self.display = display
        self.hash = question
        self.created = datetime.now(UTC).replace(microsecond=0)
        self.id = f"{self.created:%Y-%m-%d}-{self.hash[:ID_DIGITS]}"
        self._results, self._command, self._recompute = results, command, recompute
        self._building = results / f"{store.BUILDING}{self.hash[:ID_DIGITS]}"
        self._cache = results / store.CACHE
        self._start = time.perf_counter()
        self._stages: list[dict[str, object]] = []
        self._inputs: list[dict[str, object]] = []
        self._models: list[dict[str, object]] = []
        self._warnings: list[Problem] = []
        self._tables = datapackage.Tables()
        self._open = ExitStack()
        self._waited = self._made = False
        self.run: StoredRun | None = None

    @property
    def path(self) -> Path:
        """Folder being built; it gets its final name when the run is complete."""
        return self._building

    def __enter__(self) -> Self:
        """Take the question, make the folder under its temporary name and write the scenario into it.

        Raises `ResourceError` E609 where nothing can be written, E608 where the disk is full.
        """
        try:
            self._enter()
        except BaseException as error:
            with self._open:
                self._give_up(error)
            raise
        return self

    def _enter(self) -> None:
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            self._open.enter_context(
                files.locked(store.lock_of(self._results, self.hash[:ID_DIGITS]), waiting=self._waiting)
            )
            if self._waited and not self._recompute and (found := newest_answer(self.hash, self._results)):
                self.run = found
                return
            store.sweep(self._results, mine=self.hash[:ID_DIGITS])
            if (self._results / self.id).exists():
                store.refuse_published(self._results / self.id)
            self._building.mkdir()
            self._made = True
        except OSError as error:
            if why := files.refused(error, self._results):
                raise ResourceError(unwritable(self._results, why)) from error
            raise
        self._log("start", run_id=self.id, command=self._command)
        for warning in self.scenario.warnings:
            self.warn(warning)
        self._write_scenario()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the folder and give it its name; on an error remove it and keep the finished stages."""
        with self._open:
            if self.run is not None:
                return
            if error is not None:
                self._give_up(error)
                return
            try:
                self._finish()
            finally:
                if self.run is None:
                    self._give_up(sys.exception())

    def _give_up(self, error: BaseException | None) -> None:
        """Remove the half-built folder; raise E605 or E608 where that says what happened."""
        if self._made:
            files.remove(self._building)
        self._raise_in_words(error)

    def _raise_in_words(self, error: BaseException | None) -> None:
        """Raise E605 for a stop by the user and E608 for a full disk; return for any other error."""
        done = tuple(Phrase(f"stages.{stage['name']}") for stage in self._stages) or ("–",)
        params = {"count": len(self._stages), "finished": done, "command": self._command or "mijnrisico run"}
        if stopped_by_user(error):
            raise InterruptedRun(Problem("E605", "", params)) from None
        if files.is_full(error):
            kept = Phrase("full.run", {"finished": done})
            raise ResourceError(disk_full(self._results, kept, str(params["command"]))) from error

    def _waiting(self) -> None:
        self._waited = True
        self.display.waiting("")

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
        The data are what the cache file holds also the first time, so a repeated run gives the same bits. Another
        process that computes the same stage is waited for.
        """
        key = provenance.sha256(
            provenance.canonical([name, settings, [s.key for s in after], provenance.science_digest()])
        )
        lock = self._cache / f"{name}-{key[:32]}{files.LOCK}"
        with files.locked(lock, waiting=lambda: self.display.waiting(name)):
            kept = None if self._recompute else self._kept(name, key)
            if kept is not None:
                self.display.reused(name)
                staged = Staged(key, kept, cached=True, seconds=0.0)
            else:
                start = time.perf_counter()
                with self.display.stage(name) as progress:
                    data = compute(progress)
                path = self._keep(name, key, data)
                staged = Staged(key, load_grid(path), cached=False, seconds=time.perf_counter() - start)
        record = {"name": name, "hash": key[:16], "seconds": round(staged.seconds, 2), "cached": staged.cached}
        self._stages.append(record)
        self._log("stage", **record)
        return staged

    def show(self, name: str, make: Callable[[Path, Progress], None]) -> None:
        """Run a step that writes into the folder from what is there (figures, report); the manifest is there too."""
        self._write_manifest()
        with self.display.stage(name) as progress:
            make(self._building, progress)

    def write_table(self, path: str, frame: "pd.DataFrame") -> Path:
        """Write a table as CSV (RFC 4180, decimal point, twelve digits); returns where it stands."""
        self._tables.add(path, frame)
        content = frame.to_csv(index=False, float_format="%.12g", lineterminator="\r\n")
        return self.write_text(path, content)

    def write_parquet(self, path: str, frame: "pd.DataFrame") -> Path:
        """Write a table too large or too private for CSV as Parquet; returns where it stands."""
        target = self._target(path)
        with files.replacing(target) as temporary:
            frame.to_parquet(temporary, index=False)
        return target

    def write_grid(self, path: str, data: "xr.Dataset") -> Path:
        """Write labelled grids as NetCDF with CF names, RD New as grid mapping, and what leads back to this run."""
        target = self._target(path)
        labels = netcdf.labels(self.id, self.scenario.title, self._warnings)
        netcdf.write(target, netcdf.ready(data, labels))
        return target

    def write_text(self, path: str, content: str) -> Path:
        """Write a text file; returns where it stands."""
        target = self._target(path)
        files.write_text(target, content)
        return target

    def record_input(self, role: str, file: str, sha256: str, **details: object) -> None:
        """Name an input in the manifest: `bytes`, `rows`, `source`, `licence`, `retrieved` where known."""
        entry = {"role": role, "file": PurePosixPath(file).name, "sha256": sha256, **details}
        if entry not in self._inputs:
            self._inputs.append(entry)

    def record_model(self, role: str, model: str, weight: float = 1.0, reference: str = "", **settings: object) -> None:
        """Name a model and its weight in the manifest, with the settings that decide how it is read."""
        entry: dict[str, object] = {"role": role, "id": model, "weight": weight, "reference": reference}
        self._models.append(entry | ({"settings": settings} if settings else {}))

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
                return load_grid(path)
        except (OSError, ValueError):  # unreadable: computed again, and said so
            pass
        self.warn(Problem("E604", f"{store.CACHE}/{path.name}", {"stage": Phrase(f"stages.{name}")}))
        return None

    def _keep(self, name: str, key: str, data: "xr.Dataset") -> Path:
        path, seal = self._cached(name, key)
        owner = self.hash[:ID_DIGITS]
        netcdf.write(path, data, owner)
        with files.replacing(seal, owner) as temporary:
            temporary.write_text(provenance.file_digest(path), encoding="ascii")
        return path

    def _cached(self, name: str, key: str) -> tuple[Path, Path]:
        stem = f"{name}-{key[:32]}"
        return self._cache / f"{stem}.nc", self._cache / f"{stem}.sha256"

    def _write_scenario(self) -> None:
        """Write the resolved scenario, with a copy of every file of the user that it reads."""
        given: dict[str, str] = {}
        for role, source in self.scenario.input_files.items():
            taken = {PurePosixPath(path).name for path in given.values()}
            name = f"{role}-{source.name}" if source.name in taken else source.name
            copy = self._target(f"inputs/{name}")
            shutil.copyfile(source, copy)
            given[role] = f"inputs/{name}"
            self.record_input(role, name, provenance.file_digest(copy), bytes=copy.stat().st_size)
        self.write_text("scenario.toml", self.scenario.kept(given))

    def _write_manifest(self) -> dict[str, object]:
        manifest: dict[str, object] = {
            "schema": manifests.SCHEMA,
            "run_id": self.id,
            "title": self.scenario.title,
            "title_nl": self.scenario.title_nl,
            "status": "complete",
            "created": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "duration_s": round(time.perf_counter() - self._start, 1),
            "command": self._command,
            "hash": {
                "run": f"sha256:{self.hash}",
                "config": f"sha256:{self.scenario.digest()}",
                "code": f"sha256:{provenance.package_digest()}",
            },
            "software": provenance.software(),
            "platform": {**provenance.machine(), **_helpers()},
            "seed": self.scenario.seed,
            "inputs": self._inputs,
            "models": self._models,
            "warnings": [manifests.in_words(problem) for problem in self._warnings],
            "deviations_from_template": list(self.scenario.deviations()),
            "stages": self._stages,
            "outputs": manifests.outputs(self._building),
            "review": {"status": "draft", "by": None, "date": None},
            "supersedes": None,
        }
        manifests.write(self._building, manifest)
        return manifest

    def _finish(self) -> None:
        for path, content in self._tables.described(self._building, self.id, self.scenario).items():
            self.write_text(path, content)
        self._log("complete", seconds=round(time.perf_counter() - self._start, 1))
        manifest = self._write_manifest()
        final, old = self._results / self.id, self._results / f"{store.REPLACED}{self.id}"
        if final.exists():  # the same question, asked to be computed again on the same day
            store.refuse_published(final)
            final.rename(old)
        self._building.rename(final)
        files.remove(old)
        self.run = StoredRun(final, manifest)
        store.write_index(self._results)

    def _log(self, event: str, **values: object) -> None:
        line = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "event": event, **values}
        with (self._building / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _helpers() -> dict[str, object]:
    """Number of workers of a cluster that computed a part of the run so far; nothing where it was computed here."""
    crew = cluster.current()
    return {"workers": crew.took_part} if crew is not None and crew.took_part else {}


def stopped_by_user(error: BaseException | None) -> bool:
    """Say whether Ctrl-C is behind an error: a compiled kernel wraps it in an error of its own."""
    return any(isinstance(cause, KeyboardInterrupt) for cause in files.chain(error))


def newest_answer(question: str, results: Path) -> StoredRun | None:
    """Return the newest run of a question (its hash) that still has every file its manifest lists.

    Its tables, grids and inputs must be those that were written: a run that was changed by hand answers nothing.
    """
    wanted = f"sha256:{question}"
    known = [record for record in store.runs(results).values() if record["hash"] == wanted]
    for record in sorted(known, key=lambda entry: entry["created"], reverse=True):
        folder = results / record["id"]
        manifest = manifests.read(folder)
        if manifest is not None and manifests.is_whole(folder, manifest["outputs"]):
            return StoredRun(folder, manifest)
    return None


def unwritable(results: Path, why: str) -> Problem:
    """Return the E609 for a folder in which nothing can be written."""
    return Problem("E609", results.name, {"folder": results.as_posix(), "reason": Phrase(f"unwritable.{why}")})


def disk_full(folder: Path, kept: Phrase, command: str) -> Problem:
    """Return the E608 for a disk that is full: what is kept, what is free there, and the command to repeat."""
    free = f"{shutil.disk_usage(folder).free / 2**20:.0f}"
    return Problem("E608", folder.name, {"kept": kept, "free": free, "command": command})
