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
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

from mijnrisico.core import toml
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase
from mijnrisico.studies.industry import facts, rule, values
from mijnrisico.studies.industry.facts import Case, Company, Cost, Earlier, Event, Item, Source, TermCase, Work
from mijnrisico.studies.industry.values import Found, Place, Read

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
_FOR_READERS: Final = ("title", "conventions", "vocabulary", "fields", "expected", "reasoning", "schema")


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
    found += values.repeated(tree, Place(name))
    found += [values.unknown(key, known, Place(name)) for key in tree if key not in (*known, *_FOR_READERS)]
    lists = {key: tree.get(key, []) for key in known}
    for key, value in lists.items():
        if not isinstance(value, list):
            found.append(values.wrong(value, place.key(key), "list", '"cases": [...]'))
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
    id_ = values.identifier(tree.pop("id", Path(name).stem), place.key("id"), found) or Path(name).stem
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
        made[values.TWICE] = sorted({key for key in keys if keys.count(key) > 1})
    return made


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
            yield Refused(here.path, (values.wrong(entry, here, "table", '{"id": "1", "facts": {...}}'),))
            continue
        found += values.repeated(entry, here)
        id_ = values.identifier(entry.get("id"), here.key("id"), found) or here.path
        if id_ in seen:
            found.append(_twice(id_, here.key("id")))
        seen.add(id_)
        for key in entry:
            if key not in ("id", "facts", *_FOR_READERS):
                found.append(values.unknown(key, ("id", "facts", "title"), here))
        if "facts" not in entry:
            found.append(values.missing(here.key("facts"), "{...}"))
            yield Refused(id_, tuple(found))
            continue
        made = one(id_, str(entry.get("title", "")), entry["facts"], Place("facts", "facts", is_json=True), found)
        yield Refused(id_, tuple(found)) if found or made is None else made


def _case(id_: str, title: str, value: object, place: Place, found: Found) -> Case | None:
    known = values.known_words()
    fields: dict[str, Read] = {
        "received": values.day,
        "today": values.day,
        "claim_article": values.article,
        "company": _company,
        "objects": values.list_of(_item),
        "work": _work,
        "documents": values.list_of(values.one_of(known["documents"])),
        "annex_ii_missing": values.list_of(values.string),
        "costs": values.list_of(_cost),
        "history": values.list_of(_earlier),
        "phase2_performed": values.boolean,
        "events": values.list_of(_event),
        "pga": values.list_of(_source),
    }
    got = values.table(value, place, found, fields, needed=("received", "claim_article"))
    items: tuple[Item, ...] = tuple(each for each in got.get("objects", ()) if each is not None)
    costs: tuple[Cost, ...] = tuple(each for each in got.get("costs", ()) if each is not None)
    found += _duplicates(value, "objects", place)
    found += _duplicates(value, "costs", place)
    found += _costs_of_unknown_objects(value, place)
    found += _dates_reversed(got, place)
    found += _not_listed(got.get("company"), place.key("company"))
    if found:
        told = {problem.where for problem in found}
        lacking = _without_acceleration(got.get("objects", ()), place)
        found += [problem for problem in lacking if not any(where.startswith(problem.where) for where in told)]
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
        "received": values.day,
        "notice_of_default_received": values.day,
        "decision_announced": values.day,
        "penalty_days": values.whole,
        "minutes": values.decimal,
        "rate_eur_per_hour": values.money,
        "events": values.list_of(_event),
    }
    got = values.table(value, place, found, fields)
    if received := got.get("received"):
        for key in ("notice_of_default_received", "decision_announced"):
            found += _before(got.get(key), received, place.key(key), "received")
        found += _events_before(got.get("events", ()), received, place)
    return None if found else TermCase(id=id_, title=title, **got)


def _company(value: object, place: Place, found: Found) -> Company | None:
    fields: dict[str, Read] = {
        "name": values.string,
        "location": values.string,
        "municipality": values.string,
        "annex_i": values.boolean,
        "annex_i_nr": values.whole,
        "annex_i_proof": values.boolean,
        "categories": values.list_of(values.one_of(("a", "b", "c", "d"))),
        "bevi_2_1": values.list_of(values.letter),
        "ied_annex_i": values.boolean,
        "arie": values.boolean,
        "risk_map": values.boolean,
    }
    return values.made(Company, values.table(value, place, found, fields))


def _item(value: object, place: Place, found: Found) -> Item | None:
    fields: dict[str, Read] = {
        "id": values.identifier,
        "kind": values.one_of(get_args(facts.Kind)),
        "type": values.one_of(OBJECT_TYPES, "other"),
        "functionally_linked": values.boolean,
        "realised": values.boolean,
        "expected_completion": values.day_or_year,
        "pga475_application": values.accelerations,
        "pga475_completion": values.accelerations,
        "selected_phase1": values.boolean,
        "rd": values.points,
    }
    return values.made(Item, values.table(value, place, found, fields, needed=("id",)), "id")


