"""Applications from files: the JSON of worked examples, and the TOML dossier that a case worker writes by hand.

Both have the same fields. JSON: `{"cases": [{"id", "facts": {...}}], "term_cases": [...]}`; keys for readers (`title`,
`expected`, `reasoning`, `conventions`, ...) are passed over. TOML: one dossier a file, the facts at the top level and
in `[company]`, `[[objects]]`, `[work]`, `[[costs]]`, `[[history]]`, `[[events]]`, and dates for penalty and payment in
`[term]`.

Every fault of a case is found at once, each with the path of its field; a case with faults is refused and the others
are read. Nothing is corrected silently: a Dutch decimal such as "0,08", a date as "01-03-2021" or a letter "A" for "a"
is refused with the value to write instead.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from mijnrisico.core import toml
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry import facts, rule
from mijnrisico.studies.industry.facts import Case, Company, Cost, Earlier, Event, Item, Source, TermCase, Work

OBJECT_TYPES: Final = ("storage_tank", "reactor", "pipe_rack", "control_room", "office", "other")
EVENT_TYPES: Final = (
    "supplement_request",
    "consent_delay",
    "applicant_delay",
    "force_majeure",
    "extension",
    "review_requested",
    "review_received",
)
LARGEST_G: Final = 3
"""No acceleration that the rule is about comes near this; a larger number was meant in another unit."""

RD: Final = ((-7_000, 300_000), (289_000, 629_000))
"""Bounds of x and y in RD New (m), as the system itself is defined."""

_LARGEST_EUR: Final = 10**12
_MOST_DIGITS: Final = 30
"""Before and behind the point: beyond them a number is no quantity of this rule."""
_TWICE: Final = "\0twice"
_YEARS: Final = (1900, 2200)
_FOR_READERS: Final = ("title", "conventions", "vocabulary", "fields", "expected", "reasoning", "schema")
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
        written = _written(value) if self.is_json else toml.written(value)
        if not self.name:
            return written
        return f'"{self.name}": {written}' if self.is_json else f"{self.name} = {written}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that cannot be judged as it is written, with everything that is wrong with it."""

    id: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """The cases of a file in its order, the refused ones among them."""

    cases: tuple[Case | Refused, ...] = ()
    term_cases: tuple[TermCase | Refused, ...] = ()


Found = list[Problem]
Read = Callable[[object, Place, Found], Any]


def read(path: Path) -> Batch:
    """Read a file of cases (.json) or a dossier (.toml).

    Raises:
        InputError: E101 where there is no such file, E501 where it is no JSON or TOML, E502 and E503 where it holds
            something else than cases.
    """
    content = text(path)
    if path.suffix.lower() == ".json":
        return from_json(content, path.name)
    return from_toml(content, path.name)


