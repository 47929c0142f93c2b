"""The forecast on a small field of our own, held against sums that are written out and cascades that are simulated."""

from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mijnrisico.core import workers
from mijnrisico.seismic import aftershocks, calibrate, event_counts, forecast
from mijnrisico.seismic.aftershocks import Law
from mijnrisico.seismic.forecast import Branch
from mijnrisico.seismic.magnitude import MODELS as MAGNITUDE_MODELS
from mijnrisico.seismic.magnitude import gutenberg_richter
from mijnrisico.seismic.source.extreme_threshold import ELASTIC, ELASTIC_PLASTIC, THETA1
from mijnrisico.seismic.source.loading import Field, Loading, StressGrid

from . import small_field

BRANCHES = {"linear_stress": 0.4, "thickness_split": 0.6}
MMAX = {4.0: 0.75, 6.0: 0.25}
YEARS = range(2015, 2020)
FIT = {"start": small_field.START, "until": small_field.UNTIL, "magnitude_min": 1.45}
HELD, AHEAD = small_field.loading(), small_field.loading(end=small_field.END)
THETA = int(np.argmin(np.abs(THETA1 - 5.0)))
ONE = StressGrid((0.55,), (1500.0,))


LAW = Law(0.15, 0.9, 0.3)
QUICK = {"linear_stress": 0.5, "constant": 0.5}


