"""Any question, whichever study answers it: read and checked, what it reads, what its run needs, and its answer.

Commands and the Python front door come here; the studies themselves know nothing of each other.
"""

import difflib
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol, TypeGuard

from mijnrisico.core import run as runs
from mijnrisico.core import scenario as scenarios
from mijnrisico.core.resources import Estimate
from mijnrisico.core.scenario import Scenario
from mijnrisico.errors import Problem
from mijnrisico.studies import preflight
from mijnrisico.studies.preflight import InputRow
from mijnrisico.studies.subsidence import needs
from mijnrisico.studies.subsidence import question as subsidence
from mijnrisico.studies.subsidence.question import SubsidenceQuestion

AnyQuestion = Scenario | SubsidenceQuestion

PACKAGED = (*scenarios.TEMPLATES, subsidence.PACKAGED)
"""Names of the packaged questions."""


class Checked(Protocol):
    """What checking a question found: the question when there are no errors, all errors, all warnings."""

    @property
    def scenario(self) -> AnyQuestion | None:
        """The question; None where there are errors."""
        ...

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Everything that is wrong."""
        ...

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Everything that was noticed."""
        ...


def read(source: str | Path, overrides: Iterable[str] = ()) -> Checked:
    """Read and check a question with its files; never raises for what a user may have written."""
    if subsidence.is_subsidence(source):
        return subsidence.read(source, overrides)
    found = preflight.read(source, overrides)
    near = difflib.get_close_matches(str(source).lower().replace("_", "-"), PACKAGED, n=1)
    if near and found.scenario is None:
        return replace(found, errors=tuple(_meant(problem, str(source), near[0]) for problem in found.errors))
    return found


def _meant(problem: Problem, source: str, near: str) -> Problem:
    """Let a file that is not there be the packaged question that its name is most like."""
    if problem.code != "E101" or problem.where != source:
        return problem
    return Problem(problem.code, problem.where, {**problem.params, "nearest": near})


def about_subsidence(question: runs.Question) -> TypeGuard[SubsidenceQuestion]:
    """Say whether a question is one about subsidence."""
    return isinstance(question, SubsidenceQuestion)


def noticed(question: AnyQuestion) -> list[Problem]:
    """Return what a run will warn of and only shows in the files: see `preflight.stretched`."""
    return [] if about_subsidence(question) else preflight.stretched(question)  # pyright: ignore[reportArgumentType]


def inputs_table(question: AnyQuestion) -> tuple[InputRow, ...]:
    """Return what a checked question reads."""
    return (
        needs.inputs_table(question) if isinstance(question, SubsidenceQuestion) else preflight.inputs_table(question)
    )


def estimate(question: AnyQuestion) -> Estimate:
    """Estimate time on two cores, peak memory and disk of the run."""
    return needs.estimate(question) if isinstance(question, SubsidenceQuestion) else preflight.estimate(question)


def memory_limit(question: AnyQuestion) -> float | Literal["auto"]:
    """Return the memory (GiB) that a run may take, as far as its question says."""
    return "auto" if isinstance(question, SubsidenceQuestion) else question.compute.memory_limit


def years(question: AnyQuestion) -> tuple[int, ...]:
    """Return the years that are answered."""
    return question.years


def again(stored: runs.StoredRun) -> AnyQuestion:
    """Return the question that a finished run answered; raises `InputError` where its files no longer allow it."""
    from mijnrisico.errors import InputError

    if stored.study != subsidence.STUDY:
        return stored.scenario
    found = subsidence.read(stored.path)
    if found.scenario is None:
        raise InputError(found.errors)
    return found.scenario


def datasets(question: runs.Question) -> Container[str] | None:
    """Return the names of the packaged datasets that a question reads; None for any of them."""
    return needs.datasets(question) if isinstance(question, SubsidenceQuestion) else None


def assess(question: runs.Question, writer: runs.RunWriter) -> None:
    """Answer a question by the study that it asks for."""
    if isinstance(question, SubsidenceQuestion):
        from mijnrisico.studies.subsidence import study
    elif "forecast" in question.input_files:
        from mijnrisico.studies import from_forecast as study
    else:
        from mijnrisico.studies import groningen as study
    study.assess(question, writer)  # pyright: ignore[reportArgumentType]
