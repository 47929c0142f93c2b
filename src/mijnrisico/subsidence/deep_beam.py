"""Tensile strain in a wall that bends with the ground: a deep beam on two supports, loaded in the middle.

A wall of length L and height H is an elastic beam with bending and shear (Timoshenko), supported at its ends, with a
point load in the middle that gives it the deflection of the ground. With D the deflection, t the distance from the
neutral axis to the side in tension, I the second moment of area per metre of thickness, and E/G the ratio of moduli:

    D/L = (L / (12 t) + 3 I E / (2 t L H G)) e_b          largest strain by bending
    D/L = (1 + H L^2 G / (18 I E)) e_d                    largest strain on the diagonal, by shear

Sagging: the neutral axis in the middle, t = H/2, I = H^3/12. Hogging: at the foundation, which holds the lower side,
t = H, I = H^3/3. A horizontal strain e_h of the ground adds to the first, and to the second by Mohr's circle:

    e_t = max( e_b + e_h,  e_h (1 - nu)/2 + sqrt( e_h^2 ((1 + nu)/2)^2 + e_d^2 ) )

This is how Burland & Wroth (1974) and Burland (1997) are remembered; the papers were not read. The formulas were
derived again from beam theory and are tested against it.
"""

import numpy as np

E_OVER_G = 2.6
"""Ratio of moduli of an isotropic wall with a Poisson's ratio of 0.3."""
POISSON = 0.3


def tensile_strain(
    deflection_ratio: np.ndarray,
    strain_horizontal: np.ndarray,
    length_m: np.ndarray,
    height_m: np.ndarray,
    *,
    e_over_g: float = E_OVER_G,
    poisson: float = POISSON,
) -> np.ndarray:
    """Return the largest tensile strain of a wall; 0 where all of it is pressed together.

    Args:
        deflection_ratio: D/L (1), positive for sagging, negative for hogging.
        strain_horizontal: of the ground along the wall (1), extension positive.
        length_m: length of the wall L.
        height_m: its height H.
        e_over_g: ratio of Young's modulus to shear modulus.
        poisson: Poisson's ratio of the wall.

    All arrays broadcast against each other; NaN gives NaN.
    """
    ratio = np.abs(np.asarray(deflection_ratio, dtype=float))
    hogging = np.asarray(deflection_ratio, dtype=float) < 0.0
    e_h = np.asarray(strain_horizontal, dtype=float)
    length, height = np.asarray(length_m, dtype=float), np.asarray(height_m, dtype=float)
    to_edge = np.where(hogging, height, height / 2.0)
    inertia = np.where(hogging, height**3 / 3.0, height**3 / 12.0)
    bending = ratio / (length / (12.0 * to_edge) + 3.0 * inertia * e_over_g / (2.0 * to_edge * length * height))
    shear = ratio / (1.0 + height * length**2 / (18.0 * inertia * e_over_g))
    diagonal = e_h * (1.0 - poisson) / 2.0 + np.hypot(e_h * (1.0 + poisson) / 2.0, shear)
    return np.maximum(np.maximum(bending + e_h, diagonal), 0.0)
