"""What the file of a site may say: tables, keys and their kinds. Unknown keys are errors."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mijnrisico.studies.industry.risk.dispersion import Stability
from mijnrisico.studies.industry.risk.fragility_sets import Mark

Positive = Annotated[float, Field(gt=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(min_length=1)]
Rates = list[Annotated[float, Field(ge=0.0)]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class HazardTable(_Section):
    """The hazard curve at the site: peak ground acceleration at the surface."""

    pga_g: Annotated[list[Positive], Field(min_length=2)]
    rate_per_year: Rates
    p10_per_year: Rates | None = None
    p16_per_year: Rates | None = None
    p50_per_year: Rates | None = None
    p84_per_year: Rates | None = None
    p90_per_year: Rates | None = None
    source: Name

    def fractiles(self) -> dict[float, list[float]]:
        """Rates by the share of the models below them."""
        given = {share: getattr(self, f"p{share}_per_year") for share in (10, 16, 50, 84, 90)}
        return {share / 100.0: rates for share, rates in given.items() if rates is not None}


class Grid(_Section):
    """Cells on which the individual risk is computed, around the middle of the units."""

    cell_m: Annotated[float, Field(ge=1.0)] = 25.0
    half_width_m: Annotated[float, Field(ge=10.0, le=20_000.0)] = 2500.0


class WeatherClass(_Section):
    """A weather class, its share of the time, and the rose of where the wind blows from, north first, clockwise."""

    stability: Stability
    wind_m_s: Annotated[float, Field(ge=0.5, le=30.0)]
    share: Share
    rose: Annotated[list[Annotated[float, Field(ge=0.0)]], Field(min_length=4)]


class OwnProbit(_Section):
    """A probit of the user: Pr = k1 + k2 ln(C^n t), C in mg/m3 and t in min."""

    k1: float
    k2: Positive
    n: Positive
    source: Name
    status: str = ""
    dated: str = ""
    mark: Mark = "u"


class Substance(_Section):
    """What a substance does: poison, burn."""

    probit: OwnProbit | str | None = None
    density_kg_m3: Positive | None = None
    burning_kg_m2_s: Positive | None = None
    heat_of_combustion_j_kg: Annotated[float, Field(ge=1e5)] | None = None
    radiated_share: Share | None = None


class State(_Section):
    """A damage state as a lognormal, given in one of three ways."""

    median_g: Positive | None = None
    beta: Positive | None = None
    hclpf_g: Positive | None = None
    k1: float | None = None
    k2: Positive | None = None
    unit: Literal["g", "percent_g"] | None = None


class ScenarioEntry(_Section):
    """What happens in which damage states, how often without an earthquake, and what it does."""

    name: Name
    on: dict[str, Share]
    base_per_year: Annotated[float, Field(ge=0.0)] | None = None
    base: str = ""
    base_source: str = ""
    effect: Literal["toxic", "pool_fire", "jet_fire", "blast"]
    substance: str = ""
    rate_kg_s: Positive | None = None
    hole_m: Positive | None = None
    head_m: Positive | None = None
    content_kg: Positive | None = None
    duration_s: Positive | None = None
    source_height_m: Annotated[float, Field(ge=0.0)] = 0.0
    pool_diameter_m: Positive | None = None
    layer_m: Positive | None = None
    bund_m2: Positive | None = None
    lethal_radius_m: Positive | None = None


class TankEntry(_Section):
    """A vertical steel tank on the ground, for its response under a spectrum."""

    radius_m: Annotated[float, Field(ge=0.5, le=100.0)]
    liquid_height_m: Positive
    wall_thickness_m: Annotated[float, Field(ge=0.001, le=0.1)]
    liquid_density_kg_m3: Annotated[float, Field(ge=300.0, le=3000.0)] = 1000.0
    young_modulus_mpa: Annotated[float, Field(ge=50_000.0, le=300_000.0)] = 210_000.0
    yield_mpa: Annotated[float, Field(ge=100.0, le=1000.0)] = 235.0
    wall_mass_kg: Annotated[float, Field(ge=0.0)] = 0.0
    roof_mass_kg: Annotated[float, Field(ge=0.0)] = 0.0
    wall_height_m: Positive | None = None
    annular_plate_mm: Annotated[float, Field(ge=1.0, le=100.0)] | None = None
    freeboard_m: Annotated[float, Field(ge=0.0)] | None = None
    workmanship: Annotated[float, Field(ge=1.0, le=2.5)] = 1.0
    wave: Literal["malhotra", "en_1998_4"] = "malhotra"


class SpectrumTable(_Section):
    """Spectral acceleration at the site for the check of tanks, from the peak acceleration (period 0) on."""

    periods_s: Annotated[list[Annotated[float, Field(ge=0.0)]], Field(min_length=2)]
    acceleration_g: Annotated[list[Positive], Field(min_length=2)]
    damping: Annotated[float, Field(gt=0.0, le=0.3)] = 0.05
    source: Name


class UnitEntry(_Section):
    """An installation: where, what kind, how fragile, and its scenarios."""

    name: Name
    kind: Name
    x_rd: float
    y_rd: float
    fragility: str | None = None
    states: dict[str, State] | None = None
    source: str = ""
    mark: Mark = "u"
    repair: bool = False
    alternatives: list[str] = []
    loss_from: str = ""
    full_share: Share = 1.0
    when_low: str | None = None
    checks_done: dict[str, str] = {}
    tank: TankEntry | None = None
    scenario: list[ScenarioEntry] = []


class ChangeEntry(_Section):
    """What a measure does to one unit."""

    unit: Name
    fragility: str | None = None
    median_factor: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    full_share: Share | None = None
    when_low: str | None = None
    release_factor: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0


class MeasureEntry(_Section):
    """An alternative to the present."""

    name: Name
    change: Annotated[list[ChangeEntry], Field(min_length=1)]


class PlaceEntry(_Section):
    """A place at which the risk is told: a house, a gate."""

    name: Name
    x_rd: float
    y_rd: float


class BuildingEntry(_Section):
    """A building functionally linked to an installation."""

    name: Name
    vulnerability_class: Name
    linked_to: Name
    x_rd: float
    y_rd: float


class Uncertainty(_Section):
    """Factors that 16 % and 84 % of the possible values lie below; each input is left out where it is not given."""

    median_factor: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    release_factor: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    source: str = ""


class SiteFile(_Section):
    """The whole file."""

    title: Name
    official_report: str = ""
    norm: Name = "veiligheidsnorm"
    hazard: HazardTable | None = None
    spectrum: SpectrumTable | None = None
    return_period_yr: Annotated[float, Field(ge=10.0, le=100_000.0)] = 475.0
    grid: Grid = Grid()
    boundary: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = []
    weather: list[WeatherClass] = []
    substance: dict[str, Substance] = {}
    unit: Annotated[list[UnitEntry], Field(min_length=1)]
    building: list[BuildingEntry] = []
    measure: list[MeasureEntry] = []
    place: list[PlaceEntry] = []
    uncertainty: Uncertainty = Uncertainty()
