"""A sheet: a figure with its finding above it and its source below it, and how it becomes SVG.

A figure is laid out in inches. Standing alone it carries its title, subtitle and source; inside the report
the page prints those as text, so the same drawing is cropped to its middle by moving the view box.
"""

import io
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar
from xml.sax.saxutils import escape

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from mijnrisico.report.draw import style

P = ParamSpec("P")
R = TypeVar("R")

WIDTH_IN = 8.4
_LEFT_IN = 0.12
_POINTS = 72.0
_TITLE_LINE_IN = 0.235
_SMALL_LINE_IN = 0.175
_LAST_LINE = 0.35  # of the width: a last line shorter than this takes words from those above it


@dataclass(frozen=True)
class Drawing:
    """A figure with everything a reader needs beside it, and the data behind it.

    `name` is the file name without ending, `title` the finding, `subtitle` what is drawn and in which unit,
    `reading` how to read it, `alt` the same in words for who cannot see it, `source` where it comes from.
    """

    name: str
    figure: Figure
    data: pd.DataFrame
    title: str
    subtitle: str
    reading: str
    alt: str
    source: str


@dataclass(frozen=True)
class Sheet:
    """Paper on which axes are placed in inches from the lower left corner of the drawing."""

    figure: Figure
    width: float
    height: float
    foot: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes; all lengths in inches."""
        total_width, total_height = self.figure.get_size_inches()
        box = (left / total_width, (self.foot + bottom) / total_height, width / total_width, height / total_height)
        return self.figure.add_axes(box)

    def text(self, left: float, bottom: float, words: str, **style_: object) -> None:
        """Write text; position in inches."""
        self.figure.text(
            left,
            self.foot + bottom,
            words,
            transform=self.figure.dpi_scale_trans,
            **style_,  # pyright: ignore[reportArgumentType]
        )

    def add(self, artist, bottom: float = 0.0):
        """Add a patch or line whose coordinates are inches of the drawing."""
        shift = Affine2D().translate(0.0, self.foot + bottom)
        artist.set_transform(shift + self.figure.dpi_scale_trans)
        self.figure.add_artist(artist)
        return artist


def sheet(height: float, title: str, subtitle: str, source: str, width: float = WIDTH_IN) -> Sheet:
    """Make a sheet of `width` x `height` inches for the drawing, with room for the texts above and below it."""
    titles = _lines(title, 82)
    subtitles = _lines(subtitle, 118)
    sources = [line for part in source.split("\n") for line in _lines(part, 138)]
    head = 0.16 + _TITLE_LINE_IN * len(titles) + _SMALL_LINE_IN * len(subtitles) + 0.12
    foot = 0.16 + _SMALL_LINE_IN * len(sources)
    total = head + height + foot
    figure = Figure(figsize=(width, total))
    top = total - 0.12
    for line in titles:
        top -= _TITLE_LINE_IN
        _line(figure, top, line, fontsize=12, fontweight="bold", color=style.INK)
    for line in subtitles:
        top -= _SMALL_LINE_IN
        _line(figure, top, line, fontsize=9, color=style.QUIET)
    top = foot - 0.04
    for line in sources:
        top -= _SMALL_LINE_IN
        _line(figure, top, line, fontsize=7.5, color=style.QUIET)
    return Sheet(figure, width, height, foot)


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the style of the toolbox, whatever the settings of the caller."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(style.RC):  # pyright: ignore[reportArgumentType]
            return draw(*args, **kwargs)

    return wrapper


@styled
def svg(drawing: Drawing) -> str:
    """Return the drawing as a complete SVG file with title, source and a description for who cannot see it."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    drawing.figure.savefig(buffer, format="svg", metadata=nothing)
    return _clean(buffer.getvalue(), drawing)


