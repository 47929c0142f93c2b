"""The front door: few names, nothing imported before it is used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import mijnrisico
from mijnrisico import messages


def test_every_name_of_the_front_door_opens() -> None:
    for name in mijnrisico.__all__:
        assert getattr(mijnrisico, name) is not None
    assert set(mijnrisico.__all__) <= set(dir(mijnrisico))
    with pytest.raises(AttributeError, match="nothing"):
        _ = mijnrisico.nothing


def test_the_import_of_the_package_imports_nothing_heavy() -> None:
    code = "import sys, mijnrisico; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "pydantic", "pandas", "xarray", "rich"} & set(shown.split())


def test_a_scenario_is_checked_against_the_packaged_data() -> None:
    with pytest.raises(mijnrisico.InputError) as caught:
        mijnrisico.template(overrides=["risk.shown=['URM3']", "hazard.cell=1"])
    assert {problem.code for problem in caught.value.problems} == {"E412", "E503"}
    assert mijnrisico.template(overrides=["hazard.cell=2000"]).hazard.cell == 2000.0


def test_every_code_in_the_source_has_its_words() -> None:
    source = Path(mijnrisico.__file__).parent
    used = {
        code
        for path in source.rglob("*.py")
        for code in re.findall(r"""Problem\(\s*"([EW]\d{3})["']""", path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= set(messages.codes())
