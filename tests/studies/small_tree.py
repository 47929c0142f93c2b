"""A small forecast of our own around Loppersum, a few buildings, and a run folder that holds them."""

import json
from pathlib import Path

import numpy as np
import xarray as xr

from mijnrisico.core.run import StoredRun
from mijnrisico.core.scenario import Scenario, template
from mijnrisico.seismic import site
from mijnrisico.seismic.exposure import buildings
from mijnrisico.studies.groningen.targets import place

YEAR = 2030
MAPPING = {"first": 0.25, "second": 0.75}


def forecast() -> xr.Dataset:
    """Two rate models x two magnitude models x two largest magnitudes over four cells, some 40 events a year."""
    x, y = place()
    magnitude = np.round(np.arange(1.5, 5.6, 0.5), 2)
    names, weights, coefficients = [], [], []
    for rate, of_rate, size in (("elastic", 0.4, 30.0), ("elastic_plastic", 0.6, 50.0)):
        for law, of_law, b in (("linear_stress", 0.3, 0.8), ("thickness_split", 0.7, 1.0)):
            for top, of_top in ((4.5, 0.75), (5.5, 0.25)):
                pmf = np.where(magnitude <= top, 10.0 ** (-b * magnitude), 0.0)
                pmf = size * pmf / pmf.sum()
                names.append(f"{rate}|{law}|{top:g}")
                weights.append(of_rate * of_law * of_top)
                coefficients.append(np.outer([0.7, 0.3] if rate == "elastic" else [0.4, 0.6], pmf))
    coefficient = np.moveaxis(np.array(coefficients), 0, 2)[:, :, None]
    maps = np.array([[0.6, 0.1], [0.4, 0.1], [0.0, 0.4], [0.0, 0.4]])
    return xr.Dataset(
        {
            "maps": (("cell", "map"), maps, {"units": "1"}),
            "coefficient": (("map", "magnitude", "year", "branch"), coefficient, {"units": "1/year"}),
            "weight": ("branch", np.array(weights)),
        },
        coords={
            "magnitude": magnitude,
            "year": [YEAR],
            "branch": names,
            "cell_x": ("cell", x + np.array([0.0, 2000.0, -3000.0, 4000.0]), {"units": "m"}),
            "cell_y": ("cell", y + np.array([0.0, 1000.0, 2000.0, -3000.0]), {"units": "m"}),
        },
    )


def homes() -> xr.Dataset:
    """Four buildings at two places, read as classes in two ways; one stands on a mound."""
    x, y = place()
    known = buildings.classes()
    share = np.zeros((2, 4, len(known)))
    share[0, :, known.index("URM1F_B")] = 1.0
    share[1, :, known.index("URM4L")] = 0.4
    share[1, :, known.index("RC1L")] = 0.6
    return buildings.of(
        list("abcd"),
        x + np.array([0.0, 0.0, 3000.0, 0.0]),
        y + np.array([0.0, 0.0, 1000.0, 0.0]),
        share,
        mapping=MAPPING,
        number=[1.0, 10.0, 5.0, 2.0],
        people_day=[1.0, 10.0, 8.0, 1.0],
        people_night=[2.0, 20.0, 16.0, 3.0],
        wierde=[False, False, False, True],
    )


def grid(*_: object) -> xr.Dataset:
    """Three nodes of a map, two of them in one zone."""
    x, y = place()
    return site.sites_at(x + np.array([0.0, 200.0, 3000.0]), y + np.array([0.0, 0.0, 1000.0]))


def scenario() -> Scenario:
    return template("groningen", ["time.start=2030", "time.years=1", "hazard.cell=10000", "hazard.margin=0"])


def stored(results: Path) -> StoredRun:
    """A run folder with the forecast and what a tornado asks of it."""
    path = results / "2030-01-01-aa11bb22"
    (path / "grids").mkdir(parents=True)
    forecast().to_netcdf(path / "grids" / "source.nc", engine="h5netcdf")
    (path / "scenario.toml").write_text(scenario().toml(), encoding="utf-8")
    manifest = {"schema": "mijnrisico-manifest/1", "run_id": path.name, "title": "small", "status": "complete"}
    manifest |= {"created": "2030-01-01T00:00:00Z", "hash": {"run": "sha256:aa11bb22"}, "review": {"status": "draft"}}
    (path / "manifest.json").write_text(json.dumps(manifest | {"outputs": []}), encoding="utf-8")
    return StoredRun(path, manifest)
