"""Cloud-optimised GeoTIFF: one file per quantity, statistic and year, with its style beside it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine

from mijnrisico.core.files import replacing, write_text
from mijnrisico.export import styles
from mijnrisico.export.maps import CRS, Map, Source, hazard_maps, risk_maps, share_maps


def write(source: Source, folder: Path) -> list[Path]:
    """Write every map as `<name>/<statistic>_<year>.tif`, and its style as `.qml` of the same name."""
    return write_all(maps(source), source, folder, styles.PALETTES)


def write_all(
    wanted: Iterable[Map], source: Source, folder: Path, palettes: Mapping[str, styles.Palette]
) -> list[Path]:
    """Write maps, each with the palette of its quantity."""
    written: list[Path] = []
    for each in wanted:
        target = folder / each.name / f"{each.statistic}_{each.year}.tif"
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary:
            write_map(each, source.about, temporary)
        write_text(target.with_suffix(".qml"), styles.raster_qml(palettes[each.quantity], source.lang))
        written.append(target)
    return written


def maps(source: Source) -> Iterator[Map]:
    """Yield every map of the run."""
    return chain(hazard_maps(source), share_maps(source), risk_maps(source))


def write_map(each: Map, about: dict[str, str], path: Path) -> None:
    """Write one map: float64 (y from north to south), RD New, nodata not-a-number, what it is as tags.

    A node is the centre of its cell. Values are not rounded: a verdict at a threshold is about the unrounded value.
    """
    half = each.cell / 2.0
    profile = {
        "driver": "COG",
        "height": each.y.size,
        "width": each.x.size,
        "count": 1,
        "dtype": "float64",
        "crs": CRS,
        "transform": Affine(each.cell, 0.0, each.x[0] - half, 0.0, -each.cell, each.y[-1] + half),
        "nodata": np.nan,
        "compress": "deflate",
        "overviews": "none",
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.asarray(each.values, dtype=np.float64)[::-1], 1)
        file.descriptions = (" ".join([each.name, each.statistic, str(each.year)]),)
        file.units = (each.unit,)
        file.update_tags(**{name.upper(): value for name, value in (about | each.facts()).items() if value})
