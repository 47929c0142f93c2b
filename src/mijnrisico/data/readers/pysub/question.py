"""Records of PySub as the files of a question about subsidence: `question.toml` and the tables that it names.

What PySub sets for each reservoir and a question sets for the whole (basement, Poisson's ratio, strain model and its
constants) becomes alternatives, weighted by the volume that each reservoir loses; values that are alike stay one.
What an ensemble draws from buckets becomes a mean with a relative standard deviation of the volume.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely

from mijnrisico.core import toml
from mijnrisico.data.readers.pysub import levelling
from mijnrisico.data.readers.pysub.notes import GROUPS, Note
from mijnrisico.data.readers.pysub.records import Choices, Input, Reservoir
from mijnrisico.messages import Language, text
from mijnrisico.units import MPA_PER_BAR

QUESTION: Final = "question.toml"
_CRS: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
_DENSITY: Final = 2400.0
"""kg/m3 of the overburden in our rate-type model."""
_RADIUS_M: Final = 30.0
"""Of a cavern: not in PySub, asked for in a table of caverns, and of no weight where its volume loss is given."""
_CELL_M: Final = (20.0, 5_000.0)
_MARGIN_M: Final = (10_000.0, 100_000.0)
_WEIGHT_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Written:
    """The files by name, the question first, and all notes: those of reading and those of writing."""

    files: dict[str, str]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Cause:
    """An activity: its table in the question, its share of the volume, its bottom, its values, strain and kernel."""

    table: dict[str, Any]
    volume_m3: float
    depth_m: float
    values: Mapping[str, Choices]
    compaction: str
    surface: str


def files(inputs: Sequence[Input], found: Sequence[Note], lang: Language) -> Written:
    """Return the files of a question, with the notes as remarks at its head."""
    notes = list(found)
    written: dict[str, str] = {}
    start, end = _period(inputs)
    causes = [*_gas(inputs, start, end, written, notes), *_salt(inputs, start, end, written, notes)]
    tree: dict[str, Any] = {
        "study": "subsidence",
        "title": inputs[0].file.rpartition(".")[0],
        "seed": 1,
        "time": {"start": start, "end": end, "shown": [end]},
        "grid": _grid(inputs, notes),
        "surface": _surface(causes, notes),
    }
    if strain := _strain([cause for cause in causes if cause.compaction], notes):
        tree["strain"] = strain
    tree["activity"] = [cause.table for cause in causes]
    table, more = levelling.table([one for each in inputs for one in each.measured])
    notes += more
    if table:
        written["levelling.csv"] = table
        tree["observations"] = {"levelling": "levelling.csv", "use": False}
    points = {point.name: point for each in inputs for point in each.points}
    tree["point"] = [{"name": p.name, "x_m": float(p.x_m), "y_m": float(p.y_m)} for p in points.values()]
    notes.append(Note("converted", "time", 1, {"start": start, "end": end, "next": end + 1}))
    gathered = _gathered(notes)
    return Written({QUESTION: _head(gathered, lang) + _toml(tree), **written}, tuple(gathered))


def _period(inputs: Sequence[Input]) -> tuple[int, int]:
    """First and last year: a year counts from its begin to its end, so that 2010-01-01 is the end of 2009."""
    tracks = [h.years for each in inputs for r in each.reservoirs for h in r.pressures]
    tracks += [cavern.years for each in inputs for cavern in each.caverns]
    first, last = min(track[0] for track in tracks), max(track[-1] for track in tracks)
    start = int(np.floor(first))
    return start, max(int(np.ceil(last)) - 1, start + 1)


def _gas(inputs: Sequence[Input], start: int, end: int, written: dict[str, str], notes: list[Note]) -> Iterable[_Cause]:
    for each in inputs:
        if each.reservoirs:
            example = each.reservoirs[0]
            top, thickness = _mean(example.values["top_m"]), _mean(example.values["thickness_m"])
            middle: dict[str, object] = {"name": example.name, "top": f"{top:g}", "middle": f"{top + thickness / 2:g}"}
            notes.append(Note("converted", "middle", len(each.reservoirs), middle))
        for reservoir in each.reservoirs:
            slug = _slug(reservoir.name, written)
            years, bar = _mean_history(reservoir, start, end + 1)
            written[f"outline_{slug}.geojson"] = _geojson(reservoir)
            written[f"pressure_{slug}.csv"] = _csv("year,pressure", zip(years, bar, strict=True))
            yield _reservoir(each, reservoir, slug, float(bar[0] - np.min(bar)), notes)


def _reservoir(each: Input, reservoir: Reservoir, slug: str, fall_bar: float, notes: list[Note]) -> _Cause:
    values = dict(reservoir.values)
    top, thickness = _mean(values["top_m"]), _mean(values["thickness_m"])
    rate_type = each.compaction == "rate_type"
    amplitude = values["reference"] if rate_type and "reference" in values else values["compressibility"]
    table: dict[str, Any] = {
        "name": reservoir.name,
        "kind": "gas",
        "outline": f"outline_{slug}.geojson",
        "depth_m": _short(top + 0.5 * thickness),
        "thickness_m": _short(thickness),
        "compressibility_per_bar": _short(_mean(amplitude)),
        "pressure": f"pressure_{slug}.csv",
    }
    if rate_type and "reference" in values:
        values["elastic"] = ((_mean(values["compressibility"]) / _mean(values["reference"]), 1.0),)
        for value, _ in values.get("density", ()):
            if abs(value - _DENSITY) > 1.0:
                notes.append(Note("left", "density", 1, {"value": f"{value:g}"}))
    if each.ensemble:
        falls = tuple((float(h.bar[0] - np.min(h.bar)), h.probability) for h in reservoir.pressures)
        spread = [_variation(one) for one in (amplitude, values["thickness_m"], falls)]
        sd = float(np.sqrt(np.prod([1.0 + cv**2 for cv in spread]) - 1.0))
        table["sd"] = _short(round(sd, 4))
        notes.append(Note("differs", "sd", 1, {"name": reservoir.name, "sd": f"{sd:.3f}"}))
        if len(values["top_m"]) > 1:
            shown = tuple(f"{value:g}" for value, _ in values["top_m"])
            notes.append(Note("left", "depths", len(shown), {"name": reservoir.name, "values": shown}))
        if len(reservoir.pressures) > 1:
            notes.append(Note("differs", "mean_pressure", len(reservoir.pressures), {"name": reservoir.name}))
    table["source"] = each.file
    volume = float(shapely.area(reservoir.outline)) * thickness * _mean(amplitude) * fall_bar
    return _Cause(table, volume, top + thickness, values, each.compaction, each.surface)


def _salt(
    inputs: Sequence[Input], start: int, end: int, written: dict[str, str], notes: list[Note]
) -> Iterable[_Cause]:
    for each in inputs:
        if not each.caverns:
            continue
        slug = _slug(each.file.rpartition(".")[0], written)
        rows = ((c.name, c.x_m, c.y_m, c.top_m, c.top_m + c.length_m, _RADIUS_M) for c in each.caverns)
        written[f"caverns_{slug}.csv"] = _csv("cavern,x_m,y_m,top_m,bottom_m,radius_m", rows)
        losses = [
            (cavern.name, year, volume)
            for cavern in each.caverns
            for year, volume in zip(*_held(cavern.years, cavern.volume_m3, start, end + 1), strict=True)
        ]
        written[f"cavern_volumes_{slug}.csv"] = _csv("cavern,year,volume_loss_m3", losses)
        notes += [
            Note("differs", "caverns", len(each.caverns), {"file": each.file}),
            Note("left", "radius_of_caverns", len(each.caverns), {"radius": f"{_RADIUS_M:g}"}),
        ]
        table = {
            "name": each.file.rpartition(".")[0],
            "kind": "cavern",
            "caverns": f"caverns_{slug}.csv",
            "volumes": f"cavern_volumes_{slug}.csv",
            "source": each.file,
        }
        total = sum(float(cavern.volume_m3[-1]) for cavern in each.caverns)
        for name in ("basement_m", "poisson", "knothe"):
            if len({c.values[name] for c in each.caverns if name in c.values}) > 1:
                notes.append(Note("differs", f"mixed_{name}", len(each.caverns), {"names": (each.file,)}))
        values: dict[str, Choices] = {}
        for name in ("basement_m", "poisson", "knothe"):
            own = [(float(c.volume_m3[-1]), c.values[name]) for c in each.caverns if name in c.values]
            if own:
                values[name] = tuple(_mixture(own).items())
        yield _Cause(table, total, max(c.top_m + c.length_m for c in each.caverns), values, "", each.surface)


def _grid(inputs: Sequence[Input], notes: list[Note]) -> dict[str, float]:
    cells = [each.cell_m for each in inputs if np.isfinite(each.cell_m)]
    radii = [each.radius_m for each in inputs if np.isfinite(each.radius_m)]
    cell = min(cells, default=500.0)
    if len(set(cells)) > 1:
        sides = tuple(f"{side:g}" for side in sorted(set(cells)))
        notes.append(Note("differs", "mixed_cell", len(cells), {"cells": sides, "kept": f"{cell:g}"}))
    kept = float(np.clip(cell, *_CELL_M))
    if kept != cell:
        notes.append(Note("differs", "cell", 1, {"cell": f"{cell:g}", "kept": f"{kept:g}"}))
    margin = max(radii, default=_MARGIN_M[0])
    if radii:
        notes.append(Note("differs", "radius", len(radii), {"radius": f"{margin:g}"}))
    return {"cell_m": _short(kept), "margin_m": _short(min(margin, _MARGIN_M[1]))}


def _surface(causes: Sequence[_Cause], notes: list[Note]) -> dict[str, Any]:
    """Kernel, Poisson's ratio, basement and angle of the whole question."""
    models = [
        (c.volume_m3, "knothe" if c.surface == "knothe" else "van_opstal" if "basement_m" in c.values else "geertsma")
        for c in causes
    ]
    surface: dict[str, Any] = {"model": _shares(models)}
    if len(surface["model"]) > 1:
        notes.append(Note("differs", "mixed_model", len(causes), {"names": tuple(surface["model"])}))
    nuclei = [cause for cause in causes if cause.surface != "knothe"]
    if poisson := _alternatives(nuclei, "poisson", notes):
        surface["poisson"] = _keyed(poisson)
    if basement := _alternatives(nuclei, "basement_m", notes):
        deepest = max(cause.depth_m for cause in causes)
        above = [depth for depth in basement if depth <= deepest]
        if above:
            basement = {depth: weight for depth, weight in basement.items() if depth > deepest}
            shown = tuple(f"{depth:g}" for depth in above)
            notes.append(Note("left", "basement_above", len(above), {"values": shown, "deepest": f"{deepest:g}"}))
        surface["basement_m"] = _keyed(basement)
    angles = _alternatives([cause for cause in causes if cause.surface == "knothe"], "knothe", notes)
    if angles:
        blunt = sum(angle > 90.0 for angle in angles)
        if blunt:
            notes.append(Note("converted", "blunt_angle", blunt, {"example": f"{max(angles):g}"}))
        sharp = {min(angle, 180.0 - angle): weight for angle, weight in angles.items()}
        surface["angle_deg"] = _short(sum(a * w for a, w in sharp.items()) / sum(sharp.values()))
    return surface


