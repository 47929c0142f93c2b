"""A spectrum of the user: read in either notation, everything wrong said at once."""

import pytest

from mijnrisico.data.readers import code_spectrum
from mijnrisico.errors import InputError


def _write(folder, text):
    path = folder / "norm.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ["period_s,sa_g\n0.4,0.25\n0,0.1\n", "period_s;sa_g\n0,4;0,25\n0;0,1\n"])
def test_a_spectrum_is_read_in_both_notations_in_the_order_of_its_periods(tmp_path, text):
    found = code_spectrum.read(_write(tmp_path, text))
    assert found["period_s"].tolist() == [0.0, 0.4]
    assert found["sa_g"].tolist() == [0.1, 0.25]
    assert found.attrs["name"] == "norm"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("period_s,level\n0.4,0.25\n", {"E507"}),
        ("period_s,sa_g\n-0.4,0.25\n0.2,0.2\n0.2,0.3\n", {"E503"}),
        ("period_s,sa_g\n0.4,25\n", {"E204"}),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, text, codes):
    with pytest.raises(InputError) as caught:
        code_spectrum.read(_write(tmp_path, text))
    assert {problem.code for problem in caught.value.problems} == codes


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        code_spectrum.read(tmp_path / "nothing.csv")
    assert caught.value.code == "E101"
