"""Line breaks inside code and numbers: at the places where a reader would break, not in the middle of a word."""

import re

from gradlab._internal.terminal import columns

_OBJECT_NAME = re.compile(r'(?<=<span class="doc doc-object-name )[^<]*')
_CODE = re.compile(r"(?P<block><pre[^>]*>(?:<span></span>)?)?<code>(?P<text>[^<]*)</code>(?P<mark>[，。、；：）]?)")
_ENTITY = re.compile(r"&#?\w+;")
# An underscore, an opening bracket, an equals sign, a slash or a dot inside a name or a call; no decimal point.
_JOINT = re.compile(r"(?<=[\w)\]])(?:[_(\[=/]|\.(?!\d))(?=[\w\"'])")
_SMALL_NUMBER = re.compile(r"\b\d[\d.]*e-\d+")
# In Chinese text browsers end a line beside the sign, whatever space stands there. Tags, drawings, formulas and the
# numbers that are marked already stay as they are.
_POWER = re.compile(
    r'(?P<other><(?P<tag>svg|math|script|data)\b.*?</(?P=tag)>|<span class="number">[^<]*</span>|<[^>]*>)'
    r"|[\d.,−]+[ \u00a0]×[ \u00a0]10[⁰¹²³⁴-⁹⁻]+",
    re.DOTALL,
)
# A long range in a table, as `extent` joins its ends: numbers that are marked already, or words.
_END = r'(?:<span class="number">[^<]*</span>|[^\s<>]+)'
_RANGE = re.compile(f"{_END}\u00a0– {_END}")
# A browser may end a line beside a formula, whatever space stands there.
_EQUALITY = re.compile(
    r"<math\b(?:(?!</math>).)*</math>\u00a0[=≈]\u00a0<(?P<tag>data|span)\b[^>]*>[^<]*</(?P=tag)>", re.DOTALL
)
_TITLE = re.compile(r"(<h1[^>]*>[^<]*(?:：|: ))([^<]+)")
# Half of a phone's line: so much stays together.
SHORT = 20
# Length of a phone's line of a title, in Latin letters; a Chinese character is as wide as two.
TITLE = 24


def with_line_breaks(html: str) -> str:
    """A page's content whose names of objects and inline code break at their joints, and whose numbers do not break.

    A title in two parts breaks between them, and a long range only on a phone. What a formula is equal to stays beside
    it. Short code stays in one piece, with the mark after it. Blocks of code scroll, and stay as they are.
    """
    html = _TITLE.sub(_title, html)
    html = _OBJECT_NAME.sub(lambda match: match[0].replace(".", ".<wbr>"), html)
    html = _CODE.sub(lambda match: match[0] if match["block"] else _inline(match["text"], match["mark"]), html)
    html = _POWER.sub(lambda match: match[0] if match["other"] else f'<span class="number">{match[0]}</span>', html)
    html = _EQUALITY.sub(r'<span class="whole">\g<0></span>', html)
    return _RANGE.sub(r'<span class="extent">\g<0></span>', html)


def _title(match: re.Match[str]) -> str:
    return f'{match[1]}<span class="whole">{match[2]}</span>' if columns(match[2]) <= TITLE else match[0]


def _inline(text: str, mark: str) -> str:
    if _length(text) <= SHORT:
        code = f'<code class="whole">{text}</code>'
        return f'<span class="whole">{code}{mark}</span>' if mark else code
    return f"<code>{' '.join(map(_word, text.split(' ')))}</code>{mark}"


def _word(word: str) -> str:
    # Without the span, a browser ends the line after any hyphen of an option such as --depth.
    broken = f'<span class="whole">{word}</span>' if _length(word) <= SHORT else _JOINT.sub(r"\g<0><wbr>", word)
    return _SMALL_NUMBER.sub(r'<span class="number">\g<0></span>', broken)


def _length(text: str) -> int:
    return len(_ENTITY.sub("&", text))
