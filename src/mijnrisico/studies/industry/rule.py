"""The rule as dated data: versions with their validity, articles, routes, documents, costs, and what is ambiguous.

The data stand in `rules/`: one file for each version of the rule, and `terms.toml` for the terms of general
administrative law. Every text is a paraphrase in Dutch and English; an article that is missing from the text at hand
is a `source_gap` with the way it is read. A case is judged by the version of the day on which it was filed.
"""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final, Literal

from mijnrisico.core.norm import norm
from mijnrisico.data import catalogue
from mijnrisico.errors import MissingDataError

Basis = Literal["text", "note", "purpose", "convention"]

ANNEX_I: Final = "industry_annex_i"
_VERSIONS: Final = ("stcrt_2021_6830",)
"""Files of the versions, oldest first."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article or part of one: its paraphrase, and for one that is missing what it is read as."""

    id: str
    section: str
    text: Mapping[str, str]
    source_gap: bool = False
    reads_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paying:
    """An article that pays: its section and phase, and the articles on which an application under it is judged.

    `phase` is the activity: two articles with the same phase pay the same thing (26(b), 26(c)). `overlaps` are phases
    that may pay the same measures under another name. `after` says what must
    be done before one applies, `incremental` which paragraph pays expected instead of actual cost.
    """

    id: str
    section: str
    phase: str
    applies: tuple[str, ...]
    pays: tuple[str, ...]
    application: tuple[str, ...]
    documents: Mapping[str, str]
    after: Literal["activities", "design"]
    method: Literal["qualitative", "quantitative", ""]
    actual_cost: bool
    incremental: str
    overlaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A section and for whom it is: realised or not at filing, and one of these letters, or `annex_i`."""

    section: str
    article: str
    realised: bool
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A letter of article 2(1) with the evidence from which it follows."""

    letter: str
    article: str
    text: Mapping[str, str]
    bevi_2_1: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Named:
    """Something the rule names, in both languages; `also` are articles that go with it."""

    id: str
    text: Mapping[str, str]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """A prescribed method, and the type of object for which the explanatory note designates it.

    `selection` is the step behind the qualitative analysis of phase 1, and named beside it.
    """

    id: str
    kind: Literal["qualitative", "selection", "quantitative"]
    article: str
    designated_for: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CostClass:
    """A class of cost: under which paying articles it counts, and the articles that a refusal rests on.

    `unclear_under`: paying articles under which the class alone does not decide, with what is then asked for;
    `convention_under`: those under which counting it is a convention.
    """

    id: str
    text: Mapping[str, str]
    under: tuple[str, ...]
    refused: tuple[str, ...]
    refused_under: Mapping[str, tuple[str, ...]]
    basis: Basis
    ambiguity: str
    unclear_under: Mapping[str, tuple[str, ...]]
    convention_under: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LegalTerm:
    """A term of other law that the rule leans on, and the last day on which that law held."""

    term: str
    law: str
    article: str
    valid_until: date | None
    successor: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A question that the text leaves open, and the answer chosen here with what it rests on."""

    id: str
    articles: tuple[str, ...]
    basis: Basis
    verified: bool
    issue: Mapping[str, str]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of the rule."""

    id: str
    instrument: str
    source: str
    title: Mapping[str, str]
    note: Mapping[str, str]
    valid_from: date
    valid_until: date | None
    known_open_until: date
    threshold_g: Decimal
    articles: Mapping[str, Article]
    paying: Mapping[str, Paying]
    routes: tuple[Route, ...]
    categories: Mapping[str, Category]
    documents: Mapping[str, Named]
    applications: Mapping[str, Mapping[str, str]]
    methods: Mapping[str, Method]
    costs: Mapping[str, CostClass]
    annex_ii: Mapping[str, Named]
    last_tool_year: int
    legal_terms: tuple[LegalTerm, ...]
    ambiguities: Mapping[str, Ambiguity]

    @property
    def gaps(self) -> tuple[Article, ...]:
        """The articles that are missing from the text at hand."""
        return tuple(article for article in self.articles.values() if article.source_gap)

    def in_order(self, ids: frozenset[str] | set[str]) -> tuple[str, ...]:
        """Return references to articles in the order of the rule, those of other law behind them."""
        place = {name: index for index, name in enumerate(self.articles)}
        return tuple(sorted(ids, key=lambda name: (place.get(name, len(place)), name)))


@dataclass(frozen=True, slots=True)
class Establishment:
    """A row of annex I; its key is name plus location. `nr` counts in the order printed."""

    nr: int
    name: str
    location: str
    municipality: str
    in_note_to_article_3: bool
    remark: str


@cache
def versions() -> tuple[Rule, ...]:
    """Return every version of the rule, oldest first."""
    return tuple(read(_packaged(f"{name}.toml")) for name in _VERSIONS)


def version_of(day: date) -> Rule | None:
    """Return the version by which an application filed on that day is judged; None where no version holds."""
    for rule in versions():
        if rule.valid_from <= day and (rule.valid_until is None or day <= rule.valid_until):
            return rule
    return None


