"""Markup that is not whole is refused in one line, on the line that has it; code and what is whole is let through."""

import pytest

from figures_src.model.failures import Failure
from figures_src.pages import checks
from figures_src.pages.page import Page, read_pages
from tests.figures_src.pages.test_checks import CATALOG, WHOLE, both, page

HEAD = "# T {#t}\n\nA line.\n\n"
# The line of a slip below the head, unless another line is named.
BELOW = HEAD.count("\n") + 1
ROWS = "| a | b |\n| --- | --- |\n"


def failures(text: str) -> list[Failure]:
    return list(checks.check_markup([page(HEAD + text + "\n\nMore.\n")]))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a {{ verdict b }", 0, "found 2 opening and 1 closing braces"),
        ("a { sigmoid.maximum }}", 0, "found 1 opening and 2 closing braces"),
        ("a {{{ sigmoid.maximum }}", 0, "found 3 opening and 2 closing braces"),
        ("a {{ sigmoid.maximum", 0, "found 2 opening and 0 closing braces"),
        ("a }} b", 0, "found 0 opening and 2 closing braces"),
        ("## A {#a", 0, "found 1 opening and 0 closing braces"),
        ("| a | b |\n| 1 | 2 |", 0, "a table has a row of dashes"),
        (f"{ROWS}| 1 |", 2, "found 1 cells, allowed: 2"),
        (f"{ROWS}| 1 | 2 | 3 |", 2, "found 3 cells, allowed: 2"),
        (f"{ROWS}| 1 | 2\n| 1 | 2 |", 2, "begins and ends with |"),
        (f"{ROWS}1 | 2 |", 2, "begins and ends with |"),
        (f"a | b |\n{ROWS[10:]}| 1 | 2 |", 0, "begins and ends with |"),
        (f"Text\n{ROWS}| 1 | 2 |", 1, "an empty line above it"),
        ("[x](theory.md and (more)", 0, "'[' is left of markup in '[x](theory.md and (m"),
        ("[x theory.md)", 0, "'[' is left of markup"),
        ("x](theory.md)", 0, "']' is left of markup"),
        ("a [b](theory.md)\n\nx](theory.md)", 2, "']' is left of markup in 'x](theory.md)'"),
        ("**a**[x](theory.md", 0, "'[' is left of markup in '[x](theory.md'"),
        ("[](theory.md)", 0, "a link to 'theory.md' without a text or a target"),
        ("[x]()", 0, "a link to '' without a text or a target"),
        ("**bold*", 0, "'*' is left of markup"),
        ("a _word", 0, "'_' is left of markup"),
        ("a\n`code", 1, "'`' is left of markup"),
        ('<div markdown="1">\n\nx', 0, "<div> is not closed"),
        ("<div markdown><b>\n\nx\n\n</div>", 0, "<b> is not closed"),
        ("x\n\n</div>", 2, "</div> closes nothing"),
        ("<div\n\nx\n\n</div>", 0, "'<div' is no whole tag"),
        ("<dvi>x</dvi>", 0, "element: found 'dvi', the nearest is 'div'"),
        ('<div clas="x">x</div>', 0, "attribute of <div>: found 'clas', the nearest is 'class'"),
        ("<details markdown>\n<summary>a</summary>\n\nx", 0, "<details> is not closed"),
        ("```python\nx", 0, "the block of code '```python' is not closed"),
        ("```python\nx\n\n```python\ny\n```", 0, "the block of code '```python' is not closed"),
        ("``python\nx\n```", 0, "a block of code begins and ends with three backticks"),
        ("<!-- a", 0, "a comment without its -->"),
        ("a\n\nIt costs $5 more", 2, "a $ in 'It costs $5 more' closes no formula"),
        ("a `b` and $x here", 0, "a $ in"),
        ("$$\na\n\nb", 0, "no closing $$"),
        ("a $x$ and $$y$", 0, "a $ in"),
        (r"$\frc{1}{2}$", 0, r"formula $\frc{1}{2}$: "),
        ("a[^one] b", 0, "the footnote [^one] has no definition"),
        ("a[^one]\n\n[^noe]: b\n\nc[^noe]", 0, "the footnote [^one] has no definition; the nearest is [^noe]"),
        ("[^one]: b", 0, "the footnote [^one] is used nowhere"),
        ("*[HTML]: b", 0, "'*' is left of markup"),
        ("### A {#a}", 0, "a heading of level 3 below one of level 1, allowed: up to 2"),
        ("##A {#a}", 0, "a heading has a space after its #"),
        ("## A {#t}", 0, "the anchor #t is taken, in line 1"),
        ("Text\n---", 1, "makes a heading of the line above it"),
        ('![](figures/sigmoid.svg "C")', 0, "has no text for those who cannot see it"),
        ('[A](figures/sigmoid.svg "C")', 0, "a figure begins with !["),
        ("![A](figures/sigmoid.svg)", 0, "has no caption"),
        ('![A](figures/sigmoid.svg "C)', 0, "has no caption"),
        ('??? note "A\n\n    b', 0, "found '??? note \"A', allowed: ???, ???+ or !!!"),
        ('?? note "A"\n\n    b', 0, "found '?? note \"A\"', allowed: ???, ???+ or !!!"),
        ('??? nota "A"\n\n    b', 0, "kind of a fold: found 'nota', the nearest is 'note'"),
        ("??? guess sigmoid.law\n\n    - b", 0, "found '??? guess sigmoid.law', allowed: ???"),
        ('??? guess "A" ?', 0, "found '??? guess \"A\" ?', allowed: ???"),
        ('??? note "A"\n\nb', 0, "found nothing in"),
        ('--8<-- "sigmoid.md', 0, 'allowed: --8<-- "name.md"'),
        ('-8<-- "sigmoid.md"', 0, 'allowed: --8<-- "name.md"'),
        (":: gradlab.theory", 0, "allowed: ::: package.object"),
        ("Text\n- a\n- b", 1, "'-' is left of markup"),
        ("- a\n-b", 1, "'-' is left of markup"),
        ("x\n\n    print(1)", 2, "is indented by 4 spaces, which makes it code"),
        ("Text (that\nends", 0, "'(' in 'Text (that ends' stands alone"),
        ("An “unclosed word", 0, "'“' in 'An “unclosed word' stands alone"),
        ("a &nbps; b", 0, "'&nbps;' is left of markup"),
        ('<p class="x"\nstyle="top: 0">x</p>', 1, "found a style in '<p class=\"x\" style='"),
        ("![A](https://example.org/a.png)", 0, "found 'https://example.org/a.png', allowed: a file of the site"),
        ('a <img alt="A"\nsrc="//example.org/a.png">', 1, "found '//example.org/a.png', allowed: a file of the site"),
        ("x\n{ .slide style='top: 0' }", 1, "found a style in '{ .slide style='"),
    ],
)
def test_what_is_not_whole_is_one_line(text: str, line: int, message: str) -> None:
    (failure,) = failures(text)
    assert failure.where == f"docs/en/index.md:{BELOW + line}"
    assert message in failure.what


