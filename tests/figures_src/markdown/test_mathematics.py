"""TeX becomes MathML, or an error on one line that names the TeX."""

import hashlib
import threading
from xml.etree import ElementTree

import pytest

from figures_src.drawing.fonts import missing_from_formulas
from figures_src.markdown import mathematics
from figures_src.markdown.mathematics import TEMML, MathematicsError, rules, styles, temml_version, typeset

FORMULAS = (
    r"\sigma'(z) = \sigma(z)\,(1 - \sigma(z)) \le \tfrac14",
    r"\frac{\partial J}{\partial W^{[1]}} = \delta^{[L]} \prod_{l=2}^{L} W^{[l]}\, a^{[0]\top}",
    r"\operatorname{ReLU}(z) = \begin{cases} z, & z > 0 \text{（激活）} \\ 0, & \text{（死亡）} \end{cases}",
    r"\begin{aligned} z &= W a + b \\ a &= \phi\bigl(z\bigr), \qquad l = 1, \dots, L \end{aligned}",
    r"\sqrt{\sum_{i=1}^{n} w_i^2} \approx \lVert w \rVert_2, \quad \hat y,\ \bar x,\ \vec v",
    r"\mathbb{E}\left[\ln\lvert W_l\rvert\right] < 0, \quad W_l \sim \mathcal{N}(\mu, \sigma^2)",
    r"\underbrace{\sigma_w^2 \int \phi'^2\,\mathrm{d}u}_{\chi_1} \cdot \overline{ab} \to \infty",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1} \odot \delta \ne \lim_{n\to\infty} n",
)


def parsed(tex: str, *, display: bool) -> ElementTree.Element:
    return ElementTree.fromstring(typeset(tex, display=display))


def test_the_vendored_temml_is_the_one_its_readme_names() -> None:
    readme = TEMML.with_name("README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(TEMML.read_bytes()).hexdigest() in readme
    assert f"Temml {temml_version()} " in readme
    assert "MIT License" in TEMML.with_name("LICENSE").read_text(encoding="utf-8")


def test_a_formula_inside_a_sentence() -> None:
    assert typeset(r"\frac{1}{4}", display=False) == (
        r'<math alttext="\frac{1}{4}"><mfrac><mn>1</mn><mn>4</mn></mfrac></math>'
    )


def test_limits_stand_under_the_sum_only_in_display() -> None:
    sum_with_limits = r"\sum_{l=1}^{L} x_l"
    display = parsed(sum_with_limits, display=True)
    assert display.get("display") == "block"
    assert display.find(".//munderover") is not None
    inline = parsed(sum_with_limits, display=False)
    assert inline.get("display") is None
    assert inline.find(".//msubsup") is not None


def test_a_circled_sign_between_factors_stays_as_large_as_they_are() -> None:
    product = parsed(r"a \odot b \otimes c", display=True)
    assert [sign.get("largeop") for sign in product.iter("mo")] == ["false", "false"]


@pytest.mark.parametrize("tex", FORMULAS)
@pytest.mark.parametrize("display", [False, True])
def test_formulas_of_the_field(tex: str, display: bool) -> None:
    math = parsed(tex, display=display)
    assert math.tag == "math"
    assert math.get("alttext") == tex
    assert "color" not in typeset(tex, display=display)
    assert not missing_from_formulas("".join(math.itertext()))


def test_a_style_is_a_class_that_says_it_and_the_rules_follow_from_the_page() -> None:
    mathml = typeset(r"\begin{cases} 1 & 2 \end{cases} \hat y \color{#123}{z}", display=True)
    assert " style=" not in mathml
    assert '<mtd class="tml-left tml:padding-left:1em_3b_padding-right:0em">' in mathml
    assert styles(f'<p class="tml"><a class="other">{mathml}</a></p>') == {
        "tml:color:_23_123",
        "tml:math-depth:0",
        "tml:padding-left:0em_3b_padding-right:0em",
        "tml:padding-left:1em_3b_padding-right:0em",
    }
    assert rules(["tml:padding-left:1em_3b_padding-right:0em", "tml:border-top:0.06em_20_solid"]) == (
        r".tml\:border-top\:0\.06em_20_solid{border-top:0.06em solid!important}"
        r".tml\:padding-left\:1em_3b_padding-right\:0em{padding-left:1em!important;padding-right:0em!important}"
    )


def test_space_between_rows_is_not_shown() -> None:
    table = parsed(r"\begin{gathered} a \\[6pt] b \end{gathered}", display=True)
    assert ["".join(row.itertext()) for row in table.iter("mtr")] == ["a", "b"]


def test_an_ellipsis_is_one_sign() -> None:
    assert [sign.text for sign in parsed(r"a + \dots", display=False).iter("mo")] == ["+", "…"]


def test_an_exponent_belongs_to_all_that_stands_in_parentheses() -> None:
    base = parsed("(1 + s)^2", display=False).find(".//msup")
    assert base is not None
    assert "".join(base[0].itertext()) == "(1+s)"


def test_chinese_words_stay_words() -> None:
    assert "否则" in [text.text for text in parsed(r"0 \text{否则}", display=False).iter("mtext")]


def test_the_alternative_text_is_on_one_line_and_escaped() -> None:
    mathml = typeset('a < b\n& "c"'.replace("&", r"\&"), display=False)
    assert mathml.startswith('<math alttext="a &lt; b \\&amp; &quot;c&quot;">')


def test_a_long_formula_survives_the_crossing_into_python() -> None:
    rows = r" \\ ".join(rf"z_{{{row}}} &= W_{{{row}}} a_{{{row}}} + b_{{{row}}}" for row in range(200))
    math = parsed(rf"\begin{{aligned}} {rows} \end{{aligned}}", display=True)
    assert len(math.findall(".//mtr")) == 200


def test_a_formula_is_typeset_in_any_thread() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(typeset(r"\tanh' 0 = 1", display=False)))
    thread.start()
    thread.join()
    assert found == [typeset(r"\tanh' 0 = 1", display=False)]


