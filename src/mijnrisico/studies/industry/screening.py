"""Qualitative screening of phase 1: which installations and buildings of a site come first, and which are studied on.

    chance      = class of the sum of the points of its factors        1 to 4
    consequence = class of the sum of the points of its factors        1 to 4
    priority    = matrix (chance, consequence)                         low, middle, high

Points, classes and matrix are data with a mark and a source (`screening.toml`, or a file of the user): the official
texts (Handreiking industrie fase 1, Selectiemethodiek) were not read, so this prepares a plan of approach and replaces
none. A factor that is not known is not guessed: it counts as everything that it may be, so that a priority is a range,
and the factors that could change it are named. Every factor keeps the evidence that its value rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, TypeGuard

from mijnrisico.core import toml
from mijnrisico.core.norm import norm
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry.values import LARGEST_G

Part = Literal["chance", "consequence"]
Priority = Literal["low", "middle", "high"]
Selection = Literal["phase_3", "phase_2", "not_now", "ask", "outside"]

PARTS: Final[tuple[Part, ...]] = ("chance", "consequence")
PRIORITIES: Final[tuple[Priority, ...]] = ("low", "middle", "high")
KINDS: Final = ("installation", "building")
UNKNOWN: Final = "unknown"
NORM: Final = "industrie_piekgrondversnelling"
"""PGA at a return period of 475 years from which the rule applies."""
LINK: Final = "functionally_linked"
"""Asked for of a building, since article 2(2) counts it only where it is linked to an installation."""
_OWN: Final = ("id", "name", "kind", LINK, "evident_measure")


@dataclass(frozen=True, slots=True)
class Factor:
    """What one part is judged by: options with their points, or points from levels of a number on."""

    name: str
    of: Part
    options: Mapping[str, int]
    levels: tuple[float, ...] = ()

    def points(self, value: object) -> int:
        """Return the points of a value that `Scores` knows as good."""
        if not self.levels:
            return self.options[str(value)]
        reached = sum(float(str(value)) >= level for level in self.levels)
        return tuple(self.options.values())[reached - 1]

    def possible(self, value: object) -> tuple[int, int]:
        """Return the fewest and the most points: those of the value, or of all options where it is not known."""
        if value == UNKNOWN:
            return min(self.options.values()), max(self.options.values())
        points = self.points(value)
        return points, points


@dataclass(frozen=True, slots=True)
class Scores:
    """Factors, the sums at which the classes of both parts begin, and the priority of each pair of classes."""

    mark: str
    source: str
    factors: tuple[Factor, ...]
    classes: Mapping[Part, tuple[int, ...]]
    matrix: tuple[tuple[Priority, ...], ...]

    def class_of(self, part: Part, points: int) -> int:
        """Return the class, from 1, of a sum of points."""
        return max(sum(points >= begin for begin in self.classes[part]), 1)

    def priority(self, chance: int, consequence: int) -> Priority:
        """Return the priority of a pair of classes."""
        return self.matrix[chance - 1][consequence - 1]


@dataclass(frozen=True, slots=True)
class Judged:
    """One factor of an object: its value, what it rests on, and the fewest and most points that it may have."""

    factor: str
    of: Part
    value: str
    evidence: str
    points: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Screened:
    """An object with its classes and priorities (lowest and highest that it may have), and what is advised.

    `linked` None: it is not known whether a building is functionally linked to an installation. `selection`:
    `phase_2` quantitative analysis; `phase_3` directly, a measure is evident and nothing that is not known could
    change that; `not_now`; `ask` where the factors in `asks` decide; `outside` where PGA is below the threshold of
    the rule or a building is not functionally linked.
    """

    id: str
    name: str
    kind: str
    judged: tuple[Judged, ...]
    chance: tuple[int, int]
    consequence: tuple[int, int]
    priority: tuple[Priority, Priority]
    selection: Selection
    asks: tuple[str, ...]
    evident_measure: str
    linked: bool | None = True

    @property
    def without_evidence(self) -> tuple[str, ...]:
        """Known factors that nothing is named for."""
        return tuple(one.factor for one in self.judged if one.value != UNKNOWN and not one.evidence)


@dataclass(frozen=True, slots=True)
class Screening:
    """All objects of a site, the most urgent first, and the scores that were used."""

    site: str
    objects: tuple[Screened, ...]
    scores: Scores


def screen(content: str, name: str, scores: Scores | None = None) -> Screening:
    """Screen the objects of a site.

    Args:
        content: TOML with `[site] name` and an `[[object]]` for each, with `id`, `kind` (installation | building) and a
            value for each factor of the scores, plain or as `{ value = "unanchored", evidence = "drawing 12" }`; a
            factor left out is unknown. `functionally_linked` for buildings; `evident_measure` says which measure
            needs no analysis to be seen as needed.
        name: of the file, for messages.
        scores: packaged ones where None.

    Raises:
        InputError: E501, E502, E503, with everything that is wrong at once.
    """
    known = packaged() if scores is None else scores
    tree = toml.parse(content, name)
    if isinstance(tree, Problem):
        raise InputError(toml.slips(content, name))
    problems: list[Problem] = [*_extra(tree, ("site", "object"), name)]
    site = tree.get("site")
    title = site.get("name") if isinstance(site, Mapping) else None
    if not isinstance(title, str) or not title:
        problems.append(_wrong(f"{name} [site.name]", title, Phrase("expected.string_too_short"), 'name = "Site"'))
    given = tree.get("object")
    if not isinstance(given, list) or not given or not all(isinstance(one, Mapping) for one in given):
        problems.append(_wrong(f"{name} [object]", given, Phrase("screening.expected.objects"), "[[object]]"))
        given = []
    screened: list[Screened] = []
    seen: dict[str, int] = {}
    for position, one in enumerate(given, start=1):
        found = _object(one, name, position, known)
        problems += [problem for problem in found if isinstance(problem, Problem)]
        for each in found:
            if isinstance(each, Screened):
                if each.id in seen:
                    params = {"first": seen[each.id], "again": position}
                    expected = Phrase("screening.expected.unique", params)
                    problems.append(_wrong(f"{name} [object {position}].id", each.id, expected, 'id = "T2"'))
                seen.setdefault(each.id, position)
                screened.append(each)
    if problems:
        raise InputError(problems)
    return Screening(str(title), tuple(sorted(screened, key=_urgency)), known)


def _urgency(one: Screened) -> tuple[int, int, int, int, int, int, str]:
    """Order of the list: highest possible priority, then lowest, then the classes, then the id."""
    outside = one.selection == "outside"
    high, low = (-PRIORITIES.index(each) for each in reversed(one.priority))
    parts = (-one.consequence[1], -one.chance[1], -one.consequence[0], -one.chance[0])
    return (10 if outside else high, low, *parts, one.id)


def _object(given: Mapping[str, Any], file: str, position: int, scores: Scores) -> list[Screened | Problem]:
    """Screen one object, or return everything that is wrong with it."""
    where = f"{file} [object {position}]"
    problems = _extra(given, (*_OWN, *(factor.name for factor in scores.factors)), where)
    key, kind = given.get("id"), given.get("kind")
    if not isinstance(key, str) or not key:
        problems.append(_wrong(f"{where}.id", key, Phrase("expected.string_too_short"), 'id = "T1"'))
    if kind not in KINDS:
        problems.append(_wrong(f"{where}.kind", kind, _one_of(KINDS), f'kind = "{KINDS[0]}"'))
    linked = given.get("functionally_linked", True if kind == "installation" else None)
    if linked is not None and not isinstance(linked, bool):
        expected = Phrase("expected.bool_type")
        problems.append(_wrong(f"{where}.functionally_linked", linked, expected, "functionally_linked = true"))
    judged: list[Judged] = []
    for factor in scores.factors:
        found = _judged(factor, given.get(factor.name, UNKNOWN), where)
        problems += [found] if isinstance(found, Problem) else []
        judged += [found] if isinstance(found, Judged) else []
    if problems:
        return [*problems]
    measure = str(given.get("evident_measure", ""))
    name = str(given.get("name", key))
    return [_screened(str(key), name, str(kind), judged, measure, linked=linked, scores=scores)]


def _judged(factor: Factor, given: object, where: str) -> Judged | Problem:
    """Read the value of a factor with its evidence."""
    place, evidence, value = f"{where}.{factor.name}", "", given
    if isinstance(given, Mapping):
        if problems := _extra(given, ("value", "evidence"), place):
            return problems[0]
        value, evidence = given.get("value", UNKNOWN), given.get("evidence", "")
        if not isinstance(evidence, str):
            return _wrong(f"{place}.evidence", evidence, Phrase("expected.string_type"), 'evidence = "drawing 12"')
    if value != UNKNOWN:
        if factor.levels:
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= LARGEST_G
            if not good:
                expected = Phrase("screening.expected.pga_g")
                return _wrong(place, value, expected, f"{factor.name} = 0.08")
        elif value not in factor.options:
            known = (*factor.options, UNKNOWN)
            return _wrong(place, value, _one_of(known), f'{factor.name} = "{known[0]}"')
    return Judged(factor.name, factor.of, str(value), evidence, factor.possible(value))


def _screened(
    key: str, name: str, kind: str, judged: Sequence[Judged], measure: str, *, linked: bool | None, scores: Scores
) -> Screened:
    of_part: dict[Part, tuple[int, int]] = {}
    for part in PARTS:
        low, high = (sum(one.points[end] for one in judged if one.of == part) for end in (0, 1))
        of_part[part] = scores.class_of(part, low), scores.class_of(part, high)
    chance, consequence = of_part["chance"], of_part["consequence"]
    priority = scores.priority(chance[0], consequence[0]), scores.priority(chance[1], consequence[1])
    asks = _asks(judged) if priority[0] != priority[1] else ()
    asks = (LINK, *asks) if linked is None else asks
    return Screened(
        key, name, kind, tuple(judged), chance, consequence, priority, _selection(judged, priority, measure, linked),
        asks, measure, linked,
    )  # fmt: skip


def _selection(
    judged: Sequence[Judged], priority: tuple[Priority, Priority], measure: str, linked: bool | None
) -> Selection:
    """What is advised; what is not known may not decide."""
    if linked is False or any(one.factor == "pga475_g" and _below(one.value) for one in judged):
        return "outside"
    if linked is None:
        return "ask"
    if priority[0] == "low":
        return "not_now" if priority[1] == "low" else "ask"
    return "phase_3" if measure and priority[0] == "high" else "phase_2"


def _below(pga: str) -> bool:
    """Say whether PGA is below the threshold of the rule; a value at the threshold is not."""
    threshold = norm(NORM).value
    return pga != UNKNOWN and threshold is not None and float(pga) < threshold


def _asks(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Factors that are not known, what can move the most points first."""
    unknown = [one for one in judged if one.value == UNKNOWN and one.points[0] != one.points[1]]
    return tuple(one.factor for one in sorted(unknown, key=lambda one: one.points[0] - one.points[1]))


