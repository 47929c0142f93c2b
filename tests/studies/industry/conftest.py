"""Applications that tests change in one thing, read as a user's file is read."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mijnrisico.studies import industry

OBJECT = {
    "id": "T1",
    "kind": "installation",
    "type": "storage_tank",
    "functionally_linked": True,
    "realised": True,
    "pga475_application": 0.08,
}
NEW = {
    "id": "N1",
    "kind": "installation",
    "type": "reactor",
    "realised": False,
    "expected_completion": "2023-06-01",
    "pga475_application": 0.08,
    "pga475_completion": 0.07,
}
DOCUMENTS = {
    "5": ["cost_overview", "public_summary", "institute_declaration", "nam_consent"],
    "9": ["cost_overview", "public_summary", "phase1_data", "phase2_data", "nam_consent"],
    "16": ["measures_overview", "design_cost_overview", "incremental_cost_justification", "nam_consent"],
    "19": ["checklist_completed", "cost_overview", "nam_consent"],
    "22": ["checklist_completed", "design_cost_overview", "incremental_cost_justification", "nam_consent"],
}
DOCUMENTS |= {"7": DOCUMENTS["5"], "12": DOCUMENTS["5"], "14": DOCUMENTS["5"]}

Facts = dict[str, Any]


def facts(article: str = "5", **changes: Any) -> Facts:
    """A complete application under an article; `company__name="x"` changes a key inside a table."""
    new = article in ("12", "14", "16", "22")
    only_d = article in ("19", "22")
    company = {"name": "Covestro", "location": "Foxhol", "annex_i": True, "categories": ["a"]}
    if only_d:
        company = {"name": "Akkerbouw X", "location": "Kolham", "annex_i": False, "categories": ["d"]}
    whole: Facts = {
        "received": "2021-03-01",
        "claim_article": article,
        "company": company,
        "objects": [NEW if new else OBJECT],
        "work": {"activities_completed": True, "design_completed": True, "methods": {}},
        "documents": DOCUMENTS[article],
        "costs": [{"id": "c1", "eur": 40000, "class": "design" if article in ("16", "22") else "external"}],
    }
    whole = copy.deepcopy(whole)
    for key, value in changes.items():
        name, _, inner = key.partition("__")
        if inner:
            whole[name][inner] = value
        else:
            whole[name] = value
    return whole


def read_facts(given: Mapping[str, Any]) -> industry.Case | industry.Refused:
    """Read facts as they stand in a file of cases."""
    text = json.dumps({"cases": [{"id": "X-1", "facts": given}]}, default=str)
    (case,) = industry.from_json(text).cases
    return case


def judge_facts(given: Mapping[str, Any]) -> industry.Advice:
    """Judge facts that are in order."""
    case = read_facts(given)
    assert isinstance(case, industry.Case), case
    return industry.decide(case)


@pytest.fixture(scope="session")
def make() -> Callable[..., Facts]:
    return facts


@pytest.fixture(scope="session")
def judge() -> Callable[[Mapping[str, Any]], industry.Advice]:
    return judge_facts


@pytest.fixture(scope="session")
def refused() -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the problems of faulty facts by the path of their field."""

    def problems(given: Mapping[str, Any]) -> dict[str, Any]:
        case = read_facts(given)
        assert isinstance(case, industry.Refused), case
        return {problem.where.removeprefix("facts."): problem for problem in case.problems}

    return problems