def _events(seed: int, expected: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    made = small_field.group(ELASTIC, HELD, rmax=0.55, sigma_m=1500.0)
    return small_field.catalogue(rng, ELASTIC, made, HELD, THETA, expected, LAW)


def _fit(events: pd.DataFrame, held: Loading = HELD, models=(*BRANCHES, "constant"), model=ELASTIC) -> xr.Dataset:
    return calibrate.posterior(model, held, events, magnitude_models=models, **FIT)


def _made(fitted: xr.Dataset, ahead: Loading = AHEAD, **more) -> xr.Dataset:
    given = {"years": YEARS, "magnitude_models": BRANCHES, "mmax": MMAX} | more
    return forecast.forecast([Branch(given.pop("model", ELASTIC), fitted, 1.0)], ahead, **given)


def _certain(fitted: xr.Dataset, share: int, law: int = 31) -> xr.Dataset:
    """The fit with one row, one law and one share of aftershocks: nothing is left open but the number of events."""
    best = int(np.argmax(fitted["log_weight"].max(["law", "share_index"]).to_numpy()))
    return fitted.isel(row=[best], law=[law], share_index=[share])


@pytest.fixture(scope="module", name="fitted")
def many_events() -> xr.Dataset:
    return _fit(_events(4, 260.0))


@pytest.fixture(scope="module", name="vague")
def few_events() -> xr.Dataset:
    """A fit that leaves much open: every group and many values of theta1 have weight."""
    return _fit(_events(5, 35.0))


@pytest.fixture(scope="module", name="made")
def one_forecast(fitted: xr.Dataset) -> xr.Dataset:
    return _made(fitted)


def test_the_direct_rate_is_the_sum_over_members_parameters_and_b_values(vague: xr.Dataset):
    """Without aftershocks: every row, and in each group its own posterior of b, written out for a few cells.

    The forecast takes one posterior of b for all groups. Here, where few events leave nine groups open and b may fall
    by two, that moves a bin below M 4 by at most 1.5 % in a cell and 1 % over the field, up to M 6 by 9 and 4 %; it
    leaves the counts, and everything under the thickness split, where they are.
    """
    alone = vague.isel(share_index=[0])
    of_group = np.bincount(alone["group"], calibrate.joint_weights(alone, "linear_stress").sum(axis=(1, 2)))
    assert of_group.max() < 0.6
    rate = small_field.rates(_made(alone))[:, :, [0, -1]]
    cells = np.argsort(rate[:, 0, 0, 0])[::-1][::30]
    slow = np.zeros((cells.size, *rate.shape[1:]))
    n = alone.attrs["events"] + 1.0
    split, linear = MAGNITUDE_MODELS["thickness_split"], MAGNITUDE_MODELS["linear_stress"]
    thickness, width = AHEAD.cells.thickness_m[cells], alone.attrs["thickness_split_width"]
    of_split = calibrate.magnitude_weights(alone, "thickness_split")
    b_split = split.b_value(alone["thickness_split_grid"].to_numpy(), thickness, width)
    by_thickness = {top: _mean_law(b_split, of_split, top) for top in MMAX}
    members = [make() for make in ELASTIC.groups(AHEAD)]
    for index, number in enumerate(alone["group_number"].to_numpy()):
        rows = np.flatnonzero(alone["group"] == index)
        stress = members[number].stress[AHEAD.first :, cells]
        middle = (stress[1:] + stress[:-1]) / 2.0
        of_linear = calibrate.normalised(alone["log_linear_stress"].to_numpy()[index])
        for k, name in enumerate(BRANCHES):
            weight = n * calibrate.joint_weights(alone, name).sum(axis=(1, 2)) / alone["whole"].to_numpy()
            inner = np.zeros(THETA1.size)
            inner[alone["inner"].to_numpy()[rows]] = weight[rows]
            counts = ELASTIC.counts(members[number], AHEAD, inner)[:, cells]
            for m, top in enumerate(MMAX):
                for y in (0, -1):
                    b = linear.b_value(alone["linear_stress_grid"].to_numpy(), middle[y], 0.0)
                    law = _mean_law(b, of_linear, top) if k == 0 else by_thickness[top]
                    slow[:, :, y, 2 * k + m] += counts[y][:, None] * law
    mine = rate[cells]
    np.testing.assert_allclose(mine.sum(axis=1), slow.sum(axis=1), rtol=2e-3)
    possible = slow > 1e-12
    cell = np.abs(np.divide(mine, slow, out=np.ones_like(mine), where=possible) - 1.0).max(axis=(0, 2))
    whole = np.abs(np.divide(mine.sum(axis=0), slow.sum(axis=0), where=possible[0], out=np.ones(mine.shape[1:])) - 1.0)
    small = gutenberg_richter.MAGNITUDES < 3.95
    assert cell[small, :2].max() < 0.015
    assert whole[small, :, :2].max() < 0.01
    assert cell[:, :2].max() < 0.09
    assert whole[:, :, :2].max() < 0.045
    assert cell[:, 2:].max() < 1e-3


def _mean_law(b: np.ndarray, weight: np.ndarray, top: float) -> np.ndarray:
    """Mean of the law over combinations: b (combination, cell), weight (combination,); (cell, magnitude)."""
    kept = weight > 1e-8 * weight.max()
    values = np.linspace(b[kept].min(), b[kept].max(), 3001)
    law = gutenberg_richter.bin_probability(values, top, 1.45)
    nearest = np.rint((b[kept] - values[0]) / (values[1] - values[0])).astype(int)
    mass = np.stack([np.bincount(column, weight[kept], values.size) for column in nearest.T])
    return mass @ law / weight[kept].sum()


@pytest.fixture(scope="module", name="generations")
def one_law_generation_by_generation(fitted: xr.Dataset) -> tuple[xr.Dataset, list[np.ndarray], float, float]:
    """A forecast with one row, one law and one b-value model, the fields of its generations, r and the step shares.

    The twin of the aftershocks: each generation (cell, year) is the one before it moved in time and on the plane.
    """
    sure = _certain(fitted, 8)
    made = _made(sure, magnitude_models={"constant": 1.0}, mmax={5.0: 1.0})
    inner = np.zeros(THETA1.size)
    beta, alpha, c_days = (float(sure[name][0]) for name in ("share", "alpha", "c_days"))
    n = sure.attrs["events"] + 1.0
    inner[int(sure["inner"][0])] = n * (1.0 - beta) / float(sure["whole"][0])
    member = list(ELASTIC.groups(AHEAD))[int(sure["group_number"][sure["group"][0]])]()
    direct = ELASTIC.counts(member, AHEAD, inner).T
    k = n * beta / float(sure["triggered_per_k"][0])
    born = k * np.exp(alpha * (sure["event_magnitude"].to_numpy() - 1.45))
    edges, cells = AHEAD.times[AHEAD.first :], AHEAD.cells
    still = aftershocks.inherited(sure["event_time"].to_numpy(), born, edges, c_days)
    away_x = cells.x[:, None] - sure["event_x"].to_numpy()
    away_y = cells.y[:, None] - sure["event_y"].to_numpy()
    near = aftershocks.plane_density(away_x**2 + away_y**2) * cells.area_m2[:, None]
    b = sure["constant_grid"].to_numpy()[:, 0]
    pmf = calibrate.magnitude_weights(sure, "constant") @ gutenberg_richter.bin_probability(b, 5.0, 1.45)
    r, _ = aftershocks.branching(Law(k, alpha, c_days), pmf, gutenberg_richter.MAGNITUDES)
    shares = aftershocks.step_shares((edges - edges[0]) / np.timedelta64(1, "D"), c_days)
    fields = [direct + near @ still]
    while len(fields) < 40:
        fields.append(aftershocks.spread(fields[-1] @ (r * shares), cells))
    return made, fields, float(r), k


def test_the_cascade_is_that_of_all_generations_one_after_the_other(generations):
    """From the second generation on the forecast moves events by two steps only: 0.5 % of a year, 3 % of a cell here,
    in a field of 10 km with aftershocks kilometres away and a branching ratio of a quarter.
    """
    made, fields, r, _ = generations
    rate = small_field.rates(made)[..., 0].sum(axis=1)
    whole = np.sum(fields, axis=0)
    assert 0.2 < r < 0.4
    np.testing.assert_allclose(rate.sum(axis=0), whole.sum(axis=0), rtol=5e-3)
    np.testing.assert_allclose(rate, whole, rtol=0.03, atol=1e-3 * whole.max())
    two = fields[0] + fields[1]
    assert (rate.sum(axis=0) > two.sum(axis=0)).all()


def test_aftershocks_are_r_over_one_minus_r_of_the_direct_events_but_for_those_outside_and_after(generations):
    made, fields, r, _ = generations
    total = [field.sum() for field in fields]
    lost = sum(r * before - after for before, after in pairwise(total))
    expected = total[0] * r / (1.0 - r) - lost / (1.0 - r)
    found = small_field.rates(made).sum() - total[0]
    assert found == pytest.approx(expected, rel=0.02)
    assert 0.5 * total[0] * r / (1.0 - r) < found < total[0] * r / (1.0 - r)
    assert made.attrs["aftershocks_outside_share"] == pytest.approx(
        1.0 - aftershocks.spread(fields[0], AHEAD.cells).sum() / total[0], abs=0.01
    )


def test_the_draws_of_a_certain_posterior_have_the_total_of_the_cells(generations):
    made, fields, r, _ = generations
    draws = made["expected"].mean("draw").to_numpy()[0]
    noise = 4.0 * made["expected"].std("draw").to_numpy()[0] / np.sqrt(made.sizes["draw"])
    assert (np.abs(draws - np.sum(fields, axis=0).sum(axis=0)) < noise + 0.01 * draws).all()
    assert float(made["branching"].mean()) == pytest.approx(
        r * (1.0 - made.attrs["aftershocks_outside_share"]), rel=0.01
    )
    np.testing.assert_allclose(made["direct"].to_numpy()[0], fields[0].sum(axis=0), rtol=0.01)


def test_the_mean_over_the_draws_is_the_sum_over_cells_and_magnitudes(fitted: xr.Dataset, vague: xr.Dataset):
    """The cells have one multiplier of the mean field, the draws each their own, and a loss outside per branch."""
    for each, tolerance in ((fitted, 0.01), (vague, 0.03)):
        made = _made(each, draws=4000, magnitude_models=QUICK)
        cells = forecast.by_magnitude(made).sum("magnitude").to_numpy().reshape(len(YEARS), 2, 2) @ list(MMAX.values())
        draws = made["expected"].mean("draw").to_numpy().T
        np.testing.assert_allclose(cells, draws, rtol=tolerance)


def _one_cell() -> Field:
    """A field of one cell, in the middle of nine."""
    field = small_field.ground(even=True)
    axis = np.array([4750.0, 5250.0, 5750.0])
    reservoir = field.reservoir.sel(x=axis, y=axis).copy(deep=True)
    reservoir["inside_fraction"][:] = 0.0
    reservoir["inside_fraction"][1, 1] = 1.0
    return Field(reservoir, field.fault_points)


def test_the_forecast_of_a_year_in_a_world_of_one_cell_is_a_closed_form():
    rng = np.random.default_rng(2)
    days = np.sort(rng.uniform(0.0, 7300.0, 60))
    events = pd.DataFrame(
        {
            "time": np.datetime64("1995-01-01", "ns") + (days * 86_400e9).astype("timedelta64[ns]"),
            "x": 5250.0,
            "y": 5250.0,
            "magnitude": small_field.magnitudes(rng, 60),
        }
    )
    held = small_field.loading(ONE, field=_one_cell())
    ahead = small_field.loading(ONE, field=_one_cell(), end="2016-01-01")
    assert held.cells.x.size == 1
    sure = _certain(_fit(events, held, ("constant",)), 1, law=17)
    made = _made(sure, ahead, years=[2015], magnitude_models={"constant": 1.0}, mmax={4.0: 0.5, 5.0: 0.5})
    n, beta = 61.0, float(sure["share"][0])
    alpha, c_days = float(sure["alpha"][0]), float(sure["c_days"][0])
    k = n * beta / float(sure["triggered_per_k"][0])
    member = next(ELASTIC.groups(ahead))()
    theta1, stress = THETA1[int(sure["inner"][0])], member.stress[ahead.first :, 0]
    past = next(ELASTIC.groups(held))().stress[held.first :, 0]
    grown = np.exp(theta1 * stress[1]) - np.exp(theta1 * stress[0])
    direct = n * (1.0 - beta) * grown / (np.exp(theta1 * past[-1]) - np.exp(theta1 * past[0]))
    until = 7305.0 - days
    born = k * np.exp(alpha * (events["magnitude"].to_numpy() - 1.45))
    still = born @ (aftershocks.time_share(until + 365.0, c_days) - aftershocks.time_share(until, c_days))
    direct += still * aftershocks.plane_density(0.0) * 500.0**2
    g = float(aftershocks.spread(np.ones((1, 1)), ahead.cells)[0, 0])
    s = float(aftershocks.step_shares(np.array([0.0, 365.0]), c_days)[0, 0])
    weight, b = calibrate.magnitude_weights(sure, "constant"), sure["constant_grid"].to_numpy()[:, 0]
    for index, top in enumerate((4.0, 5.0)):
        pmf = weight @ gutenberg_richter.bin_probability(b, top, 1.45)
        r = k * (pmf @ np.exp(alpha * (gutenberg_richter.MAGNITUDES - 1.45)))
        assert 0.2 < r < forecast.LARGEST_BRANCHING
        whole = direct * (1.0 + r * s * g + (r * s * g) ** 2 / (1.0 - r * s))
        np.testing.assert_allclose(small_field.rates(made)[0, :, 0, index], whole * pmf, rtol=2e-4, atol=1e-12)


def test_magnitudes_of_aftershocks_are_those_of_the_place_of_their_parent(made: xr.Dataset, fitted: xr.Dataset):
    """Had they those of their own place, the rate of M >= 3.6 would differ by 0.5 % over the field and up to 16 % in a
    cell beside the line where b changes, in a field with a branching ratio of a quarter.
    """
    rate = small_field.rates(made)[:, :, 0]
    thickness = AHEAD.cells.thickness_m
    law, _ = forecast._by_place(fitted, "thickness_split", thickness, list(MMAX))
    for m in range(2):
        ours = rate[:, 21:, 2 + m].sum(axis=1)
        own = rate[:, :, 2 + m].sum(axis=1) * law[:, m, 21:].sum(axis=1)
        assert ours.sum() == pytest.approx(own.sum(), rel=0.01)
        assert 0.01 < np.abs(ours / own - 1.0).max() < 0.2


def test_the_weights_of_two_models_of_the_rate_multiply_with_those_of_the_magnitudes_and_sum_to_one():
    events = _events(4, 260.0)
    plastic = StressGrid((0.55,), (1500.0,), (4.0,), (5.0,))
    other = _fit(events, small_field.loading(plastic), model=ELASTIC_PLASTIC)
    one = _fit(events, small_field.loading(ONE))
    both = [Branch(ELASTIC, one, 0.25), Branch(ELASTIC_PLASTIC, other, 0.75)]
    ahead = small_field.loading(plastic, end=small_field.END)
    made = forecast.forecast(both, ahead, years=YEARS, magnitude_models=QUICK, mmax=MMAX)
    weight = made["weight"].to_series()
    assert weight.sum() == pytest.approx(1.0)
    assert made["source_weight"].sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weight, np.outer([0.125, 0.125, 0.375, 0.375], list(MMAX.values())).ravel())
    assert list(made["branch"].to_numpy()[[0, -1]]) == ["elastic|linear_stress|4", "elastic_plastic|constant|6"]
    assert list(made["source"].to_numpy()) == [f"{m}|{b}" for m in ("elastic", "elastic_plastic") for b in QUICK]
    alone = _made(one, small_field.loading(ONE, end=small_field.END), magnitude_models=QUICK)
    np.testing.assert_allclose(
        small_field.rates(made)[..., :4].sum(axis=1), small_field.rates(alone).sum(axis=1), rtol=1e-3, atol=1e-6
    )
    mean = forecast.mean_field(made).sum("cell").to_numpy()
    np.testing.assert_allclose(mean, forecast.by_magnitude(made).sum("magnitude").to_numpy() @ weight, rtol=1e-9)


