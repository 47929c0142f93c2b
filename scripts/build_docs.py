"""Write the pages that are made from the package: the error catalogue and the scenario file with its comments.

python scripts/build_docs.py            # write
python scripts/build_docs.py --check    # exit code 1 when a page is not what the package says
"""

import itertools
import sys
from pathlib import Path

import industry_page

from mijnrisico import cli, messages
from mijnrisico.cli import manual
from mijnrisico.core.scenario import file as scenario_file

DOCS = Path(__file__).parents[1] / "docs"
MARK = "<!-- the file of mijnrisico init, word for word"

HEAD = """# Messages by code

Every problem that the toolbox finds has a code, the same on the command line, in Python and in JSON. `E` stops, `W` is
reported and the work goes on. All independent problems are found in one pass, before anything is computed. Names
between braces stand for what the message fills in. `mijnrisico explain E302 --lang nl` shows one of them.

Exit codes: 0 in order, 1 a fault in the toolbox, 2 wrong use, 3 invalid input, 4 missing data, 5 numerical failure,
6 not enough memory or disk, 7 a result differs, 130 stopped (the same command goes on).

This page is made from `src/mijnrisico/messages` by `scripts/build_docs.py`.
"""

COMMANDS = """# Commands

What `mijnrisico COMMAND --help` says, for every command; with `--lang nl` it says so in Dutch. Results go to standard
output, progress and problems to standard error, so that results can be piped. Every command also takes

* `-C DIR`: work in this folder;
* `--lang nl|en`: language of messages and tables; by default that of `MIJNRISICO_LANG` or of the computer;
* `--json`: results and problems as JSON on standard output;
* `--quiet`: no progress; `--no-color`: no colours (`NO_COLOR` does the same).

Exit codes: 0 in order, 1 a fault in the toolbox, 2 wrong use, 3 invalid input, 4 missing data, 5 numerical failure,
6 not enough memory or disk, 7 a result differs, 130 stopped (the same command goes on).

This page is made from the commands by `scripts/build_docs.py`.
"""

TESTS = Path(__file__).parents[1] / "tests" / "errors"

COVERAGE = """# Messages and the files that trigger them

For every code a folder of files under `tests/errors/fixtures` makes the message appear. The tests run the command in a
copy of that folder, in English and in Dutch, and look for the exit code, the place, the example and the remedy that
stand here. A code that files cannot trigger names the test that covers it.

This page is made from those folders by `scripts/build_docs.py`.

| code | fixture | mijnrisico ... | exit | place | example | remedy (en) | remedy (nl) |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def errors() -> str:
    """Return the page of the error catalogue, both languages of each of its forms under each code."""
    parts = [HEAD]
    for code in messages.codes():
        parts.append(f"## {code}\n")
        for of, lang in itertools.product(messages.forms(code), ("en", "nl")):
            what, why, fix = (messages.form(code, of, part, lang) for part in ("what", "why", "fix"))
            parts.append(f"**{lang}** {what}  \n{why}  \n→ {fix}\n")
    return "\n".join(parts)


def coverage() -> str:
    """Return the table of every code with the fixture that triggers it and what the tests find in both languages."""
    sys.path.insert(0, str(TESTS))
    import cases

    lines = [COVERAGE]
    fixtures: dict[str, list[cases.Case]] = {}
    for case in cases.read():
        fixtures.setdefault(case.code, []).append(case)
    for code in messages.codes():
        for case in fixtures.get(code, []):
            shown = (", ".join(case.examples("en")), case.remedy["en"], case.remedy["nl"])
            cells = (code, f"`{case.name}`", f"`{' '.join(case.command)}`", case.exit, case.where, *shown)
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
        if code in cases.elsewhere():
            lines.append(f"| {code} | test `{cases.elsewhere()[code].rpartition('::')[2]}` | | | | | | |")
    return "\n".join(lines) + "\n"


def scenario() -> str:
    """Return the page on scenarios with the file that `mijnrisico init` writes in it."""
    page = (DOCS / "do" / "scenario.md").read_text(encoding="utf-8")
    packaged = scenario_file.commented("groningen", "en")
    start = page.index("```toml\n", page.index(MARK)) + len("```toml\n")
    return page[:start] + packaged + page[page.index("```", start) :]


def commands() -> str:
    """Return the page of all commands: their help in English, and in Dutch what they are for."""
    parts = [COMMANDS]
    for name, path in cli.VERBS.items():
        key = path.rpartition(":")[2]
        text = manual.of_verb(name, key, cli.verb_app(name), "en", common=False)
        dutch = messages.text(f"cli.help.{key}", "nl")
        parts.append(f"## {name}\n\n```text\n{text}\n```\n\n**nl** {dutch}\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the pages; return the exit code."""
    pages = {
        DOCS / "look-up" / "errors.md": errors(),
        DOCS / "look-up" / "error-coverage.md": coverage(),
        DOCS / "look-up" / "commands.md": commands(),
        DOCS / "look-up" / "industry.md": industry_page.page(),
        DOCS / "do" / "scenario.md": scenario(),
    }
    if "--check" in sys.argv:
        return int(any(not path.exists() or path.read_text(encoding="utf-8") != text for path, text in pages.items()))
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
