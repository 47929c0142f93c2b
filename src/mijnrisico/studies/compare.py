"""Two runs side by side: what was asked differently, and what that does to every quantity of the summary.

Every difference is b minus a. A quantity whose meaning differs between the runs (another grid, another smallest
magnitude, another threshold) is left out and named in a warning (W703): a difference of two meanings is no result.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

Pair = tuple[Any, Any]

_NO_QUESTION: Final = re.compile(r"title(_nl)?|template|extends|schema|(output|compute|report)\..*|inputs\.\w+\.file")
_ABSENT: Final = "–"
_DIGEST: Final = 8


MAPS: Final = ("pga", "lpr", "rate", "pressure", "buildings")
"""Quantities that have a map of differences."""

PROGRAM: Final = "mijnrisico (code)"
"""Name of the code of the toolbox in the list of changes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting that is part of what a quantity means: which quantities and maps lose their meaning with it.

    `quantities` is a pattern over names of the summary; "" leaves nothing out, the warning then only says so, by its
    `effect`.
    """

    setting: str
    says: str
    quantities: str = ""
    maps: tuple[str, ...] = ()
    effect: str = "model"


RULES: Final = (
    Rule("hazard.cell", "cell", r"pga|area_|lpr_max_|people_", ("pga", "lpr")),
    Rule("hazard.margin", "margin", r"pga|area_|lpr_max_|people_", ("pga", "lpr")),
    Rule("hazard.threshold", "threshold", r"area_"),
    Rule("source.magnitude_min", "magnitude_min", r"events$", ("rate",)),
    Rule("risk.mix", "mix", r"people_above_.*_mix$"),
    Rule("motion.model", "motion"),
    Rule("motion.site_variability_argument", "argument"),
    Rule("risk.model", "risk"),
    Rule("exposure.mapping", "mapping", effect="buildings"),
)
_OF_BUILDINGS: Final = ("exposure", "exposure_classes")
"""Roles of the files of a user that say which buildings stand where and of which class they are."""
_FAMILIES: Final = (
    ("events", r"events$"),
    ("chance", r"chance_"),
    ("arbitrary", r".*_arbitrary$"),
    ("pga_max", r"pga"),
    ("area", r"area_"),
    ("lpr_max", r"lpr_max_"),
    ("people", r"people_"),
)


@dataclass(frozen=True)
class Comparison:
    """What two runs have in common and what not.

    `summary` has a row per quantity and common year: `a`, `b` with their `p10` and `p90`, `difference` (b - a) and
    `percent` of a (NaN where a is zero). `changes` has kind, name, a, b. `no_map` says by quantity why its maps
    cannot be compared.
    """

    a: str
    b: str
    years: tuple[int, ...]
    summary: pd.DataFrame
    changes: pd.DataFrame
    warnings: tuple[Problem, ...]
    no_map: Mapping[str, Phrase]


def compare(a: StoredRun, b: StoredRun) -> Comparison:
    """Compare two finished runs.

    Raises `InputError`: E714 for a run with itself, E702 for a run without a summary, E718 without a common year.
    """
    if a.path.resolve() == b.path.resolve():
        known = tuple(sorted(path.parent.name for path in a.path.parent.glob("[!.]*/manifest.json")))
        raise InputError(Problem("E714", a.id, {"run": a.id, "known": known}))
    before, after = (dict(_leaves(_scenario(run))) for run in (a, b))
    summaries = _numbers(a.table("summary")), _numbers(b.table("summary"))
    warnings, patterns, no_map = _different_meaning(before, after)
    warnings += [*_buildings(a, b), *_norms(a, b)]
    common, told = _together(*summaries, patterns)
    years = tuple(sorted({int(year) for year in common["year"]}))
    if not years:
        spans = dict(zip(("years_a", "years_b"), (_span(frame) for frame in summaries), strict=True))
        raise InputError(Problem("E718", b.id, {"a": a.id, "b": b.id, **spans}))
    return Comparison(
        a.id, b.id, years, common, _changes(a, b, before, after), (*warnings, *told), no_map | _one_sided(a, b)
    )


def _different_meaning(a: dict[str, Any], b: dict[str, Any]) -> tuple[list[Problem], list[str], dict[str, Phrase]]:
    """Apply `RULES`: warnings, patterns of quantities to leave out, maps that cannot be compared."""
    warnings: list[Problem] = []
    patterns: list[str] = []
    no_map: dict[str, Phrase] = {}
    for rule in RULES:
        pair = _under(a, rule.setting), _under(b, rule.setting)
        if pair[0] == pair[1]:
            continue
        what = Phrase(f"explore.differs.{rule.says}")
        effect = _left_out(rule.quantities) if rule.quantities else Phrase(f"explore.effect.{rule.effect}")
        shown = {"a": _written(pair[0]), "b": _written(pair[1])}
        warnings.append(Problem("W703", rule.setting, {"what": what, "effect": effect, **shown}))
        patterns += [rule.quantities] if rule.quantities else []
        why = Phrase("explore.different_definition", {"what": what, **shown})
        no_map |= {quantity: why for quantity in rule.maps if quantity not in no_map}
    return warnings, patterns, no_map


def _together(a: pd.DataFrame, b: pd.DataFrame, patterns: Iterable[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Join the summaries on quantity and year, and warn of quantities and years that only one has."""
    skip = re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")
    a, b = (frame[[skip.match(str(name)) is None for name in frame["quantity"]]] for frame in (a, b))
    told = []
    only = sorted(set(a["quantity"]) ^ set(b["quantity"]))
    if only:
        own, other = (", ".join(name for name in only if name in set(frame["quantity"])) or _ABSENT for frame in (a, b))
        effect = Phrase("explore.effect.left_out", {"names": tuple(only)})
        what = "component" if all(name.endswith("_arbitrary") for name in only) else "quantities"
        told.append(_warning(what, "summary", own, other, effect))
    if _span(a) != _span(b):
        told.append(_warning("years", "time", _span(a), _span(b), Phrase("explore.effect.years")))
    joined = a.merge(b, on=["quantity", "year", "unit"], suffixes=("_a", "_b"), sort=False)
    difference = joined["value_b"] - joined["value_a"]
    percent = 100.0 * difference / joined["value_a"].where(joined["value_a"] != 0.0)
    order = ["quantity", "year", "unit", "a", "a_p10", "a_p90", "b", "b_p10", "b_p90", "difference", "percent"]
    named = {f"{old}_{run}": f"{run}{new}" for run in "ab" for old, new in _COLUMNS.items()}
    return joined.rename(columns=named).assign(difference=difference, percent=percent)[order], told


