"""Slips in full: of several on a page each has its line and its message, and the first that ends the reading, alone."""

import pytest

from figures_src.pages import leftovers, markup
from figures_src.pages.markup import QUOTED, Slip, quoted

BRACES = "allowed: {{ ... }} for what is quoted, { ... } for attributes"
DOLLAR = "closes no formula; write \\$ for a dollar sign, and \\vert for | in a table"
FOLD = '???, ???+ or !!!, a kind, and a title in quotes: ??? note "Title"'
SPACES = "is indented by 4 spaces, which makes it code; write code between ```"


def _told(slips: list[Slip]) -> list[str]:
    return [f"{slip.line} {slip.what}" for slip in slips]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a {{ b }\n\nc }} d\n\n{x\n\n{ok} {{ ok }}",
            [
                f"1 '{{{{ b }}': found 2 opening and 1 closing braces, {BRACES}",
                f"3 '}}}}': found 0 opening and 2 closing braces, {BRACES}",
                f"5 '{{x': found 1 opening and 0 closing braces, {BRACES}",
            ],
        ),
        (
            "| a | b |\n| --- | --- |\n| 1 |\n\n| c |\n| 1 |\n\nText\n| d |\n| - |\n\n| e |\n| - |\n| \\|",
            [
                "3 a row of a table: found 1 cells, allowed: 2, as in the other rows",
                "5 a table has a row of dashes, such as | --- | --- |, below its first row",
                "9 a table has an empty line above it",
                "14 a row of a table begins and ends with |",
            ],
        ),
        ("a | b |\n| --- | --- |\n| 1 | 2 |", ["1 a row of a table begins and ends with |"]),
        (
            "a[^x] b[^y]\n\n[^z]: c\n\n[^yy]: d",
            [
                "1 the footnote [^x] has no definition",
                "1 the footnote [^y] has no definition; the nearest is [^yy]",
                "3 the footnote [^z] is used nowhere",
                "5 the footnote [^yy] is used nowhere",
            ],
        ),
        (
            '?? note\n\n??? nota "A"\n\n    b\n\n??? guess a\n\n    b\n\n!!! note "A"\nb',
            [
                f"1 found '?? note', allowed: {FOLD}",
                "3 kind of a fold: found 'nota', the nearest is 'note'",
                "7 found '??? guess a', allowed: ??? guess \"exhibit.question\"",
                "11 found nothing in '!!! note \"A\"', allowed: lines that are indented by 4 more spaces",
            ],
        ),
        (
            "8<-- x\n\n:: a.b\n\n::: a b",
            [
                "1 found '8<-- x', allowed: --8<-- \"name.md\"",
                "3 found ':: a.b', allowed: ::: package.object",
                "5 found '::: a b', allowed: ::: package.object",
            ],
        ),
        (
            "![](a.png)\n\n![A](figures/a.svg)\n\n[A](../figures/a.svg)",
            [
                "1 the image a.png has no text for those who cannot see it: ![text](...)",
                '3 the figure figures/a.svg has no caption: ![text](figures/a.svg "caption")',
                "5 a link to the figure ../figures/a.svg; a figure begins with ![",
            ],
        ),
        (
            '<p style="a">\n<img alt="A" src="http://a.b/c">\n</p>',
            [
                "1 found a style in '<p style=', allowed: a class; the site's policy refuses styles within pages",
                "2 found 'http://a.b/c', allowed: a file of the site; its policy refuses what other hosts have",
            ],
        ),
        (
            "### A\n\n##### B\n\n####### C\n\n#D\n\n## {#e}\n\n## E {#e}\n\nA\n===",
            [
                "3 a heading of level 5 below one of level 3, allowed: up to 4",
                "5 a heading of level 7, allowed: up to 6",
                "7 '#D': a heading has a space after its #, and a title",
                "11 the anchor #e is taken, in line 9",
                "14 makes a heading of the line above it; write ## before a heading",
            ],
        ),
        ("$5 and\n$6\n\n$x$ and $", [f"1 a $ in '$5 and $6' {DOLLAR}", f"4 a $ in 'and $' {DOLLAR}"]),
        (f"a $ {'x' * 30}", [f"1 a $ in 'a $ {'x' * 19}' {DOLLAR}"]),
        # A table may end the page, and a row of a table need no spaces.
        ("# A\n\n|a|b|\n|-|-|\n|1|2|", []),
    ],
)
def test_every_slip_has_its_line_and_its_message(text: str, expected: list[str]) -> None:
    slips = markup.slips(text)
    assert _told(slips) == expected
    assert not any(slip.whole for slip in slips)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '<dvi clas="a" aria-label="b">\n<dvi>\n<a href="b"\n<p x="1">\n\na {{ b }',
            [
                "1 element: found 'dvi', the nearest is 'div'",
                "1 attribute of <dvi>: found 'clas', the nearest is 'class'",
                "3 '<a href=\"b\"' is no whole tag",
                "4 attribute of <p>: found 'x', the nearest is 'max'",
            ],
        ),
        ("<div>\n<b>\n</div>", ["2 <b> is not closed"]),
        ("<p>\n</b>\n</p>", ["2 </b> closes nothing"]),
        ("a<br>\n<div/>\n<p>", ["3 <p> is not closed"]),
        ("a <!-- b\n-->\n\n<!-- c\n\n-->\n\n<!-- d", ["8 a comment without its -->"]),
        ("a\n--> b", ["2 --> closes no comment"]),
        ("```python\nx\n```\n\n~~~\ny\n```", ["5 the block of code '~~~' is not closed"]),
        ("``\nx", ["1 '``': a block of code begins and ends with three backticks"]),
        ("```\na\n  ```\n", ["1 the block of code '```' is not closed"]),
        ("$$\na\n\n$$\nb\n$$", ["1 a formula with no closing $$ before the next empty line"]),
        (
            "---\nzz: 1\ndescripton: b\ntitle:\n---\n",
            [
                "2 front matter: found 'zz', allowed: description, hide, search, title",
                "3 front matter: found 'descripton', the nearest is 'description'",
                "4 front matter: title: found None, allowed: a text",
            ],
        ),
        ("---\n- a\n---\n", ["2 front matter: found '- a', allowed: lines such as 'description: ...'"]),
        ("---\ntitle: [\n---\n", ["3 front matter: expected the node content, but found '<stream end>'"]),
        ("--\na\n--\n", ["1 front matter: found one line of dashes, allowed: a line --- above it and one below"]),
        ("title: a\n", ["1 front matter without its --- above"]),
    ],
)
def test_where_nothing_can_be_read_on_the_slip_that_stops_it_is_told(text: str, expected: list[str]) -> None:
    slips = markup.slips(text)
    assert _told(slips) == expected
    assert {slip.whole for slip in slips} == {True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Text\n\nA *b and (c\n\nd", ["3 '*' is left of markup in 'A *b and (c'; write it as code, or mend it"]),
        (
            'Text\n\n![a (b](c.png "t (u")\n\n(e\n',
            ["3 '(' in 'a (b' stands alone", "3 '(' in 't (u' stands alone", "5 '(' in '(e' stands alone"],
        ),
        (
            "x\n\n    code here\n    more\n\n[](a.md) and [b]()\n",
            [
                f"3 'code here more' {SPACES}",
                "6 a link to '' without a text or a target",
                "6 a link to 'a.md' without a text or a target",
            ],
        ),
        (
            "One (two\nthree\nfour\n\n“five\n\nsix》",
            [
                "1 '(' in 'One (two three four' stands alone",
                "5 '“' in '“five' stands alone",
                "7 '》' in 'six》' stands alone",
            ],
        ),
        ("\n\n    code", [f"3 'code' {SPACES}"]),
        ("- a\n-b", ["2 '-' is left of markup in 'a -b'; write it as code, or mend it"]),
        ("a `b` (c `d` e) “f", ["1 '“' in 'e) “f' stands alone"]),
        (
            f"{'before ' * 9}~ {'after ' * 9}",
            ["1 '~' is left of markup in 'efore before before ~ after after after a'; write it as code, or mend it"],
        ),
        ('<a id="x"></a> <a>b</a> ![](c.png)', []),
        ("```\n(a\n*b\n```\n\nfine (a) *b*", []),
        ('{{ a.b }}\n\n::: a.b\n    options:\n      x: *\n\n--8<-- "a.md"\n', []),
    ],
)
def test_what_is_left_in_the_text_has_its_line_and_its_message(text: str, expected: list[str]) -> None:
    assert _told(list(leftovers.found(text).left)) == expected


def test_formulas_and_dollars_have_the_lines_of_their_source() -> None:
    found = leftovers.found("$\\frc$ and $x$ a $ b\n\n$$\n\\wrong\n$$\n")
    assert sorted(_told(list(found.formulas))) == [
        r"1 formula $\frc$: Unsupported function name: \frc (at character 1)",
        r"4 formula $$\wrong$$: Unsupported function name: \wrong (at character 1)",
    ]
    assert _told(list(found.dollars)) == [f"1 a single $ in '… and … a $ b' {DOLLAR}"]
    assert found.left == ()


def test_a_quotation_is_a_line_of_so_many_characters() -> None:
    assert quoted("a\n b") == "'a b'"
    assert quoted("x" * QUOTED) == repr("x" * QUOTED)
    assert quoted("x" * (QUOTED + 1)) == repr("x" * (QUOTED - 1) + "…")
