"""The lines of the README that a person will copy first: they run, on a small run, from a folder like theirs."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

ROOT = Path(__file__).parents[1]


def _source(years: np.ndarray) -> xr.Dataset:
    """Earthquakes in one cell near Loppersum, on one branch: ten a year of M 1.45 and more, with b = 1."""
    magnitude = np.round(np.arange(1.5, 5.05, 0.1), 2)
    rate = 10.0 * 10.0 ** -(magnitude - 1.5) * (1.0 - 10.0**-0.1)
    fall = 0.9 ** (years - years[0])
    return xr.Dataset(
        {
            "maps": (("cell", "map"), np.ones((1, 1))),
            "coefficient": (("map", "magnitude", "year", "branch"), rate[None, :, None, None] * fall[:, None]),
            "weight": ("branch", np.ones(1)),
        },
        coords={
            "cell_x": ("cell", [244_000.0]),
            "cell_y": ("cell", [596_000.0]),
            "cell_area": ("cell", [250_000.0]),
            "magnitude": magnitude,
            "year": years,
            "branch": ["linear_stress|5"],
        },
        attrs={"crs": "EPSG:28992", "magnitude_min": 1.45},
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synthetic: ModuleType) -> Path:
    path = synthetic.write(tmp_path / "results" / "2024-01-17-3f2e")
    _source(synthetic.YEARS).to_netcdf(path / "grids" / "source.nc", engine="h5netcdf")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_lines_of_the_readme_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in lines.splitlines() if line.strip()]) <= 10
    exec(compile(lines, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.startswith("In 2030, ")
    assert "share_at_threshold" in said
    written = {path.name for path in folder.iterdir() if path.is_file()}
    assert written == {"pga475.svg", "pga475.csv", "loppersum.png", "loppersum.csv"}


def test_a_point_of_that_run_gives_risk_by_class_and_a_curve_that_falls(folder: Path) -> None:
    import mijnrisico

    site = mijnrisico.open_run().site(rd=(245_459, 594_583), name="Loppersum")
    rates = site.rates(2030)
    assert rates.dims == ("statistic", "level")
    assert rates.attrs["units"] == "1/year"
    assert (np.diff(rates.sel(statistic="mean")) <= 0.0).all()
    risk = site.lpr_by_class(2030)
    assert risk["lpr_mean"].is_monotonic_decreasing
    assert {"class", "year", "p10", "p90"} <= set(risk)
    with pytest.raises(mijnrisico.InputError):
        site.lpr_by_class(1999)
