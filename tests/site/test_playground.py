"""The playground in a real browser: what it shows is what was measured, whatever leads to it."""

import gzip
import json
import random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from figures_src.playground import packing
from figures_src.playground.addresses import OPENING, address
from figures_src.playground.files import VERDICTS, file_name
from figures_src.playground.page import COLUMN_SERIES
from figures_src.playground.rounding import MISSING, SERIES, STEPS, ZERO, Packed
from figures_src.playground.settings import ACTIVATIONS, ARTICLE, ARTICLE_POINT, WIDTHS, Point, points
from tests.serving import Site
from tests.site.parsing import asset
from tests.watching import settled, until

# The worker for reading offline asks in its own name, past what a test puts in a file's place.
UNASSISTED = {"service_workers": "block"}

LANGUAGES = ("zh", "en")
# The page with its data, as transferred with the server's usual compression of text.
BUDGET = 350_000
TEXT = (".html", ".js", ".css", ".json", ".svg")


@pytest.fixture(scope="module")
def shipped(site: Site) -> dict[Point, Packed]:
    """The data that the page loads, unpacked by Python."""
    found: dict[Point, Packed] = {}
    for activation in ACTIVATIONS:
        order = list(points(activation))
        content = asset(site.folder / "en", f"data/playground/{file_name(activation)}").read_bytes()
        found.update(zip(order, packing.unpack(content, [point.depth for point in order], VERDICTS)[0], strict=True))
    return found


def opened(page: Page, site: Site, query: str = "", language: str = "en") -> Page:
    page.goto(f"{site.address}{language}/playground/{query}")
    page.locator("form.playground[data-verdict]").wait_for()
    return page


