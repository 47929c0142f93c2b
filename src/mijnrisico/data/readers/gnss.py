"""Positions or displacements of GNSS stations of a user: CSV, international or Dutch.

    station,x_rd,y_rd,date,east_mm,north_mm,up_mm,sigma_east_mm,sigma_north_mm,sigma_up_mm      a series
    Ten Boer,241500,587800,2014-01-01,0.0,0.0,0.0,1.1,1.0,3.2

    station,x_rd,y_rd,from,to,subsidence_mm                                                     differences

Every component becomes a row of its own; those that are not measured are left out. A series is differenced against the
first epoch of each station, and against the station `reference` where that setting is given. Columns of places,
moments and units as for `levelling`; east (oost) and north (noord) are positive that way.
"""

from pathlib import Path
from typing import Final

from mijnrisico.data.readers import displacements, levelling
from mijnrisico.data.readers.displacements import Kind, Read, Settings

KIND: Final = Kind(
    "gnss",
    {
        **levelling.DOWN,
        **levelling.RISE,
        **levelling.LEVEL,
        "east": ("east", 1.0),
        "oost": ("east", 1.0),
        "north": ("north", 1.0),
        "noord": ("north", 1.0),
    },
    "up_mm",
)


def read(path: Path, settings: Settings | None = None) -> Read:
    """Read a table of GNSS stations; see the head of this file and `displacements.read`."""
    return displacements.read(path, KIND, settings or Settings())
