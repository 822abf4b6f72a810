"""Slips of an author, planted into the real pages by rule, and which of them the checks of pages catch.

A slip counts where the converted page, or what it quotes, is another than before: only then is something published
that nobody meant. `python -m tests.figures_src.pages.slips [COUNT]` plants COUNT slips of each kind, prints what was
caught, and shows what was not or more than once.
"""

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from figures_src.cache import catalog as made
from figures_src.cache.catalog import Catalog
from figures_src.pages import checks, leftovers
from figures_src.pages.links import check_links
from figures_src.pages.markup import prose_of
from figures_src.pages.page import NOTEBOOK, Page, read_pages

SEED = 16
# A pattern, and what its match becomes; a group named `x` has two neighbouring letters exchanged.
KINDS: dict[str, tuple[str, str]] = {
    "an opening brace is missing": (r"\{\{ ", "{ "),
    "a closing brace is missing": (r" \}\}", " }"),
    "a brace too many": (r"\{\{ ", "{{{ "),
    "both closing braces are missing": (r" \}\}", " "),
    "the word of a quotation": (r"\{\{ (?P<x>check|verdict|listing|quotation|constant) ", ""),
    "the name of a number": (r"\{\{ (?P<x>\w+)\.\w+ \}\}", ""),
    "the name of a check": (r"\{\{ check \w+\.(?P<x>\w+)", ""),
    "a link's [": (r"(?<!!)\[(?=[^\]\n^]+\]\()", ""),
    "a link's ]": (r"\](?=\([a-z#])", ""),
    "a link's (": (r"(?<=\])\((?=[a-z#])", ""),
    "a link's )": (r"(?<=\.md)\)", ""),
    "a link's page": (r"\]\((?P<x>[a-z-]+)\.md", ""),
    "a link's ending": (r"(?<=[a-z])\.md(?=[)#])", ".m"),
    "a link's anchor": (r"\]\([a-z.-]*#(?P<x>[a-z0-9-]+)", ""),
    "a table's dashes": (r"^\|[ :|-]+\|\n", ""),
    "a table's bar": (r"(?<=\w) \| (?=\w)", "  "),
    "a table's cell": (r"(?<=^\|)[^|\n]+\|(?=[^\n]*\|$)", ""),
    "a table's first bar": (r"^\| (?=\w)", ""),
    "a table's empty line": (r"(?<=\n)\n(?=\|)", ""),
    "a fence's end": (r"^```\n", ""),
    "a fence's backtick": (r"^```(?=\w)", "``"),
    "a backtick": (r"`", ""),
    "a star": (r"\*\*", "*"),
    "a lone star": (r"(?<!\*)\*(?!\*)", ""),
    "a dollar": (r"(?<!\$)\$(?!\$)", ""),
    "a dollar too many": (r"(?<!\$)\$(?!\$)", "$$"),
    "a formula's end": (r"^\$\$\n(?!\S)", ""),
    "TeX's brace": (r"(?<=\$)[^$\n{}]*\{", r"\g<0>{"),
    "TeX's command": (r"\\(?P<x>frac|sigma|partial|sqrt|cdot)\b", ""),
    "a closing tag": (r"</(?:div|details|span|kbd|b)>", ""),
    "a tag's >": (r"(?<=[\"\w])>", ""),
    "a tag's name": (r"<(?P<x>div|details|summary|span|kbd)", ""),
    "an attribute's name": (r"<\w+ (?P<x>class|markdown|id)\b", ""),
    "an attribute's quote": (r"(?<=\w)\">", ">"),
    "a heading's space": (r"^(##+) ", r"\1"),
    "a heading's level": (r"^##(?= )", "####"),
    "a heading's mark": (r"^## ", "# "),
    "an anchor's }": (r"(?<=[a-z0-9])\}$", ""),
    "an anchor's #": (r"\{#", "{"),
    "an anchor's name": (r"\{#(?P<x>[a-z0-9-]+)\}", ""),
    "a list's space": (r"^(-|\d\.) ", r"\1"),
    "a list's empty line": (r"(?<=[:：]\n)\n(?=- |\d\. )", ""),
    "a fold's ?": (r"^\?\?\?", "??"),
    "a fold's kind": (r"^\?\?\? (?P<x>\w+)", ""),
    "a fold's quote": (r"^(\?\?\? \w+ \"[^\"\n]+)\"", r"\1"),
    "a fold's indent": (r"(?<=\n\n)    (?=\w)", ""),
    "an inclusion's quote": (r"(?<=\.md)\"$", ""),
    "an inclusion's dash": (r"^--8<", "-8<"),
    "an inclusion's name": (r"8<-- \"(?P<x>\w+)", ""),
    "an image's !": (r"!\[", "["),
    "an image's text": (r"!\[[^\]\n]+\]", "![]"),
    "an image's caption": (r"(?<=\.svg) \"[^\"\n]+\"", ""),
    "an image's quote": (r"(?<=\.svg \")[^\"\n]+\"", "x"),
    "an image's name": (r"figures/(?P<x>\w+)\.svg", ""),
    "front matter's end": (r"(?<=\n)---\n(?=\n)", ""),
    "front matter's key": (r"\A---\n(?P<x>description)", ""),
    "a class of a block": (r"^\{ \.(?P<x>\w[\w-]+) \}", ""),
    "a block's attributes' brace": (r"^(\{ \.[\w-]+) \}", r"\1"),
    "a bracket of a sentence": (r"(?<=\w)[)）](?=[ ,.，。])", ""),
    "a quotation mark": (r"”", ""),
    "an escape": (r"\\(?=\$)", ""),
}


