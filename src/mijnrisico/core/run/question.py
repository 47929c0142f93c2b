"""What a run needs of the question that it answers, whichever study does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mijnrisico.core.scenario.sections import Output
from mijnrisico.errors import Problem


class Readers(Protocol):
    """What a run writes for readers."""

    @property
    def formats(self) -> Sequence[str]:
        """Formats of the report: html, pdf."""
        ...


class Question(Protocol):
    """A complete, checked question: what it is called, what it depends on, and how a run keeps it."""

    @property
    def title(self) -> str:
        """Title in English, or in the language of its user."""
        ...

    @property
    def title_nl(self) -> str:
        """Title in Dutch."""
        ...

    @property
    def seed(self) -> int:
        """Seed of what is drawn."""
        ...

    @property
    def output(self) -> Output:
        """Where runs are kept."""
        ...

    @property
    def report(self) -> Readers:
        """What is written for readers."""
        ...

    @property
    def input_files(self) -> Mapping[str, Path]:
        """Files of the user by role."""
        ...

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was noticed when it was checked."""
        ...

    def digest(self) -> str:
        """Return the sha256 of everything that can change an answer."""
        ...

    def deviations(self) -> tuple[str, ...]:
        """Return the keys whose values differ from a packaged template."""
        ...

    def kept(self, given: Mapping[str, str]) -> str:
        """Return the file as a run keeps it; `given` are the names of its copies of the user's files by role."""
        ...
