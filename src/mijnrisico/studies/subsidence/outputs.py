"""What a run of subsidence leaves behind: tables and grids that figures, report and any spreadsheet read."""

from collections.abc import Sequence
from math import ceil, dist
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.core.run import RunWriter
from mijnrisico.studies.subsidence import outlines, prediction, rules
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.measured import MIDDLE_OF_YEAR
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsidence import water
from mijnrisico.subsidence.observe import misfit
from mijnrisico.subsidence.observe.normal_mixture import NormalMixture

Array = NDArray[np.float64]

TOTAL: Final = "total"
PROFILE_STEPS: Final = 120
"""Most parts in which a profile is cut; none is shorter than half a cell of the map."""
_CM: Final = 100.0


def write(
    question: SubsidenceQuestion, found: Fit, grids: xr.Dataset, objects: pd.DataFrame | None, writer: RunWriter
) -> None:
    """Write every table and grid of the run; `objects` is the table of `studies.subsidence.objects`, if asked."""
    tables: dict[str, pd.DataFrame] = {
        "subsidence_points": points(question, found),
        "subsidence_profiles": profiles(question, found),
        "strain_models": strain_models(found),
        "volumes": volumes(found),
        "subsidence_outlines": outlines.outlines(question),
        "overlap": water.overlap_areas(grids["overlap"]),
        "red_flag": rules.red_flags(question, found, grids),
        "budget": rules.budgets(question, found),
    }
    if found.measured is not None:
        tables["observations"] = misfit.observation_table(
            found.measured.observations,
            found.of_measurements(prior=True),
            found.of_measurements(),
            used=found.measured.used,
        )
        tables["misfit"] = found.misfit()
        tables["nuisance"] = nuisance(found)
    if question.entry.observations.packaged == "groningen":
        tables["published"] = published(question, found, grids)
    if objects is not None:
        tables["subsidence_objects"] = objects
    tables["summary"] = summary(question, grids, tables)
    for name, table in tables.items():
        if len(table):
            writer.write_table(f"tables/{name}.csv", table)
    writer.write_grid("grids/subsidence.nc", grids)
    if (compressibility := compressibility_grid(found, grids)) is not None:
        writer.write_grid("grids/compressibility.nc", compressibility)


def points(question: SubsidenceQuestion, found: Fit) -> pd.DataFrame:
    """Subsidence at the end of every year at the points that were asked for, of all activities and of each."""
    asked = question.entry.point
    if not asked:
        return pd.DataFrame()
    years = np.array(question.years)
    x, y = np.array([each.x_m for each in asked]), np.array([each.y_m for each in asked])
    frames = []
    for activity, mixture in _by_activity(found, x, y, years + 1.0):
        values = _fractiles(mixture, (len(asked), years.size))
        for k, each in enumerate(asked):
            frame = pd.DataFrame({"point": each.name, "x_m": each.x_m, "y_m": each.y_m, "year": years})
            frames.append(frame.assign(activity=activity, **{f"{name}_cm": v[k] for name, v in values.items()}))
    return pd.concat(frames, ignore_index=True)


def profiles(question: SubsidenceQuestion, found: Fit) -> pd.DataFrame:
    """Subsidence along the lines that were asked for, in the years that are shown."""
    years = np.array(question.entry.time.shown)
    frames = []
    for each in question.entry.profile:
        length = dist(each.from_, each.to)
        parts = min(PROFILE_STEPS, max(2, ceil(2.0 * length / question.entry.grid.cell_m)))
        share = np.linspace(0.0, 1.0, parts + 1)
        x, y = (a + share * (b - a) for a, b in zip(each.from_, each.to, strict=True))
        for activity, mixture in _by_activity(found, x, y, years + 1.0):
            values = _fractiles(mixture, (x.size, years.size))
            for k, year in enumerate(years):
                line = {"profile": each.name, "distance_m": share * length, "x_m": x, "y_m": y, "year": year}
                of_year = {f"{name}_cm": values[name][:, k] for name in ("mean", "p10", "p90")}
                frames.append(pd.DataFrame(line).assign(activity=activity, **of_year))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def strain_models(found: Fit) -> pd.DataFrame:
    """Every branch: strain model and surface, weight before and after, evidence and chi-square."""
    model = found.model
    readings = None if found.measured is None else found.measured.readings
    rows = []
    for branch, weight, one in zip(model.branches, found.after.weights, found.after.posteriors, strict=True):
        strain, surface = model.strains[branch.strain], model.surfaces[branch.surface]
        rows.append(
            {
                "model": strain.name,
                "surface": surface.name,
                "reading": "" if readings is None else readings[branch.reading].name,
                "parameters": "; ".join(part for part in (strain.parameters, surface.parameters) if part),
                "prior_weight": branch.weight,
                "posterior_weight": weight,
                "log_evidence": one.log_evidence,
                "chi_square": one.chi_square,
            }
        )
    return pd.DataFrame(rows)


