"""Accuracy of the risk without sampling, against Sobol points; one JSON line per case {case, size, wall_s, cpu_s, ...}.

    python -m benchmarks.average_sa [CASE ...]

A case is a motion model in a geological zone, such as `V7_2821`, with every site term: branches (`epistemic`) and
scatter with each correlation between the periods. LPR is summed over events of M 2.5-6.5 with b = 1, spread evenly over
the ground within 40 km, mean over all motion branches: 45 pairs of magnitude and distance, of which those that give
less than 1e-6 of the risk of every class are not drawn.

The twin walks the leading direction of the ten periods in 61 steps and draws the rest with 256 Sobol points: 15,616
points for each median and scatter, 374,784 in a pair of V7 and 124,928 in one of V6 and V5. A point has a place on a
fine grid of ln SaAvg without the deviation of the site and another on a fine grid of the sd of that deviation; sums
over the deviation (branches, or 21 steps) are taken at the end. `noise_percent` is what the two halves of the twin
differ, divided by two.

Errors in per cent of the yearly LPR, of each vulnerability model: the largest of the shown common classes and of every
class above 1e-8 where the first shown class has 1e-5; `all` has every class. Runs from the root of the repository.
"""

import json
import resource
import sys
import time
from dataclasses import replace

import numba
import numpy as np
from tests.seismic import average_sa_twin as twin

from mijnrisico.seismic import average_sa, hazard, loss, risk
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.motion import MODELS as MOTIONS

EPISTEMIC = "epistemic"
TERMS = (EPISTEMIC, "zero", "empirical", "consistent", "full")
CASES = {f"{motion}_{zone}": (motion, zone) for motion in ("V7", "V6", "V5") for zone in (2821, 110)}
MODELS = ("TNO2020", "V7", "V6")
SHOWN = ("URM3L", "URM1F_B", "URM4L", "URM8L", "RC1L")
"""Common classes; V6 has no URM1F_B."""
MAGNITUDE = np.arange(2.5, 6.51, 0.5)
DISTANCE_KM = np.array([3.0, 4.5, 8.0, 15.0, 30.0])
RING_KM = np.array([0.0, 3.7, 6.0, 11.0, 22.0, 40.0])
FINE = np.arange(-12.0, 4.0, 0.002)
PAIRS = ("magnitude", "distance_km", "mu", "along", "rest", "sd_pga")
SWAY = np.arange(0.0, 0.6, 0.002)
LOG2_POINTS = 8
COMMON_RISK, LEAST_RISK, LEAST_SHARE = 1e-5, 1e-8, 1e-6


@numba.njit
def add(cloud, values, sway, chance):
    """Add points to a cloud (sway, fine grid), each shared between the four nearest."""
    for i in range(values.size):
        x = min(max((values[i] - FINE[0]) / (FINE[1] - FINE[0]), 0.0), FINE.size - 1.001)
        y = min(max((sway[i] - SWAY[0]) / (SWAY[1] - SWAY[0]), 0.0), SWAY.size - 1.001)
        column, row = int(x), int(y)
        right, up = x - column, y - row
        cloud[row, column] += chance[i] * (1.0 - up) * (1.0 - right)
        cloud[row, column + 1] += chance[i] * (1.0 - up) * right
        cloud[row + 1, column] += chance[i] * up * (1.0 - right)
        cloud[row + 1, column + 1] += chance[i] * up * right


