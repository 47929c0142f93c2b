"""`mijnrisico damage`: what the earthquakes so far may have done to a masonry wall at a point."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.drawn import Point
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import files
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

if TYPE_CHECKING:
    from mijnrisico.studies.damage import Chance, Damage

_SHOWN: Final = 8
"""Earthquakes in the table on the screen; all of them are in the CSV and in JSON."""


def damage(
    *,
    rd: Annotated[Point | None, option("damage_rd", "--rd")] = None,
    lonlat: Annotated[Point | None, option("damage_lonlat", "--lonlat")] = None,
    place: Annotated[str | None, option("site_place", "--place")] = None,
    since: Annotated[str, option("damage_since", "--since")] = "",
    vs30: Annotated[float | None, option("damage_vs30", "--vs30")] = None,
    out: Annotated[Path | None, option("damage_out", "--out")] = None,
    force: Annotated[bool, option("force", "--force")] = False,
    common: Common = COMMON,
) -> int:
    """Answer for one point."""
    with common.inside():
        if out is not None and (problems := outputs.unwritable(out, force=force)):
            raise InputError(problems)
        x, y = _point(rd, lonlat, place)
        from mijnrisico.studies import damage as study

        found = study.history(x, y, since=since, vs30_m_s=vs30)
        if out is not None:
            files.write_text(out, found.events.to_csv(index=False, float_format="%.6g"))
        if common.json:
            show.as_json(_told(found))
            return 0
        _say(found, out, common)
    return 0


def _point(rd: Point | None, lonlat: Point | None, place: str | None) -> Point:
    """The point in RD New (m); raises `InputError` E503 unless it is given in one way, E412 for an unknown place."""
    if sum(way is not None for way in (rd, lonlat, place)) != 1:
        params = {"got": "–", "expected": Phrase("expected.damage_way"), "example": "--rd 245459 594583"}
        raise InputError(Problem("E503", "mijnrisico damage", params))
    from mijnrisico.data.readers import sites

    asked, problems = sites.at(rd=rd, lonlat=lonlat) if place is None else sites.named(place)
    if problems:
        raise InputError(problems)
    return asked[0].x, asked[0].y


def _told(found: "Damage") -> dict[str, Any]:
    """Return everything for a program, numbers unrounded."""
    return {
        "x_rd": found.x,
        "y_rd": found.y,
        "zone": found.zone,
        "vs30_m_s": found.vs30_m_s,
        "component": "larger",
        "catalogue": {"first": found.first, "last": found.last, "smaller": found.smaller, "farther": found.farther},
        "new_crack": {"remembering": found.new.remembering, "memoryless": found.new.memoryless},
        "grown_crack": {"remembering": found.grown.remembering, "memoryless": found.grown.memoryless},
        "beyond_model": found.outside,
        "levels": show.records(found.levels),
        "events": show.records(found.events),
    }


def _say(found: "Damage", out: Path | None, common: Common) -> None:
    lang = common.language
    console = show.console(no_color=common.no_color)

    def tell(key: str, **params: object) -> None:
        console.print(messages.text(f"damage.{key}", lang, **params), markup=False, soft_wrap=True)

    tell("point", x=f"{found.x:.0f}", y=f"{found.y:.0f}", vs30=messages.fixed(found.vs30_m_s, lang, 0))
    if found.events.empty:
        tell("nothing")
    else:
        tell("counted", n=len(found.events), first=found.first, last=found.last)
        _strongest(found, common)
        _levels(found, common)
        tell("new", range=_range(found.new, common))
        tell("grown", range=_range(found.grown, common))
        tell("bounds")
        if found.outside >= 0.01:
            tell("outside", percent=_percent(found.outside, common))
    tell("limits")
    tell("cause")
    if out is not None:
        written = messages.text("explore.table.written", lang, files=out.as_posix())
        console.print(written, markup=False, soft_wrap=True)


def _strongest(found: "Damage", common: Common) -> None:
    lang = common.language
    names = ("date", "place", "magnitude", "away", "median", "p84", "p99", "alone", "share")
    rows = []
    for row in show.records(found.events.head(_SHOWN)):
        speeds = [messages.number(float(row[name]), lang) for name in _SPEEDS]
        size = messages.fixed(float(row["magnitude"]), lang, 1)
        away = messages.fixed(float(row["epicentral_km"]), lang, 1)
        chances = [_percent(float(row[name]), common) for name in ("new_crack", "share")]
        rows.append([str(row["time_utc"])[:10], str(row["place"]), size, away, *speeds, *chances])
    title = messages.text("damage.strongest", lang, n=len(rows))
    headings = [messages.text(f"damage.table.{name}", lang) for name in names]
    show.table(headings, rows, title=title, no_color=common.no_color)


_SPEEDS: Final = ("pgv_median_mm_s", "pgv_p84_mm_s", "pgv_p99_mm_s")


def _levels(found: "Damage", common: Common) -> None:
    lang = common.language
    rows = [
        [
            messages.number(float(row["level_mm_s"]), lang),
            str(int(row["events"])),
            messages.fixed(float(row["expected"]), lang, 1),
        ]
        for row in show.records(found.levels)
    ]
    headings = [messages.text(f"damage.table.{name}", lang) for name in ("level", "events", "expected")]
    show.table(headings, rows, no_color=common.no_color)


def _range(chance: "Chance", common: Common) -> str:
    """Write a chance as the range between its two readings, or once where they are written alike."""
    low, high = (_percent(each, common) for each in (chance.remembering, chance.memoryless))
    return low if low == high else f"{low} – {high}"


def _percent(share: float, common: Common) -> str:
    """Write a probability as a percentage, whole from 10 % on; below 0.01 and above 99 as that: nothing is certain."""
    lang, percent = common.language, 100.0 * share
    if percent < 0.01:
        return f"< {messages.number(0.01, lang, 1)} %"
    if percent > 99.0:
        return "> 99 %"
    return f"{messages.fixed(percent, lang, 0) if percent >= 10.0 else messages.number(percent, lang)} %"