def volumes(found: Fit) -> pd.DataFrame:
    """Volume lost by every activity at the end of every year [m3]: mean, 10 and 90 % over branches and factors."""
    model = found.model
    frames = []
    years = model.years[1:]
    for activity, (one, columns) in enumerate(zip(model.sources, model.slices, strict=True)):
        rows = []
        for branch in model.branches:
            volume = model.volume[branch.strain][activity][1:]
            own = np.zeros((years.size, model.factors))
            own[:, columns] = (one.weights.T @ volume.T).T
            rows.append(own)
        mixture = found.predict(rows)
        frame = pd.DataFrame({"activity": one.name, "year": (years - 1.0).astype(int)})
        frames.append(frame.assign(mean_m3=mixture.mean(), p10_m3=mixture.quantile(0.1), p90_m3=mixture.quantile(0.9)))
    return pd.concat(frames, ignore_index=True)


def nuisance(found: Fit) -> pd.DataFrame:
    """What the measurements say of terms that are no subsidence by the activities: a shallow rate [mm/year]."""
    size = found.model.factors
    rows = [np.eye(size + len(found.nuisance))[size:]] * len(found.model.branches)
    if not found.nuisance:
        return pd.DataFrame()
    mixture = found.after.predict(rows)
    frame = pd.DataFrame({"term": [name.split("|")[0] for name in found.nuisance]})
    sets = [" ".join(part for part in name.split("|")[1:] if part) for name in found.nuisance]
    return frame.assign(
        set=sets, mean_mm_per_year=-1e3 * mixture.mean(), sd_mm_per_year=1e3 * mixture.sd()
    )  # positive down


def published(question: SubsidenceQuestion, found: Fit, grids: xr.Dataset) -> pd.DataFrame:
    """Published values of Groningen beside what the model gives; "deepest" is where the mean map of then is deepest.

    `by_the_others_cm` is by all measurements but the value, with its band: how well it is foretold.
    """
    table = data.table("published_subsidence")
    table = table[table["year"] <= question.entry.time.end].reset_index(drop=True)
    places = [_deepest(grids, year) for year in table["year"]]
    deepest = (table["at"] == "deepest").to_numpy()
    x = np.where(deepest, [place[0] for place in places], table["x_rd"]).astype(float)
    y = np.where(deepest, [place[1] for place in places], table["y_rd"]).astype(float)
    motion = prediction.influences(found.model, x, y)["subsidence"]
    wanted, index = np.unique(table["year"].to_numpy() + MIDDLE_OF_YEAR, return_inverse=True)
    rows = prediction.rows_at_years(found.model, motion, wanted)
    mixture = found.predict([one[np.arange(len(table)), index] for one in rows])
    middle = 0.5 * (table["low_cm"] + table["high_cm"])
    mean = _CM * mixture.mean()
    frame = pd.DataFrame(
        {
            "place": table["place"],
            "at": table["at"],
            "kind": table["kind"],
            "year": table["year"],
            "published_low_cm": table["low_cm"],
            "published_high_cm": table["high_cm"],
            "modelled_cm": mean,
            "p10_cm": _CM * mixture.quantile(0.1),
            "p90_cm": _CM * mixture.quantile(0.9),
            "difference_percent": 100.0 * (mean / middle - 1.0),
        }
    )
    used = (table["kind"] == "measured") & question.entry.observations.use
    return frame.assign(**_by_the_others(table, found), used=used, source=table["source"])


def _by_the_others(table: pd.DataFrame, found: Fit) -> dict[str, Array]:
    """What all other measurements say of each published value that was used [cm] and their band, NaN for the rest."""
    assert found.measured is not None
    rows = found.measured.observations.rows
    columns = ("by_the_others_cm", "by_the_others_p10_cm", "by_the_others_p90_cm")
    if not found.measured.used.any():
        return {name: np.full(len(table), np.nan) for name in columns}
    others = found.left_out()
    known = -_CM * np.stack([others.mean(), others.quantile(0.9), others.quantile(0.1)])
    each = []
    for place, year in zip(table["place"], table["year"] + MIDDLE_OF_YEAR, strict=True):
        own = (rows["point"] == place) & (rows["to_year"] == year) & (rows["technique"] == "levelling")
        each.append(known[:, own.to_numpy()][:, 0] if own.any() else np.full(3, np.nan))
    return dict(zip(columns, np.array(each).T, strict=True))


