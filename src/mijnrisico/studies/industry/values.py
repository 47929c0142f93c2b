"""Values as a user writes them: each read as what it must be, or refused with its place and what to write instead.

Every function takes a value, its place and the list to which it adds what is wrong; it returns None for a value that
cannot be used. Nothing is corrected silently.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from mijnrisico.core import toml
from mijnrisico.errors import Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry import rule

LARGEST_G: Final = 3
"""No acceleration that the rule is about comes near this; a larger number was meant in another unit."""

_LARGEST_EUR: Final = 10**12
_MOST_DIGITS: Final = 30
"""Before and behind the point: beyond them a number is no quantity of this rule."""
TWICE: Final = "\0twice"
"""Where a table of JSON notes the keys that stand in it twice."""
RD: Final = ((-7_000, 300_000), (289_000, 629_000))
"""Bounds of x and y in RD New (m), as the system itself is defined."""

_YEARS: Final = (1900, 2200)
_DUTCH: Final = {
    "aanvraag": "claim_article", "artikel": "claim_article", "bedrijf": "company", "naam": "name", "plaats": "location",
    "gemeente": "municipality", "bijlage_i": "annex_i", "categorieen": "categories", "categorieën": "categories",
    "object": "objects", "objecten": "objects", "soort": "kind", "gerealiseerd": "realised", "werk": "work",
    "methoden": "methods", "stukken": "documents", "documenten": "documents", "kosten": "costs", "klasse": "class",
    "bedrag": "eur", "omschrijving": "label", "historie": "history", "geschiedenis": "history", "datum": "date",
    "gebeurtenissen": "events", "ontvangen": "received", "vandaag": "today", "van": "from", "tot": "to",
}  # fmt: skip
"""Dutch words that a case worker may write for a key."""
_YES_NO: Final = {"ja": True, "nee": False, "yes": True, "no": False, "true": True, "false": False, "waar": True}
_DAY: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_ARTICLE: Final = re.compile(r"(?:art(?:ikel|icle)?\.?\s*)?(\d+)\b.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its path, and how it is written there."""

    path: str = ""
    name: str = ""
    is_json: bool = False

    def key(self, name: str) -> "Place":
        """Return the place of a key of the table that stands here."""
        return Place(f"{self.path}.{name}" if self.path else name, name, self.is_json)

    def item(self, index: int) -> "Place":
        """Return the place of an item of the list that stands here, counted from 0."""
        return Place(f"{self.path}[{index}]", "", self.is_json)

    def example(self, value: object) -> str:
        """Write a value as it would stand here."""
        written = as_json(value) if self.is_json else toml.written(value)
        if not self.name:
            return written
        return f'"{self.name}": {written}' if self.is_json else f"{self.name} = {written}"


Found = list[Problem]
Read = Callable[[object, Place, Found], Any]


def repeated(tree: dict[str, Any], place: Place) -> Iterator[Problem]:
    """Yield a problem for each key that stands in a table twice, and take the note of it away."""
    for key in tree.pop(TWICE, ()):
        params = {"got": key, "expected": Phrase("industry.expected.once"), "example": Phrase("industry.keep_one")}
        yield Problem("E503", place.key(key).path, params)


