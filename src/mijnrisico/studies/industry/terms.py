"""Terms of a decision: a ledger of what happened, and the days that follow from it.

    last day = receipt + 8 weeks + suspended days, then the next working day          (Awb 4:13(2), 4:15; Atw 1)

A request to supplement suspends from the day after it up to the day before the supplement, or through the last day of
its term where that passes unused; without a term it does not suspend (RvS 21 September 2016, ECLI:NL:RVS:2016:2527).
Reviews do not suspend. Days that are suspended on two grounds count once. The ledger is taken in the order of time:
what happens on a day on which the term still runs counts (extended, suspended, or run on to a working day), what comes
after it does not, and an extension that comes after it is refused (Awb 4:14(3)). All is a function of the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from mijnrisico.studies.industry import rule
from mijnrisico.studies.industry.facts import Event, TermCase
from mijnrisico.studies.industry.holidays import working_day_from

REQUEST: Final = "supplement_request"
EXTENSION: Final = "extension"
_WEEK: Final = 7
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days on which the term stands still, both included, with the ground; `open` while nobody knows its last day."""

    type: str
    article: str
    first: date
    last: date
    open: bool = False

    @property
    def days(self) -> int:
        """How many days that is."""
        return max((self.last - self.first).days + 1, 0)


@dataclass(frozen=True, slots=True)
class DecisionTerm:
    """The term of a decision; `last_day` and `suspended_days` are None while a request to supplement is open.

    `at_latest` is the last day if the open request passes unused. `without_term` are requests that do not suspend,
    `too_late` the days of extensions that were announced after the term had lapsed.
    """

    received: date
    base_last_day: date
    suspensions: tuple[Suspension, ...]
    suspended_days: int | None
    last_day: date | None
    at_latest: date
    without_term: tuple[date, ...]
    articles: tuple[str, ...]
    too_late: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Penalty:
    """Penalty for deciding late: its first day, the days and the amount; None where the facts do not say."""

    first_day: date | None
    days: int | None
    eur: Decimal | None
    premature: bool = False


@dataclass(frozen=True, slots=True)
class TermAnswer:
    """What follows from the dates of a term case; None is left out."""

    id: str
    title: str = ""
    last_day_of_decision_term: date | None = None
    first_penalty_day: date | None = None
    penalty_days: int | None = None
    penalty_eur: Decimal | None = None
    pay_by: date | None = None
    first_day: date | None = None
    last_day: date | None = None
    eur: Decimal | None = None
    articles: tuple[str, ...] = ()
    premature_notice: bool = False
    prematurity_untested: bool = False
    rates_unknown: bool = False


def decision_term(received: date, events: Iterable[Event] = (), today: date | None = None) -> DecisionTerm:
    """Return the term of a decision on an application that was received on that day.

    Args:
        received: day of receipt.
        events: requests, delays and extensions, in any order.
        today: day of the assessment. Without it a request that was not answered counts as passed unused.

    >>> request = Event("supplement_request", date(2021, 3, 15), date(2021, 4, 12), date(2021, 4, 6))
    >>> term = decision_term(date(2021, 3, 1), [request])
    >>> term.suspended_days, term.last_day.isoformat()
    (21, '2021-05-17')
    """
    law: Mapping[str, Any] = rule.law_of_terms()
    events = sorted(events, key=lambda each: (each.day or each.start or received, each.type))
    base = received + timedelta(days=law["decision"]["weeks"] * _WEEK)
    ledger = _run(events, base, today)
    counted, end = tuple(ledger.counted), ledger.end
    suspended = sum(each.days for each in counted)
    articles = [law["decision"]["article"], *(each.article for each in counted)]
    articles += [law["extension"]["article"]] if ledger.extended else []
    articles += [law["extension"]["in_time"]] if ledger.too_late else []
    last = working_day_from(end)
    if last != end:
        articles.append("Atw 1")
    is_open = any(each.open for each in counted)
    return DecisionTerm(
        received=received,
        base_last_day=base,
        suspensions=counted,
        suspended_days=None if is_open else suspended,
        last_day=None if is_open else last,
        at_latest=last,
        without_term=tuple(each.day for each in events if each.type == REQUEST and each.day and each.term_end is None),
        articles=tuple(dict.fromkeys(articles)),
        too_late=tuple(ledger.too_late),
    )


