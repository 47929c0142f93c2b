"""F23: the logic tree: every choice, its branches with their weights, whether they add up, how many combinations."""

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from mijnrisico.messages import Language
from mijnrisico.report.branches import combinations
from mijnrisico.report.draw import style
from mijnrisico.report.draw.sheet import Drawing, Sheet, sheet, styled
from mijnrisico.report.run_folder import Frame, RunFolder
from mijnrisico.report.stamp import stamp
from mijnrisico.report.words import Words

_PARTS = ("source", "motion", "risk")
_OF_BUILDINGS = (*_PARTS, "buildings")
_TOLERANCE = 1e-9
_NARROW = 0.11  # share of the bar below which a label does not fit into its piece
_LETTER = 0.067  # inches: a label longer than its piece goes on two lines
_LEFT, _WIDTH, _ROW, _HEAD = 2.2, 4.2, 0.44, 0.3
_COLOURS = {
    "source": ("#d9e8f4", "#c5d8ee", "#b3cfe5", "#a3c2df", "#94b8de", "#84a9d2"),
    "motion": ("#efe7d6", "#e4d7bb", "#d9c8a2", "#cdb98a"),
    "risk": ("#f6e3d6", "#efcfb8", "#e7ba9b"),
    "buildings": ("#e4ecd9", "#d3e0c1", "#c2d4aa", "#b0c792"),
}


@styled
def f23_logic_tree(run: RunFolder, lang: Language) -> Drawing:
    """Draw a bar per choice, cut by the weights of its branches, in the order of the chain, with sum and count."""
    words = Words(lang)
    data = run.table("logic_tree")
    data["condition"] = data.condition.astype(object).fillna("").astype(str)  # no condition at all: numbers
    bars = [
        (str(node), str(condition), rows) for (node, condition), rows in data.groupby(["node", "condition"], sort=False)
    ]
    numbers = _numbers(words, data, bars)
    alone = "" if (data.part == "risk").any() else "_given"  # a tree without buildings says nothing of risk
    title = words(f"F23.title_{numbers['case']}{alone if numbers['case'] == 'right' else ''}", **numbers)
    subtitle, source = words("F23.subtitle"), words(f"F23.source{alone}", **stamp(run, words))
    parts = [part for part in _OF_BUILDINGS if (data.part == part).any()]
    height = _HEAD * len(parts) + _ROW * len(bars) + 0.35
    paper = sheet(height, title, subtitle, source)
    y = height - 0.05
    count = 1
    for part in parts:
        y -= _HEAD
        paper.text(
            0.12, y + 0.08, words(f"F23.{'earthquakes' if part == 'source' else part}"), fontsize=9, fontweight="bold"
        )
        top, seen = y, set()
        for node, condition, rows in bars:
            if rows.part.iloc[0] != part:
                continue
            y -= _ROW
            if node not in seen:
                count *= int(rows.models.iloc[0])
                seen.add(node)
            _bar(paper, words, y, node, condition, rows)
        paper.add(Line2D([0.2, 0.2], [y + 0.22, top], color=style.GREY, linewidth=1.2))
        if part != "source":
            paper.text(
                paper.width - 0.12,
                top + 0.08,
                words("F23.combinations", count=words.fixed(count)),
                fontsize=8,
                ha="right",
                color=style.BLUE,
                fontweight="bold",
            )
    return Drawing(
        "F23_logic_tree",
        paper.figure,
        data,
        title,
        subtitle,
        words(f"F23.reading{alone}", **numbers) + _median(words, data),
        words(f"F23.alt{alone}", **numbers),
        source,
    )


def has_choices(run: RunFolder) -> bool:
    """Say whether the tree has more than one model: with one there is nothing to draw."""
    return combinations(run.table("logic_tree"), _PARTS) > 1


