"""One quantity on the map at one moment: which it is, its values, and how it looks. Maps and profiles draw it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import to_hex

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.report import hazard_facts, norms
from mijnrisico.report.draw import density, style
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.seismic import building_privacy

QUANTITIES: Final = ("pga", "lpr", "rate", "pressure", "share", "buildings")
_GRIDS: Final = {
    "pga": "hazard",
    "share": "hazard",
    "lpr": "lpr",
    "rate": "rate",
    "pressure": "pressure",
    "buildings": "building_risk",
}
_COLUMNS: Final = {
    "pga": "pga_g",
    "lpr": "lpr",
    "rate": "events_per_km2",
    "pressure": "pressure_bar",
    "share": "share",
    "buildings": "buildings_above_1e-5",
}
WITHOUT_HATCH: Final = ("rate", "buildings")
"""Where these have no value there is nothing to know: no source, no building."""
MEASURE: Final = "sa"
"""Quantity of the maps of another measure than the peak acceleration: a spectral acceleration, or the peak velocity."""
_INF: Final = float("inf")
_SHARE_EDGES: Final = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, _INF)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show; None leaves it to the run: its shown year, its first return period, its most vulnerable class."""

    quantity: str = "pga"
    year: int | None = None
    return_period: float | None = None
    statistic: str = "mean"
    component: str = "geometric_mean"
    vulnerability_class: str | None = None
    measure: str = "PGA"

    @property
    def unit(self) -> str:
        """Unit of the measure of the motion."""
        return "cm/s" if self.measure == "PGV" else "g"


@dataclass(frozen=True)
class Layer:
    """Values (y, x) on nodes in RD New (m), with the choice they answer; NaN where there is no value.

    `limit` is the level whose crossing is drawn as a contour: threshold, norm or half of the models; None has none.
    `top` is the highest value in the years that the report draws, for a quantity whose classes hang on it (the rate).
    """

    choice: Choice
    values: np.ndarray
    x: np.ndarray
    y: np.ndarray
    limit: float | None
    top: float = 0.0

    @property
    def column(self) -> str:
        """Name of the values in a table, with their unit."""
        if self.choice.quantity == MEASURE:
            return "pgv_cms" if self.choice.measure == "PGV" else "sa_g"
        return _COLUMNS[self.choice.quantity]

    @property
    def edges(self) -> Sequence[float]:
        """Limits of the classes, one more than there are colours."""
        match self.choice.quantity:
            case "pga":
                return style.PGA_EDGES_G
            case "sa":
                return style.PGV_EDGES_CMS if self.choice.measure == "PGV" else style.SA_EDGES_G
            case "lpr":
                return style.LPR_EDGES
            case "pressure":
                return (-_INF, *style.PRESSURE_EDGES_BAR, _INF)
            case "rate":
                return density.edges(self.top)
            case "buildings":
                return style.BUILDINGS_EDGES
            case _:
                return _SHARE_EDGES

    @property
    def colours(self) -> Sequence[str]:
        """A colour for each class; blue below the limit and orange above it, where there is one."""
        match self.choice.quantity:
            case "pga":
                return style.PGA_COLOURS
            case "sa":
                return style.LONG_PGA_COLOURS
            case "lpr":
                return style.LPR_COLOURS
            case "pressure":
                return _ramp("viridis_r", len(self.edges) - 1)
            case "rate":
                return density.colours()
            case "buildings":
                return style.BUILDINGS_COLOURS
            case _:
                return ("#f4f9fd", "#d9e8f4", "#b3cfe5", "#8fb3d9", "#fdb863", "#ef8a3c", "#8a3208")


def read(run: RunFolder, choice: Choice) -> Layer:
    """Return the values of a choice with everything resolved; raises `InputError` E711 for what the run lacks."""
    if choice.quantity == "pga" and choice.measure != "PGA":
        if choice.measure not in run.measures:
            known = Phrase("explore.of.maps_of", {"measures": tuple(run.measures)})
            what = {"what": Phrase("explore.of.imt"), "got": choice.measure, "known": known, "run": run.run_id}
            raise InputError(Problem("E711", "--measure", what))
        choice = replace(choice, quantity=MEASURE)
    elif choice.quantity != MEASURE:
        check(run, "quantity", choice.quantity, [name for name in QUANTITIES if _has(run, name)])
    choice = _resolved(run, choice)
    field = _field(run, choice)
    values = field.transpose("y", "x").to_numpy()
    return Layer(choice, values, field.x.to_numpy(), field.y.to_numpy(), _limit(run, choice), _top(run, choice))