@cache
def packaged() -> Scores:
    """Return the packaged scores."""
    content = (resources.files("mijnrisico.studies.industry") / "screening.toml").read_text(encoding="utf-8")
    return read_scores(content, "screening.toml")


def read_scores(content: str, name: str) -> Scores:
    """Read scores; their layout is that of the packaged file.

    Raises:
        InputError: E501 for a slip, E503 for classes or a matrix that do not fit together or points that are no whole
            numbers from 0 on.
    """
    tree = toml.parse(content, name)
    if isinstance(tree, Problem):
        raise InputError(toml.slips(content, name))
    problems: list[Problem] = []
    factors: list[Factor] = []
    for key, one in _table(tree, "factors").items():
        factor = _factor(key, one)
        if factor is None:
            expected = Phrase("screening.expected.factor")
            example = f'[factors.{key}]  of = "chance"  options = {{ good = 0, poor = 2 }}'
            problems.append(_wrong(f"{name} [factors.{key}]", one, expected, example))
        else:
            factors.append(factor)
    classes = _table(tree, "classes")
    for part in PARTS:
        begins = classes.get(part)
        if not _whole(begins) or len(begins) < 2 or begins[0] != 0 or sorted(set(begins)) != begins:
            expected = Phrase("screening.expected.classes")
            problems.append(_wrong(f"{name} [classes.{part}]", begins, expected, f"{part} = [0, 3, 5, 8]"))
        if not any(factor.of == part for factor in factors):
            expected = Phrase("screening.expected.some_factor", {"part": part})
            problems.append(_wrong(f"{name} [factors]", part, expected, f'[factors.filling]  of = "{part}"'))
    matrix = _table(tree, "priority").get("matrix")
    if not problems and _fits(matrix, [len(classes[part]) for part in PARTS]):
        return Scores(
            str(tree.get("mark", "user")),
            str(tree.get("source", name)),
            tuple(factors),
            {part: tuple(classes[part]) for part in PARTS},
            tuple(tuple(row) for row in matrix),
        )
    if not problems:
        expected = Phrase("screening.expected.matrix", {"priorities": PRIORITIES})
        problems.append(_wrong(f"{name} [priority.matrix]", matrix, expected, 'matrix = [["low", "high"], ...]'))
    raise InputError(problems)


