"""A reader on the built site: terms, reading offline, the keyboard, no motion."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from figures_src.site.browser import executable, flags
from figures_src.site.offline import write_worker
from tests.serving import Site, served
from tests.site.accessibility import violations
from tests.site.views import KINDS, PALETTES, in_one_language, languages_of_kinds
from tests.watching import scripted, settled, until

LANGUAGES = ("zh", "en")
DEFINITION = "#explanation"


@pytest.mark.parametrize("language", in_one_language("zh"))
def test_a_terms_definition_is_shown_on_hover_and_on_focus_and_escape_closes_it(
    site: Site, tab: Any, language: str
) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/lessons/")
    first, second = page.locator("a.term").nth(0), page.locator("a.term").nth(1)
    definition = page.locator(DEFINITION)
    assert not definition.is_visible()
    first.hover()
    assert definition.is_visible()
    assert definition.inner_text() == first.get_attribute("data-explanation")
    assert first.get_attribute("aria-describedby") == DEFINITION[1:]
    assert violations(page) == ""
    definition.hover()  # it stays under the pointer
    page.wait_for_timeout(300)
    assert definition.is_visible()
    page.keyboard.press("Escape")
    assert not definition.is_visible()
    second.focus()
    assert definition.inner_text() == second.get_attribute("data-explanation")
    assert first.get_attribute("aria-describedby") is None
    page.keyboard.press("Escape")
    assert not definition.is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}{language}/glossary/#*")


def test_a_tap_shows_the_definition_within_the_screen_and_a_second_one_leads_to_the_glossary(
    site: Site, tab: Any
) -> None:
    page = tab(390, 844, has_touch=True, is_mobile=True)
    address = f"{site.address}zh/"
    page.goto(address)
    term = page.locator("a.term").nth(2)
    term.scroll_into_view_if_needed()
    term.tap()
    definition = page.locator(DEFINITION)
    assert definition.is_visible()
    assert page.url == address
    box = definition.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.locator("h1").tap()
    assert not definition.is_visible()
    term.tap()
    term.tap()
    page.wait_for_url(f"{address}glossary/#*")


def test_without_a_script_a_term_is_a_link_with_its_definition_as_title(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}en/")
    term = page.locator("a.term").first
    assert len(term.get_attribute("title") or "") > 30
    term.click()
    page.wait_for_url(f"{site.address}en/glossary/#*")


@pytest.mark.parametrize("palette", PALETTES)
def test_a_terms_underline_stands_out_from_the_ground(site: Site, tab: Any, palette: str) -> None:
    page = tab(color_scheme=palette)
    page.goto(f"{site.address}en/")
    colour = page.locator("a.term").first.evaluate("term => getComputedStyle(term).textDecorationColor")
    assert colour == {"light": "rgb(89, 99, 110)", "dark": "rgb(163, 172, 186)"}[palette], "not --figure-muted"


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography_is_that_of_the_language(site: Site, tab: Any, language: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/")
    style = page.locator("article p").first.evaluate(
        "p => { const s = getComputedStyle(p); return Object.fromEntries(['textAutospace', 'lineBreak', 'fontFamily',"
        " 'textWrapStyle', 'hyphens', 'textSpacingTrim'].map((name) => [name, s[name]])) }"
    )
    signs, first = (family.strip('" ') for family in style["fontFamily"].split(",")[:2])
    assert signs == "Signs"
    assert style["textSpacingTrim"] == "normal"  # punctuation that meets closes up
    # Any list of features makes Firefox halve Chinese punctuation.
    asked = "(name) => getComputedStyle(document.querySelector(name)).fontFeatureSettings"
    assert all((page.evaluate(asked, name) == "normal") == (language == "zh") for name in ("body", "input", "pre"))
    if language == "zh":
        assert (style["textAutospace"], style["lineBreak"], first) == ("normal", "strict", "PingFang SC")
    else:
        assert (style["textWrapStyle"], style["hyphens"], first) == ("pretty", "manual", "-apple-system")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator("article p").first.evaluate("p => getComputedStyle(p).hyphens") == "auto"
    assert page.locator("article code").first.evaluate("e => getComputedStyle(e).textAutospace") == "no-autospace"


@pytest.mark.slow  # 7 s
def test_who_asks_for_no_motion_gets_none(site: Site, tab: Any) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter((element) => {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
        return animationName !== 'none' || scrollBehavior === 'smooth' ||
            transitionDuration.split(',').some((duration) => parseFloat(duration) > 0);
    }).length"""
    still = tab(reduced_motion="reduce")
    for name in KINDS:
        still.goto(f"{site.address}en/{name}")
        assert still.evaluate(moving) == 0, name
    lively = tab(reduced_motion="no-preference")
    lively.goto(f"{site.address}en/")
    assert lively.evaluate(moving) > 0, "the question finds what moves"


