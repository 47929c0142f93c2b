"""Why two runs differ: the difference of every number shared out among what changed between the questions.

Settings are gathered by cause (`CAUSES`): what was asked, the earthquakes, the models, the buildings, the way of
computing. Between run A and run B lie questions that take some of the causes from B and the others from A. v(S) is a
number answered with the causes S of B, so v(nothing) is that of A and v(all) that of B. Where causes work on each
other, the step that one of them makes depends on which went before; the share of cause i is then the mean of its step
over all orders, the Shapley value:

    m(T) = sum over S in T of (-1)^(|T| - |S|) v(S)          what the causes T do together and none of them without
    change(i) = sum over T with i of m(T) / |T|              the changes sum to v(all) - v(nothing)

All 2^k questions between the runs are answered again with today's code, exactly. What a run wrote and today's code does
not give is a bar of its own, `code`, so that the bars sum to the difference of the runs.

Source: Shapley (1953), doi:10.1515/9781400881970-018, for the mean over orders; Harsanyi (1963), doi:10.2307/2525487,
for the sum over coalitions.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any, Final

import pandas as pd

from mijnrisico.core import provenance
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.scenario.tree import SECTIONS, leaves
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Taken = frozenset[str]
Numbers = Mapping[str, float]
Evaluate = Callable[[Scenario, int], Numbers]
"""Answers a question for a year: numbers by the name of their target."""

CODE: Final = "code"
"""The bar of what the runs wrote and today's code does not give: another version, or inputs that are gone."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why two answers can differ: its settings (a pattern over whole keys) and why they are of this cause."""

    name: str
    settings: str
    because: str


CAUSES: Final = (
    Cause(
        "scenario",
        r"time\..*|inputs\.(scenario|pressure|forecast)\..*",
        "what is asked: the production, the pressure or the forecast that stands for it, the years",
    ),
    Cause(
        "catalogue",
        r"inputs\.catalogue\..*|source\.(from|until|magnitude_min|rmax|sigma|smoothing|slope|log10_hs)",
        "what the source is fitted on, and over which values: new earthquakes and new fits come together",
    ),
    Cause(
        "model",
        r"source\.(rate|magnitude|mmax)|rupture\..*|motion\..*|risk\.(?!mix|fractiles|simulated).*"
        r"|inputs\.(faults|thickness|depth|compressibility|outline)\..*",
        "how earthquakes, motion and damage follow: models, their weights, the ground that they see",
    ),
    Cause(
        "exposure",
        r"exposure\..*|inputs\.(exposure|buildings)\w*\..*|risk\.mix",
        "which buildings stand where, of which class, with how many people",
    ),
    Cause("method", r".*", "how it is computed and what a number means: nodes, margin, threshold, seed"),
)
"""A setting is of the first cause that fits it. In this order their bars stand, that of the chain itself."""

NOT_ASKED: Final = re.compile(
    r"title(_nl)?|template|(output|compute|report|sites|inputs\.sites)(\..*)?|risk\.(shown|mix_label.*|fractiles_above|simulated_years)"
    r"|hazard\.measures|exposure\.single_buildings"
)
"""Settings that no target depends on: names, what is shown and written, limits of the machine."""


@dataclass(frozen=True, slots=True)
class Target:
    """A number whose difference is explained: its name in an `Evaluate`, its unit, and in the summary of a run.

    `quantity` is "" where the summary does not hold it; `scale` is that with which it is read (per million).
    """

    name: str
    unit: str
    quantity: str = ""
    scale: float = 1.0