def _factor(name: str, given: object) -> Factor | None:
    if not isinstance(given, Mapping) or given.get("of") not in PARTS:
        return None
    if "levels" in given:
        levels, points = given["levels"], given.get("points")
        numbers = isinstance(levels, list) and all(isinstance(level, int | float) for level in levels)
        if not numbers or not _whole(points) or len(points) != len(levels) or sorted(set(levels)) != levels:
            return None
        if levels[0] != 0.0 or name != "pga475_g":
            return None
        named = {f"from {level:g}": one for level, one in zip(levels, points, strict=True)}
        return Factor(name, given["of"], named, tuple(float(level) for level in levels))
    options = given.get("options")
    if not isinstance(options, Mapping) or not options or not _whole([*options.values()]):
        return None
    return Factor(name, given["of"], dict(options))


def _whole(values: object) -> TypeGuard[list[int]]:
    """Say whether these are whole numbers from 0 on."""
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _fits(matrix: object, shape: list[int]) -> TypeGuard[list[list[Priority]]]:
    """Say whether the matrix has a known priority for each pair of classes, none lower for a higher class."""
    if not isinstance(matrix, list) or len(matrix) != shape[0]:
        return False
    if not all(isinstance(row, list) and len(row) == shape[1] and set(row) <= set(PRIORITIES) for row in matrix):
        return False
    ranks = [[PRIORITIES.index(each) for each in row] for row in matrix]
    return all(row == sorted(row) for row in ranks) and all(list(c) == sorted(c) for c in zip(*ranks, strict=True))


def _table(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def _extra(given: Mapping[str, Any], known: Sequence[str], where: str) -> list[Problem]:
    """Return E502 for every key that is not known."""
    meant = Phrase("screening.known", {"known": tuple(known)})
    return [Problem("E502", f"{where}.{key}", {"key": key, "meant": meant}) for key in given if key not in known]


def _one_of(known: Sequence[str]) -> Phrase:
    return Phrase("screening.expected.one_of", {"known": tuple(known)})


def _wrong(where: str, got: object, expected: Phrase, example: str) -> Problem:
    said = Phrase("scenario.nothing") if got is None else toml.written(got) if _plain(got) else type(got).__name__
    return Problem("E503", where, {"got": said, "expected": expected, "example": example})


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool | list | Mapping)
