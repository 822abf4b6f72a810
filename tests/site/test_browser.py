"""The built site in a real browser, in both languages and both palettes."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.serving import Site
from tests.site.accessibility import violations
from tests.site.views import PALETTES, WIDTHS, View, both_widths, in_one_language, views_of_pages
from tests.watching import scripted, settled, until, watched

LANGUAGES = ("zh", "en")
FILTERS = ("#filter-verdict", "#filter-topic")
SIZES = "all => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height])"
LOST = {"zh": "没有取到", "en": "could not be fetched"}


@pytest.mark.parametrize(("name", "view"), views_of_pages())
def test_a_page_loads_clean_fits_its_window_and_is_accessible(site: Site, tab: Any, name: str, view: View) -> None:
    page = tab(view.width, 844, color_scheme=view.palette)
    with watched(page, site.address) as wrong:
        page.goto(f"{site.address}{view.language}/{name}")
        scripted(page)
        scheme = page.evaluate("document.body.dataset.mdColorScheme")
        assert scheme == {"light": "default", "dark": "slate"}[view.palette]
        page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") <= view.width
        for drawn_width, drawn_height in page.locator("article svg.exhibit-svg").evaluate_all(SIZES):
            assert drawn_width > 250
            assert drawn_height > 150
        assert violations(page) == ""
        # Last, when the page has asked for all that it asks for.
        settled(page, site)
        assert wrong == []


@pytest.mark.parametrize(("name", "width"), both_widths("", "evidence/", "symptoms/"))
def test_a_link_leads_to_its_place_on_a_long_page(site: Site, tab: Any, name: str, width: int) -> None:
    page = tab(width, 844)
    page.goto(f"{site.address}zh/{name}")
    for place in page.locator("article :is(h2, h3)[id]").evaluate_all("all => all.map(({ id }) => id)")[-3:]:
        page.goto("about:blank")
        page.goto(f"{site.address}zh/{name}#{place}")
        page.wait_for_timeout(300)
        header = page.locator(".md-header").bounding_box()["height"]
        top = page.locator(f"[id='{place}']").bounding_box()["y"]
        lowest = page.evaluate("scrollY >= document.documentElement.scrollHeight - innerHeight - 1")
        assert header - 5 <= top <= header + 60 or lowest, (place, top)


# The lines that a number with its error stands on, and whether either of the two is broken.
ERRORS = r"""() => [...document.querySelectorAll("article td")].filter(({ textContent, offsetHeight }) =>
    offsetHeight && /^[−\d.]+\s±\s[\d.]+$/.test(textContent.trim())).map((cell) => {
        const range = new Range(), text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode();
        const sign = text.data.indexOf("±");
        const lines = (from, to) => {
            range.setStart(text, from);
            range.setEnd(text, to);
            return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
        };
        return [lines(0, text.length), lines(0, text.data.trimStart().indexOf("±") - 1), lines(sign, text.length)];
    })"""


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_with_its_error_is_broken_before_the_error_at_most(site: Site, tab: Any, width: int) -> None:
    page = tab(width, 844)
    for name in ("", "evidence/", "finite-width/"):
        page.goto(f"{site.address}en/{name}")
        page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
        cells = page.evaluate(ERRORS)
        assert len(cells) >= 3
        assert {(value, error) for _, value, error in cells} == {(1, 1)}
        assert max(lines for lines, *_ in cells) <= (1 if width == 1280 else 2)


@pytest.mark.parametrize("script", [True, False])
def test_a_table_wider_than_the_window_scrolls_in_its_box(site: Site, tab: Any, script: bool) -> None:
    page = tab(390, 844, java_script_enabled=script)
    page.goto(f"{site.address}en/symptoms/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = page.locator("article .md-typeset__scrollwrap")
    assert boxes.count() == page.locator("article table").count()
    wide = "all => all.filter((box) => box.scrollWidth > box.clientWidth)"
    moved = f"all => ({wide})(all).map((box) => (box.scrollLeft = 1000, box.scrollLeft))"
    assert boxes.evaluate_all(f"all => ({wide})(all).length") >= 1
    assert min(boxes.evaluate_all(moved)) > 0
    named = boxes.evaluate_all(f"all => ({wide})(all).map((box) => [box.role, box.ariaLabel, box.tabIndex])")
    if script:  # a stop of the Tab key says what it is
        assert {(role, stop) for role, _, stop in named} == {("group", 0)}
        assert named[0][1].startswith("Symptom; Probe, before training; ")
    plain = boxes.evaluate_all("all => all.filter((box) => box.scrollWidth <= box.clientWidth && box.ariaLabel).length")
    assert plain == 0


@pytest.mark.parametrize("language", in_one_language("zh"))
def test_a_figures_colours_follow_the_palette(site: Site, tab: Any, language: str) -> None:
    seen = []
    for palette in PALETTES:
        page = tab(color_scheme=palette)
        page.goto(f"{site.address}{language}/")
        seen.append(
            page.locator("#figure-explosion svg text").first.evaluate("element => getComputedStyle(element).fill")
        )
    assert seen == ["rgb(31, 35, 40)", "rgb(230, 232, 238)"]


@pytest.mark.parametrize(("language", "other"), [("zh", "en"), ("en", "zh")])
def test_switching_the_language_keeps_the_heading(site: Site, tab: Any, language: str, other: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/#tanh")
    page.locator(".languages a[rel=alternate]").click()
    page.wait_for_url(f"{site.address}{other}/#tanh")
    assert page.locator("#tanh").is_visible()


def test_switching_the_language_keeps_the_page_without_a_script(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}zh/notebook/")
    page.locator(".languages a[rel=alternate]").click()
    page.wait_for_url(f"{site.address}en/notebook/")


@pytest.mark.parametrize(("locale", "folder"), [("zh-CN", "zh"), ("zh-TW", "zh"), ("en-US", "en"), ("de-DE", "en")])
def test_the_root_leads_to_the_readers_language(site: Site, tab: Any, locale: str, folder: str) -> None:
    page = tab(locale=locale)
    page.goto(site.address)
    page.wait_for_url(f"{site.address}{folder}/")


def test_the_root_offers_both_languages_without_a_script(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    page.goto(site.address)
    assert page.get_by_role("link", name="中文").is_visible()
    for shown in ("原文网络的梯度爆炸", "The article's network explodes"):
        picture = page.get_by_role("img", name=shown)
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{site.address}en/")


@pytest.mark.parametrize(("language", "query"), [("zh", "梯度爆炸"), ("zh", "学习率"), ("en", "exploding")])
def test_search_finds(site: Site, tab: Any, language: str, query: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/")
    scripted(page).locator(".md-search__input").click()
    page.keyboard.insert_text(query)
    page.keyboard.press("End")  # the theme searches on a key, not on inserted text alone
    result = page.locator(".md-search-result__item a").first
    result.wait_for()
    assert query in page.locator(".md-search-result__list").inner_text().replace("\u200b", "").lower()
    result.click()
    page.wait_for_url(f"{site.address}{language}/**")


def test_a_page_does_not_ask_for_the_searchs_index_until_the_search_is_opened(site: Site, contexts: Any) -> None:
    page = contexts().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/")[-1]))
    page.goto(f"{site.address}en/")
    settled(page, site)
    assert "search_index.json" not in asked
    for query in ("exploding", "vanishing"):
        page.locator(".md-search__input").click()
        page.keyboard.press("Control+A")  # what was asked before is still there
        page.keyboard.type(query)
        page.locator(".md-search-result__item a", has_text=query).first.wait_for()
        page.keyboard.press("Escape")
    assert asked.count("search_index.json") == 1


def test_a_reader_at_a_wrong_address_can_type_at_once_what_was_looked_for(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/no-such-page/")
    assert page.locator("h1").all_inner_texts() == ["Page not found", "找不到页面"]
    page.keyboard.type("exploding")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}en/?q=exploding")
    page.locator(".md-search-result__item a", has_text="xploding").first.wait_for()
    bare = tab(java_script_enabled=False)
    bare.goto(f"{site.address}en/no-such-page/")
    assert [form.is_visible() for form in bare.locator("article form").all()] == [False, False]


@pytest.mark.parametrize("language", in_one_language("en"))
@pytest.mark.parametrize("missing", ["**/search_index.json", "**/workers/search.*.js", "network"])
def test_a_search_that_cannot_be_loaded_says_so(site: Site, contexts: Any, missing: str, language: str) -> None:
    page = contexts(service_workers="block").new_page()
    page.goto(f"{site.address}{language}/")
    scripted(page)
    page.route(missing, lambda route: route.abort())
    page.context.set_offline(missing == "network")
    page.locator(".md-search__input").click()
    page.locator(".md-search-result__meta", has_text=LOST[language]).wait_for()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_opened_as_a_file_offers_no_search(site: Site, tab: Any, language: str) -> None:
    page = tab()
    page.goto((site.folder / language / "index.html").as_uri())
    scripted(page)
    page.locator(".md-search").wait_for(state="hidden")


def test_a_link_with_a_query_searches_and_what_is_found_is_marked(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/?q=exploding")
    page.locator(".md-search-result__item a").first.click()
    page.locator("article mark", has_text="xploding").first.wait_for()


def test_drawings_and_formulas_are_not_in_the_search_index(site: Site) -> None:
    for language in LANGUAGES:
        index = (site.folder / language / "search" / "search_index.json").read_text(encoding="utf-8")
        assert "<math" not in index
        assert "<svg" not in index


LABELS = """() => [...document.querySelectorAll("figure.exhibit svg")].flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text, tspan")].filter((text) => text.textContent.trim())
        .map((text) => scale * parseFloat(getComputedStyle(text).fontSize));
})"""
# Pixels by which a word stands out of its drawing; the page's font is not the one that matplotlib measured with.
OUTSIDE = """() => [...document.querySelectorAll("figure.exhibit svg")].flatMap((svg) => {
    svg.style.contentVisibility = "visible";
    const drawing = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].map((text) => [text, text.getBoundingClientRect()])
        .map(([text, box]) => [text.textContent, Math.max(drawing.left - box.left, box.right - drawing.right)])
        .filter(([, outside]) => outside > 0.5);
})"""


@pytest.mark.parametrize(("width", "least", "most"), [(1280, 13, 15), (390, 11, 13), (340, 11, 13)])
def test_a_figures_labels_can_be_read(site: Site, tab: Any, width: int, least: int, most: int) -> None:
    page = tab(width, 844)
    for name in ("", "symptoms/"):
        page.goto(f"{site.address}zh/{name}")
        sizes = page.evaluate(LABELS)
        assert len(sizes) > 50
        assert least <= min(sizes)
        assert max(sizes) <= most
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("width", "language"),
    [(1280, "zh"), (390, "en"), *(pytest.param(*rest, marks=pytest.mark.slow) for rest in ((1280, "en"), (390, "zh")))],
)
def test_no_word_of_a_figure_is_cut_off(site: Site, tab: Any, width: int, language: str) -> None:
    page = tab(width, 844)
    for name in ("", "theory/", "symptoms/"):
        page.goto(f"{site.address}{language}/{name}")
        assert page.evaluate(OUTSIDE) == []


def test_a_figure_has_a_name_for_a_screen_reader_while_it_is_off_screen(site: Site, contexts: Any) -> None:
    page = contexts().new_page()
    page.goto(f"{site.address}zh/")
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "image"]
    labels = [figure.get_attribute("aria-label") for figure in page.locator("figure.exhibit svg").all()]
    assert len(labels) > 5
    assert [name for name in names if name in labels] == labels


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_can_be_enlarged_with_the_keyboard(site: Site, tab: Any, language: str) -> None:
    page = tab(390, 844)
    page.goto(f"{site.address}{language}/")
    opener = page.locator("#figure-explosion .exhibit-enlarge")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.exhibit-dialog")
    assert dialog.locator("svg").is_visible()
    # Whole and larger than on the page, on its side.
    box, small = dialog.locator("svg").bounding_box(), page.locator("#figure-explosion svg").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 844
    assert box["height"] > 1.3 * small["width"]
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert opener.evaluate("element => element === document.activeElement")


@pytest.mark.parametrize("language", in_one_language("en"))
def test_a_figures_data_and_source_are_one_click_away(site: Site, contexts: Any, language: str) -> None:
    page = contexts(accept_downloads=True).new_page()
    page.goto(f"{site.address}{language}/")
    links = page.locator("#figure-explosion .exhibit-links a")
    with page.expect_download() as download:
        links.nth(1).click()
    assert download.value.suggested_filename == "explosion.csv"
    assert "gradient_z" in download.value.path().read_text(encoding="utf-8").splitlines()[0]
    links.nth(2).click()
    page.wait_for_url(f"{site.address}{language}/source/explosion/")
    assert "def compute" in page.locator("article").inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_can_be_filtered_with_the_keyboard_and_says_how_many_are_left(
    site: Site, tab: Any, language: str
) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/evidence/")
    rows = page.locator("tr:has([data-verdict]):visible")
    count = page.locator(".statement-filter output")
    everything = rows.count()
    assert everything >= 46
    assert str(everything) in count.inner_text()
    page.get_by_label({"zh": "结论", "en": "Verdict"}[language], exact=True).focus()
    page.keyboard.press("ArrowDown")
    supported = rows.count()
    assert 0 < supported < everything
    assert str(supported) in count.inner_text()
    assert set(
        page.locator("tr:visible [data-verdict]").evaluate_all("marks => marks.map(m => m.dataset.verdict)")
    ) == {"supported"}
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    both = rows.count()
    assert 0 < both < supported
    # A row that is filtered out comes back when a link leads to it.
    hidden = page.locator("tr[hidden] [data-verdict]").first.get_attribute("id")
    page.evaluate("name => { location.hash = name }", hidden)
    expect(page.locator("tr[hidden]")).to_have_count(0)
    assert rows.count() == everything
    assert page.locator(f"tr:has(#{hidden})").is_visible()


def asked(page: Any) -> dict[str, str]:
    """The filter as the address has it."""
    found: dict[str, str] = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
    return found


def test_the_filter_of_the_evidence_is_kept_in_the_address(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/evidence/")
    rows, verdict, topic = (page.locator(what) for what in ("tr:has([data-verdict]):visible", *FILTERS))
    everything = rows.count()
    verdict.select_option("misleading")
    assert asked(page) == {"verdict": "misleading"}
    misleading = rows.count()
    page.wait_for_timeout(1100)
    about = page.locator("tr:visible [data-verdict]").first.get_attribute("data-topic")
    topic.select_option(about)
    assert asked(page) == {"verdict": "misleading", "topic": about}
    both = rows.count()
    assert 0 < both < misleading < everything
    # It can be shared, and reloaded, and is the same in the other language.
    page.reload()
    assert (rows.count(), verdict.input_value(), topic.input_value()) == (both, "misleading", about)
    other = page.locator(".languages a[rel=alternate]").get_attribute("href")
    assert other.endswith(f"?verdict=misleading&topic={about}")
    # One step back takes back one choice.
    page.go_back()
    page.wait_for_url(lambda address: "topic" not in address)
    assert (rows.count(), topic.input_value()) == (misleading, "")
    page.go_back()
    page.wait_for_url(lambda address: "?" not in address)
    assert (rows.count(), verdict.input_value()) == (everything, "")
    page.go_forward()
    page.wait_for_url(lambda address: "?" in address)
    assert rows.count() == misleading


def test_keys_that_go_through_a_filter_are_one_step_back(site: Site, contexts: Any) -> None:
    page = contexts().new_page()  # a browser counts no more than 50 steps
    page.goto(f"{site.address}en/evidence/")
    page.locator(FILTERS[0]).focus()
    before = page.evaluate("history.length")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("history.length") == before + 1
    assert asked(page) == {"verdict": page.locator(FILTERS[0]).input_value()}
    page.go_back()
    page.wait_for_url(lambda address: "?" not in address)
    assert page.locator(FILTERS[0]).input_value() == ""


@pytest.mark.parametrize(
    ("search", "kept"),
    [("?verdict=nonsense", {}), ("?topic=code&verdict=x&h=word", {"topic": "code", "h": "word"}), ("?verdict=", None)],
)
def test_a_wrong_filter_in_the_address_is_mended(
    site: Site, tab: Any, search: str, kept: dict[str, str] | None
) -> None:
    page = tab()
    page.goto(f"{site.address}zh/evidence/{search}#claims")
    assert asked(page) == ({"verdict": ""} if kept is None else kept)
    assert page.evaluate("location.hash") == "#claims"
    shown = page.locator("tr:visible [data-verdict]").evaluate_all("all => all.map((mark) => mark.dataset.topic)")
    assert set(shown) == {"code"} if kept and "topic" in kept else len(set(shown)) > 5


def test_a_link_to_a_row_that_the_address_filters_out_shows_it(site: Site, tab: Any) -> None:
    page = tab()
    page.goto(f"{site.address}en/evidence/?verdict=misleading#statement-relu-explodes")
    assert page.locator("tr:has(#statement-relu-explodes)").is_visible()
    assert asked(page) == {}
    assert page.evaluate("location.hash") == "#statement-relu-explodes"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_evidence_is_whole_without_a_script(site: Site, tab: Any, width: int) -> None:
    page = tab(width, 844, java_script_enabled=False)
    page.goto(f"{site.address}en/evidence/")
    assert page.locator("tr:has([data-verdict]):visible").count() >= 46
    assert not page.locator(".statement-filter").is_visible()


@pytest.mark.parametrize("language", in_one_language("zh"))
def test_nothing_moves_when_the_scripts_come_late(site: Site, contexts: Any, language: str) -> None:
    page = contexts(viewport={"width": 412, "height": 823}).new_page()
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => "
        "{ window.shift += entry.value })).observe({ type: 'layout-shift', buffered: true })"
    )
    waiting: list[Any] = []
    page.route(re.compile(r"/assets/js/(?!start\.)"), lambda route: waiting.append(route))
    for name in ("", "evidence/"):
        page.goto(f"{site.address}{language}/{name}", wait_until="commit")
        until(page, "performance.getEntriesByName('first-contentful-paint').length")
        page.wait_for_timeout(200)
        while waiting:
            waiting.pop().continue_()
        settled(page, site)
        assert page.evaluate("window.shift") < 0.01, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_verdict_leads_to_its_row(site: Site, tab: Any, language: str) -> None:
    page = tab(390, 844)
    page.goto(f"{site.address}{language}/")
    badges = page.locator("article a.claim[href*='#statement-']")
    assert badges.count() >= 46
    badges.first.click()
    page.wait_for_url(f"{site.address}{language}/evidence/#statement-both-common")
    assert page.locator("tr:has(#statement-both-common)").is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_mark_unfolds_its_check(site: Site, tab: Any, script: bool) -> None:
    page = tab(390, 844, java_script_enabled=script)
    page.goto(f"{site.address}en/evidence/")
    row = page.locator("tr:has(#claim-sigma-map-prediction)")
    assert not row.is_visible()
    page.goto(f"{site.address}en/sigma-w-map/")
    page.goto(f"{site.address}en/evidence/#claim-sigma-map-prediction")
    row.wait_for(state="visible")
    box = row.bounding_box()
    assert box
    assert 0 <= box["y"] < 844


def test_the_palette_can_be_switched_and_is_kept_across_languages(site: Site, tab: Any) -> None:
    page = tab(color_scheme="light")
    page.goto(f"{site.address}zh/")
    for _ in range(3):
        if page.evaluate("document.body.dataset.mdColorScheme") == "slate":
            break
        page.locator("[data-md-component=palette] label:visible").click()
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    page.goto(f"{site.address}en/")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_scroll_bars_have_the_palette_of_the_page(site: Site, tab: Any, palette: Any) -> None:
    page = tab(color_scheme=palette)
    page.goto(f"{site.address}en/glossary/")
    scripted(page)
    scheme = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert scheme == {"light": "normal", "dark": "dark"}[palette]


def test_print_is_light_even_from_dark(site: Site, tab: Any) -> None:
    page = tab(color_scheme="dark")
    page.goto(f"{site.address}en/")
    page.emulate_media(media="print", color_scheme="dark")
    fill = page.locator("#figure-explosion svg text").first.evaluate("element => getComputedStyle(element).fill")
    assert fill == "rgb(31, 35, 40)"
