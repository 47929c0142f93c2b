"""A finished run, read from its folder."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from mijnrisico.core import toml
from mijnrisico.core.run import manifest as manifests
from mijnrisico.core.run import store
from mijnrisico.core.scenario import Scenario, load
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


LATEST: Final = "latest"
"""Names the newest run where a run must be named."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A finished run on disk: its folder and its manifest."""

    path: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, results: str | Path = "results", run_id: str | None = None) -> Self:
        """Open a run by its id, an unambiguous part of it or the path of its folder; the newest for None or "latest".

        Raises `InputError` E701 where no single run fits, E703 where there is no run at all, E506 where a newer
        version of the toolbox wrote it.
        """
        folder, run_id = Path(results), None if run_id == LATEST else run_id
        if run_id is not None and (Path(run_id) / manifests.FILE).is_file():
            folder, run_id = Path(run_id).absolute().parent, Path(run_id).absolute().name
        try:
            name = store.find_id(folder, run_id)
        except InputError:
            _refuse_newer(folder, run_id)
            raise
        manifest = manifests.read(folder / name)
        if manifest is None:  # removed or damaged between the list and now
            raise InputError(Problem("E701", folder.as_posix(), {"run": name, "known": tuple(store.runs(folder))}))
        return cls(folder / name, manifest)

    def __repr__(self) -> str:
        """Name and title; the manifest has the rest."""
        return f"StoredRun({self.id}: {self.manifest.get('title', '')})"

    @property
    def id(self) -> str:
        """Date and first digits of the hash."""
        return str(self.manifest["run_id"])

    @property
    def study(self) -> str:
        """Which study answered: `subsidence`, or `groningen` for everything about earthquakes."""
        found = toml.parse((self.path / "scenario.toml").read_text(encoding="utf-8"), "scenario.toml")
        return "groningen" if isinstance(found, Problem) else str(found.get("study", "groningen"))

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario of a run about earthquakes; raises `InputError` E702 for one of another study."""
        self.be_about_earthquakes()
        return load(self.path / "scenario.toml")

    def be_about_earthquakes(self) -> None:
        """Raise `InputError` E702 for a run of another study, which has no shaking to ask for."""
        if self.study != "groningen":
            params = {"of": "study", "run": self.id, "study": Phrase(f"studies.{self.study}")}
            raise InputError(Problem("E702", self.id, params))

    @property
    def review(self) -> Mapping[str, Any]:
        """Status (draft, reviewed, published, superseded), by whom, when, and by which run it was replaced."""
        return self.manifest.get("review", {"status": "draft"})

    def caution(self) -> Problem | None:
        """Return W704 for a run that is a draft or was superseded, to be shown wherever it is used."""
        status = self.review.get("status", "draft")
        if status not in ("draft", "superseded"):
            return None
        successor = self.review.get("superseded_by")
        state = Phrase("review.superseded_by", {"run": successor}) if successor else Phrase(f"review.{status}")
        params = {"run": self.id, "state": state, "advice": Phrase(f"review.advice_{status}", {"run": self.id})}
        return Problem("W704", self.id, params)

    def table(self, name: str) -> "pd.DataFrame":
        """Read `tables/<name>.csv`; raises `InputError` E702 where the run does not have it."""
        import pandas as pd

        return pd.read_csv(self._file(f"tables/{name}.csv"), dtype={"pc4": "string"})

    def grid(self, name: str) -> "xr.Dataset":
        """Read `grids/<name>.nc` into memory; raises `InputError` E702 where the run does not have it."""
        return load_grid(self._file(f"grids/{name}.nc"))

    def lacking(self, output: str, *settings: str) -> InputError:
        """Return the E702 for an output that this run does not have, with the command that computes it.

        Args:
            output: what was asked for, as its user calls it.
            settings: overrides that make a run contain it, such as `"hazard.return_periods=[95, 475]"`.
        """
        parts = ["mijnrisico", "run", (self.path / "scenario.toml").as_posix()]
        command = shlex.join([*parts, *(part for setting in settings for part in ("--set", setting))])
        return InputError(Problem("E702", self.id, {"output": output, "run": self.id, "command": command}))

    def _file(self, path: str) -> Path:
        found = self.path / path
        if not found.is_file():
            raise self.lacking(path)
        return found


def load_grid(path: Path) -> "xr.Dataset":
    """Read a NetCDF file into memory."""
    import xarray as xr

    return xr.load_dataset(path, engine="h5netcdf", decode_timedelta=False)


def _refuse_newer(results: Path, run_id: str | None) -> None:
    """Raise E506 where the run that was not found is there, but written by a newer version."""
    for name, why in store.unreadable(results).items():
        found = manifests.read(results / name)
        if why != "newer" or found is None or (run_id is not None and run_id not in name):
            continue
        params = {"got": manifests.version(found), "known": manifests.version({"schema": manifests.SCHEMA})}
        raise InputError(Problem("E506", f"{name}/{manifests.FILE} [schema]", params))
