"""The covariance of measured displacements: against the sum over nodes written out, and what it must do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.subsidence.observe import covariance
from mijnrisico.subsidence.observe.covariance import GNSS, INSAR, LEVELLING, Noise

from . import cases


def twin(frame: pd.DataFrame, noise: Noise) -> np.ndarray:
    """Slow and obvious: every row as four signed nodes of place and epoch, and the kernel between every two nodes."""
    all_relative = bool((frame.reference != "").all())

    def kernel(a, b):
        distance = np.hypot(a[1] - b[1], a[2] - b[2]) / 1000.0
        space = {
            "point": float(a[:3] == b[:3]),
            "patch": np.exp(-distance / noise.length_km),
            "network": -0.5 * distance if all_relative else 500.0 * np.exp(-distance / 1000.0),
        }[noise.space]
        time = float(a[3] == b[3]) if noise.time == "epoch" else -0.5 * abs(a[3] - b[3]) ** (2 * noise.hurst)
        return space * time

    def nodes(row):
        ends = [((row.point, row.x_m, row.y_m), 1.0)]
        if row.reference:
            ends.append(((row.reference, row.reference_x_m, row.reference_y_m), -1.0))
        return [((*place, year), s * t) for place, s in ends for year, t in ((row.to_year, 1.0), (row.from_year, -1.0))]

    scale = np.array([noise.horizontal, noise.horizontal, noise.vertical])
    found = np.zeros((len(frame), len(frame)))
    for i, a in enumerate(frame.itertuples()):
        for j, b in enumerate(frame.itertuples()):
            total = sum(s * t * kernel(p, q) for p, s in nodes(a) for q, t in nodes(b))
            along = (scale * (a.east, a.north, a.up)) @ (scale * (b.east, b.north, b.up))
            found[i, j] = total * along * (noise.sigma_mm / 1000.0) ** 2
    return found


@pytest.mark.parametrize("noise", [*LEVELLING, *INSAR[:2], *GNSS[2:3], Noise("w", 1.0, time="walk", hurst=0.8)])
@pytest.mark.parametrize("absolute", [False, True])
def test_covariance_is_that_of_the_signed_nodes(noise, absolute):
    frame = cases.rows("insar", points=3)
    if absolute:
        frame.loc[::2, ["reference", "reference_x_m", "reference_y_m"]] = ["", np.nan, np.nan]
    np.testing.assert_allclose(covariance.of_rows(frame, [noise]), twin(frame, noise), atol=1e-18, rtol=1e-9)


def test_a_levelled_double_difference_has_the_variance_of_its_line_twice():
    frame = cases.rows(points=1, years=(1990.0, 2000.0))
    km = np.hypot(frame.x_m - frame.reference_x_m, frame.y_m - frame.reference_y_m)[0] / 1000.0
    found = covariance.of_rows(frame, [Noise("network", 1.0, space="network")])
    assert found[0, 0] == pytest.approx(2.0e-6 * km, rel=1e-12)


def test_neighbours_levelled_from_one_far_reference_have_nearly_the_same_error():
    frame = pd.concat([cases.rows(points=1)] * 2, ignore_index=True)
    frame.loc[2:, "point"] = "beside"
    frame.loc[2:, "x_m"] += 100.0
    found = covariance.of_rows(frame, [Noise("network", 1.0, space="network")])
    assert found[0, 2] / np.sqrt(found[0, 0] * found[2, 2]) > 0.99


def test_a_walk_grows_with_time_as_its_exponent_says():
    frame = cases.rows(points=1, years=(1990.0, 1991.0, 1999.0))
    found = covariance.of_rows(frame.assign(reference=""), [Noise("w", 2.0, time="walk", hurst=0.7)])
    np.testing.assert_allclose(np.sqrt(np.diag(found)) * 1000.0, [2.0, 2.0 * 9.0**0.7], rtol=1e-12)


@settings(max_examples=12)
@given(
    st.sampled_from(["levelling", "gnss", "insar"]),
    st.integers(1, 12),
    st.lists(st.floats(1960.0, 2030.0), min_size=2, max_size=5, unique_by=lambda t: round(t, 1)),
    st.floats(0.05, 1.0),
    st.booleans(),
)
def test_every_default_makes_a_positive_definite_covariance(technique, points, years, hurst, absolute):
    frame = cases.rows(technique, points=points, years=tuple(sorted(years)))
    if absolute:
        frame = frame.assign(reference="")
    noises = [*covariance.DEFAULTS[technique], Noise("w", 1.0, time="walk", hurst=hurst)]
    covariance.cholesky(covariance.of_rows(frame, noises))


def test_rows_that_follow_from_others_are_named():
    frame = cases.rows(points=1, years=(1990.0, 2000.0, 2010.0))
    third = frame.iloc[[1]].assign(from_year=2000.0)
    noise = covariance.of_rows(pd.concat([frame, third], ignore_index=True), LEVELLING)
    with pytest.raises(InputError) as caught:
        covariance.cholesky(noise)
    assert len(caught.value.problems[0].params["got"]) == 1


@pytest.mark.parametrize("wrong", [Noise("a", -1.0), Noise("a", 1.0, length_km=0.0), Noise("a", 1.0, hurst=1.2)])
def test_settings_that_make_no_covariance_are_refused(wrong):
    with pytest.raises(InputError, match="E503"):
        covariance.of_rows(cases.rows(), [wrong])


def test_techniques_and_sets_are_independent_and_given_deviations_replace_those_of_the_measurement():
    frame = pd.concat([cases.rows("levelling", points=2), cases.rows("insar", points=2)], ignore_index=True)
    frame["sigma"] = [np.nan] * 4 + [0.010] * 4
    plain, found = covariance.of_techniques(frame), covariance.of_techniques(frame, given="sigma")
    assert not plain[:4, 4:].any()
    np.testing.assert_array_equal(found[:4, :4], plain[:4, :4])
    walk = covariance.of_rows(frame[4:].reset_index(), [noise for noise in INSAR if noise.time == "walk"])
    np.testing.assert_allclose(np.diag(found)[4:], 1e-4 + np.diag(walk))
    apart = covariance.of_techniques(frame.assign(set=["a", "b"] * 4))
    assert apart[0, 1] == 0.0
    assert apart[0, 2] != 0.0
    covariance.cholesky(found)


def test_processes_are_changed_and_left_out_by_name():
    assert [noise.name for noise in covariance.without(LEVELLING, "shallow", "reading")] == ["network", "benchmark"]
    assert covariance.changed(LEVELLING, network=0.7)[0].sigma_mm == 0.7
    frame = cases.rows()
    assert not covariance.of_rows(frame, covariance.changed(LEVELLING[:1], network=0.0)).any()
