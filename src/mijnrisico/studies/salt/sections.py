"""What a question about salt caverns may say: tables, keys and their kinds. Unknown keys are errors."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mijnrisico.subsurface.cavern.abandonment import Option
from mijnrisico.subsurface.cavern.closure import Shape
from mijnrisico.subsurface.cavern.shut_in import BRINE
from mijnrisico.subsurface.cavern.warming import HEAT

Positive = Annotated[float, Field(gt=0.0)]
Least = Annotated[float, Field(ge=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(ge=1.0)]
Name = Annotated[str, Field(min_length=1)]
Three = Annotated[list[Positive], Field(min_length=3, max_length=3)]
Year = Annotated[int, Field(ge=1850, le=100_000)]


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Ground(Section):
    """Gradients of pressure to depth, and Poisson's ratio of the ground above."""

    rock_mpa_per_m: Positive = 0.022
    brine_mpa_per_m: Positive = 0.012
    poisson: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.25


class OwnLaw(Section):
    """A law of the user: MPa and years; for pressure solution n is left out and `a` is in K mm3/(MPa year)."""

    a: Positive
    n: Annotated[float, Field(ge=1.0, le=10.0)] = 1.0
    q_j_mol: Least
    source: Name


class SaltSection(Section):
    """The creep of the salt: packaged laws by name or laws of the user."""

    dislocation: Name | OwnLaw
    pressure_solution: Name | OwnLaw | None = None
    grain_mm: Positive | None = None


class BrineSection(Section):
    """Constants of brine and of heat."""

    compressibility_per_mpa: Positive = BRINE.compressibility_per_mpa
    expansion_per_k: Positive = BRINE.expansion_per_k
    viscosity_pa_s: Positive = BRINE.viscosity_pa_s
    diffusivity_m2_s: Positive = HEAT.diffusivity_m2_s
    capacity_ratio: Positive = HEAT.capacity_ratio


class Uncertainty(Section):
    """What is not known: factors are p90 over p50 of a lognormal, `sd` standard deviations; members drawn."""

    creep_factor: Factor = 1.0
    permeability_factor: Factor = 1.0
    temperature_sd_k: Least = 0.0
    strength_sd_mpa: Least = 0.0
    members: Annotated[int, Field(ge=1, le=10_000)] = 200


class SinkholeSection(Section):
    """A void that may migrate: lowest, likeliest, highest of each quantity."""

    height_m: Three
    bulking: Three
    cover_m: Three
    cone_share: Share = 0.0
    roof_fails: Share = 1.0


class CavernSection(Section):
    """One cavern."""

    name: Name
    x_rd: float
    y_rd: float
    top_m: Positive
    bottom_m: Positive
    radius_m: Positive | None = None
    shape: Shape = "cylinder"
    volume_m3: Positive | None = None
    pressure_mpa: Positive | None = None
    temperature_c: Annotated[float, Field(ge=0.0, le=250.0)]
    cooler_k: Least = 0.0
    permeability_m2: Least
    strength_mpa: Least = 0.0
    creep_factor: Positive = 1.0
    leached_from: Year | None = None
    leached_until: Year | None = None
    sinkhole: SinkholeSection | None = None


class OptionSection(Section):
    """A way to leave the caverns."""

    name: Name
    plugged: bool = True
    wait_years: Least = 0.0
    fill_share: Share = 0.0
    fill_porosity: Share = Option("").fill_porosity
    fill_squeezed: Share = Option("").fill_squeezed


class SaltFile(Section):
    """The file as a whole."""

    title: Name
    title_nl: str = ""
    start: Year
    end: Year
    seed: Annotated[int, Field(ge=0)] = 1
    ground: Ground = Ground()
    salt: SaltSection
    brine: BrineSection = BrineSection()
    uncertainty: Uncertainty = Uncertainty(members=1)
    cavern: Annotated[list[CavernSection], Field(min_length=1)]
    option: list[OptionSection] = []
