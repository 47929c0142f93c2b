"""A small, plausible run folder: what the report reads, without the minutes that a real run takes.

The numbers are made up but have the size of the real ones: a field maximum of about 0.07 g in 2024 that falls
below 0.05 g around 2030, 12 falling to 4 events a year, a risk that never reaches 1e-5.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mijnrisico.seismic import building_privacy

YEARS = np.arange(2024, 2036)
STATISTICS = ("mean", "p10", "p50", "p90")
FACTOR = {"mean": 1.0, "p10": 0.62, "p50": 0.95, "p90": 1.52}
ARBITRARY = 1.06  # level of an arbitrary direction over that of the geometric mean
PLACES = {
    "Loppersum": (245600, 594790), "Zeerijp": (247700, 597400), "Appingedam": (252800, 593300),
    "Delfzijl": (256680, 594880), "Ten Boer": (242560, 588800), "Winsum": (231000, 594700),
    "Bedum": (236500, 591300), "Groningen": (234120, 582050), "Hoogezand": (246420, 575970),
    "Eemshaven": (250690, 607760), "Winschoten": (264350, 573990),
}  # fmt: skip
CLASSES = {
    "URM1F_B": 1.0, "URM3M_U": 0.71, "URM1F_HC": 0.55, "URM8L": 0.32, "URM4L": 0.21, "URM3L": 0.16, "URM2L": 0.12,
    "RC2": 0.052, "RC1L": 0.044, "W2L": 0.018, "S1L": 0.006, "PC1L": 0.004,
}  # fmt: skip


def decay(year: np.ndarray | float) -> np.ndarray:
    """Fall of the event rate after closure, 1 in 2024."""
    return 0.3 + 0.7 * np.exp(-(np.asarray(year, float) - 2024) / 5.5)


def shape(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Relative shaking: one hill north-west of the centre of the field, a lower one in the south-west."""
    north = np.exp(-(((x - 245500) / 11500) ** 2) - ((y - 595500) / 10500) ** 2)
    south = 0.72 * np.exp(-(((x - 243500) / 9000) ** 2) - ((y - 579500) / 9000) ** 2)
    patch = 1 + 0.06 * np.sin(x / 1900.0) * np.cos(y / 2300.0)
    return np.maximum(north, south) * patch


