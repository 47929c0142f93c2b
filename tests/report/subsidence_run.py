"""A small, plausible run of subsidence: the folder that figures, report and export read, without computing one.

The numbers are made up but have the size of the real ones: a bowl of some 37 cm over a large gas field in 2018, a small
field on its flank, and caverns with a narrow bowl of their own; point sources in a half space.
"""

import json
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

SHOWN = (2018, 2024, 2050, 2080)
YEARS = np.arange(1964, 2081)
CELL_M = 1500.0
ACTIVITIES = ("Groningen", "Small field", "Caverns")
POINTS = {"Loppersum": (245459.0, 594583.0), "Eemshaven": (250690.0, 607760.0), "Winsum": (231000.0, 594700.0),
          "Winschoten": (264350.0, 573990.0)}  # fmt: skip
BENCHMARKS = {"007E0031": (246800.0, 597300.0), "003H0090": (251900.0, 592100.0)}
PROFILES = {"A-B": ((230000.0, 585000.0), (262000.0, 598000.0)), "C-D": ((247000.0, 566000.0), (243000.0, 611000.0))}
OBJECTS = {"Church of Loppersum": (245500.0, 594600.0), "Pumping station": (262900.0, 573200.0)}
_BAND = 0.16  # relative standard deviation of an amplitude
_Z = 1.2816


def history(activity: str, year: np.ndarray | float) -> np.ndarray:
    """Share of the bowl of 2018 that is there at the end of a year."""
    t = np.asarray(year, dtype=float)
    if activity == "Groningen":
        return np.interp(t, [1964, 1972, 1985, 2000, 2018, 2024, 2050, 2080], [0, 0.09, 0.42, 0.68, 1, 1.06, 1.16, 1.2])
    if activity == "Small field":
        return np.interp(t, [1964, 1998, 2010, 2018, 2035, 2080], [0, 0, 0.7, 1, 1.15, 1.2])
    return np.clip((t - 1985) / 33, 0, None)


@cache
def _sources(activity: str) -> tuple[np.ndarray, np.ndarray, float, float]:
    """East and north of point sources (m), their depth, and the factor that gives the deepest of them its depth."""
    if activity == "Groningen":
        f, a = (part.ravel() for part in np.meshgrid([0.15, 0.3, 0.5, 0.7, 0.9, 1.05], np.linspace(0, 2 * np.pi, 24)))
        east, north, depth, peak = (
            246500 + f * (9000 * np.cos(a) - 3500 * np.sin(a)),
            596000 + f * 15000 * np.sin(a),
            4600.0,
            0.365,
        )
    elif activity == "Small field":
        east, north, depth, peak = np.array([231500.0, 233000.0]), np.array([583500.0, 584500.0]), 2900.0, 0.058
    else:
        east, north, depth, peak = np.array([262500.0, 263300.0]), np.array([573000.0, 573600.0]), 1500.0, 0.115
    distance = np.sqrt((east[:, None] - east) ** 2 + (north[:, None] - north) ** 2 + depth**2)
    return east, north, depth, peak / float((depth / distance**3).sum(axis=0).max())


