"""Options that every verb has, and how a verb declares its own."""

import os
import re
from contextlib import AbstractContextManager, chdir, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from mijnrisico.cli import language
from mijnrisico.errors import InputError, Problem, UsageError
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    from mijnrisico.core.cluster import Crew

_ADDRESS: Final = re.compile(r"(tcp|tls)://[^\s/]+:\d+")


def option(key: str, *names: str) -> Parameter:
    """Return an option whose help is `cli.options.<key>` of the catalogue; `cli.manual` puts it into words."""
    return Parameter(name=names or None, help=f"cli.options.{key}", negative="")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options of every verb."""

    directory: Annotated[Path, option("directory", "-C")] = Path()
    lang: Annotated[Language | None, option("lang", "--lang")] = None
    json: Annotated[bool, option("json", "--json")] = False
    quiet: Annotated[bool, option("quiet", "--quiet")] = False
    no_color: Annotated[bool, option("no_color", "--no-color")] = False

    @property
    def language(self) -> Language:
        """Language asked for, else that of the environment."""
        return self.lang or language((), os.environ)

    def inside(self) -> AbstractContextManager[None]:
        """Work in the folder that `-C` names; raises `InputError` E101 when it is not there."""
        if not self.directory.is_dir():
            raise InputError(Problem("E101", "-C", {"file": self.directory, "nearest": "–", "folder": Path.cwd()}))
        return chdir(self.directory)


COMMON = Common()


@dataclass(frozen=True, slots=True)
class Helpers:
    """Who computes, from `--cluster` and `--workers`: nobody else, processes of this machine, or a Dask cluster.

    Raises `UsageError` E005 for what cannot be; nothing is started yet.
    """

    address: str | None = None
    count: int | None = None

    def __post_init__(self) -> None:  # noqa: D105
        if self.address not in (None, "local") and not _ADDRESS.fullmatch(self.address):
            raise self._refused("--cluster", self.address, "cluster.address")
        if self.count is not None and self.count < 1:
            raise self._refused("--workers", self.count, "cluster.at_least_one")
        if self.count is not None and self.address not in (None, "local"):
            raise self._refused("--workers", self.count, "cluster.no_workers")

    def at_work(self) -> "AbstractContextManager[Crew | None]":
        """Connect for as long as the `with` lasts; `--workers` alone means this machine."""
        if self.address is None and self.count is None:
            return nullcontext()
        from mijnrisico.core import cluster

        return cluster.connected(self.address or cluster.LOCAL, self.count)

    @staticmethod
    def _refused(option: str, got: object, expected: str) -> UsageError:
        example = "mijnrisico run groningen --cluster local --workers 4"
        params = {"option": option, "got": got, "expected": Phrase(expected), "example": example}
        return UsageError(Problem("E005", option, params))