def zone(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Zone number, -1 where the zonation has none: the south-east and the sea."""
    z = 600 + ((np.asarray(x) // 4000 + np.asarray(y) // 4000) % 90).astype(int)
    return np.where((x - 262500) / 9000 + (580000 - y) / 9000 > 1.05, -1, np.where(y > 611500, -1, z))


def level_g(x: np.ndarray, y: np.ndarray, year: float, statistic: str, return_period: int = 475) -> np.ndarray:
    """PGA in g at a return period."""
    size = 0.0715 * FACTOR[statistic] * decay(year) ** 0.42 * (return_period / 475) ** 0.36
    return np.where(zone(x, y) >= 0, size * shape(x, y) + 0.002, np.nan)


RATE_MODELS = {"elastic": 0.2, "elastic_plastic": 0.4, "rate_and_state": 0.2, "dempsey_suckale": 0.1,
               "smoothed_stationary": 0.1}  # fmt: skip
MAGNITUDE_MODELS = {"linear_stress": 0.3, "thickness_split": 0.4, "tanh_stress": 0.2, "constant": 0.1}


def write(path: Path, *, scale: float = 1.0, elastic_only: bool = False) -> Path:
    """Write the folder; `scale` multiplies shaking (and, squared, risk) for runs in which norms are exceeded.

    With `elastic_only` it is a run of the elastic branch alone, with fewer columns and tables, as the first runs were.
    """
    for folder in ("tables", "grids", "figures", "report"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    x, y = np.arange(228500.0, 273000, 1000), np.arange(563500.0, 618000, 1000)
    xx, yy = np.meshgrid(x, y)
    hypot = np.hypot((xx - 249500) / 22500, (yy - 590500) / 27000)
    inside = hypot < 1.0
    _grids(path, x, y, xx, yy, inside, scale)
    _tables(path, scale)
    if not elastic_only:
        _judged_tables(path)
        _spectra_tables(path / "tables", scale)
        _building_tables(path, scale)
    manifest = {
        "schema": "mijnrisico-manifest/1", "run_id": "2024-01-17-3f2e", "title": "Groningen, production stopped",
        "status": "complete", "created": "2024-01-17T09:12:44Z", "duration_s": 238, "seed": 20240117,
        "command": "mijnrisico run groningen",
        "hash": {"run": "sha256:3f2e90aa", "config": "sha256:11", "code": "sha256:22"},
        "software": {"mijnrisico": "0.1.0", "python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.0"},
        "platform": {"os": "Linux", "cpu": 2, "memory_gb": 4},
        "inputs": [
            {"role": "catalogue", "file": "earthquakes.csv.gz", "sha256": "a3" * 32, "rows": 1920, "source": "KNMI",
             "licence": "CC BY 4.0", "retrieved": "2024-02-11"},
            {"role": "production", "file": "production_by_cluster.csv.gz", "sha256": "b4" * 32, "rows": 21000,
             "source": "NAM", "licence": "unclear", "retrieved": "2024-03-07"},
        ],
        "models": [
            {"role": "ground motion", "id": "bommer_2021 (V7)", "weight": 1.0, "reference": "Bommer et al. 2021"},
            {"role": "vulnerability", "id": "TNO2020", "weight": 1.0, "reference": "TNO 2020"},
        ],
        "warnings": [
            *[{"code": "W607", "where": "", "count": 1, "message": {
                "nl": "Alleen de elastische tak van het bevingenmodel zit in dit antwoord",
                "en": "Only the elastic branch of the source model is in this answer"}}] * elastic_only,
            {"code": "W603", "where": "grids/hazard.nc", "count": 12, "message": {
                "nl": "12 waarden liggen onder het laagste niveau", "en": "12 values lie below the lowest level"}},
        ],
        "stages": [{"name": "pressure", "hash": "aa", "seconds": 9.1, "cached": True},
                   {"name": "hazard", "hash": "bb", "seconds": 61.0, "cached": False}],
        "outputs": [], "review": {"status": "draft", "by": None, "date": None},
    }  # fmt: skip
    (path / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    (path / "scenario.toml").write_text(_SCENARIO, encoding="utf-8")
    return path


_SCENARIO = """title = "Groningen, production stopped"
title_nl = "Groningen, winning gestopt"
seed = 20240117
[time]
start = 2024
years = 12
kind = "calendar"
[source]
from = "1995-01-01"
until = "2024-01-01"
magnitude_min = 1.45
magnitude = { linear_stress = 0.3, thickness_split = 0.7 }
mmax = { values = [4.0, 4.5, 5.0, 5.5, 6.0, 6.5], weights = [0.27, 0.405, 0.1875, 0.1075, 0.025, 0.005] }
[motion]
model = "V7"
[hazard]
cell = 1000
margin = 5000
return_periods = [475, 2475]
threshold = 0.05
[risk]
model = "TNO2020"
shown = ["URM1F_B", "URM3L", "URM4L", "URM8L", "RC2"]
mix = { URM1F_B = 0.05, URM3L = 0.35, URM4L = 0.25, URM8L = 0.25, RC2 = 0.1 }
mix_label = "illustration"
"""


def _grids(path: Path, x, y, xx, yy, inside, scale: float) -> None:
    level = np.full((2, YEARS.size, 2, 4, y.size, x.size), np.nan)
    for i, year in enumerate(YEARS):
        for j, period in enumerate((475, 2475)):
            for k, statistic in enumerate(STATISTICS):
                level[0, i, j, k] = np.where(inside, scale * level_g(xx, yy, year, statistic, period), np.nan)
    level[1] = ARBITRARY * level[0]
    coords = {"y": y, "x": x}
    xr.Dataset(
        {
            "level_g": (("component", "year", "return_period", "statistic", "y", "x"), level, {"units": "g"}),
            "zone": (("y", "x"), np.where(inside, zone(xx, yy), np.nan), {"units": "1"}),
        },
        coords={"component": ["geometric_mean", "arbitrary"], "year": YEARS, "return_period": [475, 2475],
                "statistic": list(STATISTICS), **coords},
        attrs={"nodes_total": int(inside.sum()), "nodes_without_zone": int((inside & (zone(xx, yy) < 0)).sum())},
    ).to_netcdf(path / "grids" / "hazard.nc", engine="h5netcdf")  # fmt: skip
    lpr = np.stack([
        np.stack([
            9.5e-6 * scale**2 * f * decay(t) ** 1.4 * (np.where(zone(xx, yy) >= 0, shape(xx, yy), np.nan) ** 2.6)
            for t in YEARS
        ])
        for f in CLASSES.values()
    ])  # fmt: skip
    lpr[:, :, ~inside] = np.nan
    xr.Dataset(
        {"lpr_mean": (("vulnerability_class", "year", "y", "x"), lpr, {"units": "1/year"})},
        coords={"vulnerability_class": list(CLASSES), "year": YEARS, **coords},
    ).to_netcdf(path / "grids" / "lpr.nc", engine="h5netcdf")
    times = pd.to_datetime([f"{t}-01-01" for t in range(1956, 2037)])
    t = np.arange(1956, 2037)
    mean = np.interp(t, [1956, 1963, 1980, 2000, 2014, 2024, 2036], [347, 345, 230, 140, 92, 77, 77.5])
    spread = np.interp(t, [1956, 1970, 1990, 2014, 2024, 2036], [0, 60, 70, 45, 34, 14])
    lean = np.tanh((yy - 588000) / 14000) * 0.5 - 0.2 * np.tanh((xx - 248000) / 12000)
    core = hypot_core(xx, yy)
    pressure = np.where(core, mean[:, None, None] + spread[:, None, None] * lean, np.nan)
    xr.Dataset(
        {"pressure": (("time", "y", "x"), pressure, {"units": "bar"})}, coords={"time": times, **coords}
    ).to_netcdf(path / "grids" / "pressure.nc", engine="h5netcdf")


def hypot_core(xx, yy):
    """Cells of the reservoir."""
    return np.hypot((xx - 249500) / 15500, (yy - 590500) / 21000) < 1.0


def _tables(path: Path, scale: float) -> None:
    rng = np.random.default_rng(1)
    tables = path / "tables"
    year = np.arange(1956, 2024)
    volume = np.interp(year, [1956, 1963, 1976, 1990, 2000, 2013, 2018, 2023], [0, 0.6, 87.7, 36, 24, 53.9, 18, 0.8])
    pd.concat([
        pd.DataFrame({"year": year, "volume_bcm": volume, "kind": "history"}),
        pd.DataFrame({"year": YEARS, "volume_bcm": 0.0, "kind": "scenario"}),
    ]).to_csv(tables / "production.csv", index=False)  # fmt: skip
    with xr.open_dataset(path / "grids" / "pressure.nc", engine="h5netcdf") as ds:
        p = ds.pressure.values.reshape(ds.time.size, -1)
        pd.DataFrame({
            "date": ds.time.dt.strftime("%Y-%m-%d").values, "mean_bar": np.nanmean(p, 1), "min_bar": np.nanmin(p, 1),
            "max_bar": np.nanmax(p, 1), "p02": np.nanpercentile(p, 2, 1), "p98": np.nanpercentile(p, 98, 1),
        }).to_csv(tables / "pressure_mean.csv", index=False)  # fmt: skip
    dates = pd.to_datetime(rng.integers(-310000000, 1540000000, 1936), unit="s").sort_values()
    modelled = np.interp(dates.year + dates.day_of_year / 365.25, [1956, 1963, 1980, 2000, 2014, 2024],
                         [347, 345, 230, 140, 92, 77]) + rng.normal(0, 8, 1936)  # fmt: skip
    residual = rng.normal(0.3, 2.85, 1936)
    pd.DataFrame({
        "well": [f"W{i % 200}" for i in range(1936)], "date": dates.strftime("%Y-%m-%d"),
        "measured_bar": modelled - residual, "modelled_bar": modelled, "residual_bar": residual,
    }).to_csv(tables / "pressure_fit.csv", index=False)  # fmt: skip
    t = np.arange(1995, 2036)
    mean = np.where(t < 2024, np.interp(t, [1995, 2003, 2013, 2016, 2020, 2023], [5, 13, 22, 16, 9, 6]), 12 * decay(t))
    mean = np.where(t >= 2024, 12 * decay(t), mean)
    observed = np.where(t < 2024, rng.poisson(np.where(t > 2020, 11, mean)), np.nan)
    sd = np.sqrt(mean)
    pd.DataFrame({"year": t, "observed": observed, "mean": mean, "p10": np.floor(mean - 1.4 * sd), "p50": mean.round(),
                  "p90": np.ceil(mean + 1.5 * sd)}).to_csv(tables / "event_rate.csv", index=False)  # fmt: skip
    m = np.round(np.arange(1.45, 6.5, 0.1), 2)
    rows = [pd.DataFrame({"kind": "observed", "mmax": "", "magnitude": m[:22],
                          "annual_rate": 12.3 * 10 ** (-0.97 * (m[:22] - 1.45))})]  # fmt: skip
    for mmax in (4.0, 4.5, 5.0, 5.5, 6.0, 6.5):
        k = m < mmax
        f = (10 ** (-0.95 * (m[k] - 1.45)) - 10 ** (-0.95 * (mmax - 1.45))) / (1 - 10 ** (-0.95 * (mmax - 1.45)))
        rows.append(pd.DataFrame({"kind": "model", "mmax": mmax, "magnitude": m[k], "annual_rate": 12 * f}))
    pd.concat(rows).to_csv(tables / "magnitude_frequency.csv", index=False)
    _place_tables(tables, scale)
    _check_tables(tables)
    _source_tables(path, tables)
    _model_tables(tables)


def _place_tables(tables: Path, scale: float) -> None:
    rows, curves, lpr, lpr_place = [], [], [], []
    pga = np.geomspace(0.001, 1.0, 40)
    for place, (px, py) in PLACES.items():
        z = int(zone(np.array(px), np.array(py)))
        for year in YEARS:
            for component, c in (("geometric_mean", 1.0), ("arbitrary", ARBITRARY)):
                for period in (475, 2475):
                    v = {s: scale * c * float(level_g(np.array(px), np.array(py), year, s, period)) for s in STATISTICS}
                    rows.append({
                        "place": place, "x_rd": px, "y_rd": py, "zone": z, "year": year, "imt": "PGA",
                        "component": component, "surface": "regular", "return_period_yr": period,
                        **{f"{s}_g": v[s] for s in STATISTICS},
                    })  # fmt: skip
            for klass, f in CLASSES.items():
                mean = 9.5e-6 * scale**2 * f * decay(year) ** 1.4 * shape(px, py) ** 2.6 if z >= 0 else np.nan
                lpr_place.append({"place": place, "class": klass, "year": year, "lpr_mean": mean, "p10": 0.2 * mean,
                                  "p90": 2.4 * mean})  # fmt: skip
        if z >= 0:
            for year in (2024, 2030):
                rate = {
                    s: np.exp(np.interp(np.log(pga), np.log(np.array([0.0005, 1, 1.63, 3, 6, 9]) * scale * a),
                                        np.log([6, 1 / 475, 1 / 2475, 1e-5, 1e-7, 1e-9])))
                    for s in STATISTICS
                    for a in [float(level_g(np.array(px), np.array(py), year, s))]
                }  # fmt: skip
                curves.append(pd.DataFrame({"place": place, "year": year, "component": "geometric_mean",
                                            "surface": "regular", "pga_g": pga,
                                            **{f"{s}_rate": rate[s] for s in STATISTICS}}))  # fmt: skip
    for klass, f in CLASSES.items():
        for year in YEARS:
            mean = 9.5e-6 * scale**2 * f * decay(year) ** 1.4
            lpr.append({"class": klass, "year": year, "zone": 1608, "place": "Zeerijp", "x_rd": 245500, "y_rd": 595500,
                        "lpr_mean": mean, "p10": 0.2 * mean, "p90": 2.4 * mean})  # fmt: skip
    pd.DataFrame(rows).to_csv(tables / "hazard_places.csv", index=False)
    pd.concat(curves).to_csv(tables / "hazard_curves.csv", index=False)
    pd.DataFrame(lpr).to_csv(tables / "lpr_classes.csv", index=False)
    pd.DataFrame(lpr_place).to_csv(tables / "lpr_places.csv", index=False)
    rows = []
    for k in range(60):
        px, py = 234000 + 500 * (k * 7 % 60), 572000 + 600 * (k * 11 % 60)
        for klass in (*("URM1F_B", "URM3L", "URM4L", "URM8L", "RC2"), "mix"):
            f = CLASSES.get(klass, 0.23)
            for year in YEARS:
                mean = 9.5e-6 * scale**2 * f * decay(year) ** 1.4 * float(shape(np.array(px), np.array(py))) ** 2.6
                population = 300 + 137 * (k % 23)
                rows.append({
                    "pc4": 9600 + k, "place": list(PLACES)[k % 11], "population": population,
                    "covered_share": 1.0 if k % 5 else 0.62, "class": klass, "year": year,
                    "above_1e-5": population * float(np.clip((mean * 2.2 - 1e-5) / 1e-5, 0, 1)) * (scale > 1),
                    "above_1e-4": 0.0, "lpr_mean": mean,
                })  # fmt: skip
    pd.DataFrame(rows).to_csv(tables / "lpr_postcodes.csv", index=False)


def _spectra_tables(tables: Path, scale: float) -> None:
    """Spectra and disaggregations of 2024: a shape times the acceleration, a cloud of earthquakes around a place."""
    ordinates = {"PGA": (0.0, 1.0), "SA(0.1)": (0.1, 2.6), "SA(0.3)": (0.3, 2.9), "SA(1)": (1.0, 1.1)}
    growth = {95.0: 0.55, 475.0: 1.0, 975.0: 1.25, 2475.0: 1.63}
    spectra, told, bins, cells = [], [], [], []
    magnitude, distance = np.arange(3.05, 5.45, 0.4), np.array([3.0, 5.0, 8.0, 15.0, 70.0])
    epsilon = np.array([-np.inf, 0.0, 1.0, np.inf])
    for place, (px, py) in PLACES.items():
        if int(zone(np.array(px), np.array(py))) < 0:
            continue
        said = {"place": place, "x_rd": px, "y_rd": py}
        for measure, (period_s, factor) in ordinates.items():
            for period, grown in growth.items():
                values = {
                    s: scale * grown * factor * float(level_g(np.array(px), np.array(py), 2024, s)) for s in STATISTICS
                }
                spectra.append(said | {"year": 2024, "component": "geometric_mean", "surface": "regular",
                                       "imt": measure, "period_s": period_s, "unit": "g",
                                       "return_period_yr": period} | values)  # fmt: skip
        share = np.exp(-((magnitude[:, None, None] - 4.2) ** 2) - np.arange(4)[:, None] - 0.3 * np.arange(3))
        share /= share.sum()
        for m, r, e in np.ndindex(share.shape):
            bins.append({"place": place, "magnitude_low": magnitude[m], "magnitude_high": magnitude[m] + 0.4,
                         "distance_low_km": distance[r], "distance_high_km": distance[r + 1],
                         "epsilon_low": epsilon[e], "epsilon_high": epsilon[e + 1],
                         "rate_per_year": share[m, r, e] / 475, "share": share[m, r, e]})  # fmt: skip
        for k in range(100):
            weight = np.exp(-((k % 10 - 4.5) ** 2 + (k // 10 - 4.5) ** 2) / 9.0)
            cells.append({"place": place, "x_rd": px + 500 * (k % 10 - 4.5), "y_rd": py + 500 * (k // 10 - 4.5),
                          "rate_per_year": weight / 475, "share": weight})  # fmt: skip
        level = scale * float(level_g(np.array(px), np.array(py), 2024, "mean"))
        told.append(said | {
            "year": 2024, "imt": "PGA", "component": "geometric_mean", "surface": "regular", "level": level,
            "unit": "g", "return_period_yr": 475.0, "rate_per_year": 1 / 475, "mean_magnitude": 4.3,
            "mean_distance_km": 4.4, "mean_epsilon": 0.8, "mode_magnitude": 4.2, "mode_distance_km": 4.0,
            "mode_epsilon": 0.5, "part50_share": 0.56, "part50_magnitude_low": 3.45, "part50_magnitude_high": 5.05,
            "part50_distance_low_km": 3.0, "part50_distance_high_km": 5.0, "part80_share": 0.84,
            "part80_magnitude_low": 3.05, "part80_magnitude_high": 5.45, "part80_distance_low_km": 3.0,
            "part80_distance_high_km": 8.0, "nearest_km": 3.0, "closure": 1.0002,
        })  # fmt: skip
    frame = pd.DataFrame(cells)
    frame["share"] /= frame.groupby("place")["share"].transform("sum")
    frame = frame.sort_values(["place", "share"], ascending=[True, False], kind="stable")
    pd.DataFrame(spectra).to_csv(tables / "hazard_spectra.csv", index=False)
    pd.DataFrame(told).to_csv(tables / "disaggregation.csv", index=False)
    pd.DataFrame(bins).to_csv(tables / "disaggregation_bins.csv", index=False)
    frame.to_csv(tables / "disaggregation_cells.csv", index=False)


def _check_tables(tables: Path) -> None:
    pd.DataFrame(
        [
            ("events_1995_2021", "Kraaijpoel et al. 2022", 336, 336, "events", 0, "", True),
            ("production_total", "NAM", 2249.4, 2249.38, "bcm", -0.02, "", True),
            ("gmm_v7_median", "public TNO chain", "", 3.1e-9, "largest difference (ln)", 3.1e-9, "", True),
            ("pressure_rms_1km", "", 3.0, 2.87, "bar", -0.13, "", True),
            ("events_2021_2023", "KNMI", 33, 16, "events", -17, "", False),
            ("events_2017_2023_forecast", "KNMI", 92, 58.7, "events", -33.3, "", False),
            ("theta1", "Kraaijpoel et al. 2026", 6.141, 7.47, "-", 1.33, "", ""),
            ("hindcast_2017_max_pga_v6", "KNMI hazard map 2017 (GMM V4)", 0.24, 0.18, "g", -0.06, "", ""),
            ("hindcast_2017_max_pga_v7", "KNMI hazard map 2017 (GMM V4)", 0.24, 0.1, "g", -0.14, "", ""),
            ("statement_2021_v6", "Stcrt. 2021, 6830", 5, 5, "municipalities", 0, "", True),
            ("statement_2021_v7", "Stcrt. 2021, 6830", 5, 4, "municipalities", -1, "", False),
        ],
        columns=["check", "source", "published", "ours", "unit", "difference", "note", "passed"],
    ).to_csv(tables / "validation.csv", index=False)
    pd.DataFrame(
        [("V6", 0.18, 244000, 598000, 602, "Zeerijp"), ("V7", 0.1, 244000, 597000, 602, "Zeerijp")],
        columns=["motion", "highest_g", "x_rd", "y_rd", "zone", "place"],
    ).to_csv(tables / "hindcast_2017_models.csv", index=False)
    pd.DataFrame(
        [
            ("V6", "Eemsdelta", 0.168, 240.2, 270.5, True), ("V6", "Het Hogeland", 0.15, 259.9, 287.3, True),
            ("V6", "Groningen", 0.135, 100.5, 176.4, True), ("V6", "Midden-Groningen", 0.125, 173.1, 293.2, True),
            ("V6", "Oldambt", 0.074, 11.45, 185.1, True), ("V6", "Tynaarlo", np.nan, 0.0, 33.0, False),
            ("V7", "Eemsdelta", 0.0987, 146.8, 270.5, True), ("V7", "Het Hogeland", 0.09, 77.7, 287.3, True),
            ("V7", "Groningen", 0.0776, 52.2, 176.4, True), ("V7", "Midden-Groningen", 0.0503, 0.02, 293.2, True),
            ("V7", "Oldambt", 0.0422, 0.0, 185.1, True), ("V7", "Tynaarlo", np.nan, 0.0, 33.0, False),
        ],
        columns=["motion", "municipality", "highest_g", "area_km2", "on_map_km2", "named"],
    ).to_csv(tables / "hindcast_2021_municipalities.csv", index=False)  # fmt: skip
    pd.DataFrame(
        [
            ("theta0", -18.2, 0.4, -17.447, 0.402), ("theta1", 6.6, 0.5, 6.14, 0.43),
            ("rmax", 0.41, 0.02, 0.406, 0.019), ("sigma", 3200, 210, 3241, 184),
        ],
        columns=["parameter", "mean", "sd", "published_mean", "published_sd"],
    ).to_csv(tables / "source_posterior.csv", index=False)  # fmt: skip
    pd.DataFrame(
        [
            ("pressures_not_used", 120, "measurements"), ("gas_volume_share_dropped", 0.0021, "1"),
            ("farthest_well_moved_m", 612.0, "m"), ("fault_points_off_grid", 14, "points"),
            ("events_unloaded", 10, "events"),
            ("rate_beyond_share", 0.0, "1"), ("nodes_without_zone", 383, "nodes"),
            ("levels_below_lowest", 12, "levels"),
        ],
        columns=["what", "value", "unit"],
    ).to_csv(tables / "left_out.csv", index=False)  # fmt: skip
    pd.DataFrame(
        [
            (f"chance_m{m}", t, c * decay(t), "1", 0.6 * c * decay(t), 1.5 * c * decay(t))
            for m, c in (("3.6", 0.08), ("4.5", 0.004))
            for t in YEARS
        ]
        + [("pga475_max_place", 2024, "Zeerijp", "-", "", "")],
        columns=["quantity", "year", "value", "unit", "p10", "p90"],
    ).to_csv(tables / "summary.csv", index=False)


def _source_tables(path: Path, tables: Path) -> None:
    """Write the grid of event density, the catalogue, the chance of large events and the posterior of the fit."""
    rng = np.random.default_rng(7)
    x, y = np.arange(233500.0, 266000, 1500), np.arange(568000.0, 613000, 1500)
    xx, yy = np.meshgrid(x, y)
    density = np.stack([np.where(hypot_core(xx, yy), 0.05 * decay(t) * shape(xx, yy), np.nan) for t in YEARS])
    xr.Dataset(
        {"events_per_km2": (("year", "y", "x"), density, {"units": "1/(km2 year)"})},
        coords={"year": YEARS, "y": y, "x": x},
    ).to_netcdf(path / "grids" / "rate.nc", engine="h5netcdf")
    count = 240
    time = pd.to_datetime("1993-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 11300, count)), unit="D")
    magnitude = np.round(1.0 + rng.exponential(0.45, count), 1).clip(max=3.4)
    magnitude[100] = 3.6
    angle, radius = rng.uniform(0, 6.28, count), 9000 * np.sqrt(rng.uniform(0, 1, count))
    table = pd.DataFrame({
        "time": time.strftime("%Y-%m-%dT%H:%M:%S"), "magnitude": magnitude,
        "x_rd": (245500 + radius * np.cos(angle)).round(), "y_rd": (593500 + radius * np.sin(angle)).round(),
        "depth_km": 3.0, "type": "induced",
    })  # fmt: skip
    year = time.year
    table["used"] = (table.magnitude >= 1.45) & (year >= 1995) & (year < 2024)
    table.to_csv(tables / "catalogue.csv", index=False)
    pd.DataFrame([
        {"year": t, "magnitude": m, "chance": c * decay(t), "p10": low * c * decay(t), "p90": 1.9 * c * decay(t)}
        for m, c, low in ((3.6, 0.06, 0.7), (4.0, 0.02, 0.2), (4.5, 0.004, 0.0), (5.0, 0.0006, 0.0))
        for t in YEARS
    ]).to_csv(tables / "chance.csv", index=False)  # fmt: skip
    rows = [
        (
            r,
            s,
            -18.2 - 0.8 * (t - 7.5),
            t,
            np.exp(-(((r - 0.4) / 0.03) ** 2 + ((s - 3500) / 250) ** 2 + (t - 7.5) ** 2)),
        )
        for r in (0.35, 0.375, 0.4, 0.425)
        for s in (3250.0, 3500.0, 3750.0)
        for t in np.arange(5.5, 9.6, 0.25)
    ]
    table = pd.DataFrame(rows, columns=["rmax", "sigma_m", "theta0", "theta1", "weight"])
    table.assign(weight=table.weight / table.weight.sum()).to_csv(tables / "source_posterior_grid.csv", index=False)
    grids = []
    for model, a, b in (("linear_stress", 1.8, 1.1), ("thickness_split", 1.2, 0.75)):
        first, second = np.meshgrid(np.linspace(a - 0.3, a + 0.3, 13), np.linspace(b - 0.2, b + 0.2, 11))
        weight = np.exp(-(((first - a) / 0.12) ** 2) - ((second - b) / 0.08) ** 2).ravel()
        grids.append(pd.DataFrame({"model": model, "first": first.ravel(), "second": second.ravel(),
                                   "weight": weight / weight.sum()}))  # fmt: skip
    pd.concat(grids).to_csv(tables / "b_value_grid.csv", index=False)


def _model_tables(tables: Path) -> None:
    """Write the curves of the shown classes, the chance of dying, and the logic tree."""
    level = np.geomspace(0.01, 3.0, 41)
    branches = {"lower": (1.35, 0.17, 0.25), "middle": (1.0, 0.66, 0.5), "upper": (0.75, 0.17, 0.25)}
    curves, deaths = [], []
    for k, name in enumerate(("URM1F_B", "URM3L", "URM4L", "URM8L", "RC2")):
        for branch, (factor, weight, weight_death) in branches.items():
            collapse = {
                f"p_cs{s}": 1 / (1 + (0.25 * (1 + 0.4 * k) * factor * (0.8 + 0.2 * s) / level) ** 4) for s in (1, 2, 3)
            }
            curves.append(
                pd.DataFrame({"class": name, "branch": branch, "weight": weight, "sa_avg_g": level} | collapse)
            )
            deaths += [(name, branch, weight_death, f"cs{s}", 0.1 * s / factor, 0.05 * s / factor) for s in (1, 2, 3)]
    pd.concat(curves).to_csv(tables / "fragility_curves.csv", index=False)
    columns = ["class", "branch", "weight", "state", "p_death_inside", "p_death_outside"]
    pd.DataFrame(deaths, columns=columns).to_csv(tables / "consequences.csv", index=False)
    mmax = {"4": 0.27, "4.5": 0.405, "5": 0.1875, "5.5": 0.1075, "6": 0.025, "6.5": 0.005}
    nodes = [
        ("magnitude", "source", "", {"linear_stress": 0.3, "thickness_split": 0.7}, 2),
        ("mmax", "source", "", mmax, 6),
        ("median", "motion", "M <= 3.6", {"low": 0.2, "central_low": 0.3, "central_high": 0.3, "high": 0.2}, 46),
        ("median", "motion", "M >= 5", {"low": 0.1, "central_low": 0.2, "central_high": 0.3, "high": 0.4}, 46),
        ("tau", "motion", "", {"lower": 0.2, "central": 0.6, "upper": 0.2}, 3),
        ("phi", "motion", "", {"lower": 0.5, "upper": 0.5}, 2),
        ("site", "motion", "", {"lower": 0.2, "central": 0.6, "upper": 0.2}, 3),
        ("fragility", "risk", "", {"lower": 0.17, "middle": 0.66, "upper": 0.17}, 3),
        ("consequence", "risk", "", {"lower": 0.25, "middle": 0.5, "upper": 0.25}, 3),
    ]
    rows = [
        (node, part, condition, branch, weight, models)
        for node, part, condition, weights, models in nodes
        for branch, weight in weights.items()
    ]
    columns = ["node", "part", "condition", "branch", "weight", "models"]
    pd.DataFrame(rows, columns=columns).to_csv(tables / "logic_tree.csv", index=False)


NUMBER = {"URM1F_B": 900, "URM1F_HC": 2400, "URM3L": 60000, "URM4L": 42000, "URM8L": 18000, "RC1L": 3000,
          "W2L": 1200, "S1L": 2500}  # fmt: skip
"""Buildings of each class, before they are spread over the cells of the map."""
TREE_YEARS = (2024, 2029, 2035)
BAND = {"p10": 0.2, "p50": 0.7, "p90": 2.4}


def _building_tables(path: Path, scale: float) -> None:
    """Write what a run that counts buildings adds: cells, postcodes, classes, ranking, damage, deaths."""
    tables = path / "tables"
    x, y = np.arange(236500.0, 258000, 1000), np.arange(572500.0, 608000, 1000)
    xx, yy = np.meshgrid(x, y)
    weight = (
        0.02 + np.exp(-np.hypot(xx - 246000, yy - 576000) / 3000) + np.exp(-np.hypot(xx - 256000, yy - 594000) / 2500)
    )
    weight *= zone(xx, yy) >= 0
    weight[:, -1] *= 0.02  # cells with a few buildings, which public figures do not show
    number = {name: n * weight / weight.sum() for name, n in NUMBER.items()}
    risk = {
        (name, t): 9.5e-6 * scale**2 * CLASSES[name] * decay(t) ** 1.4 * shape(xx, yy) ** 2.6
        for name in NUMBER
        for t in YEARS
    }

    def count(t: int, level: float, factor: float = 1.0, names: tuple[str, ...] = tuple(NUMBER)) -> float:
        return float(sum((number[n] * (factor * risk[n, t] > level)).sum() for n in names))

    everything = float(sum(NUMBER.values()))
    above, ranking, classes, kinds = [], [], [], []
    for t in map(int, YEARS):
        band = BAND if t in TREE_YEARS else dict.fromkeys(BAND, np.nan)
        for level in (1e-5, 1e-4):
            for name, names in (("all", tuple(NUMBER)), *((n, (n,)) for n in NUMBER)):
                above.append({"year": t, "level": level, "class": name, "buildings": count(t, level, 1.0, names),
                              "buildings_mean": 1.1 * count(t, level, 1.0, names),
                              **{f"buildings_{s}": count(t, level, f, names) if f == f else np.nan
                                 for s, f in band.items()},
                              "p90_above": count(t, level, 2.4) if (name, t in TREE_YEARS) == ("all", True) else np.nan,
                              })  # fmt: skip
        for threshold in 10.0 ** np.arange(-9.0, -2.9, 0.25):
            ranking.append({"year": t, "lpr": threshold, "buildings": count(t, threshold),
                            **{f"buildings_{s}": count(t, threshold, f) for s, f in BAND.items()}})  # fmt: skip
        for name in NUMBER:
            classes.append({"year": t, "class": name, "buildings": NUMBER[name],
                            "mean_above_1e-5": count(t, 1e-5, 1.0, (name,)),
                            "p90_above_1e-5": count(t, 1e-5, 2.4, (name,)),
                            "mean_above_1e-4": count(t, 1e-4, 1.0, (name,))})  # fmt: skip
        elevated, slightly = count(t, 1e-5), count(t, 1e-5, 2.4)
        for kind, n in (
            ("normal", everything - slightly),
            ("slightly_elevated", slightly - elevated),
            ("elevated", elevated),
        ):
            kinds.append({"year": t, "risk_class": kind, "buildings": n, "people": 2.1 * n})
    pd.DataFrame(above).to_csv(tables / "buildings_above.csv", index=False)
    pd.DataFrame(ranking).to_csv(tables / "building_ranking.csv", index=False)
    pd.DataFrame(classes).to_csv(tables / "building_classes.csv", index=False)
    pd.DataFrame(kinds).to_csv(tables / "risk_classes.csv", index=False)
    left_out = pd.read_csv(tables / "left_out.csv").query("what not in ['buildings_outside', 'people_outside']")
    left_out.loc[len(left_out)] = ["buildings_outside", 1830.0, "buildings"]
    left_out.loc[len(left_out)] = ["people_outside", 4100.0, "persons"]
    left_out.to_csv(tables / "left_out.csv", index=False)
    total = np.array([sum(number.values())] * len(YEARS))
    lpr = np.stack([sum(number[n] * risk[n, t] for n in NUMBER) for t in YEARS]) / np.where(total > 0, total, np.nan)
    over = {f"{s}_above_1e-5": np.stack([sum(number[n] * (f * risk[n, t] > 1e-5) for n in NUMBER) for t in YEARS])
            for s, f in (("mean", 1.0), ("p90", 2.4))}  # fmt: skip
    values = {"buildings": total, "people": 2.1 * total, "lpr_mean": lpr} | over
    grid = xr.Dataset(
        {name: (("year", "y", "x"), v, {"units": "1/year" if "lpr" in name else "1"}) for name, v in values.items()},
        coords={"year": YEARS, "y": y, "x": x},
    )
    building_privacy.cells(grid)[0].to_netcdf(path / "grids" / "building_risk.nc", engine="h5netcdf")
    rows = []
    for k, code in enumerate((9601, 9610, 9712, 9713, 9771, 9791, 9901, 9919)):
        n = 4.0 if code == 9919 else 900.0 + 310.0 * k
        for t in map(int, YEARS):
            mean = 1.5e-6 * scale**2 * decay(t) ** 1.4 * (1.0 + 0.2 * k)
            rows.append({"pc4": code, "place": list(PLACES)[k], "municipality": "Groningen", "year": t, "buildings": n,
                         "people": 2.1 * n, "lpr_mean": mean,
                         "mean_above_1e-5": 0.1 * n * (4 * mean > 1e-5),
                         "p90_above_1e-5": 0.2 * n * (9 * mean > 1e-5)})  # fmt: skip
    building_privacy.postcodes(pd.DataFrame(rows))[0].to_csv(tables / "buildings_postcodes.csv", index=False)
    _counted_apart(tables, {t: count(t, 1e-5) for t in map(int, YEARS)})
    sizes = {"ds1": 160.0, "ds2": 4.2, "ds3": 0.9, "ds4": 0.2, "chimney": 3.1, "cs1": 0.06, "cs2": 0.03, "cs3": 0.02}
    losses = [(t, name, "buildings/year", n) for name, n in sizes.items() for t in YEARS]
    losses += [(t, "deaths", "1/year", 0.011) for t in YEARS]
    pd.DataFrame([
        {"year": t, "quantity": name, "unit": unit, "mean": n * scale**2 * decay(t),
         "p10": 0.2 * n * scale**2 * decay(t) if t in TREE_YEARS else np.nan,
         "p90": 2.4 * n * scale**2 * decay(t) if t in TREE_YEARS else np.nan}
        for t, name, unit, n in losses
    ]).to_csv(tables / "expected_losses.csv", index=False)  # fmt: skip
    deaths = np.array([1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100])
    rate = 6e-3 * scale**2 / deaths**1.3
    pd.DataFrame([
        {"year": t, "deaths": int(n), "rate_per_year": r * decay(t) * (n <= 50),
         "p05": r * decay(t) * max(0.0, 1 - 0.07 * n**0.5) * (n <= 50), "p95": r * decay(t) * (1 + 0.07 * n**0.5)}
        for t in TREE_YEARS
        for n, r in zip(deaths, rate, strict=True)
    ]).to_csv(tables / "fn_curve.csv", index=False)  # fmt: skip
    ways = [("nodes", n, 2.0 / 4.0**n) for n in (2, 4, 6, 10)]
    ways += [(what, n, 3.0 / n**power) for what, power in (("sobol", 1.0), ("random", 0.5)) for n in (64, 1024, 16384)]
    pd.DataFrame([
        {"what": what, "n": n, "value": 2e-6 * (1.0 + error), "reference": 2e-6} for what, n, error in ways
    ]).to_csv(tables / "convergence.csv", index=False)  # fmt: skip


def _counted_apart(tables: Path, above: dict[int, float]) -> None:
    """Write the count above the norm of each year by municipality and given branches of two nodes."""
    towns = {
        "Eemsdelta": (20e3, 0.7),
        "Groningen": (90e3, 0.3),
        "": (900.0, 0.0),
        "Pekela": (4e3, 0.0),
        "Assen": (4.0, 0.0),
    }
    rows = [
        {"year": t, "municipality": name, "buildings": n, "people": 2.1 * n, "mean_above_1e-5": part * c,
         "p90_above_1e-5": 2 * part * c, "mean_above_1e-4": 0.0,
         **{f"buildings_{s}": f * part * c for s, f in (("mean", 1.1), *BAND.items())},
         "buildings_mean_1e-4": 0.04 * part}
        for t, c in above.items() for name, (n, part) in towns.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.loc[~table.year.isin(TREE_YEARS), table.columns.str.startswith("buildings_")] = np.nan
    building_privacy.municipalities(table)[0].to_csv(tables / "buildings_municipalities.csv", index=False)
    nodes = {"mmax": {"4": (0.5, 0.2), "6": (0.5, 2.0)}, "median": {"lower": (0.2, 0.9), "upper": (0.8, 1.15)}}
    pd.DataFrame([
        {"year": t, "level": 1e-5, "node": node, "branch": branch, "weight": w,
         **{f"buildings_{s}": f * factor * above[t] for s, f in (("mean", 1.0), *BAND.items())}}
        for t in TREE_YEARS for node, branches in nodes.items() for branch, (w, factor) in branches.items()
    ]).to_csv(tables / "buildings_branches.csv", index=False)  # fmt: skip


def _judged_tables(path: Path) -> None:
    """Write what a run with several rate models adds: bands and models of F04, posteriors, b-values and the hindcast.

    The model with a delay follows the observations, the elastic one falls short after 2016, the stationary reference
    knows nothing of the fall.
    """
    rng = np.random.default_rng(11)
    tables = path / "tables"
    rate = pd.read_csv(tables / "event_rate.csv")
    sd = np.sqrt(1.25 * rate["mean"])
    for name, z in (("p05", -1.64), ("p25", -0.67), ("p75", 0.67), ("p95", 1.64)):
        rate[name] = np.maximum(np.round(rate["mean"] + z * sd), 0.0)
    columns = ["year", "observed", "mean", "p05", "p10", "p25", "p50", "p75", "p90", "p95"]
    rate[columns].to_csv(tables / "event_rate.csv", index=False)
    factor = {
        "elastic": np.where(rate.year < 2017, 1.05, np.maximum(0.45, 1.0 - 0.09 * (rate.year - 2016))),
        "elastic_plastic": np.ones(len(rate)),
        "rate_and_state": 0.96 + 0.004 * (rate.year - 2010),
        "dempsey_suckale": 0.9 + 0.006 * (rate.year - 2005),
        "smoothed_stationary": 12.5 / rate["mean"],
    }
    models = [
        pd.DataFrame({"year": rate.year, "model": name, "mean": f * rate["mean"], "p10": 0.7 * f * rate["mean"],
                      "p50": 0.98 * f * rate["mean"], "p90": 1.4 * f * rate["mean"]})
        for name, f in factor.items()
    ]  # fmt: skip
    pd.concat(models).to_csv(tables / "event_rate_models.csv", index=False)
    pd.DataFrame([
        {"region": region, "year": t, "magnitude": m, "expected_events": c * s * decay(t),
         "chance": -np.expm1(-c * s * decay(t)), "p10": -np.expm1(-0.6 * c * s * decay(t)),
         "p90": -np.expm1(-1.6 * c * s * decay(t))}
        for region, s in (("Eemsdelta", 0.5), ("Groningen", 0.2), ("Midden-Groningen", 0.3))
        for m, c in ((1.5, 11.0), (3.6, 0.06))
        for t in YEARS
    ]).to_csv(tables / "chance_regions.csv", index=False)  # fmt: skip
    _posterior_tables(tables)
    _b_value_grid(path)
    _hindcast_tables(tables, rate, factor, rng)
    tree = pd.read_csv(tables / "logic_tree.csv", keep_default_na=False)
    tree = tree[tree.node != "magnitude"]
    nodes = [("rate", RATE_MODELS), ("magnitude", MAGNITUDE_MODELS)]
    added = [(node, "source", "", name, w, len(weights)) for node, weights in nodes for name, w in weights.items()]
    pd.concat([pd.DataFrame(added, columns=tree.columns), tree]).to_csv(tables / "logic_tree.csv", index=False)


def _posterior_tables(tables: Path) -> None:
    grid = pd.read_csv(tables / "source_posterior_grid.csv")
    rows = []
    for name in RATE_MODELS:
        part = grid.assign(model=name, slope=np.nan, log10_hs=np.nan)
        if name == "elastic_plastic":
            parts = [
                part.assign(slope=s, log10_hs=h, weight=part.weight * np.exp(-((s - 0.4) ** 2) / 0.02 - (h - 5.0) ** 2))
                for s in (0.2, 0.4, 0.6)
                for h in (4.0, 5.0, 6.0)
            ]
            part = pd.concat(parts)
        elif name in ("rate_and_state", "smoothed_stationary", "dempsey_suckale"):
            part = part.assign(theta1=np.nan).drop_duplicates(["rmax", "sigma_m"])
        rows.append(part.assign(weight=part.weight / part.weight.sum()))
    columns = ["model", "rmax", "sigma_m", "theta0", "theta1", "slope", "log10_hs", "weight"]
    pd.concat(rows)[columns].to_csv(tables / "source_posterior_grid.csv", index=False)
    k, a, c = (values.ravel() for values in np.meshgrid([0.2, 0.3, 0.4, 0.5], [0.8, 1.0, 1.2], [1.0, 2.0, 4.0]))
    weight = np.exp(-(((k - 0.35) / 0.1) ** 2) - ((a - 1.0) / 0.2) ** 2 - ((np.log2(c) - 1.0) / 0.8) ** 2)
    law = pd.DataFrame({"etas_k": k, "etas_a": a, "etas_c_days": c, "weight": weight / weight.sum()})
    pd.concat([law.assign(model=name) for name in RATE_MODELS])[
        ["model", "etas_k", "etas_a", "etas_c_days", "weight"]
    ].to_csv(tables / "aftershock_grid.csv", index=False)
    grids = [pd.read_csv(tables / "b_value_grid.csv")]
    first = np.linspace(0.9, 1.1, 9)
    weight = np.exp(-(((first - 0.98) / 0.05) ** 2))
    grids.append(pd.DataFrame({"model": "constant", "first": first, "second": np.nan, "weight": weight / weight.sum()}))
    a, b = (values.ravel() for values in np.meshgrid(np.linspace(0.6, 0.9, 7), np.linspace(0.2, 1.0, 9)))
    weight = np.exp(-(((a - 0.75) / 0.08) ** 2) - ((b - 0.6) / 0.2) ** 2)
    grids.append(pd.DataFrame({"model": "tanh_stress", "first": a, "second": b, "weight": weight / weight.sum()}))
    pd.concat(grids).to_csv(tables / "b_value_grid.csv", index=False)
    published = {"theta0": (-17.447, 0.402), "theta1": (6.14, 0.43), "rmax": (0.406, 0.019), "sigma_m": (3241, 184)}
    rows = []
    for name in RATE_MODELS:
        for parameter, unit, mean, sd, edge, coarse in (
            ("rmax", "-", 0.41, 0.02, 0.01, 0.02), ("sigma_m", "m", 3200, 210, 0.002, 0.01),
            ("theta0", "ln(events per unit)", -18.2, 0.4, np.nan, np.nan), ("theta1", "-", 6.6, 0.5, 0.0, 0.004),
            ("slope", "-", 0.4, 0.1, 0.12, 0.05), ("log10_hs", "log10(MPa)", 5.0, 0.6, 0.31, 0.4),
            ("etas_a", "-", 1.0, 0.14, 0.2, 0.03), ("etas_c", "day", 2.0, 1.0, 0.04, 0.02),
            ("etas_k", "-", 0.35, 0.07, np.nan, np.nan), ("aftershock_share", "-", 0.09, 0.03, 0.0, 0.001),
        ):  # fmt: skip
            if parameter in ("slope", "log10_hs") and name != "elastic_plastic":
                continue
            if parameter == "theta1" and not name.startswith("elastic"):
                continue
            beside = published.get(parameter, (np.nan, np.nan)) if name.startswith("elastic") else (np.nan, np.nan)
            rows.append((name, parameter, unit, mean, sd, edge, coarse, *beside))
    columns = ["model", "parameter", "unit", "mean", "sd", "at_edge", "coarseness", "published_mean", "published_sd"]
    pd.DataFrame(rows, columns=columns).to_csv(tables / "source_posterior.csv", index=False)


def _b_value_grid(path: Path) -> None:
    x, y = np.arange(233500.0, 266000, 1500), np.arange(568000.0, 613000, 1500)
    xx, yy = np.meshgrid(x, y)
    stress = shape(xx, yy)
    fields = {
        "linear_stress": 1.35 - 0.5 * stress,
        "thickness_split": np.where(yy > 590000, 0.85, 1.15),
        "tanh_stress": 0.75 + 0.6 * (1.0 - np.tanh(1.2 * stress)),
        "constant": np.full_like(stress, 0.98),
    }
    inside = hypot_core(xx, yy)
    b = np.stack([np.where(inside, field, np.nan) for field in fields.values()])
    sd = np.stack([np.where(inside, 0.05 + 0.08 * abs(field - 0.98), np.nan) for field in fields.values()])
    xr.Dataset(
        {"b_value": (("magnitude_model", "y", "x"), b, {"units": "1"}),
         "b_value_sd": (("magnitude_model", "y", "x"), sd, {"units": "1"}),
         "weight": ("magnitude_model", list(MAGNITUDE_MODELS.values()), {"units": "1"})},
        coords={"magnitude_model": list(fields), "y": y, "x": x},
    ).to_netcdf(path / "grids" / "b_value.nc", engine="h5netcdf")  # fmt: skip


def _hindcast_tables(tables: Path, rate: pd.DataFrame, factor: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Score every model in every year by its Poisson count and a gain per event that is its own, with some noise."""
    years = rate[(rate.year >= 2000) & (rate.year < 2024)]
    place = {"elastic": 0.55, "elastic_plastic": 0.6, "rate_and_state": 0.58, "dempsey_suckale": 0.3,
             "smoothed_stationary": 0.0}  # fmt: skip
    size = {"linear_stress": 0.02, "thickness_split": 0.03, "tanh_stress": 0.01, "constant": 0.0}
    rows, past = [], {(m, b): 0.0 for m in RATE_MODELS for b in MAGNITUDE_MODELS}
    reference = ("smoothed_stationary", "constant")
    for _, row in years.iterrows():
        n = int(row.observed)
        best = max(past.values())
        total = sum(np.exp(v - best) for v in past.values())
        before = dict(past)
        gains: dict[tuple[str, str], tuple[float, dict[str, float]]] = {}
        for (model, branch), official in (
            ((m, b), RATE_MODELS[m] * MAGNITUDE_MODELS[b]) for m in RATE_MODELS for b in MAGNITUDE_MODELS
        ):
            mean = float(np.asarray(factor[model])[(rate.year == row.year).to_numpy()][0] * row["mean"])
            number = float(n * np.log(mean) - mean)
            space = n * place[model] + 0.3 * np.sqrt(n) * rng.normal() * (model != reference[0])
            strength = n * size[branch] + 0.1 * np.sqrt(n) * rng.normal() * (branch != reference[1])
            gains[(model, branch)] = (number + space + strength, {
                "mean": mean, "score_number": number, "score_space": space, "score_magnitude": strength,
                "official_weight": official, "past_score_weight": float(np.exp(before[(model, branch)] - best) / total),
            })  # fmt: skip
        known = gains[reference][0]
        for key, (score, parts) in gains.items():
            past[key] += score
            rows.append(_hindcast_row(int(row.year), *key, n, score, known, parts))
        for name, column in (("ensemble_official", "official_weight"), ("ensemble_past_score", "past_score_weight")):
            weights = np.array([parts[column] for _, parts in gains.values()])
            scores = np.array([score for score, _ in gains.values()])
            mean = float(weights @ [parts["mean"] for _, parts in gains.values()])
            score = float(scores.max() + np.log(weights @ np.exp(scores - scores.max())))
            parts = {"mean": mean, "score_number": np.nan, "score_space": np.nan, "score_magnitude": np.nan,
                     "official_weight": np.nan, "past_score_weight": np.nan}  # fmt: skip
            rows.append(_hindcast_row(int(row.year), name, "", n, score, known, parts))
    table = pd.DataFrame(rows)
    table.to_csv(tables / "hindcast.csv", index=False)
    summary = []
    for (model, branch), part in table.groupby(["model", "magnitude_model"], sort=False):
        events = float(part.observed.sum())
        per_event = float((part.gain_per_event * part.observed).sum() / events)
        other = table[(table.model == "elastic") & (table.magnitude_model == "linear_stress")]
        over = float((part.score.to_numpy() - other.score.to_numpy()).sum() / events)
        is_reference = (model, branch) == reference
        summary.append({
            "model": model, "magnitude_model": branch, "events": events, "expected": part["mean"].sum(),
            "score": part.score.sum(), "score_gain": per_event * events,
            "score_gain_low": (per_event - 0.14 * (not is_reference)) * events,
            "score_gain_high": (per_event + 0.14 * (not is_reference)) * events,
            "score_gain_over_elastic": over * events, "score_gain_over_elastic_low": (over - 0.1) * events,
            "score_gain_over_elastic_high": (over + 0.1) * events, **_sums(part),
            "gain_per_event": per_event, "gain_low": per_event - 0.12 * (not is_reference),
            "gain_high": per_event + 0.12 * (not is_reference), "t_p": np.nan if is_reference else 0.001, "w_p": 0.002,
            "gain_over_elastic": over, "gain_over_elastic_low": over - 0.09, "gain_over_elastic_high": over + 0.09,
            "in_band": int(((part.observed >= part.p025) & (part.observed <= part.p975)).sum()), "years": len(part),
            "weight_now": part.past_score_weight.iloc[-1],
        })  # fmt: skip
    pd.DataFrame(summary).to_csv(tables / "hindcast_summary.csv", index=False)


def _sums(part: pd.DataFrame) -> dict[str, float]:
    """Numbers over all years and over the last four, with a band that holds what was observed."""
    late, found = part[part.year > part.year.max() - 4], {"late_observed": 0.0, "late_expected": 0.0}
    for name, rows in (("total", part), ("late", late)):
        found |= {f"{name}_low": 0.0, f"{name}_high": float(np.ceil(rows["mean"].sum() + 2.0 * rows.observed.sum()))}
    return found | {"late_observed": float(late.observed.sum()), "late_expected": float(late["mean"].sum())}


def _hindcast_row(year: int, model: str, branch: str, n: int, score: float, reference: float, parts: dict) -> dict:
    mean = parts["mean"]
    sd = np.sqrt(1.3 * mean)
    return {
        "year": year, "model": model, "magnitude_model": branch, "observed": n, "mean": mean,
        "p025": max(np.floor(mean - 1.96 * sd), 0.0), "p50": np.floor(mean), "p975": np.ceil(mean + 1.96 * sd),
        "score": score, "n_low": 0.4, "n_high": 0.6, "l_quantile": 0.5, "s_quantile": 0.5, "m_quantile": 0.5,
        "gain_per_event": (score - reference) / n if n else np.nan,
        **{k: v for k, v in parts.items() if k != "mean"},
    }  # fmt: skip
