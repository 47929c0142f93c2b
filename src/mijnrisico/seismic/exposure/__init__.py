"""Exposure: who and what is there to be shaken.

`people` lays the postcodes over the cells, `buildings` is the labelled array that the stages of risk hand on,
`synthetic` makes one for the field from open data where no file of buildings is given, `esrm20` reads its types as
classes.
"""

from mijnrisico.seismic.exposure import people, synthetic
from mijnrisico.seismic.exposure.people import COUNTED, MODEL, Overlay, overlay, overlay_of, postcode_counts

__all__ = ["COUNTED", "MODEL", "Overlay", "overlay", "overlay_of", "people", "postcode_counts", "synthetic"]
