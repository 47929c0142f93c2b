"""Time and accuracy of the risk stage; writes JSON to standard output.

Run from the root of the repository: `python -m benchmarks.risk [zone ...]`.

Accuracy: LPR summed over events of M 2.5-6.5 (rate 10^-M) spread evenly over the ground within 40 km, mean over all
motion branches, against Monte Carlo stratified along the leading direction (61 steps x 256 Sobol points per cell and
branch; its own error is about 0.05 %), for V7 as published and for V6 with the three correlations of its site term.
Time: best of five after compilation, wall clock and processor seconds; the second is the better measure where the
machine is shared.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from tests.seismic import average_sa_twin as twin

from mijnrisico.seismic import average_sa, hazard, loss, risk, risk_tree, rupture
from mijnrisico.seismic.average_sa import GRID_LN_G
from mijnrisico.seismic.motion import MODELS as MOTIONS

ZONES = (110, 2821)
MODELS = ("TNO2020", "V7")
CASES = (("V7", None), ("V6", "zero"), ("V6", "consistent"), ("V6", "full"))
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


def densities(zone: int, at: average_sa.Reference, correlation: str | None, weights: np.ndarray) -> list[np.ndarray]:
    """Mean densities (pair, fine grid) of ln SaAvg and ln PGA by Monte Carlo."""
    z = twin.normals(LOG2_POINTS, seed=3)
    deviations = None if correlation is None else twin.deviations(at.model, correlation)
    found = [np.zeros((at.magnitude.size, FINE.size)) for _ in range(2)]
    for pair in range(at.magnitude.size):
        event = (float(at.magnitude[pair]), float(at.distance_km[pair]))
        for branch in range(weights.shape[1]):
            case = twin.Case(zone, branch, at.model, deviations)
            for density, drawn in zip(found, (twin.stratified(case, *event, z), twin.peak(case, *event)), strict=True):
                density[pair] += weights[pair, branch] * histogram(*drawn)
    return found


def accuracy(zone: int, motion: str, correlation: str | None) -> dict[str, dict]:
    at = average_sa.reference(MAGNITUDE, DISTANCE_KM, MOTIONS[motion])
    rate = 10.0**-at.magnitude * np.tile(np.diff(RING_KM**2), MAGNITUDE.size)
    term = "epistemic" if correlation is None else "aleatory"
    intensity = average_sa.zone_intensity(zone, at, site_term=term, site_correlation=correlation or "consistent")
    weights = hazard.tree(at.magnitude, at.model, term).branch_weight()
    sa_avg, pga = densities(zone, at, correlation, weights)
    report = {}
    for name in MODELS:
        model = loss.vulnerability(name)
        collapse, chimney = loss.mean_loss(model, FINE)
        exact = rate @ (sa_avg @ collapse.T + pga @ chimney.T)
        ours = rate @ risk.zone_loss(intensity, *loss.mean_loss(model, GRID_LN_G))
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
        "mean_loss_of_a_zone_35_classes": best_of_five(
            lambda: risk.zone_loss(average_sa.zone_intensity(zone, at), *tables)
        ),
        "branch_loss_of_a_zone_5_classes": best_of_five(lambda: risk_tree.branch_loss(intensity, shown)),
    }


def main() -> None:
    zones = tuple(int(a) for a in sys.argv[1:]) or ZONES
    result = {
        "size": {
            "magnitudes": 51,
            "distances": int(rupture.distance_nodes().size),
            "motion_branches": 72,
            "nodes": average_sa.NODES,
            "grid_points": int(GRID_LN_G.size),
            "processors": len(os.sched_getaffinity(0)),
        },
        "seconds": speed(zones[0]),
        "load_average": os.getloadavg()[0],
        "error_against_monte_carlo": {
            str(zone): {
                f"{motion} {correlation or 'as published'}": accuracy(zone, motion, correlation)
                for motion, correlation in CASES
            }
            for zone in zones
        },
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
