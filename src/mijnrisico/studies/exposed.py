"""The buildings of a scenario: those of the user's file with the classes read from it, or the default of the field.

    buildings(scenario)       the labelled array of `seismic.exposure.buildings`, in the zones
    problems(checked)         what is to be said about the file, for the check before a run

Where a file does not say the class of a building or the people in it, the mean of the others in the file stands in, and
is counted; nothing is left out but buildings without a zone, which are counted too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from mijnrisico import data
from mijnrisico.core import provenance
from mijnrisico.core.scenario import Checked, Scenario
from mijnrisico.core.scenario.sections import ExposureClassesFile, ExposureFile
from mijnrisico.data.readers import buildings as reader
from mijnrisico.data.readers import class_rules
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.seismic import site
from mijnrisico.seismic.exposure import buildings as exposed
from mijnrisico.seismic.exposure import esrm20, people, rules, synthetic

Array = NDArray[np.float64]

SMALLEST_CELL_M: Final = 1000.0
"""Postcodes are not laid over smaller cells than these: where in a postcode people live is not known anyway."""

_WEIGHTS_KEY: Final = "exposure.mapping"


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The buildings of a file and what was found; no buildings where there is an error. `rows` of the file."""

    buildings: xr.Dataset | None
    problems: tuple[Problem, ...]
    name: str
    format: str = ""
    rows: int = 0


def buildings(scenario: Scenario) -> xr.Dataset:
    """Return the buildings of a scenario that lie in a zone: those of its file, or the packaged default.

    `attrs` has kind ("file" or "synthetic"), source, and what was left out or filled in.

    Raises `InputError` when the file can no longer be read as it was when the scenario was checked.
    """
    path = scenario.input_files.get("exposure")
    if path is None:
        cell = max(float(scenario.hazard.cell), SMALLEST_CELL_M)
        return default(cell, float(scenario.hazard.margin), tuple(scenario.exposure.mapping.items())).copy()
    found = read(
        path,
        scenario.inputs.exposure,
        scenario.input_files.get("exposure_classes"),
        scenario.inputs.exposure_classes,
        scenario.exposure.mapping,
    )
    if found.buildings is None:
        raise InputError(problem for problem in found.problems if problem.code.startswith("E"))
    return found.buildings.copy()


@lru_cache(maxsize=2)
def default(cell_m: float, margin_m: float, weights: tuple[tuple[str, float], ...]) -> xr.Dataset:
    """Return the synthetic buildings on cells of the risk grid; made once per process."""
    return synthetic.of_field(site.hazard_grid(cell_m, margin_m), cell_m, dict(weights))


def problems(checked: Checked) -> Iterator[Problem]:
    """What is to be said about the buildings of a scenario that is being checked, and about the weights of readings."""
    settings, files = checked.inputs, checked.input_files
    if settings is None:
        return
    weights = None if checked.scenario is None else checked.scenario.exposure.mapping
    where = _WEIGHTS_KEY if checked.places is None else checked.places.where(_WEIGHTS_KEY)
    path = files.get("exposure")
    if path is None:
        if weights is not None:
            yield from _unknown_mappings(weights, tuple(esrm20.WEIGHTS), where)
        return
    found = read(path, settings.exposure, files.get("exposure_classes"), settings.exposure_classes, weights)
    for problem in found.problems:
        yield Problem(problem.code, where, problem.params) if problem.where == _WEIGHTS_KEY else problem


def read(
    path: Path,
    settings: ExposureFile,
    rules_path: Path | None,
    rules_settings: ExposureClassesFile,
    weights: Mapping[str, float] | None = None,
) -> Read:
    """Read a file of buildings, and the table of rules beside it; the same files are read once per process.

    Args:
        path: the buildings.
        settings: how the file is read.
        rules_path: table of rules of the user, or none.
        rules_settings: how it is read.
        weights: weight of each mapping, for rules with more than one; by default the packaged weights.
    """
    digests = tuple("" if each is None else provenance.digest_or_nothing(each) for each in (path, rules_path))
    columns = tuple(sorted(settings.columns.items())), tuple(sorted(rules_settings.columns.items()))
    chosen = tuple((weights or esrm20.WEIGHTS).items())
    return _read(path, rules_path, digests, columns, settings.crs, settings.format, chosen)