def _strain(gas: Sequence[_Cause], notes: list[Note]) -> dict[str, Any]:
    """Strain model and constants of the whole question; a time decay of zero is the linear model."""
    if not gas:
        return {}
    decay = [c for c in gas if c.compaction == "time_decay"]
    prompt = [c for c in decay if _mean(c.values.get("tau", ((0.0, 1.0),))) <= 0.0]
    kinds = [(c.volume_m3, "linear" if c in prompt else c.compaction) for c in gas]
    strain: dict[str, Any] = {"models": _shares(kinds)}
    if len(strain["models"]) > 1:
        notes.append(Note("differs", "mixed_strain", len(gas), {"names": tuple(strain["models"])}))
    slow = [c for c in decay if c not in prompt]
    if slow:
        taus = {tau: w for tau, w in _alternatives(slow, "tau", notes).items() if tau > 0.0}
        strain["decay_years"] = _keyed(taus)
        shown = f"{max(taus):.4g}"
        notes.append(Note("converted", "tau", len(slow), {"years": shown}))
    rate = [c for c in gas if c.compaction == "rate_type"]
    if rate:
        known = {name: _alternatives(rate, name, notes) for name in ("b", "elastic", "rate")}
        b, elastic, bar_per_year = (
            sum(v * w for v, w in one.items()) / sum(one.values()) if one else 0.0 for one in known.values()
        )
        strain["rate_type"] = {
            "b": _short(b),
            "elastic_share": _short(elastic),
            "reference_share": 1.0,
            "reference_rate_mpa_per_year": _short(bar_per_year * MPA_PER_BAR),
        }
        notes.append(Note("converted", "rate_type", len(rate), {"share": f"{elastic:.3g}"}))
    return strain


