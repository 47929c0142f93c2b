"""A salt cavern after abandonment: its pressure and the volume it loses, by each way to leave it, with bands."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mijnrisico import messages
from mijnrisico.messages import Language
from mijnrisico.report.draw import style
from mijnrisico.report.draw.picture import Picture
from mijnrisico.report.draw.sheet import Drawing, sheet, styled
from mijnrisico.report.words import Words
from mijnrisico.studies.salt import Answer

_LINES: Final = (
    {"color": style.BLUE, "linestyle": "-"},
    {"color": style.ORANGE, "linestyle": (0, (5, 2))},
    {"color": "#65459b", "linestyle": (0, (1, 1.2))},
    {"color": "#2b7d59", "linestyle": (0, (6, 2, 1, 2))},
    {"color": style.BROWN, "linestyle": "-"},
    {"color": style.GREY, "linestyle": (0, (5, 2))},
)
"""How the options are told apart: colour and dashes both; from the seventh on they begin again."""
_SHADE: Final = 0.18
_ROOM: Final = 1.08
"""Room above what is drawn."""
_PANELS: Final = {"pressure": (0.62, "_mpa", 1.0), "lost": (4.75, "_m3", 1e-3)}


def draw(found: Answer, cavern: str, lang: Language) -> Picture:
    """Draw one cavern of an answer; raises `KeyError` for another name."""
    return Picture(_draw(found, cavern, lang))


@styled
def _draw(found: Answer, cavern: str, lang: Language) -> Drawing:
    words = Words(lang)
    every = found.tables["paths"]
    data = pd.DataFrame(every[every["cavern"] == cavern]).reset_index(drop=True)
    if data.empty:
        raise KeyError(cavern)
    case = next(each for each in found.question.caverns if each.name == cavern)
    rock = found.question.gradients.rock_mpa(case.middle_m)
    last = data.loc[data["year"] == data["year"].max()].set_index("option")
    most, least = last["lost_p50_m3"].idxmax(), last["lost_p50_m3"].idxmin()
    numbers = {
        "cavern": cavern,
        "end": int(data["year"].max()),
        "most": _called(str(most), lang),
        "least": _called(str(least), lang),
        "more": words.significant(1e-3 * float(last.loc[most, "lost_p50_m3"])),  # pyright: ignore[reportArgumentType]
        "less": words.significant(1e-3 * float(last.loc[least, "lost_p50_m3"])),  # pyright: ignore[reportArgumentType]
    }
    title = words("salt_paths.title" if len(last) > 1 else "salt_paths.title_one", **numbers)
    subtitle = words("salt_paths.subtitle", depth=words.fixed(case.middle_m))
    source = words("salt_paths.source")
    paper = sheet(3.9, title, subtitle, source)
    for kind, (left, unit, scale) in _PANELS.items():
        axes = paper.axes(left, 0.6, 3.45, 2.95)
        for k, (option, path) in enumerate(data.groupby("option", sort=False)):
            look = _LINES[k % len(_LINES)]
            years = path["year"].to_numpy(float)
            low, middle, high = (scale * path[f"{kind}_p{p}{unit}"].to_numpy(float) for p in (10, 50, 90))
            axes.fill_between(years, low, high, color=look["color"], alpha=_SHADE, linewidth=0)
            axes.plot(years, middle, linewidth=1.6, label=_called(str(option), lang), **look)  # pyright: ignore[reportArgumentType]
        if kind == "pressure":
            axes.axhline(rock, color=style.INK, linewidth=0.8)
            axes.annotate(
                words("salt_paths.rock"),
                (numbers["end"], rock),
                (-3, 3),
                ha="right",
                textcoords="offset points",
                fontsize=8,
            )
        _frame(axes, words)
        axes.set_xlim(int(data["year"].min()), numbers["end"])
        axes.set_ylim(
            0.0, _ROOM * max(rock if kind == "pressure" else 0.0, scale * float(data[f"{kind}_p90{unit}"].max()))
        )
        paper.text(left, 3.65, words(f"salt_paths.{kind}"), fontsize=9.5, fontweight="bold")
        if kind == "pressure":
            axes.legend(
                frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(-0.05, -0.1), ncols=4, handlelength=2.6
            )
    reading, alt = words("salt_paths.reading"), words("salt_paths.alt", title=title, **numbers)
    return Drawing("salt_paths", paper.figure, data, title, subtitle, reading, alt, source)


def _called(option: str, lang: Language) -> str:
    return messages.label("salt.options", option, lang)


def _frame(axes: Axes, words: Words) -> None:
    axes.grid(visible=True)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.trimmed(value, 3)))
    axes.tick_params(labelsize=8)