def deviated(cloud: np.ndarray, epsilon: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Density on the fine grid when the site moves every point by epsilon times its sway."""
    density = np.zeros(FINE.size)
    for row in np.flatnonzero(cloud.any(axis=1)):
        for one, share in zip(epsilon, weight, strict=True):
            density += share * np.interp(FINE, FINE + one * SWAY[row], cloud[row])
    return density


def drawn(zone: int, at: average_sa.Reference, rate: np.ndarray) -> dict[str, np.ndarray]:
    """Rate on the fine grid for every site term: of SaAvg by half of the draws (2), and of PGA; (3, fine grid)."""
    z, model = twin.normals(LOG2_POINTS, seed=3), at.model
    matrices = {t: None if t == EPISTEMIC else twin.deviations(model, t) for t in TERMS}
    weights = hazard.tree(at.magnitude, model, "aleatory").branch_weight()
    clouds = {term: np.zeros((2, SWAY.size, FINE.size)) for term in TERMS}
    peak = np.zeros((SWAY.size, FINE.size))
    for pair in range(at.magnitude.size):
        event = (float(at.magnitude[pair]), float(at.distance_km[pair]))
        for branch in range(weights.shape[1]):
            case, share = twin.Case(zone, branch, model, np.eye(10)), rate[pair] * weights[pair, branch]
            for half, points in enumerate((z[: len(z) // 2], z[len(z) // 2 :])):
                values, phi, chance = twin.walk(case, *event, points)
                for term, matrix in matrices.items():
                    add(clouds[term][half], values, twin.sway(matrix, phi), share * chance)
            values, phi, chance = twin.peak_walk(case, *event)
            add(peak, values, phi, share * chance)
    steps = {term: (model.epsilon, model.epsilon_weight) if term == EPISTEMIC else twin.steps(21) for term in TERMS}
    return {term: np.stack([deviated(one, *steps[term]) for one in (*clouds[term], peak)]) for term in TERMS}


def errors(motion: str, zone: int) -> dict[str, dict[str, dict[str, object]]]:
    """Errors in per cent for every site term and vulnerability model."""
    at = average_sa.reference(MAGNITUDE, DISTANCE_KM, MOTIONS[motion])
    rate = 10.0**-at.magnitude * np.tile(np.diff(RING_KM**2), MAGNITUDE.size)
    models = {name: loss.vulnerability(name) for name in MODELS}
    tables, fine = ({name: loss.mean_loss(models[name], z) for name in MODELS} for z in (GRID_LN_G, FINE))
    ours = {}
    for term in TERMS:
        choice = {"site_term": EPISTEMIC} if term == EPISTEMIC else {"site_term": "aleatory", "site_correlation": term}
        intensity = average_sa.zone_intensity(zone, at, **choice)
        ours[term] = {name: rate[:, None] * risk.zone_loss(intensity, *tables[name]) for name in MODELS}
    parts = [one / one.sum(axis=0) for by_model in ours.values() for one in by_model.values()]
    kept = np.concatenate(parts, axis=1).max(axis=1) > LEAST_SHARE
    some = replace(at, **{name: getattr(at, name)[kept] for name in PAIRS})
    report: dict[str, dict[str, dict[str, object]]] = {}
    for term, (first, second, pga) in drawn(zone, some, rate[kept]).items():
        report[term] = {}
        for name in MODELS:
            classes = models[name].classes
            collapse, chimney = fine[name]
            halves = np.stack([first, second]) @ collapse.T + pga @ chimney.T
            exact = halves.mean(axis=0)
            error = 100.0 * (ours[term][name].sum(axis=0) / exact - 1.0)
            common = [classes.index(one) for one in SHOWN if one in classes]
            seen = exact > exact[common[:2]].max() * LEAST_RISK / COMMON_RISK
            report[term][name] = {
                "common_percent": round(float(np.abs(error[common]).max()), 4),
                "above_1e_8_percent": round(float(np.abs(error[seen]).max()), 4),
                "noise_percent": round(float(50.0 * np.abs(halves[0] / halves[1] - 1.0)[seen].max()), 4),
                "classes_above_1e_8": int(seen.sum()),
                "all": {c: round(float(e), 4) for c, e in zip(classes, error, strict=True)},
            }
    return report


def main() -> None:
    """Print the cases asked for, or all."""
    for case in sys.argv[1:] or list(CASES):
        wall, cpu = time.perf_counter(), time.process_time()
        found = errors(*CASES[case])
        spent = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        branches = len(MOTIONS[CASES[case][0]].medians) * len(MOTIONS[CASES[case][0]].scatters)
        size = f"45 pairs, {61 * 2**LOG2_POINTS * branches:,} points in each, 35 classes"
        print(json.dumps({"case": case, "size": size, **spent, "peak_mib": round(peak), "errors": found}), flush=True)


if __name__ == "__main__":
    main()
