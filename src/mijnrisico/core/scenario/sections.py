"""The tables of a scenario file and the ranges of their values, one class each; packaged values are in `scenarios/`.

Text is never taken for a number, nor a number for text; a value outside its range is an error, not a correction.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from mijnrisico.core.norm import norm
from mijnrisico.core.scenario import acceleration
from mijnrisico.core.scenario.production import Fill

FIRST_YEAR: Final = 2024
LAST_YEAR: Final = 2199
"""The last year any forecast can reach: a start in 2100 and a hundred years."""
WEIGHT_TOLERANCE: Final = 1e-9
GAS_YEARS: Final = ("gas_year", "gasyear", "gasjaar")
GRID_CELLS: Final = (100, 10_000)
MEASURE: Final = r"^(PGA|PGV|SA\((0\.[0-9]*[1-9]|[1-9][0-9]*(\.[0-9]*[1-9])?)\))$"
RULE: Final = norm("industrie_piekgrondversnelling")
"""The norm whose return period every hazard computation holds."""


def _day(value: object) -> object:
    """Accept a day as TOML date or as ISO text, so that quotes do not matter."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _gibibytes(value: object) -> object:
    if value == "auto" or (isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6):
        return value
    raise PydanticCustomError("memory_limit", "memory limit")


def _check_weights(weights: Mapping[str, float]) -> None:
    total = sum(weights.values())
    if abs(total - 1.0) > WEIGHT_TOLERANCE:
        raise PydanticCustomError("weights", "weights", {"sum": total, "weights": dict(weights)})


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError("time_zone", "time zone") from None
    return name


