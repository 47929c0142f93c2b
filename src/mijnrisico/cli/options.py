"""Options that every verb has, and how a verb declares its own."""

import os
from contextlib import AbstractContextManager, chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mijnrisico.cli import language
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language


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
