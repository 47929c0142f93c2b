"""The numbers of this room that stand in TOML beside the code, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def read(name: str) -> Mapping[str, Any]:
    """Return the tables of `<name>.toml`."""
    text = resources.files("mijnrisico.studies.industry.risk").joinpath(f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)
