"""Subsidence: from what activities take out of the ground to what the surface, buildings and water do.

    question -> sources -> branches -> (measurements) -> subsidence per activity -> objects, limits

`question` reads what is asked, `sources` says where volume is lost, `prediction` what each branch makes of it, `fit`
what measurements say of it, `maps` and `outputs` what a run leaves behind.
"""

from mijnrisico.studies.subsidence.question import PACKAGED, SubsidenceQuestion, is_subsidence, read
from mijnrisico.studies.subsidence.study import assess

__all__ = ["PACKAGED", "SubsidenceQuestion", "assess", "is_subsidence", "read"]
