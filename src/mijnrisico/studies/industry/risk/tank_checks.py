"""The tanks of a site under one spectrum: a row each with forces, wave, buckling and uplift.

A check at one level of shaking, in the manner of a code: it says whether a tank passes there, not how often it fails.
Formulas and coefficients are of the literature, marked M (`tanks`, `shells`).
"""

import numpy as np
import pandas as pd

from mijnrisico.studies.industry.risk import shells, tanks
from mijnrisico.studies.industry.risk.shells import Shell
from mijnrisico.studies.industry.risk.site_file import Site
from mijnrisico.studies.industry.risk.site_sections import SpectrumTable, TankEntry
from mijnrisico.studies.industry.risk.tanks import STEEL_DENSITY_KG_M3, Spectrum, Tank
from mijnrisico.units import GRAVITY_M_S2

COLUMNS = (
    "unit", "impulsive_period_s", "convective_period_s", "base_shear_mn", "wall_moment_mnm", "base_moment_mnm",
    "wave_height_m", "wave_formula", "freeboard_m", "axial_stress_mpa", "axial_stress_as",
    "elephant_foot", "elastic_buckling", "uplift_ratio", "uplift", "mark",
)  # fmt: skip


def spectrum_of(table: SpectrumTable) -> Spectrum:
    """The spectrum of a file, checked when the file was read."""
    return tanks.tabulated(tuple(table.periods_s), tuple(table.acceleration_g), table.damping)


def check(site: Site, spectrum: Spectrum) -> pd.DataFrame:
    """Each unit with a `[unit.tank]`; ratios above 1 fail, an uplift ratio says none, stable or anchor.

    Raises:
        InputError: E503 for a tank outside the table of coefficients (H/R from 0.3 to 3).
    """
    rows = []
    for entry in site.entry.unit:
        if entry.tank is not None:
            rows.append({"unit": entry.name, **_one(entry.tank, spectrum), "mark": shells.MARK})
    return pd.DataFrame(rows, columns=COLUMNS)


def _one(entry: TankEntry, spectrum: Spectrum) -> dict[str, object]:
    height = entry.wall_height_m or entry.liquid_height_m
    tank = Tank(
        radius_m=entry.radius_m,
        liquid_height_m=entry.liquid_height_m,
        wall_thickness_m=entry.wall_thickness_m,
        liquid_density_kg_m3=entry.liquid_density_kg_m3,
        young_modulus_pa=1e6 * entry.young_modulus_mpa,
        wall_mass_kg=entry.wall_mass_kg or _wall_kg(entry, height),
        wall_centre_m=0.5 * height,
        roof_mass_kg=entry.roof_mass_kg,
        roof_height_m=height,
    )
    shell = Shell(entry.radius_m, entry.wall_thickness_m, entry.yield_mpa, entry.young_modulus_mpa)
    found = tanks.respond(tank, spectrum, entry.wave)
    weight_n = GRAVITY_M_S2 * (tank.wall_mass_kg + tank.roof_mass_kg)
    ratio, axial, held_as = _axial(entry, shell, found.wall_moment_nm, weight_n)
    used = shells.utilisation(shell, axial, *tanks.foot_pressure_mpa(tank, found), quality=entry.workmanship)
    return {
        "impulsive_period_s": found.impulsive_period_s,
        "convective_period_s": found.convective_period_s,
        "base_shear_mn": 1e-6 * found.base_shear_n,
        "wall_moment_mnm": 1e-6 * found.wall_moment_nm,
        "base_moment_mnm": 1e-6 * found.base_moment_nm,
        "wave_height_m": found.wave_height_m,
        "wave_formula": found.wave_formula,
        "freeboard_m": entry.freeboard_m,
        "axial_stress_mpa": axial,
        "axial_stress_as": held_as,
        "elephant_foot": used["elephant_foot"],
        "elastic_buckling": used["elastic"],
        "uplift_ratio": ratio,
        "uplift": "" if ratio is None else shells.uplift(ratio),
    }


def _wall_kg(entry: TankEntry, height: float) -> float:
    return 2.0 * np.pi * entry.radius_m * entry.wall_thickness_m * height * STEEL_DENSITY_KG_M3


def _axial(entry: TankEntry, shell: Shell, moment_nm: float, weight_n: float) -> tuple[float | None, float, str]:
    """Uplift ratio, axial stress at the foot (MPa), and how the tank stands for that stress.

    Without the thickness of the annular plate there is no ratio and the stress is that of an anchored tank, which is
    the lesser one where the tank is not anchored and lifts.
    """
    flat = shells.axial_stress_mpa(shell, moment_nm, weight_n)
    if entry.annular_plate_mm is None:
        return None, flat, "as if anchored"
    diameter = 2.0 * entry.radius_m
    gravity = entry.liquid_density_kg_m3 / 1000.0
    held = shells.resisting_weight_n_m(
        entry.annular_plate_mm, entry.yield_mpa, entry.liquid_height_m, diameter, gravity
    )
    own = weight_n / (np.pi * diameter)
    ratio = shells.uplift_ratio(moment_nm, diameter, own, held)
    if ratio <= shells.NO_UPLIFT:
        return ratio, flat, "no uplift"
    lifted = shells.lifted_stress_mpa(shell, ratio, own, held)
    return ratio, lifted, "uplift" if np.isfinite(lifted) else "anchor"
