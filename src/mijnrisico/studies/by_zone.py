"""A map in blocks of whole zones, so that several workers can share it out and the answer stays the same.

What a zone asks (the table of its ground) is made once, by whoever has the zone. Sites without the variable `zone`,
as a model takes them that does not know the zones, go `MANY` at a time in their own order. The blocks depend on the
sites alone, are the same without a cluster, and are joined in the order of the sites: the numbers do not depend on who
computes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core import cluster
from mijnrisico.core.progress import Progress, ignore

Shared = TypeVar("Shared")
Attributes = Mapping[str, object]

LEAST: Final = 16
"""Sites in a block, unless there are no more: enough for the seconds it takes to outweigh the sending."""
MANY: Final = 64
"""Sites in a block where there are no zones: what they ask of the ground is one table, or one for each of them."""

COUNTED: Final = ("below_lowest_level", "sites", "sites_without_zone", "zones_with_repaired_amplification")
"""Attributes that are numbers of sites, zones or values: those of the blocks add up."""
SHARES: Final = ("share_of_rate_beyond_largest_distance",)
"""Attributes that are parts of a rate, the same for every site with a response: their mean over those sites."""


def map_sites(
    function: Callable[[Shared, xr.Dataset], xr.Dataset],
    shared: Shared,
    sites: xr.Dataset,
    *,
    progress: Progress = ignore,
) -> xr.Dataset:
    """Return function(shared, sites), computed in blocks by the workers that are there (`core.cluster`).

    Args:
        function: what it says of a site must not depend on the other sites, but for rounding.
        shared: what every block needs, such as a forecast.
        sites: dimension `site`, with `zone` where the function asks for it; in the answer they are in the same order.
        progress: called with the share of the sites that is done.

    Raises:
        ValueError: where the blocks disagree on an attribute that is neither in `COUNTED` nor in `SHARES`.
    """
    if "zone" in sites:
        members = blocks(sites["zone"].to_numpy())
    else:
        rows = np.arange(sites.sizes["site"])
        members = [rows[start : start + MANY] for start in range(0, max(rows.size, 1), MANY)]
    parts = list(
        cluster.map(
            function,
            [sites.isel(site=rows) for rows in members],
            shared=shared,
            sizes=[rows.size for rows in members],
            progress=progress,
        )
    )
    if len(parts) == 1:
        return parts[0]
    joined = xr.concat(
        parts,
        dim="site",
        data_vars="minimal",
        coords="minimal",
        compat="equals",
        join="exact",
        combine_attrs="override",
    )
    joined = joined.isel(site=np.argsort(np.concatenate(members)))
    known = [part.sizes["site"] - int(part.attrs.get("sites_without_zone", 0)) for part in parts]
    return joined.assign_attrs(_joined([part.attrs for part in parts], known))


def blocks(zone: NDArray[np.number]) -> list[NDArray[np.intp]]:
    """Indices of the sites of each block: whole zones in the order of their numbers, together at least `LEAST` sites.

    Sites without a zone (-1) do not count: they cost nothing, and go with the first block.

    >>> [rows.tolist() for rows in blocks(np.array([7, 3]))]
    [[0, 1]]
    """
    found: list[NDArray[np.intp]] = []
    members = [np.flatnonzero(zone < 0)]
    for number in np.unique(zone[zone >= 0]):
        members.append(np.flatnonzero(zone == number))
        if np.count_nonzero(zone[np.concatenate(members)] >= 0) >= LEAST:
            found.append(np.sort(np.concatenate(members)))
            members = []
    if members:
        found.append(np.sort(np.concatenate(members)))
    return found


def _joined(attributes: Sequence[Attributes], sites: Sequence[int]) -> dict[str, object]:
    """Attributes of the whole, from those of the blocks and their numbers of sites with a response."""
    whole: dict[str, object] = {}
    for name, first in attributes[0].items():
        values = [of_block[name] for of_block in attributes]
        if name in COUNTED:
            whole[name] = sum(values)  # pyright: ignore[reportArgumentType, reportCallIssue] - all are int
        elif name in SHARES:
            whole[name] = float(np.average(np.asarray(values, float), weights=sites)) if sum(sites) else 0.0
        elif all(value == first for value in values):
            whole[name] = first
        else:
            raise ValueError(f"blocks disagree on the attribute {name!r}: {values}")
    return whole
