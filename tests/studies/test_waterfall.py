"""Why two runs differ: shares that sum to the difference, hybrids of two questions, what cannot be computed again."""

from collections.abc import Mapping
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.studies.two_runs import MIX, Fake, Pair, confusion, scenario_of, stored

from mijnrisico import messages
from mijnrisico.core import provenance
from mijnrisico.core.run import StoredRun, kept
from mijnrisico.errors import InputError
from mijnrisico.studies import waterfall
from mijnrisico.studies.waterfall import CODE, Waterfall, explain

CAUSES = ("scenario", "catalogue", "model", "exposure")


def all_sets(causes: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(part) for size in range(len(causes) + 1) for part in combinations(causes, size)]


@st.composite
def games(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[frozenset[str], float]]:
    causes = CAUSES[: draw(st.integers(1, 4))]
    numbers = st.floats(-1e3, 1e3, allow_nan=False)
    return causes, {taken: draw(numbers) for taken in all_sets(causes)}


def mean_over_orders(values: Mapping[frozenset[str], float], causes: tuple[str, ...]) -> dict[str, float]:
    """The slow obvious twin: walk every order and note each step."""
    steps: dict[str, list[float]] = {cause: [] for cause in causes}
    for order in permutations(causes):
        for k, cause in enumerate(order):
            steps[cause].append(values[frozenset(order[: k + 1])] - values[frozenset(order[:k])])
    return {cause: float(np.mean(found)) for cause, found in steps.items()}


@given(games())
def test_shares_are_the_mean_over_every_order_and_sum_to_the_difference(game: tuple) -> None:
    causes, values = game
    parts, interaction = waterfall.shared(values, causes)
    slow = mean_over_orders(values, causes)
    assert {part.cause: part.change for part in parts} == pytest.approx(slow, abs=1e-9)
    assert sum(part.change for part in parts) == pytest.approx(
        values[frozenset(causes)] - values[frozenset()], abs=1e-9
    )
    assert all(part.lowest - 1e-9 <= part.change <= part.highest + 1e-9 for part in parts)
    assert 0.0 <= interaction <= 1.0 + 1e-12


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=5), st.permutations(CAUSES))
def test_causes_that_do_the_same_get_the_same_share(by_number: list[float], named: list[str]) -> None:
    values = {taken: by_number[len(taken)] for taken in all_sets(CAUSES)}
    parts, _ = waterfall.shared(values, named)
    assert [part.change for part in parts] == pytest.approx([(by_number[4] - by_number[0]) / 4] * 4, abs=1e-9)


@given(games(), st.floats(-50, 50))
def test_a_cause_that_adds_the_same_to_everything_gets_exactly_that(game: tuple, step: float) -> None:
    causes, values = game
    more = {
        taken | extra: value + step * len(extra)
        for taken, value in values.items()
        for extra in (frozenset(), {"method"})
    }
    parts, _ = waterfall.shared({frozenset(k): v for k, v in more.items()}, (*causes, "method"))
    assert parts[-1].change == pytest.approx(step, abs=1e-8)
    assert [part.change for part in parts[:-1]] == pytest.approx(
        [part.change for part in waterfall.shared(values, causes)[0]], abs=1e-8
    )


@given(games())
def test_one_order_reversed_starts_from_the_other_end_and_both_sum_to_the_difference(game: tuple) -> None:
    causes, values = game
    ahead, _ = waterfall.stepped(values, causes)
    back, _ = waterfall.stepped(values, causes[::-1])
    whole = values[frozenset(causes)] - values[frozenset()]
    assert sum(part.change for part in ahead) == pytest.approx(whole, abs=1e-9)
    assert sum(part.change for part in back) == pytest.approx(whole, abs=1e-9)
    first, last = ahead[0], back[-1]
    assert first.change == values[frozenset(causes[:1])] - values[frozenset()]
    assert last.change == values[frozenset(causes)] - values[frozenset(causes[1:])]


def test_two_factors_that_multiply_share_what_they_do_together() -> None:
    values = {frozenset(): 1.0, frozenset("a"): 2.0, frozenset("b"): 3.0, frozenset("ab"): 6.0}
    parts, interaction = waterfall.shared(values, ("a", "b"))
    assert [part.change for part in parts] == [2.0, 3.0]
    assert (parts[0].lowest, parts[0].highest) == (1.0, 3.0)
    assert interaction == pytest.approx(2.0 / 5.0)


@pytest.mark.parametrize(
    "key", ["seed", "hazard.cell", "exposure.mapping", "time.start", "source.mmax", "inputs.catalogue.file"]
)
def test_every_setting_has_a_cause(key: str) -> None:
    assert waterfall.cause_of(key) in {cause.name for cause in waterfall.CAUSES}


