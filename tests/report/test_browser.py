"""The reports in a real browser: nothing for axe-core to find, and nothing wider than a phone."""

import shutil
from collections.abc import Iterator

import pytest

BROWSER = shutil.which("chromium")
WIDTHS = (1280, 320)
PAGES = ("report.nl", "report.en", "short.nl", "short.en", "resident.nl")

LOOKED_AT = (
    *(("report.nl", 1280), ("report.en", 320), ("short.nl", 320), ("short.en", 1280)),
    *(("resident.nl", 1280), ("resident.nl", 320)),
)
"""Both languages share templates and style: each kind of page at each width once."""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium, which .ci/run installs")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, run_path, pages, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((run_path / "report" / f"{name}.html").as_uri())
    yield page, requests
    page.close()


@pytest.mark.parametrize(("name", "width"), LOOKED_AT)
def test_axe_core_finds_nothing(opened):
    from axe_playwright_python.sync_playwright import Axe

    page, _ = opened
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_itself_never_scrolls_sideways_and_asks_nothing_of_the_network(opened):
    page, requests = opened
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES[:1])
def test_the_draft_mark_is_said_once_and_hides_nothing_from_a_pointer(opened):
    page, _ = opened
    assert page.locator("[role=note]").count() == 1
    assert page.locator(".mark").get_attribute("aria-hidden") == "true"
    assert page.evaluate("getComputedStyle(document.querySelector('.mark')).pointerEvents") == "none"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_an_advice_is_as_accessible(browser, tmp_path, width):
    from axe_playwright_python.sync_playwright import Axe

    from mijnrisico.report.pages import advice
    from mijnrisico.report.words import Words
    from mijnrisico.studies import industry

    (case,) = industry.from_toml(DOSSIER).cases
    path = tmp_path / "advice.nl.html"
    made = advice.render(case, industry.decide(case), Words("nl"), program="mijnrisico", made="2026-11-28")
    path.write_text(made, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_subsidence_is_as_accessible(browser, subsidence_path, subsidence_page, width):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((subsidence_path / "report" / "report.en.html").as_uri())
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.close()


DOSSIER = """
id = "IND-1"
received = 2021-03-01
claim_article = "7"
documents = ["cost_overview", "public_summary"]
[company]
name = "Voorbeeld"
categories = ["c"]
[[objects]]
id = "T1"
kind = "installation"
realised = true
rd = [259750, 592900]
pga475_application = 0.0812345678901234
[work]
activities_completed = true
[[costs]]
id = "c1"
eur = 40000.25
class = "external"
label = "een-heel-lange-omschrijving-zonder-spaties-van-het-ingenieursbureau"
[[pga]]
object = "T1"
when = "filing"
run = "2026-11-28-1ceb5916"
asked = 2021
year = 2021
value_g = 0.0812345678901234
low_g = 0.05
high_g = 0.11
share = 0.9
reaches = "yes"
point = [259750.0, 592900.0]
points = 1
"""