def shown(value: int) -> str:
    """A packed value as the page writes it."""
    if value in (MISSING, ZERO):
        return "–" if value == MISSING else "0"
    if -2 <= value // STEPS < 3:
        two = f"{10 ** (value / STEPS):.2g}"
        return f"{float(two):g}" if "e" in two else f"{10 ** (value / STEPS):#.2g}".rstrip(".")
    mantissa, _, power = f"{10 ** (value / STEPS):.1e}".partition("e")
    return f"{mantissa}\u00a0×\u00a010{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def table(page: Page) -> list[list[str]]:
    """The numbers of every layer, opened."""
    page.evaluate("document.querySelector('.playground-numbers').open = true")
    page.locator(".playground-rows tbody tr").first.wait_for()
    rows: list[list[str]] = page.locator(".playground-rows tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return rows


def expected(packed: Packed) -> list[list[str]]:
    rows = []
    for layer in range(len(packed.series[0])):
        values = {name: packed.series[SERIES.index(name)][layer] for name in COLUMN_SERIES}
        share = values.pop("share")
        rows.append([str(layer + 1), *map(shown, values.values()), "–" if share == MISSING else f"{share}%"])
    return rows


@pytest.mark.slow  # 6 s
def test_the_script_reads_what_python_packed(site: Site, tab: Any, shipped: dict[Point, Packed]) -> None:
    page = tab()
    some = random.Random(5).sample(list(shipped), 10)  # noqa: S311
    for point in [*some, Point(), ARTICLE_POINT]:
        opened(page, site, address(point))
        assert table(page) == expected(shipped[point]), point
        assert page.locator("form.playground").get_attribute("data-verdict") == shipped[point].verdict
        assert page.locator(".playground svg path.delta.line").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_set_by_keyboard_and_says_what_comes_out(
    site: Site, tab: Any, shipped: dict[Point, Packed], language: str
) -> None:
    page = opened(tab(), site, "?weights=he", language)
    said = page.locator(".playground-said")
    assert said.get_attribute("role") == "status"
    page.get_by_label({"zh": "权重尺度", "en": "Weight scale"}[language]).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/playground/?weights=5/3")
    slider = page.locator("[name=scale]")
    assert "1.667" in str(slider.get_attribute("aria-valuetext"))
    assert page.locator("[name=weights]").input_value() == "5/3"
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.wait_for_url("**/playground/?weights=5/3&depth=50")
    packed = shipped[Point(weights="5/3", depth=50)]
    expect(said).to_contain_text(shown(packed.series[SERIES.index("gradient_z")][0]))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/playground/?weights=5/3&depth=50&width=16")
    assert page.locator("form.playground").get_attribute("data-verdict") == "exploding"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_change_by_key_leaves_focus_and_page_where_they_are(site: Site, tab: Any, width: int) -> None:
    page = opened(tab(width, 844), site, "?depth=10")
    names = page.locator("form.playground [name]").evaluate_all("all => [...new Set(all.map(({ name }) => name))]")
    assert len(names) == 7
    for name in names:
        control = page.locator(f"[name={name}]:is(:not([type=radio]), :checked)")
        control.focus()
        # At a window's edge the browser itself scrolls to what is focused.
        control.evaluate("(one) => one.scrollIntoView({ block: 'center' })")
        before = page.evaluate("[location.search, scrollY]")
        page.keyboard.press("ArrowDown" if name in {"activation", "weights"} else "ArrowRight")
        until(page, "search => location.search !== search", before[0])
        expect(page.locator("form.playground")).not_to_have_attribute("aria-busy", "true")
        assert page.evaluate("[document.activeElement.name, scrollY]") == [name, before[1]], name


def test_focus_is_not_lost_with_a_control_that_is_no_longer_free(site: Site, tab: Any) -> None:
    page = opened(tab(), site, address(ARTICLE_POINT))
    page.get_by_role("combobox", name="Initialization").select_option("he")
    page.wait_for_url("**/en/playground/?weights=he")
    page.locator("[name=scale]").focus()
    page.go_back()
    expect(page.locator("[name=scale]")).to_be_disabled()
    assert page.evaluate("document.activeElement.name") == "weights"


def test_the_browsers_back_button_leads_back(site: Site, tab: Any) -> None:
    page = opened(tab(), site)
    page.get_by_label("Activation function").select_option("sigmoid")
    page.wait_for_url("**/?activation=sigmoid&weights=default")
    page.get_by_role("link", name="He", exact=True).first.click()
    page.wait_for_url("**/?weights=he")
    expect(page.locator(".playground-verdict")).to_contain_text("Healthy")
    page.go_back()
    page.wait_for_url("**/?activation=sigmoid&weights=default")
    assert page.locator("[name=activation]").input_value() == "sigmoid"
    page.go_back()
    expect(page.locator(".playground-verdict")).to_contain_text("3.7\u00a0×\u00a010⁻⁸")
    assert page.locator("[name=activation]").input_value() == "relu"


@pytest.mark.parametrize(("language", "other"), [("zh", "en"), ("en", "zh")])
def test_switching_the_language_keeps_the_settings(site: Site, tab: Any, language: str, other: str) -> None:
    page = opened(tab(), site, "?depth=50&residual=one", language)
    page.locator(".languages a[rel=alternate]").click()
    page.wait_for_url(f"{site.address}{other}/playground/?depth=50&residual=one*")
    page.locator("form.playground[data-verdict=exploding]").wait_for()
    assert page.locator("[name=residual]:checked").input_value() == "one"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_may_begin_at_any_stop_of_the_tour(site: Site, tab: Any, language: str) -> None:
    page = opened(tab(), site, "", language)
    first = page.locator("form.playground").locator("xpath=../preceding-sibling::p[1]").locator("a")
    hrefs = "links => links.map(link => link.href)"
    told = page.locator("#tour ~ ol").first.locator("strong > a").evaluate_all(hrefs)
    assert first.evaluate_all(hrefs) == [*told, f"{site.address}{language}/playground/#tour"]
    page.evaluate("window.kept = true")
    for link in first.all()[:-1]:
        link.click()
    assert page.evaluate("window.kept"), "the page was loaded again"


def test_the_tour_tells_what_is_measured(site: Site, tab: Any) -> None:
    page = opened(tab(), site)
    said = []
    for link in page.locator("#tour ~ ol").first.locator("li > p > strong > a, li > strong > a").all():
        link.click()
        # Several stops may have one verdict: the sentence has to be that of this address.
        page.wait_for_timeout(200)
        said.append(page.locator("form.playground").get_attribute("data-verdict"))
    assert said == ["exploding", "vanishing", "healthy", "vanishing", "healthy", "exploding"]
    assert page.evaluate("scrollY") < page.locator("#tour").evaluate("element => element.offsetTop")


def test_the_articles_network_fixes_what_it_fixes(site: Site, tab: Any) -> None:
    page = opened(tab(), site, address(ARTICLE_POINT))
    expect(page.locator(".playground-verdict")).to_contain_text("2.6\u00a0×\u00a010³")
    for name in ("width", "normalization", "residual", "scale"):
        assert page.locator(f"[name={name}]").first.is_disabled()
    page.get_by_role("combobox", name="Initialization").select_option("he")
    page.wait_for_url("**/en/playground/?weights=he")
    assert page.locator("[name=width]:checked").input_value() == str(max(WIDTHS))


def test_a_remedy_leads_to_a_healthy_network(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "?weights=default")
    page.locator(".playground-remedy a").first.click()
    page.wait_for_url("**/en/playground/?weights=he")
    expect(page.locator("form.playground")).to_have_attribute("data-verdict", "healthy")
    opened(page, site, "?weights=default")
    page.locator(".playground-remedy a").nth(1).click()
    page.wait_for_url("**/en/sigma-w-map/")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_that_was_not_measured_says_so_and_is_mended(site: Site, tab: Any, language: str) -> None:
    page = opened(tab(), site, "?weights=hee&depth=7&activation=<b>&x=1#tour", language)
    assert page.url == f"{site.address}{language}/playground/?depth=5#tour"
    assert page.locator("[name=weights]").input_value() == "he"
    said = page.locator(".playground-mended")
    expect(said).to_contain_text("activation=<b>, weights=hee, depth=7")
    expect(said).to_contain_text("activation=relu, weights=he, depth=5")
    page.get_by_text({"zh": "批量", "en": "batch"}[language], exact=True).click()
    expect(said).to_be_hidden()
    opened(page, site, "?x=1", language)
    assert page.locator("[name=weights]").input_value() == OPENING.weights
    expect(said).to_be_hidden()


def test_a_slide_is_one_step_back(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "?weights=0.25")
    page.get_by_label("Weight scale").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**/?weights=xavier")
    page.get_by_text("batch", exact=True).click()
    page.wait_for_url("**/?weights=xavier&normalization=batch")
    page.go_back()
    page.wait_for_url("**/?weights=xavier")
    page.go_back()
    page.wait_for_url("**/?weights=0.25")
    assert page.locator("[name=weights]").input_value() == "0.25"


def test_a_pause_ends_a_slide(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "?weights=0.25")
    page.get_by_label("Weight scale").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1100)
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/en/playground/")
    page.go_back()
    page.wait_for_url("**/?weights=0.5")


