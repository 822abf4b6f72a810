"""The experiments of a subject on a page: their references, their sources, their names."""

import re

import pytest
from markdown import Markdown

import gradlab.experiments
from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import SourceTree
from figures_src.markdown import source_pages
from figures_src.markdown.experiments import ExperimentsExtension, expanded, public_name, subjects
from figures_src.model.failures import relative
from figures_src.model.language import LANGUAGES
from figures_src.pages.page import read_pages
from tests.figures_src.cache.examples import OFFERED

MODULES = tuple(module for modules in subjects().values() for module in modules)


def written(text: str, language: str = "en") -> str:
    md = Markdown(extensions=["fenced_code", ExperimentsExtension(language=language)])
    lines = text.split("\n")
    for processor in md.preprocessors:
        lines = processor.run(lines)
    return "\n".join(lines).rstrip("\n")


def test_every_experiment_has_one_subject() -> None:
    assert sorted(module.stem for module in MODULES) == list(gradlab.experiments.__all__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_subject_has_its_page_and_is_listed(language: str) -> None:
    pages = {page.stem: page for page in read_pages() if page.language == language}
    for subject, modules in subjects().items():
        assert pages[f"reference-experiments-{subject}"].objects == [public_name(module) for module in modules]
        assert f"[][gradlab.experiments.{subject}]" in pages["reference-experiments"].text


def test_a_subject_becomes_its_experiments_each_with_its_source() -> None:
    text = written("::: gradlab.experiments.scale")
    names = [module.stem for module in subjects()["scale"]]
    assert re.findall(r"^::: gradlab\.experiments\.(\w+)$", text, re.MULTILINE) == names
    anchor = "gradlab-experiments-scale-sigma-map-py"
    assert f"[Source of `sigma_map`](source/sigma_map.md#{anchor})" in text
    assert "[`sigma_map` 的源代码]" in written("::: gradlab.experiments.scale", "zh")


def test_the_reference_of_an_experiment_is_a_section_of_the_page() -> None:
    lines = written("::: gradlab.experiments.scale").split("\n")
    first = lines.index("::: gradlab.experiments.sigma_map")
    assert lines[first - 1 : first + 4] == [
        "",
        "::: gradlab.experiments.sigma_map",
        "    options:",
        "      heading_level: 2",
        "",
    ]
    assert expanded("somewhere.else.scale") == ["somewhere.else.scale"]
    assert len(expanded("gradlab.experiments.scale")) > 1


def test_the_source_of_an_exhibit_is_its_module_and_its_experiments() -> None:
    exhibit, *experiments = (relative(path) for path in source_pages.shown("explosion", SourceTree()))
    assert exhibit == "figures_src/exhibits/article/explosion.py"
    assert "gradlab/experiments/activations/explosion.py" in experiments
    assert not [path for path in experiments if "__init__" in path or not path.startswith("gradlab/experiments/")]


def test_a_page_of_source_code_has_its_files_below_their_names() -> None:
    made = Catalog({"sigmoid": OFFERED}, frozenset(), frozenset())
    page = source_pages.page("sigmoid", made, "en", [("a/b_c.py", "x = 1\n\n"), ("d.py", "y")])
    title = made.title("sigmoid", "en")
    assert page == (
        f'---\ndescription: "The code behind “{title}”: the exhibit itself and the experiments that it runs."\n'
        f"search:\n  exclude: true\n---\n\n# Source: {title} {{#source}}\n\n"
        "## `a/b_c.py` {#a-b-c-py}\n\n````python\nx = 1\n````\n\n## `d.py` {#d-py}\n\n````python\ny\n````\n"
    )
    other = source_pages.page("sigmoid", made, "zh", [])
    assert f"# 源代码：{made.title('sigmoid', 'zh')} {{#source}}" in other
    assert "背后的代码" in other


@pytest.mark.parametrize(("language", "between"), [("en", ", "), ("zh", "、")])
def test_names_lead_to_the_references(language: str, between: str) -> None:
    links = [f"[`{module.stem}`][{public_name(module)}]" for module in subjects()["scale"]]
    assert written("- Scale: [][gradlab.experiments.scale].", language) == f"- Scale: {between.join(links)}."


@pytest.mark.parametrize("text", ["::: gradlab.experiments.sigma_map", "[][gradlab.experiments.skale]", "::: gradlab"])
def test_what_is_no_subject_stays(text: str) -> None:
    assert written(text) == text
    assert expanded("gradlab.experiments.sigma_map") == ["gradlab.experiments.sigma_map"]


def test_every_experiment_has_a_page_with_its_source() -> None:
    links = source_pages.links(MODULES)
    assert set(links) == set(MODULES)
    for module, link in links.items():
        assert link.endswith(f".md#{source_pages.anchor(relative(module))}")
    assert links[MODULES[0]].startswith(f"source/{MODULES[0].stem}.md")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^unknown language 'fr'"):
        Markdown(extensions=[ExperimentsExtension(language="fr")])
