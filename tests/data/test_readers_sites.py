"""A point on the command line: what is no number on the map is refused in words."""

import pytest

from mijnrisico import messages
from mijnrisico.data.readers import sites

ODD = (float("nan"), float("inf"), float("-inf"))


@pytest.mark.parametrize("way", ["rd", "lonlat"])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.filterwarnings("error")
def test_a_point_that_is_not_finite_is_no_point(way: str, odd: float, axis: int):
    good = {"rd": (245_459.0, 594_583.0), "lonlat": (6.8, 53.3)}[way]
    pair = (odd, good[1]) if axis == 0 else (good[0], odd)
    found, (problem,) = sites.at(rd=pair) if way == "rd" else sites.at(lonlat=pair)
    assert found == ()
    assert (problem.code, problem.where) == ("E503", f"--{way}")
    for lang in messages.LANGUAGES:
        assert str(odd) in messages.describe(problem.code, problem.where, problem.params, lang).what


@pytest.mark.parametrize("way", ["rd", "lonlat"])
def test_a_point_in_the_field_is_taken_as_it_is(way: str):
    found, problems = sites.at(rd=(245_459.0, 594_583.0)) if way == "rd" else sites.at(lonlat=(6.8, 53.3))
    assert problems == []
    assert len(found) == 1
