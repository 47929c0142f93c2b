"""The command line: one verb a module, imported only when it is called, so that `--help` answers at once.

Results go to stdout, progress and messages to stderr. Exit codes: 0 ok, 1 a fault in the toolbox, 2 wrong use,
3 invalid input, 4 missing data, 5 numerical failure, 6 not enough memory or disk, 130 stopped (resumable).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mijnrisico import __version__, messages
from mijnrisico.errors import MijnrisicoError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from cyclopts import App

OK: Final = 0
FAULT: Final = 1
USAGE: Final = 2
STOPPED: Final = 130

VERBS: Final[Mapping[str, str]] = {
    "init": "init:init",
    "run": "run:run",
    "check": "check:check",
    "site": "site:site",
    "report": "report:report",
    "runs": "store:runs",
    "show": "show_run:show",
    "log": "store:log",
    "rm": "store:rm",
    "review": "store:review",
    "calibrate pressure": "calibrate:calibrate_pressure",
    "data list": "data:data_list",
    "data verify": "data:data_verify",
    "schema": "schema:schema",
    "explain": "explain:explain",
}


def main() -> None:
    """Run the command of this process and leave with its exit code."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no exception but a request to exit leaves this function."""
    lang = language(arguments, os.environ)
    rest = [part for part in arguments if part not in ("--lang", "nl", "en", "--lang=nl", "--lang=en")]
    if rest in ([], ["--help"], ["-h"]):
        print(overview(lang))
        return OK
    if rest == ["--version"]:
        print(f"mijnrisico {__version__}")
        return OK
    try:
        _stop_on_termination()
        return int(_app(lang)(_options_last(arguments), exit_on_error=False, result_action="return_value") or OK)
    except MijnrisicoError as error:
        from mijnrisico.cli import show

        show.problems(error.problems, lang, json="--json" in arguments, no_color="--no-color" in arguments)
        return error.exit_code
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:  # the reader of a pipe had enough (head, less)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 - the outermost door: a fault becomes a report, not a traceback
        from cyclopts import CycloptsError

        from mijnrisico.cli import show
        from mijnrisico.core.run import stopped_by_user

        if isinstance(error, CycloptsError):  # cyclopts has written what was wrong
            return USAGE
        if stopped_by_user(error):
            return STOPPED
        show.fault(error, arguments, lang)
        return FAULT


def _options_last(arguments: Sequence[str]) -> list[str]:
    """Move options before the verb behind it: `--lang nl check x` becomes `check x --lang nl`."""
    rest, front = list(arguments), []
    while rest and rest[0].startswith("-"):
        taken = 2 if rest[0] in ("--lang", "-C") else 1
        front, rest = front + rest[:taken], rest[taken:]
    return rest + front


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language of the messages: `--lang`, else MIJNRISICO_LANG, else the locale; English by default.

    >>> language(["run", "groningen"], {"LANG": "nl_NL.UTF-8"})
    'nl'
    """
    given = [after for before, after in pairwise(arguments) if before == "--lang"]
    given += [a.removeprefix("--lang=") for a in arguments if a.startswith("--lang=")]
    locale = next((environment[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(k)), "")
    for wish in (*given, environment.get("MIJNRISICO_LANG", ""), locale):
        if wish:
            return "nl" if wish.lower().startswith("nl") else "en"
    return "en"


def overview(lang: Language) -> str:
    """Return the help of the command as a whole.

    Written here and not by cyclopts, whose help costs a quarter of a second of imports.
    """
    names = {name: messages.text(f"cli.help.{key}", lang) for name, key in _keys()}
    width = max(map(len, names)) + 2
    lines = [f"  {name:<{width}}{text}" for name, text in names.items()]
    more = messages.text("cli.more", lang)
    return "\n".join([messages.text("cli.usage", lang), "", messages.text("cli.help.app", lang), "", *lines, "", more])


def _keys() -> list[tuple[str, str]]:
    return [(name, path.rpartition(":")[2]) for name, path in VERBS.items()]


def _app(lang: Language) -> "App":
    from cyclopts import App, Group

    commands = Group(messages.text("cli.commands", lang))
    common = {"help_format": "plaintext", "version_flags": (), "group_commands": commands}
    app = App("mijnrisico", help=messages.text("cli.help.app", lang), **common)
    groups: dict[str, App] = {}
    for (name, key), path in zip(_keys(), VERBS.values(), strict=True):
        group, _, verb = name.rpartition(" ")
        if group and group not in groups:
            groups[group] = App(group, help=messages.text(f"cli.help.{group}", lang), **common)
            app.command(groups[group])
        parent = groups[group] if group else app
        parent.command(f"mijnrisico.cli.{path}", name=verb, help=messages.text(f"cli.help.{key}", lang))
    return app


def _stop_on_termination() -> None:
    """Treat a request to terminate as Ctrl-C, so that a finished stage is kept and the message is given."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
