"""Levelled height differences or heights of a user: CSV, international or Dutch.

    point;x_rd;y_rd;from;to;subsidence_mm;reference          differences: reference is a point, empty where absolute
    000A2592;245459;594583;1987,5;2013,4;214,3;003G0017

    point,x_rd,y_rd,date,height_m,sigma_mm                    heights: differences are taken against each first epoch
    000A2592,245459,594583,1987-06-01,0.8123,0.9              and against the setting `reference`, where it is given

Places as x_rd, y_rd, as lon, lat, or as x, y with a coordinate system; that of a reference is the place of that point
in the file, or stands in reference_x_rd, reference_y_rd. Moments are years (2013.4) or dates (2013-05-26). Units m, cm
or mm in the name of the column. Directions: subsidence (bodemdaling, daling) is positive down; height_change
(hoogteverandering), uplift, heave and up positive up; height (hoogte) is a level. `value` (waarde) needs the setting
`sign`, up or down. Standard deviations, if any: sigma_mm.
"""

from pathlib import Path
from typing import Final

from mijnrisico.data.readers import displacements
from mijnrisico.data.readers.displacements import Kind, Read, Settings

DOWN: Final = dict.fromkeys(("subsidence", "bodemdaling", "daling", "zakking", "down"), ("up", -1.0))
RISE: Final = dict.fromkeys(
    ("height_change", "hoogteverandering", "uplift", "heave", "stijging", "up", "omhoog"), ("up", 1.0)
)
LEVEL: Final = dict.fromkeys(("height", "hoogte", "nap", "hoogte_nap"), ("height", 1.0))
KIND: Final = Kind(
    "levelling",
    {**DOWN, **RISE, **LEVEL, **dict.fromkeys(("value", "waarde", "displacement", "verplaatsing"), ("up", 0.0))},
    "subsidence_mm",
)


def read(path: Path, settings: Settings | None = None) -> Read:
    """Read a table of levelled differences or heights; see the head of this file and `displacements.read`."""
    return displacements.read(path, KIND, settings or Settings())