def test_the_chance_of_a_large_event_is_that_of_simulated_cascades(made: xr.Dataset):
    """Each draw its direct events and r, all of its events alike: the law that `chance_of` names."""
    rng = np.random.default_rng(6)
    rate = forecast.by_magnitude(made).transpose("magnitude", "year", "branch").to_numpy()
    for magnitude, branch in ((2.5, 0), (3.6, 1), (3.6, 3)):
        source = branch // len(MMAX)
        share = rate[made["magnitude"].to_numpy() > magnitude - 0.01, 0, branch].sum() / rate[:, 0, branch].sum()
        r, expected = made["branching"].to_numpy()[source], made["expected"].to_numpy()[source, :, 0]
        counts = event_counts.sample(rng, expected * (1.0 - r), r, (300, r.size))
        none = (1.0 - share) ** counts
        noise = 4.0 * none.mean(axis=0).std() / np.sqrt(r.size) + 4.0 * none.std() / np.sqrt(none.size)
        assert forecast.chance_of(made, magnitude)[0, branch] == pytest.approx(1.0 - none.mean(), abs=noise)
    every = np.array([forecast.chance_of(made, m) for m in (1.5, 2.5, 3.6, 4.5)])
    assert (np.diff(every, axis=0) <= 0.0).all()
    assert (every[-1][:, [0, 2]] == 0.0).all()  # above the largest magnitude of the branch


