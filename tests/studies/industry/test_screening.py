from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico.errors import InputError
from mijnrisico.studies.industry import screening
from mijnrisico.studies.industry.screening import PRIORITIES, UNKNOWN, packaged, read_scores, screen

WORST = {
    "pga475_g": 0.16, "anchorage": "unanchored", "filling": "above_90", "design": "before_1990", "condition": "poor",
    "foundation": "may_liquefy", "substance": "toxic", "quantity": "upper_tier", "barrier": "none", "people": "public",
}  # fmt: skip
BEST = {
    "pga475_g": 0.06, "anchorage": "anchored", "filling": "below_half", "design": "seismic", "condition": "good",
    "foundation": "piles", "substance": "none", "quantity": "below_threshold", "barrier": "independent",
    "people": "none_near",
}  # fmt: skip


def site(*objects: dict[str, object]) -> str:
    lines = ['[site]\nname = "Farmsum"']
    for one in objects:
        lines.append("[[object]]")
        lines += [
            f"{key} = {value!r}" if not isinstance(value, bool) else f"{key} = true" for key, value in one.items()
        ]
    return "\n".join(lines).replace("'", '"')


def tank(**factors: object) -> dict[str, object]:
    return {"id": "T1", "kind": "installation", **factors}


def only(content: str) -> screening.Screened:
    (one,) = screen(content, "site.toml").objects
    return one


def test_the_worst_comes_first_and_the_best_waits():
    found = screen(site(tank(**BEST) | {"id": "A"}, tank(**WORST) | {"id": "B"}), "site.toml")
    assert [one.id for one in found.objects] == ["B", "A"]
    assert [one.selection for one in found.objects] == ["phase_2", "not_now"]
    assert found.objects[0].priority == ("high", "high")


def test_of_equal_priorities_the_surely_higher_chance_comes_first():
    unsure = {**WORST, "filling": UNKNOWN, "design": UNKNOWN, "anchorage": UNKNOWN}
    found = screen(site(tank(**unsure) | {"id": "A"}, tank(**WORST) | {"id": "B"}), "site.toml").objects
    assert found[0].chance[1] == found[1].chance[1] > found[1].chance[0]
    assert [one.id for one in found] == ["B", "A"]


def test_a_measure_that_is_evident_needs_no_analysis_only_where_the_priority_is_surely_high():
    assert only(site(tank(**WORST, evident_measure="anchor it"))).selection == "phase_3"
    unsure = {**WORST, "substance": UNKNOWN, "quantity": UNKNOWN, "barrier": UNKNOWN, "people": UNKNOWN}
    assert only(site(tank(**unsure, evident_measure="anchor it"))).selection != "phase_3"


def test_nothing_known_is_a_full_range_and_names_what_to_find_out():
    one = only(site(tank(pga475_g=0.08)))
    assert one.priority == ("low", "high")
    assert one.selection == "ask"
    assert {"substance", "filling"} <= set(one.asks)
    assert "pga475_g" not in one.asks


def test_below_the_threshold_of_the_rule_is_outside_and_at_it_is_not():
    assert only(site(tank(**{**WORST, "pga475_g": 0.0499999}))).selection == "outside"
    assert only(site(tank(**{**WORST, "pga475_g": 0.05}))).selection == "phase_2"


def test_a_building_counts_only_where_it_is_functionally_linked():
    building = {**tank(**WORST), "kind": "building"}
    assert only(site(building) + "\nfunctionally_linked = false").selection == "outside"
    assert only(site({**building, "functionally_linked": True})).selection == "phase_2"


def test_a_building_of_which_the_link_is_not_known_is_asked_about():
    one = only(site({**tank(**WORST), "kind": "building"}))
    assert (one.selection, one.asks) == ("ask", ("functionally_linked",))
    below = {**tank(**WORST), "kind": "building", "pga475_g": 0.04}
    assert only(site(below)).selection == "outside"
    unsure = only(site({**tank(pga475_g=0.08), "kind": "building"}))
    assert unsure.asks[0] == "functionally_linked"
    assert len(unsure.asks) > 1


def test_evidence_is_kept_and_what_lacks_it_is_named():
    content = site(tank(pga475_g=0.08)) + '\nfilling = { value = "above_90", evidence = "level log 2025" }'
    one = only(content)
    assert {j.factor: j.evidence for j in one.judged}["filling"] == "level log 2025"
    assert one.without_evidence == ("pga475_g",)


def test_everything_that_is_wrong_is_said_at_once():
    content = site(
        {"id": "T1", "kind": "tank", "filling": "full", "colour": "red"},
        {"id": "T1", "kind": "installation", "pga475_g": "0,08"},
        {"id": "T1", "kind": "installation"},
        {"id": "T1", "kind": "installation"},
    ).replace('name = "Farmsum"', "")
    with pytest.raises(InputError) as caught:
        screen(content, "site.toml")
    said = [(problem.code, problem.where) for problem in caught.value.problems]
    assert said == [
        ("E503", "site.toml [site.name]"),
        ("E502", "site.toml [object 1].colour"),
        ("E503", "site.toml [object 1].kind"),
        ("E503", "site.toml [object 1].filling"),
        ("E503", "site.toml [object 2].pga475_g"),
        ("E503", "site.toml [object 4].id"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("chance = [0, 3, 5, 8]", "chance = [1, 3]", "[classes.chance]"),
        ('["low", "low", "low", "middle"]', '["high", "low", "low", "middle"]', "[priority.matrix]"),
        ("anchored = 0, partly", "anchored = 0.5, partly", "[factors.anchorage]"),
        ("levels = [0.0, 0.05, 0.10, 0.15]", "levels = [0.0, 0.05]", "[factors.pga475_g]"),
    ],
)
def test_scores_that_do_not_fit_together_are_refused(old, new, where):
    from importlib import resources

    content = (resources.files(screening.__package__) / "screening.toml").read_text("utf-8")
    assert old in content
    with pytest.raises(InputError) as caught:
        read_scores(content.replace(old, new), "mine.toml")
    assert any(where in problem.where for problem in caught.value.problems)


values = st.fixed_dictionaries(
    {
        factor.name: st.sampled_from([UNKNOWN, *((0.06, 0.11, 0.2) if factor.levels else factor.options)])
        for factor in packaged().factors
    }
)


@given(values)
def test_knowing_more_only_narrows_the_range_and_only_what_is_asked_can(known):
    before = only(site(tank(**known)))
    low, high = (PRIORITIES.index(one) for one in before.priority)
    for factor in packaged().factors:
        if known[factor.name] != UNKNOWN:
            continue
        for value in (0.06, 0.2) if factor.levels else factor.options:
            after = only(site(tank(**{**known, factor.name: value})))
            ends = [PRIORITIES.index(one) for one in after.priority]
            assert low <= ends[0] <= ends[1] <= high
    if before.asks:
        settled = {name: _worst(name) if name in before.asks else value for name, value in known.items()}
        assert len(set(only(site(tank(**settled))).priority)) == 1


def _worst(name: str) -> object:
    (factor,) = (one for one in packaged().factors if one.name == name)
    return 0.2 if factor.levels else max(factor.options, key=lambda option: factor.options[option])


def test_more_points_never_lower_a_priority():
    scores = packaged()
    for chance, consequence in product(range(12), range(12)):
        here = scores.priority(scores.class_of("chance", chance), scores.class_of("consequence", consequence))
        more = scores.priority(scores.class_of("chance", chance + 1), scores.class_of("consequence", consequence))
        assert PRIORITIES.index(more) >= PRIORITIES.index(here)
