"""What an earthquake sets off: laws that integrate to one, sums by hand, and cascades that are simulated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

from mijnrisico.seismic import aftershocks, event_counts
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.source.loading import Cells, source_cells
from mijnrisico.units import DAYS_PER_YEAR

from . import small_field


def _square(size: int, spacing: float, active: np.ndarray | None = None) -> Cells:
    """A square field around (0, 0), or the part of it that is `active`."""
    axis = spacing * (np.arange(size) - (size - 1) / 2.0)
    x, y = np.meshgrid(axis, axis)
    active = np.ones_like(x, dtype=bool) if active is None else active
    area = np.full(int(active.sum()), spacing**2)
    return Cells(axis, axis, active, x[active], y[active], area, np.full(area.size, 200.0))


@given(c=st.floats(0.01, 10.0), p=st.floats(1.05, 3.0), days=st.floats(0.0, 20_000.0))
def test_the_law_of_time_integrates_to_its_share_and_in_the_end_to_one(c: float, p: float, days: float):
    whole = quad(lambda u: aftershocks.time_density(np.exp(u), c, p) * np.exp(u), -25.0, np.log(max(days, 1e-9)))[0]
    assert whole == pytest.approx(aftershocks.time_share(days, c, p), abs=1e-6)
    assert aftershocks.time_share(c * (1e-3 ** (1.0 / (1.0 - p)) - 1.0), c, p) == pytest.approx(0.999)
    assert aftershocks.time_density(-days, c, p) == 0.0


@given(d=st.floats(1e4, 1e8), q=st.floats(1.2, 5.0), reach=st.floats(1.0, 1e5))
def test_the_law_on_the_plane_integrates_to_its_share_and_in_the_end_to_one(d: float, q: float, reach: float):
    def ring(u: float) -> float:
        r2 = np.exp(u)
        return float(np.pi * aftershocks.plane_density(r2, d, q) * r2)

    top = np.log(reach**2)
    whole = quad(ring, top - 40.0, top, limit=200)[0]
    assert whole == pytest.approx(aftershocks.plane_share(reach, d, q), abs=1e-6)
    assert aftershocks.plane_share(np.sqrt(d * (1e-3 ** (1.0 / (1.0 - q)) - 1.0)), d, q) == pytest.approx(0.999)


@given(u=st.floats(0.0, 0.999))
def test_delays_and_distances_are_the_inverse_of_the_shares(u: float):
    law = Law(0.1, 0.9, 0.4)
    assert aftershocks.time_share(aftershocks.delay_days(law, u), law.c_days) == pytest.approx(u, abs=1e-9)
    assert aftershocks.plane_share(aftershocks.distance_m(law, u)) == pytest.approx(u, abs=1e-9)


def test_the_known_branching_ratio_of_an_untruncated_law():
    # Numeric check l6: K = 0.15, a = 1.2, beta = ln 10 gives K beta/(beta - a) = 0.313253.
    step = 1e-3
    magnitudes = np.arange(step / 2.0, 25.0, step)
    beta = np.log(10.0)
    probability = np.exp(-beta * (magnitudes - step / 2.0)) * -np.expm1(-beta * step)
    mean, variance = aftershocks.branching(Law(0.15, 1.2, 1.0, magnitude_min=0.0), probability, magnitudes)
    assert mean == pytest.approx(0.313253, rel=1e-3)
    # A production that grows with a > beta/2 has no finite variance; half of it has: K^2 beta/(beta - 2a) - r^2.
    mean, variance = aftershocks.branching(Law(0.15, 0.6, 1.0, magnitude_min=0.0), probability, magnitudes)
    assert variance == pytest.approx(0.15**2 * beta / (beta - 1.2) - mean**2, rel=1e-3)


def test_simulated_cascades_have_the_mean_the_variance_and_the_chance_of_none_of_the_closed_form():
    law, direct, trials = Law(0.2, 0.8, 0.3), 6.0, 60_000
    probability = gutenberg_richter.bin_probability(np.array(0.9), 5.0, 1.45)
    r, v = aftershocks.branching(law, probability, gutenberg_richter.MAGNITUDES)
    rng = np.random.default_rng(11)
    of = np.repeat(np.arange(trials), rng.poisson(direct, trials))
    counts = np.bincount(of, minlength=trials)
    while of.size:
        size = rng.choice(gutenberg_richter.MAGNITUDES, of.size, p=probability)
        of = np.repeat(of, rng.poisson(aftershocks.offspring(law, size)))
        counts += np.bincount(of, minlength=trials)
    mean, variance = event_counts.moments(direct, r, v)
    assert r > 0.25
    assert v > 0.01
    assert counts.mean() == pytest.approx(mean, abs=4.0 * np.sqrt(variance / trials))
    assert counts.var() == pytest.approx(variance, rel=0.04)
    assert (counts == 0).mean() == pytest.approx(np.exp(-direct), abs=4.0 * np.sqrt(np.exp(-direct) / trials))
    table = event_counts.pmf(event_counts.generalised_poisson, *event_counts.matched(direct, r, v))
    found = event_counts.table_moments(table)
    np.testing.assert_allclose(found, [mean, variance], rtol=1e-6)


def test_the_share_inside_equals_a_fine_integral():
    cells = source_cells(small_field.ground())
    where = np.array([[5000.0, 5000.0], [9900.0, 100.0], [2100.0, 6900.0], [800.0, 9000.0]])
    found = aftershocks.share_inside(*where.T, cells)
    fine = 25.0 * (np.arange(400) + 0.5)
    x, y = np.meshgrid(fine, fine)
    inside = np.where(y > 9500.0, 0.5, 1.0) * small_field.is_inside(cells, x.ravel(), y.ravel()).reshape(x.shape)
    slow = [
        (inside * aftershocks.plane_density((x - east) ** 2 + (y - north) ** 2)).sum() * 25.0**2
        for east, north in where
    ]
    np.testing.assert_allclose(found, slow, rtol=1e-4)


def test_all_aftershocks_fall_inside_a_large_field_half_on_its_straight_edge_and_a_quarter_in_its_corner():
    cells = _square(121, 1000.0)
    edge = 60_500.0
    shares = aftershocks.share_inside(np.array([0.0, edge, edge]), np.array([0.0, 0.0, edge]), cells)
    np.testing.assert_allclose(shares, [1.0, 0.5, 0.25], rtol=2e-3)


def _excitation(rng: np.random.Generator, n: int = 30) -> tuple[dict, aftershocks.Excitation, Cells]:
    cells = source_cells(small_field.ground())
    days = np.sort(rng.integers(0, 1000, n))  # some close together in time and place, as aftershocks are
    days[1::3] = days[0::3] + 1
    events = {
        "time": np.datetime64("2000-01-01", "ns") + days.astype("timedelta64[D]"),
        "x": rng.uniform(0.0, 10_000.0, n),
        "y": rng.uniform(0.0, 7000.0, n),
        "magnitude": small_field.magnitudes(rng, n),
    }
    for name in "xy":
        events[name][1::3] = events[name][0::3] + 300.0
    order = np.argsort(days, kind="stable")
    events = {name: values[order] for name, values in events.items()}
    made = aftershocks.excitation(**events, until="2009-01-01", cells=cells, magnitude_min=1.45)
    return events, made, cells


def test_the_excitation_equals_a_double_loop():
    events, made, cells = _excitation(np.random.default_rng(1))
    events["time"][7] = events["time"][6]  # two at one moment: neither is set off by the other
    made = aftershocks.excitation(**events, until="2009-01-01", cells=cells, magnitude_min=1.45)
    inside = aftershocks.share_inside(events["x"], events["y"], cells)
    left = (np.datetime64("2009-01-01", "ns") - events["time"]) / np.timedelta64(1, "D")
    for k in (0, 24, 48):
        a, c = made.alpha[k], made.c_days[k]
        rate, expected = np.zeros(30), 0.0
        for i in range(30):
            born = np.exp(a * (events["magnitude"][i] - 1.45))
            expected += born * inside[i] * (1.0 - (1.0 + left[i] / c) ** (1.0 - aftershocks.P))
            for j in range(30):
                lag = left[i] - left[j]
                if lag > 0.0:
                    r2 = (events["x"][i] - events["x"][j]) ** 2 + (events["y"][i] - events["y"][j]) ** 2
                    in_time = (aftershocks.P - 1.0) / c * (1.0 + lag / c) ** -aftershocks.P * DAYS_PER_YEAR
                    rate[j] += born * in_time * aftershocks.plane_density(r2)
        np.testing.assert_allclose(made.rate[k], rate, rtol=1e-10)
        assert made.expected[k] == pytest.approx(expected, rel=1e-10)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 4), events=st.integers(1, 40))
def test_the_mixture_equals_the_equation_also_where_nothing_is_loaded(seed: int, rows: int, events: int):
    rng = np.random.default_rng(seed)
    direct = 10.0 ** rng.uniform(-12, -6, (rows, events)) * (rng.random((rows, events)) > 0.2)
    whole = rng.uniform(5.0, 500.0, rows)
    excited = aftershocks.Excitation(
        np.zeros(3),
        np.ones(3),
        10.0 ** rng.uniform(-14, -4, (3, events)) * (np.arange(events) > 0),
        rng.uniform(1.0, 50.0, 3),
        np.ones(events),
    )
    np.testing.assert_allclose(
        aftershocks.mixture(direct, whole, excited), aftershocks.mixture_slow(direct, whole, excited), rtol=1e-11
    )


def test_number_and_share_give_the_posterior_of_theta0_and_k_itself():
    """The likelihood on a grid of (theta0, K), flat in both, against the law of n and the prior of the share."""
    rng = np.random.default_rng(3)
    _, excited, cells = _excitation(rng)
    one = aftershocks.Excitation(
        excited.alpha[[24]], excited.c_days[[24]], excited.rate[[24]], excited.expected[[24]], excited.inside
    )
    n, whole = excited.rate.shape[1], 40.0
    direct = rng.uniform(0.5, 1.5, (1, n)) * whole / cells.area_m2.sum() / 9.0
    share = np.linspace(0.0, 0.9995, 2000)
    likelihood = aftershocks.mixture(direct, np.array([whole]), one, share)[0, 0]
    weight = np.exp(likelihood + aftershocks.log_prior(one, share)[0] - likelihood.max())
    weight /= weight.sum()
    born = float(one.expected[0])
    k, k2 = (n + 1.0) / born * (weight @ share), (n + 1.0) * (n + 2.0) / born**2 * (weight @ share**2)
    mu, mu2 = (n + 1.0) * (weight @ (1.0 - share)), (n + 1.0) * (n + 2.0) * (weight @ (1.0 - share) ** 2)

    theta0, grid_k = np.linspace(-4.0, 1.5, 900), np.linspace(0.0, 3.0, 1200) * n / born
    log_value = -np.exp(theta0)[:, None] * whole - grid_k * born
    for i in range(n):
        log_value = log_value + np.log(np.exp(theta0)[:, None] * direct[0, i] + grid_k * one.rate[0, i])
    brute = np.exp(log_value - log_value.max())
    brute[:, 0] /= 2.0  # trapezium at K = 0
    brute /= brute.sum()
    of_k, of_theta0, direct_events = brute.sum(axis=0), brute.sum(axis=1), np.exp(theta0) * whole
    assert 0.05 < weight @ share < 0.8
    np.testing.assert_allclose([k, k2], [of_k @ grid_k, of_k @ grid_k**2], rtol=2e-3)
    np.testing.assert_allclose([mu, mu2], [of_theta0 @ direct_events, of_theta0 @ direct_events**2], rtol=2e-3)


@settings(max_examples=15)
@given(c=st.floats(0.05, 100.0), lengths=st.lists(st.floats(20.0, 800.0), min_size=1, max_size=4))
def test_the_shares_of_the_steps_equal_the_integral_over_the_parent_and_its_child(c: float, lengths: list[float]):
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    shares = aftershocks.step_shares(edges, c)
    for s in range(len(lengths)):
        for t in range(len(lengths)):

            def of_parent(u: float, s: int = s, t: int = t) -> float:
                return (
                    float(aftershocks.time_share(edges[t + 1] - u, c) - aftershocks.time_share(edges[t] - u, c))
                    / lengths[s]
                )

            slow = (
                quad(of_parent, edges[s], edges[s + 1], points=[edges[s + 1] - c / 10.0], limit=200)[0] if t >= s else 0
            )
            assert shares[s, t] == pytest.approx(slow, abs=1e-6)
    after = [
        quad(lambda u: 1.0 - aftershocks.time_share(edges[-1] - u, c), *edges[s : s + 2], limit=200)[0] / lengths[s]
        for s in range(len(lengths))
    ]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0 - np.array(after), atol=1e-6)


def test_past_events_hand_on_what_is_left_of_their_aftershocks():
    time = np.array(["2010-01-01", "2019-12-01"], dtype="datetime64[ns]")
    edges = np.array(["2020-01-01", "2021-01-01", "2022-01-01"], dtype="datetime64[ns]")
    found = aftershocks.inherited(time, np.array([2.0, 3.0]), edges, 0.5)
    days = np.array([[3652.0, 4018.0, 4383.0], [31.0, 397.0, 762.0]])
    np.testing.assert_allclose(found, np.diff(aftershocks.time_share(days, 0.5)) * [[2.0], [3.0]], rtol=1e-10)
    assert found[1, 0] > found[0, 0]


def test_spreading_keeps_the_mass_but_for_the_tail_beyond_the_edge():
    size, spacing = 81, 500.0
    cells = _square(size, spacing)
    field = np.zeros((cells.x.size, 3))
    field[cells.x.size // 2] = [1.0, 2.0, 0.0]
    half = size * spacing / 2.0
    once = aftershocks.spread(field, cells)
    inside = dblquad(lambda y, x: 4.0 * aftershocks.plane_density(x**2 + y**2), 0.0, half, 0.0, half, epsabs=1e-10)[0]
    assert 1.0 - inside < 1e-3
    np.testing.assert_allclose(once.sum(axis=0), [inside, 2.0 * inside, 0.0], rtol=1e-5)


def test_one_spread_has_the_shares_of_the_law_and_the_second_the_distance_of_two_steps():
    # The field is held to 20 km, so that the mean squared distance of two steps is a bit less than twice that of one.
    cells = _square(81, 500.0)
    field = np.zeros((cells.x.size, 1))
    field[cells.x.size // 2] = 1.0
    once = aftershocks.spread(field, cells)
    twice = aftershocks.spread(once, cells)
    r2 = cells.x**2 + cells.y**2
    for reach in (2000.0, 4000.0, 8000.0):
        assert once[r2 <= reach**2].sum() == pytest.approx(float(aftershocks.plane_share(reach)), abs=0.02)
    # 0.02 is half a ring of cells; the Fourier transform of a convolution is the square of that of the law.
    wave = np.cos(2.0 * np.pi * cells.x / 10_000.0)
    assert twice[:, 0] @ wave == pytest.approx((once[:, 0] @ wave) ** 2, rel=2e-3)
    assert twice[:, 0] @ r2 == pytest.approx(2.0 * once[:, 0] @ r2, rel=0.1)
    assert twice.sum() < once.sum() < 1.0


def test_many_fields_spread_as_each_of_them_alone():
    cells = source_cells(small_field.ground())
    fields = np.random.default_rng(2).random((cells.x.size, 35))
    together = aftershocks.spread(fields, cells)
    for i in (0, 15, 16, 34):
        np.testing.assert_allclose(together[:, i], aftershocks.spread(fields[:, [i]], cells)[:, 0], rtol=1e-9)


def test_a_cell_on_the_rim_takes_the_share_of_its_area_inside():
    ground = small_field.ground()
    cells = source_cells(ground)
    whole = Cells(
        cells.grid_x, cells.grid_y, cells.active, cells.x, cells.y, np.full(cells.x.size, 500.0**2), cells.thickness_m
    )
    field = np.ones((cells.x.size, 1))
    rim = cells.area_m2 < 500.0**2
    ratio = aftershocks.spread(field, cells) / aftershocks.spread(field, whole)
    np.testing.assert_allclose(ratio[rim], 0.5, rtol=1e-12)
    np.testing.assert_allclose(ratio[~rim], 1.0, rtol=1e-12)