def _span(frame: pd.DataFrame) -> str:
    return f"{frame['year'].min():.0f}–{frame['year'].max():.0f}" if len(frame) else _ABSENT


_COLUMNS: Final = {"value": "", "p10": "_p10", "p90": "_p90"}


def _changes(a: StoredRun, b: StoredRun, before: dict[str, Any], after: dict[str, Any]) -> pd.DataFrame:
    """Everything that differs between the questions and what answered them: kind, name, a, b."""
    kinds = {
        "setting": {
            key: (before.get(key, _ABSENT), after.get(key, _ABSENT))
            for key in dict.fromkeys((*before, *after))
            if not _NO_QUESTION.fullmatch(key)
        },
        "input": _pairs(_inputs(a), _inputs(b)),
        "model": _pairs(_models(a), _models(b)),
        "code": _pairs(_code(a), _code(b)),
    }
    rows = [
        (kind, name, _written(pair[0]), _written(pair[1]))
        for kind, pairs in kinds.items()
        for name, pair in pairs.items()
        if pair[0] != pair[1]
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "a", "b"])


def _buildings(a: StoredRun, b: StoredRun) -> Iterator[Problem]:
    """Warn of other buildings: the same hazard then gives another list, and what rises need not be the hazard."""
    before, after = _inputs(a), _inputs(b)
    for role in _OF_BUILDINGS:
        pair = before.get(role, _ABSENT), after.get(role, _ABSENT)
        if pair[0] != pair[1]:
            yield _warning(role, f"inputs.{role}.file", *pair, Phrase("explore.effect.buildings"))


