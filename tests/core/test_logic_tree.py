"""The logic tree as an axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico.core import logic_tree
from mijnrisico.errors import InputError
from mijnrisico.seismic.motion import bommer_2021 as v7

MAGNITUDES = np.round(np.arange(1.5, 6.55, 0.1), 1)


def test_weights_that_do_not_sum_to_one_are_refused_by_name_and_sum():
    with pytest.raises(InputError) as refused:
        logic_tree.check_weights("mmax", [0.5, 0.4])
    problem = refused.value.problems[0]
    assert (problem.code, problem.where) == ("E504", "mmax")
    assert problem.params["sum"] == pytest.approx(0.9)


@pytest.mark.parametrize("weights", [[1.5, -0.5], [np.nan, 1.0]])
def test_a_negative_or_missing_weight_is_refused(weights):
    with pytest.raises(InputError):
        logic_tree.check_weights("node", weights)


def test_joint_weights_are_products_and_sum_to_one():
    joint = logic_tree.joint_weights(np.array([0.3, 0.7]), np.array([0.2, 0.3, 0.5]))
    assert joint.shape == (2, 3)
    assert joint[1, 2] == pytest.approx(0.35)
    assert joint.sum() == pytest.approx(1.0, abs=1e-15)


def restored(intervals, branches):
    """Weights (condition, branch) that the intervals give back."""
    one_hot = intervals.branch[:, :, None] == np.arange(branches)
    return np.einsum("i,icb->cb", intervals.weight, one_hot.astype(float))


def test_intervals_give_back_the_weights_of_v7_at_every_magnitude():
    weights = v7.median_weights(MAGNITUDES)
    intervals = logic_tree.comonotone_intervals(weights)
    assert 40 <= intervals.weight.size <= 50
    np.testing.assert_allclose(restored(intervals, 4), weights, atol=1e-12, rtol=0)


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), min_size=1, max_size=6),
)
def test_intervals_give_back_any_conditional_weights(counts):
    weights = np.array(counts, float) / np.sum(counts, axis=1, keepdims=True)
    intervals = logic_tree.comonotone_intervals(weights)
    assert intervals.weight.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(restored(intervals, 3), weights, atol=1e-12, rtol=0)


def test_a_higher_interval_never_picks_a_lower_branch():
    intervals = logic_tree.comonotone_intervals(v7.median_weights(MAGNITUDES))
    assert np.all(np.diff(intervals.branch, axis=0) >= 0)


def test_consecutive_conditions_with_the_same_weights_share_a_group():
    groups = logic_tree.same_rows(v7.median_weights(MAGNITUDES))
    assert groups.max() + 1 == 15
    assert np.all(groups[MAGNITUDES <= 3.6] == 0)
    assert np.all(groups[MAGNITUDES >= 5.0] == 14)


def test_a_branch_is_picked_as_often_as_its_weight_says() -> None:
    u = (np.arange(1000) + 0.5) / 1000
    picked = logic_tree.branch_of(u, np.array([0.2, 0.0, 0.8]))
    assert np.bincount(picked, minlength=3).tolist() == [200, 0, 800]
