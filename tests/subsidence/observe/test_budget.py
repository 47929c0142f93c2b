"""The load of a basin: exact volumes within a polygon, running averages, and the chance to be above the space."""

import numpy as np
import pytest
import shapely
from scipy.special import ndtr

from mijnrisico.errors import InputError
from mijnrisico.subsidence.observe import budget, prior, update
from mijnrisico.subsidence.observe.budget import Basin

from . import cases


def basin(outline: shapely.Geometry | None = None, cell_m: float = 500.0, **rule) -> Basin:
    outline = shapely.Point(240_000.0, 590_000.0).buffer(6000.0) if outline is None else outline
    return Basin(
        "tidal basin", *budget.cut(outline, cell_m), **({"limit_mm_per_year": 5.0, "average_years": 6.0} | rule)
    )


def solid_angle_volume(radius: float) -> float:
    """Bowl volume within a circle above one m3 lost (Geertsma): 2 (1 - nu) [1 - c / sqrt(c^2 + r^2)]."""
    return 2.0 * (1.0 - cases.POISSON) * (1.0 - cases.DEPTH_M / np.hypot(cases.DEPTH_M, radius))


@pytest.mark.parametrize(("cell_m", "tolerance"), [(1000.0, 6e-3), (500.0, 1.5e-3), (250.0, 3.5e-4)])
def test_the_volume_within_a_circle_is_that_of_the_closed_form(cell_m, tolerance):
    circle = shapely.Point(0.0, 0.0).buffer(4000.0, quad_segs=400)
    x, y, area = budget.cut(circle, cell_m)
    vertical = (1.0 - cases.POISSON) / np.pi * cases.DEPTH_M / (x**2 + y**2 + cases.DEPTH_M**2) ** 1.5
    assert area.sum() == pytest.approx(np.pi * 4000.0**2, rel=1e-5)
    assert area @ vertical == pytest.approx(solid_angle_volume(4000.0), rel=tolerance)


def test_basins_beside_each_other_hold_together_what_the_whole_holds():
    whole = shapely.box(235_000.0, 585_000.0, 246_000.0, 597_000.0)
    cut = shapely.LineString([(230_000.0, 583_000.0), (250_000.0, 599_000.0)]).buffer(1e-6)
    parts = list(shapely.get_parts(whole.difference(cut)))
    volume = []
    for outline in (whole, *parts):
        one = basin(outline)
        volume.append(one.load_row(cases.influence(one.x_m, one.y_m).subsidence) * one.area_m2.sum())
    np.testing.assert_allclose(volume[0], volume[1] + volume[2], rtol=2e-4)


def rows(one: Basin, years) -> np.ndarray:
    subsidence = cases.influence(one.x_m, one.y_m).subsidence
    return budget.load_rows(one, subsidence, cases.volume_m3(), cases.YEARS, years)


def test_steady_loss_gives_a_steady_load_after_as_many_years_as_are_averaged():
    one = basin(average_years=6.0)
    load = rows(one, [1960.0, 1963.0, 1966.0, 2000.0]).sum(axis=1)
    assert load[0] == 0.0
    assert load[1] == pytest.approx(0.5 * load[2])
    assert load[3] == pytest.approx(load[2])
    basis = np.ones((29, 1))
    subsidence = cases.influence(one.x_m, one.y_m).subsidence
    tied = budget.load_rows(one, subsidence, cases.volume_m3(), cases.YEARS, [2000.0], basis)
    assert tied.item() == pytest.approx(load[3])


def test_the_chance_to_be_above_the_space_is_that_of_the_load_and_of_sea_level():
    one = basin(sea_level_rise_mm_per_year=[2.0, 4.0], sea_level_rise_sd_mm_per_year=0.5)
    belief = prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0)
    branch = update.Branch("a", np.empty((0, 29)), belief)
    years = [1990.0, 2000.0]
    matrix = rows(one, years)
    found = budget.table(one, years, update.before([branch]), matrix)
    assert found.columns.tolist() == [
        "basin", "year", "load_mm_per_year", "load_p10_mm_per_year", "load_p90_mm_per_year", "space_mm_per_year",
        "probability_above",
    ]  # fmt: skip
    np.testing.assert_allclose(found.space_mm_per_year, [3.0, 1.0])
    load, sd = 1000.0 * matrix.sum(axis=1), 1000.0 * np.sqrt(np.square(matrix @ belief.root).sum(axis=1))
    np.testing.assert_allclose(found.load_mm_per_year, load)
    np.testing.assert_allclose(found.load_p90_mm_per_year, load + 1.2815515655446004 * sd)
    np.testing.assert_allclose(found.probability_above, ndtr((load - [3.0, 1.0]) / np.hypot(sd, 0.5)))
    assert found.probability_above[1] > found.probability_above[0]


def test_measurements_narrow_the_load():
    one = basin()
    measured = cases.observed(cases.rows(points=20), 1.0)
    belief = prior.correlated(*cases.cells(), sd=0.3, range_m=4000.0)
    branch = update.Branch("a", cases.matrix(measured), belief)
    matrix = rows(one, [2000.0])
    after = update.mixture(update.whitened(measured), [branch]).predict(matrix)
    assert after.sd()[0] < 0.3 * update.before([branch]).predict(matrix).sd()[0]


@pytest.mark.parametrize(("outline", "cell_m"), [(shapely.Point(0, 0), 100.0), (shapely.box(0, 0, 1, 1), 0.0)])
def test_an_outline_without_area_and_a_cell_without_size_are_refused(outline, cell_m):
    with pytest.raises(InputError, match="E503"):
        budget.cut(outline, cell_m)