TARGETS: Final = (
    Target("pga_max", "g", "pga475_max"),
    Target("area_pga_threshold", "km2", "area_pga475_threshold"),
    Target("events", "1/year", "events"),
    Target("lpr_max", "1/year", scale=1e6),
    Target("buildings_above_1e-5", "buildings", "buildings_above_1e-5"),
    Target("deaths", "1/year", "deaths"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one cause does to a number: its share of the difference, and its smallest and largest step in any order."""

    cause: str
    change: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Explained:
    """The difference of one target: `a` + the changes of the `parts` = `b`.

    `interaction` is the part of all effects, 0 to 1, that belongs to causes together: sum of |m(T)| over two and more
    causes, divided by that over all; NaN where one order was followed. `written` says whether `a` and `b` are what the
    runs wrote, or both were computed again.
    """

    target: Target
    a: float
    b: float
    parts: tuple[Part, ...]
    interaction: float
    written: bool

    @property
    def difference(self) -> float:
        """b - a."""
        return self.b - self.a

    @property
    def main(self) -> Part | None:
        """The part that goes farthest in the direction of the difference; None where there is no difference."""
        same = [part for part in self.parts if part.change * self.difference > 0.0]
        return max(same, key=lambda part: abs(part.change), default=None)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Why run `b` differs from run `a` in a year, for every target that both can answer.

    `causes` are those that differ, in the order of their bars; `settings` the keys that differ by cause; `order` the
    order that was asked, empty for the mean over all. `problems` say why nothing could be computed again. `notes` say
    what a reader must know beside the bars.
    """

    a: str
    b: str
    year: int
    causes: tuple[str, ...]
    settings: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    explained: tuple[Explained, ...]
    notes: tuple[Phrase, ...] = ()
    problems: tuple[Problem, ...] = ()

    def of(self, target: str) -> Explained:
        """The explanation of one target, by its name or that in the summary; raises `InputError` E711 without it."""
        for found in self.explained:
            if target in (found.target.name, found.target.quantity):
                return found
        known = tuple(found.target.name for found in self.explained) or ("–",)
        params = {"what": Phrase("waterfall.target"), "got": target, "known": known, "run": f"{self.a} + {self.b}"}
        raise InputError(Problem("E711", "--target", params))

    def table(self) -> pd.DataFrame:
        """A row per target and bar: target, unit, year, bar (A, a cause, B), change, lowest, highest, share, level.

        `change` is the height of the bar, `lowest` and `highest` that of the cause in any order, `share` the part of
        the difference, `level` the number after it; the levels of A and B are those of the runs.
        """
        rows: list[tuple[object, ...]] = []
        for found in self.explained:
            head = (found.target.name, found.target.unit, self.year)
            level = found.a
            rows.append((*head, "A", None, None, None, None, level))
            for part in found.parts:
                level += part.change
                share = part.change / found.difference + 0.0 if found.difference else None  # + 0.0: not -0
                rows.append((*head, part.cause, part.change, part.lowest, part.highest, share, level))
            rows.append((*head, "B", None, None, None, None, found.b))
        columns = ["target", "unit", "year", "bar", "change", "lowest", "highest", "share", "level"]
        return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[4:], float))


def cause_of(key: str) -> str:
    """The cause that a setting belongs to.

    >>> cause_of("source.until"), cause_of("motion.model"), cause_of("hazard.cell")
    ('catalogue', 'model', 'method')
    """
    return next(cause.name for cause in CAUSES if re.fullmatch(cause.settings, key))


def changed(a: Scenario, b: Scenario) -> dict[str, tuple[str, ...]]:
    """The settings that differ by cause, causes in the order of `CAUSES`; a file of a user counts by its contents."""
    before, after = _asked(a), _asked(b)
    keys = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    found = {cause.name: tuple(key for key in keys if cause_of(key) == cause.name) for cause in CAUSES}
    return {name: those for name, those in found.items() if those}


def _asked(scenario: Scenario) -> dict[str, Any]:
    """Everything that a target can depend on, by key: values, and digests in place of the names of files."""
    found = {key: value for key, value in leaves(scenario.settings()) if not NOT_ASKED.fullmatch(key)}
    for role, section in SECTIONS.items():
        if f"{section}.file" in found:
            path = scenario.input_files.get(role)
            found[f"{section}.file"] = None if path is None else provenance.file_digest(path)
    return found


