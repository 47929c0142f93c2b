"""What is known about an application, as frozen records; None is "not known" and stays so.

The fields are those of the file of worked examples and of the dossier that a case worker writes (`reading`). Amounts
are euro as Decimal, accelerations g as the decimals that were written: nothing is rounded on the way.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["installation", "building"]
Payer = Literal["NCG", "NAM"]
Status = Literal["paid", "pending", "finally_rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Company:
    """A company at a location, with the evidence of its categories.

    `categories` None means that they follow from the evidence: `bevi_2_1` (letters of article 2(1) of the Bevi),
    `ied_annex_i`, `arie`, `risk_map`. `annex_i_nr` names the establishment of annex I that this one continues under
    another name, `annex_i_proof` whether that was shown.
    """

    name: str = ""
    location: str = ""
    municipality: str = ""
    annex_i: bool | None = None
    annex_i_nr: int | None = None
    annex_i_proof: bool | None = None
    categories: tuple[str, ...] | None = None
    bevi_2_1: tuple[str, ...] | None = None
    ied_annex_i: bool | None = None
    arie: bool | None = None
    risk_map: bool | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """An object: an installation or a building, realised at filing or not.

    `pga475_application` and `pga475_completion` are the peak ground accelerations at 475 years (g) for the day of
    filing and for the expected completion; more than one where the object touches more than one cell.
    `expected_completion` is a day, or a year as a whole number. `rd` are its points in RD New (m): one,
    or its corners.
    """

    id: str
    kind: Kind | None = None
    type: str = ""
    functionally_linked: bool | None = None
    realised: bool | None = None
    expected_completion: date | int | None = None
    pga475_application: tuple[Decimal, ...] = ()
    pga475_completion: tuple[Decimal, ...] = ()
    selected_phase1: bool | None = None
    rd: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an acceleration of an object was read: a run, the year asked and the year taken, the level with its band.

    `share` is the share of the branches of the logic tree at or above the threshold; `point` (RD New, m) the one of the
    object with the highest level, `points` how many were looked at.
    """

    item: str
    when: Literal["filing", "completion"]
    run: str
    asked: int
    year: int
    value_g: Decimal
    low_g: Decimal
    high_g: Decimal
    share: Decimal
    reaches: str
    point: tuple[float, float]
    points: int = 1


@dataclass(frozen=True, slots=True)
class Work:
    """What was done, and by which methods; an empty tuple means that none is named."""

    activities_completed: bool | None = None
    design_completed: bool | None = None
    qualitative: tuple[str, ...] = ()
    quantitative: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """A line of cost (euro, without recoverable VAT); `item` is the object it belongs to, "" for all of them."""

    id: str
    eur: Decimal
    cost_class: str
    label: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier or pending payment of an activity for objects; `proof` of a withdrawal, where that is known."""

    payer: Payer
    article: str
    status: Status
    items: tuple[str, ...] = ()
    site: str = ""
    proof: bool | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the application: a request to supplement, a delay, a review, an extension.

    A request has its `day`, the last day of its term `term_end` if one was set, and the day on which it was
    `supplemented`, and what it asked for (`asked`: codes of documents or references; None is not known). A delay
    has its first and last day, `start` and `end`; an extension its new last day in `end`.
    """

    type: str
    day: date | None = None
    term_end: date | None = None
    supplemented: date | None = None
    start: date | None = None
    end: date | None = None
    asked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An application under one paying article, with everything known about it."""

    id: str
    received: date
    claim_article: str
    title: str = ""
    today: date | None = None
    company: Company = field(default_factory=Company)
    items: tuple[Item, ...] = ()
    work: Work = field(default_factory=Work)
    documents: frozenset[str] = frozenset()
    annex_ii_missing: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()
    history: tuple[Earlier, ...] = ()
    phase2_performed: bool | None = None
    events: tuple[Event, ...] = ()
    pga: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class TermCase:
    """Dates and numbers from which terms, penalty and burden follow; None is left out of the answer."""

    id: str
    title: str = ""
    received: date | None = None
    notice_of_default_received: date | None = None
    decision_announced: date | None = None
    penalty_days: int | None = None
    minutes: Decimal | None = None
    rate_eur_per_hour: Decimal | None = None
    events: tuple[Event, ...] = ()
