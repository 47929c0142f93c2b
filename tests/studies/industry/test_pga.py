from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mijnrisico.errors import InputError, Problem
from mijnrisico.studies import groningen
from mijnrisico.studies.industry import decide, from_toml, pga

DOSSIER = """\
received = 2026-09-01
claim_article = "7"  # phase 2
[company]
categories = ["c"]
[[objects]]
id = "old"  # stands there
kind = "installation"
realised = true
rd = [250000, 590000]
[[objects]]
id = "new"
kind = "installation"
realised = false
expected_completion = 2029-03-01
rd = [[250000, 590000], [251000, 590000]]
[[objects]]
id = "late"
kind = "installation"
realised = false
expected_completion = 2050
rd = [250000, 590000]
[[objects]]
id = "told"
kind = "installation"
realised = true
pga475_application = 0.0812
rd = [250000, 590000]
[[objects]]
id = "nowhere"
kind = "installation"
realised = true
"""


def run(years=tuple(range(2024, 2036)), period=475.0):
    def lacking(output, *settings):
        return InputError(Problem("E702", "run", {"run": "r1", "output": output, "command": " ".join(settings)}))

    scenario = SimpleNamespace(years=years, hazard=SimpleNamespace(periods=(period,)))
    return SimpleNamespace(id="r1", scenario=scenario, lacking=lacking)


@pytest.fixture(autouse=True)
def falling(monkeypatch):
    """Level that falls with the years and rises to the east; nothing beyond x = 260 km."""

    def answer(_run, x, y, names, year, threshold):
        mean = np.where(x < 260_000, 0.06 - 0.002 * (year - 2024) + (x - 250_000) * 1e-6, np.nan)
        share = (mean >= threshold).astype(float)
        columns = {"name": names, "x_rd": x, "y_rd": y, "mean_g": mean, "p10_g": mean / 2, "p90_g": mean * 2}
        return pd.DataFrame(columns | {"share_at_threshold": share, "reaches": "depends"})

    monkeypatch.setattr(groningen, "site_answer", answer)


def case(content=DOSSIER):
    (found,) = from_toml(content, "d.toml").cases
    return found


def test_filing_for_what_stands_there_and_completion_for_what_does_not():
    sources, unread = pga.read(run(), case())
    by_item = {one.item: one for one in sources}
    assert list(by_item) == ["old", "new", "late"]
    assert (by_item["old"].when, by_item["old"].year) == ("filing", 2026)
    assert (by_item["new"].when, by_item["new"].year) == ("completion", 2029)
    assert float(by_item["old"].value_g) == pytest.approx(0.056)
    assert {one.item: one.why for one in unread} == {"told": "given", "nowhere": "no_point"}


def test_of_several_points_the_highest_counts():
    (new,) = (one for one in pga.read(run(), case())[0] if one.item == "new")
    assert (new.point, new.points) == ((251_000.0, 590_000.0), 2)
    assert float(new.value_g) == pytest.approx(0.051)


def test_beyond_the_last_year_the_last_is_taken_and_said():
    (late,) = (one for one in pga.read(run(), case())[0] if one.item == "late")
    assert (late.asked, late.year) == (2050, 2035)


def test_a_year_before_the_run_has_no_value_and_no_guess():
    _, unread = pga.read(run(years=(2027, 2028)), case())
    assert {one.why for one in unread if one.item == "old"} == {"before_the_run"}


def test_an_object_that_reaches_beyond_the_area_has_no_value():
    content = DOSSIER.replace("[[250000, 590000], [251000, 590000]]", "[[250000, 590000], [265000, 590000]]")
    _, unread = pga.read(run(), case(content))
    assert ("new", "outside") in {(one.item, one.why) for one in unread}


def test_a_run_with_another_return_period_is_refused():
    with pytest.raises(InputError) as caught:
        pga.read(run(period=2475.0), case())
    assert caught.value.code == "E702"


def test_the_new_dossier_keeps_the_text_and_reads_back_with_the_exact_values():
    sources, _ = pga.read(run(), case())
    content = pga.written(DOSSIER, "d.toml", case(), sources)
    assert [line for line in content.split("\n") if line in DOSSIER.split("\n")][: len(DOSSIER.split("\n"))]
    assert set(DOSSIER.strip().split("\n")) <= set(content.split("\n"))
    again = case(content)
    assert again.pga == sources
    values = {item.id: item.pga475_application or item.pga475_completion for item in again.items}
    assert values["old"] == (sources[0].value_g,)
    assert values["told"] == (Decimal("0.0812"),)
    acceleration = {f.subject: f.verdict for f in decide(again).findings if f.step == "R3" and f.verdict != "note"}
    assert acceleration == {"old": "pass", "new": "pass", "late": "fail", "told": "pass", "nowhere": "unknown"}


def test_a_value_that_is_not_the_one_that_was_read_is_told_and_so_is_a_year_that_stands_for_another():
    sources, _ = pga.read(run(), case())
    content = pga.written(DOSSIER, "d.toml", case(), sources)
    told = {(f.subject, f.key) for f in decide(case(content)).findings if f.step == "R3" and f.verdict == "note"}
    depends = {(item, "pga_depends") for item in ("old", "new", "late")}
    assert told == {("late", "beyond_the_run"), *depends}
    changed = content.replace(f"pga475_application = {sources[0].value_g}", "pga475_application = 0.08")
    (finding,) = (f for f in decide(case(changed)).findings if f.key == "pga_not_as_read")
    assert (finding.subject, finding.inputs["pga"]) == ("old", Decimal("0.08"))


def test_objects_on_one_line_are_not_rewritten():
    content = (
        'received = 2026-09-01\nclaim_article = "7"\nobjects = [{ id = "a", realised = true, rd = [250000, 590000] }]\n'
    )
    sources, _ = pga.read(run(), case(content))
    with pytest.raises(InputError) as caught:
        pga.written(content, "d.toml", case(content), sources)
    assert caught.value.code == "E503"


@pytest.mark.parametrize("rd", ["[52.9, 6.7]", "[590000, 250000]", '["250000", 590000]', "[]", "[[250000]]"])
def test_a_point_that_is_none_in_rd_is_refused(rd):
    found = case(DOSSIER.replace("rd = [250000, 590000]", f"rd = {rd}", 1))
    assert (found.problems[0].code, found.problems[0].where) == ("E503", "objects[0].rd")
