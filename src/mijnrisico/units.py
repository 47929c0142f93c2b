"""Factors between units, each written once. A name reads `<from>` per `<to>`: multiply by it to leave `<to>`.

    volume_nm3 = volume_bcm * NM3_PER_BCM
    level_cms2 = level_g * CMS2_PER_G

Volumes are Nm3: at 0 degrees Celsius and 1.01325 bar, as Dutch gas production is reported.
"""

import math
from typing import Final

NM3_PER_BCM: Final = 1e9
PA_PER_BAR: Final = 1e5
MPA_PER_BAR: Final = 0.1
DAYS_PER_YEAR: Final = 365.25
CMS2_PER_G: Final = 981.0
"""As in the Groningen ground-motion models, whose site terms are fitted with this scale; not 980.665."""
CMS2_PER_STANDARD_G: Final = 980.665
"""For models from elsewhere that predict cm/s2."""
LN_MM_PER_CM: Final = math.log(10.0)
"""Added to ln of cm/s to leave ln of mm/s."""
GRAVITY_M_S2: Final = 9.81
