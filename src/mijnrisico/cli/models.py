"""`mijnrisico models`: what the answer is computed with, made from the heads of the models."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core.run import StoredRun
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    import pandas as pd

    from mijnrisico.studies.models import Card


def models_list(*, common: Common = COMMON) -> int:
    """List every model of the chain."""
    from mijnrisico.studies import models

    lang, cards = common.language, models.cards()
    if common.json:
        show.as_json([as_dict(card, lang) for card in cards])
        return 0
    headings = [messages.text(f"models.labels.{name}", lang) for name in ("key", "role", "what")]
    rows = [[card.key, card.role_name(lang), card.what(lang)] for card in cards]
    show.table(headings, rows, no_color=common.no_color, left=range(3))
    line = messages.text("models.labels.more", lang)
    show.console(no_color=common.no_color).print(f"\n{line}", markup=False, soft_wrap=True)
    return 0


def models_describe(name: Annotated[str, option("model")], /, *, common: Common = COMMON) -> int:
    """Describe one model, or all that share a name."""
    from mijnrisico.studies import models

    lang, cards = common.language, models.cards()
    wanted = name.strip().lower()
    found = [card for card in cards if wanted in (card.key.lower(), card.name.lower(), card.role)]
    if not found:
        known = tuple(card.key for card in cards)
        names = {each.lower(): card.key for card in cards for each in (card.key, card.name)}
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.4)
        nearest = names[near[0]] if near else known[0]
        raise UsageError(Problem("E412", "MODEL", {"got": name, "known": known, "nearest": nearest}))
    if common.json:
        show.as_json([as_dict(card, lang) for card in found])
        return 0
    out = show.console(no_color=common.no_color)
    for card in found:
        out.print(f"{card.key}\n  {card.what(lang)}", markup=False, soft_wrap=True)
        for label, value in described(card, lang):
            out.print(f"  {label}: {value}", markup=False, soft_wrap=True)
        out.print()
    return 0


def described(card: "Card", lang: Language) -> list[tuple[str, str]]:
    """Return the lines of a card: label and value."""
    empty = {"valid": "no_range", "departs": "no_departure"}
    parts = {
        "role": card.role_name(lang),
        "predicts": ", ".join(card.predicted(lang)),
        "needs": ", ".join(card.needed(lang)),
        "valid": ", ".join(card.ranges(lang)),
        "source": card.source,
        "departs": card.departures(lang),
        "module": card.module,
    }
    texts = {name: value or messages.text(f"models.labels.{empty[name]}", lang) for name, value in parts.items()}
    return [(messages.text(f"models.labels.{name}", lang), value) for name, value in texts.items()]


def as_dict(card: "Card", lang: Language) -> dict[str, Any]:
    """Return a card as JSON values: its head, and what it does in words."""
    head = {name: getattr(card, name) for name in ("key", "role", "name", "source", "departs", "module")}
    maps = {name: dict(getattr(card, name)) for name in ("predicts", "needs", "valid")}
    return head | maps | {"what": card.what(lang)}


def models_tree(
    config: Annotated[str | None, option("tree_config")] = None,
    /,
    *,
    run: Annotated[str | None, option("tree_run", "--run")] = None,
    results: Annotated[Path, option("results", "--results")] = Path("results"),
    common: Common = COMMON,
) -> int:
    """Print the logic tree of a scenario or a run: every choice with its weights, and the number of combinations."""
    if config is not None and run is not None:
        params = {"got": config, "command": "models tree", "example": f"mijnrisico models tree --run {run}"}
        raise UsageError(Problem("E006", config, params))
    lang, of_run = common.language, None
    with common.inside():
        if run is None:
            title, tree = _of_scenario(config or "groningen")
        else:
            of_run = StoredRun.open(results, run)
            title = str(of_run.manifest.get("title_nl" if lang == "nl" else "title", ""))
            tree = of_run.table("logic_tree").fillna({"condition": ""})
    counts = combinations(tree)
    if common.json:
        named = {"scenario": title} | ({} if of_run is None else {"run": of_run.id})
        show.as_json({**named, "nodes": show.records(tree), "combinations": counts})
        return 0
    out = show.console(no_color=common.no_color)
    if of_run is not None:
        said = messages.text("sentences.from_run", lang, run=of_run.id, title=title)
        out.print(said, markup=False, soft_wrap=True)
    part = ""
    for (of_part, node, condition), rows in tree.groupby(["part", "node", "condition"], sort=False):
        if of_part != part:
            part = str(of_part)
            out.print(messages.label("models.parts", part, lang), markup=False, style="bold")
        total = _plain(float(rows["weight"].sum()), lang)
        name = " ".join(filter(None, [messages.label("models.nodes", str(node), lang), _limit(str(condition), lang)]))
        out.print(f"  {name}", markup=False, soft_wrap=True)
        for branch, weight in rows[["branch", "weight"]].itertuples(index=False):
            shown = _local(messages.label("models.branches", str(branch), lang), lang)
            bar = "━" * round(20 * float(weight))
            written = _plain(float(weight), lang)
            out.print(f"    {shown:<22}{written:>8}  {bar}", markup=False, soft_wrap=True)
        out.print(f"    {messages.text('models.labels.sum', lang):<22}{total:>8}", markup=False, style="dim")
    line = messages.text("models.labels.combinations", lang, **counts)
    out.print(f"\n{line}", markup=False, soft_wrap=True)
    return 0


def _of_scenario(config: str) -> "tuple[str, pd.DataFrame]":
    """Title and logic tree of a scenario; raises `InputError` where something is wrong with it."""
    from mijnrisico.studies import preflight
    from mijnrisico.studies.groningen.model_tables import logic_tree

    checked = preflight.read(config, ())
    if checked.scenario is None:
        raise InputError((*checked.errors, *checked.warnings))
    return checked.scenario.title, logic_tree(checked.scenario)


def combinations(tree: "pd.DataFrame") -> dict[str, int]:
    """Return how many combinations the shaking, the risk of a class and that of the buildings are computed for."""
    from mijnrisico.report import branches

    shaking = ("source", "motion")
    return {
        "shaking": branches.combinations(tree, shaking),
        "risk": branches.combinations(tree, (*shaking, "risk")),
        "buildings": branches.combinations(tree, (*shaking, "risk", "buildings")),
    }


def _limit(condition: str, lang: Language) -> str:
    shown = _local(condition.replace("<=", "≤").replace(">=", "≥"), lang)
    return f"({shown})" if condition else ""


def _plain(value: float, lang: Language) -> str:
    """Write a weight as it was given, without zeros behind it."""
    return _local(f"{value:.6g}", lang)


def _local(written: str, lang: Language) -> str:
    return written.replace(".", ",") if lang == "nl" else written
