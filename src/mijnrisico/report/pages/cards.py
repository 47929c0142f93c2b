"""Model cards: every model that made this answer on a few lines, from the heads of the models."""

from dataclasses import dataclass

from mijnrisico.core.run import StoredRun
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words
from mijnrisico.studies import models


@dataclass(frozen=True, slots=True)
class Shown:
    """A card in words: its title, a sentence, and labelled lines."""

    title: str
    what: str
    lines: tuple[tuple[str, str], ...]


def cards(run: RunFolder, words: Words) -> tuple[Shown, ...]:
    """Return the cards of the models of a run, in the order of the chain; norms have a table of their own."""
    scenario = StoredRun(run.path, run.manifest).scenario if (run.path / "scenario.toml").is_file() else None
    return tuple(_shown(card, words) for card in models.cards(scenario) if card.role != "norm")


def _shown(card: models.Card, words: Words) -> Shown:
    lang = words.lang
    lines = (
        ("predicts", "; ".join(card.predicted(lang))),
        ("needs", "; ".join(card.needed(lang))),
        ("valid", "; ".join(card.ranges(lang))),
        ("departs", card.departures(lang)),
        ("weight", "" if card.weight == 1.0 else words.trimmed(card.weight, 3)),
        ("source", card.sourced(lang)),
        ("code", card.module),
    )
    return Shown(
        f"{card.role_name(lang)}: {card.called(lang)}",
        card.what(lang),
        tuple((words(f"cards.{name}"), text) for name, text in lines if text),
    )
