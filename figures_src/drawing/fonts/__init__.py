"""The fonts of the site: where they are, and which characters they must hold.

All are committed as subsets of fonts under the SIL Open Font License, whose text stands beside each:

- `FIGURE_FONT`, a subset of Noto Sans SC, lets matplotlib measure labels on a machine without Chinese fonts.
  No reader loads it. It holds what the figures' source files say, so a new label may need it remade. The few
  signs that Noto Sans SC lacks (superscript digits above all) are in DejaVu Sans, part of matplotlib.
- `MATH_FONT`, a subset of STIX Two Math, draws the formulas of the pages in the browser.
- `figures_src.drawing.fonts.titles` has the font of the preview cards.

A test compares each with the sources; `figures_src.drawing.fonts.make_fonts` makes them and says how.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIGURE_FONT = Path(__file__).with_name("NotoSansSC-figures.ttf")
FIGURE_FAMILY = "Noto Sans SC Figures"
MATH_FONT = ROOT / "docs" / "theme" / "assets" / "fonts" / "stix-two-math-subset.woff2"

COMMAND = "python -m figures_src.drawing.fonts.make_fonts --noto-sans-sc FONT"

# The files whose strings can become text in a figure.
SOURCES = ("figures_src/exhibits/**/*.py", "figures_src/drawing/style*.py")

ASCII = "".join(map(chr, range(0x20, 0x7F)))
PUNCTUATION = "\u00a0§¨©«¬®¯°±²³´µ¶·¸¹»¼½¾¿×÷–—‖‘’“”†‡•…‰′″"
FULL_WIDTH = "　、。〈〉《》「」『』【】！％（），－／：；＜＝＞？［］｛｜｝～"
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψω"
SIGNS = "←↑→↓↔⇒⇔∀∂∃∅∆∇∈∉∏∑−∓√∝∞∠∥∧∨∩∪∫∴∵∼≈≠≡≤≥≪≫⊂⊃⊥⋅⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉ℓ"
# The project's fixed words, so that most new labels need no new font.
VOCABULARY = (
    "梯度消失爆炸激活函数预激活值饱和死亡单元初始化正交批量层归一残差连接裁剪学习率前向反向传播链式法则"
    "权重偏置扇入宽度深范数零中心平均场预测逐层因子随机种实测论断结论证据成立有条件误导展项"
    "网络输出隐藏第个每倍比例概率区间标准误差对数坐标轴最大小理界限导数原文损失准确训练步样本"
)
ALWAYS = ASCII + PUNCTUATION + FULL_WIDTH + GREEK + SIGNS + VOCABULARY


@dataclass(frozen=True, order=True)
class MissingCharacter:
    """A character that a figure may show and the committed figure font lacks, with the file that names it."""

    file: str
    line: int
    character: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.character!r} (U+{ord(self.character):04X}) "
            f"is missing from {FIGURE_FONT.name}; run: {COMMAND}"
        )


def characters_needed(root: Path = ROOT) -> dict[str, tuple[str, int]]:
    """Every character beyond ASCII in the strings of `SOURCES`, with its first file and line.

    Docstrings do not count: no figure shows them.
    """
    found: dict[str, tuple[str, int]] = {}
    for file in sorted({file for pattern in SOURCES for file in root.glob(pattern)}):
        name = file.relative_to(root).as_posix()
        for text, line in _strings(ast.parse(file.read_text(encoding="utf-8"))):
            for character in text:
                if not character.isascii():
                    found.setdefault(character, (name, line))
    return found


def _strings(tree: ast.Module) -> Iterator[tuple[str, int]]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value, node.lineno


def characters_of(font: Path) -> frozenset[str]:
    """The characters that a font file has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # a build that draws nothing needs no fontTools

    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


def missing_characters(root: Path = ROOT, font: Path = FIGURE_FONT) -> tuple[MissingCharacter, ...]:
    """The characters that the figures' sources name and no committed font has, by place."""
    needed = characters_needed(root)
    missing = needed.keys() - characters_of(font) - characters_of(fallback_font())
    return tuple(sorted(MissingCharacter(*needed[character], character) for character in missing))


def fallback_font() -> Path:
    """DejaVu Sans as it comes with matplotlib, for the signs that Noto Sans SC lacks."""
    import matplotlib as mpl  # only checks ask for it

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def missing_from_formulas(characters: Iterable[str], font: Path = MATH_FONT) -> frozenset[str]:
    """The characters that the formula font lacks, Chinese aside, which takes the page's font."""
    present = characters_of(font)
    return frozenset(
        character
        for character in characters
        if character not in present and not character.isspace() and not _is_chinese(character)
    )


def _is_chinese(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