def bowl(activity: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Subsidence in 2018 (m), down positive."""
    east, north, depth, scale = _sources(activity)
    x, y = np.asarray(x, float)[..., None], np.asarray(y, float)[..., None]
    return scale * (depth / ((x - east) ** 2 + (y - north) ** 2 + depth**2) ** 1.5).sum(axis=-1)


def subsidence(x, y, year, activity="total"):
    """Mean subsidence (m) of one activity or of all."""
    names = ACTIVITIES if activity == "total" else (activity,)
    return sum(_at(a, float(x), float(y)) * float(history(a, year)) for a in names)


@cache
def _at(activity: str, x: float, y: float) -> float:
    return float(bowl(activity, np.array(x), np.array(y)))


def spread(x, y, year):
    """Standard deviation of the total (m)."""
    parts = [_BAND * subsidence(x, y, year, a) * (1 + 0.006 * max(float(year) - 2024, 0)) for a in ACTIVITIES]
    return np.sqrt(sum(p**2 for p in parts))


def write(path: Path, *, activities: int = 3, observed: bool = True) -> Path:
    """Write the folder; with one activity, or without measurements, for runs that have no more."""
    for folder in ("tables", "grids"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    names = ACTIVITIES[:activities]
    _grid(path, names)
    for name, table in _tables(names, observed=observed).items():
        table.to_csv(path / "tables" / f"{name}.csv", index=False)
    manifest = {
        "schema": "mijnrisico-manifest/1", "run_id": "2026-11-29-5a1b", "title": "Three fields and caverns",
        "title_nl": "Drie velden en cavernes", "status": "complete", "created": "2026-11-29T09:12:44Z",
        "duration_s": 21, "seed": 1, "command": "mijnrisico run question.toml",
        "hash": {"run": "sha256:5a1b90aa", "config": "sha256:11", "code": "sha256:22"},
        "software": {"mijnrisico": "0.1.0", "python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.0"},
        "platform": {"os": "Linux", "cpu": 2, "memory_gb": 4},
        "inputs": [{"role": "observations_levelling", "file": "levelling.csv", "sha256": "a3" * 32,
                    "rows": 12, "source": "own file", "licence": "", "retrieved": ""}],
        "models": [{"role": "kernel", "id": "van_opstal", "weight": 1.0, "reference": "Van Opstal 1974"}],
        "warnings": [], "stages": [{"name": "field", "hash": "aa", "seconds": 3.1, "cached": False}],
        "outputs": [], "review": {"status": "draft", "by": None, "date": None},
    }  # fmt: skip
    (path / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    (path / "scenario.toml").write_text(_SCENARIO, encoding="utf-8")
    return path


_SCENARIO = """study = "subsidence"
title = "Three fields and caverns"
title_nl = "Drie velden en cavernes"
seed = 1
[time]
start = 1964
end = 2080
shown = [2018, 2024, 2050, 2080]
[grid]
cell_m = 1500
[surface]
model = { van_opstal = 1.0 }
poisson = { "0.25" = 1.0 }
basement_m = { "5000" = 0.5, "7000" = 0.5 }
[strain]
models = { linear = 0.25, time_decay = 0.5, rate_type = 0.25 }
[[activity]]
name = "Groningen"
kind = "gas"
[[activity]]
name = "Small field"
kind = "gas"
[[activity]]
name = "Caverns"
kind = "cavern"
[observations]
levelling = "levelling.csv"
use = true
[[limit]]
name = "Deepest point"
quantity = "subsidence_cm"
value = 45.0
at = "deepest"
source = "permit, article 3"
[[basin]]
name = "Zoutkamperlaag"
outline = "basin.geojson"
limit_mm_per_year = 5.0
sea_level_rise_mm_per_year = 2.2
average_years = 6
source = "example"
"""


def _grid(path: Path, names: tuple[str, ...]) -> None:
    x, y = np.arange(222500.0, 275000, CELL_M), np.arange(562500.0, 615000, CELL_M)
    xx, yy = np.meshgrid(x, y)
    bowls = {a: bowl(a, xx, yy) for a in ACTIVITIES}
    each = np.stack([[bowls[a] * float(history(a, t)) for t in SHOWN] for a in names])
    mean = each.sum(axis=0)
    growth = np.array([1 + 0.006 * max(t - 2024, 0) for t in SHOWN])[:, None, None]
    sd = _BAND * growth * np.sqrt((each**2).sum(axis=0))
    total = np.stack([mean, mean - _Z * sd, mean, mean + _Z * sd])
    yearly = {(a, t): float(history(a, t) - history(a, t - 1)) for a in names for t in SHOWN}
    rate = 1e3 * np.stack([sum(bowls[a] * yearly[a, t] for a in names) for t in SHOWN])
    gy, gx = np.gradient(mean, CELL_M, axis=(1, 2))
    curvature = np.abs(np.gradient(gx, CELL_M, axis=2))
    xr.Dataset(
        {
            "subsidence_m": (("activity", "year", "y", "x"), each, {"units": "m"}),
            "total_m": (("statistic", "year", "y", "x"), total, {"units": "m"}),
            "rate_mm_per_year": (("year", "y", "x"), rate, {"units": "mm/year"}),
            "tilt": (("year", "y", "x"), np.hypot(gx, gy), {"units": "1"}),
            "strain_horizontal": (("year", "y", "x"), curvature * 3000.0, {"units": "1"}),
            "curvature_per_m": (("year", "y", "x"), curvature, {"units": "1/m"}),
            "overlap": (("year", "y", "x"), (each > 0.02).sum(axis=0), {"units": "1"}),
        },
        coords={"activity": list(names), "statistic": ["mean", "p10", "p50", "p90"], "year": list(SHOWN),
                "x": x, "y": y},
        attrs={"overlap_limit_cm": 2.0},
    ).to_netcdf(path / "grids" / "subsidence.nc", engine="h5netcdf")  # fmt: skip


def _with_band(x, y, year, names) -> list[dict[str, object]]:
    mean, sd = float(sum(subsidence(x, y, year, a) for a in names)), float(spread(x, y, year))
    rows = [{"activity": "total", "mean_cm": 100 * mean, "p10_cm": 100 * (mean - _Z * sd), "p50_cm": 100 * mean,
             "p90_cm": 100 * (mean + _Z * sd)}]  # fmt: skip
    for a in names:
        one = 100 * float(subsidence(x, y, year, a))
        rows.append({"activity": a, "mean_cm": one, "p10_cm": one * (1 - _Z * _BAND), "p50_cm": one,
                     "p90_cm": one * (1 + _Z * _BAND)})  # fmt: skip
    return rows


def _tables(names: tuple[str, ...], *, observed: bool) -> dict[str, pd.DataFrame]:
    points = pd.DataFrame([
        {"point": p, "x_m": x, "y_m": y, "year": int(t)} | row
        for p, (x, y) in POINTS.items() for t in YEARS[::4] for row in _with_band(x, y, t, names)
    ])  # fmt: skip
    along = np.linspace(0, 1, 25)
    profiles = pd.DataFrame([
        {"profile": p, "distance_m": float(s * np.hypot(b[0] - a[0], b[1] - a[1])), "x_m": a[0] + s * (b[0] - a[0]),
         "y_m": a[1] + s * (b[1] - a[1]), "year": t}
        | {k: v for k, v in row.items() if k != "p50_cm"}
        for p, (a, b) in PROFILES.items() for t in SHOWN for s in along
        for row in _with_band(a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]), t, names)
    ])  # fmt: skip
    found = {"subsidence_points": points, "subsidence_profiles": profiles, "published": _published(names),
             "subsidence_objects": _objects(names), "overlap": _overlap(names)}  # fmt: skip
    found["strain_models"] = pd.DataFrame({
        "model": ["linear", "time_decay", "time_decay", "rate_type"],
        "surface": "van_opstal", "reading": "",
        "parameters": ["nu = 0.25, basement 5000 m", "tau = 3 yr; nu = 0.25, basement 5000 m",
                       "tau = 7 yr; nu = 0.25, basement 5000 m", "b = 0.021; nu = 0.25, basement 7000 m"],
        "prior_weight": [0.25, 0.25, 0.25, 0.25], "posterior_weight": [0.002, 0.21, 0.478, 0.31],
        "log_evidence": [-41.2, -38.9, -38.1, -38.5], "chi_square": [61.0, 55.2, 53.9, 54.7],
    })  # fmt: skip
    found["red_flag"] = pd.DataFrame({
        "limit": "Deepest point", "quantity": "subsidence_cm", "at": "deepest", "value": 45.0, "unit": "cm",
        "campaign_year": [np.nan, 1987.5, 1998.6, 2008.5, 2018.5], "probability": [0.42, 0.31, 0.24, 0.11, 0.04],
    })  # fmt: skip
    year = np.arange(2018, 2031)
    found["budget"] = pd.DataFrame({
        "basin": "Zoutkamperlaag", "year": year, "load_mm_per_year": 1.9 * 0.93 ** (year - 2018),
        "load_p10_mm_per_year": 1.4 * 0.93 ** (year - 2018), "load_p90_mm_per_year": 2.5 * 0.93 ** (year - 2018),
        "space_mm_per_year": 2.8, "probability_above": 0.06 * 0.8 ** abs(year - 2019),
    })  # fmt: skip
    found["volumes"] = pd.DataFrame([
        {"activity": a, "year": int(t), "mean_m3": 2e8 * float(history(a, t)), "p10_m3": 1.7e8 * float(history(a, t)),
         "p90_m3": 2.3e8 * float(history(a, t))} for a in names for t in YEARS
    ])  # fmt: skip
    found["subsidence_outlines"] = _outlines(names)
    found["summary"] = pd.DataFrame({
        "quantity": ["deepest_subsidence", "deepest_subsidence", "largest_rate"], "year": [2018, 2080, 2018],
        "place": "Loppersum", "unit": ["cm", "cm", "mm/year"], "mean": [36.5, 43.8, 6.4], "p10": [29.0, 32.1, 5.1],
        "p50": [36.5, 43.8, 6.4], "p90": [44.0, 55.5, 7.7],
    })  # fmt: skip
    if observed:
        found["observations"] = observations = _observations(names)
        found["misfit"] = _misfit(observations)
    return found


def _outlines(names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for name in names:
        east, north, _, _ = _sources(name)
        if name == "Caverns":
            rows += [("cavern", name, k, x, y) for k, (x, y) in enumerate(zip(east, north, strict=True), start=1)]
        else:
            corners = [(east.min(), north.min()), (east.max(), north.min()), (east.max(), north.max()),
                       (east.min(), north.max()), (east.min(), north.min())]  # fmt: skip
            rows += [("gas", name, 1, x, y) for x, y in corners]
    rows += [("basin", "Zoutkamperlaag", 1, x, y) for x, y in ((238e3, 606e3), (246e3, 606e3), (246e3, 611e3),
                                                               (238e3, 606e3))]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "name", "part", "x_m", "y_m"])


def _observations(names: tuple[str, ...]) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = []

    def add(technique, point, place, reference, start, end, sigma, used=True):
        x, y = place
        moved = sum(float(subsidence(x, y, end, a) - subsidence(x, y, start, a)) for a in names) * 1e3
        noise, bias = rng.normal(0, sigma), 0.02 * moved
        sd = 1e3 * (float(spread(x, y, end)) - float(spread(x, y, start))) * 0.4
        rows.append({
            "technique": technique, "point": point, "x_m": x, "y_m": y, "reference": reference,
            "from_year": start, "to_year": end, "value_mm": moved + noise + bias, "sigma_mm": sigma,
            "prior_mm": 0.9 * moved, "modelled_mm": moved, "modelled_p10_mm": moved - _Z * sd,
            "modelled_p90_mm": moved + _Z * sd, "residual_mm": noise + bias,
            "normalised": (noise + bias) / sigma, "used": used,
        })  # fmt: skip

    for name, place in (POINTS | BENCHMARKS).items():
        epochs = [1964.5, 1972.4, 1978.5, 1987.5, 1993.4, 1998.6, 2003.5, 2008.5, 2013.6, 2018.5]
        for start, end in pairwise(epochs):
            add("levelling", name, place, "000A2592", start, end, 3.0, used=not (name == "Winsum" and end > 2015))
    for end in np.arange(2015.0, 2026.0, 1.0):
        add("gnss", "Loppersum", POINTS["Loppersum"], "", 2014.0, float(end), 2.0)
    for k in range(40):
        place = (rng.uniform(232000, 262000), rng.uniform(577000, 606000))
        add("insar", f"S{k:03d}", place, "", 2016.0, 2024.0, 3.0)
    for end in np.arange(2017.0, 2025.0, 1.0):
        add("insar", "Eemshaven", POINTS["Eemshaven"], "", 2016.0, float(end), 3.0)
    return pd.DataFrame(rows)


def _misfit(table: pd.DataFrame) -> pd.DataFrame:
    def row(group, name, part):
        r = part.residual_mm
        return {"group": group, "name": name, "observations": len(part), "bias_mm": r.mean(),
                "chi_square": float((part.normalised**2).sum()), "rmse_mm": float(np.sqrt((r**2).mean())),
                "mean_absolute_mm": r.abs().mean()}  # fmt: skip

    used = table[table.used]
    rows = [row("all", "all", used)]
    rows += [row("technique", str(n), part) for n, part in used.groupby("technique")]
    rows += [row("epoch", str(int(n)), part) for n, part in used.groupby(used.to_year.astype(int))]
    rows += [row("point", str(n), part) for n, part in used.groupby("point")]
    return pd.DataFrame(rows)


def _published(names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for place, low, high in (("Loppersum", 34, 37), ("Eemshaven", 20, 20), ("Winsum", 6, 6), ("Winschoten", 6, 6)):
        total = _with_band(*POINTS[place], 2018, names)[0]
        middle = (low + high) / 2
        rows.append({"place": place, "at": "deepest" if place == "Loppersum" else "place", "kind": "measured",
                     "year": 2018, "published_low_cm": low, "published_high_cm": high,
                     "modelled_cm": total["mean_cm"], "p10_cm": total["p10_cm"], "p90_cm": total["p90_cm"],
                     "difference_percent": 100 * (float(total["mean_cm"]) / middle - 1),
                     **dict.fromkeys(("by_the_others_cm", "by_the_others_p10_cm", "by_the_others_p90_cm"),
                                     float(total["mean_cm"]) + 1.0 if place == "Loppersum" else float("nan")),
                     "used": place == "Loppersum"})  # fmt: skip
    return pd.DataFrame(rows)


def _objects(names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    outcome = {"en1997_settlement": "exceeded", "en1997_rotation_strict": "met", "deltares_2021_clay_peat": "met",
               "deltares_2021_soft_soil": "met", "burland_negligible": "not_checked",
               "sbr_settlement": "not_configured"}  # fmt: skip
    for name, (x, y) in OBJECTS.items():
        for year in SHOWN:
            total = sum(float(subsidence(x, y, year, a)) for a in names)
            shares = {f"share_{a}": float(subsidence(x, y, year, a)) / total for a in names}
            rows += [
                {"object": name, "x_m": x, "y_m": y, "year": year, "settlement_cm": 100 * total,
                 "settlement_p10_cm": 90 * total, "settlement_p90_cm": 110 * total, "tilt": 3e-5,
                 "relative_rotation": 1.8e-7, "deflection_ratio": 4.5e-8, "strain_horizontal": -2e-5,
                 "tensile_strain": 1e-6, "freeboard_change_cm": -1.4 if name.startswith("Church") else np.nan,
                 "limit": limit,
                 "verdict": "no_value" if limit.startswith("delt") and not name.startswith("Church") else verdict,
                 "probability_exceeded": {"exceeded": 0.93, "met": 0.04}.get(verdict, np.nan)}
                | shares
                for limit, verdict in outcome.items()
            ]  # fmt: skip
    return pd.DataFrame(rows)


def _overlap(names: tuple[str, ...]) -> pd.DataFrame:
    rows = [{"year": t, "activities": n, "area_km2": a} for t in SHOWN for n, a in ((1, 640.0), (2, 41.0))]
    return pd.DataFrame(rows if len(names) > 1 else rows[::2])
