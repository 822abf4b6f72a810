"""axe's findings on a page, at half of its cost.

Axe parses a colour's text anew for every element that has it, and a page has a few dozen: here each is parsed once for
a page. And axe keeps the parts of every colour in maps with weak keys, which are slow to fill and to clear away: here
they are properties that nobody else can name. What axe finds is the same.
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
KEPT_AS_PROPERTIES = """
const WeakMap = class {
    #key = Symbol();
    has(object) { return Object.hasOwn(object, this.#key); }
    get(object) { return object[this.#key]; }
    set(object, value) { object[this.#key] = value; return this; }
    delete(object) { return delete object[this.#key]; }
};
"""
AXE = Axe(f"(() => {{{KEPT_AS_PROPERTIES}{Axe().axe_script}\n{PARSED_ONCE}}})()")


def violations(page: Page, context: dict[str, list[str]] | None = None, **options: Any) -> str:
    """Report on all that violates a rule; empty where nothing does. The context and the options are axe's own."""
    found = AXE.run(page, context, {"resultTypes": ["violations"], **options})
    return found.generate_report() if found.violations_count else ""