def _median(words: Words, data: Frame) -> str:
    """Say why the median counts for more than the pieces of its bars, where it does: its weights depend on something.

    Every coherent series of its branches is one model.
    """
    median = data[data.node == "median"]
    if median.empty or median.condition.nunique() < 2:
        return ""
    count = int(median.models.iloc[0])
    before = combinations(data, ("source",))
    after = combinations(data[data.node != "median"], ("motion",))
    return " " + words(
        "F23.median",
        median=words.fixed(count),
        before=words.fixed(before),
        after=words.fixed(after),
        shaking=words.fixed(before * count * after),
    )


def unbalanced(data: Frame) -> list[str]:
    """Return the choices whose weights do not add up to one."""
    sums = (
        data.assign(condition=data.condition.astype(object).fillna(""))
        .groupby(["node", "condition"], sort=False)
        .weight.sum()
    )
    return list(dict.fromkeys(str(node) for (node, _), total in sums.items() if abs(total - 1.0) > _TOLERANCE))


def _bar(paper: Sheet, words: Words, y: float, node: str, condition: str, rows: Frame) -> None:
    paper.add(Line2D([0.2, 0.3], [y + 0.22, y + 0.22], color=style.GREY, linewidth=1.2))
    paper.text(0.36, y + 0.23, _node(words, node, condition), fontsize=8.5, va="center")
    part = str(rows.part.iloc[0])
    x, outside = _LEFT, []
    for k, (name, weight) in enumerate(zip(rows.branch.astype(str), rows.weight.astype(float), strict=True)):
        width = _WIDTH * weight
        colour = _COLOURS[part][k % len(_COLOURS[part])]
        paper.add(Rectangle((x, y + 0.08), width, 0.3, facecolor=colour, edgecolor=style.INK, linewidth=0.6))
        label = words("F23.piece", name=_branch(words, node, name), weight=words.trimmed(weight, 4))
        if weight >= _NARROW:
            paper.text(
                x + width / 2, y + 0.23, label.replace(": ", "\n") if width < _LETTER * len(label) else label, **_INSIDE
            )
        else:
            outside.append(label)
        x += width
    total = words("F23.sum", sum=words.trimmed(float(rows.weight.sum()), 4))
    paper.text(x + 0.08, y + 0.23, total, fontsize=8, va="center", color=style.QUIET)
    paper.text(x + 0.72, y + 0.23, "\n".join(outside), fontsize=8, va="center", linespacing=1.0)


_INSIDE = {"fontsize": 8, "ha": "center", "va": "center", "linespacing": 1.0}


def _node(words: Words, node: str, condition: str) -> str:
    name = words.or_name("F23", f"node_{node}")
    if not condition:
        return name
    sign, magnitude = condition.replace("M", "").split()
    key = "F23.up_to" if sign == "<=" else "F23.from"
    return f"{name}, {words(key, magnitude=words.fixed(float(magnitude), 1))}"


def _branch(words: Words, node: str, name: str) -> str:
    if node == "mmax":
        return f"M {words.fixed(float(name), 1)}"
    return words.or_name("F23", f"branch_{name}")


def _numbers(words: Words, data: Frame, bars: list) -> dict[str, object]:
    wrong = unbalanced(data)
    risk, whole = (words.fixed(combinations(data, parts)) for parts in (_PARTS, _OF_BUILDINGS))
    return {
        "case": "wrong" if wrong else "right",
        "wrong": ", ".join(words.or_name("F23", f"node_{node}") for node in wrong) or "–",
        "choices": data.node.nunique(),
        "shaking": words.fixed(combinations(data, ("source", "motion"))),
        "risk": risk if risk == whole else words("F23.risk_and_buildings", risk=risk, buildings=whole),
        "list": "; ".join(
            f"{_node(words, node, condition)}: "
            + ", ".join(
                words("F23.piece", name=_branch(words, node, str(name)), weight=words.trimmed(float(weight), 4))
                for name, weight in zip(rows.branch, rows.weight, strict=True)
            )
            for node, condition, rows in bars
        ),
    }
