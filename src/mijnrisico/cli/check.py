"""`mijnrisico check`: everything that is wrong with a scenario, in one pass; nothing is computed or written."""

from pathlib import Path
from typing import Annotated

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.core import resources
from mijnrisico.core.scenario import Checked, Scenario
from mijnrisico.errors import InputError, Problem, ResourceError


def check(
    config: Annotated[str, option("config")],
    /,
    *,
    set_: Annotated[tuple[str, ...], option("set", "--set")] = (),
    all_: Annotated[bool, option("all", "--all")] = False,
    common: Common = COMMON,
) -> int:
    """Check a scenario and tell what its run will need."""
    from mijnrisico.studies import preflight

    lang = common.language
    with common.inside():
        checked = preflight.read(config, set_)
        scenario = checked.scenario
        short = () if scenario is None else shortages(scenario)
        if common.json:
            found = [*checked.errors, *short]
            words = {
                "errors": [show.as_dict(problem, lang) for problem in found],
                "warnings": [show.as_dict(problem, lang) for problem in checked.warnings],
                "years": [] if scenario is None else list(scenario.years),
            }
            show.as_json(words)
            return exit_code(checked.errors, short)
        if scenario is None or short:
            return refuse(config, checked, short, common, everything=all_)
        show.problems(checked.warnings, lang, no_color=common.no_color, everything=all_)
        out = show.console(no_color=common.no_color)
        start, end = scenario.years[0], scenario.years[-1]
        title = scenario.title_nl if lang == "nl" else scenario.title
        named = {"file": Path(config).name, "title": title, "start": start, "end": end}
        out.print(messages.text("sentences.scenario_good", lang, **named), markup=False, soft_wrap=True)
        out.print(estimated(scenario, common), markup=False, soft_wrap=True)
        return 0


def shortages(scenario: Scenario) -> tuple[Problem, ...]:
    """Return what the machine lacks for this run (E601)."""
    from mijnrisico.studies import preflight

    folder = Path(scenario.output.dir)
    return tuple(resources.shortages(preflight.estimate(scenario), folder, scenario.compute.memory_limit))


def estimated(scenario: Scenario, common: Common) -> str:
    """Return the estimate of time, memory and disk as a sentence."""
    from mijnrisico.studies import preflight

    need, lang = preflight.estimate(scenario), common.language
    return messages.text(
        "sentences.estimate",
        lang,
        minutes=messages.number(need.seconds / 60.0, lang),
        memory_gib=messages.number(need.memory_gib, lang),
        free_gib=messages.number(resources.memory_free_gib(), lang),
        disk_mib=messages.number(need.disk_gib * 1024.0, lang),
    )


def refuse(
    config: str, checked: Checked, short: tuple[Problem, ...], common: Common, *, everything: bool = False
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
    counts = {"errors": len(errors), "warnings": len(checked.warnings), "file": Path(config).name}
    out.print(f"✗ {messages.text('sentences.errors_found', lang, **counts)}\n", markup=False)
    show.problems(found, lang, no_color=common.no_color, everything=everything)
    if not everything and any(_is_long(value) for problem in found for value in problem.params.values()):
        out.print(messages.text("sentences.show_all", lang, file=Path(config).name), markup=False)
    out.print(f"\n{messages.text('sentences.nothing_computed', lang, code=code)}", markup=False)
    return code


def _is_long(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > messages.SHOWN_EXAMPLES


def exit_code(errors: tuple[Problem, ...], short: tuple[Problem, ...]) -> int:
    """Return 3 for invalid input, else 6 where the machine is too small, else 0."""
    if errors:
        return InputError.exit_code
    return ResourceError.exit_code if short else 0
