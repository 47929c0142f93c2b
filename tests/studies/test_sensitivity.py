"""What drives an answer: shares of a variance that are known, and a list of inputs that each change one thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mijnrisico.core.scenario import template
from mijnrisico.core.scenario.production import Volume
from mijnrisico.studies import sensitivity
from mijnrisico.studies.sensitivity import Node, exact_shares, sampled_shares, variations

A, B = 7.0, 0.1
"""Of Ishigami's function, on [-pi, pi]: S1 0.3139, 0.4424, 0 and ST 0.5576, 0.4424, 0.2437."""


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_the_sampled_shares_of_ishigami_are_the_known_ones_within_their_intervals() -> None:
    found = sampled_shares(ishigami, dict.fromkeys("abc", (-np.pi, np.pi)), samples=1024, seed=3).set_index("name")
    for name, s1, total in (("a", 0.3139, 0.5576), ("b", 0.4424, 0.4424), ("c", 0.0, 0.2437)):
        row = found.loc[name]
        assert row["s1_low"] <= s1 <= row["s1_high"]
        assert row["st_low"] <= total <= row["st_high"]
        assert row["st_high"] - row["st_low"] < 0.2


def test_the_exact_shares_of_ishigami_on_a_fine_grid_are_the_known_ones() -> None:
    nodes, weight = np.polynomial.legendre.leggauss(24)
    x = np.stack([each.ravel() for each in np.meshgrid(*[np.pi * nodes] * 3, indexing="ij")], axis=1)
    axes = [Node(name, weight / 2.0) for name in "abc"]
    found = exact_shares(ishigami(x).reshape(24, 24, 24), axes)
    np.testing.assert_allclose(found["s1"], [0.31391, 0.44241, 0.0], atol=1e-5)
    np.testing.assert_allclose(found["st"], [0.55759, 0.44241, 0.24368], atol=1e-5)


@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=4), st.floats(0.0, 3.0))
def test_shares_of_a_sum_add_up_to_one_and_have_no_part_together(weights: list[float], scale: float) -> None:
    weight = np.array(weights) / sum(weights)
    first, second = np.arange(weight.size, dtype=float), np.array([0.0, scale])
    nodes = [Node("first", weight), Node("second", np.array([0.25, 0.75]))]
    found = exact_shares(first[:, None] + second[None], nodes)
    np.testing.assert_allclose(found["s1"], found["st"], atol=1e-9)
    assert found["s1"].sum() == pytest.approx(1.0)


def test_nothing_that_varies_has_no_shares() -> None:
    found = exact_shares(np.full((2, 3), 5.0), [Node("a", np.full(2, 0.5)), Node("b", np.full(3, 1 / 3))])
    assert found[["s1", "st"]].to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_what_only_acts_together_has_no_share_alone_and_all_of_it_with_the_other() -> None:
    sign = np.array([-1.0, 1.0])
    found = exact_shares(np.outer(sign, sign), [Node("a", np.full(2, 0.5)), Node("b", np.full(2, 0.5))])
    np.testing.assert_allclose(found[["s1", "st"]], [[0.0, 1.0], [0.0, 1.0]], atol=1e-12)


def test_each_variation_changes_one_input_and_is_a_scenario_that_can_be_asked() -> None:
    scenario = template("groningen")
    found = variations(scenario)
    assert len({(each.input.name, each.option.name) for each in found}) == len(found) >= 20
    for each in found:
        assert each.surface or each.scenario != scenario
        keys = set(each.scenario.deviations())
        allowed = set(each.option.set) | set(each.option.member.values())
        assert all(any(key.startswith(one) for one in allowed) for key in keys)


def test_what_the_scenario_has_already_is_no_variation() -> None:
    names = {(each.input.name, each.option.name) for each in variations(template("groningen"))}
    assert ("motion_model", "V7") not in names
    assert ("motion_model", "V6") in names
    assert ("smoothing", "grid") not in names
    other = {(each.input.name, each.option.name) for each in variations(template("groningen", ["motion.model=V6"]))}
    assert ("motion_model", "V7") in other
    assert ("motion_model", "V6") not in other


def test_production_is_varied_only_where_the_field_produces() -> None:
    closed = template("groningen")
    assert "production" not in {each.input.name for each in variations(closed)}
    from dataclasses import replace

    producing = replace(closed, production=(Volume("field", "2026-01", 1e9),))
    more = [each for each in variations(producing) if each.option.name == "plus_20"]
    assert more[0].scenario.production == (Volume("field", "2026-01", 1.2e9),)


def test_every_input_and_finding_of_the_list_has_words_in_both_languages() -> None:
    from mijnrisico import messages

    for lang in messages.LANGUAGES:
        for each in sensitivity.inputs():
            assert messages.has(f"report.tornado.input.{each.name}", lang)
            assert each.kind in {"epistemic", "aleatory", "choice"}
            assert each.reason
            assert each.source
        for name in sensitivity.published().exceeded:
            assert messages.has(f"report.tornado.published.{name}", lang)
