"""`mijnrisico init`: a scenario file to fill in, with samples of the tables beside it; nothing is overwritten."""

from pathlib import Path
from typing import Annotated, Final, Literal

from mijnrisico import messages
from mijnrisico.cli import outputs, show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase

_NEXT: Final = ("next_change", "next_check", "next_run")
_NEXT_SUBSIDENCE: Final = ("next_change_subsidence", "next_check", "next_run_subsidence")


def init(
    folder: Annotated[Path, option("init_folder")] = Path(),
    /,
    *,
    template: Annotated[
        Literal["groningen", "restart", "subsidence"], option("init_template", "--template")
    ] = "groningen",
    common: Common = COMMON,
) -> int:
    """Make a folder with a scenario file to fill in."""
    from mijnrisico.core import files as disk
    from mijnrisico.core.scenario import file as scenario_file

    lang = common.language
    with common.inside():
        files = scenario_file.starter(template, lang)
        outputs.none_there(folder, files)
        if why := disk.cannot_hold(folder):
            raise InputError(
                Problem("E115", folder.as_posix(), {"file": folder.as_posix(), "reason": Phrase(f"unwritable.{why}")})
            )
        outputs.write_texts(folder, files)
        first = next(iter(files))
        scenario, sites = (folder / first).as_posix(), (folder / scenario_file.SITES).as_posix()
        if common.json:
            show.as_json({"folder": folder.as_posix(), "files": list(files), "scenario": scenario})
            return 0
        named = {"folder": f"{folder.as_posix()}/", "files": ", ".join(files), "file": first}
        words = {**named, "path": scenario, "sites": sites}
        again = ("next_restart",) if template == "groningen" else ()
        steps = _NEXT_SUBSIDENCE if template == scenario_file.SUBSIDENCE else _NEXT
        lines = [messages.text(f"init.{key}", lang, **words) for key in ("written", *steps, *again)]
        show.console(no_color=common.no_color).print("\n".join(lines), markup=False, soft_wrap=True)
        return 0
