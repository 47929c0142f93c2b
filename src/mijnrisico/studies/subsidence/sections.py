"""What a question about subsidence may say: tables, keys and their kinds. Unknown keys are errors.

Weights stand as tables, `{ "5000" = 0.5, "7000" = 0.5 }`: TOML has no numbers for keys.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mijnrisico.core.scenario.sections import Output

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(min_length=1)]
Year = Annotated[int, Field(ge=1900, le=2300)]
Weights = Annotated[dict[str, Share], Field(min_length=1)]
Place = Annotated[tuple[float, float], Field(strict=False)]
Kind = Literal["gas", "storage", "cavern", "geothermal"]
SurfaceModel = Literal["geertsma", "van_opstal", "knothe", "layered"]
StrainModel = Literal["linear", "bilinear", "time_decay", "rate_type"]


class Section(BaseModel):
    """A table in which an unknown key, text for a number or a number for text is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class Time(Section):
    """Years: the first, in which nothing has subsided yet, the last, and those that maps show."""

    start: Year
    end: Year
    shown: Annotated[tuple[Year, ...], Field(strict=False, min_length=1)]


class Grid(Section):
    """Cells of the map, and how far it reaches beyond the sources."""

    cell_m: Annotated[float, Field(ge=20.0, le=5000.0)] = 500.0
    margin_m: Annotated[float, Field(ge=0.0, le=100_000.0)] = 10_000.0
    extent: Annotated[tuple[float, float, float, float], Field(strict=False)] | None = None


class Layer(Section):
    """A layer of the elastic overburden; the last has no thickness."""

    thickness_m: Positive | None = None
    young_gpa: Positive
    poisson: Annotated[float, Field(ge=0.0, lt=0.5)]


class Surface(Section):
    """What lies between a source and the surface: alternatives with weights."""

    model: Annotated[dict[SurfaceModel, Share], Field(min_length=1)] = Field(default={"van_opstal": 1.0})
    poisson: Weights = Field(default={"0.25": 1.0})
    basement_m: Weights | None = None
    angle_deg: Annotated[float, Field(gt=0.0, lt=90.0)] | None = None
    layers: Annotated[tuple[Layer, ...], Field(strict=False)] = ()


class RateType(Section):
    """Constants of the isotach model."""

    b: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.021
    elastic_share: Annotated[float, Field(ge=0.0)] = 0.4
    reference_share: Positive = 0.8
    reference_rate_mpa_per_year: Positive = 3.16e-5


class Bilinear(Section):
    """Where the rock becomes softer, and how much."""

    transition_bar: Positive
    slope_ratio: Positive


class Strain(Section):
    """How a reservoir shortens by its pressure: alternatives with weights."""

    models: Annotated[dict[StrainModel, Share], Field(min_length=1)] = Field(default={"linear": 1.0})
    decay_years: Weights = Field(default={"3": 0.5, "7": 0.5})
    rate_type: RateType = RateType()
    bilinear: Bilinear | None = None
    secant_year: Year | None = None
    """Year up to which the compressibility is the secant one, whatever the model; None = as each model takes it."""


