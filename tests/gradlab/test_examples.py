"""The examples in docstrings: every one runs and prints what it says, and the main functions have one."""

import doctest
import importlib
import pkgutil

import pytest

import gradlab


def _modules() -> list[str]:
    found = pkgutil.walk_packages(gradlab.__path__, f"{gradlab.__name__}.")
    return [gradlab.__name__, *(module.name for module in found if module.name != "gradlab.__main__")]


def _examples(module: str) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module), module)
    return [test for test in found if test.examples]


EXAMPLES = [test for module in _modules() for test in _examples(module)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_prints_what_it_says(example: doctest.DocTest) -> None:
    report: list[str] = []
    # Without the names of its module, as a reader has none either.
    example.globs = {}
    failed, _ = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not failed, "".join(report)


def test_the_main_functions_have_an_example() -> None:
    assert len(EXAMPLES) >= 40
