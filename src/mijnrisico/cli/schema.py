"""`mijnrisico schema`: the JSON Schema of scenario files, for editors that check and complete while one writes."""

import json
from pathlib import Path
from typing import Annotated

from mijnrisico import messages
from mijnrisico.cli import show
from mijnrisico.cli.options import COMMON, Common, option
from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Phrase


def schema(
    *,
    out: Annotated[Path | None, option("schema_out", "--out")] = None,
    common: Common = COMMON,
) -> int:
    """Write the JSON Schema of scenario files, its descriptions in the language asked for."""
    from mijnrisico.core import files as disk
    from mijnrisico.core.scenario import file as scenario_file

    lang = common.language
    found = scenario_file.schema(lang)
    if out is None:
        show.as_json(found)
        return 0
    with common.inside():
        try:
            disk.write_text(out, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            why = disk.refused(error, out.parent)
            reason = Phrase(f"unwritable.{why}") if why else error.strerror or str(error)
            params = {"file": out.as_posix(), "reason": reason}
            raise InputError(Problem("E115", out.as_posix(), params)) from error
    if common.json:
        show.as_json({"file": out.as_posix()})
    else:
        line = messages.text("schema.written", lang, file=out.as_posix())
        show.console(no_color=common.no_color).print(line, markup=False, soft_wrap=True)
    return 0
