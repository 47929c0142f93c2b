"""Shaking of one event: the mixture, and what records do to it, against sampling and against cases known by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from mijnrisico.errors import InputError
from mijnrisico.seismic import rupture, spatial_correlation
from mijnrisico.seismic.hazard import exceedance
from mijnrisico.seismic.hazard.asked import asked
from mijnrisico.seismic.motion import MODELS
from mijnrisico.seismic.motion.model import GroundMotion, Response
from mijnrisico.seismic.rupture import Geometry
from mijnrisico.seismic.scenario_shaking import Event, Records, ruptures, shaking
from mijnrisico.seismic.site import sites_at

TAU, PHI = 0.4, 0.5
POINT = Geometry(finite=False)
EVENT = Event(240_000.0, 597_000.0, 3.6)


def toy(phi: float = PHI, tau: float = TAU, components=("geometric_mean",), **more) -> GroundMotion:
    """One median falling with distance on ground that changes nothing, of a point; scatters known by hand."""

    def median(m, r):
        return (-6.0 + 1.5 * m - 1.2 * np.log(r))[:, None]

    def parts(measure, m, r, component):
        within = phi if component == "geometric_mean" else np.hypot(phi, 0.3)
        return np.full((m.size, 1, 1), tau), np.full((m.size, 1, 1), within)

    def reference(measure, m, r, component):
        between, within = parts(measure, m, r, component)
        return median(m, r), np.hypot(between, within)

    head = MODELS["V7"].head
    units = {"PGA": "g", "PGV": "cm/s"}
    return GroundMotion(head, units, reference, "hypocentral", components=components, parts=parts, **more)


def at(*offsets_km: float):
    """Sites east of the epicentre."""
    x = EVENT.x + 1000.0 * np.array(offsets_km)
    return sites_at(x, np.full(x.size, EVENT.y))


def records(values, *offsets_km: float, component="geometric_mean") -> Records:
    return Records(at(*offsets_km), np.array(values), (component,) * len(offsets_km))


def median_of(event: Event, offset_km: float) -> float:
    return float(np.exp(-6.0 + 1.5 * event.magnitude - 1.2 * np.log(np.hypot(offset_km, 3.0))))


def spread_of(out) -> np.ndarray:
    """Sd in ln units that the 10-90 % band of each site stands for."""
    return np.log(out["level"][2] / out["level"][0]).to_numpy() / (ndtri(0.9) - ndtri(0.1))


def test_one_branch_gives_the_lognormal_law_of_its_formula():
    out = shaking(EVENT, at(0.0, 4.0, 20.0), motion=toy())
    np.testing.assert_allclose(out["level"][1], [median_of(EVENT, d) for d in (0.0, 4.0, 20.0)], rtol=1e-4)
    np.testing.assert_allclose(spread_of(out), np.hypot(TAU, PHI), rtol=1e-4)
    assert (out.attrs["event_term"], out.attrs["event_term_sd"]) == (0.0, pytest.approx(TAU))


def test_the_distribution_of_v7_is_the_plain_sum_over_its_branches():
    sites, geometry, model = at(2.0).isel(site=[0]), POINT, MODELS["V7"]
    out = shaking(EVENT, sites, geometry=geometry, thresholds=[0.01, 0.05])
    distance = np.array([np.hypot(2.0, 3.0)])
    level = np.append(out["level"][:, 0].to_numpy(), [0.01, 0.05])
    order = np.argsort(level)
    branches, _ = exceedance.exceedance(
        asked(model), float(sites["zone"][0]), np.array([EVENT.magnitude]), distance, level[order]
    )
    plain = np.zeros(level.size)
    weight = model.median_weights(np.array([EVENT.magnitude]))[0]
    for c, w_c in enumerate(weight):
        for t, w_t in enumerate(model.scatter_weight):
            for e, w_e in enumerate(model.epsilon_weight):
                plain[order] += w_c * w_t * w_e * branches[0, 0, c, t, e]
    np.testing.assert_allclose(plain[:3], [0.9, 0.5, 0.1], atol=5e-4)
    np.testing.assert_allclose(out["probability"][:, 0], plain[3:], rtol=1e-4)


def test_fractiles_are_those_of_a_sampled_mixture():
    random, n = np.random.default_rng(20120816), 200_000
    model, sites = MODELS["V7"], at(3.0)
    event = replace(EVENT, magnitude=4.5)
    out = shaking(event, sites)
    length = rupture.length_km(event.magnitude) * np.exp(rupture.LENGTH_SD_LN * random.standard_normal(n))
    reach = length * random.uniform(size=n)
    azimuth = np.deg2rad(90.0 - (rupture.STRIKE_DEG + rupture.STRIKE_SD_DEG * random.standard_normal(n)))
    along, across = np.abs(3.0 * np.cos(azimuth)), 3.0 * np.sin(azimuth)
    distance = np.sqrt(across**2 + np.maximum(along - reach, 0.0) ** 2 + 9.0)
    rows = np.full(n, event.magnitude)
    median, sd = model.reference("PGA", rows, distance, "geometric_mean")
    c = random.choice(4, n, p=model.median_weights(np.array([event.magnitude]))[0])
    s = random.choice(6, n, p=model.scatter_weight)
    e = model.epsilon[random.choice(3, n, p=model.epsilon_weight)]
    y = median[np.arange(n), c] + sd[np.arange(n), 0, s] * random.standard_normal(n)
    r = model.response(float(sites["zone"][0]), "PGA", "geometric_mean")
    share = np.clip((y - np.log(r.xl)) / np.log(r.xh / r.xl), 0.0, 1.0)
    free = r.linear_ln(rows, distance) + r.f2 * np.log1p(np.exp(y) / r.f3)
    surface = y + np.clip(free, r.ln_low, r.ln_high) + e * (r.s1 + (r.s2 - r.s1) * share)
    np.testing.assert_allclose(out["level"][:, 0], np.exp(np.quantile(surface, [0.1, 0.5, 0.9])), rtol=0.012)


@pytest.mark.parametrize("magnitude", [3.6, 5.0, 6.0])
def test_the_ruptures_are_those_of_the_hazard_integral(magnitude):
    east, north = np.array([0.0, 4000.0, -2500.0, 15000.0]), np.array([1000.0, 4000.0, 6000.0, -3000.0])
    possible, table = ruptures(magnitude, Geometry()), rupture.projection([magnitude])
    closed = rupture.projected_weights(table, east, north)[:, 0] @ np.log(table.distance_km)
    ours = np.log(possible.distance_km(east, north)) @ possible.weight
    np.testing.assert_allclose(ours, closed, atol=0.01)


def test_a_station_without_noise_is_reproduced_at_its_own_place():
    seen = records([0.08, 0.02], 1.0, 6.0)
    out = shaking(EVENT, seen.sites, records=seen)
    np.testing.assert_allclose(out["level"], np.tile(seen.value, (3, 1)), rtol=2e-3)


def test_far_from_the_stations_only_the_event_term_remains():
    value = median_of(EVENT, 1.0) * np.exp(0.6)
    out = shaking(EVENT, at(60.0), motion=toy(), records=records([value], 1.0), correlation_length_km=5.0)
    gain = TAU**2 / (TAU**2 + PHI**2)
    assert out.attrs["event_term"] == pytest.approx(0.6 * gain, rel=1e-4)
    assert out.attrs["event_term_sd"] == pytest.approx(TAU * np.sqrt(1.0 - gain), rel=1e-4)
    assert np.log(out["level"][1] / median_of(EVENT, 60.0)) == pytest.approx(0.6 * gain, rel=1e-3)
    np.testing.assert_allclose(spread_of(out), np.hypot(TAU * np.sqrt(1.0 - gain), PHI), rtol=1e-3)


def test_two_records_weigh_more_than_one():
    values = [median_of(EVENT, d) * np.exp(0.5) for d in (2.0, 9.0)]
    one = shaking(EVENT, at(30.0), motion=toy(), records=records(values[:1], 2.0))
    two = shaking(EVENT, at(30.0), motion=toy(), records=records(values, 2.0, 9.0))
    assert two.attrs["event_term"] > one.attrs["event_term"]
    assert two.attrs["event_term_sd"] < one.attrs["event_term_sd"]


def test_two_records_at_one_place_count_as_one():
    value = median_of(EVENT, 2.0) * 1.8
    one = shaking(EVENT, at(5.0), motion=toy(), records=records([value], 2.0))
    two = shaking(EVENT, at(5.0), motion=toy(), records=records([value, value], 2.0, 2.0))
    np.testing.assert_allclose(two["level"], one["level"], rtol=1e-4)


def test_a_record_of_one_direction_says_less_than_one_of_the_mean():
    model = toy(components=("geometric_mean", "arbitrary"))
    value = median_of(EVENT, 2.0) * 2.0
    of_mean = shaking(EVENT, at(2.0), motion=model, records=records([value], 2.0))
    of_one = shaking(EVENT, at(2.0), motion=model, records=records([value], 2.0, component="arbitrary"))
    gain = (TAU**2 + PHI**2) / (TAU**2 + PHI**2 + 0.3**2)
    assert of_mean["level"][1].item() == pytest.approx(value, rel=2e-3)
    assert np.log(of_one["level"][1].item() / median_of(EVENT, 2.0)) == pytest.approx(gain * np.log(2.0), rel=1e-3)


@settings(max_examples=8)
@given(st.floats(0.5, 30.0), st.floats(0.0, 40.0), st.floats(0.05, 0.9), st.floats(0.05, 0.9))
def test_a_record_equal_to_the_median_leaves_the_median_and_narrows_the_band(place, offset, tau, phi):
    model = toy(phi, tau)
    before = shaking(EVENT, at(offset), motion=model)
    after = shaking(EVENT, at(offset), motion=model, records=records([median_of(EVENT, place)], place))
    np.testing.assert_allclose(after["level"][1], before["level"][1], rtol=2e-3)
    assert spread_of(after) < spread_of(before) + 1e-9
    assert after["record_fraction"].item() == pytest.approx(0.5, abs=1e-4)


def test_a_record_speaks_for_the_branch_that_expected_it():
    high = median_of(EVENT, 2.0) * np.exp(1.0)

    def two_medians(measure, m, r, component):
        low = (-6.0 + 1.5 * m - 1.2 * np.log(r))[:, None]
        return np.hstack([low, low + 1.0]), np.full((m.size, 1, 1), np.hypot(TAU, PHI))

    model = replace(
        toy(), reference=two_medians, medians=("low", "high"), median_weights=lambda m: np.full((*np.shape(m), 2), 0.5)
    )
    before, after = (shaking(EVENT, at(200.0 / 4), motion=model, records=r) for r in (None, records([high], 2.0)))
    shift = np.log(after["level"][1] / before["level"][1]).item()
    evidence = np.exp(-0.5 / (TAU**2 + PHI**2))
    assert shift > 0.5 * (1.0 / (1.0 + evidence) - 0.5)


def test_the_site_response_is_taken_out_of_a_record_and_put_back_elsewhere():
    def response(key, measure, component):
        return Response(linear_ln=lambda m, r: np.full(np.broadcast(m, r).shape, key))

    soft, hard = at(2.0).assign(zone=("site", [1])), at(2.0).assign(zone=("site", [0]))
    seen, on_hard = Records(soft, np.array([0.1]), ("geometric_mean",)), 0.1 / np.e
    around = [on_hard * 0.999, on_hard * 1.001]
    out = shaking(EVENT, hard, motion=toy(response=response, site="zone"), records=seen, thresholds=around)
    np.testing.assert_allclose(out["probability"][:, 0], [1.0, 0.0], atol=1e-6)


def test_an_aleatory_site_term_widens_the_band_as_the_integral_over_it_does():
    sites = at(2.0)
    out = shaking(EVENT, sites, geometry=POINT, site_term="aleatory")
    wanted = asked(MODELS["V7"], site_term="aleatory")
    p, _ = exceedance.exceedance(
        wanted,
        float(sites["zone"][0]),
        np.array([EVENT.magnitude]),
        np.array([np.hypot(2.0, 3.0)]),
        out["level"][:, 0].to_numpy(),
    )
    weight = MODELS["V7"].median_weights(np.array([EVENT.magnitude]))[0]
    mean = np.einsum("ctl,c,t->l", p[0, 0, :, :, 0], weight, MODELS["V7"].scatter_weight)
    np.testing.assert_allclose(mean, [0.9, 0.5, 0.1], atol=0.004)
    seen = records([0.05], 2.0)
    again = shaking(EVENT, sites, geometry=POINT, site_term="aleatory", records=seen)
    assert again["level"][1].item() == pytest.approx(0.05, rel=5e-3)


def test_pgv_is_in_centimetres_per_second_and_needs_a_correlation_length():
    seen = records([2.0], 2.0)
    assert shaking(EVENT, at(2.0), motion=toy(), imt="PGV").attrs["unit"] == "cm/s"
    with pytest.raises(InputError, match="correlation-length"):
        shaking(EVENT, at(2.0), motion=toy(), imt="PGV", records=seen)
    out = shaking(EVENT, at(2.0), motion=toy(), imt="PGV", records=seen, correlation_length_km=8.5)
    assert out["level"][1].item() == pytest.approx(2.0, rel=2e-3)


def test_a_site_without_a_zone_or_too_far_away_has_no_value():
    sites = at(1.0, 2.0, 80.0).assign(zone=("site", [-1, 1001, 1001]))
    level = shaking(EVENT, sites)["level"][1].to_numpy()
    assert np.isnan(level[[0, 2]]).all()
    assert np.isfinite(level[1])


def test_a_component_that_the_model_does_not_have_is_refused():
    with pytest.raises(InputError, match="E503"):
        shaking(EVENT, at(2.0), records=records([0.1], 2.0, component="larger"))


def test_the_published_lengths_of_correlation():
    assert [spatial_correlation.length_km(m) for m in ("PGA", "SA(0.5)", "SA(1)", "SA(2)")] == [8.5, 17.1, 25.7, 29.4]
    assert spatial_correlation.correlation([0.0, 8.5], 8.5) == pytest.approx([1.0, np.exp(-3.0)])
    assert spatial_correlation.correlation([0.0, 1.0], 0.0).tolist() == [1.0, 0.0]