def test_the_count_has_the_mean_and_the_variance_of_draws_and_cascades_together(made: xr.Dataset):
    probability = forecast.count_probability(made)
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, atol=1e-9)
    mean, variance = event_counts.table_moments(probability)
    weight = made["source_weight"].to_numpy()
    expected, r = made["expected"].to_numpy(), made["branching"].to_numpy()[..., None]
    within = expected * (1.0 + made["branching_spread"].to_numpy()[..., None]) / (1.0 - r) ** 2
    centre = np.tensordot(weight, expected.mean(axis=1), 1)
    spread = np.tensordot(weight, (expected**2).mean(axis=1), 1) - centre**2
    np.testing.assert_allclose(mean, centre, rtol=1e-8)
    np.testing.assert_allclose(variance, np.tensordot(weight, within.mean(axis=1), 1) + spread, rtol=1e-7)
    assert (variance > 1.5 * mean).all()


def test_joined_blocks_keep_every_field():
    rng = np.random.default_rng(3)
    shared = rng.uniform(0.1, 1.0, (200, 6))
    blocks = []
    for branches in (2, 3, 1):
        fields = np.einsum("ck,kmyb->cmyb", shared, rng.uniform(0.0, 1.0, (6, 5, 4, branches)))
        fields *= 10.0 ** rng.uniform(-9, 0, (1, 5, 4, branches))
        maps, coefficient = forecast.compress(np.moveaxis(fields, 0, 1))
        flat = coefficient.reshape(maps.shape[1], -1)
        np.testing.assert_allclose(
            maps @ flat, fields.reshape(200, -1), atol=1e-4 * np.linalg.norm(fields, axis=0).max()
        )
        blocks.append((maps, coefficient, fields))
    maps, coefficient = forecast.join([(m, c) for m, c, _ in blocks])
    assert maps.shape[1] <= 16
    np.testing.assert_allclose(maps.T @ maps, np.eye(maps.shape[1]), atol=1e-10)
    whole = np.concatenate([f for _, _, f in blocks], axis=3)
    left = np.linalg.norm(np.tensordot(maps, coefficient, 1) - whole, axis=0)
    assert (left <= 2.1e-4 * np.linalg.norm(whole, axis=0)).all()


