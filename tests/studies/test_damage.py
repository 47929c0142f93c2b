"""Earthquakes at one point: what shook it, and the chance of a crack, from a catalogue whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from mijnrisico.errors import InputError
from mijnrisico.seismic import catalogue
from mijnrisico.seismic.damage import korswagen_2022
from mijnrisico.seismic.motion import bommer_2021_pgv
from mijnrisico.studies import damage

LOPPERSUM = (245_459.0, 594_583.0)
GAP = (271_500.0, 585_500.0)
"""A point in the model area that lies in no zone."""


def events(*rows: tuple[str, float, float]) -> pd.DataFrame:
    """Earthquakes north of the place: day, distance in km, magnitude."""
    packaged = catalogue.packaged().iloc[: len(rows)]
    days, away, size = zip(*rows, strict=True)
    return packaged.assign(
        time=pd.to_datetime(list(days)),
        x=LOPPERSUM[0],
        y=LOPPERSUM[1] + 1000.0 * np.array(away),
        magnitude=list(size),
        depth_km=3.0,
    )


def test_one_earthquake_shakes_as_the_motion_model_says_and_is_the_whole_chance():
    found = damage.history(*LOPPERSUM, events=events(("2012-08-16", 5.0, 3.6)), vs30_m_s=200.0)
    (row,) = found.events.to_dict("records")
    median = 10.0 * np.exp(bommer_2021_pgv.median_ln(3.6, np.hypot(5.0, 3.0), "larger", 200.0))
    assert row["pgv_median_mm_s"] == pytest.approx(median)
    assert row["pgv_median_mm_s"] < row["pgv_p84_mm_s"] < row["pgv_p99_mm_s"]
    sd = np.log(row["pgv_p84_mm_s"] / median)
    assert sd == pytest.approx(0.5715, abs=1e-3)
    assert row["share"] == pytest.approx(1.0)
    assert found.new.remembering == pytest.approx(row["new_crack"], rel=1e-6)
    assert found.new.memoryless == pytest.approx(row["new_crack"], rel=1e-4)
    assert row["new_crack"] == pytest.approx(korswagen_2022.probability(1.0, 0.0, np.log(median), sd))


def test_the_expected_number_above_a_level_is_the_sum_of_chances():
    found = damage.history(*LOPPERSUM, events=events(("2012-08-16", 5.0, 3.6), ("2013-01-01", 9.0, 3.0)))
    medians = found.events["pgv_median_mm_s"].to_numpy()
    levels = found.levels.set_index("level_mm_s")
    for level in damage.LEVELS_MM_S:
        assert levels.loc[level, "events"] == (medians > level).sum()
    draws = medians * np.exp(0.5715 * np.random.default_rng(3).standard_normal((40_000, 2)))
    assert levels.loc[5.0, "expected"] == pytest.approx((draws > 5.0).sum(axis=1).mean(), abs=0.02)


def test_more_earthquakes_make_a_crack_more_likely_and_the_shares_sum_to_one():
    few = damage.history(*LOPPERSUM, since="2018")
    all_of_them = damage.history(*LOPPERSUM, since="2012")
    assert len(few.events) < len(all_of_them.events)
    for name in ("new", "grown"):
        one, other = getattr(few, name), getattr(all_of_them, name)
        assert one.remembering < other.remembering
        assert one.memoryless < other.memoryless
        assert other.remembering <= other.memoryless <= 1.0
    assert all_of_them.events["share"].sum() == pytest.approx(1.0)
    assert all_of_them.events["pgv_median_mm_s"].is_monotonic_decreasing


def test_softer_ground_shakes_harder():
    stiff, soft = (damage.history(*LOPPERSUM, vs30_m_s=vs30, since="2018") for vs30 in (300.0, 150.0))
    assert (soft.events["pgv_median_mm_s"].to_numpy() > stiff.events["pgv_median_mm_s"].to_numpy()).all()
    assert soft.new.remembering > stiff.new.remembering


def test_small_and_far_earthquakes_are_counted_and_left_out():
    found = damage.history(
        *LOPPERSUM, events=events(("2012-08-16", 5.0, 3.6), ("2012-08-17", 5.0, 1.2), ("2012-08-18", 40.0, 3.0))
    )
    assert (len(found.events), found.smaller, found.farther) == (1, 1, 1)


def test_without_an_earthquake_nothing_is_said_of_cracks():
    found = damage.history(*LOPPERSUM, since="2030-01-01")
    assert found.events.empty
    assert found.new == damage.Chance(0.0, 0.0)
    assert found.outside == 0.0


@pytest.mark.parametrize(
    ("point", "more", "where"),
    [
        ((150_000.0, 450_000.0), {}, "damage"),
        (GAP, {}, "--vs30"),
        (LOPPERSUM, {"vs30_m_s": 0.0}, "--vs30"),
        (LOPPERSUM, {"since": "yesterday"}, "--since"),
    ],
)
def test_what_cannot_be_answered_is_refused(point, more, where):
    with pytest.raises(InputError) as caught:
        damage.history(*point, **more)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_far_from_the_field_the_answer_is_that_it_is_outside_unless_the_ground_is_given():
    with pytest.raises(InputError) as caught:
        damage.history(150_000.0, 450_000.0)
    (problem,) = caught.value.problems
    assert problem.code == "E107"
    assert float(problem.params["distance_km"]) == pytest.approx(155.0, abs=20.0)
    assert damage.history(150_000.0, 450_000.0, vs30_m_s=200.0).events.empty
