"""References of a page to exhibits: each with its kind, its name and its line, and what says nothing is told."""

import pytest

from figures_src.markdown.references import FORMS, Reference, parse_braces, references, unreadable, without_code

PAGE = """# Title

![Alt](figures/one.svg "Caption") and {{ one.top }}
![Alt](../figures/two.svg)

--8<-- "three.part.md"

??? guess "one.ratio"

    {{ check one.law }}{{ verdict it-is-so }}

<!-- {{ in.comment }}
--> `{{ in.code }}` {{ constant 2.13 }}

```text
{{ in.block }} ![](figures/in_block.svg)
```

{{listing one.program}} {{ answer one.top }} {{ quotation 0.1 }} {{ nothing }}
"""


def test_every_reference_is_found_with_its_line_in_the_order_of_the_page() -> None:
    assert references(PAGE) == [
        Reference("figure", "one", 3),
        Reference("number", "one.top", 3),
        Reference("figure", "two", 4),
        Reference("table", "three.part", 6),
        Reference("question", "one.ratio", 8),
        Reference("check", "one.law", 10),
        Reference("verdict", "it-is-so", 10),
        Reference("constant", "2.13", 13),
        Reference("listing", "one.program", 19),
        Reference("answer", "one.top", 19),
        Reference("constant", "0.1", 19),
        Reference("unreadable", "nothing", 19),
    ]


def test_code_and_comments_are_blanked_and_every_place_stays() -> None:
    blanked = without_code(PAGE)
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in PAGE.split("\n")]
    assert set(blanked) <= set(PAGE)
    assert not any(hidden in blanked for hidden in ("in.comment", "in.code", "in.block", "in_block", "`"))


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        ("check one.law", "check", "one.law"),
        ("listing one.program", "listing", "one.program"),
        ("answer  one.top", "answer", "one.top"),
        ("verdict scale-inputs", "verdict", "scale-inputs"),
        ("quotation 0.1 448", "constant", "0.1 448"),
        ("one.top", "number", "one.top"),
        ("check one", "unreadable", "check one"),
        ("verdict one.two", "unreadable", "verdict one.two"),
        ("chek one.law", "unreadable", "chek one.law"),
        ("constant", "unreadable", "constant"),
    ],
)
def test_braces_are_read_by_their_word(content: str, kind: str, name: str) -> None:
    assert parse_braces(content, 7) == Reference(kind, name, 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("chek one.law", "the nearest is 'check'"),
        ("check one", f"allowed: {FORMS}"),
        ("chek", f"allowed: {FORMS}"),
        ("far away", f"allowed: {FORMS}"),
    ],
)
def test_braces_that_say_nothing_are_told_with_the_nearest_word_or_all_forms(content: str, hint: str) -> None:
    assert unreadable(content) == f"cannot read {{{{ {content} }}}}; {hint}"