class Activity(Section):
    """One cause: a reservoir, caverns or a doublet. Which keys go with which kind is checked by `question`."""

    name: Name
    kind: Kind
    field: Literal["groningen"] | None = None
    outline: Name | None = None
    grid: Name | None = None
    crs: str = ""
    depth_m: Positive | None = None
    thickness_m: Positive | None = None
    compressibility_per_bar: Positive | None = None
    sd: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    """Relative standard deviation of the volume that is lost: of the compressibility, or of what was measured."""
    range_m: NotNegative = 0.0
    """Length over which the compressibility is alike; 0 = one factor for the whole activity."""
    common: Share = 0.5
    """Share of the variance that all of the activity has in common."""
    unloading_share: Share = 1.0
    ratchet_share: Share = 0.0
    pressure: Name | None = None
    pressure_unit: Literal["bar", "Pa", "MPa", "psi"] = "bar"
    production: Name | None = None
    initial_bar: Positive | None = None
    gas_in_place_nm3: Positive | None = None
    temperature_k: Annotated[float, Field(gt=250.0, lt=500.0)] | None = None
    caverns: Name | None = None
    volumes: Name | None = None
    salt: Name | None = None
    """A question about salt caverns, whose closure is then the volume that is lost."""
    option: Name | None = None
    """The way to leave the caverns in that question."""
    x_m: float | None = None
    y_m: float | None = None
    cooling: Name | None = None
    poisson: Annotated[float, Field(ge=0.0, lt=0.5)] | None = None
    expansion_per_k: Positive | None = None
    basement_m: Positive | None = None
    """Of this activity alone, in the place of those of [surface]."""
    overburden_poisson: Annotated[float, Field(gt=-1.0, lt=0.5)] | None = None
    """Of this activity alone, in the place of those of [surface]."""
    decay_years: NotNegative | None = None
    """Of this activity alone, in the place of those of [strain]."""
    share: Positive = 1.0
    source: str = ""


class Observations(Section):
    """Measurements: files of the user, and the packaged ones of Groningen."""

    levelling: Name | None = None
    gnss: Name | None = None
    insar: Name | None = None
    packaged: Literal["groningen"] | None = None
    crs: str = ""
    reference: str = ""
    """Point of the file against which a series of heights is taken; "" = as the file says."""
    shallow_sd_mm_per_year: NotNegative = 3.0
    """Before measuring, of the rate that scatterers of a radar set have in common by shallow soil and reference."""
    noise: dict[Literal["levelling", "gnss", "insar"], dict[str, NotNegative]] = Field(default={})
    """Standard deviations (mm) of error processes by technique and name, in the place of our conventions."""
    use: bool = True
    """Whether they change the answer; otherwise they are only put beside it."""
    members: Annotated[int, Field(ge=20, le=20_000)] = 300


class Point(Section):
    """A place for which a series over time is given."""

    name: Name
    x_m: float
    y_m: float


class Profile(Section):
    """A line along which the subsidence is given."""

    name: Name
    from_: Annotated[Place, Field(alias="from")]
    to: Place


class Limit(Section):
    """A limit on what may happen somewhere, with where it was read."""

    name: Name
    quantity: Literal["subsidence_cm", "rate_mm_per_year", "tilt"]
    value: Positive
    at: Name = "largest"
    from_year: Annotated[Year | None, Field(alias="from")] = None
    source: Name


class Basin(Section):
    """A tidal basin with what it can bear: hand aan de kraan."""

    name: Name
    outline: Name
    crs: str = ""
    limit_mm_per_year: Positive
    sea_level_rise_mm_per_year: float
    sea_level_rise_sd_mm_per_year: NotNegative = 0.0
    average_years: Annotated[int, Field(ge=1, le=50)]
    source: Name


class Objects(Section):
    """Buildings and structures for which settlement, tilt and strain are given."""

    file: Name
    crs: str = ""


class Report(Section):
    """What a run writes for readers."""

    formats: Annotated[tuple[Literal["html", "pdf"], ...], Field(strict=False)] = ("html",)
    contact: str = ""


class Question(Section):
    """A whole file."""

    study: Literal["subsidence"]
    title: Name
    title_nl: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    time: Time
    grid: Grid = Grid()
    surface: Surface
    strain: Strain = Strain()
    activity: Annotated[tuple[Activity, ...], Field(strict=False, min_length=1)]
    observations: Observations = Observations()
    point: Annotated[tuple[Point, ...], Field(strict=False)] = ()
    profile: Annotated[tuple[Profile, ...], Field(strict=False)] = ()
    limit: Annotated[tuple[Limit, ...], Field(strict=False)] = ()
    basin: Annotated[tuple[Basin, ...], Field(strict=False)] = ()
    objects: Objects | None = None
    overlap_limit_cm: Positive = 2.0
    report: Report = Report()
    output: Output = Output(dir="results")
