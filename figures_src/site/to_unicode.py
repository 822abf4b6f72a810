"""The ToUnicode maps of a PDF: code points for the glyphs of its fonts, which search and copying read.

Chromium takes for a glyph the first code point that its font gives it. In many Chinese fonts an ideograph shares its
glyph with a radical of an earlier block: 一 (U+4E00) is written as ⼀ (U+2F00), and no search finds it. The shapes are
the same, and text has no use for a radical: here each becomes its ideograph.
"""

import io
import re
import unicodedata
from itertools import chain
from typing import cast

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, StreamObject

# The CJK Radicals Supplement: Equivalent_Unified_Ideograph of the Unicode Character Database (UAX #44). Unicode
# normalization knows two of these pairs.
SUPPLEMENT = """
⺁厂 ⺂乛 ⺃乚 ⺄乙 ⺅亻 ⺆冂 ⺇𠘨 ⺈刀 ⺉刂 ⺊卜 ⺋㔾 ⺌小 ⺍小 ⺎兀 ⺏尣 ⺐尢 ⺑𡯂 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺗心
⺘扌 ⺙攵 ⺛旡 ⺜日 ⺝月 ⺞歺 ⺟母 ⺠民 ⺡氵 ⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺧牛 ⺨犭 ⺩王 ⺪𤴔 ⺫目 ⺬示 ⺭礻 ⺮𥫗 ⺯糹
⺰纟 ⺱罓 ⺲罒 ⺳㓁 ⺴冗 ⺵𦉫 ⺶羊 ⺷𦍌 ⺸𦍋 ⺹耂 ⺺肀 ⺻聿 ⺼肉 ⺽𦥑 ⺾艹 ⺿艹 ⻀艹 ⻁虎 ⻂衤 ⻃覀 ⻄西 ⻅见 ⻆角
⻇𧢲 ⻈讠 ⻉贝 ⻊𧾷 ⻋车 ⻌辶 ⻍辶 ⻎辶 ⻏邑 ⻐钅 ⻑長 ⻒镸 ⻓长 ⻔门 ⻕𨸏 ⻖阝 ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食
⻞𩙿 ⻟飠 ⻠饣 ⻡𩠐 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 ⻳龟
"""
# Kangxi Radicals, CJK Compatibility Ideographs and their supplement: normalization knows all of these.
NORMALIZED = chain(range(0x2F00, 0x2FE0), range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
IDEOGRAPHS = str.maketrans(
    {chr(point): unicodedata.normalize("NFKC", chr(point)) for point in NORMALIZED}
    | {pair[0]: pair[1] for pair in SUPPLEMENT.split()}
)

# Sections of a map: codes with their texts, or ranges of codes with the text of the first or with a list of texts
# (Adobe Technical Note 5411). A text is UTF-16 in hexadecimal.
SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
CODE = re.compile(rb"(<[^>]*>\s*<)([^>]*)")
RANGE = re.compile(rb"<([^>]*)>\s*<([^>]*)>\s*(<[^>]*>|\[[^]]*\])")
TEXT = re.compile(rb"<([^>]*)>")


def with_ideographs(pdf: bytes) -> bytes:
    """A PDF in whose text ideographs are no radicals; the same bytes where there are none."""
    reader = PdfReader(io.BytesIO(pdf))
    if not sum(_mend(stream) for stream in to_unicode_maps(reader)):
        return pdf
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    mended = io.BytesIO()
    writer.write(mended)
    return mended.getvalue()


def to_unicode_maps(reader: PdfReader) -> list[StreamObject]:
    """The ToUnicode maps of all fonts of a PDF."""
    objects = (reader.get_object(number) for number in range(1, cast(int, reader.trailer["/Size"])))
    fonts = (one for one in objects if isinstance(one, DictionaryObject) and "/ToUnicode" in one)
    return [stream for font in fonts if isinstance(stream := font["/ToUnicode"], StreamObject)]


def _mend(stream: StreamObject) -> bool:
    """Put ideographs for radicals in one map; whether there were any."""
    content = stream.get_data()
    mended = SECTION.sub(_section, content)
    if mended != content:
        stream.set_data(mended)
    return mended != content


def _section(found: re.Match[bytes]) -> bytes:
    if found[1] == b"char":
        return CODE.sub(lambda code: code[1] + _ideographs(code[2]), found[0])
    return RANGE.sub(_range, found[0])


def _range(found: re.Match[bytes]) -> bytes:
    first, last, of_range = found.groups()
    texts: list[bytes] = TEXT.findall(of_range)
    if not of_range.startswith(b"["):
        start, digits = int(texts[0], 16), len(texts[0])
        texts = [b"%0*X" % (digits, start + further) for further in range(int(last, 16) - int(first, 16) + 1)]
    mended = [_ideographs(text) for text in texts]
    if mended == texts:
        return found[0]
    # Ideographs of neighbouring radicals are no neighbours: each has its own text.
    return b"<%s> <%s> [%s]" % (first, last, b" ".join(b"<%s>" % text for text in mended))


def _ideographs(text: bytes) -> bytes:
    """The text of a code with ideographs for radicals, as in the map."""
    read = bytes.fromhex(text.decode()).decode("utf-16-be", "surrogatepass")
    return read.translate(IDEOGRAPHS).encode("utf-16-be", "surrogatepass").hex().upper().encode()
