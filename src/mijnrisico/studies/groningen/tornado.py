"""What drives the numbers of a finished run: every branch of its tree, and every uncertain input one at a time.

    rows = tornado(run, year)       target, input, option, kind, weight, value, base, ratio

Branches are exact (`branches`) and start from the forecast that the run keeps. So do inputs of motion and risk; those
of the source are fitted again. Two things make them affordable, and each change is held against a base with the same:

* fits take every `THIN`-th value of each parameter of the stress (rmax, sigma, slope, H_s);
* where a change asks new tables of losses, only the zones with most of the expected deaths count (`DEATHS`), and those
  with buildings near the norm.

A target with a base of nothing, such as a number of buildings above a norm, has no ratio: its effects are differences,
value - base (`changes`).

The map has nodes of `CELL` or what the scenario has, whichever is larger. What is answered is kept beside the runs
(`core.run.kept`): an interrupted tornado goes on where it stopped.
"""

from collections.abc import Callable, Iterator
from typing import Final, get_args

import numpy as np
import pandas as pd

from mijnrisico.core.norm import norm
from mijnrisico.core.progress import Progress, ignore
from mijnrisico.core.run import Staged, StoredRun
from mijnrisico.core.run.kept import Numbers, kept
from mijnrisico.core.scenario import Scenario
from mijnrisico.studies import inputs, sensitivity, shaking
from mijnrisico.studies.groningen.branches import branch_targets
from mijnrisico.studies.groningen.targets import Workshop, of_year
from mijnrisico.studies.point import among
from mijnrisico.studies.sensitivity import Variation

THIN: Final = 3
CELL: Final = 2000.0
DEATHS: Final = 0.8
"""Share of the expected deaths in the zones that count where tables of losses are made again."""
NEAR: Final = 0.3
"""Zones with a building whose risk is above this part of the norm count as well."""
TARGETS: Final = {
    "pga_max": "pga_max",
    "area": "area_pga_threshold",
    "site": "site_pga",
    "events": "events",
    "lpr": "lpr_max",
    "buildings": "buildings_above_1e-5",
    "deaths": "deaths",
}
"""Targets by the word that asks for them."""
COLUMNS: Final = ("target", "input", "option", "kind", "weight", "value", "base", "ratio")

Row = tuple[str, str, str, str, float, float, float, float]


def tornado(
    run: StoredRun, year: int, point: tuple[float, float] | None = None, progress: Progress = ignore
) -> pd.DataFrame:
    """Return a row per target and change, the largest effect (`changes`) on each target first; see the head.

    Args:
        run: a finished run with its forecast.
        year: one of its years.
        point: x, y (RD New, m) of the target `site_pga`; None for the default of `Workshop`.
        progress: called with the share of the work that is done.

    Raises:
        InputError: E711 for a year that the run does not have, E702 for a run without forecast.
    """
    known = run.scenario
    among(run, "year", year, known.years)
    scenario = of_year(known, year)
    workshop = Workshop(cell=max(CELL, scenario.hazard.cell), point=point)
    forecast = Staged(run.id, run.grid("source").sel(year=[year]), cached=True, seconds=0.0)
    settings = [run.manifest["hash"]["run"], year, list(workshop.point), workshop.cell(scenario)]
    rows = list(_branches(workshop, scenario, forecast, run, settings, lambda done: progress(0.3 * done)))
    rows += _one_at_a_time(workshop, scenario, forecast, run, settings, lambda done: progress(0.3 + 0.7 * done))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    progress(1.0)
    return ordered(table)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by target, the largest effect first: |ln ratio|, or |difference| where a base is nothing."""
    effect = pd.Series(0.0, table.index)
    for _, rows in table.groupby("target"):
        change, by_difference = changes(rows)
        effect[rows.index] = np.abs(change if by_difference else np.log(np.maximum(change.fillna(1.0), 1e-9)))
    by_effect = table.assign(effect=-effect).sort_values(["target", "effect"], kind="stable")
    return by_effect.drop(columns="effect").reset_index(drop=True)


def _branches(
    workshop: Workshop, scenario: Scenario, forecast: Staged, run: StoredRun, settings: list[object], progress: Progress
) -> Iterator[Row]:
    """Rows of the branches of the tree; kept as numbers by their place in the tree."""

    def compute() -> Numbers:
        found = branch_targets(workshop, scenario, forecast, progress)
        return {
            "|".join((str(node), str(branch), str(target), column)): float(number)
            for node, branch, weight, target, value, base in found.itertuples(index=False)
            for column, number in (("weight", weight), ("value", value), ("base", base))
            if np.isfinite(number)
        }

    numbers = kept(run.path.parent, "tornado_branches", settings, compute)
    names = dict.fromkeys(key.rpartition("|")[0] for key in numbers)
    for name in names:
        node, branch, target = name.split("|")
        value, base = numbers[f"{name}|value"], numbers[f"{name}|base"]
        yield target, node, branch, "branch", numbers.get(f"{name}|weight", np.nan), value, base, ratio(value, base)


def ratio(value: float, base: float) -> float:
    """Return value / base; NaN where the base is nothing."""
    return value / base if base > 0.0 else np.nan


def changes(rows: pd.DataFrame) -> tuple["pd.Series[float]", bool]:
    """Return what each row of one target changes, and whether as differences: for all where a base is nothing."""
    by_difference = bool((rows["base"] <= 0.0).any())
    return (rows["value"] - rows["base"] if by_difference else rows["ratio"]), by_difference


def changed(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the rows of one target that change it, with their `change` (`changes`), and whether as differences."""
    change, by_difference = changes(rows)
    return rows.assign(change=change)[change.notna() & ((change != 0.0) | (not by_difference))], by_difference


