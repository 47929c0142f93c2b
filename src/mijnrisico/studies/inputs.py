"""The files of a scenario beside its production: the earthquakes that a fit uses and a pressure grid, read once.

Each is read from the user's file when the scenario names one; the same file with the same settings is read once per
process, so that a check and the run after it do not pay twice.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import pandas as pd

from mijnrisico.core import provenance
from mijnrisico.core.scenario import Scenario
from mijnrisico.core.sections import CatalogueFile
from mijnrisico.data.readers import catalogue as catalogue_reader
from mijnrisico.data.readers.catalogue import Read
from mijnrisico.errors import InputError
from mijnrisico.seismic import catalogue

Role = Literal["catalogue", "pressure"]


def key(scenario: Scenario, role: Role) -> object:
    """Return what a stage that reads this input depends on: digest and settings of the file, None without one."""
    path = scenario.input_files.get(role)
    if path is None:
        return None
    settings = getattr(scenario.inputs, role).model_dump(mode="json", exclude={"file"})
    return [provenance.file_digest(path), settings]


def read_catalogue(path: Path, settings: CatalogueFile) -> Read:
    """Read and locate a catalogue of the user; doubles are left in, so that they can be reported."""
    columns = tuple(sorted(settings.columns.items()))
    return _catalogue(path, provenance.file_digest(path), columns, settings.crs, settings.time_zone)


@lru_cache(maxsize=4)
def _catalogue(path: Path, digest: str, columns: tuple[tuple[str, str], ...], crs: str, time_zone: str) -> Read:
    del digest  # the same name can hold another catalogue the next time
    found = catalogue_reader.read(path, columns=dict(columns), crs=crs, time_zone=time_zone)
    events = None if found.events is None else catalogue.located(found.events)
    return Read(events, found.problems, found.name)


def earthquakes(scenario: Scenario) -> pd.DataFrame:
    """Return the catalogue of a scenario: that of the user, or the packaged one; see `seismic.catalogue.packaged`.

    Raises `InputError` when the file can no longer be read as it was when the scenario was checked.
    """
    path = scenario.input_files.get("catalogue")
    if path is None:
        return catalogue.packaged()
    settings = scenario.inputs.catalogue
    found = read_catalogue(path, settings)
    if found.events is None:
        raise InputError(found.problems)
    return catalogue.without_duplicates(found.events) if settings.dedupe == "first" else found.events.copy()
