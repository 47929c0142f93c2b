"""A question about salt caverns: the packaged example answers, the ensemble, and everything wrong told at once."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mijnrisico import messages
from mijnrisico.core import toml
from mijnrisico.errors import InputError
from mijnrisico.studies.salt import EXAMPLE, Answer, answer, assess, question
from mijnrisico.subsurface.cavern import closure, history, laws

TEXT = EXAMPLE.read_text(encoding="utf-8")
OPEN = '[[option]]\nname = "open"\nplugged = false\n'
SMALL = TEXT.replace("members = 200", "members = 20").replace("end = 2225", "end = 2065")


def answered(text: str = SMALL) -> Answer:
    return assess(question.parse(text, "caverns.toml"))


@pytest.fixture(scope="module")
def found() -> Answer:
    return answered()


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as raised:
        question.parse(text, "caverns.toml")
    for problem in raised.value.problems:
        for lang in messages.LANGUAGES:
            told = messages.describe(problem.code, problem.where, problem.params, lang)
            assert "–" not in told.why
            assert "expected." not in told.why
    return [(problem.code, re.sub(r"^.*\[|\]$", "", problem.where)) for problem in raised.value.problems]


def test_the_example_compares_the_customary_options_for_every_cavern(found):
    summary = found.tables["summary"]
    assert summary["cavern"].tolist() == ["A1"] * 4 + ["B7"] * 4
    assert summary["option"].tolist()[:4] == ["open", "plug_now", "plug_after_warming", "backfill"]
    lost = summary.set_index(["cavern", "option"])["lost_p50_m3"]
    for cavern in ("A1", "B7"):
        assert lost[cavern, "open"] > lost[cavern, "plug_after_warming"] > lost[cavern, "plug_now"]


def test_fractiles_stand_in_their_order(found):
    summary = found.tables["summary"]
    for name in ("pressure_{}_mpa", "lost_{}_m3", "subsidence_{}_mm", "brine_out_{}_m3", "roof_excess_{}_mpa"):
        low, middle, high = (summary[name.format(p)] for p in ("p10", "p50", "p90"))
        assert (low <= middle).all()
        assert (middle <= high).all()


def test_totals_are_the_sum_over_the_caverns_member_by_member(found):
    years, lost = found.lost_m3("plug_now")
    assert lost.shape == (41, 2)
    totals = found.tables["totals"].query("option == 'plug_now'")
    np.testing.assert_allclose(totals["lost_mean_m3"], lost.sum(axis=1))
    assert years[0] == 2025.0
    assert lost[0].tolist() == [0.0, 0.0]


def test_one_member_is_the_median_of_everything():
    single = answered(SMALL.replace("members = 20", "members = 1") + OPEN)
    cavern = single.question.caverns[0]
    salt = laws.creep(single.question.dislocation, 45.0, single.question.solution, 5.0)
    expected = closure.rate_per_year(10.0, salt, "cylinder")
    assert single.states["A1"].closure_per_year == pytest.approx([float(expected)])
    open_lost = single.lost_m3("open")[1][:, 0]
    years = np.arange(41.0)
    np.testing.assert_allclose(open_lost, cavern.volume_m3 * -np.expm1(-expected * years), rtol=1e-12)


def test_a_file_that_knows_everything_has_no_band():
    text = SMALL[: SMALL.index("[uncertainty]")] + SMALL[SMALL.index("[[cavern]]") :]
    found = answered(text + OPEN)
    assert found.states["A1"].closure_per_year.shape == (1,)
    summary = found.tables["summary"]
    assert (summary["lost_p10_m3"] == summary["lost_p90_m3"]).all()


def test_the_file_on_the_page_can_be_read():
    page = (Path(__file__).parents[3] / "docs" / "do" / "salt.md").read_text(encoding="utf-8")
    shown = page.split("```toml\n")[1].split("```")[0]
    read = question.parse(shown, "caverns.toml")
    assert [option.name for option in read.options] == ["plug after ten years", "fill"]
    assert all(name in page for name in laws.laws())


def test_what_was_lost_before_is_what_leaching_at_one_pace_would_have_lost_for_the_void_that_is_left(found):
    state, cavern = found.states["A1"], found.question.caverns[0]
    k = 7
    pace = (state.lost_m3[k] + cavern.volume_m3) / 35.0
    void, lost = history.voids_m3(np.array([1985.0, 2020.0, 2025.0]), np.array([pace, 0.0]), state.closure_per_year[k])
    assert void[-1] == pytest.approx(cavern.volume_m3)
    assert lost[-1] == pytest.approx(state.lost_m3[k])
    assert (found.states["B7"].lost_m3 == 0.0).all()


def test_the_same_seed_gives_the_same_answer_and_another_one_a_like_one():
    one, again, other = (answered(SMALL.replace("seed = 1", f"seed = {seed}") + OPEN).tables for seed in (1, 1, 2))
    assert again["paths"].equals(one["paths"])
    assert not other["paths"].equals(one["paths"])
    np.testing.assert_allclose(other["summary"]["lost_p50_m3"], one["summary"]["lost_p50_m3"], rtol=0.35)


def test_a_factor_of_the_rate_of_creep_is_that_of_p90_over_p50():
    text = SMALL.replace("temperature_sd_k = 2.0", "temperature_sd_k = 0.0").replace("members = 20", "members = 2000")
    rates = answered(text.replace("end = 2065", "end = 2026") + OPEN).states["B7"].closure_per_year
    low, middle, high = np.quantile(rates, (0.1, 0.5, 0.9))
    assert high / middle == pytest.approx(2.0, rel=0.01)
    assert middle / low == pytest.approx(2.0, rel=0.01)


def test_a_nucleus_at_1500_m_that_lost_a_hundred_thousand_cubic_metres_sinks_11_mm():
    """d9."""
    assert answer.deepest_subsidence_m(1e5, 1500.0, 0.25) == pytest.approx(0.0106103, rel=1e-5)


def test_the_chance_of_a_sinkhole_is_told_for_the_cavern_that_asks(found):
    table = found.tables["sinkholes"]
    assert table["cavern"].tolist() == ["B7"]
    assert 0.2 < table["chance"][0] < 0.4
    half = answered(SMALL.replace("roof_fails = 1.0", "roof_fails = 0.5") + OPEN).tables["sinkholes"]
    assert half["chance"][0] == pytest.approx(0.5 * table["chance"][0])


def test_what_is_of_the_user_bears_no_mark_of_ours():
    own = '{ a = 65.7, n = 5.0, q_j_mol = 54000.0, source = "report 12" }'
    text = (
        SMALL.replace('dislocation = "bgra"', f"dislocation = {own}")
        + '[brine]\nviscosity_pa_s = 1.2e-3\n[[option]]\nname = "mine"\n'
    )
    found = answered(text)
    marks = found.tables["origins"].set_index("what")["mark"]
    assert marks["salt.dislocation"] == marks["brine.viscosity_pa_s"] == "user"
    assert marks["brine.expansion_per_k"] == "memory"
    assert found.tables["summary"]["option"].tolist() == ["mine", "mine"]
    assert found.tables["origins"].query("what == 'salt.dislocation'")["source"].item() == "report 12"


def test_everything_that_is_wrong_is_told_at_once_where_it_stands():
    wrong = (
        SMALL.replace("end = 2065", "end = 2020")
        .replace('"bgra"', '"bgrb"')
        .replace("grain_mm = 5.0", "")
        .replace("bottom_m = 1100.0", "bottom_m = 800.0")
        .replace('name = "B7"', 'name = "A1"')
        .replace("leached_until = 2020 ", "leached_until = 2030 ")
        .replace("x_rd = 253500.0", "x_rd = 953500.0")
        .replace("bulking = [1.1, 1.2, 1.4]", "bulking = [1.0, 1.4, 1.2]")
        .replace("rock_mpa_per_m = 0.022", "rock_mpa_per_m = 0.010")
        + '[[option]]\nname = "x"\nplugged = false\nwait_years = 3.0\nfill_porosity = 0.1\n'
    )
    assert refused(wrong) == [
        ("E503", "end"),
        ("E503", "ground, rock_mpa_per_m"),
        ("E503", "salt, grain_mm"),
        ("E503", "salt, dislocation"),
        ("E503", "cavern 1, bottom_m"),
        ("E503", "cavern 2, name"),
        ("E503", "cavern 2, x_rd"),
        ("E503", "cavern 2, sinkhole, bulking"),
        ("E503", "cavern 2, sinkhole, bulking"),
        ("E503", "option 1, fill_squeezed"),
        ("E503", "option 1, wait_years"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("leached_until = 2020", "", "cavern 1, leached_until"),
        ("leached_until = 2020", "leached_until = 2030", "cavern 1, leached_until"),
        ('shape = "cylinder"', 'shape = "sphere"', "cavern 2, radius_m"),
        ('shape = "cylinder"', 'shape = "cube"', "cavern 2, shape"),
        ("radius_m = 40.0", "", "cavern 2, radius_m"),
        ("volume_m3 = 220000.0", "pressure_mpa = 9.0", "cavern 2, pressure_mpa"),
        ("seed = 1", "seed = 1.5", "seed"),
        ("seed = 1", 'seed = "one"', "seed"),
        ('title = "Two caverns"', "", "title"),
        ("members = 200", "members = 0", "uncertainty, members"),
        ("cover_m = [180.0, 220.0, 260.0]", "cover_m = [180.0, 260.0]", "cavern 2, sinkhole, cover_m"),
        ("cone_share = 0.2", "cone_share = 1.2", "cavern 2, sinkhole, cone_share"),
        ('dislocation = "bgra"', "dislocation = 5", "salt, dislocation"),
        ("permeability_m2 = 1e-21\n\n", "\n", "cavern 2, permeability_m2"),
    ],
)
def test_a_value_that_cannot_be_is_refused_where_it_stands(old, new, where):
    assert old in TEXT
    assert refused(TEXT.replace(old, new)) == [("E503", where)]


def test_an_unknown_key_names_its_neighbour_and_hides_no_other_error():
    wrong = TEXT.replace("cone_share", "cone_chance").replace("grain_mm = 5.0", "").replace("seed", "sed")
    assert refused(wrong) == [("E502", "sed"), ("E503", "salt, grain_mm"), ("E502", "cavern 2, sinkhole, cone_chance")]


KEYS = ["top_m", "bottom_m", "temperature_c", "creep_factor", "height_m", "bulking", "start", "pressure_solution"]
NUMBERS = st.floats(-1e4, 1e4) | st.integers(-10, 5000)
VALUES = NUMBERS | st.booleans() | st.text("abc", max_size=4) | st.lists(st.floats(0.0, 300.0), max_size=4)


@given(key=st.sampled_from(KEYS), value=VALUES)
@settings(max_examples=40)
def test_whatever_stands_behind_a_key_is_taken_or_refused_in_words(key, value):
    text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {toml.written(value)}", TEXT, count=1)
    codes = set()
    try:
        question.parse(text, "caverns.toml")
    except InputError as error:
        codes = {problem.code for problem in error.problems}
    assert codes <= {"E502", "E503"}
