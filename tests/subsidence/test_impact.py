"""Claims about what a bowl does to objects and water, on numbers that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.subsidence import deep_beam, impact, limits, water

COMPONENTS = ("tilt_x", "tilt_y", *(f"{q}_{c}" for q in ("curvature", "strain") for c in ("xx", "xy", "yy")))
SIZE = st.floats(-1e-3, 1e-3).map(lambda v: round(v, 9))


def point_source(x, y, volume_m3=1e8, depth_m=3000.0, poisson=0.25):
    """Subsidence (m) of a nucleus in a half space (Geertsma 1973), written out here as the slow twin."""
    r2 = np.asarray(x) ** 2 + np.asarray(y) ** 2 + depth_m**2
    return (1 - poisson) / np.pi * volume_m3 * depth_m / r2**1.5


def second_derivatives(x, y, step=5.0):
    """Slopes and curvatures of that bowl by differences."""
    u = np.array([[point_source(x + i * step, y + j * step) for j in (-1, 0, 1)] for i in (-1, 0, 1)])
    return {
        "tilt_x": (u[2, 1] - u[0, 1]) / (2 * step),
        "tilt_y": (u[1, 2] - u[1, 0]) / (2 * step),
        "curvature_xx": (u[2, 1] - 2 * u[1, 1] + u[0, 1]) / step**2,
        "curvature_xy": (u[2, 2] - u[2, 0] - u[0, 2] + u[0, 0]) / (4 * step**2),
        "curvature_yy": (u[1, 2] - 2 * u[1, 1] + u[1, 0]) / step**2,
    }


@given(SIZE, SIZE, SIZE)
def test_principal_values_are_the_extremes_over_all_directions(xx, xy, yy):
    angle = np.linspace(0.0, np.pi, 3601)
    turned = xx * np.cos(angle) ** 2 + 2 * xy * np.sin(angle) * np.cos(angle) + yy * np.sin(angle) ** 2
    low, high = impact.principal(xx, xy, yy)
    assert low == pytest.approx(turned.min(), abs=2e-9)
    assert high == pytest.approx(turned.max(), abs=2e-9)
    assert abs(impact.largest(xx, xy, yy)) == pytest.approx(max(abs(low), abs(high)))


@pytest.mark.parametrize("place", [(0.0, 0.0), (1500.0, 0.0), (2600.0, 1900.0)])
def test_a_building_is_bent_as_the_profile_under_it_in_the_worst_direction(place):
    """The twin walks along the building in every direction over the bowl itself."""
    length, x, y = 40.0, *place
    parts = second_derivatives(x, y)
    fast = impact.bent(*(np.array(parts[name]) for name in COMPONENTS[:5]), np.array(length))
    s = np.linspace(-length / 2, length / 2, 41)
    every = []
    for angle in np.linspace(0.0, np.pi, 181):
        profile = point_source(x + s * np.cos(angle), y + s * np.sin(angle))
        every.append(impact.along(s, profile))
    hogs = fast.deflection_ratio < 0
    slow = max((d for d in every if (d.deflection_ratio < 0) == hogs), key=lambda d: abs(d.deflection_ratio))
    assert fast.relative_rotation == pytest.approx(slow.relative_rotation, rel=0.04)  # slopes over 1 m, not at the end
    assert fast.deflection_ratio == pytest.approx(slow.deflection_ratio, rel=0.01)
    assert fast.tilt == pytest.approx(max(d.tilt for d in every), rel=1e-3)


def test_the_middle_of_a_bowl_sags_and_its_edge_hogs():
    middle = impact.bent(*(np.array(second_derivatives(0.0, 0.0)[n]) for n in COMPONENTS[:5]), np.array(20.0))
    edge = impact.bent(*(np.array(second_derivatives(3500.0, 0.0)[n]) for n in COMPONENTS[:5]), np.array(20.0))
    assert middle.deflection_ratio > 0 > edge.deflection_ratio
    assert middle.tilt == pytest.approx(0.0, abs=1e-12)


def test_a_bowl_as_wide_as_groningen_bends_a_house_far_less_than_any_limit():
    """Largest curvature 1.6e-8 per metre, a house of 20 m: 1.6e-7, some four orders below 1/500."""
    found = impact.bent(*np.zeros(2), np.array(-1.6e-8), np.array(0.0), np.array(0.0), np.array(20.0))
    assert found.relative_rotation == pytest.approx(1.6e-7)
    usual = next(one for one in limits.packaged() if one.name == "en1997_rotation_usual")
    assert usual.value / found.relative_rotation == pytest.approx(12500)


def test_hogging_is_allowed_half_of_sagging():
    strict = next(one for one in limits.packaged() if one.name == "en1997_rotation_strict")
    rotation = np.array([2.5e-4, 2.6e-4, 5e-4, 5.1e-4])
    assert limits.verdicts(rotation, strict).tolist() == ["met", "met", "met", "exceeded"]
    hogging = limits.verdicts(rotation, strict, hogging=np.ones(4, bool))
    assert hogging.tolist() == ["met", "exceeded", "exceeded", "exceeded"]


def test_no_limit_from_memory_or_without_a_value_gives_a_verdict():
    huge = np.array([1e6, -1e6])
    for one in limits.packaged():
        found = set(limits.verdicts(huge, one))
        assert found == {{"recollection": "not_checked", "none": "not_configured"}.get(one.basis, "exceeded")}
        assert one.norm.source
        assert one.norm.instrument
        assert (one.value is None) == (one.basis == "none")


def test_everything_wrong_in_a_file_of_limits_is_said_at_once():
    text = '[a]\nquantity = "colour"\nrelation = "at_most"\nbasis = "hearsay"\n'
    with pytest.raises(InputError) as caught:
        limits.read(text)
    assert [p.where for p in caught.value.problems] == ["a.quantity", "a.basis"]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_wall_is_strained_as_a_beam_with_a_load_in_its_middle(sign):
    """Load P on a span L: deflection P L^3/48EI + P L/4 G A', here with the shear area of a rectangle, 2/3 of H."""
    length, height, young, modulus = 12.0, 8.0, 2.6e9, 1e9
    edge, inertia = (height, height**3 / 3) if sign < 0 else (height / 2, height**3 / 12)
    load = 1e6
    deflection = load * length**3 / (48 * young * inertia) + 1.5 * load * length / (4 * modulus * height)
    bending = load * length / 4 * edge / (young * inertia)
    diagonal = 1.5 * (load / 2) / height / modulus / 2
    found = deep_beam.tensile_strain(sign * deflection / length, 0.0, length, height)
    assert found == pytest.approx(max(bending, diagonal), rel=1e-12)