def between(a: Scenario, b: Scenario, taken: Collection[str]) -> Scenario:
    """The question of `a` with every setting and file of the causes `taken` from `b`.

    Raises `InputError` where the two do not go together: a smallest magnitude of one above the largest of the other.
    """
    changes: dict[str, object] = {"title": "A → B"}
    for key, value in leaves(b.settings()):
        if not NOT_ASKED.fullmatch(key) and cause_of(key) in taken:
            changes[key] = value
    for role, section in SECTIONS.items():
        if f"{section}.file" in changes:
            path = b.input_files.get(role)
            changes[f"{section}.file"] = "" if path is None else str(path.resolve())
    return a.replace(changes)


def subsets(causes: Sequence[str]) -> Iterator[Taken]:
    """Every choice of causes to take from B, small ones first: 2^k of them."""
    for size in range(len(causes) + 1):
        yield from map(frozenset, combinations(causes, size))


def along(order: Sequence[str]) -> Iterator[Taken]:
    """The choices on the way from A to B in one order: k + 1 of them."""
    for size in range(len(order) + 1):
        yield frozenset(order[:size])


def dividends(values: Mapping[Taken, float]) -> dict[Taken, float]:
    """m(T) of every set of causes but the empty one, from v of every set: they sum to v(all) - v(nothing)."""
    found: dict[Taken, float] = {}
    for whole in sorted(values, key=len):
        inside = sum(value for part, value in found.items() if part < whole)
        if whole:
            found[whole] = values[whole] - values[frozenset()] - inside
    return found


def shared(values: Mapping[Taken, float], causes: Sequence[str]) -> tuple[tuple[Part, ...], float]:
    """Share the difference among causes, mean over all orders; and the share of the effects that is joint."""
    together = dividends(values)
    parts = []
    for cause in causes:
        steps = [values[taken | {cause}] - values[taken] for taken in values if cause not in taken]
        change = sum(value / len(taken) for taken, value in together.items() if cause in taken)
        parts.append(Part(cause, change, min(steps), max(steps)))
    every = sum(map(abs, together.values()))
    joint = sum(abs(value) for taken, value in together.items() if len(taken) > 1)
    return tuple(parts), joint / every if every else 0.0


def stepped(values: Mapping[Taken, float], order: Sequence[str]) -> tuple[tuple[Part, ...], float]:
    """The steps of the causes in one order; what they do together falls to the later ones and is not told apart."""
    way = [values[taken] for taken in along(order)]
    steps = [after - before for before, after in pairwise(way)]
    return tuple(Part(cause, step, step, step) for cause, step in zip(order, steps, strict=True)), float("nan")


def checked_order(order: Sequence[str], causes: Sequence[str]) -> tuple[str, ...]:
    """The differing causes in an order that was asked; raises `InputError` E503 unless each is named, each once."""
    known = [cause.name for cause in CAUSES]
    complete = set(causes) <= set(order) <= set(known) and len(set(order)) == len(order)
    if order and not complete:
        example = f"--order {','.join(causes or known)}"
        params = {"key": "order", "got": ",".join(order), "expected": Phrase("waterfall.order"), "example": example}
        raise InputError(Problem("E503", "--order", params))
    return tuple(cause for cause in order if cause in causes)


def explain(
    a: StoredRun,
    b: StoredRun,
    year: int,
    evaluate: Evaluate,
    *,
    order: Sequence[str] = (),
    progress: Progress = ignore,
) -> Waterfall:
    """Say why run `b` differs from run `a` in a year.

    Args:
        a, b: finished runs that both have the year.
        year: calendar year.
        evaluate: answers a question; called 2^k times for k causes that differ, k + 1 times with an `order`.
        order: names of causes; their steps in this order instead of the mean over all orders.
        progress: called with the share of the questions that is answered.

    Raises `InputError` E503 for an order that lacks a cause that differs, or names one that is none.
    """
    try:
        before, after = a.scenario, b.scenario
    except InputError as error:  # an input of the run is gone, or the code of today refuses the question
        return _unexplained(a, b, year, error.problems)
    settings = changed(before, after)
    causes = tuple(settings)
    order = checked_order(order, causes)
    wanted = list(along(order) if order else subsets(causes))
    answers: dict[Taken, Numbers] = {}
    try:
        for done, taken in enumerate(wanted):
            progress(done / len(wanted))
            answers[taken] = evaluate(between(before, after, taken), year)
    except InputError as error:
        return _unexplained(a, b, year, error.problems)
    progress(1.0)
    explained, today = [], _of_today(a) and _of_today(b)
    before, after = _summary(a, year), _summary(b, year)
    for target in TARGETS:
        values = {taken: float(numbers[target.name]) for taken, numbers in answers.items() if target.name in numbers}
        if len(values) < len(answers):
            continue
        parts, interaction = stepped(values, order) if order else shared(values, causes)
        ends = values[frozenset()], values[frozenset(causes)]
        alone = Explained(target, *ends, parts, interaction, written=False)
        explained.append(_closed(alone, before.get(target.quantity), after.get(target.quantity), today=today))
    return Waterfall(a.id, b.id, year, order or causes, settings, order, tuple(explained), _notes(explained, causes))


