"""Peak ground acceleration of the objects of an application, from a run: the value that article 3 asks for.

What is realised at filing has the value of the year of filing (article 3(1); the text names no day, convention A9),
what is not that of its expected completion (article 3(2)), or of the last year of the run where that comes later (A11).
Of an object with several points the highest level counts (A10). The level is the mean over the logic tree, at the
point itself, for a return period of 475 years; its band and the share of the branches at or above the threshold stand
beside it. Nothing is rounded. An acceleration that the dossier already has is left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import numpy as np

from mijnrisico.core import toml
from mijnrisico.core.norm import norm
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies import groningen
from mijnrisico.studies.industry.facts import Case, Item, Source

NORM: Final = "industrie_piekgrondversnelling"
Why = Literal["given", "no_point", "realised_unknown", "no_completion", "before_the_run", "outside"]


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that got no acceleration from the run, and why."""

    item: str
    why: Why
    detail: str = ""


def read(run: StoredRun, case: Case) -> tuple[tuple[Source, ...], tuple[Unread, ...]]:
    """Read the acceleration of every object of a case that has none.

    Raises:
        InputError: E702 where the run has no level at the return period of the rule, or its motion model no PGA.
    """
    period = norm(NORM).return_period_yr
    if run.scenario.hazard.periods[0] != period:
        raise run.lacking("PGA", f"hazard.return_periods=[{period:g}]")
    wanted: list[tuple[Item, int, int]] = []
    unread: list[Unread] = []
    for item in case.items:
        found = _asked(item, case, run)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            wanted.append((item, *found))
    sources: list[Source] = []
    for year in sorted({year for _, _, year in wanted}):
        of_year = [(item, asked) for item, asked, each in wanted if each == year]
        for (item, asked), found in zip(of_year, _highest(run, [item for item, _ in of_year], year), strict=True):
            if found is None:
                unread.append(Unread(item.id, "outside"))
            else:
                sources.append(replace(found, asked=asked))
    order = {item.id: k for k, item in enumerate(case.items)}
    return tuple(sorted(sources, key=lambda one: order[one.item])), tuple(sorted(unread, key=lambda u: order[u.item]))


def _asked(item: Item, case: Case, run: StoredRun) -> tuple[int, int] | Unread:
    """Return the year that counts for an object, and the year of the run that stands for it."""
    if item.realised is None:
        return Unread(item.id, "realised_unknown")
    if item.pga475_application if item.realised else item.pga475_completion:
        return Unread(item.id, "given")
    if not item.rd:
        return Unread(item.id, "no_point")
    completion = item.expected_completion
    if not item.realised and completion is None:
        return Unread(item.id, "no_completion")
    day = case.received if item.realised else completion
    asked = day.year if isinstance(day, date) else int(day or 0)
    years = run.scenario.years
    if asked < years[0]:
        return Unread(item.id, "before_the_run", f"{asked} < {years[0]}")
    return asked, min(asked, years[-1])


def _highest(run: StoredRun, items: Sequence[Item], year: int) -> list[Source | None]:
    """Return the highest level among the points of each object; None where one of them has no level."""
    threshold = norm(NORM).value
    assert threshold is not None
    points = [point for item in items for point in item.rd]
    names = [item.id for item in items for _ in item.rd]
    x, y = (np.array([point[k] for point in points], float) for k in (0, 1))
    frame = groningen.site_answer(run, x, y, names, year, threshold)
    found: list[Source | None] = []
    at = 0
    for item in items:
        rows = frame.iloc[at : at + len(item.rd)]
        at += len(item.rd)
        if rows["mean_g"].isna().any():
            found.append(None)
            continue
        top = rows.iloc[int(rows["mean_g"].to_numpy(float).argmax())]
        found.append(
            Source(
                item=item.id,
                when="filing" if item.realised else "completion",
                run=run.id,
                asked=year,
                year=year,
                value_g=_exact(top["mean_g"]),
                low_g=_exact(top["p10_g"]),
                high_g=_exact(top["p90_g"]),
                share=_exact(top["share_at_threshold"]),
                reaches=str(top["reaches"]),
                point=(float(top["x_rd"]), float(top["y_rd"])),
                points=len(item.rd),
            )
        )
    return found


def _exact(value: object) -> Decimal:
    """Return a number with every digit that it has."""
    return Decimal(repr(float(str(value))))


def written(content: str, name: str, case: Case, sources: Sequence[Source]) -> str:
    """Return the text of a dossier with the accelerations in it: at each object, and a `[[pga]]` that says where from.

    The text of the user stays as it is, remarks and order too.

    Raises:
        InputError: E503 where the objects are not written as `[[objects]]`.
    """
    lines = content.rstrip("\n").split("\n")
    heads = [number for number, line in enumerate(lines) if re.fullmatch(r"\s*\[\[\s*objects\s*\]\]\s*(#.*)?", line)]
    if len(heads) != len(case.items):
        expected = Phrase("industry.expected.objects_as_tables")
        raise InputError(
            Problem("E503", name, {"got": "objects = [...]", "expected": expected, "example": "[[objects]]"})
        )
    place = {item.id: heads[k] for k, item in enumerate(case.items)}
    for one in sorted(sources, key=lambda each: -place[each.item]):
        key = "pga475_application" if one.when == "filing" else "pga475_completion"
        lines.insert(place[one.item] + 1, f"{key} = {one.value_g}  # {one.run}, {one.year}")
    for one in sources:
        lines += [
            "",
            "[[pga]]",
            f"object = {toml.written(one.item)}",
            f'when = "{one.when}"',
            f"run = {toml.written(one.run)}",
            f"asked = {one.asked}",
            f"year = {one.year}",
            f"value_g = {one.value_g}",
            f"low_g = {one.low_g}",
            f"high_g = {one.high_g}",
            f"share = {one.share}",
            f'reaches = "{one.reaches}"',
            f"point = [{one.point[0]!r}, {one.point[1]!r}]",
            f"points = {one.points}",
        ]
    return "\n".join(lines) + "\n"
