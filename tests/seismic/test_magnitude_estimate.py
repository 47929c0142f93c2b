"""b-values, completeness and the likelihoods of magnitude: published checks, twins, recovery of known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.seismic import catalogue
from mijnrisico.seismic.magnitude import (
    constant,
    estimate,
    gutenberg_richter,
    largest,
    likelihood,
    linear_stress,
    tanh_stress,
    thickness_split,
)

SMALL = np.array([1.5, 1.6, 1.6, 1.9, 2.3])


def _rounded(rng: np.random.Generator, b: np.ndarray | float, size: int, magnitude_min: float = 1.45) -> np.ndarray:
    return np.round(magnitude_min + rng.exponential(1.0 / (b * np.log(10.0)), size) + 1e-9, 1)


def test_the_published_checks_are_reproduced():
    b = estimate.aki_utsu(SMALL, 1.5)
    assert b == pytest.approx(1.31604, rel=1e-3)
    assert estimate.tinti_mulargia(SMALL, 1.5) == pytest.approx(1.32626, rel=1e-3)
    assert estimate.shi_bolt(SMALL, b) == pytest.approx(0.582741, rel=1e-3)
    positive, _, rises = estimate.b_positive(np.array([1.5, 2.0, 1.6, 1.9, 2.3, 1.7, 2.2]))
    assert positive == pytest.approx(1.59701, rel=1e-3)
    assert rises == 4


def test_b_of_the_field_is_095_give_or_take_005():
    magnitude = catalogue.select(1.45, "1995-01-01", "2024-01-01")["magnitude"].to_numpy()
    b = estimate.tinti_mulargia(magnitude, 1.5)
    assert b == pytest.approx(0.95, abs=0.005)
    assert estimate.shi_bolt(magnitude, b) == pytest.approx(0.05, abs=0.005)
    positive, error, _ = estimate.b_positive(magnitude)
    assert abs(positive - b) < 2.0 * error


def test_b_positive_finds_that_value_from_08_up_where_the_mean_does_not():
    magnitude = catalogue.select(0.75, "1995-01-01", "2024-01-01")["magnitude"].to_numpy()
    b, error, rises = estimate.b_positive(magnitude)
    assert b == pytest.approx(0.95, abs=0.02)
    assert error < 0.05
    assert rises > 400
    assert estimate.tinti_mulargia(magnitude, 0.8) < 0.75


def test_the_known_catalogue_of_2022_is_matched_at_three_completenesses():
    # anchors that were worked out from the KNMI catalogue to 26 January 2022 by another hand
    magnitude = catalogue.select(-1.0, "1986-01-01", "2022-01-27")["magnitude"].to_numpy()
    table = estimate.by_completeness(magnitude).set_index("completeness")
    for completeness, b, sigma in ((1.0, 0.811, 0.024), (1.2, 0.896, 0.033), (1.5, 0.958, 0.048)):
        assert table.loc[completeness, "b"] == pytest.approx(b, abs=sigma)
        assert table.loc[completeness, "sigma"] == pytest.approx(sigma, abs=0.005)
    assert table.loc[1.0, "b"] < table.loc[1.2, "b"] < table.loc[1.5, "b"]


def test_tinti_mulargia_is_the_top_of_the_likelihood_of_rounded_magnitudes():
    magnitude = _rounded(np.random.default_rng(2), 1.1, 400)
    b = estimate.tinti_mulargia(magnitude, 1.5)
    near = constant.log_likelihood(np.array([[b - 1e-3], [b], [b + 1e-3]]), magnitude, magnitude, 1.45)
    assert near[1] > near[0]
    assert near[1] > near[2]
    assert near[0] == pytest.approx(near[2], abs=1e-6)


def test_aki_utsu_is_low_on_rounded_magnitudes_and_tinti_mulargia_is_not():
    magnitude = _rounded(np.random.default_rng(3), 1.0, 2_000_000)
    assert estimate.tinti_mulargia(magnitude, 1.5) == pytest.approx(1.0, abs=0.002)
    assert estimate.aki_utsu(magnitude, 1.5) == pytest.approx(1.0 - 0.0044, abs=0.002)


def test_magnitudes_below_the_completeness_change_nothing():
    more = np.concatenate([SMALL, [1.4, 0.3, -0.2]])
    assert estimate.tinti_mulargia(more, 1.5) == estimate.tinti_mulargia(SMALL, 1.5)
    assert estimate.aki_utsu(more, 1.5) == estimate.aki_utsu(SMALL, 1.5)


def test_magnitudes_in_one_bin_have_no_finite_b():
    assert estimate.tinti_mulargia(np.array([1.5, 1.5]), 1.5) == np.inf


def test_b_positive_holds_where_completeness_changes_and_the_mean_does_not():
    rng = np.random.default_rng(4)
    magnitude = _rounded(rng, 1.0, 40_000, 0.95)
    threshold = 1.0 + 0.5 * (1.0 + np.sin(np.arange(40_000) / 300.0))
    seen = magnitude[magnitude > threshold]
    b, error, _ = estimate.b_positive(seen)
    assert abs(b - 1.0) < 3.0 * error
    assert estimate.tinti_mulargia(seen, 1.0) < 0.9


def test_errors_of_b_are_the_scatter_of_b():
    rng = np.random.default_rng(5)
    samples = [_rounded(rng, 1.0, 300) for _ in range(400)]
    direct = np.array([estimate.tinti_mulargia(one, 1.5) for one in samples])
    positive = np.array([estimate.b_positive(one)[:2] for one in samples])
    claimed = np.mean([estimate.shi_bolt(one, b) for one, b in zip(samples, direct, strict=True)])
    assert claimed == pytest.approx(direct.std(), rel=0.12)
    assert positive[:, 1].mean() == pytest.approx(positive[:, 0].std(), rel=0.15)


def test_completeness_is_found_where_detection_begins():
    rng = np.random.default_rng(6)
    magnitude = _rounded(rng, 1.0, 20_000, 0.45)
    kept = magnitude[rng.random(magnitude.size) < np.clip((magnitude - 0.4) / 0.8, 0.0, 1.0) ** 3]  # whole from 1.2
    assert estimate.maximum_curvature(kept) == pytest.approx(1.1, abs=0.11)
    assert estimate.maximum_curvature(kept, 0.2) == pytest.approx(estimate.maximum_curvature(kept) + 0.2)
    ninety, ninety_five = (estimate.goodness_of_fit(kept, level) for level in (0.90, 0.95))
    assert ninety <= ninety_five
    assert ninety_five == pytest.approx(1.1, abs=0.11)
    table = estimate.by_completeness(kept).set_index("completeness")
    assert table.loc[0.6, "b"] < 0.7
    assert table.loc[1.3, "b"] == pytest.approx(1.0, abs=3.0 * table.loc[1.3, "sigma"])


def test_no_completeness_is_named_where_no_law_fits():
    two_heaps = np.repeat([1.0, 3.0], 100)
    assert np.isnan(estimate.goodness_of_fit(two_heaps, 0.95))
    assert estimate.by_completeness(np.array([1.0, 2.0])).empty


@settings(max_examples=40)
@given(
    low=st.floats(0.02, 3.0),
    high=st.floats(3.0, 6.0),
    members=st.integers(1, 3),
    combinations=st.integers(1, 300),
    events=st.integers(0, 150),
    seed=st.integers(0, 1000),
)
def test_the_fast_likelihood_is_the_law(low, high, members, combinations, events, seed):
    rng = np.random.default_rng(seed)
    a, c = rng.uniform(-1.0, 6.0, combinations), rng.uniform(-3.0, 3.0, combinations)
    u, magnitude = rng.uniform(0.0, 1.0, (members, events)), np.round(rng.uniform(1.5, 5.0, events), 1)
    args = (a, c, u, magnitude, 1.45, (low, high))
    fast, slow = likelihood.log_likelihoods(*args), likelihood.log_likelihoods_slow(*args)
    np.testing.assert_allclose(fast, slow, rtol=0.0, atol=1e-6 + 1e-7 * events)


def test_models_of_many_members_equal_one_by_one():
    rng = np.random.default_rng(9)
    stress, magnitude = rng.uniform(0.0, 1.3, (3, 80)), _rounded(rng, 1.0, 80)
    for model in (linear_stress, tanh_stress, constant):
        grid = model.prior_grid()
        together = model.log_likelihoods(grid, stress, magnitude, 1.45)
        alone = np.stack([model.log_likelihood(grid, one, magnitude, 1.45) for one in stress])
        np.testing.assert_allclose(together, alone, rtol=0.0, atol=1e-6)
    grid, thickness = thickness_split.prior_grid()[::7], rng.uniform(150.0, 310.0, 80)
    width = thickness_split.width(thickness)
    np.testing.assert_allclose(
        thickness_split.log_likelihoods(grid, thickness, magnitude, 1.45, width),
        thickness_split.log_likelihood(grid, thickness, magnitude, 1.45, width),
        rtol=0.0,
        atol=1e-6,
    )


def test_tanh_stress_finds_the_b_values_that_made_the_magnitudes():
    rng = np.random.default_rng(10)
    grid = tanh_stress.prior_grid()
    bend = grid[np.argmin(np.abs(grid[:, 2] - 3.4)), 2]
    truth, stress = np.array([[0.78, 1.0, bend]]), rng.uniform(0.0, 1.0, 20_000)
    magnitude = _rounded(rng, tanh_stress.b_value(truth, stress)[0], stress.size)
    best = grid[np.argmax(tanh_stress.log_likelihoods(grid, stress[None], magnitude, 1.45)[0])]
    assert best[0] == pytest.approx(0.78, abs=0.061)
    assert best[1] == pytest.approx(1.0, abs=0.26)
    assert best[2] == pytest.approx(bend, rel=0.5)


def test_tanh_stress_is_capped_falls_with_stress_and_is_constant_without_a_rise():
    stress = np.linspace(0.0, 1.0, 11)
    b = tanh_stress.b_value(np.array([[1.0, 4.0, 2.0], [0.9, 0.0, 2.0]]), stress)
    assert b[0, 0] == 3.0
    assert (np.diff(b[0]) <= 0.0).all()
    np.testing.assert_array_equal(b[1], 0.9)


def test_a_constant_b_is_found_with_its_error_by_both_likelihoods():
    rng = np.random.default_rng(11)
    magnitude, grid = _rounded(rng, 1.0, 3000), constant.prior_grid()
    b, error, _ = estimate.b_positive(magnitude)
    for log_value, centre, sigma in (
        (constant.log_likelihood(grid, magnitude, magnitude, 1.45), estimate.tinti_mulargia(magnitude, 1.5), None),
        (constant.log_likelihood_of_rises(grid, magnitude), b, error),
    ):
        weight = constant.posterior(log_value)
        mean = weight @ grid[:, 0]
        spread = np.sqrt(weight @ (grid[:, 0] - mean) ** 2)
        expected = estimate.shi_bolt(magnitude, centre) if sigma is None else sigma
        assert mean == pytest.approx(centre, abs=0.1 * spread)
        assert spread == pytest.approx(expected, rel=0.1)
        assert abs(mean - 1.0) < 3.0 * spread


def test_no_events_leave_the_prior():
    grid = constant.prior_grid()
    weight = constant.posterior(constant.log_likelihood(grid, np.empty(0), np.empty(0), 1.45))
    np.testing.assert_allclose(weight, 1.0 / grid.shape[0])


def test_the_largest_of_one_event_is_any_event():
    b, top, low = 1.0, 5.0, 1.45
    edges = gutenberg_richter.MAGNITUDES + gutenberg_richter.HALF_BIN
    share = gutenberg_richter.bin_probability(np.array([b]), top, low)[0].cumsum()
    np.testing.assert_allclose(largest.chance_below(edges, 1, b, top, low), share, rtol=1e-12)


def test_the_largest_of_many_is_as_simulated():
    rng, b, top, low = np.random.default_rng(12), 1.0, 5.0, 1.45
    u = rng.random((4000, 357))
    magnitude = low - np.log10(1.0 - u * (1.0 - 10.0 ** (-b * (top - low)))) / b
    found = magnitude.max(axis=1)
    assert largest.expected(357, b, top, low) == pytest.approx(found.mean(), abs=0.02)
    assert largest.chance_below(np.array(3.65), 357, b, top, low) == pytest.approx((found < 3.65).mean(), abs=0.02)
    assert largest.chance_below(np.array(1.5), 0, b, top, low) == 1.0
