"""Pressures and volumes over time, as sheets give them: a column for each moment, or a begin and an end.

Everything is held from the first to the last moment of the model: before its first value and after its last a history
stays as it is.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from mijnrisico.data.readers.pysub import cells
from mijnrisico.data.readers.pysub.cells import Term
from mijnrisico.data.readers.pysub.notes import Note
from mijnrisico.data.readers.pysub.records import History
from mijnrisico.data.readers.pysub.sheets import Row, Sheet, Sheets
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

_PRESSURE: Final = Term("pressure", "pressure (bar)", "bar", -1e-9, 2_000.0, needed=True)
_VOLUME: Final = Term("volume", "volume (m3)", "", needed=True)
_ENDS: Final = (
    Term("first", "Start pressure (bar)", "bar", -1e-9, 2_000.0, needed=True),
    Term("last", "End pressure (bar)", "bar", -1e-9, 2_000.0, needed=True),
    Term("from", "Start time"),
    Term("to", "End time"),
)

Track = tuple[np.ndarray, np.ndarray]
"""Decimal years (time,) and values (time,)."""


def pressures(
    found: Sheets, labels: Sequence[str], start: float, end: float
) -> tuple[dict[str, History], list[Problem], list[Note]]:
    """Return the pressures of each name, from `start` to `end` where those are given (NaN: what the sheets say).

    A table of pressures counts as it is. A begin and an end with moments become a straight line between the two; with
    a table beside them and no moments, the table gives the course and the two values its height.
    """
    development, ends = _filled(found.get("pressure development")), _filled(found.get("pressure start-end"))
    if development is None and ends is None:
        names = ("Pressure development", "Pressure start-end")
        there = ", ".join(sheet.name for sheet in found.values())
        params = {"needed": (Phrase("tables.either", {"first": names[:1], "last": names[1]}),), "found": there}
        any_sheet = next(iter(found.values()))
        return {}, [Problem("E507", any_sheet.file, {**params, "remedy": Phrase("pysub.pressures")})], []
    problems: list[Problem] = []
    notes: list[Note] = []
    tracks: dict[str, Track] = {}
    if development is not None:
        tracks, wrong = _tracks(development, _PRESSURE)
        problems += wrong
    if ends is not None:
        tracks, wrong, notes = _between(ends, tracks, profile=development is not None)
        problems += wrong
    problems += _lacking(ends or development, tracks, labels)
    if problems:
        return {}, problems, notes
    first = min(track[0][0] for track in tracks.values()) if np.isnan(start) else start
    last = max(track[0][-1] for track in tracks.values()) if np.isnan(end) else end
    if last <= first:
        sheet = found["model parameters"]
        params = {"got": f"{first:g} – {last:g}", "expected": Phrase("pysub.expected.later"), "example": "2010-01-01"}
        return {}, [Problem("E503", sheet.where(head="End time"), params)], notes
    held = {name: _held(track, first, last) for name, track in tracks.items()}
    longer = sum(track[0][0] > first or track[0][-1] < last for track in tracks.values())
    shorter = sum(track[0][0] < first or track[0][-1] > last for track in tracks.values())
    file = next(sheet.file for sheet in (ends, development) if sheet is not None)
    if longer:
        notes.append(Note("converted", "held", longer, {"first": f"{first:g}", "last": f"{last:g}", "file": file}))
    if shorter:
        notes.append(Note("left", "outside", shorter, {"first": f"{first:g}", "last": f"{last:g}", "file": file}))
    return {name: History(*track) for name, track in held.items()}, [], notes


def volumes(
    found: Sheets, labels: Sequence[str], *, cumulative: bool
) -> tuple[dict[str, Track], list[Problem], list[Note]]:
    """Return the cumulative volume of each name [m3], zero one step before its first value where that is not zero."""
    sheet = _filled(found.get("volume change development"))
    if sheet is None:
        there = ", ".join(each.name for each in found.values())
        params = {"needed": ("Volume change development",), "found": there, "remedy": Phrase("pysub.volumes")}
        return {}, [Problem("E507", next(iter(found.values())).file, params)], []
    tracks, problems = _tracks(sheet, _VOLUME)
    problems += _lacking(sheet, tracks, labels)
    sums: dict[str, Track] = {}
    begun = 0
    for name, (years, values) in tracks.items():
        total = values if cumulative else np.cumsum(values)
        falls = np.flatnonzero(np.diff(total) < 0.0)
        if len(falls):
            got = tuple(f"{name} {years[k + 1]:g}: {total[k + 1]:g}" for k in falls)
            params = {"got": got, "expected": Phrase("pysub.expected.growing"), "example": "1200"}
            problems.append(Problem("E503", sheet.where(), params))
        if total[0] != 0.0:
            begun += 1
            step = years[1] - years[0] if len(years) > 1 else 1.0
            years, total = np.concatenate([[years[0] - step], years]), np.concatenate([[0.0], total])
        sums[name] = (years, total)
    notes = [Note("converted", "cumulative" if cumulative else "summed", len(sums), {"file": sheet.file})]
    if begun:
        notes.append(Note("converted", "begun", begun, {"file": sheet.file}))
    return sums, problems, notes


def _filled(sheet: Sheet | None) -> Sheet | None:
    """The sheet when it has a row with a value; an empty one counts as not there."""
    rows = () if sheet is None else tuple(r for r in sheet.rows if any(v is not None for v in r.cells.values()))
    return Sheet(sheet.file, sheet.name, sheet.heads, rows) if sheet is not None and rows else None


def _label(row: Row) -> str:
    return f"{row.label:g}" if isinstance(row.label, float) else str(row.label).strip()


def _tracks(sheet: Sheet, term: Term) -> tuple[dict[str, Track], list[Problem]]:
    """Histories of a sheet with a column for each moment, in the order of time."""
    problems: list[Problem] = []
    moments: dict[str, float] = {}
    for head in sheet.heads:
        moment = cells.year(int(head) if head.isdigit() else head)
        if moment is None:
            params = {"got": head, "expected": Phrase("pysub.expected.moment"), "example": "1990-01-01"}
            problems.append(Problem("E503", sheet.where(head=head), params))
        elif moment in moments.values():
            problems.append(Problem("E301", sheet.where(head=head), {"of": "pysub", "got": (head,)}))
        else:
            moments[head] = moment
    order = sorted(moments, key=moments.__getitem__)
    table = []
    for head in order:
        numbers, wrong = cells.numbers(sheet, head, term)
        problems += wrong
        table.append([np.nan if number is None else number for number in numbers])
    if not problems and len(order) < 2:
        params = {"needed": (Phrase("pysub.two_moments"),), "found": ", ".join(sheet.heads) or "–"}
        problems.append(Problem("E507", sheet.where(), {**params, "remedy": Phrase("pysub.pressures")}))
    if problems:
        return {}, problems
    years, values = np.array([moments[head] for head in order]), np.array(table).T
    return {_label(row): (years, values[k]) for k, row in enumerate(sheet.rows)}, []


def _between(
    sheet: Sheet, profiles: dict[str, Track], *, profile: bool
) -> tuple[dict[str, Track], list[Problem], list[Note]]:
    """Histories of a begin and an end: a straight line, or the course of a profile."""
    problems = cells.missing(sheet, _ENDS)
    there = cells.heads(sheet, _ENDS)
    if problems:
        return {}, problems, []
    first, wrong = cells.numbers(sheet, there["first"], _ENDS[0])
    last, more = cells.numbers(sheet, there["last"], _ENDS[1])
    problems += [*wrong, *more]
    timed = all(row.cells.get(there.get(key, "")) is not None for row in sheet.rows for key in ("from", "to"))
    if profile and not timed:
        tracks, wrong = _scaled(sheet, profiles, first, last)
        note = Note("converted", "profile", len(tracks), {"file": sheet.file})
        return tracks, [*problems, *wrong], [note]
    tracks = {}
    for k, row in enumerate(sheet.rows):
        begin, end = (cells.year(row.cells.get(there.get(key, ""))) for key in ("from", "to"))
        if begin is None or end is None or end <= begin:
            head = there.get("from", "Start time")
            got = tuple(str(row.cells.get(there.get(key, ""))) for key in ("from", "to"))
            params = {"got": got, "expected": Phrase("pysub.expected.moments"), "example": "1990-01-01, 2010-01-01"}
            problems.append(Problem("E503", sheet.where(row, head), params))
        elif first[k] is not None and last[k] is not None:
            tracks[_label(row)] = (np.array([begin, end]), np.array([first[k], last[k]], dtype=float))
    notes = [Note("differs", "line", len(tracks), {"file": sheet.file})]
    if profile:
        notes.append(Note("left", "development", len(profiles), {"file": sheet.file}))
    return tracks, problems, notes


def _scaled(
    sheet: Sheet, profiles: dict[str, Track], first: Sequence[float | None], last: Sequence[float | None]
) -> tuple[dict[str, Track], list[Problem]]:
    tracks: dict[str, Track] = {}
    problems: list[Problem] = []
    for k, row in enumerate(sheet.rows):
        name = _label(row)
        years, course = profiles.get(name, (np.empty(0), np.empty(0)))
        high, low = first[k], last[k]
        if not len(course) or high is None or low is None:
            continue
        fall = float(np.max(course) - np.min(course))
        if fall == 0.0:
            params = {"got": name, "expected": Phrase("pysub.expected.course"), "example": "350, 300, 250"}
            problems.append(Problem("E503", sheet.where(row), params))
        else:
            tracks[name] = (years, low + (course - np.min(course)) / fall * (high - low))
    return tracks, problems


def _lacking(sheet: Sheet | None, tracks: dict[str, Track], labels: Sequence[str]) -> list[Problem]:
    """E412 for names that stand in one sheet and not in the other."""
    if sheet is None or not tracks:
        return []
    strange = [name for name in (*labels, *tracks) if (name in tracks) != (name in labels)]
    params = {"got": tuple(strange), "known": tuple(labels), "nearest": labels[0] if labels else "–"}
    return [Problem("E412", sheet.where(), params)] if strange else []


def _held(track: Track, first: float, last: float) -> Track:
    """Cut or lengthen a history to run from the first to the last moment."""
    years, values = track
    inner = years[(years > first) & (years < last)]
    moments = np.concatenate([[first], inner, [last]])
    return moments, np.interp(moments, years, values)
