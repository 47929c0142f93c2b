"""A first look at the bowl of Groningen: where it is deepest, and how steep it is where values were published.

A published value of "the deepest point" holds where the bowl is deepest, and a value of a place is as uncertain as the
bowl is steep there: both are of the bowl, which the values help to find. So the fit is made twice.
"""

import numpy as np

from mijnrisico.studies.subsidence import maps, measured, prediction
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.measured import Bowl
from mijnrisico.studies.subsidence.sources import Lattice


def look(found: Fit, cells: Lattice) -> Bowl:
    """Return where the mean bowl is deepest, and its slope [1] at each published value (row) when it was measured."""
    table = measured.published_table()
    x, y = (table[name].to_numpy(dtype=float) for name in ("x_rd", "y_rd"))
    moments, index = np.unique(table["year"].to_numpy() + measured.MIDDLE_OF_YEAR, return_inverse=True)
    motion = prediction.influences(found.model, x, y, ("tilt_x", "tilt_y"))
    parts = []
    for name in ("tilt_x", "tilt_y"):
        rows = prediction.rows_at_years(found.model, motion[name], moments)
        parts.append(found.predict([one[np.arange(len(table)), index] for one in rows]).mean())
    return Bowl(maps.deepest(found, cells, measured.DEEPEST_YEAR), np.hypot(*parts))
