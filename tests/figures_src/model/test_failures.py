"""Failures: one line, the nearest name, the author's own frame."""

import pytest

from figures_src.model.failures import ROOT, BuildFailedError, Failure, decoded, from_exception, from_import, unknown
from figures_src.model.language import Text
from gradlab import networks
from gradlab._internal import checks


def test_the_nearest_name_is_offered() -> None:
    message = unknown("figure", "explosoin", ["explosion", "sigmoid"])
    assert message == "unknown figure 'explosoin'; the nearest is 'explosion'"


def test_without_a_near_name_all_are_listed() -> None:
    assert unknown("figure", "qqq", ["b", "a"]) == "unknown figure 'qqq'; allowed: a, b"
    assert unknown("figure", "qqq", []) == "unknown figure 'qqq'; there is none"


def test_all_failures_stand_together() -> None:
    failed = BuildFailedError([Failure("a.md:1", "one"), Failure("b.md:2", "two")])
    assert str(failed) == "2 failures:\n  a.md:1: one\n  b.md:2: two"


def test_a_traceback_is_trimmed_to_the_projects_own_frame() -> None:
    with pytest.raises(ValueError) as caught:
        checks.one_of("activation", "sigmiod", ["sigmoid", "tanh"])
    failure = str(from_exception("exhibit x", caught.value))
    assert failure.startswith("exhibit x: ValueError: ")
    # A module that only reports the error is named where none of the author's is.
    assert "(at gradlab/_internal/checks.py:" in failure
    assert "\n" not in failure


def test_the_authors_frame_is_named_before_the_one_that_reports() -> None:
    with pytest.raises(ValueError) as caught:
        networks.ArticleNetwork(num_layers=0)
    assert "(at gradlab/networks.py:" in str(from_exception("exhibit x", caught.value))


def test_a_file_that_is_not_utf_8_is_named_with_its_line() -> None:
    with pytest.raises(BuildFailedError, match=r"docs/en/a\.md:2: found the byte 0xff, allowed: UTF-8"):
        decoded(b"one\ntwo \xff", ROOT / "docs/en/a.md")


def test_ends_of_lines_and_a_mark_of_the_encoding_are_an_editors_own() -> None:
    assert decoded(b"\xef\xbb\xbf---\r\ntitle: a\r\n", ROOT / "docs/en/a.md") == "---\ntitle: a\n"


def test_a_long_list_of_names_is_cut() -> None:
    message = unknown("check", "qqq", [f"x{number:02}" for number in range(60)])
    assert message.endswith("x18, x19 and 40 more")


def test_a_text_in_one_language_only_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="en"):
        Text(zh="层")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="the en text is empty, beside '层'"):
        Text(zh="层", en=" ")


def _raised(source: str, file: str) -> Exception:
    try:
        exec(compile(source, str(ROOT / file), "exec"), {})  # noqa: S102 - stands for an import
    except Exception as error:
        return error
    raise AssertionError


def test_what_cannot_be_imported_is_told_by_its_own_place() -> None:
    failure = from_import(_raised("x = 1\nfrom math import sine\n", "gradlab/networks.py"))
    assert failure is not None
    assert failure.where == "gradlab/networks.py:2"
    assert failure.what.startswith("ImportError: cannot import name 'sine' from 'math'")
    assert failure.importing == "gradlab/networks.py"


def test_what_a_function_raises_is_no_matter_of_importing() -> None:
    assert from_import(_raised("1 / 0", "figures_src/exhibits/article/fan.py")) is None
    assert from_import(ValueError("x")) is None
