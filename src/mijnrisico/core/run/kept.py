"""A few numbers that took long, kept beside the runs: what was interrupted goes on where it stopped.

They lie in the cache of the stages, so that `mijnrisico rm --cache` removes them with it.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mijnrisico.core import files, provenance
from mijnrisico.core.run.store import CACHE

Numbers = dict[str, float]

_DIGITS: Final = 32


def kept(results: Path, name: str, settings: object, compute: Callable[[], Mapping[str, float]]) -> Numbers:
    """Return numbers by name: those that are kept, else computed and kept.

    They are known by `name`, by `settings` (plain JSON values: all that they depend on) and by the code, packaged data
    and libraries that can change a number. A file that cannot be read is computed again; where nothing can be written
    nothing is kept.
    """
    key = provenance.sha256(provenance.canonical([name, settings, provenance.science_digest()]))
    path = results / CACHE / f"{name}-{key[:_DIGITS]}.json"
    try:
        return {str(quantity): float(value) for quantity, value in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):  # not there, or damaged
        found = {quantity: float(value) for quantity, value in compute().items()}
    try:
        path.parent.mkdir(exist_ok=True)
        files.write_text(path, json.dumps(found))
    except OSError:  # read-only: the numbers are as good
        pass
    return found
