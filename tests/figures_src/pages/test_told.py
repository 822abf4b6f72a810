"""Failures of pages that are told, and what they explain of others."""

from figures_src.model.failures import Failure
from figures_src.pages.told import NOTHING, Told
from tests.figures_src.pages.test_checks import page

ONE, OTHER = page("# A {#a\n\n{{ sigmoid.top }\n", name="one.md"), page("# B {#b}\n", name="other.md")
TOLD = Told.of([ONE, OTHER], [Failure(ONE.where(1), "braces"), Failure(ONE.where(3), "unknown 'relu.law'")])


def test_the_text_is_that_of_pages_with_a_failure_and_of_what_is_said_of_them() -> None:
    assert TOLD.text == f"{ONE.text}\nbraces\nunknown 'relu.law'"
    assert [failure.what for failure in TOLD.failures] == ["braces", "unknown 'relu.law'"]
    assert Told.of([ONE], []) == NOTHING == Told()


def test_a_name_is_explained_where_it_stands_as_a_whole() -> None:
    assert [TOLD.explains(name) for name in ("sigmoid.top", "relu.law", "relu", "law")] == [True, True, True, False]
    assert not any(map(TOLD.explains, ("sigmoid.to", "moid.top", "sigmoidxtop", "b")))
    assert [TOLD.explains_anchor(name) for name in ("a", "b", "sigmoid")] == [True, False, False]
    assert Told((), '<p id="a">').explains_anchor("a")
    assert not Told((), '<p id="a-b">').explains_anchor("a")


def test_failures_are_known_by_the_lines_of_their_page() -> None:
    assert (TOLD.on(ONE), TOLD.on(OTHER), NOTHING.on(ONE)) == (True, False, False)
    spans = [(1, 2), (2, 3), (2, 4), (3, None), (4, None)]
    assert [TOLD.within(ONE, *span) for span in spans] == [True, False, True, True, False]
    assert not TOLD.within(OTHER, 1, None)
    assert not Told((Failure(ONE.place, "as a whole"),)).on(ONE)
