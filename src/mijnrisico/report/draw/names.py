"""Names beside the ends of lines, moved so that none stands on another."""


def apart(ends: list[tuple[float, str, str]], gap: float) -> list[tuple[float, str, str]]:
    """Move names apart until none stands on another, each group about the middle of its lines."""
    groups: list[list[tuple[float, str, str]]] = []
    for end in sorted(ends):
        groups.append([end])
        while (
            len(groups) > 1
            and _middle(groups[-1]) - _middle(groups[-2]) < gap * (len(groups[-1]) + len(groups[-2])) / 2
        ):
            last = groups.pop()
            groups[-1] += last
    return [
        (_middle(group) + gap * (k - (len(group) - 1) / 2), name, colour)
        for group in groups
        for k, (_, name, colour) in enumerate(group)
    ]


def beside(axes, x: float, ends: list[tuple[float, str, str]], gap: float, away: float = 5.0) -> None:
    """Write names (height, name, colour) at `x`, `away` points to its right, at least `gap` apart."""
    for height, name, colour in apart(ends, gap):
        axes.annotate(
            name,
            (x, height),
            (away, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=colour,
            annotation_clip=False,
        )


def _middle(group: list[tuple[float, str, str]]) -> float:
    return sum(height for height, _, _ in group) / len(group)
