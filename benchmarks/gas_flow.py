"""How fast and how true the gas model is: python benchmarks/gas_flow.py [--calibrate] prints JSON.

Simulates 1956-2036 (closed from 2023) at 1 km and 500 m with the embedded parameters and compares with the packaged
static pressures; the out-of-sample value uses the parameters found before 2000 and the measurements of 2000-2018.
With --calibrate the search at 1 km is repeated too.
"""

import argparse
import json
import platform
import time
from typing import Any

import numpy as np

from mijnrisico import data
from mijnrisico.subsurface import gas_flow


def rms_bar(run: Any, since: str = "1956-01-01") -> tuple[float, int]:
    fit = gas_flow.fit_to_measurements(run["pressure"], data.table("static_pressures"))
    residual = fit.loc[fit["date"] >= since, "residual_bar"]
    return float(np.sqrt(np.mean(residual**2))), len(residual)


def measure(cell_m: int) -> dict[str, Any]:
    wells = gas_flow.monthly_volumes(data.table("production_by_cluster"))
    grid = gas_flow.reservoir_grid(cell_m)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    run = gas_flow.simulate(grid, gas_flow.CALIBRATED[cell_m], wells, until="2036-01-01")
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - begin_cpu
    misfit, count = rms_bar(run)
    result = {
        "cell_m": cell_m,
        "active_cells": grid.attrs["active_cells"],
        "quarters": run.sizes["time"] - 1,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "rms_bar": round(misfit, 3),
        "measurements": count,
        "largest_mass_balance_error": float(np.abs(run["mass_balance_error"]).max()),
    }
    if cell_m in gas_flow.CALIBRATED_BEFORE_2000:
        early = gas_flow.CALIBRATED_BEFORE_2000[cell_m]
        hindcast = gas_flow.simulate(grid, early, wells, until="2019-01-01")
        misfit, count = rms_bar(hindcast, since="2000-01-01")
        result |= {"out_of_sample_rms_bar": round(misfit, 3), "out_of_sample_measurements": count}
    return result


def search(cell_m: int) -> dict[str, Any]:
    begin = time.perf_counter()
    found, diagnostics = gas_flow.calibrate(cell_m)
    return {
        "cell_m": cell_m,
        "seconds": round(time.perf_counter() - begin, 1),
        "rms_bar": round(diagnostics["rms_bar"], 3),
        "parameters": {name: round(getattr(found, name), 4) for name in type(found).__dataclass_fields__},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true", help="repeat the search at 1 km")
    chosen = parser.parse_args()
    report: dict[str, Any] = {"python": platform.python_version(), "runs": [measure(1000), measure(500)]}
    if chosen.calibrate:
        report["search"] = search(1000)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
