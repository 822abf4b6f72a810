r"""Typeset formulas while the site is built: TeX in, MathML out.

The work is done by Temml, a JavaScript library that is kept in `figures_src/markdown/vendor/temml` and run in QuickJS,
so that neither Node nor a script on the reader's machine is needed. The browser draws the MathML with the
font of `docs/theme/assets/fonts`, and the text of a formula can be selected, scaled and read aloud.

math-core 0.9.0, a wheel without JavaScript, was held against Temml on every formula of the site, in Chromium and
Firefox: it prints the space of `\\[6pt]` as text, Chromium leaves its `\bigr)^2` small, an ellipsis becomes three full
stops, and the exponent of `(1 + s)^2` belongs to the closing parenthesis alone.
"""

import json
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import quickjs  # type: ignore[import-untyped]

TEMML = Path(__file__).with_name("vendor") / "temml" / "temml.min.js"

LONGEST_QUOTATION = 160

# The answer crosses into Python as a JSON string: QuickJS hands long strings that were built by concatenation
# over as an internal type that its Python binding refuses.
_TYPESET = """
(tex, display) => {
  try {
    const settings = {displayMode: display, throwOnError: true, strict: false, trust: false, wrap: "none"};
    return JSON.stringify({mathml: temml.renderToString(tex, settings)});
  } catch (error) {
    return JSON.stringify({reason: String(error.message)});
  }
}
"""

# Temml ends a message with the place, then the formula once more, underlined with combining characters.
_PLACE = re.compile(r"\s+at (?:position (?P<position>\d+)|end of input):.*\Z", re.DOTALL)

# Temml's element for \cancel, \textcircled and the like; only lines over and under a formula have rules in
# the site's style sheet, and without rules a browser may show nothing at all.
_UNDRAWN = re.compile(r'<menclose notation="(?!top"|bottom")(?P<notation>[^"]*)"')

# The site's policy refuses the styles that Temml writes on elements. A class says each of them instead, in its own
# words, so that the build can write the rules of those that its pages have.
_SAYS = "tml:"
# A formula on a line of its own has a class of Temml's already.
_SAID = "display:block math;"
_STYLED = re.compile(r'<(?P<tag>\w+)(?P<before>[^>]*?) style="(?P<style>[^"]*)"(?P<after>[^>]*)>')
_CLASS = re.compile(r' class="([^"]*)"')
# Signs that have to be escaped in a selector.
_SIGN = re.compile(r"[^\w-]")

# Circled signs between two factors, which Firefox draws as large as a sum unless told otherwise.
_CIRCLED = re.compile(r"<mo>(?=[⊕⊖⊗⊘⊙]</mo>)")

_engines = threading.local()


class MathematicsError(ValueError):
    """A formula that cannot be typeset; the message is one line that names the TeX and the reason."""

    def __init__(self, tex: str, reason: str, *, display: bool = False, around: str = "") -> None:
        self.tex = tex.strip()
        self.reason = reason
        self.around = around
        fence = "$$" if display else "$"
        super().__init__(f"formula {fence}{quotation(tex)}{fence}: {reason}" if self.tex else reason)


def quotation(tex: str) -> str:
    """TeX as it is quoted in a message: on one line, and cut where it is very long."""
    line = " ".join(tex.split())
    return line if len(line) <= LONGEST_QUOTATION else f"{line[: LONGEST_QUOTATION - 1]}…"


def typeset(tex: str, *, display: bool) -> str:
    r"""The MathML of one formula.

    Args:
        tex: The formula in TeX, without dollar signs, such as `\sigma'(z) \le \frac{1}{4}`.
        display: True for a formula on a line of its own, False for one inside a sentence.

    Returns:
        A `<math>` element whose attribute `alttext` is the TeX, for readers that do not understand MathML.

    Raises:
        MathematicsError: the TeX is empty, or Temml does not understand it.

    """
    return _typeset(tex.strip(), display)


def styles(page: str) -> frozenset[str]:
    """The classes on a page that each say a style."""
    found = (name for value in _CLASS.findall(page) if _SAYS in value for name in unescape(value).split())
    return frozenset(name for name in found if name.startswith(_SAYS))


def rules(names: Iterable[str]) -> str:
    """The rules of classes that each say a style, which win over all others as the style itself would."""
    said = ((_SIGN.sub(r"\\\g<0>", name), name.removeprefix(_SAYS).replace("_", " ")) for name in sorted(names))
    return "".join(f".{name}{{{style.replace(';', '!important;')}!important}}" for name, style in said)


def temml_version() -> str:
    """The version of the vendored Temml, as it says itself."""
    return str(_engine().eval("temml.version"))


@lru_cache(maxsize=4096)
def _typeset(tex: str, display: bool) -> str:
    if not tex:
        raise MathematicsError(tex, "a formula is empty", display=display)
    call = f"({_TYPESET})({json.dumps(tex)}, {json.dumps(display)})"
    try:
        answer: dict[str, str] = json.loads(_engine().eval(call))
    except quickjs.JSException as error:
        answer = {"reason": str(error).partition("\n")[0]}
    if "mathml" not in answer:
        raise MathematicsError(tex, _reason(answer["reason"]), display=display)
    if undrawn := _UNDRAWN.search(answer["mathml"]):
        reason = f"the site's style sheet does not draw the notation {undrawn['notation']!r}"
        raise MathematicsError(tex, reason, display=display)
    alternative = escape(" ".join(tex.split()))
    sized = _CIRCLED.sub('<mo largeop="false">', _STYLED.sub(_with_class, answer["mathml"]))
    return sized.replace("<math", f'<math alttext="{alternative}"', 1)


def _with_class(styled: re.Match[str]) -> str:
    """An element's tag with a class in place of its style."""
    others = styled["before"] + styled["after"]
    own = "" if styled["style"] == _SAID else _SAYS + styled["style"].rstrip(";").replace(" ", "_")
    classes = " ".join(filter(None, [*_CLASS.findall(others), own]))
    named = f' class="{classes}"' if classes else ""
    return f"<{styled['tag']}{_CLASS.sub('', others)}{named}>"


def _reason(message: str) -> str:
    place = _PLACE.search(message)
    reason = " ".join(_PLACE.sub("", message).split())
    position = place["position"] if place else None
    return f"{reason} (at character {position})" if position else reason


def _engine() -> Any:
    """The calling thread's QuickJS context with Temml: a context belongs to one thread."""
    context = getattr(_engines, "context", None)
    if context is None:
        context = quickjs.Context()
        context.eval(TEMML.read_text(encoding="utf-8"))
        _engines.context = context
    return context
