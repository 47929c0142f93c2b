"""F27: subsidence at points through the years, with what levelling, GNSS and InSAR measured, and what is left over."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.messages import Language
from mijnrisico.report import subsidence_facts as facts
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

TECHNIQUES: Final[dict[str, dict[str, Any]]] = {
    "levelling": {"color": style.INK, "marker": "o", "markersize": 4.4},
    "gnss": {"color": style.ORANGE, "marker": "D", "markersize": 4.4},
    "insar": {"color": "#65459b", "marker": "^", "markersize": 5.0},
}
_OTHER: Final[dict[str, Any]] = {"color": style.BROWN, "marker": "s", "markersize": 4.2}
_HIGH, _STEP, _WIDE, _LEFT = 1.3, 1.88, 3.42, 0.62
_RESIDUALS = 1.45
_GAP_YEARS = 2.0
_MOST, _MOST_BENCHMARKS, _FEWEST_BENCHMARKS = 8, 4, 2
_OUTER = 4.0  # normalised residuals beyond it stand in the last bars


@styled
def f27_time_series(run: RunFolder, lang: Language) -> Drawing:
    """Draw up to eight points with their band and measurements, and below them the normalised residuals."""
    words = Words(lang)
    measured = facts.observations(run) if run.has_table("observations") else None
    panels = _panels(run, measured)
    numbers = _numbers(run, words, measured, panels)
    title, subtitle = words(f"F27.title_{numbers['case']}", **numbers), words("F27.subtitle", **numbers)
    source = words("F27.source", **stamp(run, words))
    rows = -(-len(panels) // 2)
    has = measured is not None and len(measured) > 0
    below = 0.38 + (_RESIDUALS + 0.68 if has else 0.0)
    paper = sheet(below + _STEP * rows + 0.05, title, subtitle, source)
    for k, (name, curve, points) in enumerate(panels):
        row, column = divmod(k, 2)
        left, bottom = _LEFT + column * (_WIDE + 0.72), below + _STEP * (rows - 1 - row) + 0.22
        _panel(paper, left, bottom, words, curve, points)
        paper.text(left, bottom + _HIGH + 0.06, _head(words, name, curve, points), fontsize=8.5, fontweight="bold")
    if has:
        assert measured is not None
        _residuals(paper, words, measured)
    _legend(paper, words, measured, panels, below - 0.22)
    return Drawing(
        "F27_time_series",
        paper.figure,
        _data(panels),
        title,
        subtitle,
        words("F27.reading", **numbers) + (words("F27.reading_measured", **numbers) if has else ""),
        words("F27.alt", **numbers),
        source,
    )


def has_points(run: RunFolder) -> bool:
    """Say whether there is anything to draw: a point of the question, or a measurement."""
    return any(run.has_table(name) and len(run.table(name)) for name in ("subsidence_points", "observations"))


Panel = tuple[str, Frame, Frame]
"""Name of a point, its curve (year, mean_cm, p10_cm, p90_cm), and its measurements (year, cm, sigma_cm, ...)."""


def _panels(run: RunFolder, measured: Frame | None) -> list[Panel]:
    """Return what is drawn: points of the question that were measured, benchmarks, other points of the question.

    Benchmarks are in turn those with most measurements and those that fit worst, and at least two of them are drawn.
    """
    columns = ["point", "year", "mean_cm", "p10_cm", "p90_cm"]
    curves = pd.DataFrame(columns=columns)
    if run.has_table("subsidence_points"):
        table = run.table("subsidence_points")
        curves = table[table.activity == facts.TOTAL][columns].astype({"point": str})
    counts = {} if measured is None else measured.point.astype(str).value_counts().to_dict()
    named = list(dict.fromkeys(curves.point))
    known = [name for name in named if name in counts]
    benchmarks = [] if measured is None else _telling(measured[~measured.point.astype(str).isin(named)])
    benchmarks = benchmarks[: min(_MOST_BENCHMARKS, max(_FEWEST_BENCHMARKS, _MOST - len(known)))]
    known = known[: _MOST - len(benchmarks)]
    found: list[Panel] = []
    for name in [*known, *benchmarks, *(n for n in named if n not in counts)][:_MOST]:
        rows = None if measured is None else measured[measured.point.astype(str) == name]
        curve = curves[curves.point == name].sort_values("year")
        none = pd.DataFrame({c: [] for c in ("year", "cm", "sigma_cm", "technique", "used")})
        if len(curve):
            found.append((name, curve, none if rows is None or rows.empty else on_curve(rows, curve)))
        elif rows is not None:
            path, points = on_its_own(rows)
            found.append((name, path, points))
    return found


def _telling(measured: Frame) -> list[str]:
    """Return benchmarks in turn by how often they were measured and by how badly they fit, each once.

    A scatterer of radar with one number is none: there are hundreds of them.
    """
    by_point = measured.assign(point=measured.point.astype(str), square=measured.normalised**2).groupby("point")
    counts, misfit = by_point.size(), by_point.square.mean()
    kept = counts.index[(counts > 1) | (by_point.technique.first() != "insar")]
    most = counts[kept].sort_values(ascending=False, kind="stable").index
    worst = misfit[kept].sort_values(ascending=False, kind="stable").index
    return list(dict.fromkeys(str(name) for pair in zip(most, worst, strict=True) for name in pair))


def on_curve(rows: Frame, curve: Frame) -> Frame:
    """Return measurements as points (year, cm) about the curve of a place: as far from it as measured from modelled.

    A measurement is a displacement between two epochs, and of levelling one relative to another benchmark; only its
    residual can be compared with a subsidence since the first year.
    """
    modelled = np.interp(rows.to_year, curve.year.astype(float) + 1.0, curve.mean_cm)  # a year of the table is its end
    return pd.DataFrame(
        {
            "year": rows.to_year.to_numpy(float),
            "cm": modelled + rows.residual_mm.to_numpy() / 10.0,
            "sigma_cm": rows.sigma_mm.to_numpy() / 10.0,
            "technique": rows.technique.to_numpy(),
            "used": rows.used.to_numpy(),
        }
    )


def on_its_own(rows: Frame) -> tuple[Frame, Frame]:
    """Return curve and points of a benchmark from its measurements alone, summed from its first epoch on."""
    ordered = rows.sort_values(["to_year", "from_year"])
    level = {float(ordered.from_year.min()): (0.0, 0.0)}
    points = []
    for _, row in ordered.iterrows():
        years = sorted(level)
        before = [float(np.interp(row.from_year, years, [level[y][k] for y in years])) for k in (0, 1)]
        half = (row.modelled_p90_mm - row.modelled_p10_mm) / 20.0
        here = (before[0] + row.modelled_mm / 10.0, float(np.hypot(before[1], half)))
        level.setdefault(float(row.to_year), here)
        points.append((row.to_year, here[0] + row.residual_mm / 10.0, row.sigma_mm / 10.0, row.technique, row.used))
    years = sorted(level)
    mean, half = (np.array([level[y][k] for y in years]) for k in (0, 1))
    curve = pd.DataFrame({"year": np.array(years) - 1.0, "mean_cm": mean, "p10_cm": mean - half, "p90_cm": mean + half})
    return curve, pd.DataFrame(points, columns=["year", "cm", "sigma_cm", "technique", "used"])


def _panel(paper: Sheet, left: float, bottom: float, words: Words, curve: Frame, points: Frame) -> None:
    axes = paper.axes(left, bottom, _WIDE, _HIGH)
    year = curve.year.to_numpy(float) + 1.0
    if np.diff(year).max(initial=0.0) > _GAP_YEARS:  # known at the epochs of a benchmark only: no line between them
        axes.vlines(year, curve.p10_cm, curve.p90_cm, color=style.BLUE_BAND, linewidth=6)
        axes.plot(year, curve.mean_cm, color=style.BLUE, linestyle="", marker="_", markersize=7, markeredgewidth=1.6)
    else:
        axes.fill_between(year, curve.p10_cm, curve.p90_cm, color=style.BLUE_BAND, linewidth=0)
        axes.plot(year, curve.mean_cm, color=style.BLUE, linewidth=1.6)
    for technique, part in points.groupby("technique"):
        look = TECHNIQUES.get(str(technique), _OTHER)
        axes.errorbar(
            part.year, part.cm, yerr=part.sigma_cm, fmt="none", ecolor=look["color"], elinewidth=0.8, zorder=2.4
        )
        for used in (True, False):
            rows = part[part.used == used]
            face = {"markerfacecolor": look["color"] if used else style.PAPER, "markeredgecolor": look["color"]}
            axes.plot(rows.year, rows.cm, linestyle="", markeredgewidth=0.8, zorder=2.5, **(look | face))
    low = min(0.0, float(curve.p10_cm.min()), float(points.cm.min()) if len(points) else 0.0)
    high = max(float(curve.p90_cm.max()), float(points.cm.max()) if len(points) else 0.0, 0.1)
    axes.set_ylim(high + 0.08 * (high - low), low - (0.06 * (high - low) if low < 0.0 else 0.0))
    last = max(year[-1], float(points.year.max()) if len(points) else year[-1])
    axes.set_xlim(year[0], last + 0.02 * (last - year[0]))
    axes.yaxis.grid(visible=True)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    decimals = 0 if high - low >= 5.0 else 1 if high - low >= 0.5 else 2
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v, decimals)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))
    axes.tick_params(labelsize=7.5)
    axes.set_ylabel(words("F27.y"), fontsize=8)


def _head(words: Words, name: str, curve: Frame, points: Frame) -> str:
    last = curve.iloc[-1]
    said = words(
        "F27.panel",
        name=name if len(name) <= 22 else f"{name[:21]}…",
        year=words.trimmed(float(last.year) + 1.0, 0) if float(last.year) % 1 else int(last.year),
        mean=facts.cm(words, last.mean_cm),
        band=facts.band_cm(words, last.p10_cm, last.p90_cm),
    )
    return said if len(points) else said + words("F27.unmeasured")


def _residuals(paper: Sheet, words: Words, measured: Frame) -> None:
    """Draw a histogram of the normalised residuals per technique, beside the normal law that they should follow."""
    techniques = sorted(measured.technique.unique(), key=lambda t: list(TECHNIQUES).index(t) if t in TECHNIQUES else 9)
    wide = (2 * _WIDE + 0.72 - 0.35 * (len(techniques) - 1)) / max(3, len(techniques))
    edges = np.arange(-_OUTER, _OUTER + 0.01, 0.5)
    z = np.linspace(-_OUTER, _OUTER, 161)
    for k, technique in enumerate(techniques):
        part = measured[measured.technique == technique]
        axes = paper.axes(_LEFT + k * (wide + 0.35), 0.42, wide, _RESIDUALS - 0.25)
        look = TECHNIQUES.get(str(technique), _OTHER)
        used = np.clip(part.normalised[part.used], -_OUTER + 0.01, _OUTER - 0.01)
        others = np.clip(part.normalised[~part.used], -_OUTER + 0.01, _OUTER - 0.01)
        axes.hist(
            [used, others],
            bins=edges.tolist(),
            stacked=True,
            color=[look["color"], style.PAPER],
            edgecolor=look["color"],
            linewidth=0.7,
            rwidth=0.86,
        )
        count = max(1, len(part))
        axes.plot(z, 0.5 * count * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), color=style.BLUE, linewidth=1.4)
        axes.set_xlim(-_OUTER, _OUTER)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.fixed(v)))
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.tick_params(labelsize=7.5)
        axes.set_xlabel(words("F27.residual_x"), fontsize=7.5)
        head = words("F27.residual", technique=words.or_name("technique", str(technique)), **_fit(words, part))
        paper.text(_LEFT + k * (wide + 0.35), 0.42 + _RESIDUALS - 0.2, head, fontsize=8, fontweight="bold")


def _fit(words: Words, part: Frame) -> dict[str, str]:
    used = part[part.used] if part.used.any() else part
    return {
        "count": words.fixed(len(used)),
        "ratio": words.fixed(float((used.normalised**2).mean()), 1),
        "rmse": words.fixed(float(np.sqrt((used.residual_mm**2).mean())), 1),
        "bias": words.fixed(float(used.residual_mm.mean()), 1),
    }


def _legend(paper: Sheet, words: Words, measured: Frame | None, panels: list[Panel], bottom: float) -> None:
    """Draw samples of what stands on the sheet: the model, and each technique and hollow mark that is drawn."""
    x = _LEFT
    paper.add(Line2D([x, x + 0.28], [bottom + 0.05] * 2, color=style.BLUE_BAND, linewidth=8, solid_capstyle="butt"))
    paper.add(Line2D([x, x + 0.28], [bottom + 0.05] * 2, color=style.BLUE, linewidth=1.6))
    paper.text(x + 0.36, bottom, words("F27.model"), fontsize=8)
    if measured is None or measured.empty:
        return
    x += 2.0
    drawn = pd.concat([points for _, _, points in panels])
    there = set(drawn.technique)
    for technique in [t for t in TECHNIQUES if t in there]:
        paper.add(Line2D([x], [bottom + 0.05], linestyle="", **TECHNIQUES[technique]))
        paper.text(x + 0.12, bottom, words.or_name("technique", technique), fontsize=8)
        x += 1.05
    if not measured.used.all():
        hollow = {"marker": "s" if drawn.used.astype(bool).all() else "o", "markersize": 4.4}  # bars only, or marks too
        paper.add(Line2D([x], [bottom + 0.05], linestyle="", color=style.INK, mfc=style.PAPER, **hollow))
        paper.text(x + 0.12, bottom, words("F27.unused"), fontsize=8)


def _numbers(run: RunFolder, words: Words, measured: Frame | None, panels: list[Panel]) -> dict[str, object]:
    listed = []
    for name, curve, points in panels:
        last = curve.iloc[-1]
        params = {"name": name, "year": int(last.year), "mean": facts.cm(words, last.mean_cm)}
        band = facts.band_cm(words, last.p10_cm, last.p90_cm)
        listed.append(words("F27.listed", **params, band=band, count=len(points)))
    numbers: dict[str, object] = {
        "case": "none",
        "points": len(panels),
        "list": "; ".join(listed),
        "start": run.setting("time", "start", default=""),
        "measured": "",
    }
    if measured is None or measured.empty:
        return numbers
    fit = _fit(words, measured)
    used = measured[measured.used] if measured.used.any() else measured
    ratio = float((used.normalised**2).mean())
    inside = 100.0 * float((np.abs(used.normalised) <= 2.0).mean())
    each = "; ".join(
        words("F27.fit", technique=words.or_name("technique", str(t)), **_fit(words, part))
        for t, part in measured.groupby("technique")
    )
    case = "fits" if ratio <= 1.5 else "loose" if ratio <= 4.0 else "misses"
    return (
        numbers
        | fit
        | {
            "case": case,
            "inside": words.fixed(inside),
            "measured": words("F27.measured", each=each, inside=words.fixed(inside)),
        }
    )


def _data(panels: list[Panel]) -> pd.DataFrame:
    """Curves and measurements as rows."""
    parts = []
    for name, curve, points in panels:
        shown = pd.DataFrame({"year": curve.year.to_numpy(float) + 1.0})
        for column in ("mean_cm", "p10_cm", "p90_cm"):
            shown[column] = curve[column].to_numpy()
        parts.append(shown.assign(point=name, kind="model"))
        if len(points):
            parts.append(points.rename(columns={"cm": "mean_cm"}).assign(point=name, kind="measured"))
    whole = pd.concat(parts, ignore_index=True)
    first = ["point", "kind", "year", "mean_cm", "p10_cm", "p90_cm"]
    return whole[[*first, *(c for c in ("sigma_cm", "technique", "used") if c in whole)]]
