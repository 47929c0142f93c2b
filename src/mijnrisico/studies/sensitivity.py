"""What drives an answer: uncertain inputs as data, shares of the variance exactly over a tree, and by sampling.

Three questions, from cheap to complete:

    one at a time     T(one input changed) / T                                        `variations`
    exact shares      S1_i = Var(E[T | x_i]) / Var(T)                                  `exact_shares`
                      ST_i = 1 - Var(E[T | all but x_i]) / Var(T)
    by sampling       the same by Saltelli's design, with bootstrap intervals          `sampled_shares`

S1 is what knowing input i alone would take away of the variance, ST what would be left if all others were known. Over
independent nodes with few branches the means are sums, so nothing is sampled. A change by more than the factor
`significant` of the list, up or down, is called significant.

Sources: Sobol (2001), doi:10.1016/S0378-4754(00)00270-6; Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018, as
SALib (Herman and Usher, 2017, doi:10.21105/joss.00097) has them; KEM-09 for the list and the factor.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mijnrisico.core.scenario import Scenario

Floats = NDArray[np.float64]
Stage = Literal["source", "motion", "risk"]

INTERVAL: Final = 0.95
"""Probability of the intervals of sampled shares."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an input: keys of a scenario to `set`, one `member` of a list, a factor or a surface."""

    name: str
    set: Mapping[str, Any]
    member: Mapping[str, str]
    production: float
    surface: str


@dataclass(frozen=True, slots=True)
class Input:
    """An uncertain input with its options; see the head of the list for `stage` and `kind`."""

    name: str
    stage: Stage
    kind: str
    source: str
    reason: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What KEM-09 found to exceed its factor: names, and the inputs and nodes here that come nearest."""

    significant: float
    exceeded: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Variation:
    """A scenario with one input changed; `surface` is "" where that of the buildings stays."""

    input: Input
    option: Option
    scenario: Scenario
    surface: str


@cache
def inputs() -> tuple[Input, ...]:
    """Return the uncertain inputs in their order along the chain."""
    return tuple(
        Input(
            name=each["name"],
            stage=each["stage"],
            kind=each["kind"],
            source=each["source"],
            reason=each["reason"],
            options=tuple(
                Option(
                    option["name"],
                    option.get("set", {}),
                    option.get("member", {}),
                    float(option.get("production", 1.0)),
                    option.get("surface", ""),
                )
                for option in each["options"]
            ),
        )
        for each in _list()["input"]
    )


@cache
def published() -> Published:
    """Return the outcome of KEM-09."""
    found = _list()["published"]
    return Published(float(found["significant"]), {each["name"]: tuple(each["ours"]) for each in found["exceeded"]})


@cache
def _list() -> dict[str, Any]:
    text = resources.files("mijnrisico.studies").joinpath("uncertain_inputs.toml").read_text("utf-8")
    return tomllib.loads(text)


def variations(scenario: Scenario, stages: Sequence[Stage] = ("source", "motion", "risk")) -> list[Variation]:
    """Return the scenario with each option of the inputs of these stages in turn, where it changes something.

    Raises:
        InputError: an option that the files of the user do not allow.
    """
    found = []
    for each in inputs():
        for option in each.options if each.stage in stages else ():
            other = _with(scenario, option)
            if option.surface or other != scenario:
                found.append(Variation(each, option, other, option.surface))
    return found


def _with(scenario: Scenario, option: Option) -> Scenario:
    if option.production != 1.0:
        volumes = scenario.production
        if not volumes:
            return scenario
        return replace(
            scenario,
            production=tuple(replace(each, volume_nm3=each.volume_nm3 * option.production) for each in volumes),
        )
    changes = dict(option.set)
    if option.member:
        values = dict_of(scenario, option.member["key"])
        changes[option.member["key"]] = [values[0] if option.member["at"] == "lowest" else values[-1]]
    if not changes or all(_same(dict_of(scenario, key), value) for key, value in changes.items()):
        return scenario
    return scenario.replace(changes)


def dict_of(scenario: Scenario, key: str) -> Any:
    """Return the value of a dotted key of a scenario as it would stand in a file."""
    value: Any = scenario.settings()
    for part in key.split("."):
        value = value[part]
    return value


def _same(own: Any, other: Any) -> bool:
    """Say whether a value is that of the scenario; weights that are not named are zero."""
    if isinstance(other, Mapping):
        return {name: weight for name, weight in own.items() if weight} == dict(other)
    return own == other


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree as an axis of values: its name and the weights (branch,) of its branches."""

    name: str
    weight: Floats


def exact_shares(values: Floats, nodes: Sequence[Node]) -> pd.DataFrame:
    """Return name, s1 and st of every node for values over all combinations of their branches, nothing sampled.

    `values` has an axis for each node, in order. Shares are zero where nothing varies.
    """

    def mean(over: Sequence[int]) -> Floats:
        """Mean over some axes, kept with length one."""
        result = values
        for axis in over:
            shape = [1] * values.ndim
            shape[axis] = -1
            result = (result * nodes[axis].weight.reshape(shape)).sum(axis=axis, keepdims=True)
        return result

    axes = range(values.ndim)
    whole = float(mean(axes).item())

    def variance(given: Sequence[int]) -> float:
        """Variance of the mean given some axes."""
        left = (mean([axis for axis in axes if axis not in given]) - whole) ** 2
        for axis in given:
            shape = [1] * values.ndim
            shape[axis] = -1
            left = (left * nodes[axis].weight.reshape(shape)).sum(axis=axis, keepdims=True)
        return float(left.item())

    total = variance(list(axes))
    rows = []
    for axis, node in enumerate(nodes):
        others = [other for other in axes if other != axis]
        first = variance([axis]) / total if total > 0.0 else 0.0
        left = 1.0 - variance(others) / total if total > 0.0 else 0.0
        rows.append((node.name, first, left))
    return pd.DataFrame(rows, columns=["name", "s1", "st"])


def sampled_shares(
    function: Callable[[Floats], Floats],
    bounds: Mapping[str, tuple[float, float]],
    *,
    samples: int = 1024,
    seed: int,
) -> pd.DataFrame:
    """Return name, s1, s1_low, s1_high, st, st_low, st_high of uniform inputs by Saltelli's design (SALib).

    Args:
        function: values (row,) at points (row, input).
        bounds: lowest and highest value of each input by name.
        samples: rows of the base design, a power of two; `function` is called for samples x (inputs + 2) rows.
        seed: of the scrambled Sobol points and of the bootstrap.
    """
    from SALib.analyze import sobol
    from SALib.sample import sobol as design

    problem = {"num_vars": len(bounds), "names": list(bounds), "bounds": [list(each) for each in bounds.values()]}
    points = design.sample(problem, samples, calc_second_order=False, seed=seed)
    found = sobol.analyze(
        problem,
        function(np.asarray(points, float)),
        calc_second_order=False,
        conf_level=INTERVAL,
        print_to_console=False,
        seed=seed,
    )
    columns: dict[str, Any] = {"name": list(bounds)}
    for column, key in (("s1", "S1"), ("st", "ST")):
        value, half = np.asarray(found[key], float), np.asarray(found[f"{key}_conf"], float)
        columns |= {column: value, f"{column}_low": value - half, f"{column}_high": value + half}
    return pd.DataFrame(columns)
