"""The record of measured displacements: checked at the door, joined, and as double differences of heights."""

import numpy as np
import pandas as pd
import pytest

from mijnrisico.errors import InputError
from mijnrisico.subsidence.observe import observations

from . import cases


def heights() -> pd.DataFrame:
    frame = pd.DataFrame(
        [(p, y) for y in (1990.0, 2000.0, 2010.0) for p in ("A", "B", "ref")], columns=["point", "year"]
    )
    place = {"A": (1000.0, 0.0), "B": (0.0, 2000.0), "ref": (9000.0, 9000.0)}
    sinking = {"A": 0.002, "B": 0.005, "ref": 0.001}
    return frame.assign(
        x_m=[place[p][0] for p in frame.point],
        y_m=[place[p][1] for p in frame.point],
        height_m=[1.0 - sinking[p] * (y - 1990.0) for p, y in zip(frame.point, frame.year, strict=True)],
    )


def test_double_differences_lose_what_the_reference_and_the_first_epoch_have_in_common():
    frame = heights()
    lifted = frame.assign(height_m=frame.height_m + 5.0 + 0.3 * (frame.year == 2000.0))
    for one in (frame, lifted):
        found = observations.double_differences(one, np.eye(9) * 1e-6, reference="ref")
        assert list(found.rows.point) == ["A", "A", "B", "B"]
        np.testing.assert_allclose(found.value_m, [-0.01, -0.02, -0.04, -0.08], atol=1e-12)


def test_double_differences_share_the_error_of_the_reference_and_of_the_first_epoch():
    found = observations.double_differences(heights(), np.eye(9) * 1e-6, reference="ref")
    np.testing.assert_allclose(np.diag(found.covariance_m2), 4e-6)
    assert found.covariance_m2[0, 1] == pytest.approx(2e-6)  # one point, two years: first epoch of point and reference
    assert found.covariance_m2[0, 2] == pytest.approx(2e-6)  # two points, one year: both epochs of the reference
    assert found.covariance_m2[0, 3] == pytest.approx(1e-6)  # two points, two years: the first epoch of the reference


def test_a_year_without_the_reference_is_left_out_and_a_chosen_epoch_is_held():
    frame = heights()
    frame = frame[(frame.point != "ref") | (frame.year != 2010.0)]
    found = observations.double_differences(frame, np.eye(len(frame)) * 1e-6, reference="ref")
    assert set(found.rows.to_year) == {2000.0}
    later = observations.double_differences(heights(), np.eye(9) * 1e-6, reference="ref", epoch=2000.0)
    assert set(later.rows.from_year) == {2000.0}
    assert set(later.rows.to_year) == {2010.0}


def test_scatterers_of_one_cell_are_gathered_into_their_average():
    frame = cases.rows("insar", points=4, years=(2015.0, 2020.0))
    frame = frame.assign(
        x_m=[100.0, 300.0, 700.0, 120.0], y_m=[50.0, 450.0, 50.0, 90.0], value_m=[-1.0, -3.0, -5.0, -9.0]
    )
    frame.loc[3, "reference"] = "other"
    found = observations.gathered(frame.assign(sigma_m=[0.1, 0.3, np.nan, 0.1]), 500.0)
    assert found.value_m.tolist() == [-2.0, -5.0, -9.0]
    assert found.point.tolist() == ["i0 +1", "i2", "i3"]
    assert found.gathered.tolist() == [2, 1, 1]
    assert (found.x_m[0], found.y_m[0], found.sigma_m[0]) == (200.0, 250.0, 0.2)
    assert len(observations.record(found, np.eye(3))) == 3


def test_a_reference_that_is_not_there_and_a_height_that_is_there_twice_are_told():
    with pytest.raises(InputError, match="E412"):
        observations.double_differences(heights(), np.eye(9), reference="C")
    with pytest.raises(InputError, match="E301"):
        observations.double_differences(pd.concat([heights(), heights()]), np.eye(18), reference="ref")


def test_joined_sets_are_independent_and_keep_their_own_covariance():
    a = cases.observed(cases.rows("levelling", points=3))
    b = cases.observed(cases.rows("insar", points=2))
    both = observations.joined([a, b])
    assert len(both) == 10
    np.testing.assert_array_equal(both.covariance_m2[:6, :6], a.covariance_m2)
    np.testing.assert_array_equal(both.covariance_m2[6:, 6:], b.covariance_m2)
    assert not both.covariance_m2[:6, 6:].any()
    np.testing.assert_array_equal(both.chosen(both.rows.technique == "insar").covariance_m2, b.covariance_m2)


def test_rows_known_at_a_moment_are_those_that_end_by_then():
    measured = cases.observed(cases.rows())
    assert measured.campaigns.tolist() == [1995.0, 2010.0]
    assert len(measured.until(1995.0)) == 8
    assert (np.diff(measured.chosen(np.arange(16)[::-1]).in_time().rows.to_year) >= 0.0).all()


@pytest.mark.parametrize(
    ("column", "value"),
    [("technique", "sextant"), ("value_m", np.nan), ("to_year", 1970.0), ("up", 0.5), ("reference_x_m", np.nan)],
)
def test_a_row_that_cannot_be_is_refused(column, value):
    frame = cases.rows().assign(**{column: value})
    with pytest.raises(InputError) as caught:
        observations.record(frame, np.eye(len(frame)))
    assert [problem.code for problem in caught.value.problems] == ["E503"]


def test_everything_that_is_wrong_is_told_at_once():
    frame = cases.rows().assign(technique="sextant", to_year=1900.0)
    with pytest.raises(InputError) as caught:
        observations.record(frame, -np.eye(len(frame)))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("wrong", [np.eye(3), np.eye(16) + np.triu(np.ones((16, 16)), 1), -np.eye(16)])
def test_a_covariance_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="covariance"):
        observations.record(cases.rows(), wrong)


def test_missing_columns_are_named():
    with pytest.raises(InputError, match="E507"):
        observations.record(cases.rows().drop(columns="up"), np.eye(16))