_OF_ACTIVITY: Final = {"basement_m": "basement_m", "poisson": "overburden_poisson", "tau": "decay_years"}
"""Terms that a question can hold for each activity."""


def _alternatives(causes: Sequence[_Cause], name: str, notes: list[Note]) -> dict[float, float]:
    """Values of a term with weights that sum to 1.

    Where each activity has one value of its own, that stands with the activity, and the value of the largest is the
    one of the question; a note where several values of several activities had to be mixed.
    """
    with_it = [cause for cause in causes if name in cause.values]
    own = [(cause.volume_m3, cause.values[name]) for cause in with_it]
    mixed = _mixture(own)
    if len({choices for _, choices in own}) > 1 and name in _OF_ACTIVITY and all(len(c) == 1 for _, c in own):
        for cause in with_it:
            cause.table[_OF_ACTIVITY[name]] = _short(cause.values[name][0][0])
        return {max(with_it, key=lambda cause: cause.volume_m3).values[name][0][0]: 1.0}
    if len({choices for _, choices in own}) > 1:
        names = tuple(str(cause.table["name"]) for cause in causes if name in cause.values)
        notes.append(Note("differs", f"mixed_{name}", len(own), {"names": names}))
    return mixed


def _mixture(own: Sequence[tuple[float, Choices]]) -> dict[float, float]:
    total = sum(share for share, _ in own)
    mixed: dict[float, float] = {}
    for share, choices in own:
        weight = share / total if total > 0.0 else 1.0 / len(own)
        for value, probability in choices:
            mixed[value] = mixed.get(value, 0.0) + weight * probability
    return dict(sorted(mixed.items()))


