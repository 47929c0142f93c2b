"""The cards of the models: one for every model of the chain, in two languages, as its head says."""

from importlib import import_module

import pytest

from mijnrisico import front, messages
from mijnrisico.core.norm import norms
from mijnrisico.studies import models

CARDS = models.cards()


def test_every_role_of_the_chain_has_a_model() -> None:
    assert {card.role for card in CARDS} == {
        "pressure",
        "compaction",
        "closure",
        "kernel",
        "stress",
        "rate",
        "aftershocks",
        "magnitude",
        "rupture",
        "motion",
        "site",
        "fragility",
        "consequence",
        "damage",
        "exposure",
        "norm",
    }


def test_the_key_of_a_card_is_unique() -> None:
    assert len({card.key for card in CARDS}) == len(CARDS)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)
def test_a_card_speaks_two_languages(card: models.Card) -> None:
    assert card.what("nl") != card.what("en")
    assert bool(card.departures("nl")) == bool(card.departures("en")) == (card.departs != models.NONE)
    for quantity in (*card.predicts, *card.needs, *card.valid):
        assert messages.has(f"models.quantities.{quantity}", "nl"), quantity
    assert card.predicted("nl")
    assert card.source


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)
def test_the_english_card_says_what_the_head_says(card: models.Card) -> None:
    assert card.departures("en") in ("", card.departs)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)
def test_a_card_names_a_module_that_is_there(card: models.Card) -> None:
    assert import_module(card.module).__doc__


def test_every_norm_has_a_card() -> None:
    assert {card.name for card in CARDS if card.role == "norm"} == set(norms())


def test_the_cards_of_a_scenario_are_those_it_uses_and_their_weights_sum_to_one() -> None:
    scenario = front.template("groningen", ["risk.model=V7"])
    used = models.cards(scenario)
    assert [card.name for card in used if card.role == "fragility"] == ["V7"]
    assert sum(card.weight for card in used if card.role == "magnitude") == pytest.approx(1.0)


def test_a_model_without_weight_is_not_on_the_cards_of_a_scenario() -> None:
    weights = "source.magnitude={linear_stress = 1.0, thickness_split = 0.0}"
    used = models.cards(front.template("groningen", [weights]))
    assert [card.name for card in used if card.role == "magnitude"] == ["linear_stress"]


def test_ranges_follow_the_language() -> None:
    card = next(card for card in CARDS if card.key == "fragility.V7")
    assert card.ranges("nl") == ("gemiddelde spectrale versnelling (g): 0,001–5",)
    assert card.ranges("en") == ("average spectral acceleration (g): 0.001–5",)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.key)
def test_the_english_source_is_that_of_the_head(card: models.Card) -> None:
    assert card.sourced("en") == card.source


def test_a_name_of_the_code_stands_behind_its_name_in_words() -> None:
    card = next(card for card in CARDS if card.key == "pressure.gas_flow")
    assert card.called("nl") == "gasstroming (gas_flow)"
    assert "1,936" not in card.sourced("nl")
