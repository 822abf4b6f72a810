"""Marks in the text: a tick after what a check bears out, and a pill with the verdict on a claim.

Both are links to their rows of evidence, and both are set so that no line begins with one: a mark says something of
what stands before it.
"""

import re
import xml.etree.ElementTree as ET

from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from figures_src.model.anchors import check_anchor, claim_anchor
from figures_src.model.claim import VERDICT_MARKS, Assessed
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text

EVIDENCE_PAGE = "evidence.md"
CHECK = "check"
VERDICT = "claim"
TICK = "✓"
# A tick as it is read aloud, and what else it says.
MEASURED = Text(
    zh="实测 {measured} {relation} 预测 {predicted}", en="measured {measured} {relation} predicted {predicted}"
)
WITHIN = Text(zh="容差 {tolerance}：{because}", en="tolerance {tolerance}: {because}")
# Where a name recurs on the page, what was checked is told too.
RECURRING = Text(zh="{name}：{sentence}", en="{name}: {sentence}")

_SPACE = re.compile(r"\s+\Z")
# Between text and one of these no line ends, whatever element begins there.
_JOINER = "\N{WORD JOINER}"
_NO_BREAK = "\N{NO-BREAK SPACE}"
# Until the page is whole: the longer name of a tick.
_LONGER = "data-longer"


def tick(name: str, check: Check, language: Language) -> ET.Element:
    """The mark of a check: a tick that is read aloud as two numbers; its title is the tolerance with its reason."""
    link = _link(CHECK, check_anchor(name))
    values = {"measured": check.measured, "relation": check.relation, "predicted": check.predicted}
    spoken = MEASURED(language, **values)
    link.set("aria-label", spoken)
    link.set(_LONGER, RECURRING(language, name=spoken, sentence=check.sentence(language)))
    because = check.because(language)
    tolerance = Number(check.tolerance, ".2g") if check.tolerance else None
    link.set("title", WITHIN(language, tolerance=tolerance, because=because) if tolerance else because)
    link.text = AtomicString(_JOINER + TICK)
    return link


def pill(name: str, assessed: Assessed, language: Language) -> ET.Element:
    """The mark of a claim: the sign and the word of its verdict; its title is the condition."""
    shown = assessed.shown
    link = _link(f"{VERDICT} {VERDICT}-{shown}", claim_anchor(name))
    link.set("title", assessed.claim.condition(language))
    sign = ET.SubElement(link, "span", {"class": "claim-mark", "aria-hidden": "true"})
    sign.text = AtomicString(_JOINER + VERDICT_MARKS[shown])
    ET.SubElement(link, "span", {"class": "claim-word"}).text = assessed.word(language)
    return link


def _link(classes: str, anchor: str) -> ET.Element:
    # Material's search leaves the element out, and removes the attribute from the page if it has a value.
    return ET.Element("a", {"class": classes, "href": f"{EVIDENCE_PAGE}#{anchor}", "data-search-exclude": "true"})


def _is_mark(element: ET.Element) -> bool:
    return element.tag == "a" and (element.get("class") or "").split(" ")[0] in {CHECK, VERDICT}


class GluedMarks(Treeprocessor):
    """Puts every mark onto the line of what stands before it, and tells apart the names of a page's ticks."""

    def run(self, root: ET.Element) -> None:
        """Change the spaces before marks, enclose a formula with its mark, and lengthen names that recur."""
        for parent in list(root.iter()):
            for mark in list(parent):
                if _is_mark(mark):
                    _glue(parent, mark)
        _tell_apart([element for element in root.iter("a") if element.get("class") == CHECK])


def _glue(parent: ET.Element, mark: ET.Element) -> None:
    place = list(parent).index(mark)
    before = parent[place - 1] if place else None
    text = (parent.text if before is None else before.tail) or ""
    # A tick stands close, as the mark of a footnote does; a pill has the space that a word would have.
    joined = _SPACE.sub("" if mark.get("class") == CHECK else _NO_BREAK, text)
    if before is None:
        parent.text = joined if joined.strip() else text
        return
    before.tail = joined
    if before.tag == "math" and not joined.strip():
        # After an element such as this a browser may end the line, whatever character comes next.
        whole = ET.Element("span", {"class": "formula-end"})
        whole.extend((before, mark))
        whole.tail, mark.tail = mark.tail, None
        parent[place - 1 : place + 1] = [whole]


def _tell_apart(ticks: list[ET.Element]) -> None:
    targets: dict[str, str] = {}
    for link in ticks:
        longer = link.attrib.pop(_LONGER)
        if targets.setdefault(link.get("aria-label", ""), link.get("href", "")) != link.get("href"):
            link.set("aria-label", longer)
