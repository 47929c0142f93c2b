"""Published numbers beside ours: what the validation chapter of the report rests on, computed in every run."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mijnrisico import data
from mijnrisico.core.run import RunWriter
from mijnrisico.core.scenario import Scenario
from mijnrisico.seismic import calibrate, catalogue, loss
from mijnrisico.seismic.motion import bommer_2021 as v7
from mijnrisico.seismic.source import sheets
from mijnrisico.studies import inputs
from mijnrisico.studies.groningen import chain, past_maps, source_tables
from mijnrisico.studies.groningen.chain import HINDCAST_YEAR, STATEMENT_YEAR, Results
from mijnrisico.subsurface import gas_flow

SAME_NUMBER = 1e-6
"""Largest difference at which a table counts as equal to its reference."""


@dataclass(frozen=True, slots=True)
class Check:
    """One number of ours beside a published one; `passed` is None where the difference is discussed, not judged."""

    check: str
    source: str
    published: float | str
    ours: float
    unit: str
    passed: bool | None
    note: str = ""

    def row(self) -> dict[str, object]:
        """The check as a row of `validation.csv`."""
        known = isinstance(self.published, float)
        return {
            "check": self.check,
            "source": self.source,
            "published": self.published,
            "ours": self.ours,
            "unit": self.unit,
            "difference": self.ours - float(self.published) if known else np.nan,
            "note": self.note,
            "passed": "" if self.passed is None else self.passed,
        }


def write(scenario: Scenario, results: Results, writer: RunWriter) -> None:
    """Write `validation.csv`, `source_posterior.csv` and what the maps of past years say."""
    posterior = source_posterior(scenario, results)
    highest = past_maps.highest(results.hindcast_map)
    checks = [*_observations(), *_pressures(scenario, results), *_tables(), *_counts(scenario, results)]
    checks += [*_sensitivity(posterior), *_large(results), *_highest(highest)]
    if results.statement_map is not None:
        places = past_maps.municipalities(results.statement_map, scenario.hazard.cell)
        checks += _statement(places)
        writer.write_table(f"tables/hindcast_{STATEMENT_YEAR}_municipalities.csv", places)
    writer.write_table(f"tables/hindcast_{HINDCAST_YEAR}_models.csv", highest)
    writer.write_table("tables/validation.csv", pd.DataFrame([check.row() for check in checks]))
    writer.write_table("tables/source_posterior.csv", posterior)
    if {"elastic", "elastic_plastic"} & results.posteriors.keys():
        writer.write_table("tables/source_posterior_public.csv", public_convention(scenario, results, posterior))


def _observations() -> Iterator[Check]:
    anchor = _anchor("count of M_L >= 1.45")
    events = len(catalogue.select(1.45, "1995-01-01", "2022-01-01"))
    yield Check("events_1995_2021", "Kraaijpoel et al. 2022", anchor, events, "events", events == anchor)
    total = data.table("production_by_cluster")["volume_nm3"].sum() / 1e9
    yield Check("production_total", "NAM", 2249.0, total, "bcm", abs(total - 2249.0) < 1.0)


def _anchor(quantity: str) -> float:
    """A published result by the beginning of its name."""
    anchors = data.table("published_anchors")
    return float(anchors.loc[anchors["quantity"].str.startswith(quantity), "value"].iloc[0])


def _pressures(scenario: Scenario, results: Results) -> Iterator[Check]:
    """The pressures against the measured ones; those of the user are shown beside them, not judged."""
    measured = data.table("static_pressures")
    if "pressure" in scenario.input_files:
        rms = _rms(gas_flow.fit_to_measurements(results.history["pressure"], measured))
        yield Check("pressure_rms_user", "NAM", "", rms, "bar", passed=None)
        return
    cell = scenario.pressure.cell
    limit = {1000: 3.0, 500: 3.2}[cell]
    rms = _rms(gas_flow.fit_to_measurements(results.history["pressure"], measured))
    name = "pressure_rms_1km" if cell == 1000 else "pressure_rms_500m"
    yield Check(name, "target of the method", limit, rms, "bar", rms <= limit)
    wells = gas_flow.monthly_volumes(data.table("production_by_cluster"))
    early = gas_flow.simulate(
        gas_flow.reservoir_grid(1000), gas_flow.CALIBRATED_BEFORE_2000[1000], wells, until="2019-01-01"
    )
    late = gas_flow.fit_to_measurements(early["pressure"], measured)
    rms = _rms(late[pd.to_datetime(late["date"]).dt.year >= 2000])
    yield Check("pressure_rms_out_of_sample", "target of the method", 3.6, rms, "bar", rms <= 3.6)
    error = float(np.abs(results.history["mass_balance_error"]).max())
    yield Check("mass_balance", "conservation of mass", 0.0, error, "share", error <= SAME_NUMBER)


def _rms(fit: pd.DataFrame) -> float:
    return float(np.sqrt(np.mean(np.square(fit["residual_bar"]))))


def _tables() -> Iterator[Check]:
    """The motion and vulnerability models against what the public chain makes of the same tables."""
    reference = data.dataset("reference_gmm_v7")
    magnitude, distance = np.meshgrid(reference["magnitude"], reference["distance_rupture_km"], indexing="ij")
    median = np.moveaxis(v7.reference_median_ln(magnitude, distance), (2, 3), (0, 1))
    yield _equal("gmm_v7_median", median, reference["reference_median_ln"].to_numpy(), "ln")
    ln_sa = np.log(reference["SA_reference_cms2"].to_numpy())[:, None]
    worst = 0.0
    for name, expected in zip(reference["zone"].to_numpy(), reference["af_median_ln"].to_numpy(), strict=True):
        zone = v7.zone_coefficients(int(name))
        linear = v7.amplification_linear_ln(zone, magnitude, distance)
        ours = v7.amplification_ln(zone, linear[:, :, None, :], ln_sa)
        worst = max(worst, float(np.abs(np.moveaxis(ours, 3, 0) - expected).max()))
    yield Check("gmm_v7_amplification", "public TNO chain", "", worst, "ln", worst <= SAME_NUMBER)
    reference = data.dataset("reference_fcm_v7")
    vulnerable = loss.vulnerability("V7", [str(name) for name in reference["vulnerability_class"].to_numpy()])
    collapse, chimney = loss.mean_loss(vulnerable, np.log(reference["sa"].to_numpy()))
    yield _equal("fcm_v7", collapse + chimney, reference["lpr_mean_if_equal"].to_numpy(), "1")


def _equal(check: str, ours: np.ndarray, theirs: np.ndarray, unit: str) -> Check:
    worst = float(np.abs(ours - theirs).max())
    return Check(check, "public TNO chain", "", worst, unit, worst <= SAME_NUMBER)


def _counts(scenario: Scenario, results: Results) -> Iterator[Check]:
    """Yearly counts: the fit as a whole, and the years in which an elastic branch alone is known to fall short."""
    source = scenario.source
    used = catalogue.select(source.magnitude_min, str(source.since), str(source.until), inputs.earthquakes(scenario))
    fitted = source_tables.event_rate(scenario, results, used)
    past = fitted[fitted["observed"].notna()]
    years, mean, observed = (past[name].to_numpy() for name in ("year", "mean", "observed"))
    late = years >= 2021
    if late.any():
        yield _count("events_2021_2023", float(observed[late].sum()), float(mean[late].sum()))
    foretold = results.hindcast_map["foretold"]
    seen = _observed(scenario, foretold["foretold_year"].to_numpy())
    yield _count("events_2017_2023_forecast", float(seen.sum()), float(foretold.sel(count="mean").sum()))


def _large(results: Results) -> Iterator[Check]:
    """Yearly chance of a large event, foretold by the fit of the hindcast, beside the official one."""
    for year, quantity in (
        (2018, "probability of an event of M >= 3.6 in 2018"),
        (2019, "probability of an event of M >= 3.6 in 2019"),
    ):
        ours = float(results.hindcast_map["chance"].sel(foretold_year=year))
        yield Check(f"chance_m3.6_{year}", "SodM 2019", _anchor(quantity), ours, "1", passed=None)


def _observed(scenario: Scenario, years: np.ndarray) -> np.ndarray:
    """Earthquakes counted in each of these years; (year,)."""
    first, last = f"{years[0]}-01-01", f"{years[-1] + 1}-01-01"
    events = catalogue.select(scenario.source.magnitude_min, first, last, inputs.earthquakes(scenario))
    return catalogue.annual_counts(events, years)


def _count(check: str, seen: float, expected: float) -> Check:
    """An observed number beside an expected one; passed within one standard deviation of a Poisson count."""
    return Check(check, "KNMI", seen, expected, "events", abs(expected - seen) <= np.sqrt(seen))


def _sensitivity(posterior: pd.DataFrame) -> Iterator[Check]:
    """How strongly the rate answers to stress: theta1, ours and published, per model that has a published one."""
    rows = posterior[(posterior["parameter"] == "theta1") & posterior["published_mean"].notna()]
    for model, ours, published in rows[["model", "mean", "published_mean"]].itertuples(index=False):
        name = "theta1" if model == "elastic" else f"theta1_{model}"
        yield Check(name, "Kraaijpoel et al. 2026", float(published), float(ours), "-", passed=None)


def _highest(found: pd.DataFrame) -> Iterator[Check]:
    """Highest acceleration by each model beside that of the official map, which another model made: never judged."""
    published = _anchor(f"maximum PGA, 475-year return period, KNMI hazard map {HINDCAST_YEAR}")
    ours = found.set_index("motion")["highest_g"]
    for mark, motion in (("_v5", "V5"), ("_v6", "V6"), ("_v7", "V7"), ("", "run")):
        if motion in ours:
            yield Check(
                f"hindcast_{HINDCAST_YEAR}_max_pga{mark}",
                f"KNMI hazard map {HINDCAST_YEAR} (GMM V4)",
                published,
                float(ours[motion]),
                "g",
                passed=None,
            )


def _statement(found: pd.DataFrame) -> Iterator[Check]:
    """Number of municipalities with the acceleration of the rule; passed where they are those that the rule names."""
    named, source = past_maps.expected(), "Stcrt. 2021, 6830"
    for mark, motion in (("_v5", "V5"), ("_v6", "V6"), ("_v7", "V7"), ("", "run")):
        if motion in set(found["motion"]):
            ours = past_maps.reached(found, motion)
            counts = float(len(named)), float(len(ours))
            yield Check(f"statement_{STATEMENT_YEAR}{mark}", source, *counts, "municipalities", ours == named)


_PUBLISHED = {
    "elastic": "paper_performance ETS-ETF retrospective (calibration 1995-01-01..2025-10-01)",
    "elastic_plastic": "paper_performance EVTS-ETF retrospective (elastic-viscous/plastic)",
}
_COMPARABLE = {
    "rmax": "rmax",
    "sigma_m": "sigma",
    "theta1": "theta1",
    "slope": "M_plastic",
    "log10_hs": "hs_exp",
    "etas_k": "etas_K",
    "etas_a": "etas_a",
    "etas_c": "etas_c",
}
"""Parameters in the same units there and here, by our name; the unit of the published theta0 is not shown."""


def source_posterior(scenario: Scenario, results: Results) -> pd.DataFrame:
    """Posterior of every parameter of each model of the rate, beside the published posterior where there is one."""
    published = data.table("source_parameters")
    tables = []
    for model, fitted in results.posteriors.items():
        ours = calibrate.summary(fitted, scenario.source.magnitude.tree)
        theirs = published[published["model"] == _PUBLISHED.get(model, "")].set_index("parameter")["value"]
        pairs = [_mean_and_sd(theirs.get(_COMPARABLE.get(name, ""))) for name in ours["parameter"]]
        ours["published_mean"], ours["published_sd"] = zip(*pairs, strict=True)
        ours.insert(0, "model", model)
        tables.append(ours)
    return pd.concat(tables, ignore_index=True)


_OF_STRESS = ("theta1", "b_slope")
"""Parameters that multiply stress, and so change with its unit."""


def public_convention(scenario: Scenario, results: Results, posterior: pd.DataFrame) -> pd.DataFrame:
    """Parameters of the posterior in the units of the public source model: model, parameter, mean, sd.

    There density is per cell of 500 m and stress scaled by a sum over cells in 1995. Converted with the stress of the
    heaviest member (columns rmax, sigma_m, slope, log10_hs); a rate is the same in either unit.
    """
    rows = []
    ready = chain.loaded(scenario, results.history["pressure"])
    for model in ("elastic", "elastic_plastic"):
        fitted = results.posteriors.get(model)
        if fitted is None:
            continue
        weight = calibrate.mixed_weights(fitted, scenario.source.magnitude.tree).sum(axis=(1, 2))
        at = int(np.argmax(weight))
        names = ("rmax", "sigma_m", "slope", "log10_hs")
        member = {name: float(fitted[name][at]) for name in names if name in fitted}
        convention = sheets.public_convention(ready, member)
        scale = float(fitted["stress_scale"][at])
        of_model = posterior[posterior["model"] == model]
        for name, mean, sd in of_model[["parameter", "mean", "sd"]].itertuples(index=False):
            if name == "theta0":
                rows.append((model, name, float(convention.theta0(mean)), sd, member))
            elif name in _OF_STRESS:
                in_public = (float(convention.per_stress(value, scale)) for value in (mean, sd))
                rows.append((model, name, *in_public, member))
    columns = ["model", "parameter", "mean", "sd"]
    return pd.DataFrame([dict(zip(columns, row[:4], strict=True)) | row[4] for row in rows])


def _mean_and_sd(text: object) -> tuple[float, float]:
    """Read `6.141 (0.430)`, with or without a unit behind it."""
    if not isinstance(text, str):
        return np.nan, np.nan
    mean, _, rest = text.partition("(")
    return float(mean), float(rest.partition(")")[0])
