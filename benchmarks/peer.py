"""Hazard on cases with published answers (PEER 2010/106 and 2018/03) against other programs; one JSON line per site.

    python benchmarks/peer.py [CASE ...]

`1.10` and `1.11`: annual rates at 18 levels of PGA against HAZ45.3, points on a grid of 0.5 km inside a circle, as the
case describes it in words. `..._coordinates`: the printed longitudes and latitudes instead. `..._shares`: cells count
for the part of them that is inside, so that there is no grid. `..._shifted`: the grid has a point in the centre.
`1.10_2010`: without scatter, annual probabilities against the report of 2010, and what an exact sum over areas gives.
`3.2`: the mean and 99 fractiles of a tree of 36 branches. Sources and motion models are in `tests/seismic/peer`, with
what was left open by the cases.

`largest_difference` is ours over theirs less one, the largest of all levels, which is at `at_g`. `programs_apart` is
the same between nshmp-haz and HAZ45.3. Each case has a process of its own; `peak_mib` is the most memory that it ever
held. The clock counts compilation that is not yet in the cache.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mijnrisico.core.curve import weighted_fractile

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.seismic.peer import area, fault, tables

AREAS = tuple(case + reading for reading in ("", "_coordinates", "_shares", "_shifted") for case in ("1.10", "1.11"))
CASES = (*AREAS, "1.10_2010", "3.2")
GRID_KM, MAGNITUDE_STEP = 0.5, 0.01
FINE_GRID_KM, FINE_MAGNITUDE_STEP = 0.25, 0.005

Line = dict[str, object]


def largest(ours: np.ndarray, theirs: np.ndarray, level_g: np.ndarray) -> Line:
    """The largest relative difference and its level; numbers of theirs that are zero are left out."""
    difference = ours[theirs > 0.0] / theirs[theirs > 0.0] - 1.0
    worst = int(np.argmax(np.abs(difference)))
    return {"largest_difference": round(float(difference[worst]), 5), "at_g": float(level_g[theirs > 0.0][worst])}


def of_area(name: str) -> Iterator[Line]:
    """Rates of an area at its sites, with scatter."""
    case, _, reading = name.partition("_")
    made = area.forecast(case, GRID_KM, MAGNITUDE_STEP, reading or "words")
    places = area.sites(reading)
    for site in range(1, 5):
        level_g, theirs = tables.curve(case, site, "haz45_rate")
        ours = area.rates(made, places.isel(site=[site - 1]), level_g)[0]
        apart = tables.curve(case, site, "nshmp_poe")[1] / tables.curve(case, site, "haz45_poe")[1] - 1.0
        yield {
            "site": site,
            "against": "HAZ45.3",
            **largest(ours, theirs, level_g),
            "programs_apart": round(float(apart[np.argmax(np.abs(apart))]), 5),
        }


def of_area_without_scatter() -> Iterator[Line]:
    """Probabilities of an area at its sites when the motion has no scatter, with what is exact beside them."""
    made, places = area.forecast("1.10", FINE_GRID_KM, FINE_MAGNITUDE_STEP, "shares"), area.sites()
    for site in range(1, 5):
        level_g, theirs = tables.curve("1.10_2010", site, "report_2010_poe")
        ours = area.rates(made, places.isel(site=[site - 1]), level_g, truncation=0.0)[0]
        exact = area.exact_without_scatter(level_g, area.SOUTH_KM[site - 1])
        yield {
            "site": site,
            "against": "PEER 2010/106",
            **largest(-np.expm1(-ours), theirs, level_g),
            "exact_against_it": largest(-np.expm1(-exact), theirs, level_g)["largest_difference"],
            "ours_against_exact": largest(ours, exact, level_g)["largest_difference"],
        }


def of_tree() -> Iterator[Line]:
    """Mean and fractiles of the tree."""
    level_g, shares, theirs = tables.fractiles()
    rates, weight = fault.branch_rates(level_g)
    _, mean = tables.curve("3.2", 1, "haz45_rate")
    yield {"site": 1, "against": "HAZ45.3", "what": "mean", **largest(weight @ rates, mean, level_g)}
    ours = np.array(
        [
            [fault.nearest_step(rate, weight, share, value) for share, value in zip(shares, row, strict=True)]
            for rate, row in zip(rates.T, theirs, strict=True)
        ]
    )
    everywhere = np.broadcast_to(level_g[:, None], theirs.shape)
    as_they_are = np.array([weighted_fractile(rate, weight, shares) for rate in rates.T])
    yield {
        "site": 1,
        "against": "HAZ45.3",
        "what": "99 fractiles",
        **largest(ours, theirs, everywhere),
        "fractiles": theirs.size,
        "within_1_percent_at_the_very_share": int((np.abs(as_they_are / theirs - 1.0) < 0.01).sum()),
    }


def run(name: str) -> None:
    """Print the lines of one case."""
    lines = of_tree() if name == "3.2" else of_area_without_scatter() if name == "1.10_2010" else of_area(name)
    wall, cpu = time.perf_counter(), time.process_time()
    for line in lines:
        cost = {
            "wall_s": round(time.perf_counter() - wall, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
        }
        print(json.dumps({"case": name, **line, **cost}), flush=True)
        wall, cpu = time.perf_counter(), time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    for name in arguments.cases:
        if arguments.here:
            run(name)
        else:
            subprocess.run([sys.executable, __file__, name, "--here"], check=True)


if __name__ == "__main__":
    main()
