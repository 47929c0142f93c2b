"""People in the model area: postcode polygons laid over the cells of the risk grid.

The embedded exposure is the population per four-digit postcode (CBS), spread evenly over the polygon: it does not know
where in the postcode people live, nor in which class of building. Counts are therefore "if all dwellings here were of
class X", for several X, and for a labelled mix of classes that the user sets. What part of a postcode the model
covers is stated with every count; people outside that part are not counted, which does not make them safe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from mijnrisico import data
from mijnrisico.core import logic_tree
from mijnrisico.core.model import Model
from mijnrisico.core.norm import norm
from mijnrisico.seismic.vulnerability import Array, class_rows

MODEL = Model(
    name="postcodes",
    role="exposure",
    predicts={"people": "people"},
    needs={"local_personal_risk": "1/year", "building_mix": "1"},
    valid={},
    source="CBS, population per four-digit postcode",
    departs="people spread evenly over their postcode; the mix of building classes is an assumption",
)

COUNTED = {"above_1e-5": "veiligheidsnorm", "above_1e-4": "tijdelijke_veiligheidsnorm"}
"""Columns of people above a norm, and the norm."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """Postcodes over sites: the share of each postcode's area in the cell around each site.

    `postcodes` has pc4, place, municipality, population and covered_share (share of the area in cells with a zone);
    pair k says that `share[k]` of postcode `postcode[k]` (row) lies in the cell of site `site[k]`. Cells without a
    zone are left out of the pairs.
    """

    postcodes: pd.DataFrame
    postcode: np.ndarray
    site: np.ndarray
    share: Array


def overlay(sites: xr.Dataset, cell_m: float = 1000.0) -> Overlay:
    """Lay the packaged postcodes over square cells centred on the sites (site: x, y, zone; m, RD New).

    Postcodes that touch no cell with a zone are left out.
    """
    properties, shapes = data.polygons("postcodes")
    return overlay_of(pd.DataFrame(properties), shapes, sites, cell_m)


def overlay_of(postcodes: pd.DataFrame, shapes: np.ndarray, sites: xr.Dataset, cell_m: float) -> Overlay:
    """Lay polygons, one per row of `postcodes`, over square cells centred on the sites."""
    half = cell_m / 2.0
    inside = np.flatnonzero(sites["zone"].to_numpy() >= 0)
    x, y = (sites[name].to_numpy()[inside].astype(float) for name in ("x", "y"))
    cells = shapely.box(x - half, y - half, x + half, y + half)
    row, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(shapes[row], cells[cell])) / shapely.area(shapes[row])
    touched = share > 0.0
    row, cell, share = row[touched], cell[touched], share[touched]
    kept, new_row = np.unique(row, return_inverse=True)
    covered = np.bincount(new_row, share, kept.size)
    columns = [name for name in ("pc4", "place", "municipality", "population") if name in postcodes]
    table = postcodes.loc[kept, columns].reset_index(drop=True)
    return Overlay(
        postcodes=table.assign(covered_share=covered),
        postcode=new_row,
        site=inside[cell],
        share=share,
    )


def postcode_of(x: Array, y: Array) -> tuple[np.ndarray, np.ndarray]:
    """Return postcode and municipality of each point (RD New, m), "" outside the packaged postcodes; text, same shape.

    Where simplified edges overlap the lower postcode counts.
    """
    properties, shapes = data.polygons("postcodes")
    point, shape = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="intersects")
    row = np.full(x.size, len(shapes))
    np.minimum.at(row, point, shape)
    pc4 = np.array([*(str(each["pc4"]) for each in properties), ""], dtype=object)
    municipality = np.array([*(str(each["municipality"]) for each in properties), ""], dtype=object)
    return pc4[row], municipality[row]


def postcode_counts(
    lpr: xr.DataArray,
    over: Overlay,
    *,
    classes: Sequence[str],
    mix: Mapping[str, float] | None = None,
    mix_label: str = "mix",
) -> pd.DataFrame:
    """People per postcode above the norm levels, for each class and for the mix, every year.

    Args:
        lpr: mean local personal risk (site, year, vulnerability_class), 1/year.
        over: overlay of the same sites.
        classes: count as if all dwellings were of this class.
        mix: share of the people in each class; sums to one. A person in the mix counts for the share of the classes
            in which the level is exceeded.
        mix_label: name of the mix in the column `class`.

    Returns:
        pc4, place, population, covered_share, class, year, above_1e-5, above_1e-4 (people) and lpr_mean (1/year, mean
        over the covered part). Above means strictly above: 1e-5 itself meets the norm.

    Raises:
        InputError: E503 for a class without values, E504 where the mix does not sum to one.
    """
    known = [str(name) for name in lpr["vulnerability_class"].to_numpy()]
    years = lpr["year"].to_numpy()
    values = lpr.transpose("site", "year", "vulnerability_class").to_numpy()
    people = over.postcodes["population"].to_numpy(float)
    covered = over.postcodes["covered_share"].to_numpy()

    def spread(of_pairs: Array) -> Array:
        """Area-weighted sum per postcode of values per pair, (postcode, ...)."""
        out = np.zeros((len(people), *of_pairs.shape[1:]))
        np.add.at(out, over.postcode, over.share[:, None, None] * of_pairs)
        return out

    at_pairs = values[over.site]
    mean = spread(at_pairs) / covered[:, None, None]
    above = {
        column: people[:, None, None] * spread((at_pairs > level).astype(float))
        for column, level in ((column, norm(name).value) for column, name in COUNTED.items())
        if level is not None
    }

    weights: list[tuple[str, Array]] = []
    for row in class_rows(known, classes):
        weights.append((known[row], np.eye(len(known))[row]))
    if mix:
        logic_tree.check_weights("risk.mix", list(mix.values()))
        weight = np.zeros(len(known))
        weight[class_rows(known, list(mix))] = list(mix.values())
        weights.append((mix_label, weight))

    frames = []
    for label, weight in weights:
        for k, year in enumerate(years):
            frames.append(
                over.postcodes.assign(
                    **{
                        "class": label,
                        "year": int(year),
                        **{column: count[:, k] @ weight for column, count in above.items()},
                        "lpr_mean": mean[:, k] @ weight,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)
