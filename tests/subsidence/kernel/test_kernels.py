"""What holds for every kernel, and for the layered one beside those that it must become."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad_vec
from scipy.special import j0, j1

from mijnrisico import messages
from mijnrisico.errors import InputError
from mijnrisico.subsidence.kernel import MODELS, Layer, Settings, build, geertsma, van_opstal, van_opstal_terms
from mijnrisico.subsidence.kernel.layered import radial_spectrum, spectrum

LAYERS = (Layer(800.0, 3.0, 0.38), Layer(700.0, 12.0, 0.25), Layer(1000.0, 25.0, 0.30), Layer(None, 20.0, 0.2))
EVERY = {
    "geertsma": Settings("geertsma", poisson=0.3),
    "van_opstal": Settings("van_opstal", poisson=0.15, basement_m=4200.0),
    "knothe": Settings("knothe", angle_deg=38.0),
    "layered": Settings("layered", layers=LAYERS),
    "layered, rigid": Settings("layered", layers=(*LAYERS[:3], Layer(3000.0, 20.0, 0.2))),
}
FUNCTIONS = ("vertical", "radial", "tilt", "curvature", "strain")
every = pytest.mark.parametrize("name", EVERY)
R = np.linspace(0.0, 20000.0, 201)


def close(found: np.ndarray, expected: np.ndarray, share: float) -> None:
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=share * np.abs(expected).max())


@every
def test_the_functions_of_distance_are_the_hankel_transforms_of_the_spectra(name: str) -> None:
    kernel = build(EVERY[name], 3000.0)
    r = np.array([0.0, 1700.0, 5200.0])

    def integrand(k: float) -> np.ndarray:
        at = np.array([k])
        return k * np.concatenate([kernel.spectrum(at) * j0(k * r), kernel.radial_spectrum(at) * j1(k * r)])

    expected, _ = quad_vec(integrand, 0.0, 0.015, epsabs=1e-15, epsrel=0.0)
    found = np.concatenate([kernel.vertical(r), kernel.radial(r)])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-14)


@every
def test_tilt_curvature_and_strain_are_derivatives(name: str) -> None:
    kernel, h = build(EVERY[name], 3000.0), 2.0
    r = R[1:]
    for function, derivative in (("vertical", "tilt"), ("tilt", "curvature"), ("radial", "strain")):
        slope = (getattr(kernel, function)(r + h) - getattr(kernel, function)(r - h)) / (2.0 * h)
        close(slope, getattr(kernel, derivative)(r), 3e-6)


@every
def test_the_bowl_holds_two_pi_times_the_spectrum_at_zero(name: str) -> None:
    kernel = build(EVERY[name], 3000.0)
    assert kernel.bowl_volume == pytest.approx(2.0 * np.pi * float(kernel.spectrum(np.array([0.0]))[0]), rel=1e-12)
    assert kernel.radial(np.zeros(1))[0] == kernel.tilt(np.zeros(1))[0] == 0.0


@every
def test_the_shape_of_distances_is_kept(name: str) -> None:
    kernel = build(EVERY[name], 3000.0)
    for function in FUNCTIONS:
        assert getattr(kernel, function)(np.ones((2, 3))).shape == (2, 3)
        assert np.shape(getattr(kernel, function)(np.array(5.0))) == ()


@given(st.floats(300.0, 6000.0), st.floats(0.0, 0.5))
@settings(max_examples=20)
def test_in_a_half_space_the_motion_sideways_is_that_down_times_r_over_depth(depth: float, poisson: float) -> None:
    kernel = geertsma.kernel(depth, poisson=poisson)
    np.testing.assert_allclose(kernel.radial(R), -R / depth * kernel.vertical(R), rtol=1e-12)


@given(st.floats(0.05, 0.95), st.floats(0.0, 0.5))
@settings(max_examples=6)
def test_the_sum_of_terms_is_the_integral_for_any_poisson(ratio: float, poisson: float) -> None:
    exact = van_opstal.kernel(3000.0, basement_m=3000.0 / ratio, poisson=poisson)
    vertical, radial = van_opstal_terms.motion(R, 3000.0, 3000.0 / ratio, van_opstal_terms.fitted(poisson))
    close(vertical, exact.vertical(R), 1e-7)
    close(radial, exact.radial(R), 1e-7)


def test_the_ground_rises_far_from_a_source_only_for_a_small_poisson() -> None:
    far = np.linspace(7000.0, 30000.0, 60)
    assert van_opstal.kernel(3000.0, basement_m=4500.0, poisson=0.1).vertical(far).min() < 0.0
    assert van_opstal.kernel(3000.0, basement_m=4500.0, poisson=0.25).vertical(far).min() > 0.0


@pytest.mark.parametrize("poisson", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("cuts", [(4500.0,), (200.0, 2500.0, 300.0, 1500.0), (3000.0, 1500.0)])
def test_equal_layers_on_a_rigid_base_are_van_opstal(poisson: float, cuts: tuple[float, ...]) -> None:
    layered = build(Settings("layered", layers=tuple(Layer(each, 7.0, poisson) for each in cuts)), 3000.0)
    one = van_opstal.kernel(3000.0, basement_m=4500.0, poisson=poisson)
    for function in FUNCTIONS:
        close(getattr(layered, function)(R), getattr(one, function)(R), 1e-8)
    assert layered.bowl_volume == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("poisson", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("cuts", [(), (500.0, 4000.0), (100.0, 100.0, 2900.0)])
def test_equal_layers_without_end_are_geertsma(poisson: float, cuts: tuple[float, ...]) -> None:
    layers = (*(Layer(each, 7.0, poisson) for each in cuts), Layer(None, 7.0, poisson))
    layered, half = build(Settings("layered", layers=layers), 3000.0), geertsma.kernel(3000.0, poisson=poisson)
    for function in FUNCTIONS:
        close(getattr(layered, function)(R), getattr(half, function)(R), 1e-8)
    far = np.array([2e5, 1e6])
    np.testing.assert_allclose(layered.vertical(far), half.vertical(far), rtol=1e-5)


def test_a_stiff_half_space_below_is_a_rigid_base_and_a_soft_one_a_free_plate() -> None:
    stiff = build(Settings("layered", layers=(Layer(4500.0, 1.0, 0.25), Layer(None, 1e9, 0.25))), 3000.0)
    close(stiff.vertical(R), van_opstal.kernel(3000.0, basement_m=4500.0).vertical(R), 1e-6)
    soft = build(Settings("layered", layers=(Layer(4500.0, 1.0, 0.25), Layer(None, 0.01, 0.25))), 3000.0)
    assert soft.vertical(np.zeros(1))[0] < geertsma.kernel(3000.0).vertical(np.zeros(1))[0]


def test_layers_keep_their_digits_at_wavenumbers_from_nothing_to_beyond_all_decay() -> None:
    k = np.geomspace(1e-12, 1.0, 60)
    same = (Layer(1000.0, 5.0, 0.25), Layer(3500.0, 5.0, 0.25))
    for own, exact in ((spectrum, van_opstal.spectrum), (radial_spectrum, van_opstal.radial_spectrum)):
        expected = exact(k, depth_m=3000.0, basement_m=4500.0, poisson=0.25)
        close(own(k, depth_m=3000.0, layers=same), expected, 1e-12)


def test_only_ratios_of_moduli_matter_to_layers() -> None:
    doubled = tuple(Layer(each.thickness_m, 2.0 * each.young_gpa, each.poisson) for each in LAYERS)
    close(
        build(Settings("layered", layers=doubled), 3000.0).vertical(R),
        build(EVERY["layered"], 3000.0).vertical(R),
        1e-12,
    )


def test_a_moving_base_begins_and_ends_where_it_is_told() -> None:
    found = van_opstal.moving_basement_m(np.array([0.0, 3.0, 1e9]), 3000.0, 4000.0, 6000.0, 10.0)
    np.testing.assert_allclose(found[[0, 2]], [4000.0, 6000.0], rtol=1e-12)
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (Settings("mogi"), ["model"]),
        (Settings("van_opstal", poisson=0.6, basement_m=2900.0), ["poisson", "basement_m"]),
        (Settings("van_opstal"), ["basement_m"]),
        (Settings("knothe", horizontal_share=-1.0), ["angle_deg", "horizontal_share"]),
        (Settings("layered"), ["layers"]),
        (Settings("layered", layers=(Layer(2000.0, 1.0, 0.2),)), ["layers"]),
        (
            Settings("layered", layers=(Layer(None, 0.0, 0.2), Layer(1.0, 1.0, 0.7))),
            ["layers, 1, thickness_m", "layers, 1, young_gpa", "layers, 2, poisson"],
        ),
    ],
)
def test_all_that_is_wrong_with_settings_is_said_at_once(wrong: Settings, where: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        build(wrong, 3000.0)
    assert [each.where for each in raised.value.problems] == where
    for problem in raised.value.problems:
        for lang in messages.LANGUAGES:
            assert messages.describe(problem.code, problem.where, problem.params, lang).why


def test_every_kernel_has_a_head_with_words_in_two_languages() -> None:
    assert set(MODELS) == {each.model for each in EVERY.values()}
    for name, head in MODELS.items():
        for lang in messages.LANGUAGES:
            assert messages.has(f"models.what.kernel.{name}", lang)
            assert messages.has(f"models.departs.kernel.{name}", lang) == (head.departs != "none")