def test_stretching_adds_to_bending_and_pressing_takes_away():
    bent = deep_beam.tensile_strain(1e-3, 0.0, 30.0, 6.0)
    assert deep_beam.tensile_strain(1e-3, 2e-4, 30.0, 6.0) == pytest.approx(bent + 2e-4)
    assert deep_beam.tensile_strain(1e-3, -2e-4, 30.0, 6.0) < bent
    assert deep_beam.tensile_strain(0.0, 3e-4, 30.0, 6.0) == pytest.approx(3e-4)
    assert deep_beam.tensile_strain(0.0, -3e-4, 30.0, 6.0) >= 0.0


def test_water_rises_where_the_ground_falls_more_than_its_weir():
    rise = water.level_rise(np.array([0.30, 0.10, 0.10]), np.array([0.22, 0.22, np.nan]), 0.0)
    assert rise[:2] == pytest.approx([0.08, -0.12])
    assert np.isnan(rise[2])


def test_a_canal_that_falls_less_than_the_bowl_takes_from_it_flows_back():
    s = np.array([0.0, 1000.0, 2000.0])
    change = water.gradient(s, np.array([0.30, 0.20, 0.15]))
    assert change == pytest.approx([-1e-4, -5e-5])
    assert water.flow_reverses(7e-5, change).tolist() == [True, False]
    assert water.flow_reverses(-7e-5, change).tolist() == [False, False]


def grid(values):
    values = np.asarray(values, float)
    x = 500.0 * np.arange(values.shape[-1])
    coords = {"activity": [f"A{k}" for k in range(values.shape[0])], "year": [2024], "x": x, "y": [0.0, 500.0]}
    return xr.DataArray(values[:, None, None, :].repeat(2, axis=2), coords, ("activity", "year", "y", "x"))


def test_overlap_counts_activities_beyond_the_limit_whether_they_lower_or_lift():
    counted = water.overlap(grid([[0.030, 0.019, 0.0], [-0.025, 0.021, 0.0]]), 2.0)
    assert counted.sel(year=2024).isel(y=0).to_numpy().tolist() == [2, 1, 0]
    areas = water.overlap_areas(counted).set_index("activities").area_km2
    assert areas.to_dict() == {1: 0.5, 2: 0.5}


