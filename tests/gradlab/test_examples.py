"""The examples in docstrings: every one runs and prints what it says, and the main functions have one.

They are found in the sources: to import every module would cost every run of tests the libraries of the integrations.
"""

import ast
import doctest
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARSER = doctest.DocTestParser()
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _documented(node: Documented, name: str) -> Iterator[tuple[str, str]]:
    """Yield the docstring of a module, class or function and of what is in it, after the dotted name of each."""
    if text := ast.get_docstring(node, clean=False):
        yield name, text
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, f"{name}.{child.name}")


def _examples(path: Path) -> Iterator[doctest.DocTest]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for name, text in _documented(ast.parse(path.read_text(encoding="utf-8")), module):
        test = PARSER.get_doctest(text, {}, name, str(path), 0)
        if test.examples:
            yield test


EXAMPLES = [test for path in sorted((ROOT / "gradlab").rglob("*.py")) for test in _examples(path)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_prints_what_it_says(example: doctest.DocTest) -> None:
    report: list[str] = []
    # Without the names of its module, as a reader has none either.
    example.globs = {}
    failed, _ = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not failed, "".join(report)


def test_the_main_functions_have_an_example() -> None:
    assert len(EXAMPLES) >= 40