def test_every_cause_target_and_note_has_words_in_both_languages() -> None:
    for lang in messages.LANGUAGES:
        for cause in (*(cause.name for cause in waterfall.CAUSES), CODE):
            assert messages.has(f"waterfall.causes.{cause}", lang)
        for target in waterfall.TARGETS:
            assert messages.has(f"waterfall.targets.{target.name}", lang)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "restart.csv").write_text("year,cluster,volume_bcm\n2024,field,5\n2025,field,5\n", encoding="utf-8")
    return folder


@pytest.fixture(name="pair")
def pair_of_runs(tmp_path: Path) -> Pair:
    return confusion(tmp_path)


def test_the_hazard_falls_by_the_production_and_the_list_rises_by_models_and_buildings(pair: Pair) -> None:
    fake = Fake()
    found = explain(*pair, 2024, fake)
    assert found.causes == ("scenario", "model", "exposure")
    assert len(fake.asked) == 8
    hazard, listed = found.of("pga_max"), found.of("buildings_above_1e-5")
    assert hazard.difference < 0.0 < listed.difference
    assert {part.cause: part.change for part in hazard.parts if part.change} == {"scenario": hazard.difference}
    assert [np.sign(part.change) for part in listed.parts] == [-1.0, 1.0, 1.0]
    assert hazard.interaction == 0.0 < listed.interaction
    table = found.table()
    for _, rows in table.groupby("target"):
        assert rows["level"].iloc[-2] == pytest.approx(rows["level"].iloc[-1])
    assert found.of("lpr_max").written is False
    assert [note.key for note in found.notes] == ["waterfall.notes.again", "waterfall.notes.absent"]


def test_in_one_order_there_are_fewer_questions_and_the_first_cause_works_alone(pair: Pair) -> None:
    fake = Fake()
    found = explain(*pair, 2024, fake, order=("exposure", "scenario", "catalogue", "model"))
    assert found.causes == ("exposure", "scenario", "model")
    assert len(fake.asked) == 4
    listed = found.of("buildings_above_1e-5")
    assert listed.parts[0].change == pytest.approx(
        1000.0 * 0.6 * fake.asked[0].volumes()["volume_nm3"].sum() / 1e10 * 5 + 3000.0
    )
    assert sum(part.change for part in listed.parts) == pytest.approx(listed.difference)
    assert np.isnan(listed.interaction)


