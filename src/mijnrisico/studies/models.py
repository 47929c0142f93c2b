"""Every model of the package as a card, made from the heads of the models.

    cards()                  all models of the package, in the order of the chain
    cards(scenario)          those that answer this scenario, with their weights in the logic tree
    card.what("nl")          what the model does, in a sentence
    card.departures("nl")    where the code differs from the source, "" where it does not

A card repeats its head and adds where the model stands; words for people come from the message catalogue
(`models.*`), in both languages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mijnrisico import messages
from mijnrisico.core.model import Model, Role
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from mijnrisico.core.norm import Norm
    from mijnrisico.core.scenario import Scenario
    from mijnrisico.seismic.consequence.occupants import Consequence
    from mijnrisico.seismic.fragility.displacement import Fragility
    from mijnrisico.seismic.motion import Motion

_RATES: Final = ("rate_and_state", "dempsey_suckale", "smoothed_stationary")
NONE: Final = "none"
"""What `departs` of a head says when the code does what the source says."""


@dataclass(frozen=True, slots=True)
class Card:
    """One model: the fields of its head, the module that holds it and its weight in the tree of a scenario.

    Quantities and `valid` are keyed as in the head; `named` gives their public names.
    """

    role: Role
    name: str
    predicts: Mapping[str, str]
    needs: Mapping[str, str]
    valid: Mapping[str, tuple[float, float]]
    source: str
    departs: str
    module: str
    weight: float = 1.0

    @property
    def key(self) -> str:
        """Name that is unique among all models, such as `fragility.V7`."""
        return f"{self.role}.{self.name}"

    def role_name(self, lang: Language = "en") -> str:
        """Return the public name of the role."""
        return messages.text(f"models.roles.{self.role}", lang)

    def what(self, lang: Language = "en") -> str:
        """Return what the model does, in a sentence."""
        return messages.text(f"models.what.{self.key}", lang)

    def called(self, lang: Language = "en") -> str:
        """Return the name in words with the name in the code behind it; the latter alone where it is a name itself."""
        key = f"models.names.{self.key}"
        return f"{messages.text(key, lang)} ({self.name})" if messages.has(key, lang) else self.name

    def sourced(self, lang: Language = "en") -> str:
        """Return where the model comes from, in words of the language where the source is more than a reference."""
        key = f"models.sources.{self.key}"
        return messages.text(key, lang) if messages.has(key, lang) else self.source

    def departures(self, lang: Language = "en") -> str:
        """Return where the code differs from its source; empty where it does not."""
        return "" if self.departs == NONE else messages.text(f"models.departs.{self.key}", lang)

    def predicted(self, lang: Language = "en") -> tuple[str, ...]:
        """Return what the model predicts, with units, in words."""
        return tuple(_with_unit(name, unit, lang) for name, unit in self.predicts.items())

    def needed(self, lang: Language = "en") -> tuple[str, ...]:
        """Return what the model needs, with units, in words."""
        return tuple(_with_unit(name, unit, lang) for name, unit in self.needs.items())

    def ranges(self, lang: Language = "en") -> tuple[str, ...]:
        """Return the ranges in which the model was made or tested, in words."""
        return tuple(
            f"{named(name, lang)}: {_plain(low, lang)}–{_plain(high, lang)}" for name, (low, high) in self.valid.items()
        )


def named(quantity: str, lang: Language = "en") -> str:
    """Return the public name of a quantity of a head; one without a name is a symbol and stays as it is."""
    return messages.label("models.quantities", quantity, lang)


def cards(scenario: "Scenario | None" = None) -> tuple[Card, ...]:
    """Return the cards of all models, or of those that answer a scenario; in the order of the chain."""
    from mijnrisico.core import norm
    from mijnrisico.seismic import (
        aftershocks,
        consequence,
        damage,
        exposure,
        fragility,
        motion,
        rupture,
        site,
        spatial_correlation,
    )
    from mijnrisico.seismic.magnitude import constant, linear_stress, tanh_stress, thickness_split
    from mijnrisico.seismic.motion import bommer_2017_duration
    from mijnrisico.seismic.source import dempsey_suckale, extreme_threshold, rate_and_state, smoothed_stationary
    from mijnrisico.subsidence import kernel
    from mijnrisico.subsurface import fault_stress, thermal, thin_sheet
    from mijnrisico.subsurface.cavern import closure
    from mijnrisico.subsurface.compaction import bilinear, linear, rate_type, time_decay
    from mijnrisico.subsurface.gas_flow import model as gas_flow

    rock = (linear, bilinear, time_decay, rate_type, thermal)
    below = (gas_flow, *rock, closure, fault_stress, thin_sheet)
    rates = (extreme_threshold, rate_and_state, dempsey_suckale, smoothed_stationary, aftershocks)
    magnitudes = (linear_stress, thickness_split, tanh_stress, constant)
    modules = (*below, *rates, *magnitudes, rupture)
    found = [_of_head(module.MODEL, module.__name__) for module in modules]
    found += [_of_motion(each.head, name, _home(each.reference)) for name, each in motion.MODELS.items()]
    found.append(_of_motion(bommer_2017_duration.MODEL, "V5_duration", bommer_2017_duration.__name__))
    found.append(_of_head(spatial_correlation.MODEL, spatial_correlation.__name__))
    found.append(_of_head(site.MODEL, site.__name__))
    found.append(_of_head(fragility.fcm_v5.MODEL, fragility.fcm_v5.__name__))
    found += [_of_vulnerability("fragility", head, _home(head.coefficients)) for head in fragility.MODELS]
    found += [
        _of_vulnerability("consequence", head, _home(head.coefficients))
        for head in (consequence.fcm_v5.MODEL, *consequence.MODELS)
    ]
    found += [_of_head(each.MODEL, each.__name__) for each in (damage.ds1, damage.korswagen_2022)]
    found += [_of_head(each.MODEL, each.__name__) for each in (exposure.people, exposure.synthetic)]
    found += [_of_head(head, f"{kernel.__name__}.{name}") for name, head in kernel.MODELS.items()]
    found += [_of_norm(each) for each in norm.norms().values()]
    return tuple(found) if scenario is None else tuple(_chosen(found, scenario))


_SHAKING: Final = ("rupture", "motion", "site", "fragility", "consequence", "damage", "exposure", "norm")
"""Roles that a forecast from a file leaves."""
SYNTHETIC: Final = "synthetic_buildings"
"""Model of the buildings that a file of the user replaces."""
_OF_SUBSIDENCE: Final = ("kernel", "closure")
"""Roles that no question about earthquakes has."""
_GRONINGEN: Final = ("site", "fragility", "consequence", "damage", "exposure")
"""Roles that only a ground-motion model with the zones of Groningen has."""


def _chosen(found: list[Card], scenario: "Scenario") -> list[Card]:
    """Leave out what the scenario does not use; give the branches of its tree their weights."""
    rate, magnitude = scenario.source.rate.tree, scenario.source.magnitude.tree
    delayed = rate.get("elastic_plastic", 0.0)
    weights = {f"rate.{name}": rate.get(name, 0.0) for name in _RATES} | {
        "rate.extreme_threshold": rate.get("elastic", 0.0) + delayed,
        "stress.elastic_thin_sheet": rate.get("elastic", 0.0) + rate.get("rate_and_state", 0.0),
        "stress.elastic_plastic_thin_sheet": delayed,
        "compaction.linear": rate.get("elastic", 0.0) + rate.get("rate_and_state", 0.0),
        "compaction.rate_type": delayed,
        **dict.fromkeys(("compaction.bilinear", "compaction.time_decay", "compaction.thermal"), 0.0),
    }
    chosen = {"motion": scenario.motion.model, "fragility": scenario.risk.model, "consequence": scenario.risk.model}
    chosen["damage"] = "ds1"  # the cracks of walls are asked of a history, not of a forecast
    kept = [card for card in found if card.role not in _OF_SUBSIDENCE]
    kept = [card for card in kept if chosen.get(card.role, card.name) == card.name]
    if scenario.inputs.exposure.file:
        kept = [card for card in kept if card.name != SYNTHETIC]
    if scenario.inputs.forecast.file:
        kept = [card for card in kept if card.role in _SHAKING]
    if not scenario.motion.model.startswith("V"):
        kept = [card for card in kept if card.role not in _GRONINGEN]
    weights |= {card.key: magnitude.get(card.name, 0.0) for card in kept if card.role == "magnitude"}
    weighed = [replace(card, weight=weights.get(card.key, card.weight)) for card in kept]
    return [card for card in weighed if card.weight > 0.0]


def _of_head(head: Model, module: str) -> Card:
    return Card(head.role, head.name, head.predicts, head.needs, head.valid, head.source, head.departs, module)


def _of_motion(head: "Motion", name: str, module: str) -> Card:
    source = f"{head.source.reference}; {head.source.tables}, {head.source.licence}"
    needs = dict.fromkeys(head.needs, "")
    return Card("motion", name, head.predicts, needs, head.valid, source, head.departs or NONE, module)


def _of_vulnerability(role: Role, head: "Fragility | Consequence", module: str) -> Card:
    valid: Mapping[str, tuple[float, float]] = getattr(head, "valid", {})  # a consequence model states no range
    return Card(role, head.name, head.predicts, head.needs, valid, head.source, head.departs, module)


def _of_norm(norm: "Norm") -> Card:
    dated = norm.dated.isoformat() if norm.dated else ""
    source = "; ".join(part for part in (norm.instrument, dated, norm.article, norm.source) if part)
    needs = {norm.quantity: norm.unit}
    return Card("norm", norm.name, {"verdict": ""}, needs, {}, source, norm.note or NONE, "mijnrisico.core.norm")


def _home(function: Callable[..., object]) -> str:
    return function.__module__


def _with_unit(quantity: str, unit: str, lang: Language) -> str:
    shown = "" if unit in ("", "1") else messages.label("models.units", unit, lang)
    return f"{named(quantity, lang)} ({shown})" if shown else named(quantity, lang)


def _plain(value: float, lang: Language) -> str:
    """Write a bound as it is: years without separators, decimals in the reader's language."""
    written = f"{value:g}"
    return written.replace(".", ",") if lang == "nl" else written