def test_a_thread_reads_the_typesetter_once() -> None:
    assert mathematics._engine() is mathematics._engine()


def test_an_error_of_no_formula_is_the_reason_alone() -> None:
    assert str(MathematicsError(" ", "a formula is empty")) == "a formula is empty"


def test_an_error_at_the_end_has_no_place() -> None:
    with pytest.raises(MathematicsError, match=r"expected '}'$"):
        typeset(r"\frac{1}{", display=False)


def test_a_definition_ends_with_its_formula() -> None:
    typeset(r"\gdef\leak{x}\leak", display=False)
    with pytest.raises(MathematicsError, match="leak"):
        typeset(r"\leak", display=False)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (" ", "a formula is empty"),
        (r"\frac{1}{", r"formula $\frac{1}{$: Unexpected end of input in a macro argument, expected '}'"),
        (
            r"x + \sigmoid z",
            r"formula $x + \sigmoid z$: Unsupported function name: \sigmoid (at character 5)",
        ),
        ("a}", "formula $a}$: Expected 'EOF', got '}' (at character 2)"),
        ("a^{b}^{c}", "formula $a^{b}^{c}$: Double superscript (at character 6)"),
        (r"\begin{matrx}a\end{matrx}", "No such environment: matrx"),
        ("x\n\\wrong\ny", r"formula $x \wrong y$: Unsupported function name: \wrong (at character 3)"),
        (r"\includegraphics{x}", "is not trusted"),
        (r"\def\a{\a\a}\a", "Too many expansions"),
        (r"\cancel{x}", "does not draw the notation 'updiagonalstrike'"),
        ("{" * 5000, "formula $" + "{" * 159 + "…$: "),
    ],
)
def test_what_cannot_be_typeset_is_named_on_one_line(tex: str, message: str) -> None:
    with pytest.raises(MathematicsError) as caught:
        typeset(tex, display=False)
    assert isinstance(caught.value, ValueError)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.tex == tex.strip()


def test_an_error_in_display_says_so() -> None:
    with pytest.raises(MathematicsError) as caught:
        typeset("a}", display=True)
    assert str(caught.value).startswith("formula $$a}$$: ")