@lru_cache(maxsize=2)
def _read(
    path: Path,
    rules_path: Path | None,
    digests: tuple[str, ...],
    columns: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]],
    system: str,
    kind: str,
    weights: tuple[tuple[str, float], ...],
) -> Read:
    del digests  # the same names can hold other buildings the next time
    table, found = None, []
    if rules_path is not None:
        given = class_rules.read(rules_path, known=exposed.classes(), columns=dict(columns[1]))
        found += given.problems
        table = None if given.frame is None else rules.of_table(given.frame, exposed.classes())
        found += [] if table is None else rules.problems(table, given.name)
    taken = reader.read(
        path,
        known=exposed.classes(),
        columns=dict(columns[0]),
        crs=system,
        format=kind,  # pyright: ignore[reportArgumentType] - one of the words of the scenario
        with_rules=rules_path is not None,
    )
    found += taken.problems
    if table is None and taken.format in ("esrm20", "nrml"):
        table = esrm20.packaged()
    mapping, wrong = _weights(table, dict(weights))
    found += wrong
    if taken.buildings is None or any(problem.code.startswith("E") for problem in found):
        return Read(None, tuple(found), path.name, taken.format, taken.rows)
    dataset, more = _completed(taken.buildings, table, mapping, path.name, taken.format)
    return Read(dataset, (*found, *more), path.name, taken.format, taken.rows)


def _weights(table: rules.Rules | None, weights: Mapping[str, float]) -> tuple[dict[str, float], list[Problem]]:
    """Return the mappings that count and their weights; E503 for weights of mappings that the rules do not have."""
    if table is None:
        return {exposed.AS_GIVEN: 1.0}, []
    if len(table.mapping) == 1:
        return {table.mapping[0]: 1.0}, []
    wrong = list(_unknown_mappings(weights, table.mapping, _WEIGHTS_KEY))
    return {name: weight for name, weight in weights.items() if weight > 0.0 and name in table.mapping}, wrong


def _unknown_mappings(weights: Mapping[str, float], known: tuple[str, ...], where: str) -> Iterator[Problem]:
    unknown = [name for name, weight in weights.items() if weight > 0.0 and name not in known]
    if unknown:
        example = "mapping = {{ {} }}".format(", ".join(f"{name} = {1.0 / len(known):.3g}" for name in known))
        params = {"key": "mapping", "got": tuple(unknown), "expected": ", ".join(known), "example": example}
        yield Problem("E503", where, params)


def _completed(
    taken: reader.Buildings, table: rules.Rules | None, mapping: Mapping[str, float], name: str, kind: str
) -> tuple[xr.Dataset | None, list[Problem]]:
    """Return the buildings with classes, people and zones for all of them, and what had to be filled in."""
    count = len(taken.building)
    share = np.full((len(mapping), count, len(exposed.classes())), np.nan)
    if table is not None:
        share = rules.shares(table, taken.known, count, tuple(mapping))
    if taken.share is not None:
        stated = ~np.isnan(taken.share[:, 0])
        share[:, stated] = taken.share[stated]
    found, unclassed = _fill_classes(share, taken, table is not None, name)
    if any(problem.code.startswith("E") for problem in found):
        return None, found
    day, night, more = _people(taken, name)
    found += more
    zone = site.zone_of(taken.x, taken.y)
    found += _outside(taken, zone, night, name)
    if any(problem.code.startswith("E") for problem in found):
        return None, found
    pc4, municipality = people.postcode_of(taken.x, taken.y)
    whole = exposed.of(
        taken.building,
        taken.x,
        taken.y,
        share,
        mapping=dict(mapping),
        number=taken.number,
        people_day=day,
        people_night=night,
        zone=zone,
        wierde=taken.wierde,
        pc4=np.where(taken.pc4 == "", pc4, taken.pc4),
        municipality=np.where(taken.municipality == "", municipality, taken.municipality),
        use=taken.use,
        kind="file",
        source=name,
        where=name,
    )
    known = {"format": kind, "without_class": unclassed}
    return exposed.with_zone(whole).assign_attrs(known), found