@cache
def annex_i() -> tuple[Establishment, ...]:
    """Return the establishments of annex I, in the order printed.

    Raises:
        MissingDataError: E112 or E113 where the packaged table is missing or changed.
    """
    entry = catalogue.entry(ANNEX_I)
    if problem := catalogue.problem_of(entry):
        raise MissingDataError(problem)
    text = catalogue.package_root().joinpath(entry.file).read_text(encoding="utf-8")
    return tuple(
        Establishment(
            nr=int(row["nr"]),
            name=row["name"],
            location=row["location"],
            municipality=row["municipality_2021"],
            in_note_to_article_3=row["in_note_to_article_3"] == "True",
            remark=row["remark"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


def listed(name: str, location: str) -> Establishment | None:
    """Return the establishment of annex I with that name and location, whatever the letter case and spaces.

    >>> listed("covestro", "Foxhol").nr
    2
    """
    wanted = _plain(name), _plain(location)
    return next((each for each in annex_i() if (_plain(each.name), _plain(each.location)) == wanted), None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _packaged(name: str) -> str:
    return resources.files("mijnrisico").joinpath("studies", "industry", "rules", name).read_text("utf-8")


@cache
def law_of_terms() -> Mapping[str, object]:
    """Return the data of the terms of general administrative law as they stand in the file."""
    return tomllib.loads(_packaged("terms.toml"))


@cache
def other_articles() -> Mapping[str, Article]:
    """Return paraphrases of articles of general administrative law, by reference."""
    entries: list[dict] = law_of_terms()["articles"]  # pyright: ignore[reportAssignmentType]
    return {each["id"]: Article(each["id"], "", _both(each)) for each in entries}


def read(text: str) -> Rule:
    """Read one version of the rule from its TOML text."""
    tree = tomllib.loads(text)
    applications = {name: dict(each) for name, each in tree["documents"].items()}
    limit = norm(tree["threshold_norm"]).value
    assert limit is not None
    return Rule(
        id=tree["id"],
        instrument=tree["instrument"],
        source=tree["source"],
        title=tree["title"],
        note=tree["note"],
        valid_from=tree["valid_from"],
        valid_until=tree.get("valid_until"),
        known_open_until=tree["known_open_until"],
        threshold_g=Decimal(repr(limit)),
        articles={each["id"]: _article(each) for each in tree["articles"]},
        paying={name: _paying(name, each, applications) for name, each in tree["paying"].items()},
        routes=tuple(
            Route(each["section"], each["article"], each["realised"], tuple(each["any_of"])) for each in tree["routes"]
        ),
        categories={
            name: Category(
                name, each["article"], _both(each), tuple(each.get("bevi_2_1", ())), each.get("evidence", "")
            )
            for name, each in tree["categories"].items()
        },
        documents=_named(tree["document_names"]),
        applications=applications,
        methods={
            name: Method(name, each["kind"], each["article"], each.get("designated_for", ""), _both(each))
            for name, each in tree["methods"].items()
        },
        costs={
            name: CostClass(
                id=name,
                text=_both(each),
                under=tuple(each.get("under", ())),
                refused=tuple(each["refused"]),
                refused_under={key: tuple(ids) for key, ids in each.get("refused_under", {}).items()},
                basis=each.get("basis", "text"),
                ambiguity=each.get("ambiguity", ""),
                unclear_under={key: tuple(ids) for key, ids in each.get("unclear_under", {}).items()},
                convention_under=tuple(each.get("convention_under", ())),
            )
            for name, each in tree["costs"].items()
        },
        annex_ii=_named(tree["annex_ii"]),
        last_tool_year=max(each["last_year"] for each in tree["tool_periods"]),
        legal_terms=tuple(
            LegalTerm(
                each["term"],
                each["law"],
                each["article"],
                each.get("valid_until"),
                each["successor"],
                each.get("verified", False),
            )
            for each in tree["legal_terms"]
        ),
        ambiguities={each["id"]: _ambiguity(each) for each in tree["ambiguities"]},
    )


def _article(each: dict) -> Article:
    return Article(
        id=each["id"],
        section=each["section"],
        text=_both(each),
        source_gap=each.get("source_gap", False),
        reads_as=tuple(each.get("reads_as", ())),
    )


def _paying(name: str, each: dict, applications: Mapping[str, Mapping[str, str]]) -> Paying:
    return Paying(
        id=name,
        section=each["section"],
        phase=each["phase"],
        applies=tuple(each["applies"]),
        pays=tuple(each["pays"]),
        application=tuple(each["application"]),
        documents=applications[each["documents"]],
        after=each["after"],
        method=each.get("method", ""),
        actual_cost=each["actual_cost"],
        incremental=each.get("incremental", ""),
        overlaps=tuple(each.get("overlaps", ())),
    )


def _ambiguity(each: dict) -> Ambiguity:
    issue = {lang: each[lang]["issue"] for lang in ("nl", "en")}
    answer = {lang: each[lang]["answer"] for lang in ("nl", "en")}
    return Ambiguity(each["id"], tuple(each["articles"]), each["basis"], each.get("verified", False), issue, answer)


def _named(entries: Mapping[str, dict]) -> dict[str, Named]:
    return {name: Named(name, _both(each), tuple(each.get("also", ()))) for name, each in entries.items()}


def _both(each: Mapping[str, str]) -> dict[str, str]:
    return {"nl": each["nl"], "en": each["en"]}
