"""QuakeML 1.2 as a table of text: one row an event, of its preferred (else first) origin and magnitude."""

from pathlib import Path
from xml.etree import ElementTree

from mijnrisico.core.table import Row, Table, textfile
from mijnrisico.errors import Problem

COLUMNS = (
    "event_id", "time", "lon", "lat", "depth_m", "magnitude", "magnitude_type", "type", "evaluation_mode"
)  # fmt: skip


class _Plain(ElementTree.TreeBuilder):
    """Builds the tree of a document without a DOCTYPE: entities can only be declared in one, in whatever encoding."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse; the parser calls this before it reads what the DOCTYPE declares."""
        raise ValueError(name, pubid, system)


def read(path: Path) -> Table | Problem:
    """Read the events of a QuakeML file; E209 when it is no XML, holds no events, or declares entities (never needed).

    The `line` of a row is the number of the event in the file.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes(), ElementTree.XMLParser(target=_Plain()))
    except (ElementTree.ParseError, LookupError, ValueError):  # no XML, of a type of its own, in an unknown encoding
        return textfile.refused(path.name, "quakeml")
    events = root.findall(".//{*}event")
    if not events:
        return textfile.refused(path.name, "quakeml")
    rows = tuple(Row(number, _cells(event)) for number, event in enumerate(events, start=1))
    return Table(path.name, COLUMNS, rows, dutch=False)


def _cells(event: ElementTree.Element) -> dict[str, str]:
    origin, magnitude = _preferred(event, "origin", "Origin"), _preferred(event, "magnitude", "Magnitude")
    return {
        "event_id": event.get("publicID", ""),
        "time": _value(origin, "time"),
        "lon": _value(origin, "longitude"),
        "lat": _value(origin, "latitude"),
        "depth_m": _value(origin, "depth"),
        "magnitude": _value(magnitude, "mag"),
        "magnitude_type": _text(magnitude, "type"),
        "type": _text(event, "type"),
        "evaluation_mode": _text(origin, "evaluationMode"),
    }


def _preferred(event: ElementTree.Element, name: str, ending: str) -> ElementTree.Element | None:
    wanted = _text(event, f"preferred{ending}ID")
    found = event.findall(f"{{*}}{name}")
    return next((each for each in found if each.get("publicID") == wanted), found[0] if found else None)


def _value(parent: ElementTree.Element | None, name: str) -> str:
    return "" if parent is None else (parent.findtext(f"{{*}}{name}/{{*}}value") or "").strip()


def _text(parent: ElementTree.Element | None, name: str) -> str:
    return "" if parent is None else (parent.findtext(f"{{*}}{name}") or "").strip()
