"""Source models and site models in NRML, the exchange format of OpenQuake (versions 0.4 and 0.5).

    found = read(Path("sources.xml"))
    found.sources     point and area sources with their rates, depths and strikes
    found.sites       lon, lat, vs30 of a site model

Read: point and area sources; truncated Gutenberg-Richter and incremental magnitude distributions; distributions of
nodal planes and of hypocentral depths. Any other kind of source or distribution is an error that names it. Of a nodal
plane only the strike is kept: ruptures here are vertical, and no model asks for the rake. Scaling relations, aspect
ratios and seismogenic depths are not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from mijnrisico.core.table import textfile
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase

BIN: Final = 0.1
"""Width of the magnitude bins into which a Gutenberg-Richter law is cut, unless another is asked."""
SUM_TOLERANCE: Final = 1e-6
_SOURCES: Final = ("pointSource", "areaSource")
_LAWS: Final = ("truncGutenbergRichterMFD", "incrementalMFD")


@dataclass(frozen=True, slots=True)
class Source:
    """One source: a place or an outline (degrees), annual rate per magnitude, weighted depths (km) and strikes."""

    name: str
    place: shapely.Point | shapely.Polygon
    magnitude: np.ndarray
    rate: np.ndarray
    depth: tuple[tuple[float, float], ...]
    strike: tuple[tuple[float, float], ...]
    scaling: str = ""


@dataclass(frozen=True, slots=True)
class SitePoint:
    """One site: place in degrees, Vs30 in m/s where the file has it, else NaN."""

    name: str
    lon: float
    lat: float
    vs30: float = float("nan")


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds; nothing where there is an error."""

    name: str
    sources: tuple[Source, ...] = ()
    sites: tuple[SitePoint, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Plain(ElementTree.TreeBuilder):
    """Builds the tree of a document without a DOCTYPE: entities can only be declared in one, in whatever encoding."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse; the parser calls this before it reads what the DOCTYPE declares."""
        raise ValueError(name, pubid, system)


def root_of(path: Path, refusal: str) -> Element | Problem:
    """Return the root of an XML document; E209 for a closed file, and with `refusal` for one that is none or declares.

    A DOCTYPE is refused, see `_Plain`.
    """
    try:
        return ElementTree.fromstring(path.read_bytes(), ElementTree.XMLParser(target=_Plain()))
    except OSError as error:
        return textfile.refused(path.name, "closed", reason=error.strerror or type(error).__name__)
    except (ElementTree.ParseError, LookupError, ValueError):
        return textfile.refused(path.name, refusal)


def read(path: Path, *, bin_width: float = BIN) -> Read:
    """Read a source model or a site model; every problem of the file at once."""
    root = root_of(path, "nrml")
    if isinstance(root, Problem):
        return Read(path.name, problems=(root,))
    model, sites = root.find("{*}sourceModel"), root.find("{*}siteModel")
    if _tag(root) != "nrml" or (model is None and sites is None):
        return Read(path.name, problems=(textfile.refused(path.name, "nrml"),))
    if model is None:
        assert sites is not None
        return _site_model(sites, path.name)
    return _source_model(model, path.name, bin_width)


class _Wrong(Exception):  # noqa: N818 - carries a problem through the parsing of one source
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def _source_model(model: Element, name: str, bin_width: float) -> Read:
    found = [each for each in model.iter() if _tag(each).endswith("Source") and _tag(each) != "source"]
    others: dict[str, list[str]] = {}
    for each in found:
        if _tag(each) not in _SOURCES:
            others.setdefault(_tag(each), []).append(each.get("id", "?"))
    problems = [_unsupported(name, kind, ids) for kind, ids in others.items()]
    if not found:
        return Read(name, problems=(textfile.refused(name, "nrml"),))
    sources: list[Source] = []
    for each in found:
        if _tag(each) in _SOURCES:
            try:
                sources.append(_source(each, name, bin_width))
            except _Wrong as wrong:
                problems.append(wrong.problem)
    return Read(name, problems=tuple(problems)) if problems else Read(name, tuple(sources))


def _unsupported(file: str, kind: str, ids: Sequence[str]) -> Problem:
    return textfile.refused(file, "nrml_kind", what=kind, ids=tuple(ids), n=len(ids))


def _source(element: Element, file: str, bin_width: float) -> Source:
    called = element.get("id") or element.get("name") or "?"
    where = f"{file} [{called}]"
    place = _point(element, where) if _tag(element) == "pointSource" else _polygon(element, where)
    magnitude, rate = _law(element, where, bin_width)
    depth = _shares(element, "hypoDepthDist", "hypoDepth", "depth", where)
    strike = _shares(element, "nodalPlaneDist", "nodalPlane", "strike", where)
    for value, _ in depth:
        if not 0.0 < value <= 700.0:
            raise _Wrong(_wrong(where, f"depth = {value:g}", Phrase("nrml.depth"), 'depth="3.0"'))
    scaling = (element.findtext("{*}magScaleRel") or "").strip()
    return Source(called, place, magnitude, rate, depth, strike, scaling)


def _point(element: Element, where: str) -> shapely.Point:
    pair = _floats(element.findtext(".//{*}pos"), where, "pos")
    if len(pair) != 2 or not _on_earth(pair):
        raise _Wrong(_wrong(where, f"pos = {pair}", Phrase("expected.latitude"), "<gml:pos>6.8 53.3</gml:pos>"))
    return shapely.Point(pair)


def _polygon(element: Element, where: str) -> shapely.Polygon:
    if len(element.findall(".//{*}exterior")) != 1 or element.find(".//{*}interior") is not None:
        raise _Wrong(_unsupported(where, "interior", [where]))
    values = _floats(element.findtext(".//{*}exterior//{*}posList"), where, "posList")
    pairs = list(zip(values[::2], values[1::2], strict=False))
    example = "<gml:posList>6.6 53.2 6.9 53.2 6.9 53.4</gml:posList>"
    if len(values) % 2 or len(pairs) < 3 or not all(map(_on_earth, pairs)):
        raise _Wrong(_wrong(where, f"posList ({len(values)})", Phrase("nrml.ring"), example))
    ring = shapely.Polygon(pairs)
    if not ring.is_valid or ring.area == 0.0:
        raise _Wrong(_wrong(where, "posList", Phrase("nrml.ring"), example))
    return ring


def _on_earth(pair: Sequence[float]) -> bool:
    return abs(pair[0]) <= 180.0 and abs(pair[1]) <= 90.0


def _law(element: Element, where: str, bin_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Centres of magnitude bins and their annual rates."""
    laws = [each for each in element if _tag(each).endswith("MFD")]
    if len(laws) != 1 or _tag(laws[0]) not in _LAWS:
        raise _Wrong(_unsupported(where, ", ".join(_tag(each) for each in laws) or "MFD", [where]))
    law = laws[0]
    if _tag(law) == "incrementalMFD":
        first, width = (_number(law, name, where) for name in ("minMag", "binWidth"))
        rates = np.array(_floats(law.findtext("{*}occurRates"), where, "occurRates"))
        if not rates.size or (rates < 0.0).any() or width <= 0.0:
            raise _Wrong(_wrong(where, "incrementalMFD", Phrase("nrml.rates"), "<occurRates>0.01 0.008</occurRates>"))
        return first + width * np.arange(rates.size), rates
    a, b, low, high = (_number(law, name, where) for name in ("aValue", "bValue", "minMag", "maxMag"))
    if b <= 0.0 or high <= low:
        example = 'aValue="1.0" bValue="1.0" minMag="1.5" maxMag="6.0"'
        raise _Wrong(_wrong(where, f"b = {b:g}, {low:g} – {high:g}", Phrase("nrml.law"), example))
    return gutenberg_richter(a, b, low, high, bin_width)


def gutenberg_richter(a: float, b: float, low: float, high: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Bins of a truncated Gutenberg-Richter law: N(m) = 10^(a - b m) - 10^(a - b high) events a year of at least m.

    Bins of `width` begin at `low`; the last ends at `high`, so that no rate is lost. Returns centres and rates.
    """
    count = max(1, int(np.ceil((high - low) / width - 1e-9)))
    edges = np.append(low + width * np.arange(count), high)
    above = 10.0 ** (a - b * edges)
    return (edges[:-1] + edges[1:]) / 2.0, -np.diff(above)


def _shares(element: Element, group: str, name: str, value: str, where: str) -> tuple[tuple[float, float], ...]:
    """Values with their probabilities, which must sum to one."""
    found = element.findall(f"{{*}}{group}/{{*}}{name}")
    pairs = tuple((_number(each, value, where), _number(each, "probability", where)) for each in found)
    total = sum(share for _, share in pairs)
    if not pairs or abs(total - 1.0) > SUM_TOLERANCE or any(share < 0.0 for _, share in pairs):
        weights = tuple(Phrase("scenario.weight", {"name": f"{each:g}", "weight": share}) for each, share in pairs)
        raise _Wrong(Problem("E504", where, {"key": group, "sum": total, "weights": weights or ("–",)}))
    return pairs


def _site_model(model: Element, name: str) -> Read:
    sites: list[SitePoint] = []
    problems: list[Problem] = []
    for number, each in enumerate(model.findall("{*}site"), start=1):
        where = f"{name} [site {number}]"
        try:
            sites.append(_site(each, number, where))
        except _Wrong as wrong:
            problems.append(wrong.problem)
    if not sites and not problems:
        problems.append(textfile.refused(name, "nrml"))
    return Read(name, problems=tuple(problems)) if problems else Read(name, sites=tuple(sites))


def _site(element: Element, number: int, where: str) -> SitePoint:
    pair = (_number(element, "lon", where), _number(element, "lat", where))
    if not _on_earth(pair):
        raise _Wrong(_wrong(where, f"{pair[0]:g} {pair[1]:g}", Phrase("expected.latitude"), 'lon="6.8" lat="53.3"'))
    vs30 = _number(element, "vs30", where) if element.get("vs30") is not None else float("nan")
    return SitePoint(element.get("custom_site_id") or f"site {number}", *pair, vs30)


def _number(element: Element, name: str, where: str) -> float:
    values = _floats(element.get(name), where, name)
    if len(values) != 1:
        raise _Wrong(_wrong(where, f"{name} = {element.get(name)}", Phrase("expected.float_type"), f'{name}="1.0"'))
    return values[0]


def _floats(text: str | None, where: str, name: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in (text or "").split())
    except ValueError:
        values = (float("nan"),)
    if not all(map(np.isfinite, values)):
        raise _Wrong(_wrong(where, f"{name} = {(text or '')[:40]}", Phrase("expected.float_type"), f'{name}="1.0"'))
    return values


def _wrong(where: str, got: str, expected: Phrase, example: str) -> Problem:
    return Problem("E503", where, {"got": got, "expected": expected, "example": example})


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
