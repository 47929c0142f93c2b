"""One synthetic run and its two pages, made once for all tests of the report."""

from pathlib import Path
from types import ModuleType

import pytest

from mijnrisico import report
from mijnrisico.report.pages import blocks
from mijnrisico.report.pages import subsidence as page_of_subsidence
from mijnrisico.report.run_folder import RunFolder
from mijnrisico.report.words import Words


@pytest.fixture(scope="session")
def run_path(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Path:
    return synthetic.write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def pages(run_path: Path) -> dict[str, str]:
    written = report.write(run_path, ("nl", "en"), ["html"])
    return {p.name.split(".")[1]: p.read_text(encoding="utf-8") for p in written if p.name.startswith("report.")}


@pytest.fixture(scope="session")
def subsidence_path(tmp_path_factory: pytest.TempPathFactory, subsidence: ModuleType) -> Path:
    return subsidence.write(tmp_path_factory.mktemp("subsidence"))


@pytest.fixture(scope="session")
def subsidence_blocks(subsidence_path: Path) -> dict[str, blocks.Block]:
    return blocks.draw(RunFolder(subsidence_path), Words("en"))


@pytest.fixture(scope="session")
def subsidence_page(subsidence_path: Path, subsidence_blocks: dict[str, blocks.Block]) -> str:
    made = page_of_subsidence.render(RunFolder(subsidence_path), Words("en"), subsidence_blocks)
    (subsidence_path / "report").mkdir(exist_ok=True)
    (subsidence_path / "report" / "report.en.html").write_text(made, encoding="utf-8")
    return made