def inline(svg_file: str, drawing: Drawing) -> str:
    """Return the SVG for use inside a page: without title and source, and with the description as its name."""
    body = svg_file[svg_file.index("<svg") :]
    body = re.sub(r"<title>.*?</title>\s*<desc>.*?</desc>\s*", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'<g class="outside">.*?</g>\s*', "", body, flags=re.DOTALL)
    width, total = drawing.figure.get_size_inches() * _POINTS
    head, foot = _bands(drawing.figure)
    view = f'viewBox="0 {head * _POINTS:.1f} {width:.1f} {total - (head + foot) * _POINTS:.1f}"'
    body = re.sub(r'viewBox="[^"]*"', view, body, count=1)
    body = re.sub(r'(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r' xmlns(:xlink)?="[^"]*"', "", body).replace("xlink:href", "href")
    label = escape(drawing.alt, {'"': "&quot;"})
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{label}" ', body, count=1)


@styled
def png(drawing: Drawing, dpi: int = 150) -> bytes:
    """Return the complete drawing as PNG, for a README or to look at."""
    for text in drawing.figure.findobj(Text):
        if text.get_gid() == "halo":
            text.set_path_effects([withStroke(linewidth=2.4, foreground=style.PAPER)])
    buffer = io.BytesIO()
    drawing.figure.savefig(buffer, format="png", dpi=dpi)
    for text in drawing.figure.findobj(Text):
        text.set_path_effects([])
    return buffer.getvalue()


def _lines(words: str, width: int) -> list[str]:
    """Break a text into as few lines as fit; no word or two alone on the last one."""
    lines = textwrap.wrap(words, width)
    for narrower in range(width - 1, width // 2, -1):
        if len(lines) < 2 or len(lines[-1]) >= _LAST_LINE * width:
            break
        if len(found := textwrap.wrap(words, narrower)) == len(lines):
            lines = found
    return lines


def _line(figure: Figure, top: float, words: str, **style_: object) -> None:
    figure.text(
        _LEFT_IN,
        top,
        words,
        transform=figure.dpi_scale_trans,
        va="baseline",
        gid="outside",
        **style_,  # pyright: ignore[reportArgumentType]
    )


def _bands(figure: Figure) -> tuple[float, float]:
    """Heights in inches above and below the drawing, from where the texts outside it stand."""
    total = figure.get_size_inches()[1]
    heights = [t.get_position()[1] for t in figure.texts if t.get_gid() == "outside"]
    above = [h for h in heights if h > total / 2]
    below = [h for h in heights if h <= total / 2]
    head = total - min(above) + 0.10 if above else 0.0
    foot = max(below) + _SMALL_LINE_IN + 0.04 if below else 0.0
    return head, foot


def _clean(text: str, drawing: Drawing) -> str:
    """Make matplotlib's SVG small and fit to stand beside others in one page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", _rounded, text)  # coordinates only: numbers that readers see stand outside the tags
    text = text.replace('<g id="outside">', '<g class="outside">')
    text = re.sub(r"'DejaVu Sans'(, sans-serif)?|DejaVu Sans(, sans-serif)?", style.FONTS, text)
    text = re.sub(r'<g id="halo">\s*(<text .*?</text>)\s*</g>', _with_halo, text, flags=re.DOTALL)
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text))
    names = {a or b for a, b in used}
    prefix = drawing.name.split("_")[0].lower()
    text = re.sub(r' id="([^"]+)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in names else "", text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    described = f"<title>{escape(drawing.title)}</title>\n<desc>{escape(drawing.alt)}</desc>\n"
    text = re.sub(r"(<svg [^>]*>)\s*", lambda m: m[1] + "\n" + described, text, count=1)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text


def _rounded(tag: re.Match[str]) -> str:
    decimals = 1 if tag[0].startswith("<path") else 2
    pattern = rf"-?\d+\.\d{{{decimals + 1},}}"
    return re.sub(pattern, lambda m: f"{float(m[0]):.{decimals}f}".rstrip("0").rstrip("."), tag[0])


def _with_halo(match: re.Match[str]) -> str:
    """Write the text twice: a white stroke below, the text above; every SVG reader knows how to draw that."""
    words = match[1]
    stroke = "stroke: #ffffff; stroke-width: 2.6; stroke-linejoin: round; "
    below = re.sub(r'style="', f'style="{stroke}', words, count=1)
    return f'<g><g aria-hidden="true">{below}</g>{words}</g>'