def _norms(a: StoredRun, b: StoredRun) -> Iterator[Problem]:
    """Warn of norms whose limit differs between the runs."""
    if not all((run.path / "tables" / "verdicts.csv").is_file() for run in (a, b)):
        return
    limits = [run.table("verdicts").drop_duplicates("norm").set_index("norm")["limit"].to_dict() for run in (a, b)]
    for name in limits[0].keys() & limits[1].keys():
        if limits[0][name] != limits[1][name]:
            pair = _written(limits[0][name]), _written(limits[1][name])
            yield _warning("norm", f"verdicts.csv [{name}]", *pair, Phrase("explore.effect.norm"))


def _one_sided(a: StoredRun, b: StoredRun) -> dict[str, Phrase]:
    """Maps that only one of the runs has."""
    grids = {"pga": "hazard", "lpr": "lpr", "rate": "rate", "pressure": "pressure", "buildings": "building_risk"}
    return {
        quantity: Phrase("explore.only_one")
        for quantity, grid in grids.items()
        if not all((run.path / "grids" / f"{grid}.nc").is_file() for run in (a, b))
    }


def _warning(what: str, where: str, a: object, b: object, effect: Phrase) -> Problem:
    return Problem("W703", where, {"what": Phrase(f"explore.differs.{what}"), "a": a, "b": b, "effect": effect})


def _left_out(pattern: str) -> Phrase:
    names = tuple(
        Phrase(f"explore.family.{name}")
        for name, family in _FAMILIES
        if any(family.startswith(part) or part.startswith(family) for part in pattern.split("|"))
    )
    return Phrase("explore.effect.left_out", {"names": names})


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a summary whose value is a number, with numbers in their columns."""
    columns = ["value", "p10", "p90"]
    frame = frame.assign(**{name: pd.to_numeric(frame[name], errors="coerce") for name in columns})
    return frame[frame["value"].notna()]


def _scenario(run: StoredRun) -> dict[str, Any]:
    """The settings of a run as they stand in its folder: a run of an older version may lack some."""
    return tomllib.loads((run.path / "scenario.toml").read_text(encoding="utf-8"))


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _under(leaves: dict[str, Any], key: str) -> Any:
    """Value of a key, or everything below it for a table."""
    below = {name: value for name, value in leaves.items() if name.startswith(f"{key}.")}
    return below or leaves.get(key, _ABSENT)


def _inputs(run: StoredRun) -> dict[str, str]:
    return {
        str(entry["role"]): f"{entry['file']} ({entry['sha256'][:_DIGEST]})" for entry in run.manifest.get("inputs", [])
    }


def _models(run: StoredRun) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for entry in run.manifest.get("models", []):
        found.setdefault(str(entry["role"]), []).append(f"{entry['id']} {float(entry['weight']):g}")
    return {role: "; ".join(parts) for role, parts in found.items()}


def _code(run: StoredRun) -> dict[str, str]:
    digest = str(run.manifest.get("hash", {}).get("code", _ABSENT)).removeprefix("sha256:")
    return {PROGRAM: digest[:_DIGEST], **{k: str(v) for k, v in run.manifest.get("software", {}).items()}}


def _pairs(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Pair]:
    return {name: (a.get(name, _ABSENT), b.get(name, _ABSENT)) for name in dict.fromkeys((*a, *b))}


def _written(value: Any) -> str:
    """Write a setting as it stands in a scenario file, a table of weights on one line."""
    match value:
        case dict():
            return ", ".join(f"{key.rpartition('.')[2]} = {_written(part)}" for key, part in value.items())
        case bool():
            return str(value).lower()
        case float() | np.floating():
            return f"{value:g}"
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case _:
            return str(value)
