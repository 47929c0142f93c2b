"""Does a run give the same again? Its tables and grids beside those of a second run of the same question."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

from mijnrisico.core import provenance
from mijnrisico.core.run import manifest as manifests
from mijnrisico.core.run.stored import load_grid
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

RELATIVE: Final = 1e-9
"""Largest difference, as a share of the value, that another processor or library may make."""
OF_LARGEST: Final = 1e-12
"""The same for values that are almost nothing beside the largest of their column or grid."""

KINDS: Final = ("tables/*.csv", "grids/*.nc")
"""Where the numbers of a run stand."""

Finding = Literal["equal", "close", "differs"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One file: equal to the last bit, within `RELATIVE`, or different, and then in what."""

    path: str
    finding: Finding
    detail: Phrase | None = None


def compare(stored: Path, again: Path) -> tuple[Compared, ...]:
    """Compare every table and grid of a run with those of a second run, and every file with the manifest of the run.

    A table or grid counts when either run has it or the manifest lists it. Of the other files (figures, reports,
    inputs) only those are named that are gone or changed since the manifest was written.
    """
    listed = {entry["path"]: entry["sha256"] for entry in (manifests.read(stored) or {}).get("outputs", [])}
    held = {
        path.relative_to(folder).as_posix()
        for folder in (stored, again)
        for kind in KINDS
        for path in folder.glob(kind)
    }
    names = sorted(held | {name for name in listed if any(PurePosixPath(name).match(kind) for kind in KINDS)})
    found = [_compared(name, stored / name, again / name, listed.get(name)) for name in names]
    others = ((name, _since(stored / name, digest)) for name, digest in listed.items() if name not in names)
    return (*found, *(Compared(name, "differs", detail) for name, detail in others if detail is not None))


def _since(path: Path, listed: str | None) -> Phrase | None:
    """Return what happened to a file of the run after its manifest was written, None where nothing did."""
    if not path.is_file():
        return Phrase("verify.gone")
    if listed is not None and provenance.file_digest(path) != listed:
        return Phrase("verify.changed")
    return None


def _compared(name: str, stored: Path, again: Path, listed: str | None) -> Compared:
    if (since := _since(stored, listed)) is not None:
        return Compared(name, "differs", since)
    if not again.is_file():
        return Compared(name, "differs", Phrase("verify.missing"))
    if provenance.file_digest(stored) == provenance.file_digest(again):
        return Compared(name, "equal")
    details = list(_tables(stored, again) if stored.suffix == ".csv" else _grids(stored, again))
    different = [phrase for finding, phrase in details if finding == "differs"]
    if different:
        return Compared(name, "differs", different[0])
    return Compared(name, "equal" if all(finding == "equal" for finding, _ in details) else "close")


def _tables(stored: Path, again: Path) -> Iterator[tuple[Finding, Phrase]]:
    import pandas as pd

    old, new = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in (stored, again))
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        yield "differs", Phrase("verify.shape", {"name": stored.name})
        return
    for column in old.columns:
        yield _column(str(column), old[column], new[column])


def _column(name: str, old: "pd.Series", new: "pd.Series") -> tuple[Finding, Phrase]:
    import pandas as pd

    numbers = [pd.to_numeric(values, errors="coerce") for values in (old, new)]
    words = [values.where(number.isna(), "") for values, number in zip((old, new), numbers, strict=True)]
    if (changed := int((words[0] != words[1]).sum())) > 0:
        return "differs", Phrase("verify.differs", {"n": changed, "name": name, "most": "–"})
    return _numbers(name, *(number.to_numpy(dtype=float) for number in numbers))


def _grids(stored: Path, again: Path) -> Iterator[tuple[Finding, Phrase]]:
    old, new = load_grid(stored), load_grid(again)
    for name in old.variables:
        if name not in new.variables or old[name].shape != new[name].shape:
            yield "differs", Phrase("verify.shape", {"name": str(name)})
        else:
            yield _variable(str(name), old[name], new[name])


def _variable(name: str, old: "xr.DataArray", new: "xr.DataArray") -> tuple[Finding, Phrase]:
    if old.dtype.kind == "f" and new.dtype.kind == "f":
        return _numbers(name, old.to_numpy(), new.to_numpy())
    changed = int((old.to_numpy() != new.to_numpy()).sum())
    return "differs" if changed else "equal", Phrase("verify.differs", {"n": changed, "name": name, "most": "–"})


def _numbers(name: str, old: "NDArray", new: "NDArray") -> tuple[Finding, Phrase]:
    """Compare two arrays of the same shape; no value equals no value."""
    import numpy as np

    old, new = old.astype(float).ravel(), new.astype(float).ravel()
    same = (old == new) | (np.isnan(old) & np.isnan(new))
    if same.all():
        return "equal", Phrase("verify.equal")
    finite = np.abs(old[np.isfinite(old)])
    floor = OF_LARGEST * float(finite.max(initial=0.0))
    close = same | np.isclose(new, old, rtol=RELATIVE, atol=floor)
    if close.all():
        return "close", Phrase("verify.close")
    apart = ~close
    with np.errstate(divide="ignore", invalid="ignore"):
        most = float(np.nanmax(np.abs(new[apart] - old[apart]) / np.abs(old[apart]), initial=0.0))
    return "differs", Phrase("verify.differs", {"n": int(apart.sum()), "name": name, "most": f"{most:.1g}"})