@dataclass(frozen=True)
class Slip:
    """A planted slip: its kind, and the page with it."""

    kind: str
    page: Page


@dataclass(frozen=True)
class Outcome:
    """A slip that changes what is published, and the failures that tell of it."""

    slip: Slip
    told: tuple[str, ...]


def planted(pages: Sequence[Page], count: int, seed: int = SEED) -> Iterator[Slip]:
    """Plant `count` slips of each kind that the pages have a place for, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a sample
    shown = [page for page in pages if page.name != NOTEBOOK]
    for kind, (pattern, replacement) in KINDS.items():
        places = [(page, match) for page in shown for match in _matches(pattern, page)]
        for page, match in chance.sample(places, min(count, len(places))):
            changed = _exchanged(match) if "x" in match.groupdict() else match.expand(replacement)
            text = page.text[: match.start()] + changed + page.text[match.end() :]
            yield Slip(kind, Page(page.path, page.name, page.language, text, page.first_lines))


def _matches(pattern: str, page: Page) -> Iterator[re.Match[str]]:
    """The places of a pattern outside of code; what marks code itself is found in the text as it is."""
    prose = prose_of(page.text)
    for match in re.finditer(pattern, page.text, re.MULTILINE):
        own = "`" in pattern or r"\A" in pattern or "---" in pattern
        if own or prose[match.start() : match.end()] == match[0]:
            yield match


def _exchanged(match: re.Match[str]) -> str:
    start, end = match.start("x") - match.start(), match.end("x") - match.start()
    name = list(match[0][start:end])
    place = next((at for at in range(len(name) - 1) if name[at] != name[at + 1]), 0)
    name[place : place + 2] = reversed(name[place : place + 2])
    return f"{match[0][:start]}{''.join(name)}{match[0][end:]}"


def changes(page: Page, slip: Page) -> bool:
    """Whether a page with a slip is converted into something else, or quotes something else."""

    def published(one: Page) -> object:
        front = one.text.partition("\n---\n")[0]
        quoted = [(reference.kind, reference.name) for reference in one.references]
        return front, quoted, one.objects, leftovers.converted(one.text, lambda _: None)

    return published(page) != published(slip)


def told(slip: Slip, pages: Sequence[Page], offered: Catalog) -> list[str]:
    """The checks' messages on a page with a slip: on it alone, then on its links, then beside its other language."""
    page = slip.page
    versions = [page, *(one for one in pages if one.name == page.name and one.language != page.language)]
    changed = [page if (one.name, one.language) == (page.name, page.language) else one for one in pages]
    steps = (
        lambda: checks.check_own([page], offered),
        lambda: checks.check_headings(changed),
        lambda: check_links(changed, offered),
        lambda: checks.check_languages(sorted(versions, key=lambda one: one.language, reverse=True)),
    )
    return next((said for step in steps if (said := [str(failure) for failure in step()])), [])


def outcomes(count: int, offered: Catalog) -> Iterator[Outcome]:
    """The checks' messages on each planted slip that changes something."""
    pages = read_pages()
    whole = {(page.name, page.language): page for page in pages}
    for slip in planted(pages, count):
        if changes(whole[slip.page.name, slip.page.language], slip.page):
            yield Outcome(slip, tuple(told(slip, pages, offered)))


def _shown(outcome: Outcome) -> str:
    slip = outcome.slip
    (whole,) = (one for one in read_pages() if (one.name, one.language) == (slip.page.name, slip.page.language))
    pairs = zip(whole.text.splitlines(), slip.page.text.splitlines(), strict=False)
    number, line = next(((i, new) for i, (old, new) in enumerate(pairs, 1) if old != new), (0, ""))
    return f"{slip.kind}: {slip.page.where(number)}: {line.strip()[:140]}"


def report(count: int) -> Iterator[str]:
    """Lines about the slips that nothing tells and those that are told more than once, and the counts."""
    found = list(outcomes(count, made.read()))
    for outcome in found:
        if len(outcome.told) != 1:
            yield f"{len(outcome.told)} lines: {_shown(outcome)}"
            yield from (f"    {line}" for line in outcome.told)
    caught = sum(bool(outcome.told) for outcome in found)
    once = sum(len(outcome.told) == 1 for outcome in found)
    kinds = {outcome.slip.kind for outcome in found}
    yield f"{caught} of {len(found)} slips of {len(kinds)} kinds are caught, {once} in one line"


if __name__ == "__main__":
    for line in report(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        sys.stdout.write(f"{line}\n")
