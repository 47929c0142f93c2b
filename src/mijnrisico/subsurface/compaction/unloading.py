"""What of the compaction comes back when the pressure rises again, for models without a creep law of their own.

Sandstone unloads along a stiffer, elastic branch than that of first loading. With d the depletion that would compact
a reversible rock, d_max its largest value so far, u the share of the compressibility that also works on the way back
and w the share of a reload that is new damage, the effective depletion is D = u d + (1 - u) d_perm, where

    d_perm grows by the rise of d_max                                    first loading: all of Cm works
               and by w (rise of d - rise of d_max)                      reloading within what has been

and never falls. u = 1: fully reversible. u < 1, w = 0: a set that stays, no ratchet under equal cycles. w > 0: every
cycle of storage adds (1 - u) w times its amplitude. This is bookkeeping, not a published law: u and w are choices.
"""

import numpy as np


def remembered(depletion_bar: np.ndarray, unloading_share: float, ratchet_share: float) -> np.ndarray:
    """Effective depletion [bar] (time, ...) with memory; exact at the given times for a history linear in between.

    The first value of `depletion_bar` (time, ...) is the state at rest, in which nothing is remembered.
    """
    if unloading_share == 1.0:
        return depletion_bar
    rise = np.diff(depletion_bar, axis=0)
    beyond = np.diff(np.maximum.accumulate(depletion_bar, axis=0), axis=0)
    lasting = np.cumsum(beyond + ratchet_share * (np.maximum(rise, 0.0) - beyond), axis=0)
    kept = unloading_share * depletion_bar
    kept[0] += (1.0 - unloading_share) * depletion_bar[0]
    kept[1:] += (1.0 - unloading_share) * (depletion_bar[0] + lasting)
    return kept