def of_array(run: RunFolder, array: xr.DataArray) -> Layer:
    """Return the layer of an array of the front door: its values as they are, its choice from its coordinates."""

    def at(name: str, default: Any) -> Any:
        return array.coords[name].item() if name in array.coords else default

    choice = Choice(
        str(array.attrs["quantity"]),
        int(at("year", run.shown_year)),
        float(at("return_period", run.return_period)),
        str(at("statistic", "mean")),
        str(at("component", "geometric_mean")),
        at("vulnerability_class", None),
    )
    field = array.transpose("y", "x")
    limit, top = _limit(run, choice), _top(run, choice)
    return Layer(choice, field.to_numpy(), field.x.to_numpy(), field.y.to_numpy(), limit, top)


def band(run: RunFolder, layer: Layer) -> tuple[Layer, Layer] | None:
    """Return P10 and P90 of a layer where the run has them: only the acceleration does."""
    if layer.choice.quantity != "pga":
        return None
    low, high = (read(run, replace(layer.choice, statistic=name)) for name in ("p10", "p90"))
    return low, high


def beyond(layer: Layer, values: np.ndarray) -> int:
    """Count the values that reach the limit of a layer; those of a risk must exceed its norm. 0 without a limit.

    A number of buildings above the norm is beyond it where it is not zero.
    """
    if layer.choice.quantity == "buildings":
        return int(np.count_nonzero(values > 0.0))
    if layer.limit is None:
        return 0
    if layer.choice.quantity == "lpr":
        return norms.exceeding(values.ravel())
    return int(np.count_nonzero(values >= layer.limit))


def writer(layer: Layer, words: Words, threshold_g: float) -> Callable[[float], str]:
    """Return how a value of the layer is written in a sentence, with its unit."""
    match layer.choice.quantity:
        case "pga":
            return lambda value: words.level(value, threshold_g)
        case "sa":
            return lambda value: f"{words.significant(value)} {layer.choice.unit}"
        case "lpr":
            return lambda value: words("single.per_million", value=words.per_million(value))
        case "pressure":
            return lambda value: f"{words.fixed(value)} bar"
        case "rate":
            return lambda value: words("single.per_area", value=words.significant(value))
        case "buildings":
            return lambda value: words("single.of_buildings", value=words.people(value))
        case _:
            return lambda value: f"{words.fixed(100 * value)} %"


def tick(layer: Layer, words: Words) -> Callable[[float], str]:
    """Return how a limit of a class or a tick of an axis is written, without its unit."""
    match layer.choice.quantity:
        case "pga":
            return lambda value: words.trimmed(value, 3) if 0 < value < 0.01 else words.fixed(value, 2)
        case "lpr":
            return lambda value: words.significant(1e6 * value, 1)
        case "pressure":
            return words.fixed
        case "buildings":
            return lambda value: words.trimmed(value, 1)
        case "sa":
            return lambda value: words.trimmed(value, 2)
        case "rate":
            return lambda value: words.trimmed(value, 6)
        case _:
            return lambda value: f"{words.fixed(100 * value)} %"


def named(layer: Layer, words: Words) -> dict[str, object]:
    """Return the choice in words, for titles and subtitles."""
    choice = layer.choice
    klass = choice.vulnerability_class or ""
    called = words.or_name("class", klass) if klass else ""
    return {
        "imt": words.measure(choice.measure),
        "measure": measure_in_words(choice.measure, words),
        "unit": choice.unit,
        "year": choice.year,
        "period": words.fixed(choice.return_period or 0.0),
        "statistic": words(f"statistic.{choice.statistic}"),
        "component": words(f"single.component.{choice.component}"),
        "class": klass,
        "class_name": f" ({called})" if called != klass else "",
    }


def measure_in_words(measure: str, words: Words) -> str:
    """Return a measure as it begins a sentence: `Spectral acceleration at 0.3 s`."""
    if measure.startswith("SA("):
        seconds = float(measure.removeprefix("SA(").removesuffix(")"))
        return words("measure.SA", seconds=words.trimmed(seconds, 3))
    return words(f"measure.{measure}")


def check(run: RunFolder, what: str, got: object, known: Sequence[object]) -> None:
    """Raise `InputError` E711 when a run does not have what is asked, with the list of what it has."""
    if got not in known:
        params = {"what": Phrase(f"explore.of.{what}"), "got": got, "known": _listed(known), "run": run.run_id}
        raise InputError(Problem("E711", f"--{_OPTIONS[what]}", params))


_OPTIONS: Final = {
    "quantity": "quantity",
    "year": "year",
    "return_period": "period",
    "statistic": "statistic",
    "component": "component",
    "vulnerability_class": "class",
    "imt": "measure",
    "surface": "surface",
}


