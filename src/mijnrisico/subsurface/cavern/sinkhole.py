"""How far a void migrates upward when its roof fails, and whether it reaches the surface: a chimney that fills itself.

Rock that falls takes more room: its rubble has k times the volume, k the bulking factor. A chimney over a void of
height h has taken up all of it at

    h/(k - 1)       where it rises with upright walls (prism)
    3 h/(k - 1)     where it narrows to a point (cone)

A sinkhole forms where that is more than the cover D between the void and loose ground. What room is then left comes up:
of a prism V (1 - D/z), of a cone V (1 - D/z)^3, with V the void and z the height above.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Triangle:
    """A quantity of which the lowest, the likeliest and the highest value are given."""

    low: float
    mid: float
    high: float

    def at(self, share: np.ndarray) -> np.ndarray:
        """Value below which `share` (...) of the distribution lies.

        >>> Triangle(0.0, 1.0, 2.0).at(np.array([0.0, 0.5, 1.0])).tolist()
        [0.0, 1.0, 2.0]
        """
        if self.high == self.low:
            return np.full(np.shape(share), self.low)
        turn = (self.mid - self.low) / (self.high - self.low)
        rising = self.low + np.sqrt(share * (self.high - self.low) * (self.mid - self.low))
        falling = self.high - np.sqrt((1.0 - share) * (self.high - self.low) * (self.high - self.mid))
        return np.where(share < turn, rising, falling)


@dataclass(frozen=True, slots=True)
class Migration:
    """A void that may migrate: its height above rubble [m], bulking factor [1], cover [m], and area [m2].

    `cone_share` is the probability that the chimney narrows, `roof_fails` that it starts at all.
    """

    height_m: Triangle
    bulking: Triangle
    cover_m: Triangle
    area_m2: float
    cone_share: float = 0.0
    roof_fails: float = 1.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Probability of a sinkhole, given that the roof fails and in all; fractiles p10, p50, p90 of the height reached.

    `crater_m3` are those of the volume at the surface, over the cases that reach it (NaN where none does).
    `sampling` is the standard error of the first probability.
    """

    given_failure: float
    probability: float
    sampling: float
    height_m: tuple[float, float, float]
    crater_m3: tuple[float, float, float]


def arrest_m(height_m: np.ndarray, bulking: np.ndarray, *, cone: bool | np.ndarray = False) -> np.ndarray:
    """Height [m] at which rubble fills the chimney over a void of `height_m`.

    >>> arrest_m(np.array(1.0), np.array(1.2)).round(9).item(), arrest_m(1.0, 1.2, cone=True).round(9).item()
    (5.0, 15.0)
    """
    return np.where(cone, 3.0, 1.0) * np.asarray(height_m, dtype=float) / (np.asarray(bulking, dtype=float) - 1.0)


def crater_m3(void_m3: np.ndarray, cover_m: np.ndarray, arrest: np.ndarray, *, cone: bool | np.ndarray) -> np.ndarray:
    """Volume [m3] that is missing at the surface where the chimney comes through `cover_m`, 0 where it does not."""
    left = np.maximum(1.0 - np.asarray(cover_m, dtype=float) / arrest, 0.0)
    return void_m3 * np.where(cone, left**3, left)


def reach(case: Migration, draws: int, rng: np.random.Generator) -> Reach:
    """Sample how far the void of `case` migrates, with `draws` draws spread evenly over each quantity."""
    shares = (rng.permuted(np.tile(np.arange(draws), (4, 1)), axis=1) + rng.random((4, draws))) / draws
    height, bulking, cover = (
        each.at(u) for each, u in zip((case.height_m, case.bulking, case.cover_m), shares, strict=False)
    )
    cone = shares[3] < case.cone_share
    arrest = arrest_m(height, bulking, cone=cone)
    through = arrest > cover
    given = float(through.mean())
    crater = crater_m3(case.area_m2 * height, cover, arrest, cone=cone)[through]
    wanted = (0.1, 0.5, 0.9)
    heights = tuple(float(v) for v in np.quantile(np.minimum(arrest, cover), wanted))
    craters = tuple(float(v) for v in np.quantile(crater, wanted)) if through.any() else (np.nan,) * 3
    error = float(np.sqrt(given * (1.0 - given) / draws))
    return Reach(given, given * case.roof_fails, error, heights, craters)  # pyright: ignore[reportArgumentType]
