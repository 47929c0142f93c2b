"""Predicted displacements: matrices and functions say the same, in every direction, as differences."""

import numpy as np
import pandas as pd
import pytest

from mijnrisico.data.readers import insar
from mijnrisico.errors import InputError
from mijnrisico.subsidence.observe import design, observations
from mijnrisico.subsidence.observe.design import Influence

from . import cases


def displacement(amplitude=None):
    """The motion of the small world as a function of place and year; amplitudes kept apart, or summed."""

    def at(x, y, year):
        motion = cases.influence(x, y)
        lost = design.at_year(cases.volume_m3(), cases.YEARS, year)
        parts = (motion.east * lost, motion.north * lost, -motion.subsidence * lost)
        return parts if amplitude is None else tuple(part @ amplitude for part in parts)

    return at


@pytest.mark.parametrize("technique", ["levelling", "insar"])
def test_matrix_and_function_predict_the_same(technique):
    measured = cases.observed(cases.rows(technique, years=(1980.5, 1993.25, 2010.0)), seed=None)
    matrix = cases.matrix(measured)
    np.testing.assert_allclose(design.predicted(measured, displacement()), matrix, atol=1e-15)
    amplitude = np.linspace(0.5, 1.5, matrix.shape[1])
    np.testing.assert_allclose(design.predicted(measured, displacement(amplitude)), matrix @ amplitude, atol=1e-15)


def test_a_row_is_a_difference_in_time_and_with_its_reference():
    frame = cases.rows(points=1, years=(1980.0, 2010.0))
    absolute = frame.assign(reference="", reference_x_m=np.nan, reference_y_m=np.nan)
    there = absolute.assign(x_m=frame.reference_x_m, y_m=frame.reference_y_m)
    own, point, reference = (cases.matrix(observations.record(one, [[1e-6]])) for one in (frame, absolute, there))
    np.testing.assert_allclose(own, point - reference, atol=1e-18)
    assert (own.sum(), point.sum(), reference.sum()) < (0.0, 0.0, 0.0)  # up is positive: the field sinks


def test_earlier_to_later_adds_up():
    frame = cases.rows(points=2, years=(1980.0, 2010.0))
    whole = cases.matrix(observations.record(frame, np.eye(2)))
    parts = [frame.assign(to_year=1991.7), frame.assign(from_year=1991.7)]
    np.testing.assert_allclose(whole, sum(cases.matrix(observations.record(p, np.eye(2))) for p in parts), atol=1e-18)


def test_the_basis_ties_sources_to_amplitudes():
    measured = cases.observed(cases.rows())
    where = design.places(measured)
    basis = np.zeros((len(cases.cells()[0]), 2))
    basis[::2, 0] = basis[1::2, 1] = 1.0
    found = design.matrix(measured, cases.influence(where.x_m, where.y_m), cases.volume_m3(), cases.YEARS, basis)
    np.testing.assert_allclose(found, cases.matrix(measured) @ basis, atol=1e-15)


def test_line_of_sight_of_a_satellite_in_the_west_sees_motion_to_the_west_come_nearer():
    look = insar.line_of_sight(35.0, 258.0)
    assert np.linalg.norm(look) == pytest.approx(1.0)
    assert look[0] < 0.0 < look[2]
    assert insar.line_of_sight([30.0, 40.0], 0.0).shape == (2, 3)


def test_nothing_happened_before_the_first_year_and_the_last_is_the_end():
    measured = cases.observed(cases.rows(points=1, years=(1900.0, 1950.0)), seed=None)
    assert not cases.matrix(measured).any()
    late = observations.record(cases.rows(points=1, years=(1990.0, 2040.0)), [[1.0]])
    with pytest.raises(InputError, match="no later than the last year"):
        cases.matrix(late)


def test_places_are_asked_once_each():
    measured = cases.observed(cases.rows(points=4))
    where = design.places(measured)
    assert len(where.x_m) == 5
    np.testing.assert_array_equal(where.x_m[where.point], measured.rows.x_m)
    np.testing.assert_array_equal(where.y_m[where.reference], measured.rows.reference_y_m)


def test_arrays_that_do_not_fit_together_are_all_told():
    measured = cases.observed(cases.rows())
    with pytest.raises(InputError) as caught:
        design.matrix(
            measured, Influence(np.ones((2, 3)), np.ones((3, 2))), np.ones((4, 3)), [1.0, 2.0], np.ones((2, 2))
        )
    assert len(caught.value.problems) == 4


def test_sources_on_the_way_from_gnss_in_three_directions():
    frame = cases.rows("gnss", points=1, years=(1980.0, 2010.0))
    three = pd.concat([frame] * 3, ignore_index=True)
    three[["east", "north", "up"]] = np.eye(3)
    found = cases.matrix(observations.record(three, np.eye(3)))
    where = design.places(observations.record(three, np.eye(3)))
    motion = cases.influence(where.x_m, where.y_m)
    lost = design.at_year(cases.volume_m3(), cases.YEARS, 2010.0) - design.at_year(
        cases.volume_m3(), cases.YEARS, 1980.0
    )
    for row, part in zip(found, (motion.east, motion.north, -motion.subsidence), strict=True):
        point = int(np.flatnonzero(where.x_m == frame.x_m[0])[0])
        np.testing.assert_allclose(row, (part[point] - part[1 - point]) * lost, atol=1e-18)