def test_the_forecast_is_the_same_bit_by_bit_whatever_the_number_of_threads(
    fitted: xr.Dataset, monkeypatch: pytest.MonkeyPatch
):
    found = []
    for count in (1, 2, 3):
        monkeypatch.setattr(forecast, "in_order", partial(workers.in_order, count=count))
        found.append(_made(fitted, draws=50, magnitude_models=QUICK))
    assert found[0].identical(found[1])
    assert found[0].identical(found[2])


def test_the_seed_moves_the_draws_and_nothing_else(fitted: xr.Dataset):
    given = {"draws": 50, "magnitude_models": QUICK}
    one, other = _made(fitted, **given), _made(fitted, seed=1, **given)
    assert not one["expected"].equals(other["expected"])
    assert one["maps"].equals(other["maps"])
    assert one["coefficient"].equals(other["coefficient"])


def test_light_groups_may_be_left_out(vague: xr.Dataset, monkeypatch: pytest.MonkeyPatch):
    everything = forecast.mean_field(_made(vague, magnitude_models=QUICK))
    monkeypatch.setattr(forecast, "_LIGHT", 0.02)
    few = _made(vague, magnitude_models=QUICK)
    assert 0.0 < few.attrs["weight_not_carried"] < 0.1
    assert (few["expected"] > 0.0).all()
    np.testing.assert_allclose(forecast.mean_field(few).sum("cell"), everything.sum("cell"), rtol=0.02)


