"""`array.mijnrisico.map()`: every labelled map of a run can draw itself."""

from typing import TYPE_CHECKING

import xarray as xr

from mijnrisico.errors import InputError, Problem
from mijnrisico.messages import Language, Phrase

if TYPE_CHECKING:
    from mijnrisico.report.draw.picture import Picture


@xr.register_dataarray_accessor("mijnrisico")
class Drawn:
    """What this toolbox adds to an array that a run gave."""

    def __init__(self, array: xr.DataArray) -> None:  # noqa: D107
        self._array = array

    def map(self, *, lang: Language = "en") -> "Picture":
        """Draw the array as the map it is; choose one year and statistic first, with `.sel(year=..., statistic=...)`.

        Raises `InputError` E713 when more than x and y are left, or when the array did not come from a run.
        """
        from mijnrisico.report.draw import layer, single
        from mijnrisico.report.run_folder import RunFolder

        array = self._array
        left = [str(dim) for dim in array.dims if dim not in ("y", "x")]
        if left or not {"y", "x"} <= set(array.dims) or "run_folder" not in array.attrs:
            wrong = Phrase("explore.array_dims", {"dims": tuple(left)}) if left else Phrase("explore.array_foreign")
            raise InputError(Problem("E713", "array", {"wrong": wrong}))
        from pathlib import Path

        run = RunFolder(Path(array.attrs["run_folder"]))
        return single.map_(run, layer.of_array(run, array), lang)