def motion(**given):
    shape = {"activity": ["gas", "salt"], "year": [2024, 2050], "object": ["house", "church"]}
    zero = np.zeros((2, 2, 2))
    dims = ("activity", "year", "object")
    return xr.Dataset({n: (dims, given.get(n, zero) + zero) for n in ("subsidence", *COMPONENTS, *given)}, shape)


def members(mean, factors):
    """Members that are so many times a mean motion, summed over the activities."""
    total = mean.sum("activity", skipna=False)
    return xr.concat([total * factor for factor in factors], "member")


OBJECTS = pd.DataFrame(
    {"object": ["house", "church"], "x_m": [1.0, 2.0], "y_m": [3.0, 4.0], "length_m": [10.0, 50.0], "height_m": [6, 12]}
)


def test_the_table_has_a_row_for_each_object_year_and_limit_and_shares_that_add_up():
    settled = np.array([0.06, 0.02])[:, None, None] * np.array([1.0, 2.0])[:, None]
    bend = np.array([-3e-5, 0.0])[:, None, None]
    weir = np.stack([np.full((2, 2), 0.05), np.full((2, 2), np.nan)], axis=-1) / 2
    mean = motion(subsidence=settled, curvature_xx=bend, weir_subsidence=weir)
    found = impact.table(OBJECTS, mean, members(mean, (0.5, 1.0, 1.5, 3.0)))
    assert len(found) == 2 * 2 * len(limits.packaged())
    assert (found.share_gas + found.share_salt).to_numpy() == pytest.approx(np.ones(len(found)))
    assert set(found.share_gas.round(6)) == {0.75}
    church = found[(found.object == "church") & (found.year == 2050)].set_index("limit")
    assert church.settlement_cm.iloc[0] == pytest.approx(16.0)
    assert church.relative_rotation.iloc[0] == pytest.approx(3e-5 * 50 / 2)
    assert church.deflection_ratio.iloc[0] == pytest.approx(3e-5 * 50 / 8)
    assert church.verdict["en1997_rotation_strict"] == "exceeded"
    assert church.verdict["en1997_rotation_usual"] == "met"
    assert church.verdict["burland_slight"] == "not_checked"
    assert church.verdict["sbr_settlement"] == "not_configured"
    assert church.verdict["deltares_2021_soft_soil"] == "no_value"
    house = found[(found.object == "house") & (found.year == 2024)].set_index("limit")
    assert house.freeboard_change_cm.iloc[0] == pytest.approx(-3.0)
    assert house.verdict["deltares_2021_clay_peat"] == "exceeded"
    assert house.verdict["deltares_2021_soft_soil"] == "met"
    # The water rises by 1.5, 3, 4.5 or 9 cm; three of the four are more than 2, one is more than 5.
    assert house.probability_exceeded["deltares_2021_clay_peat"] == 0.75
    assert house.probability_exceeded["deltares_2021_soft_soil"] == 0.25
    # It turns by half, once, one and a half or three times 7.5e-4, against 5e-4 and 2e-3.
    assert church.probability_exceeded["en1997_rotation_strict"] == 0.75
    assert church.probability_exceeded["en1997_rotation_usual"] == 0.25
    for name in ("burland_slight", "sbr_settlement", "deltares_2021_soft_soil"):
        assert np.isnan(church.probability_exceeded[name])
    assert church.settlement_p10_cm.iloc[0] == pytest.approx(16.0 * np.quantile([0.5, 1.0, 1.5, 3.0], 0.1))
    assert church.settlement_p90_cm.iloc[0] == pytest.approx(16.0 * np.quantile([0.5, 1.0, 1.5, 3.0], 0.9))


def test_objects_far_from_every_bowl_have_no_shares_and_exceed_nothing():
    found = impact.table(OBJECTS, motion(), members(motion(), (1.0, 2.0)))
    assert found.share_gas.isna().all()
    assert not (found.verdict == "exceeded").any()
    assert set(found.probability_exceeded.dropna()) == {0.0}


@settings(max_examples=25)
@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=2), st.floats(0.1, 10.0))
def test_everything_but_the_shares_grows_with_the_bowl(volumes, factor):
    base = motion(subsidence=np.array(volumes)[:, None, None], curvature_xx=np.array(volumes)[:, None, None] * 1e-6)
    before, after = impact.of_objects(OBJECTS, base), impact.of_objects(OBJECTS, base * factor)
    for name in ("settlement_cm", "tilt", "relative_rotation", "deflection_ratio", "tensile_strain"):
        assert after[name].to_numpy() == pytest.approx(factor * before[name].to_numpy(), rel=1e-9)
    assert after["share"].to_numpy() == pytest.approx(before["share"].to_numpy())
