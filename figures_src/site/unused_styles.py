"""The theme's style sheets without the rules that no page of a build can need.

A rule stays unless each of its selectors asks for a tag, a class, an id or an attribute's value that is in no page and
is a word of no script. What stands in `:not()` and `:has()`, and every state, is taken to be possible. Then go the
animations and the custom properties that nothing names any more, among them dozens of icons.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import tinycss2  # type: ignore[import-untyped]
from tinycss2.ast import (  # type: ignore[import-untyped]
    AtRule,
    FunctionBlock,
    HashToken,
    IdentToken,
    LiteralToken,
    Node,
    QualifiedRule,
    SquareBracketsBlock,
    StringToken,
    WhitespaceToken,
)

STYLES = "assets/stylesheets/*.css"
# Scripts of pages; what runs in a worker knows no page.
SCRIPTS = ("assets/js/*.js", "assets/javascripts/*.js")
_WORD = re.compile(r"[\w-]+")
_TAG = re.compile(r"""<[a-zA-Z](?:[^>"']|"[^"]*"|'[^']*')*>""")
# A use of a custom property's value; a script may ask for it by the name alone.
_NAMED = re.compile(r"""(?:var\(\s*|["'`])(--[\w-]+)""")
_ANIMATED = re.compile(r"animation(?:-name)?:([^;}]*)")
_ANY_OF = frozenset({"is", "where"})
# At-rules with rules inside.
_GROUPS = frozenset({"media", "supports", "layer", "container"})


# Whether a value that is found is accepted by an operator and what stands behind it; equal ones are looked up.
ACCEPTS: dict[str, Callable[[str, str], bool]] = {
    "": lambda found, asked: True,  # noqa: ARG005 - any value will do
    "~=": lambda found, asked: asked in found.split(),
    "|=": lambda found, asked: found == asked or found.startswith(f"{asked}-"),
    "^=": str.startswith,
    "$=": str.endswith,
    "*=": str.__contains__,
}


class _Names(HTMLParser):
    """Tags, classes, ids, and attributes with their values, of pages that are fed to it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.values: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.values.setdefault(name, set()).add(value or "")


@dataclass(frozen=True)
class Used:
    """Tags, attributes' values and classes of pages, and the words of the scripts that change them."""

    tags: frozenset[str]
    values: dict[str, frozenset[str]]
    classes: frozenset[str]
    words: frozenset[str]

    def tag(self, name: str) -> bool:
        """Whether there can be a tag."""
        return name == "*" or name in self.tags or name in self.words

    def named(self, name: str) -> bool:
        """Whether anything can have a class."""
        return name in self.classes or name in self.words

    def identified(self, name: str) -> bool:
        """Whether anything can have an id."""
        return name in self.values.get("id", ()) or name in self.words

    def attribute(self, name: str, operator: str, value: str) -> bool:
        """Whether anything can have an attribute, and one whose value a selector accepts."""
        found = self.values.get(name, frozenset())
        if not found and not self.words.intersection((name, _as_data(name))):
            return False
        if operator == "=":
            return value in found or value in self.words
        return any(ACCEPTS[operator](one, value) for one in (*found, *self.words))


def _as_data(name: str) -> str:
    """A script's name for an attribute of data: data-md-color is mdColor."""
    first, *rest = name.removeprefix("data-").split("-")
    return first + "".join(word.capitalize() for word in rest)


def used(pages: Iterable[str], scripts: Iterable[str]) -> Used:
    """The tags, values, classes and words by which pages and scripts can use a style."""
    names = _Names()
    for tag in sorted({tag for page in pages for tag in _TAG.findall(page)}):
        names.reset()  # what follows a script's tag would be its text
        names.feed(tag)
    values = {name: frozenset(found) for name, found in names.values.items()}
    classes = frozenset(one for value in values.get("class", ()) for one in value.split())
    words = frozenset(word for script in scripts for word in _WORD.findall(script))
    return Used(frozenset(names.tags), values, classes, words)


def lighten(folder: Path) -> None:
    """Write the theme's styles of a built language anew, with what its pages and scripts can need.

    The printable page, which holds the others once more, need not be there yet.
    """
    pages = [page.read_text(encoding="utf-8") for page in sorted(folder.glob("**/*.html"))]
    scripts = [script.read_text(encoding="utf-8") for pattern in SCRIPTS for script in sorted(folder.glob(pattern))]
    others = [style.read_text(encoding="utf-8") for style in sorted(folder.glob("assets/css/*.css"))]
    found = used(pages, scripts)
    sheets = {style: without_unused_rules(style.read_text("utf-8"), found) for style in sorted(folder.glob(STYLES))}
    for style, text in sheets.items():
        style.write_text(without_unused_names(text, [*sheets.values(), *others, *pages, *scripts]), encoding="utf-8")


def without_unused_rules(style: str, found: Used) -> str:
    """A style sheet without the rules that can hold for nothing."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return str(tinycss2.serialize(_kept(rules, found)))


def _kept(rules: Sequence[Node], found: Used) -> list[Node]:
    kept: list[Node] = []
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            rule.prelude = _possible(rule.prelude, found)
            if rule.prelude:
                kept.append(rule)
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in _GROUPS and rule.content is not None:
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            rule.content = _kept(inside, found)
            if rule.content:
                kept.append(rule)
        else:
            kept.append(rule)
    return kept


def _possible(selectors: Sequence[Node], found: Used) -> list[Node]:
    """The selectors of a list that can hold for something."""
    return _joined([selector for selector in _split(selectors, ",") if _can_hold(selector, found)], ",")


def _joined(parts: Iterable[Sequence[Node]], mark: str) -> list[Node]:
    joined: list[Node] = []
    for part in parts:
        joined += [LiteralToken(0, 0, mark), *part] if joined else part
    return joined


def _split(nodes: Iterable[Node], mark: str) -> list[list[Node]]:
    """A list at its commas or semicolons, without the space around the parts."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if node == mark:
            parts.append([])
        else:
            parts[-1].append(node)
    return [_trimmed(part) for part in parts]


def _trimmed(nodes: list[Node]) -> list[Node]:
    while nodes and isinstance(nodes[0], WhitespaceToken):
        nodes = nodes[1:]
    while nodes and isinstance(nodes[-1], WhitespaceToken):
        nodes = nodes[:-1]
    return nodes


def _can_hold(selector: Sequence[Node], found: Used) -> bool:
    before: Node | None = None
    for node in selector:
        mark = before.value if isinstance(before, LiteralToken) else ""
        if not _can_be(node, mark, found):
            return False
        before = node
    return True


def _can_be(node: Node, mark: str, found: Used) -> bool:
    """Whether a part of a selector can hold, which stands after a mark: of a class, of a state, or none."""
    if isinstance(node, IdentToken):
        return mark == ":" or (found.named(node.value) if mark == "." else found.tag(node.lower_value))
    if isinstance(node, HashToken):
        return found.identified(node.value)
    if isinstance(node, SquareBracketsBlock):
        return _attribute_can_be(node, found)
    if isinstance(node, FunctionBlock) and node.lower_name in _ANY_OF:
        return any(_can_hold(selector, found) for selector in _split(node.arguments, ","))
    return True


def _attribute_can_be(block: SquareBracketsBlock, found: Used) -> bool:
    name, *rest = [node for node in block.content if not isinstance(node, WhitespaceToken)]
    operator = "".join(node.value for node in rest if isinstance(node, LiteralToken))
    values = [node.value for node in rest if isinstance(node, (IdentToken, StringToken))]
    return found.attribute(name.value, operator, values[0] if values else "")


def without_unused_names(style: str, texts: Sequence[str]) -> str:
    """A style sheet without the animations and the custom properties that nothing names: no text, and not itself."""
    while True:
        everything = "\n".join([style, *texts])
        named = frozenset(_NAMED.findall(everything))
        animated = frozenset(word for value in _ANIMATED.findall(everything) for word in _WORD.findall(value))
        rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
        shorter = tinycss2.serialize(_without_names(rules, named, animated))
        if shorter == style:
            return style
        style = shorter


def _without_names(rules: Sequence[Node], named: frozenset[str], animated: frozenset[str]) -> list[Node]:
    kept: list[Node] = []
    for rule in rules:
        if isinstance(rule, AtRule) and rule.lower_at_keyword.endswith("keyframes"):
            if not animated.isdisjoint(node.value for node in rule.prelude if isinstance(node, IdentToken)):
                kept.append(rule)
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in _GROUPS and rule.content is not None:
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            rule.content = _without_names(inside, named, animated)
            kept += [rule] if rule.content else []
        elif isinstance(rule, QualifiedRule):
            declarations = [one for one in _split(rule.content, ";") if not one or _declares_named(one[0], named)]
            rule.content = _joined(declarations, ";")
            kept += [rule] if rule.content else []
        else:
            kept.append(rule)
    return kept


def _declares_named(start: Node, named: frozenset[str]) -> bool:
    """Whether a declaration is of a property of CSS, or of a custom one that is named somewhere."""
    return not (isinstance(start, IdentToken) and start.value.startswith("--")) or start.value in named
