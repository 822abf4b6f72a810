"""Texts of an exhibit as readers see them: the same where two builds agree, and named where they do not."""

from dataclasses import replace

from figures_src.cache import shown
from figures_src.model.exhibit import Number
from tests.figures_src.cache.examples import CHECK, OFFERED


def test_everything_that_pages_can_quote_has_a_name_and_its_text() -> None:
    assert shown.texts(OFFERED) == {
        "title": "Text(zh='名', en='name')",
        "settings": "depth=2",
        "number loss": "0.25",
        "number count": "7",
        "listing program (zh)": "一",
        "listing program (en)": "one",
        "check near": "1.04 ≈ 1 ± 0.05 holds",
        "question which": "2.0 (2, 8); 3.0 (9, 3): choice 1",
    }


def test_a_check_says_whether_it_holds_and_shows_a_tolerance_only_where_it_has_one() -> None:
    failing = replace(OFFERED, checks={"near": replace(CHECK, relation=">", tolerance=None, measured=Number(0.5, "g"))})
    assert shown.texts(failing)["check near"] == f"0.5 > 1 {shown.FAILING}"


def test_two_builds_differ_by_what_only_one_has_and_by_what_both_show_otherwise() -> None:
    one = {"a": "1", "b": "2", "c": "3", "long": "x" * 120, "lines": "1\n2"}
    other = {"a": "1", "b": "9", "d": "4", "long": "y", "lines": "1"}
    assert list(shown.differences(one, other)) == [
        "b: 2 / 9",
        "c: 3 / nothing",
        "d: nothing / 4",
        "lines: another text / 1",
        "long: another text / y",
    ]
    assert list(shown.differences(one, one)) == []
    assert list(shown.differences({"long": "x" * 119}, {})) == [f"long: {'x' * 119} / nothing"]