def _suspension(event: Event, today: date | None) -> Suspension | None:
    law: Mapping[str, Any] = rule.law_of_terms()
    ground = law["suspensions"].get(event.type)
    if ground is None:
        return None
    if event.type != REQUEST:
        assert event.start is not None
        assert event.end is not None
        return Suspension(event.type, ground["article"], event.start, event.end)
    if event.day is None or event.term_end is None:
        return None
    answered = event.supplemented is not None and event.supplemented <= event.term_end
    last = event.supplemented - _DAY if event.supplemented is not None and answered else event.term_end
    waiting = event.supplemented is None and today is not None and today <= event.term_end
    return Suspension(event.type, ground["article"], event.day + _DAY, last, waiting)


@dataclass(slots=True)
class _Ledger:
    """The term as far as the events were taken: its end, what counted, and the last day suspended so far."""

    end: date
    counted: list[Suspension] = field(default_factory=list)
    too_late: list[date] = field(default_factory=list)
    taken: date = date.min
    extended: bool = False

    def extend(self, until: date) -> None:
        """Move the end; an extension to an earlier day changes nothing."""
        if until > self.end:
            self.end, self.extended = until, True

    def suspend(self, ground: Suspension) -> None:
        """Stand still for the days that no earlier ground took."""
        first = max(ground.first, self.taken + _DAY) if self.counted else ground.first
        if first > ground.last:
            return
        one = Suspension(ground.type, ground.article, first, ground.last, ground.open)
        self.counted.append(one)
        self.taken = ground.last
        # a suspension that begins when the term already ran on to a working day keeps that day
        self.end = (self.end if first <= self.end else working_day_from(self.end)) + timedelta(days=one.days)


def _run(events: Iterable[Event], base: date, today: date | None) -> _Ledger:
    """Take the events in the order of time; one counts if the term still ran on its day.

    An extension of which the day is not known counts as announced on the last day on which that was possible.
    """
    ledger = _Ledger(base)
    undated = [each.end for each in events if each.type == EXTENSION and each.day is None and each.end is not None]
    for moment, _, event in sorted(_moments(events), key=lambda each: each[:2]):
        if moment > working_day_from(ledger.end):
            while undated:
                ledger.extend(undated.pop())
        in_time = moment <= working_day_from(ledger.end)
        if event.type == EXTENSION and event.end is not None:
            if in_time:
                ledger.extend(event.end)
            else:
                ledger.too_late.append(moment)
        elif in_time and (ground := _suspension(event, today)) is not None:
            ledger.suspend(ground)
    for until in undated:
        ledger.extend(until)
    return ledger


def _moments(events: Iterable[Event]) -> Iterator[tuple[date, tuple[bool, date], Event]]:
    """Yield the day of each event that counts, what decides between two of one day, and the event."""
    for each in events:
        moment = each.start if each.start is not None else each.day
        if moment is not None:
            yield moment, (each.type == EXTENSION, each.end or each.supplemented or each.term_end or date.max), each


def announce_unprocessed_by(lapsed: date) -> date:
    """Return the last day to announce that an application is left unprocessed (Awb 4:5(4)).

    `lapsed` is the last day of the term to supplement, or the day of a supplement that did not suffice.
    """
    law: Mapping[str, Any] = rule.law_of_terms()
    return working_day_from(lapsed + timedelta(days=law["unprocessed"]["weeks"] * _WEEK))


def pay_by(announced: date) -> date:
    """Return the last day of payment after a grant that was announced on that day (Awb 4:87(1)).

    >>> pay_by(date(2021, 4, 15)).isoformat()
    '2021-05-27'
    """
    law: Mapping[str, Any] = rule.law_of_terms()
    return working_day_from(announced + timedelta(days=law["payment"]["weeks"] * _WEEK))


def objection(announced: date) -> tuple[date, date]:
    """Return the first and last day on which an objection can be made (Awb 6:7, 6:8)."""
    law: Mapping[str, Any] = rule.law_of_terms()
    return announced + _DAY, working_day_from(announced + timedelta(days=law["objection"]["weeks"] * _WEEK))


