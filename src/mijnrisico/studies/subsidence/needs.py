"""What a question about subsidence reads, and what its run will need."""

from collections.abc import Iterator
from typing import Final

from mijnrisico import data
from mijnrisico.core.resources import GIB, Estimate
from mijnrisico.messages import Phrase
from mijnrisico.studies.preflight import InputRow
from mijnrisico.studies.subsidence import branches, sources
from mijnrisico.studies.subsidence.files import Series
from mijnrisico.studies.subsidence.question import SubsidenceQuestion, role_of

_SECONDS_PER_BOWL: Final = 6e-7
"""Of one convolution, per cell; measured on the packaged question, and a rough guide elsewhere."""
_BASE_SECONDS: Final = 15.0


def estimate(question: SubsidenceQuestion) -> Estimate:
    """Estimate time (two cores), peak memory and disk: members of the band times the years that maps show."""
    cells = sources.lattice(question)
    size = cells.x.size * cells.y.size
    shown, members = len(question.entry.time.shown), question.entry.observations.members
    surfaces = len(branches.surfaces(question.entry.surface))
    bowls = shown * (members + 40 * surfaces) * len(question.entry.activity)
    memory = 0.7 + (4.0 * members * shown * size * 2.0 + 500.0 * size) / GIB
    return Estimate(memory, 0.02 + 100.0 * shown * size / GIB, _BASE_SECONDS + _SECONDS_PER_BOWL * size * bowls)


def datasets(question: SubsidenceQuestion) -> frozenset[str]:
    """Return the names of the packaged datasets that a question reads: those of its map, and of Groningen if asked."""
    field = ("production_by_cluster", "production_clusters", "groningen_outline", "reservoir", "fault_points")
    asked = {"places", "coast", "municipalities", "gas_fields"}
    if any(each.field for each in question.entry.activity):
        asked |= {*field, "static_pressures"}
    if question.entry.observations.packaged:
        asked |= {"published_subsidence", "insar_parcel_rates"}
    return frozenset(asked)


def inputs_table(question: SubsidenceQuestion) -> tuple[InputRow, ...]:
    """Return what a checked question reads: a row for each of its files, and the packaged measurements."""
    return (*_activities(question), *_others(question))


def _activities(question: SubsidenceQuestion) -> Iterator[InputRow]:
    for k, (each, ground) in enumerate(zip(question.entry.activity, question.inputs.ground, strict=True)):

        def file(key: str, number: int = k) -> str:
            path = question.input_files.get(role_of(("activity", number, key)))
            return "–" if path is None else path.name

        if each.field:
            words = Phrase("subsidence.reads.groningen", {"name": each.name})
            yield InputRow("subsidence_activity", "–", None, words, _span(question.years[0], question.years[-1]))
        if ground.polygon is not None:
            area = float(f"{ground.polygon.area / 1e6:.4g}")
            words = Phrase("subsidence.reads.outline", {"name": each.name, "area": area})
            yield InputRow("subsidence_outline", file("outline"), None, words, None)
        if ground.grid is not None:
            cells = int(ground.grid["thickness_m"].notnull().sum())
            words = Phrase("subsidence.reads.grid", {"name": each.name, "cells": cells})
            yield InputRow("subsidence_grid", file("grid"), cells, words, None)
        for key, series in (
            ("pressure", ground.pressure),
            ("production", ground.production),
            ("cooling", ground.cooling),
        ):
            if isinstance(series, Series):
                words = Phrase(f"subsidence.reads.{key}", {"name": each.name})
                span = _span(int(series.years[0]), int(series.years[-1]))
                yield InputRow(f"subsidence_{key}", file(key), series.years.size, words, span)
            elif series is not None:
                moments = series["time"].dt.year.to_numpy()
                words = Phrase("subsidence.reads.pressure_grid", {"name": each.name})
                span = _span(int(moments[0]), int(moments[-1]))
                yield InputRow("subsidence_pressure", file(key), None, words, span)
        if ground.caverns is not None:
            count = len(ground.caverns.names)
            words = Phrase("subsidence.reads.caverns", {"name": each.name, "n": count})
            yield InputRow("subsidence_caverns", file("caverns"), count, words, None)
        if ground.volumes is not None:
            moments = [year for one in ground.volumes.values() for year in (one.years[0], one.years[-1])]
            words = Phrase("subsidence.reads.volumes", {"name": each.name})
            yield InputRow(
                "subsidence_volumes", file("volumes"), None, words, _span(int(min(moments)), int(max(moments)))
            )


def _others(question: SubsidenceQuestion) -> Iterator[InputRow]:
    for name, rows in question.inputs.displacements.items():
        file = question.input_files[f"observations_{name}"].name
        span = _span(int(rows["from_year"].min()), int(rows["to_year"].max()))
        yield InputRow("subsidence_observations", file, len(rows), Phrase(f"subsidence.reads.{name}"), span)
    if question.entry.observations.packaged:
        rows = len(data.table("published_subsidence")) + len(data.table("insar_parcel_rates"))
        yield InputRow("subsidence_observations", "–", rows, Phrase("subsidence.reads.packaged"), None)
    if question.inputs.objects is not None:
        count = len(question.inputs.objects.names)
        words = Phrase("subsidence.reads.objects", {"n": count})
        yield InputRow("subsidence_objects", question.input_files["objects_file"].name, count, words, None)


def _span(start: int, end: int) -> Phrase:
    return Phrase("inputs.span", {"start": start, "end": end})