def _fill_classes(share: Array, taken: reader.Buildings, by_rules: bool, name: str) -> tuple[list[Problem], int]:
    """Put the mean of the others where a building has no class, in place: W413 with how many; E503 where none has."""
    none = np.asarray(np.isnan(share[:, :, 0]).any(axis=0))
    if not none.any():
        return [], 0
    kinds = next((taken.known[key] for key in ("taxonomy", "type", "use") if key in taken.known), taken.building)
    got = tuple(dict.fromkeys(str(each) or "–" for each in kinds[none]))
    where = f"{name} [vulnerability_class]"
    if none.all():
        params = {"got": got[:20], "expected": Phrase("exposure.of_classes"), "example": "URM3L"}
        return [Problem("E503", where, params)], int(none.sum())
    others = taken.number[~none, None]
    share[:, none] = ((share[:, ~none] * others).sum(axis=1) / others.sum())[:, None]
    if not by_rules:
        got = tuple(map(str, taken.building[none]))
    words = {"n": int(none.sum()), "all": none.size, "got": got, **({"of": "type"} if by_rules else {})}
    return [Problem("W413", where, words)], int(none.sum())


def _people(taken: reader.Buildings, name: str) -> tuple[Array, Array, list[Problem]]:
    """Return people by day and at night for every building, and a W413 for each of the two that the file lacks.

    Where the file says nothing, the mean per building of those of which it does, by the number in the row; where it
    says so of none, that of a home in the province of Groningen.
    """
    homes = data.table("esrm20_buildings").query("use == 'residential' and province == 'Groningen'")
    filled: list[Array] = []
    found: list[Problem] = []
    for moment, values, column in zip(
        ("day", "night"), (taken.people_day, taken.people_night), taken.people_columns, strict=True
    ):
        known = ~np.isnan(values)
        total = float(taken.number[known].sum())
        if total > 0.0:
            source, mean = "others", float(values[known].sum()) / total
        else:
            source, mean = "home", float(homes[f"occupants_{moment}"].sum() / homes["buildings"].sum())
        filled.append(np.where(known, values, mean * taken.number))
        if known.all():
            continue
        params = {
            "of": "people" if known.any() else "nobody",
            "moment": Phrase(f"exposure.by_{moment}"),
            "column": column,
            "n": int((~known).sum()),
            "all": known.size,
            "got": tuple(map(str, taken.building[~known])),
            "source": Phrase(f"exposure.mean_of_{source}"),
            "mean": float(f"{mean:.2g}"),
        }
        found.append(Problem("W413", f"{name} [{column}]", params))
    return filled[0], filled[1], found


def _outside(taken: reader.Buildings, zone: NDArray[np.int64], night: Array, name: str) -> list[Problem]:
    """E106 where no building is near the field, else W111 for buildings without a zone, outside and in gaps."""
    without = zone == site.NO_ZONE
    if not without.any():
        return []
    bounds = shapely.union_all(data.polygons("groningen_outline")[1]).bounds
    if without.all():
        own = (taken.x.min(), taken.y.min(), taken.x.max(), taken.y.max())
        boxes = [f"x {box[0]:.0f} – {box[2]:.0f}, y {box[1]:.0f} – {box[3]:.0f}" for box in (own, bounds)]
        names = {"a": Phrase("exposure.buildings"), "b": Phrase("exposure.the_field")}
        return [Problem("E106", name, {"of": "exposure", **names, "box_a": boxes[0], "box_b": boxes[1]})]
    outside_km = np.zeros(without.size)
    outside_km[without] = site.distance_outside_km(taken.x[without], taken.y[without])
    found = []
    for of, rows in (("outside", without & (outside_km > 0.0)), ("buildings", without & (outside_km == 0.0))):
        if not rows.any():
            continue
        share = 100.0 * float(taken.number[rows].sum() / taken.number.sum())
        words: dict[str, object] = {"n": int(rows.sum()), "percent": f"{share:.2g}"}
        words |= {"people": float(f"{night[rows].sum():.4g}")}
        words |= {"got": tuple(map(str, taken.building[rows])), "reach": int(site.ZONE_REACH_M)}
        words |= {"margin_km": site.MODEL_MARGIN_M / 1000.0, "farthest_km": float(f"{outside_km[rows].max():.2g}")}
        found.append(Problem("W111", name, {"of": of, **words}))
    return found
