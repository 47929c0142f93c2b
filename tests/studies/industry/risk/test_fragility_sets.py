"""Sets of fragility: numbers, marks, crossings and their repair."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.errors import InputError
from mijnrisico.studies.industry.risk import fragility_sets as sets
from mijnrisico.studies.industry.risk.loss_of_containment import Lognormal

near = pytest.approx


def test_the_original_curves_cross_at_the_published_place() -> None:
    original = sets.sets()["ala_2001_fill60"]
    (crossing,) = sets.crossings(original)
    assert (crossing.lesser, crossing.worse, crossing.at_g) == ("DS4", "DS5", near(1.2384, rel=1e-4))
    exactly = original.states["DS4"].at(2.0) - original.states["DS5"].at(2.0)
    assert float(exactly) == near(-0.132, abs=5e-4)


def test_a_set_that_crosses_is_refused_with_the_repaired_one_as_remedy() -> None:
    with pytest.raises(InputError) as caught:
        sets.named("ala_2001_fill60")
    (problem,) = caught.value.problems
    assert problem.params["example"] == 'fragility = "ala_2001_fill60_repaired"'
    for lang in messages.LANGUAGES:
        shown = messages.describe(problem.code, problem.where, problem.params, lang)
        assert "DS5" in shown.what


def test_the_repaired_set_has_the_published_medians() -> None:
    found = sets.named("ala_2001_fill60_repaired")
    assert [curve.median_g for curve in found.states.values()] == near([0.19419, 0.61787, 0.96211, 1.68678], rel=3e-5)
    assert [curve.beta for curve in found.states.values()] == near([0.7025] * 4)
    assert found.mark == "C"


@given(st.lists(st.tuples(st.floats(0.05, 2.0), st.floats(0.2, 1.0)), min_size=2, max_size=5))
@settings(max_examples=50)
def test_repaired_curves_do_not_cross_where_their_levels_of_ten_per_cent_rise(drawn: list[tuple[float, float]]) -> None:
    tenth = sorted(median * np.exp(-sets.TEN_PERCENT_Z * beta) for median, beta in drawn)
    betas = [beta for _, beta in drawn]
    states = {
        f"DS{i}": Lognormal(float(low * np.exp(sets.TEN_PERCENT_Z * beta)), beta)
        for i, (low, beta) in enumerate(zip(tenth, betas, strict=True))
    }
    drawn_set = sets.FragilitySet("drawn", "tank", "V", {}, "", "", None, states)
    found = sets.repaired(drawn_set)
    assert all(crossing.excess < 1e-12 for crossing in sets.crossings(found))
    for name, low in zip(states, tenth, strict=True):
        assert float(found.states[name].at(low)) == near(float(states[name].at(low)), rel=1e-9)


def test_every_packaged_set_has_a_source_and_a_mark_and_all_but_the_original_may_be_used() -> None:
    for name, found in sets.sets().items():
        assert found.source
        assert found.mark in sets.MARKS[:3]
        assert set(found.title) == {"nl", "en"}
        medians = [curve.median_g for curve in found.states.values()]
        assert medians == sorted(medians)
        if name != "ala_2001_fill60":
            assert sets.named(name) is found


def test_a_set_of_a_user_without_a_source_is_marked_so() -> None:
    states = {"DS4": Lognormal(0.8, 0.5)}
    assert sets.user_set("rack", states, kind="pipe_rack").mark == "?"
    assert sets.user_set("rack", states, kind="pipe_rack", source="own tests 2020", mark="V").mark == "V"


def test_a_probit_becomes_a_lognormal_in_g_whatever_its_unit() -> None:
    curve = sets.probit(7.01, 1.67, "g")
    assert (curve.beta, curve.median_g) == (near(1 / 1.67), near(np.exp((5 - 7.01) / 1.67)))
    in_percent = sets.probit(7.01 - 1.67 * np.log(100.0), 1.67, "percent_g")
    assert in_percent.median_g == near(curve.median_g)


def test_strengthening_moves_the_medians_and_not_the_spread() -> None:
    found = sets.named("hazus_unanchored").medians(2.0)
    assert found.states["DS4"] == Lognormal(1.36, 0.75)


def test_an_unknown_set_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        sets.named("hazus_anchord")
    assert "hazus_anchored" in str(caught.value.problems[0].params["example"])


def test_a_set_without_states_is_refused() -> None:
    with pytest.raises(InputError):
        sets.user_set("rack", {}, kind="pipe_rack")


def test_the_page_of_sets_shows_the_numbers_that_are_used() -> None:
    page = (Path(__file__).parents[4] / "docs" / "look-up" / "fragility_sets.md").read_text(encoding="utf-8")
    for name, found in sets.sets().items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` "))
        shown = [cell.strip() for cell in row.split("|")[3:-1]]
        assert shown == [*(f"{curve.median_g:.4g}/{curve.beta:.4g}" for curve in found.states.values()), found.mark]
