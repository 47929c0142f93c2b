"""F08: what the earthquakes say about the source parameters, each alone and two by two (corner plot)."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico.core.curve import weighted_fractile
from mijnrisico.messages import Language
from mijnrisico.report import branches
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_PARAMETERS = ("rmax", "sigma_m", "theta0", "theta1")
_MORE = ("slope", "log10_hs")
_AFTERSHOCKS = ("etas_k", "etas_a", "etas_c_days")
_DECIMALS = {"rmax": 2, "sigma_m": 0, "slope": 2, "etas_k": 2, "etas_a": 2}
_MOST_MODELS = 4
_ROW = 1.32  # inches that the row of further marginals takes
_UNIFORM_BINS = 14
_SHADES = (0.02, 0.1, 0.25, 0.5, 0.8)  # of the densest cell: where a darker tone begins
_TONES = ("#e3edf7", "#c5d8ee", "#94b8de", "#5b8fc6", "#1f5fa8")
_STEP, _STEP_ALONE = 1.17, 1.03


@styled
def f08_posterior(run: RunFolder, lang: Language) -> Drawing:
    """Draw the marginals on the diagonal and the joint weights below it; beside it the b-values of the models.

    Of several rate models the one with the largest weight in the tree is drawn, with a row for its other parameters
    and its aftershocks; the data hold all of them.
    """
    words = Words(lang)
    everything = run.table("source_posterior_grid")
    model, data = _drawn_model(run, everything)
    shown = tuple(name for name in _PARAMETERS if data[name].notna().all())
    alone = _further(run, model, data)
    numbers = _numbers(words, data, shown) | {"name": branches.called(words, model) if model else ""}
    numbers["list"] = "; ".join(_said(words, name, rows) for name, rows in alone)
    title = words("F08.title" if "theta1" in shown else "F08.title_other", **numbers)
    subtitle = words("F08.subtitle_models" if model else "F08.subtitle", **numbers)
    source = words("F08.source", **stamp(run, words))
    foot = _ROW if alone else 0.0
    paper = sheet(5.2 + foot, title, subtitle, source)
    edges = {name: _edges(data[name].to_numpy()) for name in shown}
    last = len(shown) - 1
    for row, below in enumerate(shown):
        for column, above in enumerate(shown[: row + 1]):
            axes = paper.axes(0.66 + _STEP * column, foot + 0.52 + _STEP * (3 - row), 1.05, 1.05)
            if row == column:
                _alone(axes, words, data, below, edges[below])
            else:
                _pair(axes, data, (above, below), edges)
            _ticks(axes, words, (above, below), bottom=row == last, left=column == 0 and row > 0)
    for k, (name, rows) in enumerate(alone):
        axes = paper.axes(0.66 + _STEP_ALONE * k, 0.3, 0.86, 0.72)
        _alone(axes, words, rows, name, _edges(rows[name].to_numpy()))
        _ticks(axes, words, (name, name), bottom=True, left=False, label=False)
        axes.set_yticks([])
    b_values = run.table("b_value_grid") if run.has_table("b_value_grid") else None
    if b_values is not None:
        _b_values(paper, words, b_values)
    several = f"{'_models' if model else ''}"
    parts = [everything.assign(part="rate")]
    parts += [] if b_values is None else [b_values.assign(part="b-value")]
    parts += [run.table("aftershock_grid").assign(part="aftershocks")] if run.has_table("aftershock_grid") else []
    return Drawing(
        "F08_source_posterior",
        paper.figure,
        pd.concat(parts),
        title,
        subtitle,
        words("F08.reading" if "theta1" in shown else "F08.reading_other", **numbers)
        + (words("F08.reading_more", **numbers) if model else ""),
        words(f"F08.alt{several}" if "theta1" in shown else "F08.alt_other", **numbers),
        source,
    )


def _drawn_model(run: RunFolder, everything: Frame) -> tuple[str, Frame]:
    """Return the rate model with the largest weight and its rows; no name where the run has one without a name."""
    if "model" not in everything.columns:
        return "", everything
    model = branches.heaviest(run, [str(name) for name in everything.model.unique()])
    return model, everything[everything.model == model]


def _further(run: RunFolder, model: str, data: Frame) -> list[tuple[str, Frame]]:
    """Return what stands alone below the corner: the other parameters of the model, and those of its aftershocks."""
    found = [(name, data) for name in _MORE if name in data.columns and data[name].notna().all()]
    if model and run.has_table("aftershock_grid"):
        law = run.table("aftershock_grid")
        law = law[law.model == model]
        found += [(name, law) for name in _AFTERSHOCKS if len(law)]
    return found


def _said(words: Words, name: str, rows: Frame) -> str:
    weight = rows.weight.to_numpy() / float(rows.weight.sum())
    low, high = weighted_fractile(rows[name].to_numpy(), weight, [0.1, 0.9])
    mean, low, high = (words.fixed(float(v), _DECIMALS.get(name, 1)) for v in (rows[name] @ weight, low, high))
    return words("F08.said", name=words(f"F08.{name}"), mean=mean, low=low, high=high)


def _edges(values: np.ndarray) -> np.ndarray:
    """Bin edges: half-way between the values of a grid, or even ones for a quantity that is not on a grid."""
    known = np.unique(np.round(values, 9))
    if known.size == 1:
        half = max(0.05 * abs(float(known[0])), 1e-9)
        return np.array([known[0] - half, known[0] + half])
    if known.size > 60:
        return np.linspace(known[0], known[-1], _UNIFORM_BINS + 1)
    middle = (known[1:] + known[:-1]) / 2
    return np.concatenate([[2 * known[0] - middle[0]], middle, [2 * known[-1] - middle[-1]]])


def _bars(axes, values: Frame, weight: Frame, edges: np.ndarray) -> None:
    mass, _ = np.histogram(values, edges, weights=weight)
    density = mass / np.diff(edges)
    axes.stairs(density, edges, fill=True, color=style.BLUE_BAND_DEEP)
    axes.stairs(density, edges, color=style.BLUE, linewidth=1.0)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.15 * density.max())
    axes.spines["left"].set_visible(False)


def _alone(axes, words: Words, data: Frame, name: str, edges: np.ndarray) -> None:
    _bars(axes, data[name], data.weight, edges)
    axes.set_title(words(f"F08.{name}"), fontsize=8, fontweight="bold", pad=3)


def _pair(axes, data: Frame, names: tuple[str, str], edges: dict[str, np.ndarray]) -> None:
    x, y = names
    mass, _, _ = np.histogram2d(data[x], data[y], (edges[x], edges[y]), weights=data.weight)
    area = np.diff(edges[x])[:, None] * np.diff(edges[y])[None]
    _shaded(axes, edges[x], edges[y], mass / area)


def _shaded(axes, x: np.ndarray, y: np.ndarray, density: np.ndarray) -> None:
    """Fill cells (x, y) in five tones against the densest one."""
    tone = np.digitize(density / density.max(), _SHADES) - 1
    for k, colour in enumerate(_TONES):
        boxes = [
            [(x[i], y[j]), (x[i + 1], y[j]), (x[i + 1], y[j + 1]), (x[i], y[j + 1])] for i, j in np.argwhere(tone == k)
        ]
        if boxes:
            corners = np.array([[*box, box[0], (np.nan, np.nan)] for box in boxes]).reshape(-1, 2)
            axes.fill(corners[:, 0], corners[:, 1], facecolor=colour, edgecolor=colour, linewidth=0.3)
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])


def _ticks(axes, words: Words, names: tuple[str, str], *, bottom: bool, left: bool, label: bool = True) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(2, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 3)))
    axes.tick_params(labelsize=7, labelbottom=bottom, labelleft=left, left=names[0] != names[1])
    if bottom and label:
        axes.set_xlabel(words(f"F08.{names[0]}"), fontsize=8)
    if left:
        axes.set_ylabel(words(f"F08.{names[1]}"), fontsize=8)


def _b_values(paper: Sheet, words: Words, table: Frame) -> None:
    """Draw the posterior of the b-values of each magnitude model: two together, or one alone."""
    models = [(str(name), rows) for name, rows in table.groupby("model", sort=True)][:_MOST_MODELS]
    step = (paper.height - 0.1) / max(2, len(models))
    high = step - (0.74 if len(models) > 2 else 1.02)
    for k, (model, rows) in enumerate(models):
        axes = paper.axes(6.2, paper.height - step * (k + 1) + 0.55, 1.75, high)
        x = _edges(rows["first"].to_numpy())
        if rows["second"].notna().all():
            y = _edges(rows["second"].to_numpy())
            mass, _, _ = np.histogram2d(rows["first"], rows["second"], (x, y), weights=rows.weight)
            _shaded(axes, x, y, mass)
            axes.set_ylabel(words.or_name("F08", f"{model}_second"), fontsize=8)
        else:
            _bars(axes, rows["first"], rows.weight, x)
        axes.set_title(words.or_name("branch", model), loc="left", fontsize=8.5, fontweight="bold", pad=4)
        axes.set_xlabel(words.or_name("F08", f"{model}_first"), fontsize=8)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4 if axis is axes.xaxis or high > 1.0 else 2))
            axis.set_major_formatter(FuncFormatter(lambda v, _: words.trimmed(v, 2)))
        axes.tick_params(labelsize=7)
        if rows["second"].isna().any():
            axes.set_yticks([])


def _numbers(words: Words, data: Frame, shown: tuple[str, ...]) -> dict[str, object]:
    weight = data.weight.to_numpy() / float(data.weight.sum())
    said: dict[str, object] = {}
    for name, decimals in (("rmax", 2), ("sigma_m", 0), ("theta0", 1), ("theta1", 1)):
        if name not in shown:
            continue
        values = data[name].to_numpy()
        low, high = weighted_fractile(values, weight, [0.1, 0.9])
        said[name] = words.fixed(float(values @ weight), decimals)
        said[f"{name}_low"], said[f"{name}_high"] = (words.fixed(float(v), decimals) for v in (low, high))
    said["listed"] = "; ".join(_said(words, name, data) for name in shown)
    if "theta1" not in shown:
        return said
    theta0, theta1 = data.theta0.to_numpy(), data.theta1.to_numpy()
    a, b = theta0 - theta0 @ weight, theta1 - theta1 @ weight
    spread = np.sqrt((a**2 @ weight) * (b**2 @ weight))
    together = float((a * b) @ weight / spread) if spread > 0 else 0.0
    return said | {
        "together": words.fixed(together, 2),
        "times": words.years(float(np.exp(theta1 @ weight))),
    }
