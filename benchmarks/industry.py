"""Speed and memory of the risk of an installation; one JSON line per case {case, size, wall_s, cpu_s, peak_mib, ...}.

    python benchmarks/industry.py [CASE ...]

Cases run each in a process of its own, after imports and with compiled kernels in the cache of numba. Scenarios and
weather are drawn with a fixed seed. CPU seconds are the better measure where the machine is shared.
"""

import numpy as np
from hazard import line, run, timed

from mijnrisico.studies.industry.risk import loss_of_containment as loss
from mijnrisico.studies.industry.risk import near_sources, site_risk
from mijnrisico.studies.industry.risk.lethality import toxic
from mijnrisico.studies.industry.risk.site_risk import Cloud, Scenario, Weather

CELLS, CELL_M, SCENARIOS, SECTORS = 200, 25.0, 50, 16


def drawn() -> tuple[list[Scenario], list[Weather], np.ndarray]:
    """Clouds of two gases, 0.5 to 10 kg/s, over an unequal rose in three weather classes; a grid of 5 km by 5 km."""
    rng = np.random.default_rng(0)
    classes = (("D", 5.0, 0.5), ("D", 1.5, 0.3), ("F", 1.5, 0.2))
    weather = [Weather(s, u, tuple(share * rng.dirichlet(np.full(SECTORS, 4.0)))) for s, u, share in classes]
    scenarios = []
    for k in range(SCENARIOS):
        x, y = rng.uniform(-200.0, 200.0, 2)
        effect = Cloud(float(rng.uniform(0.5, 10.0)), 1800.0, toxic(("ammonia", "chlorine")[k % 2]))
        scenarios.append(Scenario(f"s{k}", "unit", float(x), float(y), effect))
    return scenarios, weather, (np.arange(CELLS) + 0.5 - CELLS / 2) * CELL_M


def site_risk_case() -> None:
    """Individual risk of 50 scenarios in 3 weather classes over 16 sectors on 200 by 200 cells."""
    scenarios, weather, axis = drawn()
    site_risk.death(scenarios[:1], weather, axis[:3], axis[:3])
    rates = np.full(SCENARIOS, 1e-6)
    found, wall, cpu = timed(lambda: site_risk.risk(site_risk.death(scenarios, weather, axis, axis), rates))
    size = f"{SCENARIOS} scenarios, {len(weather)} weather classes, {SECTORS} sectors, {CELLS} x {CELLS} cells"
    line("site_risk", size, wall, cpu, highest_per_year=float(found.max()))


def contours_case() -> None:
    """Contours of the same scenarios at two levels, with small grids around the sources; the grid itself not timed."""
    scenarios, weather, axis = drawn()
    rates = np.full(SCENARIOS, 5e-7)
    field = site_risk.risk(site_risk.death(scenarios, weather, axis, axis), rates)
    levels = (1e-5, 1e-6)

    def found() -> int:
        rays = near_sources.sampled(scenarios, weather, CELL_M)
        at = site_risk.risk(rays.death, rates)
        made = near_sources.patches(scenarios, weather, rays, [at], levels, CELL_M)
        fine = [(each, site_risk.risk(each.death, rates)) for each in made]
        for level in levels:
            near_sources.contour(axis, axis, field, level, rays, at, fine)
        return len(made)

    made, wall, cpu = timed(found)
    line("contours", f"{SCENARIOS} sources, 2 levels, {CELLS} x {CELLS} cells", wall, cpu, small_grids=made)


def loss_rates() -> None:
    """100,000 rates of loss from a curve of 40 levels."""
    a = np.geomspace(0.005, 2.0, 40)
    curve = loss.hazard(a, 0.2 * np.exp(-2.0 * np.log(a / a[0]) - 0.15 * np.log(a / a[0]) ** 2))
    rng = np.random.default_rng(0)
    medians, betas = rng.uniform(0.1, 2.0, 100_000), rng.uniform(0.2, 0.9, 100_000)
    found, wall, cpu = timed(lambda: loss.rates(curve, medians, betas))
    line("loss_rates", "100000 lognormals, 40 levels", wall, cpu, mean=float(found.mean()))


def common_cause() -> None:
    """At least 1 to 40 of 40 units of a site in one earthquake."""
    a = np.geomspace(0.005, 2.0, 40)
    curve = loss.hazard(a, 0.2 * np.exp(-2.0 * np.log(a / a[0])))
    units = [loss.Lognormal(0.2 + 0.02 * k, 0.3 + 0.01 * k) for k in range(40)]
    found, wall, cpu = timed(lambda: loss.at_least(curve, units))
    line("common_cause", "40 units, 40 levels", wall, cpu, at_least_one=found[0].per_year)


CASES = {"site_risk": site_risk_case, "contours": contours_case, "loss_rates": loss_rates, "common_cause": common_cause}


if __name__ == "__main__":
    run(CASES, __file__)