FOCUSED = """() => {
    // The palette's switch is a hidden input, whose label is what one sees.
    const active = document.activeElement;
    const element = active.matches('.md-option') ? active.nextElementSibling : active;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const name = element.tagName + ' ' + (element.href ?? element.id) + ' ' + element.className;
    const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return { name, seen, marked, input: element.matches('.md-search__input') };
}"""


@pytest.mark.parametrize(("name", "language"), languages_of_kinds())
def test_the_tab_key_goes_through_the_whole_page_and_shows_where_it_is(
    site: Site, tab: Any, name: str, language: str
) -> None:
    page = tab(reduced_motion="reduce")
    page.goto(f"{site.address}{language}/{name}")
    scripted(page)
    visited: list[str] = []
    for _ in range(600):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["name"].startswith("BODY"):
            break
        assert focused["seen"], focused["name"]
        assert focused["marked"] or focused["input"], focused["name"]
        visited.append(focused["name"])
    else:
        pytest.fail(f"the end is never reached; the last stops: {visited[-5:]}")
    assert "md-skip" in visited[0]
    assert any("md-footer__link" in stop for stop in visited) or name == "glossary/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_skip_link_leads_to_the_text(site: Site, tab: Any, language: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/sigma-w-map/")
    page.keyboard.press("Tab")
    assert page.locator(".md-skip").evaluate("link => link === document.activeElement && link.offsetWidth > 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")


def luminances(colours: list[list[float]]) -> list[float]:
    linear = [[part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb] for rgb in colours]
    return sorted((0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear), reverse=True)


@pytest.mark.parametrize("palette", PALETTES)
def test_the_mark_of_focus_stands_out(site: Site, tab: Any, palette: str) -> None:
    page = tab(color_scheme=palette)
    page.goto(f"{site.address}en/")
    for focus, ground in (("article a.claim", ".md-main"), (".languages a", ".md-header")):
        page.keyboard.press("Tab")  # so that what is focused now counts as reached by key
        page.locator(focus).first.focus()
        colours = page.evaluate(
            """([focus, ground]) => {
                const canvas = new OffscreenCanvas(1, 1).getContext('2d');
                const element = document.querySelector(ground);
                const back = getComputedStyle(element).backgroundColor;
                const body = getComputedStyle(document.body).backgroundColor;
                const outline = getComputedStyle(document.querySelector(focus)).outlineColor;
                return [[body, back], [outline]].map((layers) => {
                    for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
                    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
                });
            }""",
            [focus, ground],
        )
        light, dark = luminances(colours)
        assert (light + 0.05) / (dark + 0.05) >= 3, (focus, colours)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("zh", ["首页", "学习", "游乐场", "诊断", "证据", "参考"]),
        ("en", ["Home", "Learn", "The playground", "Diagnose", "Evidence", "Reference"]),
    ],
)
def test_five_doors_lead_to_an_index_each(site: Site, tab: Any, language: str, names: list[str]) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/sigma-w-map/")
    doors = page.locator(".md-tabs a")
    assert [door.strip() for door in doors.all_inner_texts()] == names
    assert page.locator(".md-tabs a[aria-current]").all_inner_texts() == names[1:2]
    indexes = ("", "lessons/", "playground/", "diagnose/", "evidence/", "reference/")
    assert doors.evaluate_all("links => links.map(link => link.href)") == [
        f"{site.address}{language}/{index}" for index in indexes
    ]


