"""The fixtures of the error catalogue: a folder for each code with the files that trigger it and a `case.toml`.

command = ["check", "scenario.toml"]   arguments of mijnrisico, run in a copy of the folder
exit = 3                               exit code
where = "volumes.csv:3"                occurs in the place shown; "" where the message has no place
shows = ["2027"]                       occur in the message, in both languages; or shows.en and shows.nl
remedy.en = "Add the rows"             occurs in what to do; remedy.nl the same in Dutch
setup = "name"                         optional: function of setups.py that prepares what files cannot
run = true                             optional: a small finished run stands in results/
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
ELSEWHERE = Path(__file__).parent / "elsewhere.toml"


@dataclass(frozen=True)
class Case:
    """One fixture, named by its folder: the code, and a variant behind a dash where a code has more than one."""

    folder: Path
    command: list[str]
    exit: int
    where: str
    shows: list[str] | dict[str, list[str]]
    remedy: dict[str, str]
    setup: str = ""
    run: bool = field(default=False)

    @property
    def name(self) -> str:
        return self.folder.name

    def examples(self, lang: str) -> list[str]:
        return self.shows[lang] if isinstance(self.shows, dict) else self.shows

    @property
    def code(self) -> str:
        return self.folder.name.partition("-")[0]


def read() -> list[Case]:
    """Return every fixture in order of its name; a key that is not known, or missing, raises `TypeError`."""
    files = sorted(FIXTURES.glob("*/case.toml"))
    return [Case(path.parent, **tomllib.loads(path.read_text(encoding="utf-8"))) for path in files]


def elsewhere() -> dict[str, str]:
    """Return the codes that no folder of files can trigger, each with the test that covers it."""
    return tomllib.loads(ELSEWHERE.read_text(encoding="utf-8"))
