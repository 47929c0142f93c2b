"""`mijnrisico explain`: a code of the error catalogue in words."""

import difflib
from typing import Annotated

from mijnrisico import messages
from mijnrisico.cli import USAGE, show
from mijnrisico.cli.options import COMMON, Common, option


def explain(code: Annotated[str, option("code")], /, *, common: Common = COMMON) -> int:
    """Explain a code; a name between braces stands for what the message fills in."""
    lang, known = common.language, messages.codes(common.language)
    code = code.strip().upper()
    out = show.console(no_color=common.no_color)
    if code not in known:
        near = difflib.get_close_matches(code, known, n=3, cutoff=0.6) or known
        line = messages.text("sentences.unknown_code", lang, got=code, known=", ".join(near))
        show.console(stderr=True, no_color=common.no_color).print(line, markup=False)
        return USAGE
    parts = {part: messages.catalogue(lang)[f"errors.{code}.{part}"] for part in ("what", "why", "fix")}
    if common.json:
        show.as_json({"code": code, **parts})
        return 0
    out.print(f"{code} {parts['what']}\n     {parts['why']}\n     → {parts['fix']}", markup=False, soft_wrap=True)
    return 0