def table(
    value: object, place: Place, found: Found, fields: Mapping[str, Read], needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Read a table key by key; a null counts as absent, an unknown key and a needed one that is absent as faults."""
    if not isinstance(value, dict):
        found.append(wrong(value, place, "table", '{"id": "1"}' if place.is_json else f"[{place.path}]"))
        return {}
    got: dict[str, Any] = {}
    found += repeated(value, place)
    for key, each in value.items():
        if key not in fields:
            found.append(unknown(key, tuple(fields), place))
        elif each is not None and (read_value := fields[key](each, place.key(key), found)) is not None:
            got[key] = read_value
    examples = {"received": "2021-03-01", "claim_article": "5", "eur": 40000, "class": "external", "id": "T1"}
    more = {"payer": "NAM", "article": "5", "status": "paid", "type": "supplement_request"}
    for key in needed:
        if value.get(key) is None:
            found.append(missing(place.key(key), {**examples, **more}[key]))
    return got


def made(record: Callable[..., Any], got: dict[str, Any], *needed: str) -> Any:
    """Make a record of what was read; None where something that it needs is lacking."""
    return record(**got) if all(key in got for key in needed) else None


def list_of(one: Read) -> Read:
    """Read a list, each item by `one`."""

    def read_list(value: object, place: Place, found: Found) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            found.append(wrong(value, place, "list", place.example([value] if isinstance(value, str) else [])))
            return None
        return tuple(one(each, place.item(index), found) for index, each in enumerate(value))

    return read_list


def string(value: object, place: Place, found: Found) -> str | None:
    """Read text."""
    if isinstance(value, str):
        return value.strip()
    found.append(wrong(value, place, "text", place.example(str(value))))
    return None


def identifier(value: object, place: Place, found: Found) -> str | None:
    """Read text that is not empty."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        found.append(wrong(value, place, "text", place.example(str(value))))
    else:
        found.append(wrong(value, place, "id", place.example("T1")))
    return None


def boolean(value: object, place: Place, found: Found) -> bool | None:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    meant = _YES_NO.get(str(value).strip().lower(), True)
    found.append(wrong(value, place, "bool", place.example(meant)))
    return None


def whole(value: object, place: Place, found: Found) -> int | None:
    """Read a whole number of 0 or more."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found.append(wrong(value, place, "whole", place.example(16)))
    return None


def decimal(value: object, place: Place, found: Found) -> Decimal | None:
    """Read a number of 0 or more; a text is refused with the number that it seems to mean."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and number >= 0 and (not number or abs(number.adjusted()) <= _MOST_DIGITS):
            return number
        found.append(wrong(value, place, "not_negative", place.example(abs(value) if number.is_finite() else 0)))
        return None
    meant = _meant_number(value)
    found.append(wrong(value, place, "number", place.example(Decimal("0.08") if meant is None else meant)))
    return None


def money(value: object, place: Place, found: Found) -> Decimal | None:
    """Read an amount in euro, in whole cents."""
    number = decimal(value, place, found)
    if number is None:
        return None
    if number >= _LARGEST_EUR:
        found.append(wrong(value, place, "amount", place.example(40000)))
        return None
    cents = number.quantize(Decimal("0.01"))
    if cents != number:
        found.append(wrong(value, place, "cents", place.example(cents)))
        return None
    return cents


def accelerations(value: object, place: Place, found: Found) -> tuple[Decimal, ...] | None:
    """Read a value in g, or the values of all cells that the object touches."""
    values = value if isinstance(value, list) else [value]
    read_values: list[Decimal] = []
    for index, each in enumerate(values):
        here = place.item(index) if isinstance(value, list) else place
        number = decimal(each, here, found)
        if number is not None and number > LARGEST_G:
            found.append(_in_another_unit(number, here))
        elif number is not None:
            read_values.append(number)
    return tuple(read_values)


def points(value: object, place: Place, found: Found) -> tuple[tuple[float, float], ...] | None:
    """Read a point in RD New, or the corners of an object."""
    listed = value if isinstance(value, list) else []
    every = listed if any(isinstance(each, list) for each in listed) else [listed]
    if all(map(_is_point, every)):
        return tuple((float(x), float(y)) for x, y in every)
    found.append(wrong(value, place, "rd", place.example([257900, 593600])))
    return None


def _is_point(value: object) -> bool:
    if not isinstance(value, list) or len(value) != len(RD) or any(isinstance(each, bool) for each in value):
        return False
    return all(
        isinstance(each, int | float | Decimal) and low <= each <= high
        for each, (low, high) in zip(value, RD, strict=True)
    )


def _in_another_unit(number: Decimal, place: Place) -> Problem:
    from mijnrisico.core.scenario import acceleration

    setting = place.example(Decimal(0)).removesuffix("0")
    problem = acceleration.problem(float(number), place.path, setting)
    assert problem is not None
    return problem


def day(value: object, place: Place, found: Found) -> date | None:
    """Read a day: a date of TOML, or text as 2021-03-01."""
    if isinstance(value, date) and not isinstance(value, datetime) and _YEARS[0] <= value.year <= _YEARS[1]:
        return value
    written = value.isoformat() if isinstance(value, date) else str(value).strip()
    try:
        day = date.fromisoformat(written) if isinstance(value, str) and len(written) == 10 else None
    except ValueError:
        day = None
    if day is not None and _YEARS[0] <= day.year <= _YEARS[1]:
        return day
    found.append(wrong(value, place, "day", place.example(_meant_day(written))))
    return None


def day_or_year(value: object, place: Place, found: Found) -> date | int | None:
    """Read a day, or a year."""
    year = int(value) if isinstance(value, str) and re.fullmatch(r"\d{4}", value.strip()) else value
    if isinstance(year, int) and not isinstance(year, bool) and _YEARS[0] <= year <= _YEARS[1]:
        return year
    return day(value, place, found)


def article(value: object, place: Place, found: Found) -> str | None:
    """Read a paying article; `5` without quotes is as good."""
    known = tuple(known_words()["paying"])
    written = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if written in known:
        return written
    match = _ARTICLE.fullmatch(written)
    number = match[1] if match else ""
    nearest = number if number in known else known_words()["application"].get(number, "5")
    found.append(
        Problem("E412", place.path, {"got": as_json(value), "known": known, "nearest": place.example(nearest)})
    )
    return None


def letter(value: object, place: Place, found: Found) -> str | None:
    """Read a small letter."""
    if isinstance(value, str) and re.fullmatch(r"[a-z]", value.strip()):
        return value.strip()
    letter = re.search(r"[A-Za-z]$", str(value).strip())
    example = place.example(letter[0].lower() if letter else "a")
    found.append(wrong(value, place, "letter", example))
    return None


def one_of(known: Iterable[str], otherwise: str = "") -> Read:
    """Read one of the known words, exactly as it is written."""
    words = tuple(known)

    def read_word(value: object, place: Place, found: Found) -> str | None:
        if isinstance(value, str) and value.strip() in words:
            return value.strip()
        found.append(not_among(value, place, words, otherwise))
        return None

    return read_word


def method_names(value: object, place: Place, found: Found) -> tuple[str, ...] | None:
    """Read names of methods; one that the rule does not know is a fact, one in another letter case a slip."""
    if not isinstance(value, list):
        value = [value]
    names: list[str] = []
    known = known_words()["methods"]
    for each in value:
        written = string(each, place, found)
        if written is None:
            continue
        if written not in known and written.casefold().replace(" ", "_") in known:
            found.append(not_among(written, place, tuple(known)))
        names.append(written)
    return tuple(names)


@cache
def known_words() -> Mapping[str, Mapping[str, Any]]:
    """Return the words of every version of the rule: what a file may name."""
    words: dict[str, dict[str, Any]] = {
        key: {} for key in ("paying", "documents", "costs", "methods", "application", "asked")
    }
    for version in rule.versions():
        words["asked"] |= dict(version.documents) | dict(version.articles)
        words["paying"] |= dict(version.paying)
        words["documents"] |= dict(version.documents)
        words["costs"] |= dict(version.costs)
        words["methods"] |= dict(version.methods)
        words["application"] |= {each.application[0]: name for name, each in version.paying.items()}
    return words


# --- what is wrong ---------------------------------------------------------------------------------------------------


def wrong(value: object, place: Place, expected: str, example: str) -> Problem:
    """Return E503 for a value that is not what is expected (`industry.expected.<expected>`)."""
    params = {"got": as_json(value), "expected": Phrase(f"industry.expected.{expected}"), "example": example}
    return Problem("E503", place.path, params)


def missing(place: Place, example: object) -> Problem:
    """Return E503 for a key that is needed and absent."""
    params = {
        "got": Phrase("scenario.nothing"),
        "expected": Phrase("expected.missing"),
        "example": place.example(example),
    }
    return Problem("E503", place.path, params)


def unknown(key: str, known: tuple[str, ...], place: Place) -> Problem:
    """Return E502 for a key that is not known, with the one that was probably meant."""
    here = place.key(key).path
    near = difflib.get_close_matches(_DUTCH.get(key.lower(), key), known, n=1, cutoff=0.6)
    if near:
        return Problem("E502", here, {"key": key, "meant": Phrase("scenario.meant", {"nearest": near[0]})})
    return Problem("E502", here, {"key": key, "meant": Phrase("scenario.known_top", {"known": known})})


def not_among(value: object, place: Place, known: tuple[str, ...], otherwise: str = "") -> Problem:
    """Return E412 with the known word that is nearest, letter case and spaces aside."""
    plain = str(value).strip().casefold().replace(" ", "_").replace("-", "_")
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(plain, folded, n=1, cutoff=0.5)
    nearest = place.example(folded[near[0]]) if near else place.example(otherwise) if otherwise else "–"
    return Problem("E412", place.path, {"got": as_json(value), "known": known, "nearest": nearest})


def _meant_number(value: object) -> Decimal | None:
    """Return the number that a text seems to mean: "0,08", "€ 40.000,00", "40 000"; None where it says none."""
    if not isinstance(value, str):
        return None
    digits = re.sub(r"[^\d.,-]", "", value)
    if "," in digits and ("." not in digits or digits.rindex(",") > digits.rindex(".")):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    return abs(number) if number.is_finite() else None


def _meant_day(written: str) -> str:
    """Return the day that a text seems to mean, in the order year, month, day."""
    if match := _DAY.fullmatch(written):
        return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    return written[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d.+", written) else "2021-03-01"


def as_json(value: object) -> str:
    """Write a value as JSON does, short."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 20 else str(value)
    try:
        written = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        written = str(value)
    return written if len(written) <= 60 else f"{written[:57]}..."