def heights(page: Page, kind: str) -> list[float]:
    """Heights of a curve in the drawing of gradients, layer by layer, from above."""
    path: str = page.locator(f"[data-panel=gradients] .line.{kind}").get_attribute("d") or ""
    return [float(point.split()[1]) for point in path.removeprefix("M").split("L")]


def test_networks_of_a_depth_share_an_axis_and_the_last_one_stays_in_view(site: Site, tab: Any) -> None:
    page = opened(tab(), site)
    assert page.locator(".playground-key.before").is_hidden()
    steep = heights(page, "delta")
    page.get_by_role("combobox", name="Initialization").select_option("he")
    expect(page.locator("form.playground")).to_have_attribute("data-verdict", "healthy")
    assert heights(page, "before") == steep
    flat = heights(page, "delta")
    assert max(flat) - min(flat) < (max(steep) - min(steep)) / 20
    assert page.locator(".playground-key.before").is_visible()
    page.get_by_label("Depth").press("Home")
    page.wait_for_url("**/?depth=5")
    assert page.locator(".line.before").count() == 0


def test_the_values_of_the_layer_under_the_pointer_are_read_out(
    site: Site, tab: Any, shipped: dict[Point, Packed]
) -> None:
    page = opened(tab(), site)
    values = shipped[OPENING].series[SERIES.index("gradient_z")]
    read = page.locator("[data-series=gradient_z]")
    assert read.text_content() == shown(values[0])
    circle = page.locator("[data-panel=gradients] circle.delta").nth(6)
    circle.hover()
    assert read.text_content() == shown(values[6])
    assert page.locator(".playground-pointed").all_text_contents() == ["layer 7"] * 3
    assert page.locator(".playground svg .pointed").count() == 3
    page.get_by_role("heading", level=1).hover()
    assert read.text_content() == shown(values[0])
    assert page.locator(".playground svg .pointed").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_controls_and_curve_are_seen_together(site: Site, tab: Any, language: str) -> None:
    page = opened(tab(1280, 800), site, "", language)
    curve = page.locator("[data-panel=gradients]").bounding_box()
    controls = page.locator(".playground-controls").bounding_box()
    assert curve
    assert controls
    assert curve["y"] + curve["height"] <= 800
    assert controls["y"] + controls["height"] <= 800
    assert controls["x"] + controls["width"] <= curve["x"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_the_curve_stays_in_view_with_the_slider(site: Site, tab: Any, language: str) -> None:
    page = opened(tab(390, 844), site, "", language)
    for name in ("scale", "depth", "residual"):
        control = page.locator(f"[name={name}]").first
        control.evaluate("element => element.scrollIntoView({ block: 'end' })")
        below, curve = control.bounding_box(), page.locator("[data-panel=gradients]").bounding_box()
        assert below
        assert curve
        assert curve["y"] >= 48, name
        assert curve["y"] + curve["height"] <= below["y"] <= 844, name


def test_a_link_leads_to_the_form_and_nothing_lies_over_it(site: Site, tab: Any) -> None:
    page = opened(tab(), site)
    tour = page.locator("#tour ~ ol").first.get_by_role("link", name="Unscaled residual")
    tour.scroll_into_view_if_needed()
    page.mouse.wheel(0, -100)
    tour.click()
    page.wait_for_url("**/?residual=one")
    assert page.evaluate("document.activeElement.className") == "playground"
    expect(page.locator(".md-top")).to_be_hidden()


def test_no_two_stops_of_the_slider_have_one_name(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "?weights=0.25")
    slider, names = page.get_by_label("Weight scale"), []
    for _ in range(13):
        names.append(page.locator("[name=scale]").locator("xpath=..").locator("output").text_content())
        slider.press("ArrowRight")
    assert len(set(names)) == 13
    assert {"0.25", "1 (Xavier)", "1 (orthogonal)", "10.15"} < set(names)


def test_what_hinders_no_training_is_said_not_to(site: Site, tab: Any) -> None:
    page = opened(tab(), site, "?weights=he")
    expect(page.locator(".playground-verdict")).to_contain_text("hinders no training")
    opened(page, site, "?residual=inverse_sqrt_depth")
    expect(page.locator(".playground-verdict")).to_contain_text("compares the blocks only")


@pytest.mark.parametrize("broken", [{"status": 404, "body": ""}, {"status": 200, "body": b"no gzip"}])
def test_data_that_cannot_be_read_are_said_to_be(site: Site, contexts: Any, broken: dict[str, Any]) -> None:
    page = contexts(**UNASSISTED).new_page()
    page.route("**/sigmoid.*.bin", lambda route: route.fulfill(**broken))
    opened(page, site, "?depth=50")
    page.get_by_label("Activation function").select_option("sigmoid")
    expect(page.locator(".playground-verdict")).to_contain_text("could not be read")
    # Nothing of the network before is left to be taken for this one.
    assert page.locator(".playground svg *, .playground-rows td, .playground-remedy *").count() == 0
    assert page.locator("form.playground[data-verdict], form.playground[aria-busy]").count() == 0
    page.unroute("**/sigmoid.*.bin")
    page.get_by_label("Depth").press("Home")
    expect(page.locator("form.playground")).to_have_attribute("data-verdict", "vanishing")


def test_data_of_another_grid_are_refused(site: Site, contexts: Any) -> None:
    page = contexts(**UNASSISTED).new_page()
    longer = gzip.compress(gzip.decompress(asset(site.folder / "en", "data/playground/relu.bin").read_bytes()) + b"\0")
    page.route("**/relu.*.bin", lambda route: route.fulfill(status=200, body=longer))
    page.goto(f"{site.address}en/playground/")
    expect(page.locator(".playground-verdict")).to_contain_text("could not be read")


def test_the_data_wait_until_the_page_is_there(site: Site, contexts: Any) -> None:
    page = contexts().new_page()
    opened(page, site)
    fetched, loaded = page.evaluate(
        "[performance.getEntriesByType('resource').find(entry => entry.name.endsWith('.bin')).startTime,"
        " performance.getEntriesByType('navigation')[0].loadEventStart]"
    )
    assert fetched >= loaded


def test_the_script_alone(site: Site, tab: Any) -> None:
    """The part without a page, in a browser's engine: addresses, places in a file, and numbers in words."""
    page = opened(tab(), site)

    def call(expression: str, argument: Any = None) -> Any:
        file = asset(site.folder / "en", "assets/js/playground-data.js")
        module = f"{site.address}en/assets/js/{file.name}"
        # As text, which goes to the browser and back many times as fast as thousands of objects do.
        answer = page.evaluate(
            "async text => {"
            "const argument = JSON.parse(text);"
            "const grid = JSON.parse(document.querySelector('form.playground script').textContent);"
            f"const module = await import('{module}'); return JSON.stringify({expression}) }}",
            json.dumps(argument),
        )
        return json.loads(answer)

    for activation in ACTIVATIONS:
        order = list(points(activation))
        states = [{field: str(value) for field, value in vars(point).items()} for point in order]
        assert call("argument.map(state => module.place(grid, state))", states) == list(range(len(order)))
        assert call("argument.map(state => module.allowed(grid, state))", states) == states
        queries = call("argument.map(state => module.query(grid, state))", states)
        assert queries == [address(point) for point in order]
    assert call("module.depths(grid)") == [point.depth for point in points("relu")]
    opening, usual = ({field: str(value) for field, value in vars(point).items()} for point in (OPENING, Point()))
    assert call("module.allowed(grid, {})") == call("module.allowed(grid, argument)", {"__proto__": "x"}) == opening
    for wrong in ({"weights": "hee"}, {"depth": "banana"}, {"width": "-1"}, {"depth": ""}, {"activation": "<b>"}):
        assert call("module.allowed(grid, argument)", wrong) == usual, wrong
    for depth, nearest in (("050", "50"), ("7", "5"), ("8", "10"), ("1e9", "50"), ("0.1", "5")):
        assert call("module.allowed(grid, argument)", {"depth": depth}) == usual | {"depth": nearest}
    asked = {"depth": "7", "width": "16", "x": "1"}
    assert call("module.differing(argument, module.allowed(grid, argument))", asked) == ["depth"]
    article = {field: str(value) for field, value in vars(ARTICLE_POINT).items()}
    assert call("module.allowed(grid, argument)", {"weights": ARTICLE, "width": "16", "residual": "one"}) == article
    values = [MISSING, ZERO, -14900, -301, -300, -201, -200, -1, 0, 1, 30, 99, 100, 199, 299, 300, 301, 1799, 14900]
    assert call("argument.map(value => module.text(grid.packed, value))", values) == [shown(value) for value in values]
    assert call("argument.map(module.decade)", [-12, -3, -2, 0, 2, 3]) == [
        "10^−12",
        "10^−3",
        "0.01",
        "1",
        "100",
        "10^3",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_script_the_figure_and_the_table_stand_alone(site: Site, tab: Any, language: str) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}{language}/playground/")
    assert not page.locator("form.playground").is_visible()
    expect(page.locator(".playground-unscripted")).to_contain_text("JavaScript")
    expect(page.locator(".playground-unscripted")).to_be_visible()
    assert page.locator("#figure-playground svg").is_visible()
    assert page.locator("article table tbody tr:visible").count() == 6
    # Links that would set a network do not ask to be followed.
    assert page.locator(".playground-scripted").is_hidden()
    tour = page.locator("#tour ~ ol").first.locator("strong > a").first
    assert tour.evaluate("link => getComputedStyle(link).pointerEvents") == "none"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", ["", "?activation=gelu"])
def test_the_page_with_its_data_keeps_its_budget(site: Site, contexts: Any, query: str, language: str) -> None:
    page = contexts().new_page()
    sizes: dict[str, int] = {}

    def note(response: Any) -> None:
        body = response.body()
        path = response.url.partition("?")[0]
        is_text = path.endswith("/") or path.endswith(TEXT)
        sizes[path] = len(gzip.compress(body)) if is_text else len(body)

    page.on("response", note)
    opened(page, site, query, language)
    settled(page, site)
    assert len([path for path in sizes if path.endswith(".bin")]) == 1
    assert all(path.startswith(site.address) for path in sizes)
    # It has no formula, so that the font of formulas, as large as the data, need not come along.
    assert not [path for path in sizes if path.endswith(".woff2")]
    assert 100_000 < sum(sizes.values()) < BUDGET, sizes


def test_nothing_moves_while_it_loads(site: Site, contexts: Any) -> None:
    page = contexts(viewport={"width": 390, "height": 844}).new_page()
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => "
        "{ window.shift += entry.value })).observe({ type: 'layout-shift', buffered: true })"
    )
    opened(page, site)
    settled(page, site)
    assert page.evaluate("window.shift") < 0.01


def test_it_can_be_touched(site: Site, tab: Any) -> None:
    page = opened(tab(390, 844, has_touch=True), site)
    page.get_by_text("batch", exact=True).tap()
    page.wait_for_url("**/?weights=default&normalization=batch")
    for control in page.locator(".playground :is(select, [type=range], fieldset label):visible").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 24