@pytest.mark.parametrize(
    "order", [("scenario",), ("scenario", "model", "exposure", "luck"), ("model", "model", "scenario", "exposure")]
)
def test_an_order_names_every_cause_that_differs_once(pair: Pair, order: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        explain(*pair, 2024, Fake(), order=order)
    assert caught.value.code == "E503"
    assert "scenario,model,exposure" in str(caught.value.problems[0].params["example"])


def test_what_another_version_wrote_is_a_bar_of_its_own_and_the_bars_still_sum(tmp_path: Path, files: Path) -> None:
    one, other = scenario_of(files), scenario_of(files, MIX)
    numbers = Fake()(one, 2024)
    older = stored(tmp_path, "a", one, {name: 0.9 * value for name, value in numbers.items()})
    found = explain(older, stored(tmp_path, "b", other, Fake()(other, 2024)), 2024, Fake())
    events = found.of("events")
    assert [(part.cause, part.change) for part in events.parts] == [("exposure", 0.0), (CODE, pytest.approx(0.5))]
    assert sum(part.change for part in events.parts) == pytest.approx(events.difference)
    assert "waterfall.notes.code" in [note.key for note in found.notes]


def test_runs_of_the_code_of_today_have_no_bar_for_another_version(tmp_path: Path, files: Path) -> None:
    today = {"hash": {"code": f"sha256:{provenance.package_digest()}"}}
    pair = []
    for name, scenario in (("a", scenario_of(files)), ("b", scenario_of(files, MIX))):
        run = stored(tmp_path, name, scenario, {k: 1.1 * v for k, v in Fake()(scenario, 2024).items()})
        pair.append(StoredRun(run.path, {**run.manifest, **today}))
    deaths = explain(pair[0], pair[1], 2024, Fake()).of("deaths")
    assert [part.cause for part in deaths.parts] == ["exposure"]
    assert deaths.written is False
    assert deaths.parts[0].change == pytest.approx(deaths.difference)


def test_one_question_and_two_versions_leave_only_the_code(tmp_path: Path, files: Path) -> None:
    one = scenario_of(files)
    runs = [stored(tmp_path, name, one, {"events": value}) for name, value in (("a", 4.0), ("b", 5.0))]
    found = explain(runs[0], runs[1], 2024, Fake())
    assert [part.cause for part in found.of("events").parts] == [CODE]
    assert found.causes == ()


def test_inputs_that_are_gone_leave_one_bar_that_says_so(pair: Pair) -> None:
    (pair[0].path / "inputs" / "restart.csv").unlink()
    found = explain(*pair, 2024, Fake())
    assert [problem.code for problem in found.problems] == ["E101"]
    assert {part.cause for each in found.explained for part in each.parts} == {CODE}
    assert found.of("pga_max").difference == pytest.approx(found.of("pga_max").parts[0].change)


def test_questions_that_do_not_go_together_leave_one_bar_with_the_reason(tmp_path: Path, files: Path) -> None:
    low = scenario_of(files, "source.mmax={ values = [2.5, 4.0], weights = [0.5, 0.5] }")
    high = scenario_of(files, "source.magnitude_min=2.55")
    both = stored(tmp_path, "a", low, Fake()(low, 2024)), stored(tmp_path, "b", high, Fake()(high, 2024))
    found = explain(*both, 2024, Fake())
    assert found.problems
    assert {part.cause for each in found.explained for part in each.parts} == {CODE}


def test_a_hybrid_takes_settings_and_files_of_its_causes_alone(files: Path) -> None:
    a, b = scenario_of(files, "hazard.cell=2000"), scenario_of(files, MIX, 'risk.model="V7"', produces=True)
    half = waterfall.between(a, b, {"scenario", "exposure"})
    assert half.production == b.production
    assert (half.risk.mix, half.risk.model, half.hazard.cell) == (b.risk.mix, "TNO2020", 2000)
    back = waterfall.between(b, a, {"scenario"})
    assert back.production is None
    assert waterfall.changed(
        a, waterfall.between(a, b, {cause.name for cause in waterfall.CAUSES})
    ) == waterfall.changed(a, b)


def test_names_and_what_is_shown_are_no_cause(files: Path) -> None:
    a = scenario_of(files)
    b = scenario_of(files, "title=other", 'risk.shown=["RC1L"]', "report.formats=[]", "compute.memory_limit=3")
    assert waterfall.changed(a, b) == {}


def test_what_was_answered_is_not_answered_again(tmp_path: Path) -> None:
    asked = []

    def compute() -> dict[str, float]:
        asked.append(1)
        return {"events": 0.1, "pga_max": float("nan")}

    first = kept.kept(tmp_path, "targets", ["x", 2024], compute)
    assert kept.kept(tmp_path, "targets", ["x", 2024], compute)["events"] == first["events"] == 0.1
    assert len(asked) == 1
    kept.kept(tmp_path, "targets", ["x", 2025], compute)
    assert len(asked) == 2
    (tmp_path / ".cache").glob("*.json").__next__().write_text("{", encoding="utf-8")
    for year in (2024, 2025):
        kept.kept(tmp_path, "targets", ["x", year], compute)
    assert len(asked) == 3


def test_a_waterfall_without_a_target_says_which_it_has(pair: Pair) -> None:
    found: Waterfall = explain(*pair, 2024, Fake())
    with pytest.raises(InputError) as caught:
        found.of("area_pga_threshold")
    assert caught.value.code == "E711"


@pytest.mark.slow
def test_the_real_chain_gives_bars_that_sum_and_a_model_of_damage_that_moves_no_earthquake(tmp_path: Path) -> None:
    """About 100 CPU-seconds: four questions on a coarse map, answered by the chain itself."""
    from mijnrisico.studies.groningen.targets import Workshop

    coarse = ["source.rmax=[0.4]", "source.sigma=[3250.0, 3500.0]", "source.slope=[4.25]", "source.log10_hs=[4.5]"]
    coarse += ["hazard.cell=9000"]
    (tmp_path / "restart.csv").write_text("year,cluster,volume_bcm\n2024,field,20\n2025,field,20\n", encoding="utf-8")
    before, after = scenario_of(tmp_path, *coarse, produces=True), scenario_of(tmp_path, *coarse, 'risk.model="V7"')
    workshop = Workshop()
    numbers = [workshop.targets(scenario, 2025) for scenario in (before, after)]
    runs = [stored(tmp_path, name, s, n, 2025) for name, s, n in zip("ab", (before, after), numbers, strict=True)]
    found = explain(runs[0], runs[1], 2025, workshop.targets)
    assert found.causes == ("scenario", "model")
    for each in found.explained:
        assert sum(part.change for part in each.parts) == pytest.approx(each.difference, rel=1e-9)
        assert CODE not in [part.cause for part in each.parts]
    steps = {part.cause: part.change for part in found.of("events").parts}
    assert steps["scenario"] < 0.0 == steps["model"]
    assert all(part.change < 0.0 for part in found.of("deaths").parts)
