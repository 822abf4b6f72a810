"""Marks in the text of the built site: quiet, behind what they say something of, and each with its note."""

from itertools import combinations
from typing import Any

import pytest

from tests.serving import Site
from tests.site.accessibility import violations
from tests.site.views import WIDTHS, in_one_language
from tests.watching import scripted

LANGUAGES = ("zh", "en")
# The article, the theory with its many checks, and a lesson.
PAGES = ("", "theory/", "output-layer/")
EXPLANATION = "#explanation"
# The last letter or formula before a mark in its block must be on the mark's line, to its left.
STRAYS = """() => {
  const before = (mark) => {
    const block = mark.closest("p, li, td, th, dd, dt, figcaption, summary, caption");
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    walker.currentNode = mark;
    for (let node = walker.previousNode(); node; node = walker.previousNode()) {
      const formula = node.parentElement.closest("math");
      if (formula) return formula.getBoundingClientRect();
      const text = node.data.replace(/[\\s\\u2060]+$/, "");
      if (!text) continue;
      const letter = document.createRange();
      letter.setStart(node, text.length - 1);
      letter.setEnd(node, text.length);
      return [...letter.getClientRects()].at(-1);
    }
  };
  const strays = [];
  for (const mark of document.querySelectorAll("article a:is(.check, .claim)")) {
    const [box, ...more] = mark.getClientRects();
    const letter = before(mark);
    const middle = (box.top + box.bottom) / 2;
    const behind = letter && letter.top - 8 < middle && middle < letter.bottom + 8 && letter.right < box.right;
    if (!behind || more.length) strays.push(mark.parentElement.textContent);
  }
  return strays;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_mark_begins_a_line(site: Site, tab: Any, name: str, width: int, language: str) -> None:
    page = tab(width, 844)
    page.goto(f"{site.address}{language}/{name}")
    page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
    assert page.locator("article a:is(.check, .claim)").count() > 10
    assert page.evaluate(STRAYS) == []
    # The test itself sees a mark that begins a line.
    mark = page.locator("article a.check").first
    mark.evaluate("mark => mark.before(document.createElement('br'))")
    assert len(page.evaluate(STRAYS)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_target_of_a_tick_has_a_name_of_its_own(site: Site, tab: Any, name: str, language: str) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/{name}")
    ticks = page.locator("article a.check").evaluate_all("all => all.map((tick) => [tick.ariaLabel, tick.hash])")
    word = {"zh": "实测", "en": "measured"}[language]
    assert all(label.startswith(word) for label, _ in ticks)
    assert len({label for label, _ in ticks}) == len({target for _, target in ticks})


@pytest.mark.parametrize("language", in_one_language("en"))
def test_a_tick_tells_its_numbers_and_their_tolerance_on_hover_and_on_focus(
    site: Site, tab: Any, language: str
) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/input-scaling/")
    note = page.locator(EXPLANATION)
    tolerated = page.locator("article a.check[data-explanation*='≈']").nth(1)
    tolerated.hover()
    label = tolerated.get_attribute("aria-label")
    told = note.inner_text()
    assert told.startswith(f"{label}\n{ {'zh': '容差', 'en': 'tolerance'}[language] } ")
    assert len(told.splitlines()[1]) > 15, "no reason"
    assert violations(page) == ""
    page.keyboard.press("Escape")
    assert not note.is_visible()
    tolerated.focus()
    assert note.inner_text() == told
    page.keyboard.press("Escape")
    verdict = page.locator("article a.claim").first
    verdict.hover()
    assert note.inner_text() == verdict.get_attribute("data-explanation")


def test_a_tap_tells_what_a_tick_says_and_a_second_one_leads_to_the_evidence(site: Site, tab: Any) -> None:
    page = tab(390, 844, has_touch=True, is_mobile=True)
    address = f"{site.address}zh/"
    page.goto(address)
    tick = page.locator("article a.check").first
    tick.scroll_into_view_if_needed()
    tick.tap()
    assert page.locator(EXPLANATION).is_visible()
    assert page.url == address
    tick.tap()
    page.wait_for_url(f"{address}evidence/#claim-*")


def test_without_a_script_a_tick_leads_to_the_evidence(site: Site, tab: Any) -> None:
    page = tab(java_script_enabled=False)
    page.goto(f"{site.address}en/")
    tick = page.locator("article a.check").first
    assert tick.get_attribute("title")
    target = tick.get_attribute("href").partition("#")[2]
    tick.click()
    page.wait_for_url(f"{site.address}en/evidence/#{target}")
    assert page.locator(f"tr:has(#{target})").is_visible()


Box = tuple[float, float, float, float]


def margin_notes(page: Any) -> list[tuple[Box, Box]]:
    """Boxes of ticks and of their notes in the margin, which are no elements, as left, top, right, bottom."""
    shot = page.context.new_cdp_session(page).send("DOMSnapshot.captureSnapshot", {"computedStyles": ["float"]})
    (document, *_), words = shot["documents"], shot["strings"]
    nodes, layout = document["nodes"], document["layout"]
    made = nodes["pseudoType"]
    after = {index for index, value in zip(made["index"], made["value"], strict=True) if words[value] == "after"}
    boxes: dict[int, Box] = {}
    floating = set()
    for node, styles, (left, top, width, height) in zip(
        layout["nodeIndex"], layout["styles"], layout["bounds"], strict=True
    ):
        boxes.setdefault(node, (left, top, left + width, top + height))  # its own, before that of the text in it
        if styles and words[styles[0]] == "right":
            floating.add(node)
    return [(boxes[nodes["parentIndex"][node]], boxes[node]) for node in sorted(after & floating)]


@pytest.mark.parametrize("width", [1440, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_notes_in_the_margin_overlap_nothing(site: Site, tab: Any, name: str, width: int) -> None:
    page = tab(width, 900)
    page.goto(f"{site.address}en/{name}")
    scripted(page)
    page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
    found = margin_notes(page)
    assert len(found) > 3
    # Each begins beside its tick or, pushed down by those above it, not far below.
    assert max(note[1] - tick[1] for tick, note in found) < 120
    notes = [note for _, note in found]
    text = page.locator("article").bounding_box()
    contents = page.locator(".md-sidebar--secondary").bounding_box()
    assert min(left for left, *_ in notes) >= text["x"] + text["width"]
    assert max(right for _, _, right, _ in notes) <= contents["x"]
    assert not [pair for pair in combinations(notes, 2) if pair[0][1] < pair[1][3] and pair[1][1] < pair[0][3]]
    page.set_viewport_size({"width": 1280, "height": 900})
    assert margin_notes(page) == []


def test_a_mark_is_no_word_of_the_searchs_index(site: Site) -> None:
    for language in LANGUAGES:
        index = (site.folder / language / "search" / "search_index.json").read_text(encoding="utf-8")
        assert "✓supported" not in index
        assert "\\u2060✓" not in index
        assert "\u2060✓" not in index
