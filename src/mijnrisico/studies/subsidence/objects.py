"""What happens to the objects of a question: motion of the mean and of members of the posterior, held against limits.

The mean is exact, by activity; the members are those of the maps. Objects are taken some at a time, so that memory does
not grow with their number times that of the sources.
"""

import itertools
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from mijnrisico.core.progress import Progress
from mijnrisico.studies.subsidence import files, maps, prediction
from mijnrisico.studies.subsidence.fit import Fit
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsidence import impact

Array = NDArray[np.float64]

QUANTITIES: Final = ("subsidence", *maps.BENDING)
_CM: Final = 100.0
_AT_ONCE: Final = 200


def table(question: SubsidenceQuestion, found: Fit, progress: Progress) -> pd.DataFrame:
    """Return `tables/subsidence_objects.csv`: every object in the years that are shown; see `impact.table`."""
    asked = question.inputs.objects
    assert asked is not None
    frame = pd.DataFrame({"object": asked.names, "x_m": asked.x_m, "y_m": asked.y_m})
    frame["length_m"] = asked.values["length_m"]
    if "height_m" in asked.values:
        frame["height_m"] = asked.values["height_m"]
    drawn = found.sample(np.random.default_rng(question.seed), question.entry.observations.members)
    both = motion(found, asked.x_m, asked.y_m, np.array(question.entry.time.shown), drawn, progress)
    mean, members = (_with_water(one.assign_coords(object=list(asked.names)), asked) for one in both)
    return impact.table(frame, mean, members)


def motion(
    found: Fit,
    x: Array,
    y: Array,
    years: NDArray[np.int64],
    drawn: tuple[NDArray[np.intp], Array],
    progress: Progress,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return `QUANTITIES` at the end of years: mean (activity, year, object), and of members (member, year, object).

    `drawn` are the branch of each member and its factors, as `Fit.sample` returns them.
    """
    model, (branch, _), moments = found.model, drawn, years.astype(np.float64) + 1.0
    mean = {name: np.zeros((len(model.sources), years.size, x.size)) for name in QUANTITIES}
    each = {name: np.zeros((branch.size, years.size, x.size), dtype=np.float32) for name in QUANTITIES}
    pairs = list(itertools.product(range(len(model.sources)), range(len(model.surfaces))))
    for done, (activity, number) in enumerate(pairs):
        members = np.flatnonzero([model.branches[b].surface == number for b in branch])
        volume = found.mean_volume(activity, number, moments)
        volume = np.concatenate([volume[None], _volumes(found, activity, members, moments, drawn)])
        starts = range(0, x.size, _AT_ONCE)
        for k, start in enumerate(starts):
            some = slice(start, start + _AT_ONCE)
            one, surface = model.sources[activity], model.surfaces[number]
            for name, influence in prediction.influence(one, x[some], y[some], surface, QUANTITIES).items():
                moved = (volume.reshape(-1, volume.shape[-1]) @ influence.T).reshape(*volume.shape[:2], -1)
                mean[name][activity, :, some] += moved[0]
                each[name][members, :, some] += moved[1:]
            progress((done + (k + 1) / len(starts)) / len(pairs))
    coords = {"activity": [one.name for one in model.sources], "year": years}
    return (
        xr.Dataset({name: (("activity", "year", "object"), values) for name, values in mean.items()}, coords),
        xr.Dataset({name: (("member", "year", "object"), values) for name, values in each.items()}, {"year": years}),
    )


def _volumes(
    found: Fit, activity: int, members: NDArray[np.intp], moments: Array, drawn: tuple[NDArray[np.intp], Array]
) -> Array:
    """Volume that members say an activity lost by some moments (member, moment, source)."""
    model, (branch, factors) = found.model, drawn
    one, columns = model.sources[activity], model.slices[activity]
    lost = [model.volume_at(strain, activity, moments) for strain in range(len(model.strains))]
    volumes = [lost[model.branches[branch[m]].strain] * (one.weights @ factors[m, columns]) for m in members]
    return np.array(volumes).reshape(members.size, moments.size, one.x_m.size)


def _with_water(moved: xr.Dataset, asked: files.Objects) -> xr.Dataset:
    """Return the motion of objects with that of their weirs, and with the changes of level, where these are known."""
    if "weir" not in asked.texts:
        return moved
    weir = [asked.names.index(name) if name else -1 for name in asked.texts["weir"]]
    of_weir = moved["subsidence"].isel(object=np.maximum(weir, 0)).to_numpy()
    of_weir[..., np.array(weir) < 0] = np.nan
    made = moved.assign(weir_subsidence=(moved["subsidence"].dims, of_weir))
    if "level_change_cm" not in asked.values:
        return made
    change = np.nan_to_num(asked.values["level_change_cm"]) / _CM
    return made.assign(level_change=(("year", "object"), np.tile(change, (moved.sizes["year"], 1))))
