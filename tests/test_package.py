"""What a user installs: complete, and small enough to carry."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_is_small(wheel: Path):
    assert wheel.stat().st_size <= LARGEST_BYTES


def test_the_wheel_holds_data_coefficients_messages_scenario_and_licence(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "mijnrisico/data/catalogue.toml",
        "mijnrisico/data/norms.toml",
        "mijnrisico/messages/nl.toml",
        "mijnrisico/scenarios/groningen.toml",
        "mijnrisico/seismic/motion/bommer_2021_medians.csv",
        "mijnrisico/report/pages/templates/report.html.j2",
        "mijnrisico/studies/industry/rules/stcrt_2021_6830.toml",
        "mijnrisico/subsurface/gas_flow/parameters.csv",
    ):
        assert needed in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith("tests") or "__pycache__" in name for name in names)