def test_a_misconception_is_found_by_its_old_number(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/misconceptions/#m14-residual-always-stable")
    heading = page.locator("#m4-residual-always-stable")
    assert (heading.text_content() or "").startswith("M4. Residual connections make a network stable")
    assert heading.locator("a.claim").count() == 1
    numbers = page.locator("h3").evaluate_all("all => all.map(one => parseInt(one.textContent.slice(1)))")
    assert numbers == [*range(1, 19)]
    place = heading.bounding_box()
    assert place
    assert abs(place["y"]) < 300


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("language", "names"), [("zh", ["首页", "学习"]), ("en", ["Home", "Learn"])])
def test_breadcrumbs_are_a_landmark_of_their_own(
    site: Site, tab: Any, language: str, names: list[str], width: int
) -> None:
    page = tab(width, 844)
    page.goto(f"{site.address}{language}/sigma-w-map/")
    path = page.get_by_role("navigation", name={"zh": "当前位置", "en": "Breadcrumbs"}[language])
    assert path.get_by_role("link").all_inner_texts() == names
    assert path.is_visible()
    path.get_by_role("link").first.click()
    page.wait_for_url(f"{site.address}{language}/")


def kept(page: Page) -> list[str]:
    """The files that the worker keeps, by address, once it is in charge and has done its work."""
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.wait_for_timeout(800)
    return list(
        page.evaluate(
            """async () => {
                const names = await caches.keys();
                const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
                return lists.flat().map(({ url }) => url);
            }"""
        )
    )


def test_what_was_read_can_be_read_offline_and_what_was_not_says_so(site: Site, contexts: Any) -> None:
    context = contexts()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    _, answers = site.traffic.now()
    page.goto(f"{site.address}zh/theory/")
    settled(page, site)
    stored = kept(page)
    # The worker and the icon are not kept, and nothing is sent twice.
    assert site.traffic.now()[1] - answers <= len(stored) + 2
    assert f"{site.address}zh/theory/" in stored
    assert any("/gradient-lab." in url for url in stored)
    assert not any(url.endswith("zh/lessons/") for url in stored), "more than what was read"
    context.set_offline(True)
    page.reload()
    assert page.locator("h1").inner_text().startswith("理论")
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
    page.goto(f"{site.address}zh/lessons/")
    assert page.locator("h1").inner_text() == "没有网络"
    assert page.locator("li a").evaluate_all("all => all.map(({ href }) => href)") == [f"{site.address}zh/theory/"]
    assert page.locator("li a").inner_text().startswith("理论")
    page.goto(f"{site.address}en/lessons/?a=b#c")
    assert page.locator("h1").inner_text() == "No network"
    page.locator("li a").click()
    page.wait_for_url(f"{site.address}zh/theory/")
    assert all(url.startswith((site.address, "data:")) for url in asked), asked


def test_without_a_worker_nothing_is_missing(site: Site, contexts: Any) -> None:
    page = contexts(service_workers="block").new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.address}en/")
    scripted(page).locator(".exhibit-enlarge").first.click()
    assert page.locator(".exhibit-dialog").is_visible()
    assert wrong == []


@pytest.mark.slow  # 6 s
def test_a_new_build_is_seen_at_the_next_visit_and_replaces_what_was_kept(
    site: Site, contexts: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(site.folder, folder)
    context = contexts()
    page = context.new_page()
    with served(folder) as started:
        lessons, home = f"{started.address}en/lessons/", f"{started.address}en/theory/"
        for visited in (lessons, home):
            page.goto(visited)
            settled(page, started)
            kept(page)
        (before,) = page.evaluate("caches.keys()")
        for name in ("lessons", "theory"):
            file = folder / "en" / name / "index.html"
            file.write_text(file.read_text("utf-8").replace("</h1>", " (new)</h1>", 1), encoding="utf-8")
        write_worker(folder)
        page.goto(home)
        settled(page, started)
        assert "(new)" in page.locator("h1").inner_text()
        page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.update()).then(() => 0)")
        # As long as it takes beside other work: a worker that is only half there answers nothing.
        until(page, "async (before) => !(await caches.keys()).includes(before)", before, seconds=60)
        context.set_offline(True)
        # A page that had been read before the new build is there too, as the new build has it.
        page.goto(lessons)
        assert "(new)" in page.locator("h1").inner_text()


@pytest.mark.parametrize("language", in_one_language("en"))
def test_the_site_can_be_installed(site: Site, browser: Browser, language: str) -> None:
    # Only the whole browser knows of it.
    whole = browser.browser_type.launch(executable_path=executable(), args=flags())
    context = whole.new_context()
    page = context.new_page()
    page.goto(f"{site.address}{language}/theory/")
    session = context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert json.loads(found["data"])["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    kept(page)
    errors = [error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert errors == ["in-incognito"], "but for the tests' own kind of window"
    whole.close()
