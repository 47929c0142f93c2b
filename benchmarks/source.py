"""Time and memory of the source model on the packaged field and catalogue; prints one JSON line per case.

    python benchmarks/source.py [CASE ...]

Cases: `elastic` and `elastic_plastic`, one model of the rate calibrated and forecast under both magnitude models, and
`all_branches`, the two of them in one forecast. Cells of 500 m, period and stress grid of the packaged scenario,
forecast 2024-2035, six largest magnitudes. From production to pressure is done before the clock starts.

Each case has a process of its own, so that `peak_mib`, the most memory that this process ever held, is its own: the
interpreter, the libraries and the packaged data are in it. The clock runs from where those are imported, so that
compiled code that is not yet in the cache counts: run twice. `load` is the number of processes that wanted to run in
the minute before; CPU seconds are the better measure where the machine is shared.
"""

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASES = {
    "elastic": ("elastic",),
    "elastic_plastic": ("elastic_plastic",),
    "all_branches": ("elastic", "elastic_plastic"),
}
YEARS = range(2024, 2036)
MAGNITUDE_MODELS = {"linear_stress": 0.3, "thickness_split": 0.7}


def prepare(file: Path) -> None:
    """Write pressure (bar) from 1956 to 2036 under the packaged scenario."""
    import xarray as xr

    from mijnrisico import data, front
    from mijnrisico.subsurface import gas_flow

    grid, fitted, clusters = (
        gas_flow.reservoir_grid(1000),
        gas_flow.CALIBRATED[1000],
        data.table("production_by_cluster"),
    )
    history = gas_flow.simulate(grid, fitted, gas_flow.monthly_volumes(clusters), until="2024-01-01")
    wells = gas_flow.volumes(clusters, front.template("groningen", []).volumes())
    last = history.isel(time=-1)
    ahead = gas_flow.simulate(grid, fitted, wells, start="2024-01-01", until="2036-01-01", initial=last)
    pressure = xr.concat([history["pressure"], ahead["pressure"].isel(time=slice(1, None))], "time")
    file.write_bytes(pickle.dumps(pressure))


def case(name: str, file: Path) -> dict[str, object]:
    """Calibrate and forecast the models of a case."""
    from mijnrisico import front
    from mijnrisico.seismic import calibrate, catalogue, forecast
    from mijnrisico.seismic.source.extreme_threshold import ELASTIC, ELASTIC_PLASTIC
    from mijnrisico.seismic.source.loading import StressGrid, loading

    load = os.getloadavg()[0]
    wall, cpu = time.perf_counter(), time.process_time()
    pressure, source = pickle.loads(file.read_bytes()), front.template("groningen", []).source
    grid = StressGrid(source.rmax, source.sigma, source.slope, source.log10_hs, source.smoothing)
    start, until, end = str(source.since), str(source.until), f"{YEARS[-1] + 1}-01-01"
    events = catalogue.select(source.magnitude_min, start, until)
    models = [{"elastic": ELASTIC, "elastic_plastic": ELASTIC_PLASTIC}[model] for model in CASES[name]]
    past, branches, groups = loading(pressure, grid, start=start, until=until), [], 0
    for model in models:
        fitted = calibrate.posterior(
            model,
            past,
            events,
            start=start,
            until=until,
            magnitude_min=source.magnitude_min,
            magnitude_models=list(MAGNITUDE_MODELS),
        )
        groups += fitted.attrs["rows_all"] // model.inner.shape[0]
        branches.append(forecast.Branch(model, fitted, 1.0 / len(models)))
    fits = time.perf_counter() - wall
    ahead = loading(pressure, grid, start=start, until=until, end=end)
    made = forecast.forecast(
        branches,
        ahead,
        years=YEARS,
        magnitude_models=MAGNITUDE_MODELS,
        mmax=dict(zip(source.mmax.values, source.mmax.weights, strict=True)),
    )
    return {
        "case": name,
        "size": {
            "cells": made.sizes["cell"],
            "groups": groups,
            "events": len(events),
            "years": made.sizes["year"],
            "branches": made.sizes["branch"],
            "maps": made.sizes["map"],
        },
        "wall_s": round(time.perf_counter() - wall, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
        "calibration_wall_s": round(fits, 1),
        "load": round(load, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--pressure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if arguments.pressure is not None:
        print(json.dumps(case(arguments.cases[0], arguments.pressure)), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pressure.pickle"
        prepare(file)
        for name in arguments.cases:
            subprocess.run([sys.executable, __file__, name, "--pressure", str(file)], check=True)


if __name__ == "__main__":
    main()