def from_json(content: str, name: str = "cases.json") -> Batch:
    """Read the text of a file of cases; see `read`."""
    try:
        tree = json.loads(content, parse_float=Decimal, parse_constant=str, object_pairs_hook=_marked)
        json.dumps(tree, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        lines = content.split("\n")
        caret = f"\n{lines[error.lineno - 1][:90]}\n{' ' * min(error.colno - 1, 90)}^"
        raise InputError(toml.slip(name, error.lineno, error.colno, "json", caret)) from error
    except RecursionError as error:
        raise InputError(toml.slip(name, 1, 1, "nested")) from error
    except ValueError as error:  # half a character (\ud800), or an integer of thousands of digits
        raise InputError(toml.slip(name, 1, 1, "json")) from error
    found: Found = []
    place = Place(is_json=True)
    if not isinstance(tree, dict) or not {"cases", "term_cases"} & tree.keys():
        got = tuple(tree) if isinstance(tree, dict) else type(tree).__name__
        params = {"got": got, "expected": Phrase("industry.expected.file"), "example": '{"cases": [{"id": "1", ...}]}'}
        raise InputError(Problem("E503", name, params))
    known = ("cases", "term_cases")
    found += _repeated(tree, Place(name))
    found += [_unknown(key, known, Place(name)) for key in tree if key not in (*known, *_FOR_READERS)]
    lists = {key: tree.get(key, []) for key in known}
    for key, value in lists.items():
        if not isinstance(value, list):
            found.append(_wrong(value, place.key(key), "list", '"cases": [...]'))
    if found:
        raise InputError(found)
    return Batch(
        tuple(_entries(lists["cases"], place.key("cases"), _case)),
        tuple(_entries(lists["term_cases"], place.key("term_cases"), _term_case)),
    )


def from_toml(content: str, name: str = "dossier.toml") -> Batch:
    """Read the text of a dossier; see `read`."""
    if problems := toml.slips(content, name):
        raise InputError(problems)
    tree = tomllib.loads(content, parse_float=Decimal)
    term = tree.pop("term", None)
    found: Found = []
    place = Place()
    id_ = _id(tree.pop("id", Path(name).stem), place.key("id"), found) or Path(name).stem
    title = tree.pop("title", "")
    case = _case(id_, str(title), tree, place, found)
    cases = (Refused(id_, tuple(found)) if found or case is None else case,)
    if term is None:
        return Batch(cases)
    of_term: Found = []
    shared = {key: tree[key] for key in ("received", "events") if key in tree}
    whole = {**shared, **term} if isinstance(term, dict) else term
    asked = _term_case(id_, str(title), whole, place.key("term"), of_term)
    of_term = [problem for problem in of_term if problem.where.removeprefix("term.").split("[")[0] not in shared]
    if found and not of_term:  # the facts that both share are wrong: said once
        return Batch(cases)
    return Batch(cases, (Refused(id_, tuple(of_term)) if of_term or asked is None else asked,))


def _marked(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make a table of JSON and note in it which keys stand there twice, where others would take the last silently."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        made[_TWICE] = sorted({key for key in keys if keys.count(key) > 1})
    return made


def _repeated(tree: dict[str, Any], place: Place) -> Iterator[Problem]:
    """Yield a problem for each key that stands in a table twice, and take the note of it away."""
    for key in tree.pop(_TWICE, ()):
        params = {"got": key, "expected": Phrase("industry.expected.once"), "example": Phrase("industry.keep_one")}
        yield Problem("E503", place.key(key).path, params)


def text(path: Path) -> str:
    """Return the text of a file; raises `InputError` E101 where it is not there, E501 where it is no text."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        there = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=1, cutoff=0.4)
        params = {"file": path.as_posix(), "nearest": near[0] if near else "–", "folder": path.parent.resolve()}
        raise InputError(Problem("E101", path.as_posix(), params)) from error
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(toml.slip(path.name, line, 1, "encoding")) from error


def _entries(entries: list[object], place: Place, one: Callable[..., Any]) -> Iterator[Any]:
    """Read every entry of `cases` or `term_cases`; an entry with faults becomes a `Refused`."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        found: Found = []
        here = place.item(index)
        if not isinstance(entry, dict):
            yield Refused(here.path, (_wrong(entry, here, "table", '{"id": "1", "facts": {...}}'),))
            continue
        found += _repeated(entry, here)
        id_ = _id(entry.get("id"), here.key("id"), found) or here.path
        if id_ in seen:
            found.append(_twice(id_, here.key("id")))
        seen.add(id_)
        for key in entry:
            if key not in ("id", "facts", *_FOR_READERS):
                found.append(_unknown(key, ("id", "facts", "title"), here))
        if "facts" not in entry:
            found.append(_missing(here.key("facts"), "{...}"))
            yield Refused(id_, tuple(found))
            continue
        made = one(id_, str(entry.get("title", "")), entry["facts"], Place("facts", "facts", is_json=True), found)
        yield Refused(id_, tuple(found)) if found or made is None else made


def _case(id_: str, title: str, value: object, place: Place, found: Found) -> Case | None:
    known = _known()
    fields: dict[str, Read] = {
        "received": _date,
        "today": _date,
        "claim_article": _article,
        "company": _company,
        "objects": _list_of(_item),
        "work": _work,
        "documents": _list_of(_one_of(known["documents"])),
        "annex_ii_missing": _list_of(_string),
        "costs": _list_of(_cost),
        "history": _list_of(_earlier),
        "phase2_performed": _bool,
        "events": _list_of(_event),
        "pga": _list_of(_source),
    }
    got = _table(value, place, found, fields, needed=("received", "claim_article"))
    items: tuple[Item, ...] = tuple(each for each in got.get("objects", ()) if each is not None)
    costs: tuple[Cost, ...] = tuple(each for each in got.get("costs", ()) if each is not None)
    found += _duplicates(value, "objects", place)
    found += _duplicates(value, "costs", place)
    found += _costs_of_unknown_objects(value, place)
    found += _dates_reversed(got, place)
    found += _not_listed(got.get("company"), place.key("company"))
    if found:
        return None
    return Case(
        id=id_,
        title=title,
        received=got["received"],
        today=got.get("today"),
        claim_article=got["claim_article"],
        company=got.get("company") or Company(),
        items=items,
        work=got.get("work") or Work(),
        documents=frozenset(got.get("documents", ())),
        annex_ii_missing=got.get("annex_ii_missing", ()),
        costs=costs,
        history=got.get("history", ()),
        phase2_performed=got.get("phase2_performed"),
        events=got.get("events", ()),
        pga=got.get("pga", ()),
    )


def _term_case(id_: str, title: str, value: object, place: Place, found: Found) -> TermCase | None:
    fields: dict[str, Read] = {
        "received": _date,
        "notice_of_default_received": _date,
        "decision_announced": _date,
        "penalty_days": _whole,
        "minutes": _decimal,
        "rate_eur_per_hour": _money,
        "events": _list_of(_event),
    }
    got = _table(value, place, found, fields)
    if received := got.get("received"):
        for key in ("notice_of_default_received", "decision_announced"):
            found += _before(got.get(key), received, place.key(key), "received")
        found += _events_before(got.get("events", ()), received, place)
    return None if found else TermCase(id=id_, title=title, **got)


def _company(value: object, place: Place, found: Found) -> Company | None:
    fields: dict[str, Read] = {
        "name": _string,
        "location": _string,
        "municipality": _string,
        "annex_i": _bool,
        "annex_i_nr": _whole,
        "annex_i_proof": _bool,
        "categories": _list_of(_one_of(("a", "b", "c", "d"))),
        "bevi_2_1": _list_of(_letter),
        "ied_annex_i": _bool,
        "arie": _bool,
        "risk_map": _bool,
    }
    return _made(Company, _table(value, place, found, fields))


def _item(value: object, place: Place, found: Found) -> Item | None:
    fields: dict[str, Read] = {
        "id": _id,
        "kind": _one_of(get_args(facts.Kind)),
        "type": _one_of(OBJECT_TYPES, "other"),
        "functionally_linked": _bool,
        "realised": _bool,
        "expected_completion": _day_or_year,
        "pga475_application": _accelerations,
        "pga475_completion": _accelerations,
        "selected_phase1": _bool,
        "rd": _points,
    }
    return _made(Item, _table(value, place, found, fields, needed=("id",)), "id")


def _points(value: object, place: Place, found: Found) -> tuple[tuple[float, float], ...] | None:
    """Read a point in RD New, or the corners of an object."""
    listed = value if isinstance(value, list) else []
    points = listed if any(isinstance(each, list) for each in listed) else [listed]
    if all(map(_is_point, points)):
        return tuple((float(x), float(y)) for x, y in points)
    found.append(_wrong(value, place, "rd", place.example([257900, 593600])))
    return None


def _is_point(value: object) -> bool:
    if not isinstance(value, list) or len(value) != len(RD) or any(isinstance(each, bool) for each in value):
        return False
    return all(
        isinstance(each, int | float | Decimal) and low <= each <= high
        for each, (low, high) in zip(value, RD, strict=True)
    )


def _source(value: object, place: Place, found: Found) -> Source | None:
    """Read where an acceleration comes from, as `mijnrisico industry pga` writes it."""
    fields: dict[str, Read] = {
        "object": _id,
        "when": _one_of(("filing", "completion")),
        "run": _string,
        "asked": _whole,
        "year": _whole,
        "value_g": _decimal,
        "low_g": _decimal,
        "high_g": _decimal,
        "share": _decimal,
        "reaches": _one_of(("yes", "no", "depends")),
        "point": _points,
        "points": _whole,
    }
    got = _table(value, place, found, fields, needed=tuple(fields))
    if len(got) < len(fields) or any(each is None for each in got.values()):
        return None
    got["item"], got["point"] = got.pop("object"), got["point"][0]
    return Source(**got)


def _work(value: object, place: Place, found: Found) -> Work | None:
    fields: dict[str, Read] = {"activities_completed": _bool, "design_completed": _bool, "methods": _methods}
    got = _table(value, place, found, fields)
    methods = got.pop("methods", None) or {}
    return Work(**got, **methods)


def _methods(value: object, place: Place, found: Found) -> dict[str, tuple[str, ...]]:
    fields: dict[str, Read] = {"qualitative": _method_names, "quantitative": _method_names}
    return _table(value, place, found, fields)


def _cost(value: object, place: Place, found: Found) -> Cost | None:
    fields: dict[str, Read] = {
        "id": _id,
        "eur": _money,
        "label": _string,
        "class": _one_of(_known()["costs"]),
        "object": _id,
    }
    got = _table(value, place, found, fields, needed=("id", "eur", "class"))
    renamed = {{"class": "cost_class", "object": "item"}.get(key, key): each for key, each in got.items()}
    return _made(Cost, renamed, "id", "eur", "cost_class")


def _earlier(value: object, place: Place, found: Found) -> Earlier | None:
    fields: dict[str, Read] = {
        "payer": _one_of(get_args(facts.Payer)),
        "article": _article,
        "objects": _list_of(_id),
        "site": _string,
        "status": _one_of(get_args(facts.Status)),
        "proof": _bool,
    }
    got = _table(value, place, found, fields, needed=("payer", "article", "status"))
    renamed = {{"objects": "items"}.get(key, key): each for key, each in got.items()}
    return _made(Earlier, renamed, "payer", "article", "status")


def _event(value: object, place: Place, found: Found) -> Event | None:
    fields: dict[str, Read] = {
        "type": _one_of(EVENT_TYPES),
        "date": _date,
        "term_end": _date,
        "supplemented": _date,
        "from": _date,
        "to": _date,
    }
    got = _table(value, place, found, fields, needed=("type",))
    needs = {"supplement_request": ("date",), "extension": ("to",)}
    needed = needs.get(
        str(got.get("type")), ("from", "to") if str(got.get("type")).endswith(("delay", "majeure")) else ()
    )
    if isinstance(value, dict):
        found += [_missing(place.key(key), "2021-03-15") for key in needed if value.get(key) is None]
    found += _before(got.get("term_end"), got.get("date"), place.key("term_end"), "date")
    found += _before(got.get("supplemented"), got.get("date"), place.key("supplemented"), "date")
    found += _before(got.get("to"), got.get("from"), place.key("to"), "from")
    renamed = {{"date": "day", "from": "start", "to": "end"}.get(key, key): each for key, each in got.items()}
    return _made(Event, renamed, "type")


# --- what several fields say together --------------------------------------------------------------------------------


def _ids(tree: object, name: str, key: str = "id") -> list[str]:
    """Return the ids in a list of tables as they are written, "" for one without: also those of faulty items."""
    listed = tree.get(name) if isinstance(tree, dict) else None
    entries = listed if isinstance(listed, list) else []
    written = [each.get(key) if isinstance(each, dict) else None for each in entries]
    return [each.strip() if isinstance(each, str) else "" for each in written]


def _duplicates(tree: object, name: str, place: Place) -> Iterator[Problem]:
    ids = _ids(tree, name)
    for index, each in enumerate(ids):
        if each and each in ids[:index]:
            yield _twice(each, place.key(name).item(index).key("id"))


def _twice(id_: str, place: Place) -> Problem:
    params = {"got": id_, "expected": Phrase("industry.expected.unique"), "example": place.example(f"{id_}-2")}
    return Problem("E503", place.path, params)


def _costs_of_unknown_objects(tree: object, place: Place) -> Iterator[Problem]:
    known = tuple(filter(None, _ids(tree, "objects")))
    for index, each in enumerate(_ids(tree, "costs", "object")):
        if each and each not in known:
            yield _not_among(each, place.key("costs").item(index).key("object"), known)


def _dates_reversed(got: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    received = got.get("received")
    if received is None:
        return
    yield from _before(got.get("today"), received, place.key("today"), "received")
    yield from _events_before(got.get("events", ()), received, place)
    for index, each in enumerate(got.get("objects", ())):
        if each is None or each.realised is not False:
            continue
        here = place.key("objects").item(index).key("expected_completion")
        if isinstance(each.expected_completion, int):
            if each.expected_completion < received.year:
                yield _reversed(each.expected_completion, received.year, here, "received")
        else:
            yield from _before(each.expected_completion, received, here, "received")


def _events_before(events: Iterable[Event | None], received: date, place: Place) -> Iterator[Problem]:
    for index, event in enumerate(events):
        if event is not None:
            here = place.key("events").item(index)
            yield from _before(event.day, received, here.key("date"), "received")
            yield from _before(event.start, received, here.key("from"), "received")


def _before(later: date | None, earlier: date | None, place: Place, name: str) -> Iterator[Problem]:
    if later is not None and earlier is not None and later < earlier:
        yield _reversed(later, earlier, place, name)


def _reversed(later: date | int, earlier: date | int, place: Place, name: str) -> Problem:
    expected = Phrase("industry.expected.not_before", {"day": str(earlier), "field": name})
    written = earlier.isoformat() if isinstance(earlier, date) else earlier
    params = {"got": str(later), "expected": expected, "example": place.example(written)}
    return Problem("E503", place.path, params)


def _not_listed(company: Company | None, place: Place) -> Iterator[Problem]:
    """Yield E412 for a company that is said to be on annex I and is not, by name and location."""
    if company is None:
        return
    known = tuple(f"{each.name}, {each.location}" for each in rule.annex_i())
    if company.annex_i_nr is not None:
        if company.annex_i_nr not in {each.nr for each in rule.annex_i()}:
            here = place.key("annex_i_nr")
            params = {"got": company.annex_i_nr, "expected": Phrase("industry.expected.nr"), "example": here.example(2)}
            yield Problem("E503", here.path, params)
        return
    if company.annex_i and rule.listed(company.name, company.location) is None:
        got = f"{company.name or '–'}, {company.location or '–'}"
        same = [name for name in known if name.casefold().startswith(company.name.casefold() or "–")]
        near = same or difflib.get_close_matches(got, known, n=1, cutoff=0.3)
        nearest = Phrase("industry.nearest_listed", {"nearest": near[0] if near else "–"})
        params = {"got": got, "known": Phrase("industry.known_listed", {"n": len(known)}), "nearest": nearest}
        yield Problem("E412", place.key("name").path, params)


# --- values ----------------------------------------------------------------------------------------------------------


def _table(
    value: object, place: Place, found: Found, fields: Mapping[str, Read], needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Read a table key by key; a null counts as absent, an unknown key and a needed one that is absent as faults."""
    if not isinstance(value, dict):
        found.append(_wrong(value, place, "table", '{"id": "1"}' if place.is_json else f"[{place.path}]"))
        return {}
    got: dict[str, Any] = {}
    found += _repeated(value, place)
    for key, each in value.items():
        if key not in fields:
            found.append(_unknown(key, tuple(fields), place))
        elif each is not None and (read_value := fields[key](each, place.key(key), found)) is not None:
            got[key] = read_value
    examples = {"received": "2021-03-01", "claim_article": "5", "eur": 40000, "class": "external", "id": "T1"}
    more = {"payer": "NAM", "article": "5", "status": "paid", "type": "supplement_request"}
    for key in needed:
        if value.get(key) is None:
            found.append(_missing(place.key(key), {**examples, **more}[key]))
    return got


def _made(record: Callable[..., Any], got: dict[str, Any], *needed: str) -> Any:
    return record(**got) if all(key in got for key in needed) else None


def _list_of(one: Read) -> Read:
    def read_list(value: object, place: Place, found: Found) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            found.append(_wrong(value, place, "list", place.example([value] if isinstance(value, str) else [])))
            return None
        return tuple(one(each, place.item(index), found) for index, each in enumerate(value))

    return read_list


def _string(value: object, place: Place, found: Found) -> str | None:
    if isinstance(value, str):
        return value.strip()
    found.append(_wrong(value, place, "text", place.example(str(value))))
    return None


def _id(value: object, place: Place, found: Found) -> str | None:
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        found.append(_wrong(value, place, "text", place.example(str(value))))
    else:
        found.append(_wrong(value, place, "id", place.example("T1")))
    return None


def _bool(value: object, place: Place, found: Found) -> bool | None:
    if isinstance(value, bool):
        return value
    meant = _YES_NO.get(str(value).strip().lower(), True)
    found.append(_wrong(value, place, "bool", place.example(meant)))
    return None


def _whole(value: object, place: Place, found: Found) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found.append(_wrong(value, place, "whole", place.example(16)))
    return None


def _decimal(value: object, place: Place, found: Found) -> Decimal | None:
    """Read a number of 0 or more; a text is refused with the number that it seems to mean."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and number >= 0 and (not number or abs(number.adjusted()) <= _MOST_DIGITS):
            return number
        found.append(_wrong(value, place, "not_negative", place.example(abs(value) if number.is_finite() else 0)))
        return None
    meant = _meant_number(value)
    found.append(_wrong(value, place, "number", place.example(Decimal("0.08") if meant is None else meant)))
    return None


def _money(value: object, place: Place, found: Found) -> Decimal | None:
    number = _decimal(value, place, found)
    if number is None:
        return None
    if number >= _LARGEST_EUR:
        found.append(_wrong(value, place, "amount", place.example(40000)))
        return None
    cents = number.quantize(Decimal("0.01"))
    if cents != number:
        found.append(_wrong(value, place, "cents", place.example(cents)))
        return None
    return cents


def _accelerations(value: object, place: Place, found: Found) -> tuple[Decimal, ...] | None:
    """Read a value in g, or the values of all cells that the object touches."""
    values = value if isinstance(value, list) else [value]
    read_values: list[Decimal] = []
    for index, each in enumerate(values):
        here = place.item(index) if isinstance(value, list) else place
        number = _decimal(each, here, found)
        if number is not None and number > LARGEST_G:
            found.append(_in_another_unit(number, here))
        elif number is not None:
            read_values.append(number)
    return tuple(read_values)


def _in_another_unit(number: Decimal, place: Place) -> Problem:
    from mijnrisico.core.scenario import acceleration

    setting = place.example(Decimal(0)).removesuffix("0")
    problem = acceleration.problem(float(number), place.path, setting)
    assert problem is not None
    return problem


def _date(value: object, place: Place, found: Found) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime) and _YEARS[0] <= value.year <= _YEARS[1]:
        return value
    written = value.isoformat() if isinstance(value, date) else str(value).strip()
    try:
        day = date.fromisoformat(written) if isinstance(value, str) and len(written) == 10 else None
    except ValueError:
        day = None
    if day is not None and _YEARS[0] <= day.year <= _YEARS[1]:
        return day
    found.append(_wrong(value, place, "day", place.example(_meant_day(written))))
    return None


def _day_or_year(value: object, place: Place, found: Found) -> date | int | None:
    year = int(value) if isinstance(value, str) and re.fullmatch(r"\d{4}", value.strip()) else value
    if isinstance(year, int) and not isinstance(year, bool) and _YEARS[0] <= year <= _YEARS[1]:
        return year
    return _date(value, place, found)


def _article(value: object, place: Place, found: Found) -> str | None:
    """Read a paying article; `5` without quotes is as good."""
    known = tuple(_known()["paying"])
    written = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if written in known:
        return written
    match = _ARTICLE.fullmatch(written)
    number = match[1] if match else ""
    nearest = number if number in known else _known()["application"].get(number, "5")
    found.append(
        Problem("E412", place.path, {"got": _written(value), "known": known, "nearest": place.example(nearest)})
    )
    return None


def _letter(value: object, place: Place, found: Found) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[a-z]", value.strip()):
        return value.strip()
    letter = re.search(r"[A-Za-z]$", str(value).strip())
    example = place.example(letter[0].lower() if letter else "a")
    found.append(_wrong(value, place, "letter", example))
    return None


def _one_of(known: Iterable[str], otherwise: str = "") -> Read:
    """Read one of the known words, exactly as it is written."""
    words = tuple(known)

    def read_word(value: object, place: Place, found: Found) -> str | None:
        if isinstance(value, str) and value.strip() in words:
            return value.strip()
        found.append(_not_among(value, place, words, otherwise))
        return None

    return read_word


def _method_names(value: object, place: Place, found: Found) -> tuple[str, ...] | None:
    """Read names of methods; one that the rule does not know is a fact, one in another letter case a slip."""
    if not isinstance(value, list):
        value = [value]
    names: list[str] = []
    known = _known()["methods"]
    for each in value:
        written = _string(each, place, found)
        if written is None:
            continue
        if written not in known and written.casefold().replace(" ", "_") in known:
            found.append(_not_among(written, place, tuple(known)))
        names.append(written)
    return tuple(names)


@cache
def _known() -> Mapping[str, Mapping[str, Any]]:
    """Return the words of every version of the rule: what a file may name."""
    words: dict[str, dict[str, Any]] = {key: {} for key in ("paying", "documents", "costs", "methods", "application")}
    for version in rule.versions():
        words["paying"] |= dict(version.paying)
        words["documents"] |= dict(version.documents)
        words["costs"] |= dict(version.costs)
        words["methods"] |= dict(version.methods)
        words["application"] |= {each.application[0]: name for name, each in version.paying.items()}
    return words


# --- what is wrong ---------------------------------------------------------------------------------------------------


def _wrong(value: object, place: Place, expected: str, example: str) -> Problem:
    params = {"got": _written(value), "expected": Phrase(f"industry.expected.{expected}"), "example": example}
    return Problem("E503", place.path, params)


def _missing(place: Place, example: object) -> Problem:
    params = {
        "got": Phrase("scenario.nothing"),
        "expected": Phrase("expected.missing"),
        "example": place.example(example),
    }
    return Problem("E503", place.path, params)


def _unknown(key: str, known: tuple[str, ...], place: Place) -> Problem:
    here = place.key(key).path
    near = difflib.get_close_matches(_DUTCH.get(key.lower(), key), known, n=1, cutoff=0.6)
    if near:
        return Problem("E502", here, {"key": key, "meant": Phrase("scenario.meant", {"nearest": near[0]})})
    return Problem("E502", here, {"key": key, "meant": Phrase("scenario.known_top", {"known": known})})


def _not_among(value: object, place: Place, known: tuple[str, ...], otherwise: str = "") -> Problem:
    """Return E412 with the known word that is nearest, letter case and spaces aside."""
    plain = str(value).strip().casefold().replace(" ", "_").replace("-", "_")
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(plain, folded, n=1, cutoff=0.5)
    nearest = place.example(folded[near[0]]) if near else place.example(otherwise) if otherwise else "–"
    return Problem("E412", place.path, {"got": _written(value), "known": known, "nearest": nearest})


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


def _written(value: object) -> str:
    """Write a value as JSON does, short."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 20 else str(value)
    try:
        written = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        written = str(value)
    return written if len(written) <= 60 else f"{written[:57]}..."
