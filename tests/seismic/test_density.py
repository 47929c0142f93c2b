"""Claims about the earthquake density: the three published values, a kernel that counts, and a fast path in time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.seismic import catalogue, density

GRID_X, GRID_Y = np.arange(228_000.0, 270_000.0, 250.0), np.arange(566_000.0, 615_500.0, 250.0)
EPOCH = pd.Timestamp("1990-01-01")


def _days(events):
    return ((events["time"] - EPOCH).dt.total_seconds() / 86_400.0).to_numpy()


@pytest.mark.parametrize(
    ("until", "magnitude", "published"),
    [("2017-03-15", 1.0, 0.22), ("2019-12-04", 1.0, 0.28), ("2021-05-01", 1.2, 0.2)],
)
def test_the_three_published_values_follow_from_the_packaged_catalogue(until, magnitude, published):
    events = catalogue.packaged()
    events = events[events["magnitude"] >= magnitude - 0.05]
    end = (pd.Timestamp(until) - EPOCH).days
    day = _days(events)
    window = events[(day > end - density.WINDOW_DAYS) & (day <= end)]
    found = density.density(window["x"].to_numpy(), window["y"].to_numpy(), GRID_X, GRID_Y).max()
    assert found == pytest.approx(published, abs=0.007)
    followed = density.greatest(day, events["x"].to_numpy(), events["y"].to_numpy())
    last = np.searchsorted(followed.day, end, side="right") - 1
    assert followed.density[last] == pytest.approx(found, abs=1e-9)
    assert followed.count[last] == len(window)


def test_the_density_integrates_to_the_number_of_events():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(240e3, 250e3, 7), rng.uniform(585e3, 595e3, 7)
    field = density.density(x, y, GRID_X, GRID_Y)
    assert field.sum() * 0.25**2 == pytest.approx(7.0, rel=1e-3)


def test_an_event_counts_for_a_year_and_no_further_than_its_radius():
    found = density.greatest(np.array([100.0]), np.array([245_000.0]), np.array([590_000.0]))
    assert list(found.day) == [100.0, 465.0]
    assert found.density == pytest.approx([3.0 / (np.pi * 25.0), 0.0])
    assert (found.x[0], found.y[0]) == (245_000.0, 590_000.0)
    assert density.kernel(np.array([5000.0, 6000.0])) == pytest.approx(0.0)


def test_two_events_at_one_place_are_twice_as_dense():
    once, twice = (density.greatest(np.arange(n) * 1.0, np.full(n, 245e3), np.full(n, 590e3)) for n in (1, 2))
    assert twice.density.max() == pytest.approx(2.0 * once.density.max())


def test_no_events_have_no_density():
    assert density.greatest(np.zeros(0), np.zeros(0), np.zeros(0)).density.size == 0


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_following_the_greatest_value_gives_what_a_new_map_at_every_moment_gives(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 9))
    day = np.sort(rng.uniform(0.0, 900.0, count))
    x, y = rng.uniform(240e3, 252e3, count), rng.uniform(585e3, 597e3, count)
    found = density.greatest(day, x, y, 1000.0)
    at_x, at_y = np.arange(239e3, 254e3, 1000.0), np.arange(584e3, 599e3, 1000.0)
    for moment, value, number in zip(found.day, found.density, found.count, strict=True):
        counts = (day <= moment) & (day + density.WINDOW_DAYS > moment)
        slow = density.density(x[counts], y[counts], at_x, at_y)
        assert number == counts.sum()
        assert value == pytest.approx(float(slow.max()), abs=1e-12)