_ROUNDING: Final = 1e-6
"""Of the larger number: a rest below this is the twelve digits of a table, not another version."""


def _closed(again: Explained, a: float | None, b: float | None, *, today: bool) -> Explained:
    """Close the way between what the runs wrote with what today's code does not give of it.

    Where the runs are `today`'s themselves, a number that they wrote otherwise means a little otherwise: then the bars
    stay between the numbers that were computed again.
    """
    if a is None or b is None:
        return again
    rest = (b - a) - again.difference
    if abs(rest) <= _ROUNDING * max(abs(a), abs(b)):
        return replace(again, a=a, b=b, written=True)
    if today:
        return again
    return replace(again, a=a, b=b, parts=(*again.parts, Part(CODE, rest, rest, rest)), written=True)


def _unexplained(a: StoredRun, b: StoredRun, year: int, problems: Sequence[Problem]) -> Waterfall:
    """The whole difference of what both runs wrote as one bar that says so."""
    explained = []
    before, after = _summary(a, year), _summary(b, year)
    for target in TARGETS:
        if target.quantity in before and target.quantity in after:
            one, other = before[target.quantity], after[target.quantity]
            whole = (Part(CODE, other - one, other - one, other - one),)
            explained.append(Explained(target, one, other, whole, 0.0, written=True))
    notes = (Phrase("waterfall.notes.none"),)
    return Waterfall(a.id, b.id, year, (), {}, (), tuple(explained), notes, tuple(problems))


def _notes(explained: Sequence[Explained], causes: Sequence[str]) -> tuple[Phrase, ...]:
    """What a reader must know: the rest, targets that were computed again, targets that are not there."""
    notes = []
    if not causes:
        notes.append(Phrase("waterfall.notes.same"))
    if any(part.cause == CODE for found in explained for part in found.parts):
        notes.append(Phrase("waterfall.notes.code"))
    if again := tuple(_name(found.target) for found in explained if not found.written):
        notes.append(Phrase("waterfall.notes.again", {"targets": again}))
    there = {found.target.name for found in explained}
    if absent := tuple(_name(target) for target in TARGETS if target.name not in there):
        notes.append(Phrase("waterfall.notes.absent", {"targets": absent}))
    return tuple(notes)


def _of_today(run: StoredRun) -> bool:
    """Say whether a run was made by the code that is here."""
    return str(run.manifest.get("hash", {}).get("code", "")) == f"sha256:{provenance.package_digest()}"


def _name(target: Target) -> Phrase:
    return Phrase(f"waterfall.targets.{target.name}")


def _summary(run: StoredRun, year: int) -> dict[str, float]:
    """Numbers of a year in the summary of a run, the first of each quantity; empty where there is none."""
    if not (run.path / "tables" / "summary.csv").is_file():
        return {}
    frame = run.table("summary")
    rows = frame[frame["year"] == year]
    value = pd.to_numeric(rows["value"], errors="coerce")
    rows = rows.assign(value=value).dropna(subset="value").drop_duplicates("quantity")
    return {str(name): float(number) for name, number in zip(rows["quantity"], rows["value"], strict=True)}
