"""Formulas in Markdown: inside a sentence, on lines of their own, beside code and tables, and wrong ones."""

from xml.etree import ElementTree

import pytest
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from material.plugins.search.plugin import Parser

from figures_src.markdown.formulas import FormulasExtension
from figures_src.markdown.mathematics import MathematicsError, typeset

MATH = '<math data-search-exclude="true"'


def converter(*extensions: str | Extension) -> Markdown:
    return Markdown(extensions=[FormulasExtension(), *extensions])


def render(text: str, *extensions: str | Extension) -> str:
    return converter(*extensions).convert(text)


def same_element(html: str, tex: str, *, display: bool) -> bool:
    expected = typeset(tex, display=display).replace("<math", MATH, 1)
    return ElementTree.canonicalize(html) == ElementTree.canonicalize(expected)


def test_a_formula_inside_a_sentence() -> None:
    html = render("导数 $\\sigma'(z)\\le\\frac14$，处处如此。")
    start, end = html.index("<math"), html.index("</math>") + len("</math>")
    # The span keeps the comma on the formula's line.
    assert html[:start] == '<p>导数 <span class="formula-end">'
    assert html[end:] == "，</span>处处如此。</p>"
    assert same_element(html[start:end], r"\sigma'(z)\le\frac14", display=False)


@pytest.mark.parametrize("text", ["$$\nx = y\n$$", "$$ x = y $$", "  $$\n  x = y\n  $$  "])
def test_a_formula_on_lines_of_its_own(text: str) -> None:
    html = render(text)
    assert html.startswith('<div class="formula"><math ')
    assert html.endswith("</math></div>")
    assert same_element(html.removeprefix('<div class="formula">').removesuffix("</div>"), "x = y", display=True)


def test_text_may_touch_a_display_formula() -> None:
    html = render("before\n$$\na\n$$\nbetween\n$$ b $$\nafter **$c$**")
    assert html.count('<div class="formula">') == 2
    assert html.count("<p>") == 3
    assert [html.index(word) for word in ("before", "between", "after")] == sorted(
        html.index(word) for word in ("before", "between", "after")
    )
    assert "<strong><math" in html


def test_emphasis_headings_and_lists_inside_tex_are_tex() -> None:
    html = render("$$\n# = a_1 * b_2 * c\n- d\n$$\n\n$a_1 b_1$ and $x*y*z$".replace("# =", r"\# ="))
    assert "<em>" not in html
    assert "<h1>" not in html
    assert "<li>" not in html


def test_no_space_creeps_in_between_a_formula_and_what_follows() -> None:
    assert "</math><strong>" in render("$x$**bold**")
    assert "</math>\n<strong>" in render("$x$\n**bold**")


def test_in_lists_quotations_headings_and_tables() -> None:
    html = render(
        "# Factor $\\chi$\n\n1. item $a$\n\n    $$ b $$\n\n> $$ c $$\n\n"
        "| p | q |\n|---|---|\n| $\\lvert x\\rvert$ | $y$ |\n",
        "tables",
    )
    assert html.count("<math") == 6
    assert html.count('<div class="formula">') == 2
    assert "$" not in html.replace('alttext="', "")


def test_code_is_left_alone() -> None:
    html = render("`$x$` and `a` $b$ `c`\n\n    $$ indented $$\n\n```\n$$\nfenced $x$\n$$\n```\n", "fenced_code")
    assert html.count("<math") == 1
    assert "<code>$x$</code>" in html
    assert "$$ indented $$" in html
    assert "$$\nfenced $x$\n$$" in html


def test_an_escaped_dollar_is_a_dollar() -> None:
    assert render(r"it costs \$5, not \$6") == "<p>it costs $5, not $6</p>"


def test_dollars_in_addresses_and_attributes_are_no_formulas() -> None:
    html = render('[link](https://example.org/$a)\n\n<b title="$x">bold</b>')
    assert 'href="https://example.org/$a"' in html
    assert 'title="$x"' in html


