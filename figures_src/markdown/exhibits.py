"""Python-Markdown extension: figures, listings, numbers, questions, and marks of checks and claims on a page.

Tables need nothing here: the snippets extension includes them. The extension takes what the catalog offers in one
language and emits plain links (`data/x.csv`, `source/x.md`), which the site generator resolves and checks as it does
all others.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, TypeVar, cast

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

from figures_src.cache.catalog import FOLDER, Catalog, read
from figures_src.markdown import marks
from figures_src.markdown.guesses import GuessProcessor, exercise
from figures_src.markdown.listings import LISTING, listing
from figures_src.markdown.references import BRACES, FIGURE_TARGET, Kind, Reference, parse_braces, unreadable
from figures_src.model.anchors import figure_anchor
from figures_src.model.exhibit import Question, exhibit_of
from figures_src.model.failures import unknown
from figures_src.model.language import LANGUAGES, Language, Localize, Text, known_language, locale, localizer

ENLARGE = Text(zh="放大", en="Enlarge")
DATA = Text(zh="数据（CSV）", en="Data (CSV)")
SOURCE = Text(zh="源代码", en="Source")
SCROLLABLE = Text(zh="图，可横向滚动：", en="Figure, scrolls sideways: ")
PRINTED = Text(zh="输出，可横向滚动：", en="Output, scrolls sideways: ")
NAMED = Text(zh="{title}：{description}", en="{title}: {description}")
Part = TypeVar("Part")


class UnknownReferenceError(ValueError):
    """A page names an exhibit, number, check or claim that does not exist."""


def _the(kind: Kind, name: str, offered: Mapping[str, Part]) -> Part:
    """The part that is offered by that name.

    Raises `UnknownReferenceError`, which tells the nearest name, where nothing is.
    """
    if name not in offered:
        raise UnknownReferenceError(unknown(kind, name, offered))
    return offered[name]


class Offer:
    """The catalog in one language, read when a page first needs it."""

    def __init__(self, language: Language, folder: Path) -> None:
        self.language = language
        self.folder = folder
        self.text: Localize = localizer(language)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog of exhibits."""
        return read(self.folder)

    def number(self, name: str) -> ET.Element:
        """A number as an element that keeps six digits for machines."""
        number = _the("number", name, self.catalog.numbers)
        element = ET.Element("data", {"class": "number", "value": number.significant})
        element.text = str(number)
        return element

    def tick(self, name: str) -> ET.Element:
        """A check's mark, which links to its row of evidence."""
        return marks.tick(name, _the("check", name, self.catalog.checks), self.language)

    def question(self, name: str) -> Question:
        """A question that a page asks before it shows the measurement."""
        return _the("question", name, self.catalog.questions)

    def answer(self, name: str) -> ET.Element:
        """A place to type a number and have it compared with the catalog's."""
        return exercise(_the("answer", name, self.catalog.numbers), self.text)

    def pill(self, name: str) -> ET.Element:
        """The mark of a claim's verdict, which links to its row of evidence."""
        return marks.pill(name, _the("verdict", name, self.catalog.claims), self.language)

    def listing(self, name: str) -> ET.Element:
        """The output of a program, as a block."""
        printed = _the("listing", name, self.catalog.listings)
        title = self.catalog.title(exhibit_of(name), self.language)
        return listing(printed[self.language], self.text(PRINTED) + title, self.language)

    def drawing(self, name: str, description: str) -> str:
        """A figure's SVG named by its title and description, for those who cannot see it.

        The name is an attribute: elements inside a drawing that is not drawn yet, as it is off screen, name nothing.
        """
        drawn = {figure: self.catalog.title(figure, self.language) for figure in self.catalog.figures}
        label = NAMED(self.language, title=_the("figure", name, drawn), description=description)
        attributes = f'role="img" aria-label="{escape(label)}" lang="{locale(self.language).tag}"'
        head, bracket, rest = self.catalog.figure(name, self.language).partition(">")
        return f"{head} {attributes}{bracket}{rest}"


class BracesProcessor(InlineProcessor):
    """`{{ ... }}` outside code and formulas."""

    def __init__(self, md: Markdown, offer: Offer) -> None:
        super().__init__(BRACES, md)
        self.offer = offer

    def handleMatch(  # type: ignore[override]  # noqa: N802 - Python-Markdown's name
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002
    ) -> tuple[ET.Element, int, int]:
        """The element that replaces a match."""
        return self._element(parse_braces(m[1])), m.start(0), m.end(0)

    def _element(self, reference: Reference) -> ET.Element:
        if reference.kind == "number":
            return self.offer.number(reference.name)
        if reference.kind == "check":
            return self.offer.tick(reference.name)
        if reference.kind == "answer":
            return self.offer.answer(reference.name)
        if reference.kind == "listing":
            return self.offer.listing(reference.name)
        if reference.kind == "verdict":
            return self.offer.pill(reference.name)
        if reference.kind == "constant":
            element = ET.Element("span", {"class": "constant"})
            element.text = reference.name
            return element
        raise UnknownReferenceError(unreadable(reference.name))