def _shares(own: Sequence[tuple[float, str]]) -> dict[str, float]:
    total = sum(share for share, _ in own)
    found: dict[str, float] = {}
    for share, name in own:
        found[name] = found.get(name, 0.0) + (share / total if total > 0.0 else 1.0 / len(own))
    return _exact(found)


def _keyed(weights: Mapping[float, float]) -> dict[str, float]:
    return _exact({f"{value:.10g}": weight for value, weight in weights.items()})


def _exact(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to 1: rounded, the largest takes up what is left."""
    total = sum(weights.values())
    rounded = {name: round(weight / total, _WEIGHT_DIGITS) for name, weight in weights.items()}
    largest = max(rounded, key=rounded.__getitem__)
    others = sum(weight for name, weight in rounded.items() if name != largest)
    return {name: w for name, w in (rounded | {largest: round(1.0 - others, _WEIGHT_DIGITS)}).items() if w > 0.0}


def _mean(choices: Choices) -> float:
    total = sum(probability for _, probability in choices)
    return sum(value * probability for value, probability in choices) / total


def _variation(choices: Choices) -> float:
    """Relative standard deviation of values with probabilities."""
    mean, total = _mean(choices), sum(probability for _, probability in choices)
    variance = sum(probability * (value - mean) ** 2 for value, probability in choices) / total
    return float(np.sqrt(variance)) / abs(mean) if mean else 0.0


def _mean_history(reservoir: Reservoir, start: int, until: int) -> tuple[np.ndarray, np.ndarray]:
    years = np.unique(np.concatenate([history.years for history in reservoir.pressures]))
    total = sum(history.probability for history in reservoir.pressures)
    bar = sum(h.probability / total * np.interp(years, h.years, h.bar) for h in reservoir.pressures)
    return _held(years, np.asarray(bar), start, until)


def _held(years: np.ndarray, values: np.ndarray, start: int, until: int) -> tuple[np.ndarray, np.ndarray]:
    """The history from the begin of the first year to the end of the last, held where it is not known."""
    if years[0] > start:
        years, values = np.insert(years, 0, float(start)), np.insert(values, 0, values[0])
    if years[-1] < until:
        years, values = np.append(years, float(until)), np.append(values, values[-1])
    return years, values


def _geojson(reservoir: Reservoir) -> str:
    shape = json.loads(shapely.to_geojson(shapely.set_precision(reservoir.outline, 0.1)))
    feature = {"type": "Feature", "properties": {"name": reservoir.name}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "crs": _CRS, "features": [feature]}, ensure_ascii=False) + "\n"


def _csv(head: str, rows: Iterable[Iterable[Any]]) -> str:
    lines = (",".join(_cell(value) for value in row) for row in rows)
    return "\n".join([head, *lines]) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value.replace(chr(34), chr(34) * 2)}"' if re.search(r'[,"\n;]', value) else value
    return f"{float(value):.10g}"


def _short(value: float) -> float:
    return float(f"{value:.10g}")


def _slug(name: str, written: Mapping[str, str]) -> str:
    """A name of a file: letters, digits and _, not yet there."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "field"
    slug, number = base, 2
    while any(slug == re.sub(r"^(outline|pressure|caverns|cavern_volumes)_|\.\w+$", "", there) for there in written):
        slug, number = f"{base}_{number}", number + 1
    return slug


def _gathered(notes: Sequence[Note]) -> list[Note]:
    """Notes in their groups, the same one once with its counts together."""
    first: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = (note.kind, json.dumps(note.params, default=str, sort_keys=True))
        first[key] = replace(note, n=note.n + first[key].n) if key in first and note.kind == "density" else note
    return sorted(first.values(), key=lambda note: GROUPS.index(note.group))


def _head(notes: Sequence[Note], lang: Language) -> str:
    lines = [text("pysub.head", lang)]
    for group in GROUPS:
        own = [note for note in notes if note.group == group]
        if own:
            lines += ["", text(f"pysub.groups.{group}", lang, n=len(own))]
            lines += [f"- {note.text(lang)}" for note in own]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"


def _toml(tree: Mapping[str, Any]) -> str:
    """TOML with tables, and lists of tables as [[name]]."""
    plain = {key: value for key, value in tree.items() if not isinstance(value, Mapping | list)}
    lines = [f"{key} = {toml.written(value)}" for key, value in plain.items()]
    for key, value in tree.items():
        if key in plain:
            continue
        for table in value if isinstance(value, list) else [value]:
            lines += ["", f"[[{key}]]" if isinstance(value, list) else f"[{key}]"]
            lines += [f"{inner} = {toml.written(each)}" for inner, each in table.items()]
    return "\n".join(lines) + "\n"
