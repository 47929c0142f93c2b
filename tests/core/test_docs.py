"""Pages made from the package say what the package says, and their examples work."""

import subprocess
import sys
from pathlib import Path

import pytest

from mijnrisico.core import scenario as scenarios

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the pages are not in an installed package")
def test_generated_pages_are_up_to_date() -> None:
    script = ROOT / "scripts" / "build_docs.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the pages are not in an installed package")
def test_the_shortest_scenario_of_the_page_is_in_order(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "do" / "scenario.md").read_text(encoding="utf-8")
    (tmp_path / "my_scenario.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    (tmp_path / "volumes.csv").write_text(page.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    scenario = scenarios.load(tmp_path / "my_scenario.toml")
    assert scenario.volumes()["volume_nm3"].sum() == pytest.approx(4e9)
