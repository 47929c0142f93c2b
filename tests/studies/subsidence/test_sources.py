"""Sources of a question: what each activity loses, where, and how far that may be wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.studies.subsidence import small

from mijnrisico.studies import salt
from mijnrisico.studies.subsidence import prediction, question, sources
from mijnrisico.studies.subsidence.question import SubsidenceQuestion
from mijnrisico.subsurface import compaction


def asked(folder: Path, text: str = small.QUESTION, **files: str) -> SubsidenceQuestion:
    checked = question.read(small.write(folder, text, **files))
    assert checked.errors == ()
    assert checked.scenario is not None
    return checked.scenario


@pytest.fixture
def built(tmp_path: Path) -> tuple[SubsidenceQuestion, tuple[sources.Sources, ...]]:
    one = asked(tmp_path)
    return one, sources.build(one, sources.lattice(one))


def test_a_reservoir_loses_compressibility_times_depletion_times_its_volume(built) -> None:
    one, (field, _, _) = built
    years = sources.years_of(one)
    lost = field.volume(compaction.Linear(), years).sum(axis=1)
    after = 1e-5 * (300.0 - 100.5) * 100.0 * 64e6
    assert lost[-1] == pytest.approx(after, rel=1e-12)
    assert lost[10] == pytest.approx(after / 2.0, rel=1e-12)
    assert lost[0] == 0.0


def test_cells_are_on_the_map_with_the_share_that_lies_inside(built) -> None:
    one, (field, _, _) = built
    cells = sources.lattice(one)
    assert field.cell is not None
    rows, columns = np.unravel_index(field.cell, cells.shape)
    np.testing.assert_array_equal(cells.x[columns], field.x_m)
    np.testing.assert_array_equal(cells.y[rows], field.y_m)
    assert field.per_bar_m3 is not None
    corner = (field.x_m == 236000.0) & (field.y_m == 586000.0)
    assert field.per_bar_m3[corner] == pytest.approx(0.25 * 1e6 * 100.0 * 1e-5)


def test_caverns_are_cut_in_slices_that_lose_all_of_their_volume(built) -> None:
    one, (_, caverns, _) = built
    lost = caverns.volume(compaction.Linear(), sources.years_of(one))
    assert lost.shape[1] == 2 * sources.SLICES
    assert lost[-1].sum() == pytest.approx(200_000.0)
    assert caverns.depth_m[: sources.SLICES].mean() == pytest.approx(1500.0)
    assert 1400.0 < caverns.depth_m.min() < caverns.depth_m[: sources.SLICES].max() < 1600.0


def test_a_doublet_loses_what_its_cold_rock_shrinks(built) -> None:
    one, (_, _, doublet) = built
    lost = doublet.volume(compaction.Linear(), sources.years_of(one))[-1]
    cold = np.interp(2031.0, [2005.0, 2035.0], [0.0, 6e7])
    assert lost == pytest.approx(1e-5 * 1.25 / 0.75 * 40.0 * cold, rel=1e-9)


def test_a_secant_year_lets_every_model_lose_the_same_by_then(built) -> None:
    one, (field, _, _) = built
    years = sources.years_of(one)
    linear = field.volume(compaction.Linear(), years)
    slow = field.volume(compaction.TimeDecay(6.0), years, 2005)
    at_2005 = int(np.flatnonzero(years == 2006.0)[0])
    assert slow[at_2005].sum() == pytest.approx(linear[at_2005].sum(), rel=1e-12)
    assert slow[-1].sum() > linear[-1].sum()


def test_factors_of_a_reservoir_hang_together_over_their_range(built) -> None:
    _, (field, caverns, _) = built
    covariance = field.prior_covariance()
    assert np.diag(covariance) == pytest.approx(0.4**2)
    apart = np.hypot(*(field.nodes[0] - field.nodes[-1]))
    assert covariance[0, -1] == pytest.approx(0.16 * (0.5 + 0.5 * np.exp(-apart / 4000.0)))
    np.testing.assert_allclose(field.weights.sum(axis=1), 1.0)
    assert caverns.nodes.shape == (1, 2)


def test_production_gives_the_pressure_of_a_tank(tmp_path: Path) -> None:
    tank = "initial_bar = 300.0\ngas_in_place_nm3 = 1.0e10\ntemperature_k = 373.0\n"
    text = small.QUESTION.replace('pressure = "pressure.csv"', f'production = "production.csv"\n{tank}')
    one = asked(tmp_path, text, production_csv="year,volume_nm3\n1995,2e9\n1996,3e9\n")
    field = sources.build(one, sources.lattice(one))[0]
    assert field.pressure_bar is not None
    first, last = field.pressure_bar[0, 0], field.pressure_bar[-1, 0]
    assert first == pytest.approx(300.0)
    assert 130.0 < last < 160.0  # half of the gas is gone; p/z is halved


def test_a_grid_of_the_reservoir_gives_thickness_depth_and_compressibility(tmp_path: Path) -> None:
    rows = [
        f"{x},{y},{80 + (x - 236000) / 1000},{2900 + (y - 586000) / 100},{1e-5}"
        for x in range(236000, 245000, 1000)
        for y in range(586000, 595000, 1000)
    ]
    table = "x_rd,y_rd,thickness_m,depth_m,compressibility_per_bar\n" + "\n".join(rows) + "\n"
    text = small.QUESTION.replace(
        'outline = "field.geojson"\ndepth_m = 3000.0\nthickness_m = 100.0\ncompressibility_per_bar = 1.0e-5',
        'grid = "grid.csv"',
    )
    one = asked(tmp_path, text, grid_csv=table)
    field = sources.build(one, sources.lattice(one))[0]
    assert field.x_m.size == 81
    assert field.depth_m.max() == pytest.approx(2980.0)
    assert field.per_bar_m3 is not None
    assert field.per_bar_m3[field.x_m == 240000.0] == pytest.approx(1e-5 * 84.0 * 1e6)


def test_rows_times_factors_are_the_influence_times_the_volumes(built) -> None:
    one, found = built
    model = prediction.model(one, found)
    assert sum(branch.weight for branch in model.branches) == pytest.approx(1.0)
    x, y = np.array([240000.0, 248000.0]), np.array([590000.0, 590000.0])
    motion = prediction.influences(model, x, y)["subsidence"]
    rows = prediction.rows_at_years(model, motion, np.array([2011.0, 2031.0]))
    factors = np.linspace(0.5, 1.5, model.factors)
    for branch, row in zip(model.branches, rows, strict=True):
        slow = np.zeros((2, 2))
        for k, (own, columns) in enumerate(zip(model.sources, model.slices, strict=True)):
            spread = own.weights.toarray() @ factors[columns]
            for t, year in enumerate((2011.0, 2031.0)):
                slow[:, t] += motion[branch.surface][k] @ (
                    model.volume_at(branch.strain, k, np.array([year]))[0] * spread
                )
        np.testing.assert_allclose(row @ factors, slow, rtol=1e-12)
    parts = sum(prediction.of_activity(model, rows[0], k) for k in range(3))
    np.testing.assert_allclose(parts, rows[0])


def test_the_share_of_an_activity_multiplies_what_it_loses(built) -> None:
    one, (_, caverns, _) = built
    entry = one.entry.model_copy(
        update={"activity": tuple(each.model_copy(update={"share": 2.0}) for each in one.entry.activity)}
    )
    twice = sources.build(replace(one, entry=entry), sources.lattice(one))
    years = sources.years_of(one)
    np.testing.assert_allclose(
        twice[1].volume(compaction.Linear(), years), 2.0 * caverns.volume(compaction.Linear(), years)
    )


def test_a_basement_and_a_delay_of_an_activity_go_before_those_of_the_question(tmp_path: Path) -> None:
    own = "basement_m = 9000.0\noverburden_poisson = 0.2\ndecay_years = 0.0\n"
    one = asked(tmp_path, small.QUESTION.replace("sd = 0.4\n", f"sd = 0.4\n{own}"))
    model = prediction.model(one, sources.build(one, sources.lattice(one)))
    np.testing.assert_allclose(model.volume[1][0], model.volume[0][0])  # time decay without delay is linear
    motion = prediction.influences(model, np.array([240000.0]), np.array([590000.0]))["subsidence"]
    np.testing.assert_array_equal(motion[0][0], motion[1][0])
    assert not np.array_equal(motion[0][1], motion[1][1])


def test_caverns_of_a_question_about_salt_lose_what_it_says_for_the_option(tmp_path: Path) -> None:
    (tmp_path / "salt.toml").write_text(salt.EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    text = small.QUESTION.replace(
        'caverns = "caverns.csv"\nvolumes = "volumes.csv"', 'salt = "salt.toml"\noption = "open"'
    )
    one = asked(tmp_path, text.replace("end = 2030", "end = 2060"))
    lost = sources.build(one, sources.lattice(one))[1].volume(compaction.Linear(), sources.years_of(one)).sum(axis=1)
    answer = salt.assess(salt.read(salt.EXAMPLE))
    years, after = answer.lost_m3("open")
    before = sum(float(state.lost_m3.mean()) for state in answer.states.values())
    of_1990 = lost_by_1990(answer)
    assert lost[-1] == pytest.approx(before + np.interp(2061.0, years, after.sum(axis=1)) - of_1990, rel=1e-9)
    assert lost[0] == 0.0
    checked = question.read(small.write(tmp_path, text.replace('"open"', '"opne"')))
    assert [problem.code for problem in checked.errors] == ["E503"]


def lost_by_1990(answer: salt.Answer) -> float:
    """What the caverns lost before the question begins, in a line since their leaching began."""
    total = 0.0
    for each in answer.question.entry.cavern:
        if each.leached_from is not None:
            share = max(0.0, (1990.0 - each.leached_from) / (answer.question.entry.start - each.leached_from))
            total += share * float(answer.states[each.name].lost_m3.mean())
    return total
