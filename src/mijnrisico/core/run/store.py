"""The store of runs: which runs are in a results folder, and what is done with one as a whole.

`results/index.json` lists them for the web and for `mijnrisico runs`. It holds nothing that the manifests do not say,
and carries the size and time of each manifest: what does not fit is read again, so a stale or missing index mends
itself and two processes cannot spoil it.
"""

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

from mijnrisico.core import files
from mijnrisico.core.run import manifest
from mijnrisico.core.run.manifest import Manifest
from mijnrisico.errors import InputError, Problem

INDEX: Final = "index.json"
INDEX_SCHEMA: Final = "mijnrisico-index/1"
CACHE: Final = ".cache"
BUILDING: Final = ".building-"
REPLACED: Final = ".replaced-"
REMOVED: Final = ".removed-"

Status = Literal["draft", "reviewed", "published", "superseded"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

Record = dict[str, Any]
"""One run in the index: id, title, title_nl, created, duration_s, hash, review, key (the result in one number)."""
_KEY: Final = re.compile(r"pga[\d.]+_max|subsidence_deepest")
"""Quantities of a summary whose largest value names a run in a list."""


def runs(results: Path) -> dict[str, Record]:
    """Return the complete runs of a folder by id, as the index has them; the index is mended where it is stale."""
    stamps = _stamps(results)
    known = _read_index(results)
    found = {name: known[name] for name, stamp in stamps.items() if known.get(name, {}).get("stamp") == stamp}
    if stamps.keys() == known.keys() == found.keys():
        return _complete(found)
    if stamps or known:
        found = write_index(results)
    return _complete(found)


def unreadable(results: Path) -> dict[str, str]:
    """Return why a folder with a manifest is no run that can be used: `damaged`, or `newer` than this toolbox."""
    found = _records(results)
    return {name: record["status"] for name, record in found.items() if record["status"] in ("damaged", "newer")}


def write_index(results: Path) -> dict[str, Record]:
    """Read every manifest, write the index, and return all records; a folder that is read-only keeps its old index."""
    try:
        (results / CACHE).mkdir(exist_ok=True)
        with files.locked(results / CACHE / f"index{files.LOCK}"):
            for part in results.glob(f".{INDEX}.*{files.PART}"):  # of a process that was killed: the lock is ours
                part.unlink(missing_ok=True)
            found = _records(results)
            content = {"schema": INDEX_SCHEMA, "runs": list(found.values())}
            files.write_text(results / INDEX, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    except OSError:  # the index only saves time: what is listed does not depend on it
        found = _records(results)
    return found


def find_id(results: Path, wanted: str | None) -> str:
    """Return the id of the run that is meant: by its id, an unambiguous part of it, a path to it; else the newest.

    A path must lead into `results`: the run of that name in another folder is another run.
    Raises `InputError` E701 where no single run fits, E703 where there is no run at all.
    """
    known = runs(results)
    if not known:
        raise InputError(Problem("E703", results.name, {"folder": results.as_posix()}))
    if wanted is None:
        return max(known, key=lambda name: known[name]["created"])
    part = Path(wanted).name
    chosen = [part] if part in known else [name for name in known if part and part in name]
    if any(mark in wanted for mark in (os.sep, os.altsep) if mark) and not _is_same(Path(wanted).parent, results):
        chosen = []
    if len(chosen) != 1:
        params = {"run": wanted or "–", "known": tuple(chosen or known)}
        raise InputError(Problem("E701", results.as_posix(), params))
    return chosen[0]


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def remove(results: Path, run_id: str) -> None:
    """Remove a run: it is gone at once, also when the process is killed half-way; raises E704 for a published one."""
    folder = results / run_id
    refuse_published(folder)
    gone = results / f"{REMOVED}{run_id}"
    files.remove(gone)
    folder.rename(gone)
    files.remove(gone)
    write_index(results)


@contextmanager
def amended(folder: Path) -> Iterator[None]:
    """Hold a run while its figures and reports are drawn again; then let its manifest and the index say what is there.

    Raises `InputError` E704 for a published run. No other process reviews, removes or replaces the run meanwhile.
    """
    with _held(folder):
        refuse_published(folder)
        try:
            yield
        finally:
            if (found := manifest.read(folder)) is not None:
                manifest.write(folder, found | {"outputs": manifest.outputs(folder)})
            write_index(folder.parent)


def inside_run(target: Path, where: str) -> Problem | None:
    """Return E719 for a file or folder that would come among the files of a run, which are those of its manifest."""
    for parent in (target.resolve(), *target.resolve().parents):
        if manifest.read(parent) is not None:
            return Problem("E719", where, {"file": target.name, "run": parent.name})
    return None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the lock of the question that a run answers."""
    (folder.parent / CACHE).mkdir(exist_ok=True)
    with files.locked(lock_of(folder.parent, folder.name.rpartition("-")[2])):
        yield


def refuse_published(folder: Path) -> None:
    """Raise `InputError` E704 when the run in a folder is, or was, published: others refer to what is in it."""
    found = manifest.read(folder)
    if found is not None and _is_kept(found):
        raise InputError(Problem("E704", folder.name, {"run": folder.name, "by": found["review"].get("by") or "–"}))


def cached(results: Path) -> list[Path]:
    """Return the files of finished stages that all runs share."""
    return sorted(p for p in (results / CACHE).glob("*") if p.is_file() and p.suffix != files.LOCK)


def clear_cache(results: Path) -> None:
    """Remove the finished stages; raises `InputError` E705 while a run is at work in this folder."""
    sweep(results)
    if busy := sorted(results.glob(f"{BUILDING}*")):
        raise InputError(Problem("E705", results.as_posix(), {"n": len(busy)}))
    for path in cached(results):
        path.unlink(missing_ok=True)
    for lock in (results / CACHE).glob(f"*{files.LOCK}"):
        with files.if_free(lock) as free:
            if free:
                lock.unlink(missing_ok=True)


def sweep(results: Path, mine: str = "") -> None:
    """Clean what killed processes left behind; what a living one works on is locked and stays.

    A run that was being replaced gets its name back if the new one did not come; `mine` is a question that the
    caller has locked itself.
    """
    for old in results.glob(f"{REPLACED}*"):
        name = old.name.removeprefix(REPLACED)
        with _free(results, name.rpartition("-")[2], mine) as free:
            if free and (results / name).exists():
                files.remove(old)
            elif free and old.exists():
                old.rename(results / name)
    for old in results.glob(f"{REMOVED}*"):
        files.remove(old)
    for old in results.glob(f"{BUILDING}*"):
        with _free(results, old.name.removeprefix(BUILDING), mine) as free:
            if free:
                files.remove(old)
    for part in (results / CACHE).glob(f".*{files.PART}"):
        with _free(results, part.stem.rpartition(".")[2], mine) as free:
            if free:
                part.unlink(missing_ok=True)


def lock_of(results: Path, question: str) -> Path:
    """Return the file whose lock a process holds while it works on a question (first digits of its hash)."""
    return results / CACHE / f"{question}{files.LOCK}"


def review(
    results: Path, run_id: str, status: Status, by: str, *, superseded_by: str | None = None, redraw: Any = None
) -> Manifest:
    """Write the review of a run into its manifest and return it.

    A published run is read-only: it can only become superseded (E704), and stays where it is. `redraw(folder)` draws
    what shows the status; if it fails, the review is as it was. Two reviews of one run wait for each other.
    """
    with _held(results / run_id):
        return _reviewed(results, run_id, status, by, superseded_by, redraw)


def _reviewed(results: Path, run_id: str, status: Status, by: str, superseded_by: str | None, redraw: Any) -> Manifest:
    folder = results / run_id
    if status != "superseded":
        refuse_published(folder)
    before = manifest.read(folder)
    if before is None:
        raise InputError(Problem("E701", results.as_posix(), {"run": run_id, "known": tuple(runs(results))}))
    decision = {"status": status, "by": by, "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    if _is_kept(before):
        decision["published"] = before["review"].get("published") or before["review"].get("date")
    if superseded_by is not None:
        decision["superseded_by"] = superseded_by
    files.set_writable(folder, writable=True)
    after = before | {"review": decision}
    try:
        manifest.write(folder, after)
        if redraw is not None:
            redraw(folder)
            after |= {"outputs": manifest.outputs(folder)}
            manifest.write(folder, after)
    except BaseException:
        manifest.write(folder, before)
        raise
    finally:
        if _is_kept(manifest.read(folder)):
            files.set_writable(folder, writable=False)
    if superseded_by is not None:
        _name_predecessor(results / superseded_by, run_id)
    write_index(results)
    return after


def _is_kept(found: Manifest | None) -> bool:
    """Say whether a run is published, or was before another run superseded it."""
    known = {} if found is None else found.get("review", {})
    return known.get("status") == "published" or bool(known.get("published"))


def _name_predecessor(successor: Path, run_id: str) -> None:
    found = manifest.read(successor)
    if found is not None and not _is_kept(found):
        manifest.write(successor, found | {"supersedes": run_id})


def _free(results: Path, question: str, mine: str) -> Any:
    return nullcontext(True) if question == mine else files.if_free(lock_of(results, question))


def _complete(found: Mapping[str, Record]) -> dict[str, Record]:
    return {name: record for name, record in found.items() if record["status"] == "complete"}


def _stamps(results: Path) -> dict[str, str]:
    """Size and time of every manifest, by folder, in order of name."""
    stamps: dict[str, str] = {}
    for path in sorted(results.glob(f"[!.]*/{manifest.FILE}")):
        try:
            facts = path.stat()
        except OSError:  # removed meanwhile
            continue
        stamps[path.parent.name] = f"{facts.st_size}-{facts.st_mtime_ns}"
    return stamps


def _read_index(results: Path) -> dict[str, Record]:
    try:
        content = json.loads((results / INDEX).read_text(encoding="utf-8"))
        if content["schema"] != INDEX_SCHEMA:
            return {}
        return {str(record["id"]): record for record in content["runs"]}
    except (OSError, ValueError, KeyError, TypeError):  # missing, damaged or of another version: made again
        return {}


def _records(results: Path) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for name, stamp in _stamps(results).items():
        content = manifest.read(results / name)
        found[name] = _record(results / name, content, stamp)
    return found


def _record(folder: Path, content: Manifest | None, stamp: str) -> Record:
    if content is None:
        return {"id": folder.name, "status": "damaged", "stamp": stamp}
    if manifest.is_newer(content):
        return {"id": folder.name, "status": "newer", "stamp": stamp}
    return {
        "id": folder.name,
        "title": content.get("title", ""),
        "title_nl": content.get("title_nl", ""),
        "status": content.get("status", ""),
        "created": content.get("created", ""),
        "duration_s": content.get("duration_s"),
        "hash": content.get("hash", {}).get("run", ""),
        "review": content.get("review", {}),
        "supersedes": content.get("supersedes"),
        "key": _key_result(folder / "tables" / "summary.csv"),
        "stamp": stamp,
    }


def _key_result(path: Path) -> dict[str, Any] | None:
    """Return the result that names a run: the largest acceleration of its first return period, or subsidence."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if _KEY.fullmatch(row.get("quantity", ""))]
        first = [row for row in rows if row["quantity"] == rows[0]["quantity"]]
        top = max(first, key=lambda row: float(row["value"]), default=None)
        if top is None:
            return None
        return {
            "quantity": top["quantity"],
            "value": float(top["value"]),
            "unit": top["unit"],
            "year": int(top["year"]),
        }
    except (OSError, ValueError, KeyError, TypeError):  # no summary, or another kind of summary
        return None
