"""Case 3.2: a vertical fault of 85 x 12 km, ruptures that float on it, 36 branches; one site 10 km from its middle.

A rupture of magnitude M has area 10^(M - 4) km2 and is twice as long as wide until it is as wide as the fault, then
longer, at most as long as the fault. Its place is uniform along the strike and down the dip, so that with dy the
distance along the strike and z the depth of the top edge R^2 = 10^2 + dy^2 + z^2.

Rates follow from the slip: the seismic moment that is released per year, from magnitude 0 up, is rigidity x area x
slip rate, log10 M0 = 16.05 + 1.5 M in dyne cm. On a sphere of 6,371 km the trace is 85.0 km long and
the site 10.00 km away.

The tree gives a "mmax" of 7.0, 6.75, 6.5. For the exponential it is the largest magnitude, for Youngs and Coppersmith
the characteristic one, in the middle of a box 0.5 wide that ends at 7.25, 7.0, 6.75: only so are the total rates of
the branches those in the fractiles of HAZ45.3, to all four digits. Read as the largest one they are 57-75 % higher.
The density in the box is that of the exponential one magnitude below it.

The fractiles of HAZ45.3 come from 55,000 random samples of the tree. Those of 36 branches are steps, so where a step
lies within the sampling error of the wanted share the sample may show the branch before or after it; `nearest_step`
allows those. It changes nothing about how far the values of the branches themselves are apart.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from mijnrisico.core.curve import weighted_fractile
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.hazard.exceedance import exceedance

from .motions import ASK, SADIGH

LENGTH_KM, WIDTH_KM, SITE_KM = 85.0, 12.0, 10.0
RIGIDITY, B_VALUE, SMALLEST, LARGEST = 3e11, 0.9, 5.0, 7.25
BETA, MOMENT_SLOPE = B_VALUE * np.log(10.0), 1.5 * np.log(10.0)
HALF_BOX = 0.25
SLIP_MM = {1.0: 0.2, 3.0: 0.6, 10.0: 0.2}
SHAPES = {"characteristic": 0.6, "exponential": 0.4}
MMAX = {7.0: 0.3, 6.75: 0.4, 6.5: 0.3}
SAMPLES = 55_000
MOTIONS = {"abrahamson_silva_kamai_2014": 0.5, "sadigh_1997": 0.5}


@dataclass(frozen=True)
class Branch:
    slip_mm: float
    shape: str
    mmax: float
    motion: str
    weight: float


def tree():
    """The 36 branches."""
    return [
        Branch(slip, shape, mmax, motion, a * b * c * d)
        for (slip, a), (shape, b), (mmax, c), (motion, d) in product(
            SLIP_MM.items(), SHAPES.items(), MMAX.items(), MOTIONS.items()
        )
    ]


def _exponential_moment(largest):
    """Integral from 0 to `largest` of beta exp(-beta M) M0(M), dyne cm."""
    power = MOMENT_SLOPE - BETA
    return BETA * 10.0**16.05 * np.expm1(power * largest) / power


def density(branch):
    """Events per year and magnitude as a function of magnitude, balanced with the slip."""
    released = RIGIDITY * LENGTH_KM * WIDTH_KM * 1e10 * branch.slip_mm / 10.0
    if branch.shape == "exponential":
        largest, box = branch.mmax, branch.mmax
        total, height = _exponential_moment(largest), 0.0
    else:
        largest, box = branch.mmax + HALF_BOX, branch.mmax - HALF_BOX
        height = BETA * np.exp(-BETA * (box - 1.0))
        of_box = (np.exp(MOMENT_SLOPE * largest) - np.exp(MOMENT_SLOPE * box)) / MOMENT_SLOPE
        total = _exponential_moment(box) + height * 10.0**16.05 * of_box

    def per_magnitude(magnitude):
        m = np.asarray(magnitude, float)
        below = np.where(m <= box, BETA * np.exp(-BETA * m), height)
        return released / total * np.where(m <= largest, below, 0.0)

    return per_magnitude


def bin_rates(branch, edges):
    """Events per year in the bins between edges (bin,), which hold the steps of the density."""
    unit, gauss = np.polynomial.legendre.leggauss(4)
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    return density(branch)(middle[:, None] + half[:, None] * unit) @ gauss * half


def size_km(magnitude):
    """Length and width of a rupture."""
    width = min(10.0 ** (0.5 * magnitude - 2.15), WIDTH_KM)
    return min(10.0 ** (magnitude - 4.0) / width, LENGTH_KM), width


def _spread(top, points):
    """Nodes and weights of a mean over 0 to `top`."""
    unit, gauss = np.polynomial.legendre.leggauss(points if top > 0.0 else 1)
    return 0.5 * top * (unit + 1.0), 0.5 * gauss


def places(magnitude, points=(6, 24)):
    """Depths of the top edge (z,) with weights, distances along the strike (y,) with weights.

    The rupture passes the site (distance zero) or stops short of it by at most half of what the fault is longer.
    """
    length, width = size_km(magnitude)
    short = max(0.5 * LENGTH_KM - length, 0.0)
    passes = 1.0 - 2.0 * short / (LENGTH_KM - length) if short > 0.0 else 1.0
    along, weight = _spread(short, points[1])
    return (
        *_spread(WIDTH_KM - width, points[0]),
        np.append(0.0, along),
        np.append(passes, (1.0 - passes) * weight),
    )


def exceedance_at(model, magnitude, level_g, points=(6, 24)):
    """P(PGA > level | M) over all places of the rupture, (level,), by the exceedance of the package."""
    depth, depth_weight, along, along_weight = places(magnitude, points)
    total = np.zeros(len(level_g))
    for z, weight in zip(depth, depth_weight, strict=True):
        distance = np.sqrt(SITE_KM**2 + along**2 + z**2)
        found, _ = exceedance(asked(model), float(z), np.array([magnitude]), distance, np.asarray(level_g))
        total += weight * (along_weight @ found[0, :, 0, 0, 0])
    return total


def branch_rates(level_g, step=0.01, points=(6, 24)):
    """Annual rates of exceedance (branch, level) of the tree and weights (branch,)."""
    edges = np.linspace(SMALLEST, LARGEST, round((LARGEST - SMALLEST) / step) + 1)
    magnitude = 0.5 * (edges[1:] + edges[:-1])
    by_motion = {
        model.head.name: np.array([exceedance_at(model, m, level_g, points) for m in magnitude])
        for model in (ASK, SADIGH)
    }
    branches = tree()
    rates = np.array([bin_rates(branch, edges) @ by_motion[branch.motion] for branch in branches])
    return rates, np.array([branch.weight for branch in branches])


def nearest_step(rate, weight, share, theirs):
    """Of the rates (branch,) at which a sample of the tree may show its fractile `share`, the one nearest to theirs.

    The sample holds `SAMPLES` branches: the share that it finds below a branch is off by three sds at most.
    """
    off = 3.0 * np.sqrt(share * (1.0 - share) / SAMPLES)
    low, high = weighted_fractile(rate, weight, [share - off, share + off])
    steps = rate[(rate >= low) & (rate <= high)]
    return steps[np.argmin(np.abs(steps / theirs - 1.0))]
