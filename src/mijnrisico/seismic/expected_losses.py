"""Expected losses per year of a field, without simulation: their mean, and their fractiles over the complete tree.

    losses = expected(forecast, buildings, years=[2026, 2030])

    E[loss] = sum over groups of buildings n sum over (M, r) of lambda(x; M, r) E[loss of one | M, r, zone]

It is what `event_losses.simulate` finds by events, as the sum over the places of `building_stock`. Deaths are those of
the people who are inside, by day and at night, and of those beside the buildings: per person inside the local personal
risk over the share of the time that its reference person is inside. A leaf of the tree holds everywhere at once: its
total is the sum over the places, by the same parts as in `risk_tree`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.curve import STATISTICS
from mijnrisico.core.workers import one_blas_thread, threads
from mijnrisico.seismic import average_sa, hazard, loss, risk, risk_tree
from mijnrisico.seismic.average_sa import GRID_LN_G, SiteCorrelation
from mijnrisico.seismic.building_stock import QUANTITIES, Stock, stock
from mijnrisico.seismic.consequence import occupants
from mijnrisico.seismic.hazard.rates import averaged, for_model, mean_site_rates
from mijnrisico.seismic.motion.model import GroundMotion, SiteTerm, SiteVariabilityArgument, Surface

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

UNITS: Final = {"deaths": "persons/year", "chimney": "chimneys/year"}
TREE_SHARE: Final = 0.98
"""Share of the mean of every loss that lies at the places whose leaves are computed; the others move with them."""
_PLACES = 8
_TOLERANCE = 1e-4  # of the functions of the tree: its leaves are scaled to the exact mean
_LEVEL = 1e-6  # leaves are laid at this mean, for counts of buildings and deaths differ by many powers of ten


def expected(
    forecast: xr.Dataset | hazard.Sources,
    buildings: xr.Dataset,
    *,
    years: Sequence[int] | None = None,
    model: str = "TNO2020",
    motion: str | GroundMotion = "V7",
    site_term: SiteTerm | None = None,
    site_correlation: SiteCorrelation = "consistent",
    site_variability_argument: SiteVariabilityArgument = "g",
    fractiles: bool = True,
    progress: Progress = lambda _: None,
) -> xr.Dataset:
    """Expected losses per year of forecast years.

    Args:
        forecast: factored event rates, as `seismic.forecast` makes them, or `hazard.sources` of it for the motion.
        buildings: as of `exposure.buildings`; every mapping is a branch.
        years: some of those of the forecast; None for all.
        model, motion, site_term, site_correlation, site_variability_argument: as in `risk.risk`.
        fractiles: whether those over the tree are wanted; without them it is many times faster.
        progress: called with the fraction done.

    Returns:
        `losses` (year, quantity, statistic): mean and fractiles per year (NaN where not wanted), persons, chimneys or
        buildings. The mean is over the whole tree. attrs: buildings and people (mean over the day) that are not in a
        zone, and `leaves`.

    Raises:
        InputError: E503 for an unknown model or class, or a motion model without the ten periods of SaAvg.
    """
    shaking, term = risk.motion_of(motion, site_term)
    ready = for_model(forecast, shaking)
    ready = ready if years is None else risk_tree.of_years(ready, years)
    built = stock(buildings)
    grounds = [
        (zone, wierde, np.flatnonzero((built.zone == zone) & (built.wierde == wierde)))
        for zone, wierde in dict.fromkeys(zip(built.zone.tolist(), built.wierde.tolist(), strict=True))
    ]

    def intensity(zone: int, wierde: bool) -> average_sa.ZoneIntensity:
        surface: Surface = "wierde" if wierde else "regular"
        at = risk_tree.reference_of(ready, shaking)
        return average_sa.zone_intensity(
            zone, at, surface, site_variability_argument, site_term=term, site_correlation=site_correlation
        )

    vulnerable = loss.vulnerability(model, built.classes)
    by_place = _means(ready, built, vulnerable, grounds, intensity, progress, fractiles)
    result = np.full((ready.year.size, len(QUANTITIES), len(STATISTICS)), np.nan)
    result[:, :, 0] = by_place.sum(axis=0)
    leaves = 0
    if fractiles:
        leaves = _over_tree(ready, built, vulnerable, shaking, term, grounds, intensity, by_place, result, progress)
    return xr.Dataset(
        {"losses": (("year", "quantity", "statistic"), result, {"units": "persons, chimneys or buildings per year"})},
        coords={"year": ready.year, "quantity": list(QUANTITIES), "statistic": list(STATISTICS)},
        attrs={
            "vulnerability_model": model,
            "motion_model": shaking.head.name,
            "site_term": term,
            "buildings_left_out": built.buildings_left_out,
            "people_left_out": built.people_left_out,
            "leaves": leaves,
        },
    )


Ground = tuple[int, bool, NDArray[np.int64]]
Intensity = Callable[[int, bool], average_sa.ZoneIntensity]


def _means(
    ready: hazard.Sources,
    built: Stock,
    vulnerable: loss.Vulnerability,
    grounds: Sequence[Ground],
    intensity: Intensity,
    progress: Progress,
    fractiles: bool,
) -> Floats:
    """Mean losses (place, year, quantity) per year."""
    few = averaged(ready)
    weight = built.weight
    numbers = np.tensordot(weight, built.by_class(built.number), 1)  # place, class
    people = np.tensordot(weight, built.by_class(built.people()), 1)
    collapse, struck = (one / occupants.presence().inside for one in loss.mean_loss(vulnerable, GRID_LN_G))
    states = np.einsum("f,nfkz->nkz", vulnerable.fragility_weight, loss.damage(vulnerable, GRID_LN_G))
    fallen = np.einsum("f,nfz->nz", vulnerable.fragility_weight, loss.fallen(vulnerable, GRID_LN_G))
    classes = len(built.classes)
    of_sa_avg = np.concatenate([collapse, states.reshape(-1, GRID_LN_G.size)])
    of_pga = np.concatenate([struck, fallen])
    result = np.zeros((built.node.size, ready.year.size, len(QUANTITIES)))
    with one_blas_thread(), threads() as spread:
        for done, (zone, wierde, places) in enumerate(grounds):
            sa_avg, pga = intensity(zone, wierde).mean_density()
            given = np.concatenate(
                [sa_avg @ risk.visible(of_sa_avg.T), pga @ risk.visible(of_pga.T)], axis=1
            )  # pair, column
            node = built.node[places]
            near, _ = mean_site_rates(few, built.x[node], built.y[node], spread)
            seen = near.reshape(places.size, ready.year.size, -1) @ given
            dead, damaged, hit, down = np.split(seen, np.cumsum([classes, 6 * classes, classes]), axis=2)
            result[places, :, 0] = np.einsum("pyc,pc->py", dead + hit, people[places])
            result[places, :, 1] = np.einsum("pyc,pc->py", down, numbers[places])
            by_state = damaged.reshape(*damaged.shape[:2], classes, 6)
            result[places, :, 2:] = np.einsum("pyck,pc->pyk", by_state, numbers[places])
            progress((0.1 if fractiles else 1.0) * (done + 1) / len(grounds))
    return result


def _basis(vulnerable: loss.Vulnerability) -> risk_tree.Basis:
    """Functions whose sums are all losses; `coefficient` (quantity, class, k, fragility x consequence)."""
    inside = occupants.presence().inside
    shape = (len(QUANTITIES), len(vulnerable.classes), 3, 3, GRID_LN_G.size)
    of_sa_avg, of_pga = np.zeros(shape), np.zeros(shape)
    of_sa_avg[0] = loss.loss_given_sa_avg(vulnerable, GRID_LN_G) / inside
    of_pga[0] = loss.loss_given_pga(vulnerable, GRID_LN_G)[:, None] / inside
    of_pga[1] = loss.fallen(vulnerable, GRID_LN_G)[:, :, None]
    of_sa_avg[2:] = np.moveaxis(loss.damage(vulnerable, GRID_LN_G), 2, 0)[:, :, :, None]
    first, own = risk_tree.few_functions(of_sa_avg.reshape(-1, GRID_LN_G.size), _TOLERANCE)
    second, other = risk_tree.few_functions(of_pga.reshape(-1, GRID_LN_G.size), _TOLERANCE)
    both = np.concatenate([own, other], axis=1).reshape(*shape[:2], 9, -1)
    return risk_tree.Basis(first, second, np.ascontiguousarray(np.moveaxis(both, 2, 3)))


def _over_tree(
    ready: hazard.Sources,
    built: Stock,
    vulnerable: loss.Vulnerability,
    motion: GroundMotion,
    site_term: SiteTerm,
    grounds: Sequence[Ground],
    intensity: Intensity,
    by_place: Floats,
    result: Floats,
    progress: Progress,
) -> int:
    """Fill the fractiles of `result` (year, quantity, statistic) and return the number of leaves."""
    few = _basis(vulnerable)
    leaves = risk_tree.Leaves(ready, vulnerable, motion, site_term)
    numbers, people = built.by_class(built.number), built.by_class(built.people())  # mapping, place, class
    wanted = _heavy(by_place)
    totals: Floats | None = None
    for done, (zone, wierde, rows) in enumerate(grounds):
        places = rows[wanted[rows]]
        if places.size:
            given = risk_tree.expected(intensity(zone, wierde), few)
            for start in range(0, places.size, _PLACES):
                block = places[start : start + _PLACES]
                node = built.node[block]
                moment = risk_tree.moments(ready, built.x[node], built.y[node], given)
                mixed = np.concatenate(
                    [
                        np.einsum("mpc,qckb->mpkqb", people[:, block], few.coefficient[:1]),
                        np.einsum("mpc,qckb->mpkqb", numbers[:, block], few.coefficient[1:]),
                    ],
                    axis=3,
                )  # mapping, place, k, quantity, branch
                added = np.tensordot(moment, mixed, ((0, 3), (1, 2)))  # row, motion, mapping, quantity, branch
                totals = added if totals is None else totals + added
        progress(0.1 + 0.9 * (done + 1) / len(grounds))
    count = built.weight.size * leaves.weight.size
    if totals is None:
        result[:, :, 1:] = 0.0
        return count
    parts, room = leaves.room(built.weight.size)
    of_one: Any = np.empty(len(STATISTICS))
    for quantity in range(len(QUANTITIES)):
        flat = np.ascontiguousarray(np.moveaxis(totals[:, :, :, quantity], 2, 0))  # mapping, row, motion, branch
        for year, mean in enumerate(result[:, quantity, 0]):
            within = (flat * (_LEVEL / max(mean, 1e-300))).astype(np.float32)
            for mapping, part in enumerate(within):
                leaves.of_year(part.reshape(part.shape[0], -1), year, parts[mapping])
            leaves.statistics(parts, built.weight, room, of_one)
            result[year, quantity, 1:] = of_one[1:] * (mean / of_one[0]) if of_one[0] > 0.0 else 0.0
    return count


def _heavy(by_place: Floats) -> NDArray[np.bool_]:
    """Places (place,) that hold `TREE_SHARE` of every quantity in every year, the heaviest first."""
    flat = by_place.reshape(len(by_place), -1)
    total = np.maximum(flat.sum(axis=0), 1e-300)
    order = np.argsort(-flat, axis=0)
    before = np.cumsum(np.take_along_axis(flat / total, order, axis=0), axis=0)
    before = np.concatenate([np.zeros((1, flat.shape[1])), before[:-1]])
    wanted = np.zeros(len(flat), bool)
    for column in range(flat.shape[1]):
        wanted[order[before[:, column] < TREE_SHARE, column]] = True
    return wanted


def table(losses: xr.Dataset) -> pd.DataFrame:
    """Rows year, quantity, unit, mean, p10, p90 of `expected`: the table of a run."""
    frame = losses["losses"].to_dataset("statistic").to_dataframe().reset_index()
    frame["unit"] = [UNITS.get(name, "buildings/year") for name in frame["quantity"]]
    return frame[["year", "quantity", "unit", "mean", "p10", "p90"]]