def _source(value: object, place: Place, found: Found) -> Source | None:
    """Read where an acceleration comes from, as `mijnrisico industry pga` writes it."""
    fields: dict[str, Read] = {
        "object": values.identifier,
        "when": values.one_of(("filing", "completion")),
        "run": values.string,
        "asked": values.whole,
        "year": values.whole,
        "value_g": values.decimal,
        "low_g": values.decimal,
        "high_g": values.decimal,
        "share": values.decimal,
        "reaches": values.one_of(("yes", "no", "depends")),
        "point": values.points,
        "points": values.whole,
    }
    got = values.table(value, place, found, fields, needed=tuple(fields))
    if len(got) < len(fields) or any(each is None for each in got.values()):
        return None
    got["item"], got["point"] = got.pop("object"), got["point"][0]
    return Source(**got)


def _work(value: object, place: Place, found: Found) -> Work | None:
    fields: dict[str, Read] = {
        "activities_completed": values.boolean,
        "design_completed": values.boolean,
        "methods": _methods,
    }
    got = values.table(value, place, found, fields)
    methods = got.pop("methods", None) or {}
    return Work(**got, **methods)


def _methods(value: object, place: Place, found: Found) -> dict[str, tuple[str, ...]]:
    fields: dict[str, Read] = {"qualitative": values.method_names, "quantitative": values.method_names}
    return values.table(value, place, found, fields)


def _cost(value: object, place: Place, found: Found) -> Cost | None:
    fields: dict[str, Read] = {
        "id": values.identifier,
        "eur": values.money,
        "label": values.string,
        "class": values.one_of(values.known_words()["costs"]),
        "object": values.identifier,
    }
    got = values.table(value, place, found, fields, needed=("id", "eur", "class"))
    renamed = {{"class": "cost_class", "object": "item"}.get(key, key): each for key, each in got.items()}
    return values.made(Cost, renamed, "id", "eur", "cost_class")


def _earlier(value: object, place: Place, found: Found) -> Earlier | None:
    fields: dict[str, Read] = {
        "payer": values.one_of(get_args(facts.Payer)),
        "article": values.article,
        "objects": values.list_of(values.identifier),
        "site": values.string,
        "status": values.one_of(get_args(facts.Status)),
        "proof": values.boolean,
    }
    got = values.table(value, place, found, fields, needed=("payer", "article", "status"))
    renamed = {{"objects": "items"}.get(key, key): each for key, each in got.items()}
    return values.made(Earlier, renamed, "payer", "article", "status")


def _event(value: object, place: Place, found: Found) -> Event | None:
    fields: dict[str, Read] = {
        "type": values.one_of(EVENT_TYPES),
        "date": values.day,
        "term_end": values.day,
        "supplemented": values.day,
        "from": values.day,
        "to": values.day,
        "asked": values.list_of(values.one_of(values.known_words()["asked"])),
    }
    got = values.table(value, place, found, fields, needed=("type",))
    needs = {"supplement_request": ("date",), "extension": ("to",)}
    needed = needs.get(
        str(got.get("type")), ("from", "to") if str(got.get("type")).endswith(("delay", "majeure")) else ()
    )
    if isinstance(value, dict):
        found += [values.missing(place.key(key), "2021-03-15") for key in needed if value.get(key) is None]
    found += _before(got.get("term_end"), got.get("date"), place.key("term_end"), "date")
    found += _before(got.get("supplemented"), got.get("date"), place.key("supplemented"), "date")
    found += _before(got.get("to"), got.get("from"), place.key("to"), "from")
    renamed = {{"date": "day", "from": "start", "to": "end"}.get(key, key): each for key, each in got.items()}
    return values.made(Event, renamed, "type")


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
            yield values.not_among(each, place.key("costs").item(index).key("object"), known)


def _without_acceleration(items: Iterable[Item | None], place: Place) -> Iterator[Problem]:
    """Say of objects in a faulty case that their acceleration is lacking, and no point to read one at.

    In a sound case the applicant is asked.
    """
    for index, item in enumerate(items):
        if item is None or item.realised is None or item.rd:
            continue
        name = "pga475_application" if item.realised else "pga475_completion"
        here = place.key("objects").item(index).key(name)
        if not getattr(item, name):
            expected, example = Phrase("industry.expected.pga"), here.example(Decimal("0.08"))
            yield Problem(
                "E503", here.path, {"got": Phrase("scenario.nothing"), "expected": expected, "example": example}
            )


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
