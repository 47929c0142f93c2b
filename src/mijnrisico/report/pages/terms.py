"""Words of the field in running text: the first time one is used, it leads to its meaning in the list of words."""

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from mijnrisico.report import branches
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words

GLOSSARY = (
    "hazard",
    "risk",
    "pga",
    "return_period",
    "fractile",
    "lpr",
    "norm",
    "class",
    "zone",
    "magnitude",
    "tree",
    "geometric_mean",
    "rd",
    "arbitrary",
    "wierde",
    "saavg",
    "elastic",
    "b_value",
    "mmax",
    "rmax",
    "sigma",
    "theta",
    "rms",
    "codes",
)


_OF_SHAKING = ("hazard", "pga", "return_period", "fractile", "strength", "tree", "geometric_mean", "arbitrary")


def of_run(run: RunFolder) -> tuple[str, ...]:
    """Return the words that the report of a run explains: of the shaking alone no words of risk, sources or norms."""
    if not branches.shaking_only(run):
        return GLOSSARY
    if branches.has_zones(run):
        return (*("magnitude" if name == "strength" else name for name in _OF_SHAKING), "zone")
    return _OF_SHAKING


def explainer(words: Words, names: Sequence[str] = GLOSSARY) -> Callable[[str], Markup]:
    """Return a function that marks up a text; over all its calls each word is linked once.

    The words are those of `report.forms.<name>`, separated by a bar, as they occur in running text.
    """
    forms = {form: name for name in names for form in words(f"forms.{name}").split("|")}
    pattern = re.compile(rf"\b({'|'.join(re.escape(f) for f in sorted(forms, key=len, reverse=True))})\b")
    linked: set[str] = set()

    def link(found: re.Match[str]) -> str:
        name = forms[found[0]]
        if name in linked:
            return found[0]
        linked.add(name)
        meaning = escape(words(f"meaning.{name}"))
        return f'<a class="term" href="#word-{name}" title="{meaning}">{found[0]}</a>'

    def explained(text: str) -> Markup:
        return Markup(pattern.sub(link, str(escape(text))))

    return explained
