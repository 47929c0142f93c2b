"""What holds for every ground-motion model that a scenario can name."""

import numpy as np
import pytest

from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion.model import GroundMotion

MAGNITUDE = np.array([2.6, 3.2, 3.6, 4.4, 4.9])
DISTANCE = np.array([3.2, 4.0, 6.0, 11.0, 34.0])
ASKED = [
    pytest.param(model, measure, component, id=f"{name} {measure} {component}")
    for name, model in MODELS.items()
    for measure in ("PGA", "SA(0.2)", "SA(1)", "PGV")
    for component in model.components
    if measure in model.units and not (measure == "PGV" and component == "arbitrary")
]
MODEL = pytest.mark.parametrize("model", [pytest.param(model, id=name) for name, model in MODELS.items()])


def key(model: GroundMotion) -> float:
    return {"zone": 1413.0, "vs30": 220.0, "": 0.0}[model.site]


@pytest.mark.parametrize(("model", "measure", "component"), ASKED)
def test_the_arrays_have_the_shapes_of_the_tree(model, measure, component):
    median, sd = model.reference(measure, MAGNITUDE, DISTANCE, component)
    assert median.shape == (5, len(model.medians))
    assert sd.shape[0] == 5
    assert sd.shape[1] in (1, len(model.medians))
    assert sd.shape[2] == len(model.scatters)
    assert np.all(sd > 0.0)


@pytest.mark.parametrize(("model", "measure", "component"), ASKED)
def test_the_parts_of_the_scatter_add_up(model, measure, component):
    assert model.parts is not None
    _, sd = model.reference(measure, MAGNITUDE, DISTANCE, component)
    between, within = model.parts(measure, MAGNITUDE, DISTANCE, component)
    np.testing.assert_allclose(between**2 + within**2, sd**2, rtol=1e-12)


@pytest.mark.parametrize(("model", "measure", "component"), ASKED)
def test_the_motion_falls_with_distance(model, measure, component):
    distance = np.linspace(3.0, 40.0, 200)
    median, _ = model.reference(measure, np.full(200, 3.4), distance, component)
    steps = np.diff(median, axis=0)
    assert np.all(steps[distance[1:] < 7.0] < 0.0)
    assert np.all(steps.sum(axis=0) < 0.0)


@pytest.mark.parametrize(("model", "measure", "component"), ASKED)
def test_the_motion_grows_with_magnitude(model, measure, component):
    magnitude = np.linspace(3.0, 5.0, 100)
    median, _ = model.reference(measure, magnitude, np.full(100, 5.0), component)
    assert np.all(np.diff(median, axis=0) > 0.0)


@MODEL
def test_the_weights_of_every_node_sum_to_one(model):
    np.testing.assert_allclose(model.median_weights(MAGNITUDE).sum(axis=-1), 1.0, atol=1e-12)
    assert model.median_weights(MAGNITUDE).shape == (5, len(model.medians))
    assert model.scatter_weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert model.epsilon_weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert model.scatter_weight.shape == (len(model.scatters),)


@MODEL
def test_the_head_states_range_and_source(model):
    low, high = model.head.valid["magnitude"]
    assert low < high
    assert model.head.source.reference
    assert model.distance in ("rupture", "hypocentral")
    assert any(model.distance in need for need in model.head.needs)
    assert set(model.units.values()) <= {"g", "cm/s"}


@MODEL
def test_a_limited_amplification_has_its_limits_in_order(model):
    for measure in model.units:
        response = model.response(key(model), measure, model.components[0])
        assert response.ln_low < response.ln_high
        assert response.xl < response.xh
        assert min(response.s1, response.s2) >= 0.0
        assert response.linear_ln(MAGNITUDE, DISTANCE).shape == (5,)


@MODEL
def test_a_response_needs_no_component(model):
    measure = next(iter(model.units))
    bare = model.response(key(model), measure)
    first = model.response(key(model), measure, model.components[0])
    np.testing.assert_array_equal(bare.linear_ln(MAGNITUDE, DISTANCE), first.linear_ln(MAGNITUDE, DISTANCE))
    assert bare.s1 == first.s1


@MODEL
def test_a_measure_that_a_model_does_not_have_is_refused(model):
    with pytest.raises((KeyError, ValueError)):
        model.reference("SA(7.5)", MAGNITUDE, DISTANCE, model.components[0])


@pytest.mark.parametrize("name", ["V5", "V6", "V7"])
def test_the_published_correlation_is_a_correlation(name):
    model = MODELS[name]
    assert model.correlation is not None
    spectral = tuple(measure for measure in model.units if measure != "PGV")
    matrix = model.correlation(spectral)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert np.linalg.eigvalsh(matrix).min() > 0.0
    picked = model.correlation(("SA(1)", "PGA"))
    assert picked[0, 1] == matrix[spectral.index("SA(1)"), 0]


@pytest.mark.parametrize("name", ["V5", "V6", "V7"])
def test_a_measure_outside_the_published_correlation_is_refused(name):
    correlation = MODELS[name].correlation
    assert correlation is not None
    with pytest.raises(KeyError):
        correlation(("PGA", "PGV"))


@pytest.mark.parametrize("name", ["V5", "V6", "V7"])
def test_nearer_than_three_kilometres_the_ground_moves_as_at_three(name):
    model = MODELS[name]
    near, at = np.array([0.5, 1.0, 2.9]), np.full(3, 3.0)
    magnitude = np.full(3, 3.6)
    for measure in ("PGA", "SA(0.3)"):
        for one, other in zip(
            model.reference(measure, magnitude, near, "arbitrary"),
            model.reference(measure, magnitude, at, "arbitrary"),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)
        response = model.response(1413, measure)
        np.testing.assert_array_equal(response.linear_ln(magnitude, near), response.linear_ln(magnitude, at))
