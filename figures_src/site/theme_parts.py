"""The theme's script without the parts that no page of the site has a use for.

The theme's script is one file for every site: it brings annotations, diagrams, tabs, a switch of versions, a consent,
and three libraries. Here the places are taken out that start such a part, and then every declaration that nothing
reaches any more.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mkdocs.exceptions import PluginError
from pygments.lexers.javascript import JavascriptLexer  # type: ignore[import-untyped]
from pygments.token import Token  # type: ignore[import-untyped]

from figures_src.site.theme_changes import changed
from figures_src.site.theme_script import NAME, lighter

# Browsers tell by themselves where a focus is to be seen; the theme's style asks for a class.
FOCUS = (
    'addEventListener("focusin",({target})=>target.matches(":focus-visible")&&target.classList.add("focus-visible"));'
    'addEventListener("focusout",({target})=>target.classList.remove("focus-visible"));'
)
# The library's way with a button of the theme: `text` of the button is copied, and `copied` told of it.
COPY = (
    r'document.body.addEventListener("click",({target:clicked})=>{let trigger=clicked.closest(\1);if(!trigger)return;'
    r'let field=Object.assign(document.createElement("textarea"),{value:(\2)(trigger),readOnly:!0});'
    r"field.style.cssText=`position:absolute;left:-9999px;font-size:12pt;top:${scrollY}px`;document.body.append(field);"
    r'field.select();let done=document.execCommand("copy");field.remove();done&&(\3)({trigger})})'
)
_LIST_ITEM = r"\.\.\.\w+\({0},e\){1}\.map\(\w+=>[^;]*?\)\),(?=\.\.\.)"
_COMPONENT = r"\.\.\.\w+\({0}\)\.map\(\w+=>[\w$]+\(\w+(?:,\{{[^}}]*\}})?\)\),"
# Of promises and lists things are made here, but of no streams and nothing asynchronous else.
_ASYNCHRONOUS = (
    r"if\(\w+\(e\)\)return \w+\({0}\);(if\(\w+\(e\)\)return \w+\({0}\))"
    r";if\(\w+\(e\)\)return \w+\({0}\)(?=\}}throw \w+\(e\)\}})"
)
# A part, the place that starts it, and what then stands there instead.
PARTS = (
    (
        "the library for focus",
        r"var \w+=\$t\(\w+\(\)\);(?=var (\w+)=function\(\w+,\w+\)\{return \1=Object\.setPrototypeOf)",
        FOCUS,
    ),
    ("whether copying is possible", r"\w+\.default\.isSupported\(\)&&(?=new \w+\(\w+=>\{new \w+\.default\()", ""),
    ("whether copying is possible, at code", r"(?<=if\()\w+\.default\.isSupported\(\)&&(?=\()", ""),
    (
        "the library for copying",
        r'new \w+\.default\(("\[data-clipboard-target\], \[data-clipboard-text\]"),'
        r'\{text:(.*?)\}\)\.on\("success",(\w+=>\w+\.next\(\w+\))\)',
        COPY,
    ),
    ("annotations", _LIST_ITEM.format(r'"\.annotate:not\(\.highlight\)"', ""), ""),
    ("previews of links", _LIST_ITEM.format('"a"', ""), ""),
    ("diagrams", r'\.\.\.\w+\("pre\.mermaid",e\)\.map\(\w+=>\w+\(\w+\)\),', ""),
    ("tabs", _LIST_ITEM.format(r'"\[data-tabs\]"', ""), ""),
    ("titles in the text", _LIST_ITEM.format(r'"\[title\]:not\(\[data-preview\]\)"', r"\.filter\(.*?\)\)"), ""),
    (
        "annotations of code",
        r'if\((\w+) instanceof HTMLElement\)\{let (\w+)=\w+\(\1\);if\(typeof \2!="undefined"&&'
        r'\(\1\.classList\.contains\("annotate"\).*?\}\}(?=let \w+=\w+\(":scope > span\[id\]")',
        "",
    ),
    (
        "choice of lines of code",
        r'if\(\w+\.length&&\(e\.classList\.add\("md-code__content"\).*?\}\)\)\}\)\}(?=if\(\()',
        "",
    ),
    ("titles of buttons", r',\w+\("content\.tooltips"\)&&\w+\.push\(\w+\(\w+,\{viewport\$\}\)\)(?=\}if\()', ""),
    ("titles of what is cut off", r'\w+\("content\.tooltips"\)\?.*?:\w+(?=\}\)\)\.subscribe\(\))', "[]"),
    ("titles of states", r',\w+\("content\.tooltips"\)&&\w+\.pipe\(\w+\(\(\)=>\w+\("\.md-status"\)\).*?\)(?=\}f)', ""),
    ("titles of abbreviations", r',\w+\("content\.tooltips"\)&&\w+\(\w+\("abbr\[title\]",e\)\).*?\(\)(?=,)', ""),
    (
        "titles in the header",
        r'let (\w+)=\w+\(\w+\("\[title\]",e\)\)\.pipe\(.*?\)\);(return .*?),\w+\(\1\.pipe\(\w+\(\w+\)\)\)\)(?=\}\))',
        r"\2)",
    ),
    ("other languages", r"\w+\(\{document\$:\w+\}\);(?=var \w+=new \w+,\w+=\w+\(\w+\.base\);)", ""),
    (
        "loading without a browser",
        r'\w+\("navigation\.instant"\)&&\w+\(\{sitemap\$:\w+,[^}]*\}\)\.subscribe\(\w+\);',
        "",
    ),
    (
        "versions",
        r'\(\((\w+)=\w+\.version\)==null\?void 0:\1\.provider\)==="mike"&&\w+\(\{document\$:\w+\}\);',
        "",
    ),
    ("the consent", _COMPONENT.format('"consent"'), ""),
    ("the progress", _COMPONENT.format('"progress"'), ""),
    ("the repository's stars", r',\.\.\.\w+\("source"\)\.map\(\w+=>[\w$]+\(\w+\)\)', ""),
    ("the announcement", _COMPONENT.format('"announce"'), ""),
    ("sharing and completing a search", r'\.pipe\(\w+\(\.\.\.\w+\("search-share",e\).*?\)\)\)\)(?=\}catch)', ""),
    (
        "what old browsers lack",
        r"Object\.entries\|\|\(Object\.entries=.*?t\.replaceChild\(o,this\)\}\}\}\)\);(?=function )",
        "",
    ),
    ("asynchronous sources", _ASYNCHRONOUS.format("e"), r"\1"),
    ("asynchronous sources with a schedule", _ASYNCHRONOUS.format("e,t"), r"\1"),
    ("the map of the site", r"(?<=;)(var \w+=new \w+),\w+=\w+\(\w+\.base\)(?=;)", r"\1"),
    ("the map of the site, at the content", r"sitemap\$:\w+,(?=viewport\$:\w+,target\$:\w+,print\$)", ""),
)
_BUNDLE = re.compile(r'("use strict";\(\(\)=>\{)(.*)(\}\)\(\);)\s*(?://# sourceMappingURL=\S+)?\s*', re.DOTALL)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_BRACKETING = (Token.Punctuation, Token.Operator, Token.String.Interpol)
_LEXER = JavascriptLexer(stripnl=False, ensurenl=False)


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a script, the names it declares, and all names in it."""

    text: str
    declared: frozenset[str]
    named: frozenset[str]


