"""The exceptions of the toolbox, one small tree.

    MijnrisicoError
    ├── UsageError          a command is not written as it should  exit code 2
    ├── InputError          what a user gave cannot be used        exit code 3
    ├── MissingDataError    packaged or named data is not there    exit code 4
    ├── NumericalError      a computation did not converge         exit code 5
    ├── ResourceError       not enough memory, disk or workers     exit code 6
    └── InterruptedRun      stopped by the user; resumable         exit code 130

Each carries `Problem` records: a code of the error catalogue, a place and the values that fill its message.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from mijnrisico import messages


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its code in the error catalogue, where, and the values its message quotes."""

    code: str
    where: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


def _in_words(problem: Problem) -> str:
    said = messages.describe(problem.code, problem.where, problem.params)
    head = "   ".join(part for part in (f"{said.code} {said.what}", said.where) if part)
    more = (said.why, f"→ {said.fix}" if said.fix else "")
    return "\n".join([head, *(f"  {line}" for line in more if line)])


class MijnrisicoError(Exception):
    """Root of the tree; `problems` holds everything that was found, not only the first."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:  # noqa: D107
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        """Return every problem in words, in English: its code and what is wrong, where, why, and what to do."""
        return "\n".join(_in_words(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Problem, ...]]]:
        """Travel between processes by the problems, not by their text."""
        return type(self), (self.problems,)

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.problems[0].code


class UsageError(MijnrisicoError):
    """A command or call was not written as it should be."""

    exit_code = 2


class InputError(MijnrisicoError):
    """A file, a setting or an argument cannot be used."""

    exit_code = 3


class MissingDataError(MijnrisicoError):
    """Data that the computation needs is missing or damaged."""

    exit_code = 4


class NumericalError(MijnrisicoError):
    """A computation failed to converge or gave a value that cannot be right."""

    exit_code = 5


class ResourceError(MijnrisicoError):
    """Memory or disk does not suffice, found before the start; or the workers of a cluster are gone."""

    exit_code = 6


class InterruptedRun(MijnrisicoError):  # noqa: N818 - an interruption is no error
    """The user stopped the run; finished stages are kept."""

    exit_code = 130
