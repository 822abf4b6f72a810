r"""Formulas in a page: `$...$` inside a sentence, `$$...$$` on lines of its own, typeset at build.

A dollar sign that is not part of a formula is written `\$`; one that is left over is an error, because it is
almost always a formula that was cut in two (by the `|` of a table, for example). Code is left alone.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from figures_src.markdown.mathematics import MathematicsError, typeset

Report = Callable[[MathematicsError], None]

# The control characters enclose what Python-Markdown has already set aside, such as code.
INLINE = r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$\x02\x03])+?)(?<!\s)\$(?![$\d])"
LEFT_OVER = r"\$+"
OPENING = re.compile(r"^ {0,3}\$\$", re.MULTILINE)
DISPLAY = re.compile(r"^ {0,3}\$\$(?P<tex>.+?)\$\$[ \t]*$", re.MULTILINE | re.DOTALL)
# The syntax of an injected number, which the number's own extension does not see inside a formula.
NUMBER = re.compile(r"\{\{\s*\w+\.\w+\s*\}\}")

CONTEXT = 20
_SET_ASIDE = re.compile(r"\x02[^\x03]*\x03")

CLOSING_PUNCTUATION = "，。、；：？！）】》”’,.;:?!)]"


class Typesetter:
    """Makes the element of a formula, and passes on what is wrong with it."""

    def __init__(self, report: Report | None) -> None:
        self._report = report

    def formula(self, tex: str, *, display: bool) -> ElementTree.Element:
        """Make the `<math>` element of a formula or, where the error is only reported, its TeX as code.

        Raises:
            MathematicsError: the formula cannot be typeset, and nobody asked to have errors reported.

        """
        try:
            if number := NUMBER.search(tex):
                raise MathematicsError(
                    tex, f"{number[0]} is not replaced inside a formula; write it outside", display=display
                )
            return _math(typeset(tex, display=display))
        except MathematicsError as error:
            self.fail(error)
            return _code(tex)

    def fail(self, error: MathematicsError) -> None:
        """Report the error, or raise it where nobody asked for a report."""
        if self._report is None:
            raise error
        self._report(error)


def _math(mathml: str) -> ElementTree.Element:
    math = ElementTree.fromstring(mathml)  # noqa: S314 - our own typesetter wrote it
    for element in math.iter():
        element.text = AtomicString(element.text) if element.text else None
        element.tail = AtomicString(element.tail) if element.tail else None
    # Material's search leaves the element out, and removes the attribute from the page if it has a value.
    math.set("data-search-exclude", "true")
    return math


def _code(tex: str) -> ElementTree.Element:
    code = ElementTree.Element("code")
    code.text = AtomicString(tex)
    return code


class InlineFormula(InlineProcessor):
    """`$...$` inside a sentence becomes `<math>`."""

    def __init__(self, md: Markdown, typesetter: Typesetter) -> None:
        super().__init__(INLINE, md)
        self._typesetter = typesetter

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the name and the types are Python-Markdown's
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element, int, int]:
        """Make the element, and name the stretch of the text that it replaces."""
        del data
        return self._typesetter.formula(m[1], display=False), m.start(0), m.end(0)


class LeftOverDollar(InlineProcessor):
    """A dollar sign that belongs to no formula is an error."""

    def __init__(self, md: Markdown, typesetter: Typesetter) -> None:
        super().__init__(LEFT_OVER, md)
        self._typesetter = typesetter

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the name and the types are Python-Markdown's
        self, m: re.Match[str], data: str
    ) -> tuple[str, int, int]:
        """Report the error, and keep the dollar sign as plain text."""
        before, after = (_SET_ASIDE.sub("…", part) for part in (data[: m.start(0)], data[m.end(0) :]))
        quoted = " ".join(f"{before[-CONTEXT:]}{m[0]}{after[:CONTEXT]}".split())
        if len(m[0]) == 1:
            reason = (
                f"a single $ in {quoted!r} closes no formula; write \\$ for a dollar sign, and \\vert for | in a table"
            )
        else:
            reason = f"{m[0]} in {quoted!r} is inside a line; a display formula stands on lines of its own"
        # Up to what is set aside, it stands in the source as it does here.
        around = f"{before.rpartition('…')[2][-CONTEXT:]}{m[0]}{after.partition('…')[0][:CONTEXT]}"
        self._typesetter.fail(MathematicsError("", reason, around=around))
        return m[0], m.start(0), m.end(0)


class DisplayFormula(BlockProcessor):
    """`$$...$$` on lines of its own becomes `<div class="formula"><math display="block">`."""

    def __init__(self, parser: BlockParser, typesetter: Typesetter) -> None:
        super().__init__(parser)
        self._typesetter = typesetter

    def test(self, parent: ElementTree.Element, block: str) -> bool:
        """Whether a line of the block opens a display formula."""
        del parent
        return OPENING.search(block) is not None

    def run(self, parent: ElementTree.Element, blocks: list[str]) -> None:
        """Replace the block's first formula; what stands before and after it is parsed as usual."""
        block = blocks.pop(0)
        match = DISPLAY.search(block)
        if match is None:
            opening = OPENING.search(block)
            tex = block[opening.end() :] if opening else block
            self._typesetter.fail(MathematicsError(tex, "no closing $$ before the next empty line", display=True))
            parent.append(_code(tex))
            return
        if before := block[: match.start()].rstrip():
            self.parser.parseBlocks(parent, [before])
        formula = ElementTree.SubElement(parent, "div", {"class": "formula"})
        formula.append(self._typesetter.formula(match["tex"].strip(), display=True))
        if after := block[match.end() :].strip("\n"):
            blocks.insert(0, after)