class FigureProcessor(Treeprocessor):
    """A paragraph that holds nothing but an exhibit's image becomes the exhibit's figure."""

    def __init__(self, md: Markdown, offer: Offer) -> None:
        super().__init__(md)
        self.offer = offer

    def run(self, root: ET.Element) -> None:
        """Replace every such paragraph."""
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                image = self._lone_image(child)
                match = re.fullmatch(FIGURE_TARGET, image.get("src", "")) if image is not None else None
                if image is not None and match:
                    parent[index] = self._figure(match[1], image, child.tail)

    @staticmethod
    def _lone_image(element: ET.Element) -> ET.Element | None:
        alone = element.tag == "p" and len(element) == 1 and element[0].tag == "img"
        return (
            element[0] if alone and not (element.text or "").strip() and not (element[0].tail or "").strip() else None
        )

    def _figure(self, name: str, image: ET.Element, tail: str | None) -> ET.Element:
        text = self.offer.text
        svg = self.offer.drawing(name, image.get("alt", ""))
        folder = image.get("src", "").partition("figures/")[0]
        figure = ET.Element("figure", {"class": "exhibit", "id": figure_anchor(name)})
        figure.tail = tail
        region = {"class": "exhibit-drawing", "tabindex": "0", "role": "group", "data-search-exclude": "true"}
        region["aria-label"] = text(SCROLLABLE) + self.offer.catalog.title(name, self.offer.language)
        ET.SubElement(figure, "div", region).text = cast(Any, self.md).htmlStash.store(svg)
        caption = ET.SubElement(figure, "figcaption")
        ET.SubElement(caption, "p", {"class": "exhibit-caption"}).text = image.get("title", "")
        links = ET.SubElement(caption, "p", {"class": "exhibit-links"})
        targets = (
            ({"class": "exhibit-enlarge", "href": f"{folder}figures/{name}.svg"}, ENLARGE),
            ({"href": f"{folder}data/{name}.csv", "download": f"{name}.csv"}, DATA),
            ({"href": f"{folder}source/{name}.md"}, SOURCE),
        )
        for attributes, label in targets:
            link = ET.SubElement(links, "a", attributes)
            link.text, link.tail = text(label), " "
        return figure


class HeadingProcessor(Treeprocessor):
    """A heading with a badge stands in the table of contents without it."""

    def run(self, root: ET.Element) -> None:
        """Give every such heading its label."""
        for heading in root.iter():
            if re.fullmatch("h[1-6]", heading.tag) and any("claim" in (part.get("class") or "") for part in heading):
                said = [
                    "".join(part.itertext()) if "claim" not in (part.get("class") or "") else "" for part in heading
                ]
                words = (
                    heading.text,
                    *(word for part, own in zip(heading, said, strict=True) for word in (own, part.tail)),
                )
                heading.set("data-toc-label", "".join(filter(None, words)).strip())


class ListingProcessor(Treeprocessor):
    """A paragraph that holds nothing but a listing becomes the listing."""

    def run(self, root: ET.Element) -> None:
        """Replace every such paragraph."""
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "p" and any(inner.get("class") == LISTING for inner in child):
                    if len(child) > 1 or (child.text or "").strip() or (child[0].tail or "").strip():
                        raise UnknownReferenceError("a {{ listing ... }} stands on a line of its own")
                    child[0].tail = child.tail
                    parent[index] = child[0]


class ExhibitsExtension(Extension):
    """Figures, numbers and checks of the catalog in `folder`, in `language`."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "language": [LANGUAGES[0], f"one of {', '.join(LANGUAGES)}"],
            "folder": [str(FOLDER), "where the catalog was published"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Register the processors: below code and formulas, above images, so that alt texts may quote numbers."""
        name = self.getConfig("language")
        language = known_language(name)
        if language is None:
            raise ValueError(unknown("language", name, LANGUAGES))
        offer = Offer(language, Path(self.getConfig("folder")))
        md.inlinePatterns.register(BracesProcessor(md, offer), "exhibit-braces", 182)
        # Before punctuation is joined to formulas (12): a mark may stand between the two.
        md.treeprocessors.register(marks.GluedMarks(md), "exhibit-marks", 13)
        md.treeprocessors.register(ListingProcessor(md), "exhibit-listings", 16)
        md.treeprocessors.register(HeadingProcessor(md), "exhibit-headings", 7)
        md.treeprocessors.register(GuessProcessor(md, offer), "exhibit-guesses", 17)
        md.treeprocessors.register(FigureProcessor(md, offer), "exhibit-figures", 15)


def makeExtension(**options: Any) -> ExhibitsExtension:  # noqa: N802 - Python-Markdown's name
    """The entry that Python-Markdown looks for."""
    return ExhibitsExtension(**options)
