"""Hazard: from a forecast to how often the ground moves harder than a level, at sites, over the complete logic tree.

`at_sites` is the door (curves, levels, fractiles, branches); `site_rates` what a site sees of the sources; `asked`,
`exceedance`, `site_scatter` and `mean_exceedance` the motion of one earthquake; `motion_tree` and `tree_fractiles` the
branches; `disaggregation` and `spectrum` other views of the same sum.
"""

from mijnrisico.seismic.hazard.at_sites import branches, hazard, level_name, levels, means, site_keys
from mijnrisico.seismic.hazard.motion_tree import Tree, tree
from mijnrisico.seismic.hazard.rates import Sources, site_rates, sources

__all__ = [
    "Sources",
    "Tree",
    "branches",
    "hazard",
    "level_name",
    "levels",
    "means",
    "site_keys",
    "site_rates",
    "sources",
    "tree",
]