def test_a_field_where_nothing_is_loaded_any_more_has_the_aftershocks_of_its_past(fitted: xr.Dataset):
    fall = AHEAD.depletion_bar.copy()
    fall[AHEAD.first :] = fall[AHEAD.first]
    quiet = Loading(
        AHEAD.ground, AHEAD.cells, AHEAD.times, fall, AHEAD.initial_bar, AHEAD.first, AHEAD.scale_at, AHEAD.grid
    )
    made = _made(fitted, quiet, magnitude_models=QUICK)
    total = forecast.by_magnitude(made).sum("magnitude").to_numpy()
    assert np.isfinite(total).all()
    assert (total > 0.0).all()
    assert (np.diff(total, axis=0) < 0.0).all()
    np.testing.assert_allclose(
        total.reshape(len(YEARS), 2, 2) @ list(MMAX.values()), made["expected"].mean("draw").T, rtol=0.05
    )
    none = _made(fitted.isel(share_index=[0]), quiet, magnitude_models=QUICK)
    assert np.abs(forecast.by_magnitude(none)).sum() < 1e-9
    assert (forecast.chance_of(none, 3.6) < 1e-9).all()


def test_with_faults_in_every_cell_fit_and_forecast_do_not_depend_on_the_size_of_the_cells():
    """Faults in every cell, as the published smoothing of stress asks (`fault_stress.smooth_on_faults`).

    An event has the stress of its cell: that moves theta1 by a quarter of its standard deviation and counts to come by
    2 %. With the same parameters they differ by 0.1 %.
    """
    grid = StressGrid((0.55,), (1000.0, 1500.0, 2000.0))
    fields = {side: small_field.ground(side, even=True) for side in (500.0, 250.0)}
    coarse = small_field.loading(grid, field=fields[500.0])
    rng = np.random.default_rng(8)
    member = small_field.group(ELASTIC, coarse, sigma_m=1500.0)
    events = small_field.catalogue(rng, ELASTIC, member, coarse, THETA, 200.0, LAW)
    tables, totals, maps, ratios = [], [], [], []
    for side, field in fields.items():
        fitted = _fit(events, small_field.loading(grid, field=field), ("constant",))
        tables.append(calibrate.summary(fitted, {"constant": 1.0}).set_index("parameter"))
        ahead = small_field.loading(grid, field=field, end=small_field.END)
        made = _made(fitted, ahead, magnitude_models={"constant": 1.0}, draws=10)
        totals.append(forecast.by_magnitude(made).to_numpy())
        past, coming = (
            ELASTIC.expected(small_field.group(ELASTIC, each, sigma_m=1500.0), each)[:, THETA]
            for each in (small_field.loading(grid, field=field), ahead)
        )
        ratios.append(coming / past.sum())
        size = int(10_000.0 / side)
        mean = forecast.mean_field(made).isel(year=0).to_numpy().reshape(size, size)
        maps.append(mean.reshape(20, size // 20, 20, size // 20).sum(axis=(1, 3)))
    one, other = tables
    moved = np.abs(one["mean"] - other["mean"]) / one["sd"]
    assert moved.drop("rmax").max() < 0.3
    np.testing.assert_allclose(totals[0], totals[1], rtol=0.02, atol=1e-6)
    np.testing.assert_allclose(ratios[0], ratios[1], rtol=2e-3)
    np.testing.assert_allclose(maps[0], maps[1], rtol=0.07)  # most in the corners


def test_b_values_of_the_cells_are_the_mean_and_the_spread_of_the_posterior(made: xr.Dataset, fitted: xr.Dataset):
    thickness, grid = AHEAD.cells.thickness_m, fitted["thickness_split_grid"].to_numpy()
    model, weight = MAGNITUDE_MODELS["thickness_split"], calibrate.magnitude_weights(fitted, "thickness_split")
    chosen = np.arange(0, thickness.size, 25)
    b = model.b_value(grid, thickness[chosen], fitted.attrs["thickness_split_width"])
    mean = weight @ b
    np.testing.assert_allclose(made["b_value"].to_numpy()[1, chosen], mean, rtol=1e-3)
    np.testing.assert_allclose(made["b_value_sd"].to_numpy()[1, chosen], np.sqrt(weight @ b**2 - mean**2), rtol=0.02)


def test_counts_laid_on_stress_keep_their_sum_and_their_mean_stress():
    rng = np.random.default_rng(1)
    counts, stress = rng.random((30, 4)), rng.uniform(0.0, 1.49, (30, 4))
    laid = np.zeros((30, 4, forecast._STRESS_NODES.size))
    forecast._lay_on_stress(laid, counts, stress, forecast._STRESS_NODES[1])
    np.testing.assert_allclose(laid.sum(axis=2), counts, rtol=1e-12)
    np.testing.assert_allclose(laid @ forecast._STRESS_NODES, counts * stress, rtol=1e-12)


def test_the_packaged_field_goes_through_the_same_code():
    """The real outline, thickness and faults, with an invented history and one member."""
    from mijnrisico.seismic.source import loading as loads

    cells = loads.source_cells()
    times = pd.date_range("1960-01-01", "2017-01-01", freq="YS")
    axis_x, axis_y = cells.grid_x[::4], cells.grid_y[::4]
    fall = np.linspace(0.0, 260.0, times.size)[:, None, None] * np.ones((axis_y.size, axis_x.size))
    pressure = xr.DataArray(347.0 - fall, dims=("time", "y", "x"), coords={"time": times, "y": axis_y, "x": axis_x})
    grid = StressGrid((0.4,), (3000.0,))
    held = loads.loading(pressure, grid, start=small_field.START, until=small_field.UNTIL)
    rng = np.random.default_rng(1)
    events = small_field.catalogue(rng, ELASTIC, next(ELASTIC.groups(held))(), held, THETA, 100.0)
    ahead = loads.loading(pressure, grid, start=small_field.START, until=small_field.UNTIL, end="2017-01-01")
    made = _made(_fit(events, held, tuple(BRANCHES)), ahead, years=[2015, 2016])
    rate = small_field.rates(made)
    assert np.isfinite(rate).all()
    assert rate.min() > -1e-4 * rate.max()
    mean = made["source_weight"].to_numpy() @ made["expected"].mean("draw").to_numpy()
    np.testing.assert_allclose(forecast.mean_field(made).sum("cell"), mean, rtol=0.02)