class JoinedPunctuation(Treeprocessor):
    """Keep the punctuation after a formula on the formula's line.

    A browser may break a line after an element such as `<math>`, whatever character comes next, a word joiner
    included.
    """

    def run(self, root: ElementTree.Element) -> None:
        """Enclose every formula that punctuation follows, and that punctuation, in a span that does not break."""
        for parent in list(root.iter()):
            for position, child in enumerate(parent):
                tail = child.tail or ""
                rest = tail.lstrip(CLOSING_PUNCTUATION)
                if child.tag == "math" and rest != tail:
                    joined = ElementTree.Element("span", {"class": "formula-end"})
                    joined.append(child)
                    child.tail, joined.tail = AtomicString(tail.removesuffix(rest)), rest
                    parent[position] = joined


class FormulasExtension(Extension):
    """Typeset the formulas of a page.

    `report` is called with every `MathematicsError` of a page; the formula is then shown as code and the page
    goes on. Without it, the first error is raised.
    """

    def __init__(self, *, report: Report | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._report = report

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name is Python-Markdown's
        """Register the processors."""
        typesetter = Typesetter(self._report)
        # A formula is part of its sentence; Python-Markdown would break the line after a block.
        if "math" in md.block_level_elements:
            md.block_level_elements.remove("math")
        if "$" not in md.ESCAPED_CHARS:
            md.ESCAPED_CHARS.append("$")
        # After indented code (80), before headings (70) and all else that a line of TeX could resemble.
        md.parser.blockprocessors.register(DisplayFormula(md.parser, typesetter), "display_formula", 79)
        # After code (190), before the backslash escapes (180), which are TeX's own inside a formula.
        md.inlinePatterns.register(InlineFormula(md, typesetter), "inline_formula", 185)
        # After all others: by then escaped dollars, addresses and code are set aside.
        md.treeprocessors.register(JoinedPunctuation(md), "joined_punctuation", 12)
        md.inlinePatterns.register(LeftOverDollar(md, typesetter), "left_over_dollar", 1)


def makeExtension(**options: Any) -> FormulasExtension:  # noqa: N802 - Python-Markdown's own name and signature
    """Make the extension, for Python-Markdown to find by the module's name."""
    return FormulasExtension(**options)