def summary(question: SubsidenceQuestion, grids: xr.Dataset, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The answer on one page: quantity, year, value, unit, p10, p90."""
    rows: list[tuple[str, int, float, str, float, float]] = []
    total = grids["total_m"]
    for year in question.entry.time.shown:
        of_year = total.sel(year=year)
        top = int(of_year.sel(statistic="mean").to_numpy().argmax())
        mean, low, high = (
            _CM * float(of_year.sel(statistic=name).to_numpy().ravel()[top]) for name in ("mean", "p10", "p90")
        )
        rows.append(("subsidence_deepest", year, mean, "cm", low, high))
    for year in question.entry.time.shown:
        rate = float(grids["rate_mm_per_year"].sel(year=year).max())
        rows.append(("subsidence_rate", year, rate, "mm/year", np.nan, np.nan))
    cell_km2 = (question.entry.grid.cell_m / 1e3) ** 2
    for year in question.entry.time.shown:
        area = [
            cell_km2 * int((total.sel(year=year, statistic=name) >= question.entry.overlap_limit_cm / _CM).sum())
            for name in ("mean", "p10", "p90")
        ]
        rows.append((f"subsidence_area_{question.entry.overlap_limit_cm:g}cm", year, area[0], "km2", area[1], area[2]))
    volume = tables["volumes"]
    for year in question.entry.time.shown:
        of_year = volume[volume["year"] == year]
        for _, one in of_year.iterrows():
            values = (one["mean_m3"] / 1e6, one["p10_m3"] / 1e6, one["p90_m3"] / 1e6)
            rows.append((f"volume_{one['activity']}", year, values[0], "1e6 m3", *values[1:]))
    return pd.DataFrame(rows, columns=["quantity", "year", "value", "unit", "p10", "p90"])


def compressibility_grid(found: Fit, grids: xr.Dataset) -> xr.Dataset | None:
    """Compressibility [1/bar] of every reservoir on the cells of the map: mean and standard deviation over all."""
    model = found.model
    layers, names = [], []
    for one, columns in zip(model.sources, model.slices, strict=True):
        if one.cell is None or one.compressibility_per_bar is None:
            continue
        own = np.zeros((one.x_m.size, model.factors))
        own[:, columns] = one.weights.toarray()
        mixture = found.predict([own] * len(model.branches))
        both = np.full((2, grids.sizes["y"] * grids.sizes["x"]), np.nan)
        both[0, one.cell] = mixture.mean() * one.compressibility_per_bar
        both[1, one.cell] = mixture.sd() * one.compressibility_per_bar
        layers.append(both.reshape(2, grids.sizes["y"], grids.sizes["x"]))
        names.append(one.name)
    if not layers:
        return None
    values = np.stack(layers)
    coords = {"activity": names, "y": grids["y"], "x": grids["x"]}
    label = {"units": "1/bar", "long_name": "secant uniaxial compressibility, mean over strain models"}
    return xr.Dataset(
        {
            "compressibility_per_bar": (("activity", "y", "x"), values[:, 0], label),
            "compressibility_sd_per_bar": (("activity", "y", "x"), values[:, 1], label),
        },
        coords=coords,
    )


def _by_activity(found: Fit, x: Array, y: Array, moments: Array) -> Sequence[tuple[str, NormalMixture]]:
    """Subsidence [m] at places and moments (place x moment) by all activities and, where there are more, by each."""
    model = found.model
    motion = prediction.influences(model, x, y)["subsidence"]
    rows = prediction.rows_at_years(model, motion, moments)
    flat = [one.reshape(-1, model.factors) for one in rows]
    result = [(TOTAL, found.predict(flat))]
    for activity, one in enumerate(model.sources):
        own = [prediction.of_activity(model, row, activity) for row in flat]
        result.append((one.name, found.predict(own)))
    return result


def _fractiles(mixture: NormalMixture, shape: tuple[int, int]) -> dict[str, Array]:
    values = {
        "mean": mixture.mean(),
        "p10": mixture.quantile(0.1),
        "p50": mixture.quantile(0.5),
        "p90": mixture.quantile(0.9),
    }
    return {name: _CM * value.reshape(shape) for name, value in values.items()}


def _deepest(grids: xr.Dataset, year: int) -> tuple[float, float]:
    """The deepest point of the mean map of the shown year that is nearest to a year."""
    mean = grids["total_m"].sel(statistic="mean").sel(year=year, method="nearest")
    top = mean.argmax(dim=("y", "x"))
    return float(mean["x"][top["x"]]), float(mean["y"][top["y"]])
