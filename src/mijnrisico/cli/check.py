"""`mijnrisico check`: everything that is wrong with a scenario, in one pass; nothing is computed or written."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import resources
from mijnrisico.core.scenario import SCENARIO_FILE
from mijnrisico.errors import InputError, Problem, ResourceError
from mijnrisico.messages import Language

if TYPE_CHECKING:
    from mijnrisico.studies.ask import AnyQuestion, Checked
    from mijnrisico.studies.preflight import InputRow


def check(
    config: Annotated[str, option("config")],
    /,
    *,
    set_: Annotated[tuple[str, ...], option("set", "--set")] = (),
    all_: Annotated[bool, option("all", "--all")] = False,
    common: Common = COMMON,
) -> int:
    """Check a scenario and tell what its run will need."""
    from mijnrisico.studies import ask

    lang = common.language
    with common.inside():
        checked = ask.read(config, set_)
        scenario = checked.scenario
        short = () if scenario is None else shortages(scenario)
        warnings = checked.warnings if scenario is None else (*checked.warnings, *ask.noticed(scenario))
        if common.json:
            found = [*checked.errors, *short]
            words = {
                "errors": [show.as_dict(problem, lang) for problem in found],
                "warnings": [show.as_dict(problem, lang) for problem in warnings],
                "years": [] if scenario is None else list(scenario.years),
                "inputs": [] if scenario is None else [_as_plain(row, lang) for row in ask.inputs_table(scenario)],
                "estimate": None if scenario is None else asdict(ask.estimate(scenario)),
            }
            show.as_json(words)
            return exit_code(checked.errors, short)
        if scenario is None or short:
            return refuse(config, checked, short, common, everything=all_)
        show.problems(warnings, lang, no_color=common.no_color, everything=all_)
        out = show.console(no_color=common.no_color)
        start, end = scenario.years[0], scenario.years[-1]
        title = scenario.title_nl if lang == "nl" else scenario.title
        named = {"file": named_file(config), "title": title, "start": start, "end": end}
        out.print(messages.text("sentences.scenario_good", lang, **named), markup=False, soft_wrap=True)
        _read(scenario, common)
        out.print(estimated(scenario, common), markup=False, soft_wrap=True)
        command = shlex.join(["mijnrisico", "run", config, *(part for one in set_ for part in ("--set", one))])
        out.print(messages.text("check.next", lang, command=command), markup=False, soft_wrap=True)
        return 0


def _read(scenario: "AnyQuestion", common: Common) -> None:
    """Show what a scenario reads: its own files, or what stands in for them."""
    from rich.table import Table

    from mijnrisico.studies import ask

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("input", "file", "rows", "what", "span"):
        heading = messages.text(f"check.{column}", common.language)
        grid.add_column(heading, justify="right" if column == "rows" else "left", overflow="fold")
    for row in ask.inputs_table(scenario):
        what, span = _in_words(row, common.language)
        rows = "–" if row.rows is None else messages.number(row.rows, common.language)
        grid.add_row(messages.text(f"check.{row.role}", common.language), row.file, rows, what, span)
    out = show.console(no_color=common.no_color)
    out.print()
    out.print(grid)
    out.print()


def _in_words(row: "InputRow", lang: Language) -> tuple[str, str]:
    """Return what was read and over which period."""
    what = messages.text(row.what.key, lang, **row.what.params)
    return what, "–" if row.span is None else messages.text(row.span.key, lang, **row.span.params)


def _as_plain(row: "InputRow", lang: Language) -> dict[str, object]:
    """Return one input as it goes into JSON."""
    what, span = _in_words(row, lang)
    return {
        "role": row.role,
        "file": row.file,
        "rows": row.rows,
        "what": what,
        "span": None if row.span is None else span,
    }


def shortages(scenario: "AnyQuestion") -> tuple[Problem, ...]:
    """Return what the machine lacks for this run (E601)."""
    from mijnrisico.studies import ask

    folder = Path(scenario.output.dir)
    return tuple(resources.shortages(ask.estimate(scenario), folder, ask.memory_limit(scenario)))


def estimated(scenario: "AnyQuestion", common: Common) -> str:
    """Return the estimate of time, memory and disk as a sentence."""
    from mijnrisico.studies import ask

    need, lang = ask.estimate(scenario), common.language
    return messages.text(
        "sentences.estimate",
        lang,
        minutes=messages.number(need.seconds / 60.0, lang),
        memory_gib=messages.number(need.memory_gib, lang),
        free_gib=messages.number(resources.memory_free_gib(), lang),
        disk_mib=messages.number(need.disk_gib * 1024.0, lang),
    )


def refuse(
    config: str, checked: "Checked", short: tuple[Problem, ...], common: Common, *, everything: bool = False
) -> int:
    """Show every problem and say that nothing was computed; return the exit code."""
    lang = common.language
    errors = (*checked.errors, *short)
    code = exit_code(checked.errors, short)
    found = (*errors, *checked.warnings)
    if common.json:
        show.problems(found, lang, json=True)
        return code
    out = show.console(stderr=True, no_color=common.no_color)
    counts = {"errors": len(errors), "warnings": len(checked.warnings), "file": named_file(config)}
    out.print(f"✗ {messages.text('sentences.errors_found', lang, **counts)}\n", markup=False)
    show.problems(found, lang, no_color=common.no_color, everything=everything)
    if not everything and any(_is_long(value) for problem in found for value in problem.params.values()):
        out.print(messages.text("sentences.show_all", lang, file=named_file(config)), markup=False)
    out.print(f"\n{messages.text('sentences.nothing_computed', lang, code=code)}", markup=False)
    return code


def named_file(config: str) -> str:
    """Return the name of the scenario file, also where its folder was given."""
    return SCENARIO_FILE if Path(config).is_dir() else Path(config).name


def _is_long(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > messages.SHOWN_EXAMPLES


def exit_code(errors: tuple[Problem, ...], short: tuple[Problem, ...]) -> int:
    """Return 3 for invalid input, else 6 where the machine is too small, else 0."""
    if errors:
        return InputError.exit_code
    return ResourceError.exit_code if short else 0
