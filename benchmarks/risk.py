"""Time and accuracy of the risk stage; writes JSON to standard output.

Run from the root of the repository: `python -m benchmarks.risk [zone ...]`.

Accuracy: LPR summed over events of M 2.5-6.5 (rate 10^-M) spread evenly over the ground within 40 km, mean over all 72
motion branches, against Monte Carlo stratified along the leading direction (61 steps x 256 Sobol points per cell and
branch; its own error is about 0.05 %). Time: best of five after compilation, wall clock and processor seconds; the
second is the better measure where the machine is shared.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from tests.seismic import average_sa_twin as twin

from mijnrisico.seismic import average_sa, loss, risk, rupture
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.motion_tree import tree

ZONES = (110, 2821)
MODELS = ("TNO2020", "V7")
SHOWN = ("URM1F_B", "URM3L", "URM4L", "URM8L", "RC1L")
MAGNITUDE = np.arange(2.5, 6.51, 0.5)
DISTANCE_KM = np.array([3.0, 4.5, 8.0, 15.0, 30.0])
RING_KM = np.array([0.0, 3.7, 6.0, 11.0, 22.0, 40.0])
FINE = np.arange(-14.0, 5.0, 0.002)
LOG2_POINTS = 8


def best_of_five(compute: Callable[[], object]) -> dict[str, float]:
    compute()
    wall, processor = [], []
    for _ in range(5):
        start, start_processor = time.perf_counter(), time.process_time()
        compute()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    return {"wall": round(min(wall), 4), "processor": round(min(processor), 4)}


def histogram(values: np.ndarray, probability: np.ndarray) -> np.ndarray:
    position = np.clip((values - FINE[0]) / (FINE[1] - FINE[0]), 0, FINE.size - 2)
    lower = position.astype(int)
    share = position - lower
    return np.bincount(lower, probability * (1 - share), FINE.size) + np.bincount(
        lower + 1, probability * share, FINE.size
    )


def densities(zone: int, at: average_sa.Reference) -> tuple[np.ndarray, np.ndarray]:
    """Mean densities (pair, fine grid) of ln SaAvg and ln PGA by Monte Carlo."""
    weights = tree(at.magnitude).branch_weight()
    z = twin.normals(LOG2_POINTS, seed=3)
    sa_avg, pga = np.zeros((2, at.magnitude.size, FINE.size))
    for pair in range(at.magnitude.size):
        for branch in range(average_sa.BRANCHES):
            a, b, chance = twin.stratified(zone, at.magnitude[pair], at.distance_km[pair], branch, z)
            sa_avg[pair] += weights[pair, branch] * histogram(a, chance)
            pga[pair] += weights[pair, branch] * histogram(b, chance)
    return sa_avg, pga


def accuracy(zone: int) -> dict[str, dict]:
    at = average_sa.reference(MAGNITUDE, DISTANCE_KM)
    rate = 10.0**-at.magnitude * np.tile(np.diff(RING_KM**2), MAGNITUDE.size)
    sa_avg, pga = densities(zone, at)
    report = {}
    for name in MODELS:
        model = loss.vulnerability(name)
        collapse, chimney = loss.mean_loss(model, FINE)
        exact = rate @ (sa_avg @ collapse.T + pga @ chimney.T)
        ours = rate @ risk.zone_loss(zone, at, *loss.mean_loss(model, GRID_LN_G))
        error = 100.0 * (ours / exact - 1.0)
        report[name] = {
            "median_abs_error_percent": round(float(np.median(np.abs(error))), 4),
            "largest_abs_error_percent": round(float(np.abs(error).max()), 4),
            "error_percent": {c: round(float(e), 4) for c, e in zip(model.classes, error, strict=True)},
        }
    return report


def speed(zone: int) -> dict[str, dict[str, float]]:
    magnitude, distance = np.round(np.arange(1.5, 6.55, 0.1), 1), rupture.distance_nodes()
    at = average_sa.reference(magnitude, distance)
    tables = loss.mean_loss(loss.vulnerability(), GRID_LN_G)
    shown = loss.vulnerability("TNO2020", SHOWN)
    intensity = average_sa.zone_intensity(zone, at)
    return {
        "reference_motion_all_zones": best_of_five(lambda: average_sa.reference(magnitude, distance)),
        "components_of_a_zone": best_of_five(lambda: average_sa.zone_intensity(zone, at)),
        "mean_loss_of_a_zone_35_classes": best_of_five(lambda: risk.zone_loss(zone, at, *tables)),
        "branch_loss_of_a_zone_5_classes": best_of_five(lambda: risk.branch_loss(intensity, shown)),
    }


def main() -> None:
    zones = tuple(int(a) for a in sys.argv[1:]) or ZONES
    result = {
        "size": {
            "magnitudes": 51,
            "distances": int(rupture.distance_nodes().size),
            "motion_branches": average_sa.BRANCHES,
            "nodes": average_sa.NODES,
            "grid_points": int(GRID_LN_G.size),
            "processors": len(os.sched_getaffinity(0)),
        },
        "seconds": speed(zones[0]),
        "load_average": os.getloadavg()[0],
        "error_against_monte_carlo": {str(zone): accuracy(zone) for zone in zones},
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