def penalty_eur(days: int, first_day: date | None = None) -> Decimal | None:
    """Return the penalty for a number of days late (Awb 4:17), capped; None where the rates are not known.

    Each day has the rate of that day. Without a first day the latest known rates are taken.

    >>> penalty_eur(16), penalty_eur(100)
    (Decimal('392'), Decimal('1442'))
    """
    law: Mapping[str, Any] = rule.law_of_terms()
    table = law["penalty"]
    total = Decimal(0)
    for index in range(min(days, max(_most_days(each) for each in table))):
        day = None if first_day is None else first_day + timedelta(days=index)
        rates = table[-1] if day is None else next((each for each in table if _holds(each, day)), None)
        if rates is None:
            return None
        total += _rate(rates["steps"], index)
    return total


def _holds(rates: Mapping[str, Any], day: date) -> bool:
    return rates.get("valid_from", day) <= day <= rates.get("valid_until", day)


def _most_days(rates: Mapping[str, Any]) -> int:
    return sum(step["days"] for step in rates["steps"])


def _rate(steps: list[Mapping[str, int]], index: int) -> int:
    """Return the rate of a day, counted from 0; nothing behind the last step."""
    for step in steps:
        if index < step["days"]:
            return step["eur"]
        index -= step["days"]
    return 0


def penalty(notice: date, announced: date | None, last_day: date | None = None) -> Penalty:
    """Return the penalty after a notice of default: from the day after two full weeks, the day of decision not counted.

    A notice on or before the last day of the decision term is premature, and nothing follows from it.
    """
    law: Mapping[str, Any] = rule.law_of_terms()
    if last_day is not None and notice <= last_day:
        return Penalty(None, None, None, premature=True)
    first = notice + timedelta(days=law["notice"]["weeks"] * _WEEK) + _DAY
    if announced is None:
        return Penalty(first, None, None)
    most = max(_most_days(each) for each in law["penalty"])
    days = min(max((announced - first).days, 0), most)
    return Penalty(first, days, penalty_eur(days, first))


def burden_eur(minutes: Decimal, rate_eur_per_hour: Decimal) -> Decimal:
    """Return the administrative burden of an application, to the cent.

    >>> burden_eur(Decimal(39), Decimal(54))
    Decimal('35.10')
    """
    return (minutes * rate_eur_per_hour / 60).quantize(Decimal("0.01"))


def answer(case: TermCase) -> TermAnswer:
    """Return everything that follows from the dates of a term case."""
    law: Mapping[str, Any] = rule.law_of_terms()
    found: dict[str, Any] = {}
    articles: list[str] = []
    if case.received is not None:
        found["last_day_of_decision_term"] = decision_term(case.received, case.events).last_day
        articles.append("Awb 4:13")
    if case.notice_of_default_received is not None:
        late = penalty(case.notice_of_default_received, case.decision_announced, found.get("last_day_of_decision_term"))
        found |= {"first_penalty_day": late.first_day, "penalty_days": late.days, "penalty_eur": late.eur}
        found |= {"premature_notice": late.premature, "rates_unknown": late.days is not None and late.eur is None}
        found["prematurity_untested"] = found.get("last_day_of_decision_term") is None
        articles.append(law["notice"]["article"])
        articles += [] if late.premature else [law["notice"]["exceptions"]]
    elif case.penalty_days is not None:
        found |= {"penalty_days": case.penalty_days, "penalty_eur": penalty_eur(case.penalty_days)}
        articles.append(law["notice"]["article"])
    if case.decision_announced is not None:
        found["pay_by"] = pay_by(case.decision_announced)
        found["first_day"], found["last_day"] = objection(case.decision_announced)
        articles += [law["payment"]["article"], *law["objection"]["articles"]]
    if case.minutes is not None and case.rate_eur_per_hour is not None:
        found["eur"] = burden_eur(case.minutes, case.rate_eur_per_hour)
    return TermAnswer(id=case.id, title=case.title, articles=tuple(articles), **found)
