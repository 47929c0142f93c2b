"""Sampling and the scheme without it give one answer, by ways that share only the models."""

import pytest

from mijnrisico.seismic.average_sa_convergence import convergence


@pytest.mark.parametrize(("motion", "site_term"), [("V7", None), ("V6", "aleatory")])
def test_the_scheme_settles_at_what_many_points_give(motion, site_term):
    found = convergence(
        2821, "URM3L", motion=motion, site_term=site_term, nodes=(2, 10, 16), points=(64,), reference_points=2**12
    )
    assert list(found.columns) == ["what", "n", "value", "reference"]
    assert found["what"].tolist() == ["nodes"] * 3 + ["sobol", "random"]
    coarse, used, fine = (found["value"] / found["reference"] - 1.0)[:3]
    assert abs(used) < 0.03
    assert abs(used - fine) < 0.001
    assert abs(coarse) > 0.1


def test_the_points_are_those_of_the_seed():
    few = {"nodes": (), "points": (32,), "reference_points": 32}
    first, again, other = (convergence(110, "RC1L", seed=seed, **few) for seed in (1, 1, 2))
    assert first.equals(again)
    assert (first["value"] != other["value"]).all()