def test_a_formula_in_an_alternative_text_becomes_plain_text() -> None:
    assert 'alt="slope σ′(0)"' in render(r"![slope $\sigma'(0)$](figure.svg)")


def test_a_heading_with_a_formula_has_a_plain_name() -> None:
    md = converter("toc", "attr_list")
    md.convert(r"## Factor $\chi_1$ {#factor}")
    assert [(token["id"], token["name"]) for token in md.toc_tokens] == [("factor", "Factor χ1")]  # type: ignore[attr-defined]


def test_search_leaves_formulas_out() -> None:
    parser = Parser()
    parser.feed(render("## 梯度 $\\delta_l$ 的积 {#product}\n\n第 $l$ 层\n\n$$\n\\frac{a}{b}\n$$\n\n之后", "attr_list"))
    parser.close()
    words = "".join(text for section in parser.data for text in [*section.title, *section.text])
    assert "梯度" in words
    assert "之后" in words
    assert not set("δlab") & set(words.replace("<p>", "").replace("</p>", ""))


class Number(Extension):
    """Replaces `{{ name.key }}` as the project's own extension does: in running text."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name is Python-Markdown's
        class Injected(InlineProcessor):
            def handleMatch(self, m, data):  # type: ignore[no-untyped-def, override]  # noqa: N802
                return "0.25", m.start(0), m.end(0)

        md.inlinePatterns.register(Injected(r"\{\{\s*\w+\.\w+\s*\}\}", md), "number", 175)


def test_numbers_and_formulas_share_a_sentence() -> None:
    html = render("$a$ is {{ sigmoid.maximum }}, $a^{{b}}$", Number())
    assert "is 0.25, " in html
    assert html.count("<math") == 2


def test_a_number_inside_a_formula_is_refused() -> None:
    with pytest.raises(MathematicsError, match=r"\{\{ sigmoid.maximum \}\} is not replaced inside a formula"):
        render("$x = {{ sigmoid.maximum }}$", Number())
    with pytest.raises(MathematicsError, match=r"^formula \$\$x = \{\{ sigmoid.maximum \}\}\$\$: "):
        render("$$\nx = {{ sigmoid.maximum }}\n$$", Number())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"wrong $\frac{1}{$ here", r"formula $\frac{1}{$: Unexpected end of input"),
        ("$$\n\\wrong\n$$", r"formula $$\wrong$$: Unsupported function name: \wrong (at character 1)"),
        ("$$\nx = y\n\nz\n$$", "formula $$x = y$$: no closing $$ before the next empty line"),
        ("one $ alone", "a single $ in 'one $ alone' closes no formula; write \\$"),
        ("text $$x$$ text", "$$ in 'text $$x$$ text' is inside a line"),
        ("| a |\n|---|\n| $|x|$ |", "a single $ in '$' closes no formula"),
        ("$ spaced $", "closes no formula"),
        ("$a `b` c$", "closes no formula"),
    ],
)
def test_what_is_wrong_is_named_on_one_line(text: str, message: str) -> None:
    with pytest.raises(MathematicsError) as caught:
        render(text, "tables")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_errors_of_a_page_can_be_collected() -> None:
    errors: list[MathematicsError] = []
    md = Markdown(extensions=[FormulasExtension(report=errors.append)])
    html = md.convert("$\\wrong$ and $x$ and $ alone\n\n$$ a} $$\n\n$$\nopen")
    assert [error.tex for error in errors] == ["a}", "open", r"\wrong", ""]
    assert [error.around for error in errors] == ["", "", "", " and $ alone"]
    assert html.count("<math") == 1
    assert r"<code>\wrong</code>" in html


def test_python_markdown_finds_the_extension_by_name() -> None:
    assert "<math" in Markdown(extensions=["figures_src.markdown.formulas"]).convert("$x$")
