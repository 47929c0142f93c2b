"""A study that answers at once, so that the tests of the command line are about the command line."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.core.progress import Progress
from mijnrisico.core.run import RunWriter, StoredRun
from mijnrisico.core.scenario import Scenario


class QuickStudy(ModuleType):
    """Stands where `mijnrisico.studies.groningen` stands; `stop_in` names the stage in which Ctrl-C is pressed."""

    def __init__(self) -> None:
        super().__init__("mijnrisico.studies.groningen")
        self.computed: list[str] = []
        self.stop_in = ""
        self.fail_in = ""
        self.highest_g = 0.049992

    def assess(self, scenario: Scenario, writer: RunWriter) -> None:
        writer.plan("pressure", "hazard")
        volumes = scenario.volumes()["volume_nm3"].tolist()
        pressure = writer.stage("pressure", self._stage("pressure"), settings={"volumes": volumes})
        writer.stage("hazard", self._stage("hazard"), settings={"cell": scenario.hazard.cell}, after=[pressure])
        rows = [
            ("events", year, 10.0 / (year - 2020), "1/year", 1.0, 12.5)
            for year in (scenario.time.start, scenario.time.end)
        ]
        rows.append(("pga475_max", 2024, 0.05678, "g", 0.03, 0.08))
        rows.append(("pga475_max_place", 2024, "Zeerijp", "-", None, None))
        frame = pd.DataFrame(rows, columns=["quantity", "year", "value", "unit", "p10", "p90"])
        writer.write_table("tables/summary.csv", frame)

    def site_answer(
        self,
        run: StoredRun,
        x: np.ndarray,
        y: np.ndarray,
        names: list[str],
        year: int | None,
        threshold: float,
        *,
        curves: bool,
    ) -> pd.DataFrame:
        years = run.scenario.years if year is None else (year,)
        rows = [
            (
                name,
                a,
                b,
                -1 if name == "Wad" else 105,
                when,
                0.04996,
                0.03,
                0.07,
                0.42,
                max(0.0, a - 270_000.0) / 1000.0,
            )
            for name, a, b in zip(names, x, y, strict=True)
            for when in years
        ]
        point = ["name", "x_rd", "y_rd", "zone", "year"]
        values = ["mean_g", "p10_g", "p90_g", "share_at_threshold", "distance_outside_km"]
        frame = pd.DataFrame(rows, columns=point + values)
        frame[["imt", "component", "surface"]] = "PGA", "geometric_mean", "regular"
        others = {"mean_arbitrary_g": 0.04999, "mean_wierde_g": 0.0499, "mean_arbitrary_wierde_g": self.highest_g}
        frame[list(others)] = list(others.values())
        frame["reaches"] = "no" if self.highest_g < threshold else "depends"
        if curves:
            rates = np.full((len(names), len(years), 2, 1), 0.01)
            frame.attrs["curves"] = xr.DataArray(
                rates,
                dims=("site", "year", "level", "statistic"),
                coords={"year": list(years), "level": [0.01, 0.1], "statistic": ["mean"]},
            )
        return frame

    def site_lpr(
        self, run: StoredRun, x: np.ndarray, y: np.ndarray, of_classes: list[str], year: int | None
    ) -> xr.DataArray:
        years = run.scenario.years if year is None else (year,)
        values = np.multiply.outer(np.ones((len(x), len(years), len(of_classes))), [2.7e-5, 6e-9, 1.1e-6, 5.7e-5])
        values[np.asarray(x) > 270_000.0] = np.nan
        coords = {"year": list(years), "vulnerability_class": of_classes, "statistic": ["mean", "p10", "p50", "p90"]}
        return xr.DataArray(values, coords=coords, dims=("site", *coords))

    def _stage(self, name: str):
        def compute(progress: Progress) -> xr.Dataset:
            progress(0.5)
            if name == self.stop_in:
                raise KeyboardInterrupt
            if name == self.fail_in:
                raise ZeroDivisionError("seventeen")
            self.computed.append(name)
            return xr.Dataset({"a": ("x", [1.0, 2.0])})

        return compute


@pytest.fixture(name="study")
def quick_study(monkeypatch: pytest.MonkeyPatch) -> QuickStudy:
    import mijnrisico.studies

    study = QuickStudy()
    monkeypatch.setitem(sys.modules, "mijnrisico.studies.groningen", study)
    monkeypatch.setattr(mijnrisico.studies, "groningen", study, raising=False)
    monkeypatch.setattr("mijnrisico.front.can_draw", lambda: False)
    return study


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every command works in an empty folder, in English unless it says otherwise."""
    import signal

    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "MIJNRISICO_LANG"):
        monkeypatch.delenv(name, raising=False)
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, handler)
