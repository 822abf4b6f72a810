"""The theory page names every public formula of the laboratory, with arguments that it has, and no other."""

import dataclasses
import inspect
import re

import pytest

from figures_src.model.failures import DOCS
from figures_src.model.language import LANGUAGES, Language
from gradlab import batched, theory
from gradlab.experiments.training.learning_rate import FirstStep
from gradlab.networks import MLPConfig
from gradlab.passes import LayerRecord

ANCHORS = {
    "notation", "mean-field", "relu-law", "tanh-criticality", "weight-gradients", "batch-normalization", "residual",
    "finite-width", "dead-networks", "saturation", "recurrent", "transformers", "descent", "clipping", "output-layer",
}  # fmt: skip
CODE = re.compile(r"`([^`\n]+)`")
CALL = re.compile(r"([a-z_]\w*)\(([^()]*)\)")


def text(language: Language) -> str:
    return (DOCS / language / "theory.md").read_text(encoding="utf-8")


def code(language: Language) -> list[str]:
    return CODE.findall(re.sub(r"^```.*?^```", "", text(language), flags=re.MULTILINE | re.DOTALL))


# A name of neither a function nor a class is the type of an argument, and no formula.
FORMULAS = {
    name for name in theory.__all__ if inspect.isroutine(thing := getattr(theory, name)) or inspect.isclass(thing)
}


def parameters(name: str) -> set[str]:
    """The arguments of a function of the theory, or of a method of one of its results."""
    found = getattr(theory, name, None)
    if found is None:
        classes = [thing for thing in vars(theory).values() if isinstance(thing, type)]
        found = next((getattr(kind, name) for kind in classes if hasattr(kind, name)), None)
    assert callable(found), f"gradlab.theory has no {name}"
    return set(inspect.signature(found).parameters)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_formula_is_on_the_page(language: Language) -> None:
    named = {re.split(r"\W", span)[0] for span in code(language)}
    assert FORMULAS - named == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_formula_on_the_page_exists_with_its_arguments(language: Language) -> None:
    calls = [match for span in code(language) if (match := CALL.fullmatch(span))]
    assert len(calls) >= len(FORMULAS) - 2
    for name, arguments in (match.groups() for match in calls):
        written = set(filter(None, arguments.replace(" ", "").split(","))) - {"..."}
        assert written <= parameters(name), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letters_are_those_of_the_laboratory(language: Language) -> None:
    known = {field.name for kind in (LayerRecord, MLPConfig, FirstStep) for field in dataclasses.fields(kind)}
    functions = [getattr(theory, name) for name in sorted(FORMULAS)] + [batched.run]
    known |= {argument for function in functions for argument in inspect.signature(function).parameters}
    known |= FORMULAS
    (notation,) = re.findall(r"^## .*?\{#notation\}$(.*?)^## ", text(language), flags=re.MULTILINE | re.DOTALL)
    rows = [row.split("|")[2] for row in notation.splitlines() if row.startswith("| $")]
    letters = [letter for row in rows for letter in CODE.findall(row)]
    assert len(letters) >= 15
    assert [letter for letter in letters if letter not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sections_to_which_other_pages_link(language: Language) -> None:
    found = set(re.findall(r"^## .*\{#([\w-]+)\}$", text(language), flags=re.MULTILINE))
    assert found >= ANCHORS
