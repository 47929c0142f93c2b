"""Styles for a GIS, as QML (QGIS) and SLD (OGC): classes of the published palette, so that maps look like the report.

The palette breaks its hue at 0.05 g and at 1e-5 per year. A value on a class border belongs to the class above it, as
the rule says "from 0.05 g"; QGIS counts a border to the class below, so its borders lie a hair lower.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import quoteattr

from mijnrisico import messages
from mijnrisico.messages import Language
from mijnrisico.report.draw import style

_HAIR: Final = 1e-9
_INK: Final = "#1b2433"
SHARE_EDGES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, math.inf)
BUILDING_EDGES: Final = (0.0, 1.0, 5.0, 20.0, 100.0, math.inf)
SHARE_COLOURS: Final = ("#f4f9fd", "#d9e8f4", "#b3cfe5", "#fdb863", "#ef8a3c", "#c2500f")


@dataclass(frozen=True)
class Palette:
    """Classes of a quantity: borders, one colour between each two, and the unit as it is shown."""

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    unit: str

    def labels(self, lang: Language) -> tuple[str, ...]:
        """Return the classes in words: `0.05–0.08 g`, `≥ 0.15 g`."""
        unit = f" {messages.label('units', self.unit, lang)}" if self.unit not in ("", "1") else ""
        written = [_border(edge, lang) for edge in self.edges]
        return tuple(
            f"≥ {low}{unit}" if math.isinf(edge) else f"{low}–{high}{unit}"
            for low, high, edge in zip(written, written[1:], self.edges[1:], strict=False)
        )


PALETTES: Final = {
    "pga": Palette(style.PGA_EDGES_G, style.PGA_COLOURS, "g"),
    "lpr": Palette(style.LPR_EDGES, style.LPR_COLOURS, "1/year"),
    "buildings": Palette(BUILDING_EDGES, style.BUILDINGS_COLOURS, "1"),
    "share": Palette(SHARE_EDGES, SHARE_COLOURS, "1"),
}


def raster_qml(palette: Palette, lang: Language) -> str:
    """Style of a raster with one band."""
    items = "".join(
        f'<item value="{_below(high)}" color="{colour}" alpha="255" label={quoteattr(label)}/>'
        for high, colour, label in zip(palette.edges[1:], palette.colours, palette.labels(lang), strict=True)
    )
    return (
        f'{_HEAD}<pipe><rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" '
        f'classificationMin="{palette.edges[0]:g}" classificationMax="inf"><rastershader>'
        f'<colorrampshader colorRampType="DISCRETE" classificationMode="1" clip="0">{items}</colorrampshader>'
        f"</rastershader></rasterrenderer></pipe></qgis>\n"
    )


def classes_qml(column: str, palette: Palette, lang: Language, *, points: bool = False) -> str:
    """Style of polygons, or points, with a class per colour."""
    make = _point if points else _fill
    ranges = "".join(
        f'<range symbol="{i}" lower="{low:g}" upper="{_below(high, "1e+30")}" label={quoteattr(label)} render="true"/>'
        for i, ((low, high), label) in enumerate(zip(pairwise(palette.edges), palette.labels(lang), strict=True))
    )
    symbols = "".join(make(str(i), colour) for i, colour in enumerate(palette.colours))
    labels = _LABELS if points else ""
    return (
        f'{_HEAD}<renderer-v2 type="graduatedSymbol" attr={quoteattr(column)} graduatedMethod="GraduatedColor" '
        f'symbollevels="0" forceraster="0" enableorderby="0"><ranges>{ranges}</ranges><symbols>{symbols}</symbols>'
        f"</renderer-v2>{labels}</qgis>\n"
    )


def classes_sld(layer: str, column: str, palette: Palette, lang: Language, *, points: bool = False) -> str:
    """Return the same classes as SLD 1.0, for servers and other programs."""
    rules = []
    for (low, high), colour, label in zip(pairwise(palette.edges), palette.colours, palette.labels(lang), strict=True):
        limits = _limit("PropertyIsGreaterThanOrEqualTo", column, low)
        if not math.isinf(high):
            limits = f"<ogc:And>{limits}{_limit('PropertyIsLessThan', column, high)}</ogc:And>"
        fill = f'<Fill><CssParameter name="fill">{colour}</CssParameter></Fill>'
        shape = f"<PolygonSymbolizer>{fill}</PolygonSymbolizer>"
        if points:
            mark = f"<Mark><WellKnownName>circle</WellKnownName>{fill}</Mark>"
            shape = f"<PointSymbolizer><Graphic>{mark}<Size>9</Size></Graphic></PointSymbolizer>"
        rules.append(f"<Rule><Name>{label}</Name><ogc:Filter>{limits}</ogc:Filter>{shape}</Rule>")
    return _sld(layer, "".join(rules))


def outline_qml(width_mm: float = 0.6) -> str:
    """Style of polygons drawn as their edge only."""
    symbol = _symbol("fill", "0", "SimpleFill", style="no", outline_color=_rgba(_INK), outline_width=f"{width_mm}")
    return f'{_HEAD}<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2></qgis>\n'


def contour_qml(chosen: Mapping[str, str | int | float], label: str) -> str:
    """Style of the threshold line of one choice only: black on a wider white line, readable on every class."""
    white = _layer("SimpleLine", line_color=_rgba("#ffffff"), line_width="1.4")
    black = _layer("SimpleLine", line_color=_rgba("#000000"), line_width="0.5")
    symbol = f'<symbol type="line" name="0" alpha="1">{white}{black}</symbol>'
    where = " AND ".join(_is(name, value) for name, value in chosen.items())
    rule = f'<rule key="only" symbol="0" filter={quoteattr(where)} label={quoteattr(label)}/>'
    rules = f'<rules key="all">{rule}</rules>'
    return f'{_HEAD}<renderer-v2 type="RuleRenderer">{rules}<symbols>{symbol}</symbols></renderer-v2></qgis>\n'


def line_qml(colour: str = _INK, width_mm: float = 0.8) -> str:
    """Style of lines in one colour."""
    symbol = _symbol("line", "0", "SimpleLine", line_color=_rgba(colour), line_width=f"{width_mm}")
    return f'{_HEAD}<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2></qgis>\n'


def contours_qml(values: Mapping[float, str], column: str, chosen: Mapping[str, str | int | float], unit: str) -> str:
    """Style of the contours of one choice, each in its own colour, with its value on it."""
    where = " AND ".join(_is(name, value) for name, value in chosen.items())
    rules, symbols = [], []
    for k, (value, colour) in enumerate(values.items()):
        rule = f"{_is(column, value)} AND {where}"
        rules.append(f'<rule key="r{k}" symbol="{k}" filter={quoteattr(rule)} label={quoteattr(f"{value:g} {unit}")}/>')
        white = _layer("SimpleLine", line_color=_rgba("#ffffff"), line_width="1.1")
        line = _layer("SimpleLine", line_color=_rgba(colour), line_width="0.6")
        symbols.append(f'<symbol type="line" name="{k}" alpha="1">{white}{line}</symbol>')
    shown = (
        f'<labeling type="rule-based"><rules key="all"><rule key="only" filter={quoteattr(where)}><settings>'
        f'<text-style fieldName={quoteattr(column)} isExpression="0" fontSize="8" fontFamily="Sans">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255"/></text-style>'
        '<placement placement="2" placementFlags="9" repeatDistance="0"/></settings></rule></rules></labeling>'
    )
    return (
        f'{_HEAD}<renderer-v2 type="RuleRenderer"><rules key="all">{"".join(rules)}</rules>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>{shown}</qgis>\n"
    )


def _is(name: str, value: str | float) -> str:
    """Return a condition on a column, as QGIS writes it."""
    return f"\"{name}\" = '{value}'" if isinstance(value, str) else f'"{name}" = {value:g}'


def line_sld(
    layer: str, colour: str = _INK, width: float = 1.0, chosen: Mapping[str, str | int | float] | None = None
) -> str:
    """Return lines, or edges of polygons, as SLD 1.0; with `chosen` only those of one choice."""
    parts = [_equal(name, value) for name, value in (chosen or {}).items()]
    limits = f"<ogc:Filter><ogc:And>{''.join(parts)}</ogc:And></ogc:Filter>" if parts else ""
    stroke = (
        f'<Stroke><CssParameter name="stroke">{colour}</CssParameter>'
        f'<CssParameter name="stroke-width">{width:g}</CssParameter></Stroke>'
    )
    return _sld(layer, f"<Rule>{limits}<LineSymbolizer>{stroke}</LineSymbolizer></Rule>")


_HEAD: Final = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n<qgis version="3.28.0">'
_LABELS: Final = (
    '<labeling type="simple"><settings><text-style fieldName="place" isExpression="0" fontSize="9" '
    'fontFamily="Sans"><text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255"/></text-style>'
    '<placement placement="6" dist="1"/></settings></labeling>'
)


def _border(edge: float, lang: Language) -> str:
    """Write a border with as many digits as it has: 0.05, 1 × 10⁻⁷."""
    exact = (digits for digits in range(1, 4) if float(f"{edge:.{digits - 1}e}") == edge)
    return messages.number(edge, lang, next(exact, 3))


def _below(edge: float, infinite: str = "inf") -> str:
    return infinite if math.isinf(edge) else f"{edge * (1.0 - _HAIR):.12g}"


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _layer(kind: str, /, **options: str) -> str:
    inner = "".join(f'<Option type="QString" name="{name}" value="{value}"/>' for name, value in options.items())
    return f'<layer class="{kind}" enabled="1" pass="0" locked="0"><Option type="Map">{inner}</Option></layer>'


def _symbol(kind: str, number: str, layer: str, /, **options: str) -> str:
    return f'<symbol type="{kind}" name="{number}" alpha="1">{_layer(layer, **options)}</symbol>'


def _fill(name: str, colour: str) -> str:
    return _symbol("fill", name, "SimpleFill", color=_rgba(colour), style="solid", outline_style="no")


def _point(name: str, colour: str) -> str:
    return _symbol(
        "marker",
        name,
        "SimpleMarker",
        name="circle",
        color=_rgba(colour),
        size="3",
        outline_color=_rgba(_INK),
        outline_width="0.3",
    )


def _limit(operator: str, column: str, value: float) -> str:
    inner = f"<ogc:PropertyName>{column}</ogc:PropertyName><ogc:Literal>{value:.12g}</ogc:Literal>"
    return f"<ogc:{operator}>{inner}</ogc:{operator}>"


def _equal(column: str, value: str | float) -> str:
    inner = f"<ogc:PropertyName>{column}</ogc:PropertyName><ogc:Literal>{value}</ogc:Literal>"
    return f"<ogc:PropertyIsEqualTo>{inner}</ogc:PropertyIsEqualTo>"


def _sld(layer: str, rules: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<StyledLayerDescriptor version="1.0.0" '
        'xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc"><NamedLayer>'
        f"<Name>{layer}</Name><UserStyle><FeatureTypeStyle>{rules}</FeatureTypeStyle></UserStyle></NamedLayer>"
        "</StyledLayerDescriptor>\n"
    )