def reduced(script: str) -> str:
    """The theme's script as it comes, with less to do for every page and without the parts that are not used here.

    Raises `PluginError` where the theme is not the version known here.
    """
    return without_unused_parts(lighter(script))


def without_unused_parts(script: str) -> str:
    """The theme's script without the parts that are not used here.

    Raises `PluginError` where the start of a part is not found just once: the theme is then not the version known here.
    """
    changes = ((f"starts of {part}", re.compile(place, re.DOTALL), change) for part, place, change in PARTS)
    return without_unused_declarations(changed(script, NAME, changes))


def without_unused_declarations(script: str) -> str:
    """A bundled script without the functions and variables that nothing which it does can reach.

    A declaration is taken to do nothing else. Any name counts, a property's too, so rather too much is kept.
    Raises `PluginError` where the script is no bundle.
    """
    if not (bundle := _BUNDLE.fullmatch(script)):
        raise PluginError(f"1 failure:\n  {NAME}: found no bundle, allowed: a script within one function")
    before, inside, after = bundle.groups()
    found = list(_statements(inside))
    declaring = {name: statement for statement in found for name in statement.declared}
    reached = [statement for statement in found if not statement.declared]
    kept = set(reached)
    while reached:
        needed = {declaring[name] for name in reached.pop().named if name in declaring} - kept
        kept |= needed
        reached.extend(needed)
    return f"{before}{''.join(statement.text for statement in found if statement in kept)}{after}\n"


def _statements(code: str) -> Iterator[Statement]:
    """The statements of a minified script; where an end is not plain, two are one that declares nothing."""
    depth, start, words, declared = 0, 0, list[str](), set[str]()
    for place, kind, text in _LEXER.get_tokens_unprocessed(code):
        if kind in Token.Name or kind in Token.Keyword:
            if depth == 0 and words and _declares(words, code[:place]):
                declared.add(text)
            words.append(text)
        if not any(kind in bracketing for bracketing in _BRACKETING):
            continue
        for offset, mark in enumerate(text):
            depth += (mark in _OPENING) - (mark in _CLOSING)
            ends = mark == ";" or (mark == "}" and words[:1] == ["function"])
            if depth == 0 and ends:
                end = place + offset + 1
                yield Statement(code[start:end], frozenset(declared), frozenset(words))
                start, words, declared = end, [], set()
    if code[start:].strip():
        yield Statement(code[start:], frozenset(), frozenset(words))


def _declares(words: list[str], before: str) -> bool:
    """Whether the next name is declared: a function's, or one of a list of variables."""
    return words == ["function"] or (words[0] == "var" and (words == ["var"] or before.endswith(",")))