def _one_at_a_time(
    workshop: Workshop, scenario: Scenario, forecast: Staged, run: StoredRun, settings: list[object], progress: Progress
) -> Iterator[Row]:
    """Rows of the inputs; each number is kept."""
    later = sensitivity.variations(scenario, ("motion", "risk"))
    chain = "forecast" not in scenario.input_files
    thin = thinned(scenario)
    first = sensitivity.variations(thin, ("source",)) if chain else []
    total = len(later) + len(first) + 2
    few: Workshop | None = None

    def among() -> Workshop:
        nonlocal few
        if few is None:
            few = workshop.among(zones(workshop, scenario, forecast)) if shaking.has_risk(scenario) else workshop
        return few

    def number(name: str, asked: Scenario, compute: Callable[[], Numbers], surface: str = "") -> Numbers:
        return kept(run.path.parent, f"tornado_{name}", [settings, question(asked), surface], compute)

    base = number("base", scenario, lambda: among().answer(scenario, forecast))
    progress(1 / total)
    for index, each in enumerate(later):
        found = number(each.input.name, each.scenario, lambda each=each: _varied(among(), each, forecast), each.surface)
        yield from _rows(each, found, base)
        progress((1 + index) / total)
    if first:
        base = number("thin", thin, lambda: workshop.targets(thin, scenario.years[0]))
    for index, each in enumerate(first):
        found = number(
            each.input.name, each.scenario, lambda each=each: workshop.targets(each.scenario, scenario.years[0])
        )
        yield from _rows(each, found, base)
        progress((2 + len(later) + index) / total)


def _varied(workshop: Workshop, variation: Variation, forecast: Staged) -> Numbers:
    return workshop.answer(variation.scenario, forecast, surface="wierde" if variation.surface else None)


def _rows(variation: Variation, found: Numbers, base: Numbers) -> Iterator[Row]:
    names = variation.input.name, variation.option.name, "one_at_a_time"
    for target, value in found.items():
        if target in base:
            yield target, *names, np.nan, value, base[target], ratio(value, base[target])


def thinned(scenario: Scenario) -> Scenario:
    """Return the scenario with every `THIN`-th value of the parameters of the stress, from the first on."""
    keys = ("rmax", "sigma", "slope", "log10_hs")
    return scenario.replace({f"source.{key}": list(getattr(scenario.source, key)[::THIN]) for key in keys})


def question(scenario: Scenario) -> list[object]:
    """Return all that the numbers of a scenario depend on, as plain values."""
    volumes = [(each.cluster, each.month, each.volume_nm3) for each in scenario.production or ()]
    files = [inputs.key(scenario, role) for role in get_args(inputs.Role)]
    settings = {key: part for key, part in scenario.settings().items() if key not in {"report", "compute", "output"}}
    return [settings, volumes, files]


def zones(workshop: Workshop, scenario: Scenario, forecast: Staged) -> frozenset[int]:
    """Return the zones with `DEATHS` of the expected deaths, and those with a building near the norm (`NEAR`)."""
    homes = workshop.homes(scenario)
    lpr = workshop.lpr(scenario, forecast).data["lpr_mean"].isel(year=0).to_numpy()
    of_building = homes.risk(lpr)
    zone = homes.sites["zone"].to_numpy()[homes.site]
    every, row = np.unique(zone, return_inverse=True)
    deaths = np.bincount(row, homes.people * of_building, every.size)
    order = np.argsort(-deaths, kind="stable")
    count = int(np.searchsorted(np.cumsum(deaths[order]), DEATHS * deaths.sum())) + 1
    near = zone[of_building > NEAR * (norm("veiligheidsnorm").value or np.inf)]
    return frozenset(every[order[:count]].tolist()) | frozenset(near.tolist())
