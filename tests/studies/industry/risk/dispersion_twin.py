"""The slow, obvious way to spread a plume over the wind: sum it over thousands of directions."""

import numpy as np

from mijnrisico.studies.industry.risk import dispersion
from mijnrisico.studies.industry.risk.site_risk import Cloud, Scenario, Weather


def death(scenario: Scenario, weather: list[Weather], x: float, y: float, steps: int = 400) -> float:
    """Chance of death at a point given a cloud, with `steps` directions in each sector."""
    cloud = scenario.effect
    assert isinstance(cloud, Cloud)
    east, north = x - scenario.x_m, y - scenario.y_m
    total = 0.0
    for each in weather:
        sector = 360.0 / len(each.shares)
        for k, share in enumerate(each.shares):
            comes_from = np.radians(sector * (k + (np.arange(steps) + 0.5) / steps - 0.5))
            goes_east, goes_north = -np.sin(comes_from), -np.cos(comes_from)
            down, across = east * goes_east + north * goes_north, east * goes_north - north * goes_east
            here, at_100 = (
                dispersion.concentration_mg_m3(
                    cloud.rate_kg_s,
                    each.wind_m_s,
                    each.stability,
                    distance,
                    across,
                    receptor_m=cloud.receptor_m,
                    source_m=cloud.source_m,
                )
                for distance in (down, 100.0)
            )
            dose = np.where((down > 0.0) & (down < 100.0), np.maximum(here, at_100), here)
            total += share * cloud.probit.death(dose, cloud.exposure_min).mean()
    return float(total)
