"""F14: which earthquakes make the hazard where it is highest: magnitude, distance, epsilon, and where they start."""

from mijnrisico.messages import Language
from mijnrisico.report.draw import causes
from mijnrisico.report.draw.curve import Place
from mijnrisico.report.draw.sheet import Drawing
from mijnrisico.report.run_folder import RunFolder


def f14_causes(run: RunFolder, lang: Language) -> Drawing:
    """Draw the disaggregation at the named place with the highest level."""
    told = run.table("disaggregation")
    top = told.sort_values("level", ascending=False).iloc[[0]]
    place = str(top["place"].iloc[0])
    bins, cells = (run.table(f"disaggregation_{name}") for name in ("bins", "cells"))
    found = causes.Causes(top, bins[bins.place == place], cells[cells.place == place])
    at = Place(place, float(top["x_rd"].iloc[0]), float(top["y_rd"].iloc[0]))
    return causes.draw(run, at, found, lang, "F14_disaggregation")
