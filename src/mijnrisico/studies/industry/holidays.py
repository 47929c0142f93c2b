"""Dutch public holidays by law, and the next working day.

Article 3 of the Algemene termijnenwet names the days; Good Friday is equated with them, and so are the days that a
decree names, three years at a time. All of it is data (`rules/terms.toml`); only Easter is computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from mijnrisico.studies.industry import rule

_SATURDAY: Final = 5
_SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which no term ends: its name in the data and the article by which."""

    day: date
    name: str
    article: str


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the rule of Gauss in the form of Meeus, Jones and Butcher).

    >>> easter(2021)
    datetime.date(2021, 4, 4)
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@cache
def of_year(year: int) -> Mapping[date, Holiday]:
    """Return the public holidays of a year and the days equated with them, in order."""
    data: Mapping[str, Any] = rule.law_of_terms()
    found = [
        Holiday(_day(each, year), each["name"], each["article"])
        for each in data["holidays"]
        if each.get("valid_from_year", year) <= year <= each.get("valid_until_year", year)
    ]
    found += [
        Holiday(day, "equated", "Atw 3(3)") for each in data["equated"] for day in each["days"] if day.year == year
    ]
    return {each.day: each for each in sorted(found, key=lambda each: each.day)}


def decree_known(year: int) -> bool:
    """Say whether the days that a decree equates in that year are in the data."""
    data: Mapping[str, Any] = rule.law_of_terms()
    return any(year in each["years"] for each in data["equated"])


def is_working_day(day: date) -> bool:
    """Say whether a term can end on that day (Atw 1)."""
    return day.weekday() not in (_SATURDAY, _SUNDAY) and day not in of_year(day.year)


def working_day_from(day: date) -> date:
    """Return that day, or the next one on which a term can end.

    >>> working_day_from(date(2021, 4, 2)).isoformat()  # Good Friday, weekend, Easter Monday
    '2021-04-06'
    """
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def _day(each: Mapping[str, Any], year: int) -> date:
    if "easter" in each:
        return easter(year) + timedelta(days=each["easter"])
    month, day = (int(part) for part in each["day"].split("-"))
    found = date(year, month, day)
    return found + timedelta(days=each.get("sunday", 0)) if found.weekday() == _SUNDAY else found
