"""Motion of objects: the fast way over volumes equals rows of every branch times factors."""

from pathlib import Path

import numpy as np
import pytest
from tests.studies.subsidence.test_sources import asked

from mijnrisico.studies.subsidence import fit, measured, objects, prediction, sources


@pytest.mark.parametrize("at_once", [500, 2])
def test_motion_of_mean_and_members_equals_rows_of_each_branch_times_its_factors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(objects, "_AT_ONCE", at_once)
    one = asked(tmp_path)
    known = measured.read(one)
    assert known is not None
    model = prediction.model(one, sources.build(one, sources.lattice(one)), [each.weight for each in known.readings])
    found = fit.fit(model, known)
    x, y, years = (
        np.array([240000.0, 248000.0, 236500.0]),
        np.array([590000.0, 590000.0, 586200.0]),
        np.array([2010, 2030]),
    )
    branch, factors = found.sample(np.random.default_rng(3), 20)
    seen: list[float] = []
    mean, members = objects.motion(found, x, y, years, (branch, factors), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    for name in objects.QUANTITIES:
        rows = prediction.rows_at_years(model, prediction.influences(model, x, y, (name,))[name], years + 1.0)
        slow = np.array([(rows[b] @ factor).T for b, factor in zip(branch, factors, strict=True)])
        size = float(np.abs(slow).max())
        np.testing.assert_allclose(members[name].to_numpy(), slow, atol=1e-6 * size)
        own = np.zeros((len(model.sources), 2, 3))
        for row, weight, factor in zip(rows, found.after.weights, found.means(), strict=True):
            for k in range(len(own)):
                own[k] += weight * (prediction.of_activity(model, row, k) @ factor).T
        np.testing.assert_allclose(mean[name].to_numpy(), own, atol=1e-13 * size)
