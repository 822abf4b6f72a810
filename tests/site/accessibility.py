"""What axe has against a page, at half of its cost.

Axe parses a colour's text anew for every element that has it, and most of its time goes into that; a page has a few
dozen. Here each is parsed once for a page; what axe makes of it is the same.
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PARSED_ONCE = """
(({ prototype }) => {
    const parse = prototype.parseString, known = new Map();
    prototype.parseString = function (text) {
        if (known.has(text)) [this.r, this.g, this.b, this.alpha] = known.get(text);
        else {
            parse.call(this, text);
            known.set(text, [this.r, this.g, this.b, this.alpha]);
        }
        return this;
    };
})(axe.commons.color.Color)
"""
AXE = Axe(f"{Axe().axe_script}{PARSED_ONCE}")


def violations(page: Page, context: dict[str, list[str]] | None = None, **options: Any) -> str:
    """What violates a rule, as a report; empty where nothing does. The context and the options are axe's own."""
    found = AXE.run(page, context, {"resultTypes": ["violations"], **options})
    return found.generate_report() if found.violations_count else ""
