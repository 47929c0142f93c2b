"""`mijnrisico shake`: the motion of one earthquake on the map, at places and beside what was recorded."""

from math import exp, hypot, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from mijnrisico import front, messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem

if TYPE_CHECKING:
    from mijnrisico.front.shaken import Shaken

Component = Literal["geometric_mean", "arbitrary", "larger", "max_rotated"]
Surface = Literal["regular", "wierde"]
Point = tuple[float, float]


def shake(
    *,
    event: Annotated[str | None, option("shake_event", "--event")] = None,
    place: Annotated[str | None, option("shake_place", "--place")] = None,
    rd: Annotated[Point | None, option("shake_rd", "--rd")] = None,
    lonlat: Annotated[Point | None, option("shake_lonlat", "--lonlat")] = None,
    magnitude: Annotated[float | None, option("shake_magnitude", "--magnitude")] = None,
    depth: Annotated[float | None, option("shake_depth", "--depth")] = None,
    measure: Annotated[str, option("shake_measure", "--measure")] = "PGA",
    motion: Annotated[str, option("shake_motion", "--motion")] = "V7",
    component: Annotated[Component | None, option("shake_component", "--component")] = None,
    surface: Annotated[Surface, option("shake_surface", "--surface")] = "regular",
    records: Annotated[Path | None, option("shake_records", "--records")] = None,
    correlation_length: Annotated[float | None, option("shake_length", "--correlation-length")] = None,
    sites: Annotated[Path | None, option("shake_sites", "--sites")] = None,
    cell: Annotated[float, option("shake_cell", "--cell")] = 1000.0,
    threshold: Annotated[float | None, option("shake_threshold", "--threshold")] = None,
    out: Annotated[Path | None, option("figure_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Compute, draw and tell."""
    with common.inside():
        taken = [] if out is None or force else [p for p in (out, out.with_suffix(".csv")) if p.exists()]
        if taken:
            raise InputError(Problem("E716", "--out", {"file": path.as_posix()}) for path in taken)
        found = front.shake(
            event=event,
            place=place,
            rd=rd,
            lonlat=lonlat,
            magnitude=magnitude,
            depth=depth,
            measure=measure,
            motion=motion,
            component=component,
            surface=surface,
            records=records,
            correlation_length=correlation_length,
            sites=sites,
            cell=cell,
            threshold=threshold,
        )
        written = _written(found, out, common)
        if common.json:
            show.as_json(_told(found, written, common))
        else:
            show.problems(found.problems, common.language, no_color=common.no_color)
            _say(found, written, common)
    return 0


def _written(found: "Shaken", out: Path | None, common: Common) -> tuple[str, ...]:
    """Save the figure with its numbers, or the numbers alone where figures cannot be drawn."""
    if not front.can_draw():
        from mijnrisico.core import files

        path = Path(f"shaking_{found.measure}.csv".lower()) if out is None else out.with_suffix(".csv")
        files.write_text(path, found.table().to_csv(index=False, float_format="%.6g"))
        return (path.as_posix(),)
    picture = found.map(common.language)
    path = Path(f"{picture.drawing.name}.{common.language}.svg") if out is None else out
    return tuple(file.as_posix() for file in picture.save(path))


def _told(found: "Shaken", written: tuple[str, ...], common: Common) -> dict[str, object]:
    """Return everything for a program, numbers unrounded."""
    attrs = found.grid.attrs
    return {
        "event": found.about(),
        "measure": found.measure,
        "unit": found.unit,
        "component": attrs["component"],
        "surface": attrs["surface"],
        "threshold": found.threshold,
        "event_term_ln": attrs["event_term"],
        "event_term_sd_ln": attrs["event_term_sd"],
        "correlation_length_km": attrs.get("correlation_length_km"),
        "epicentre": show.records(found.at_epicentre())[0],
        "sites": show.records(found.at_sites()),
        "records": show.records(found.records()),
        "recorded_peaks": show.records(found.peaks),
        "files": written,
        "warnings": [show.as_dict(problem, common.language) for problem in found.problems],
    }


def _say(found: "Shaken", written: tuple[str, ...], common: Common) -> None:
    lang = common.language
    out = show.console(no_color=common.no_color)
    for line in _lines(found, common):
        out.print(line, markup=False, soft_wrap=True)
    _places(found, common)
    if found.used:
        _records(found, common)
    for line in _after(found, common):
        out.print(line, markup=False, soft_wrap=True)
    files = ", ".join(written)
    out.print(messages.text("explore.table.written", lang, files=files), markup=False, soft_wrap=True)


def _lines(found: "Shaken", common: Common) -> list[str]:
    """What the event is, what is shown, and the highest median."""
    import numpy as np

    lang, attrs = common.language, found.grid.attrs
    middle = found.grid["level"].sel(fractile=0.5).to_numpy()
    event = f"{found.name} {found.when}".strip()
    numbers = {
        "magnitude": messages.number(found.event.magnitude, lang),
        "depth": messages.number(found.depth_km, lang),
    }
    named = {name: messages.text(f"report.shaken.{name}.{attrs[name]}", lang) for name in ("component", "surface")}
    lines = [
        messages.text("shaken.event", lang, event=event, **numbers),
        messages.text("shaken.what", lang, measure=found.measure, motion=found.motion, **named),
    ]
    if not np.isfinite(middle).any():
        return lines
    at = int(np.nanargmax(middle))
    low, level, high = (_level(float(v), found, common) for v in found.grid["level"].to_numpy()[:, at])
    away_km = hypot(float(found.grid["x"][at]) - found.event.x, float(found.grid["y"][at]) - found.event.y) / 1000.0
    away = messages.fixed(away_km, lang, 1)
    lines.append(messages.text("shaken.largest", lang, away=away, level=level, low=low, high=high))
    if found.threshold is not None and (middle >= found.threshold).any():
        area = float((middle >= found.threshold).sum()) * (float(attrs["cell_m"]) / 1000.0) ** 2
        shown = _level(found.threshold, found, common)
        lines.append(messages.text("shaken.area", lang, area=messages.fixed(area, lang, 0), threshold=shown))
    return lines


def _places(found: "Shaken", common: Common) -> None:
    lang, limit = common.language, found.threshold
    headings = [messages.text(f"shaken.table.{name}", lang) for name in ("name", "away", "p10", "p50", "p90")]
    if limit is not None:
        headings.append(messages.text("shaken.table.above", lang, threshold=_level(limit, found, common)))
    at_epicentre = (messages.text("shaken.table.epicentre", lang), 0.0, *found.at_epicentre().to_numpy()[0, 2:])
    places = found.at_sites().sort_values("epicentral_km", kind="stable").drop(columns=["x_rd", "y_rd"])
    rows = []
    for name, away, *values in (at_epicentre, *places.to_numpy()):
        levels = [_level(float(value), found, common) for value in values[:3]]
        chance = [] if limit is None else [_percent(float(values[3]), common)]
        rows.append([str(name), messages.fixed(float(away), lang, 1), *levels, *chance])
    show.table(headings, rows, no_color=common.no_color)


def _records(found: "Shaken", common: Common) -> None:
    lang = common.language
    headings = [messages.text(f"shaken.table.{name}", lang) for name in ("name", "recorded", "fraction", "residual")]
    rows = [
        [
            str(name),
            _level(float(value), found, common),
            _percent(float(fraction), common),
            messages.fixed(float(residual), lang, 2) if isfinite(residual) else "–",
        ]
        for name, _, _, _, value, fraction, residual in found.records().to_numpy()
    ]
    show.table(headings, rows, title=messages.text("shaken.records", lang), no_color=common.no_color)


def _after(found: "Shaken", common: Common) -> list[str]:
    """What the records say of the event, which were not used, and the published maximum."""
    lang, attrs = common.language, found.grid.attrs
    lines = []
    if found.used:
        factor = messages.number(exp(float(attrs["event_term"])), lang)
        sd = messages.number(float(attrs["event_term_sd"]), lang)
        lines.append(messages.text("shaken.given", lang, factor=factor, sd=sd))
        length = messages.number(float(attrs["correlation_length_km"]), lang)
        lines.append(messages.text("shaken.correlation", lang, length=length))
        if zoneless := int(found.grid["record_fraction"].isnull().sum()):
            lines.append(messages.text("shaken.zoneless", lang, n=zoneless))
    if found.unused:
        lines.append(messages.text("shaken.unused", lang, n=found.unused))
    for row in show.records(found.peaks):
        ring = row["epicentral_km"] is not None
        distance = {"distance": messages.number(float(row["epicentral_km"]), lang)} if ring else {}
        where = messages.text("shaken.peak_ring" if ring else "shaken.peak_epicentre", lang, **distance)
        station = messages.text("shaken.peak_station", lang, station=row["station"]) if row["station"] else ""
        values = {"recorded": row["recorded"], "middle": row["p50"], "low": row["p10"], "high": row["p90"]}
        shown = {name: _level(float(value), found, common) for name, value in values.items()}
        percent = _percent(float(row["fraction"]), common)
        lines.append(messages.text("shaken.peak", lang, station=station, where=where, percent=percent, **shown))
    if len(found.peaks):
        lines.append(messages.text("shaken.peak_note", lang))
    elif found.when and not found.used:
        lines.append(messages.text("shaken.no_peak", lang))
    return lines


def _level(value: float, found: "Shaken", common: Common) -> str:
    if not isfinite(value):
        return "–"
    least = "< " if value <= found.floor * (1.0 + 1e-9) else ""
    return f"{least}{messages.number(value, common.language)} {found.unit}"


def _percent(share: float, common: Common) -> str:
    """Write a probability as a percentage; less than a thousandth of a percent as that."""
    if not isfinite(share):
        return "–"
    percent = 100.0 * share
    return (
        f"< {messages.number(0.001, common.language, 1)} %"
        if percent < 0.001
        else f"{messages.number(percent, common.language)} %"
    )
