"""The record of a kernel: how the surface moves per cubic metre that one depth loses."""

from dataclasses import dataclass

import numpy as np

from mijnrisico.subsidence.kernel.hankel import Function, panels


@dataclass(frozen=True, slots=True)
class Kernel:
    """Surface motion per m3 lost at a point at `depth_m`, at horizontal distance r [m] from it.

    | field | what | unit |
    |---|---|---|
    | `vertical` | u_z, positive down | 1/m2 |
    | `radial` | u_r, positive outward; negative nearly everywhere | 1/m2 |
    | `tilt` | du_z/dr | 1/m3 |
    | `curvature` | d2u_z/dr2 | 1/m4 |
    | `strain` | du_r/dr, extension positive | 1/m3 |
    | `spectrum` | U(k) [1], k in 1/m: u_z(r) = int k U(k) J0(kr) dk | 1 |
    | `radial_spectrum` | V(k) [1]: u_r(r) = int k V(k) J1(kr) dk | 1 |

    All are functions of an array of any shape and give one of that shape. `bowl_volume` is 2 pi U(0): m3 of bowl at
    the surface for each m3 lost. `reach_m` is the distance from which the kernel is zero; infinite where it has a tail.
    """

    model: str
    depth_m: float
    bowl_volume: float
    vertical: Function
    radial: Function
    tilt: Function
    curvature: Function
    strain: Function
    spectrum: Function
    radial_spectrum: Function
    reach_m: float = np.inf


def volume_within(kernel: Kernel, radius_m: float) -> float:
    """Share [1] of the bowl that lies within a distance: 2 pi int_0^R u_z r dr / `bowl_volume`.

    What cutting the kernel off at that distance keeps; one minus it is the mass that cutting loses. A kernel over a
    rigid base can have more than its whole volume within some distance: farther out the ground then rises.
    """
    bends = np.log1p(radius_m / kernel.depth_m)
    at, weight = panels(bends, max(4, int(np.ceil(4.0 * bends))))
    r = kernel.depth_m * np.expm1(at)
    inside = 2.0 * np.pi * np.sum(weight * (r + kernel.depth_m) * r * kernel.vertical(r))
    return float(inside / kernel.bowl_volume)