def _has(run: RunFolder, quantity: str) -> bool:
    found = run.has_grid(_GRIDS[quantity])
    return found and (quantity != "share" or "share" in run.grid("hazard"))


def _listed(known: Sequence[object]) -> object:
    """Return what is known as a list, or as first and last where it is an unbroken row of years."""
    years = [value for value in known if isinstance(value, int)]
    if len(years) == len(known) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return tuple(known) or ("–",)


def _resolved(run: RunFolder, choice: Choice) -> Choice:
    """Fill in what was left open and check what was asked."""
    grid = run.grid(_grid_of(run, choice))
    years = grid["time"].dt.year.to_numpy() if choice.quantity == "pressure" else grid["year"].to_numpy()
    found = replace(choice, year=run.shown_year if choice.year is None else choice.year)
    check(run, "year", found.year, [int(year) for year in years])
    statistics = [str(name) for name in grid["statistic"].to_numpy()] if choice.quantity == "pga" else ["mean"]
    check(run, "statistic", choice.statistic, statistics)
    if choice.quantity in ("pga", "share", MEASURE):
        periods = [_plain(p) for p in grid["return_period"].to_numpy()]
        first = periods[0] if choice.quantity == "share" else run.return_period
        found = replace(found, return_period=first if choice.return_period is None else _plain(choice.return_period))
        check(run, "return_period", found.return_period, periods[:1] if choice.quantity == "share" else periods)
        components = [str(name) for name in grid["component"].to_numpy()] if "component" in grid.dims else []
        check(run, "component", choice.component, components or ["geometric_mean"])
    if choice.quantity == "lpr":
        classes = [str(name) for name in grid["vulnerability_class"].to_numpy()]
        klass = choice.vulnerability_class or _worst(grid["lpr_mean"], int(found.year or 0))
        check(run, "vulnerability_class", klass, classes)
        found = replace(found, vulnerability_class=klass)
    return found


def _grid_of(run: RunFolder, choice: Choice) -> str:
    return run.measures[choice.measure] if choice.quantity == MEASURE else _GRIDS[choice.quantity]


def _field(run: RunFolder, choice: Choice) -> xr.DataArray:
    grid = run.grid(_grid_of(run, choice))
    match choice.quantity:
        case "sa":
            level = grid["level_cms" if choice.measure == "PGV" else "level_g"]
            level = level.sel(component=choice.component) if "component" in level.dims else level
            return level.sel(year=choice.year, return_period=choice.return_period)
        case "pga" | "share":
            field = grid["level_g"].sel(return_period=choice.return_period, statistic=choice.statistic)
            field = grid["share"].isel(threshold=0) if choice.quantity == "share" else field
            field = field.sel(component=choice.component) if "component" in field.dims else field
            return field.sel(year=choice.year)
        case "lpr":
            return grid["lpr_mean"].sel(vulnerability_class=choice.vulnerability_class, year=choice.year)
        case "buildings":
            shown, _ = building_privacy.cells(grid.sel(year=choice.year, drop=True))
            return shown["mean_above_1e-5"].where(shown["buildings"] > 0.0)
        case "pressure":
            return grid["pressure"].isel(time=int(np.argmax(grid["time"].dt.year.to_numpy() == choice.year)))
        case _:
            return grid["events_per_km2"].sel(year=choice.year)


def _limit(run: RunFolder, choice: Choice) -> float | None:
    match choice.quantity:
        case "pga":
            return run.threshold_g
        case "lpr":
            return norms.limit("veiligheidsnorm")
        case "share":
            return 0.5
        case _:
            return None


def _top(run: RunFolder, choice: Choice) -> float:
    return density.top(run.grid("rate")["events_per_km2"]) if choice.quantity == "rate" else 0.0


def cell_km2(layer: Layer) -> float:
    """Area that one node stands for."""
    return hazard_facts.cell_km2(xr.DataArray(layer.values, coords={"y": layer.y, "x": layer.x}, dims=("y", "x")))


def _worst(lpr: xr.DataArray, year: int) -> str:
    """Class with the highest value anywhere in a year; the first class for a year that is not there."""
    if year not in lpr["year"].to_numpy():
        return str(lpr["vulnerability_class"].to_numpy()[0])
    return str(lpr.sel(year=year).max(("y", "x")).idxmax("vulnerability_class").item())


def _plain(period: float) -> float | int:
    return int(period) if float(period).is_integer() else float(period)


def _ramp(name: str, count: int) -> tuple[str, ...]:
    return tuple(to_hex(colour) for colour in colormaps[name](np.linspace(0.02, 0.98, count)))
