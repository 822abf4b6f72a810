"""Axe where each colour is parsed once finds what axe finds, and colours that are hard to tell apart among it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.site.accessibility import violations

PALE = ("#ccc", "rgb(200 200 200 / 50%)", "hsl(60 90% 80%)", "#ccc")
PAGE = "<html lang='en'><title>A title</title><main><h1>A heading</h1>{}<img src='data:,'></main></html>"


def test_it_finds_what_axe_finds(tab: Any) -> None:
    page = tab()
    page.set_content(PAGE.format("".join(f"<p style='color: {colour}'>Pale words</p>" for colour in PALE)))
    found = violations(page)
    assert found.count("Target: p:nth-child") == len(PALE)
    assert "image-alt - " in found
    page.set_content(page.content())
    assert Axe().run(page).generate_report() == found
    assert violations(page, runOnly=["image-alt"]).count("Target: ") == 1
    page.set_content(PAGE.format("<p style='color: #000'>Dark words</p>").replace("<img src='data:,'>", ""))
    assert violations(page) == ""