Day = Annotated[date, BeforeValidator(_day)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Crs = Annotated[str, Field(pattern=r"^(EPSG:\d{4,6})?$", examples=["EPSG:28992"])]
Columns = Annotated[dict[str, str], Field(max_length=100)]


def _list(item: Any, *, least: int = 1) -> Any:
    bounds = Field(strict=False, min_length=least, max_length=1000, json_schema_extra={"uniqueItems": True})
    return Annotated[tuple[item, ...], bounds, AfterValidator(_unique)]


def _grid(item: Any) -> Any:
    return Annotated[_list(item), AfterValidator(_increasing)]


def _unique(values: tuple[Any, ...]) -> tuple[Any, ...]:
    once = list(dict.fromkeys(values))
    if len(once) < len(values):
        raise PydanticCustomError("repeated", "repeated", {"example": once})
    return values


def _increasing(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if list(values) != sorted(values):
        raise PydanticCustomError("increasing", "increasing", {"example": sorted(values)})
    return values


def _after_history(start: int) -> int:
    """Refuse a forecast that begins where production was measured; a year that is none at all is out of range."""
    if 1900 <= start < FIRST_YEAR:
        raise PydanticCustomError("starts_in_history", "history")
    if start < FIRST_YEAR:
        raise PydanticKnownError("greater_than_equal", {"ge": FIRST_YEAR})
    return start


def _whole(years: float) -> float:
    """Refuse 2.475, which a Dutch hand writes for 2475."""
    if not years.is_integer():
        raise PydanticCustomError("whole_years", "whole")
    return years


def _with_the_rule(periods: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse a list without the return period of the rule: no verdict could be given."""
    if RULE.return_period_yr is not None and RULE.return_period_yr not in periods:
        raise PydanticCustomError("rule_period", "rule", {"period": f"{RULE.return_period_yr:g}"})
    return periods


def _measure(name: str) -> str:
    if not re.fullmatch(MEASURE, name):
        raise PydanticCustomError("measure", "measure")
    return name


def _metres(margin: float) -> float:
    """Refuse 5.000, which a Dutch hand writes for 5000."""
    if 0 < margin < GRID_CELLS[0]:
        raise PydanticCustomError("metres", "metres")
    return margin


def _calendar(kind: object) -> object:
    if isinstance(kind, str) and kind.lower().replace(" ", "_") in GAS_YEARS:
        raise PydanticCustomError("gas_year", "gas year")
    return kind


def _credible(threshold: float) -> float:
    if threshold > acceleration.LARGEST_G:
        raise PydanticCustomError("acceleration", "acceleration")
    return threshold


class _Section(BaseModel):
    """A table of the file: no unknown keys, no conversion of text to numbers, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class Time(_Section):
    """Calendar years of the forecast."""

    start: Annotated[int, Field(le=2100, json_schema_extra={"minimum": FIRST_YEAR}), AfterValidator(_after_history)]
    years: Annotated[int, Field(ge=1, le=100)]
    kind: Annotated[Literal["calendar"], BeforeValidator(_calendar)]

    @property
    def end(self) -> int:
        """Last year of the forecast."""
        return self.start + self.years - 1


class ScenarioFile(_Section):
    """Production after the history: a CSV file ("" = the field stays closed) and what a gap in it means."""

    file: Annotated[str, Field(examples=["production.csv"])]
    columns: Columns
    fill: Fill


class CatalogueFile(_Section):
    """Earthquakes of the user ("" = the packaged catalogue): how places, times and double events are read."""

    file: Annotated[str, Field(examples=["earthquakes.csv"])]
    columns: Columns
    crs: Crs
    time_zone: Annotated[str, AfterValidator(_zone)]
    dedupe: Literal["error", "first"]


class PressureFile(_Section):
    """Reservoir pressures of the user ("" = the packaged gas-flow model); their unit must be stated."""

    file: Annotated[str, Field(examples=["pressure.nc"])]
    columns: Columns
    unit: Annotated[Literal["", "bar", "Pa", "MPa", "psi"], Field(examples=["bar"])]
    crs: Crs

    @field_validator("unit", mode="after")
    @classmethod
    def _stated(cls, unit: str, info: ValidationInfo) -> str:
        if info.data.get("file") and not unit:
            raise PydanticCustomError("unit_needed", "unit")
        return unit


class FaultsFile(_Section):
    """Fault pillars of the user, SQLite or CSV ("" = the packaged points)."""

    file: Annotated[str, Field(examples=["faults.sqlite3"])]
    columns: Columns
    crs: Crs


class ThicknessFile(_Section):
    """Thickness of the reservoir, in metres ("" = the packaged grid)."""

    file: Annotated[str, Field(examples=["thickness.csv"])]
    columns: Columns
    crs: Crs


class DepthFile(_Section):
    """Depth of the top of the reservoir, in metres, positive down ("" = the packaged grid)."""

    file: Annotated[str, Field(examples=["depth.csv"])]
    columns: Columns
    crs: Crs


class CompressibilityFile(_Section):
    """Uniaxial compressibility of the reservoir ("" = one value for the whole field); its unit must be stated."""

    file: Annotated[str, Field(examples=["compressibility.csv"])]
    columns: Columns
    unit: Annotated[Literal["", "1/bar", "1/MPa", "1/Pa"], Field(examples=["1/bar"])]
    crs: Crs

    @field_validator("unit", mode="after")
    @classmethod
    def _stated(cls, unit: str, info: ValidationInfo) -> str:
        if info.data.get("file") and not unit:
            raise PydanticCustomError("compressibility_unit", "unit")
        return unit


class OutlineFile(_Section):
    """Outline of the field, a table of vertices or GeoJSON ("" = the packaged outline)."""

    file: Annotated[str, Field(examples=["outline.csv"])]
    columns: Columns
    crs: Crs


class ForecastFile(_Section):
    """Annual rates per cell and magnitude, NetCDF or CSV ("" = the models of the source foretell them)."""

    file: Annotated[str, Field(examples=["forecast.csv"])]
    columns: Columns
    crs: Crs


class ExposureFile(_Section):
    """Buildings of the user ("" = the packaged people and buildings of the field): a table, GeoPackage or NRML."""

    file: Annotated[str, Field(examples=["buildings.csv"])]
    columns: Columns
    crs: Crs
    format: Literal["auto", "edb", "bag", "esrm20", "nrml"]


class ExposureClassesFile(_Section):
    """How what is known of a building is read as vulnerability classes ("" = the packaged rules for ESRM20 types)."""

    file: Annotated[str, Field(examples=["classes.csv"])]
    columns: Columns


class Inputs(_Section):
    """Files that the user names, by their role."""

    scenario: ScenarioFile
    catalogue: CatalogueFile
    pressure: PressureFile
    faults: FaultsFile
    thickness: ThicknessFile
    depth: DepthFile
    compressibility: CompressibilityFile
    outline: OutlineFile
    forecast: ForecastFile
    exposure: ExposureFile
    exposure_classes: ExposureClassesFile


INPUT_FILES: Final[Mapping[str, type[_Section]]] = {
    "scenario": ScenarioFile,
    "catalogue": CatalogueFile,
    "pressure": PressureFile,
    "faults": FaultsFile,
    "thickness": ThicknessFile,
    "depth": DepthFile,
    "compressibility": CompressibilityFile,
    "outline": OutlineFile,
    "forecast": ForecastFile,
    "exposure": ExposureFile,
    "exposure_classes": ExposureClassesFile,
}
"""The tables under [inputs] by role."""


class Pressure(_Section):
    """Gas-flow grid."""

    cell: Literal[1000, 500]


class Mmax(_Section):
    """Largest possible magnitude: values and their weights."""

    values: _grid(Annotated[float, Field(ge=2.0, le=6.5)])  # pyright: ignore[reportInvalidTypeForm]
    weights: Annotated[tuple[Share, ...], Field(strict=False, min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> "Mmax":
        if len(self.values) != len(self.weights):
            raise PydanticCustomError("pairs", "pairs", {"values": len(self.values), "weights": len(self.weights)})
        _check_weights({f"{value:g}": weight for value, weight in zip(self.values, self.weights, strict=True)})
        return self

    @property
    def tree(self) -> dict[float, float]:
        """Weight of each largest magnitude."""
        return dict(zip(self.values, self.weights, strict=True))


class _Weights(_Section):
    """Weights of the models of one kind; a model that is not named has none."""

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        _check_weights({name: weight for name, weight in self.model_dump().items() if weight > 0.0})
        return self

    @property
    def tree(self) -> dict[str, float]:
        """Weight of each model that has one."""
        return {name: weight for name, weight in self.model_dump().items() if weight > 0.0}


class Rate(_Weights):
    """Weights of the models of the earthquake rate."""

    elastic: Share = 0.0
    elastic_plastic: Share = 0.0
    rate_and_state: Share = 0.0
    dempsey_suckale: Share = 0.0
    smoothed_stationary: Share = 0.0


class Magnitude(_Weights):
    """Weights of the models of the b-value."""

    linear_stress: Share = 0.0
    thickness_split: Share = 0.0
    tanh_stress: Share = 0.0
    constant: Share = 0.0


class Source(_Section):
    """Event rate and magnitudes: what they are fitted on and the branches of the tree."""

    since: Annotated[Day, Field(alias="from")]
    until: Day
    magnitude_min: Annotated[float, Field(ge=1.45, le=2.95)]
    rmax: _grid(Positive)  # pyright: ignore[reportInvalidTypeForm]
    sigma: _grid(Annotated[float, Field(ge=500.0, le=20_000.0)])  # pyright: ignore[reportInvalidTypeForm]
    smoothing: Literal["grid", "faults"]
    slope: _grid(Annotated[float, Field(gt=1.0, le=20.0)])  # pyright: ignore[reportInvalidTypeForm]
    log10_hs: _grid(Annotated[float, Field(ge=1.0, le=9.0)])  # pyright: ignore[reportInvalidTypeForm]
    rate: Rate
    magnitude: Magnitude
    mmax: Mmax

    @field_validator("until", mode="after")
    @classmethod
    def _ordered(cls, until: date, info: ValidationInfo) -> date:
        since = info.data.get("since")
        if since is not None and until <= since:
            raise PydanticCustomError("until_before_from", "order", {"since": str(since)})
        return until

    @field_validator("magnitude_min", mode="after")
    @classmethod
    def _between_tenths(cls, minimum: float) -> float:
        if abs(minimum * 10.0 % 1.0 - 0.5) > 1e-6:
            raise PydanticCustomError("between_tenths", "between")
        return minimum

    @field_validator("mmax", mode="after")
    @classmethod
    def _above_minimum(cls, mmax: Mmax, info: ValidationInfo) -> Mmax:
        minimum = info.data.get("magnitude_min")
        if minimum is not None and min(mmax.values) <= minimum:
            raise PydanticCustomError("mmax_below_minimum", "mmax", {"minimum": minimum})
        return mmax


class Rupture(_Section):
    """How ruptures lie, for `seismic.rupture.Geometry`: kilometres, degrees clockwise from north."""

    depth: Annotated[float, Field(gt=0, le=100)]
    strike: Annotated[float, Field(ge=-180, le=180)]
    strike_sd: Annotated[float, Field(ge=0, le=90)]
    finite: bool
    largest_distance: Annotated[float, Field(ge=10, le=500)]


class Motion(_Section):
    """Ground-motion model and how its scatter is read; `truncation` in standard deviations, 0 = the whole scatter."""

    model: Literal["V7", "V6", "V5", "atkinson_2015", "atkinson_2015_alternative", "douglas_2013", "bommer_2021_pgv"]
    site_term: Literal["published", "epistemic", "aleatory"]
    site_correlation: Literal["consistent", "zero", "full", "empirical"]
    site_variability_argument: Literal["g", "cm/s2"]
    truncation: Annotated[float, Field(ge=0, le=10)]


class Sites(_Section):
    """Sites of the user, a table or GeoJSON ("" = the points of the map and the named places)."""

    file: Annotated[str, Field(examples=["sites.csv"])]
    columns: Columns
    crs: Crs


class Hazard(_Section):
    """Points, measures and levels of the hazard map."""

    measures: _list(  # pyright: ignore[reportInvalidTypeForm]
        Annotated[str, Field(json_schema_extra={"pattern": MEASURE}), AfterValidator(_measure)]
    )

    cell: Annotated[float, Field(ge=GRID_CELLS[0], le=GRID_CELLS[1])]
    margin: Annotated[float, Field(ge=0, le=20_000), AfterValidator(_metres)]
    return_periods: Annotated[
        _grid(  # pyright: ignore[reportInvalidTypeForm]
            Annotated[float, Field(gt=1, le=1e6, json_schema_extra={"multipleOf": 1}), AfterValidator(_whole)]
        ),
        AfterValidator(_with_the_rule),
    ]
    threshold: Annotated[
        float, Field(gt=0, json_schema_extra={"maximum": acceleration.LARGEST_G}), AfterValidator(_credible)
    ]

    @property
    def periods(self) -> tuple[float, ...]:
        """The return periods with that of the rule first: verdicts and shares are about the first."""
        return tuple(sorted(self.return_periods, key=lambda period: period != RULE.return_period_yr))


class Risk(_Section):
    """Fragility and consequence model, classes shown and the assumed mix of classes."""

    model: Literal["TNO2020", "V7", "V6"]
    shown: _list(str)  # pyright: ignore[reportInvalidTypeForm]
    mix: dict[str, Share]
    mix_label: str
    mix_label_nl: str
    fractiles_above: Annotated[float, Field(ge=0, le=1e-6)]
    """Above 1e-6 buildings would be left out whose P90 can be above the norm of 1e-5 (Markov)."""
    simulated_years: Annotated[int, Field(ge=100, le=10_000_000)]

    @field_validator("mix", mode="after")
    @classmethod
    def _weights_sum_to_one(cls, mix: dict[str, float]) -> dict[str, float]:
        _check_weights(mix)
        return mix


class Exposure(_Section):
    """Weights of the ways to read ESRM20 types as vulnerability classes; whether single buildings are published."""

    mapping: dict[str, Share]
    single_buildings: bool

    @field_validator("mapping", mode="after")
    @classmethod
    def _weights_sum_to_one(cls, mapping: dict[str, float]) -> dict[str, float]:
        _check_weights(mapping)
        return mapping


class Compute(_Section):
    """Limits of the machine."""

    memory_limit: Annotated[float | Literal["auto"], BeforeValidator(_gibibytes)]


class Report(_Section):
    """What a run writes for readers."""

    formats: _list(Literal["html", "pdf"], least=0)  # pyright: ignore[reportInvalidTypeForm]
    audiences: _list(Literal["expert", "short", "resident"], least=0)  # pyright: ignore[reportInvalidTypeForm]
    contact: str


class Output(_Section):
    """Where runs are kept."""

    dir: Annotated[str, Field(min_length=1)]


class File(_Section):
    """A whole scenario file after the packaged values were filled in."""

    title: Annotated[str, Field(min_length=1)]
    title_nl: str
    template: Literal["groningen"]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    time: Time
    inputs: Inputs
    pressure: Pressure
    source: Source
    rupture: Rupture
    motion: Motion
    sites: Sites
    hazard: Hazard
    risk: Risk
    exposure: Exposure
    report: Report
    compute: Compute
    output: Output


def keys() -> dict[str, FieldInfo]:
    """Return every key of a scenario file, dotted and as it stands in the file, tables as well as values."""
    return dict(_keys(File, ""))


def _keys(part: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for own, found in part.model_fields.items():
        key = f"{prefix}{found.alias or own}"
        yield key, found
        kind = found.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{key}.")