@pytest.mark.parametrize(
    ("matter", "line", "message"),
    [
        ("---\ndescription: a\n", 1, "found one line of dashes"),
        ("description: a\n---\n", 1, "without its --- above"),
        ("---\ndescription: a: b\n---\n", 2, "front matter: mapping values are not allowed here"),
        ("---\ndescription a\n---\n", 2, "allowed: lines such as 'description: ...'"),
        ("---\ntitle: A\ndescripton: a\n---\n", 3, "found 'descripton', the nearest is 'description'"),
        ("---\ndescription:\n---\n", 2, "description: found None, allowed: a text"),
        ("search:\n---\n", 1, "without its --- above"),
        ("---\ndescription: 2024-13-45\n---\n", 2, "front matter: month must be in 1..12"),
        ("---\ndescription: a\a\n---\n", 2, "front matter: unacceptable character #x0007"),
    ],
)
def test_broken_front_matter_is_one_line(matter: str, line: int, message: str) -> None:
    (failure,) = checks.check_markup([page(matter + HEAD)])
    assert failure.where == f"docs/en/index.md:{line}"
    assert message in failure.what


@pytest.mark.parametrize(
    "text",
    [
        "`{{ a` `[x](` `**` `|`",
        "```markdown\n{{ a\n| a |\n[x](\n<div>\n$\n```",
        "````\n```python\n````",
        f"{ROWS}| `a|b` | 2 |",
        "$|x| < \\frac{{a}}{b}$ and \\$5",
        "a[^1]\n\n[^1]: b",
        "- a\n- b\n\n    ```python\n    x\n    ```",
        '??? note "A"\n\n    ```\n    b\n    ```',
        '!!! note "A"\n    | a | b |\n    | --- | --- |\n    | 1 | 2 |',
        '??? note "A"\n    | a | b |\n    | --- | --- |\n    | 1 | 2 |',
        "<https://example.org/a_b> and a_b",
        "“<” is strict; x-fold, {{ sigmoid.maximum }}-fold",
        '<div class="x" markdown="1">\n\n**b**<br>\n\n</div>',
        "<!-- {{ a -->",
        '<p aria-label="a" data-x="1">x</p>',
    ],
)
def test_code_and_what_is_whole_are_let_through(text: str) -> None:
    assert failures(text) == []


@pytest.mark.parametrize("text", ['<div class="slied">\n\nx\n\n</div>', "x\n{ .slied }"])
def test_a_class_that_no_style_knows_is_refused(text: str) -> None:
    (failure,) = checks.check_classes([page(HEAD + text)])
    assert failure.what == "unknown class 'slied'; the nearest is 'slide'"


def test_the_real_pages_have_nothing_left_of_markup() -> None:
    pages = read_pages()
    assert [*checks.check_markup(pages), *checks.check_classes(pages)] == []


def test_a_slip_has_no_consequences_in_the_other_language() -> None:
    slips = ("{{ check sigmoid.law }", "```python\nx", "<div>", "[x](y.md", "a $ b", "### A {#a}")
    for slip in slips:
        broken: list[Page] = both(WHOLE, WHOLE.replace("{{ check sigmoid.law }}", slip))
        (failure,) = checks.check(broken, CATALOG)
        assert failure.where.startswith("docs/en/index.md:7"), failure
