"""The command line: one verb a module, imported only when it is called, so that `--help` answers at once.

Results go to stdout, progress and messages to stderr. Exit codes: 0 ok, 1 a fault in the toolbox, 2 wrong use,
3 invalid input, 4 missing data, 5 numerical failure, 6 not enough memory or disk, 7 a result differs, 130 stopped
(resumable).
"""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mijnrisico import __version__, messages
from mijnrisico.errors import MijnrisicoError, UsageError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from cyclopts import App

OK: Final = 0
FAULT: Final = 1
USAGE: Final = 2
FULL: Final = 6
STOPPED: Final = 130

VERBS: Final[Mapping[str, str]] = {
    "init": "init:init",
    "run": "run:run",
    "check": "check:check",
    "site": "site:site",
    "shake": "shake:shake",
    "damage": "damage:damage",
    "report": "report:report",
    "compare": "compare:compare",
    "map": "map:draw_map",
    "curve": "curve:draw_curve",
    "spectrum": "spectrum:draw_spectrum",
    "disagg": "disagg:disagg",
    "profile": "profile:draw_profile",
    "figure": "figure:draw_figure",
    "tornado": "tornado:draw_tornado",
    "sensitivity": "sensitivity:sensitivity",
    "runs": "store:runs",
    "show": "show_run:show",
    "log": "store:log",
    "rm": "store:rm",
    "review": "store:review",
    "export": "export:export",
    "import nrml": "import_nrml:import_nrml",
    "import pysub": "import_pysub:import_pysub",
    "industry risk": "industry_risk:industry_risk",
    "salt": "salt:salt",
    "subsidence survey": "subsidence_survey:subsidence_survey",
    "models list": "models:models_list",
    "models describe": "models:models_describe",
    "models tree": "models:models_tree",
    "hindcast": "hindcast:hindcast",
    "calibrate pressure": "calibrate:calibrate_pressure",
    "calibrate source": "calibrate:calibrate_source",
    "industry decide": "industry:industry_decide",
    "industry pga": "industry_dossier:industry_pga",
    "industry dossier": "industry_dossier:industry_dossier",
    "industry screen": "industry_screen:industry_screen",
    "industry companies": "industry:industry_companies",
    "industry documents": "industry:industry_documents",
    "data list": "data:data_list",
    "data verify": "data:data_verify",
    "schema": "schema:schema",
    "explain": "explain:explain",
    "doctor": "doctor:doctor",
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
        return _dispatch(_options_last(arguments), lang)
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
        from mijnrisico.cli import show
        from mijnrisico.core.run import stopped_by_user

        if stopped_by_user(error):
            return STOPPED
        if show.disk_full(error, arguments, lang):
            return FULL
        show.fault(error, arguments, lang)
        return FAULT


def _dispatch(words: Sequence[str], lang: Language) -> int:
    """Find the verb that the words begin with and call it with the rest, or show its help."""
    helped = any(word in ("--help", "-h") for word in words)
    name = next(
        (name for name in sorted(VERBS, key=len, reverse=True) if words[: len(name.split())] == name.split()), ""
    )
    if not name:
        return _no_verb(words, lang)
    from cyclopts import CycloptsError

    app = verb_app(name)
    if helped:
        from mijnrisico.cli import manual

        print(manual.of_verb(name, _key(name), app, lang))
        return OK
    try:
        rest = words[len(name.split()) :]
        return int(app(rest, exit_on_error=False, print_error=False, result_action="return_value") or OK)
    except CycloptsError as error:
        from mijnrisico.cli import usage

        raise UsageError(usage.problem(error, name, _key(name), lang)) from error


def _no_verb(words: Sequence[str], lang: Language) -> int:
    """Show the verbs of a group such as `data`; raises `UsageError` E001 for anything else."""
    from mijnrisico.cli import manual, usage

    group = words[0] if words else ""
    verbs = [(name, _key(name)) for name in VERBS if name.partition(" ")[0] == group]
    if verbs and not any(not word.startswith("-") for word in words[1:] if word not in ("nl", "en")):
        print(manual.of_group(group, verbs, lang))
        return OK
    raise UsageError(usage.unknown_command(" ".join(words[:2] if verbs else words[:1]), tuple(VERBS)))


def verb_app(name: str) -> "App":
    """Return the parser of one verb; its module is imported here and not before."""
    from cyclopts import App

    module, _, function = VERBS[name].partition(":")
    app = App(name, help_flags=(), version_flags=())
    app.default(getattr(import_module(f"mijnrisico.cli.{module}"), function))
    return app


def _key(name: str) -> str:
    return VERBS[name].rpartition(":")[2]


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
    names = {name: messages.text(f"cli.help.{_key(name)}", lang) for name in VERBS}
    width = max(len(name) for name in names) + 2
    lines = [f"  {name:<{width}}{text}" for name, text in names.items()]
    more = messages.text("cli.more", lang)
    return "\n".join([messages.text("cli.usage", lang), "", messages.text("cli.help.app", lang), "", *lines, "", more])


def _stop_on_termination() -> None:
    """Treat a request to terminate as Ctrl-C, so that a finished stage is kept and the message is given."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
