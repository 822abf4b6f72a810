"""The reference's docstrings: which are shown, their Chinese, and how they become HTML."""

import ast
import gettext
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import griffe
import pytest

import gradlab.experiments
import gradlab.probing
import gradlab.theory
from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.model.failures import ROOT, BuildFailedError, Failure
from figures_src.pages import reference
from figures_src.pages.page import Page, read_pages
from figures_src.site.docstrings import double_quoted
from gradlab import initialization, training
from gradlab.commands import experiments
from gradlab.probing import bank

MODULES = ("networks", "initialization", "activations", "passes", "training", "datasets")


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    return reference.load()


@pytest.fixture(scope="module")
def objects(package: griffe.Module) -> dict[str, griffe.Object]:
    return reference.shown(package, reference.named(read_pages()))


def names_with_docstring(module: str) -> set[str]:
    """The public functions and classes of a module."""
    tree = ast.parse((ROOT / "gradlab" / f"{module}.py").read_text("utf-8"))
    found = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {name for name in found if not name.startswith("_")}


def test_every_text_that_is_shown_has_its_chinese() -> None:
    assert [str(failure) for failure in reference.check(read_pages())] == []


def test_what_was_right_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    pages = read_pages()
    assert list(reference.check(pages)) == []
    monkeypatch.setattr(reference, "_check", lambda _: pytest.fail("it was read again"))
    assert list(reference.check(pages)) == []


def test_the_whole_interface_is_shown(objects: dict[str, griffe.Object]) -> None:
    wanted = {
        "gradlab.probe",
        "gradlab.probing.bank.Member",
        "gradlab.probing.bank.MEMBERS",
        "gradlab.probing.bank.random_members",
    }
    wanted |= {f"gradlab.probing.{name}" for name in gradlab.probing.__all__ if name != "probe"}
    wanted |= {f"gradlab.theory.{name}" for name in gradlab.theory.__all__}
    wanted |= {f"gradlab.experiments.{name}" for name in gradlab.experiments.__all__}
    wanted |= {f"gradlab.{module}.{name}" for module in MODULES for name in names_with_docstring(module)}
    assert sorted(wanted - objects.keys()) == []


def test_every_class_that_holds_data_says_what_its_fields_are(
    package: griffe.Module, objects: dict[str, griffe.Object]
) -> None:
    classes = {found.path: found for found in objects.values() if isinstance(found, griffe.Class)}
    classes |= {found.path: found for found in _classes(reference.find(package, "gradlab.experiments"))}
    assert len(classes) > 100
    silent = []
    for path, found in classes.items():
        if "dataclass" in found.labels and found.docstring:
            described = {
                entry.name
                for section in found.docstring.parsed
                if isinstance(section, griffe.DocstringSectionAttributes)
                for entry in section.value
            }
            silent += [f"{path}.{field}" for field in found.attributes if _is_field(found, field) - described]
    assert silent == []


def _classes(found: griffe.Object) -> Iterator[griffe.Class]:
    """The public classes of a package's public modules."""
    for member in found.members.values():
        if member.is_alias or member.name.startswith("_"):
            continue
        if isinstance(member, griffe.Class):
            yield member
        elif isinstance(member, griffe.Module):
            yield from _classes(member)


def _is_field(found: griffe.Class, name: str) -> set[str]:
    attribute = found.attributes[name]
    own = attribute.annotation is not None and "property" not in attribute.labels and not attribute.inherited
    return {name} if own else set()


@pytest.mark.parametrize(
    ("name", "field", "allowed"),
    [
        ("gradlab.initialization.INITIALIZATIONS", None, initialization.INITIALIZATIONS),
        ("gradlab.training.Rule", "optimizer", training.OPTIMIZERS),
        ("gradlab.probing.bank.Member", "kind", bank.KINDS),
        ("gradlab.probing.bank.Member", "normalization", bank.NORMALIZATIONS),
        ("gradlab.probing.bank.Member", "fault", bank.FAULTS),
    ],
)
def test_allowed_values_are_listed_as_they_are(
    objects: dict[str, griffe.Object], name: str, field: str | None, allowed: Iterable[str]
) -> None:
    docstring = objects[name].docstring
    assert docstring
    attributes = {
        entry.name: entry.description
        for section in docstring.parsed
        if isinstance(section, griffe.DocstringSectionAttributes)
        for entry in section.value
    }
    said = attributes[field] if field else docstring.value
    assert [code.strip('"') for code in re.findall(r"``(.+?)``", said)] == list(allowed)


def test_examples_are_code_alone(objects: dict[str, griffe.Object]) -> None:
    shown = [
        (name, kind.value)
        for name, found in objects.items()
        for section in (found.docstring.parsed if found.docstring else ())
        if isinstance(section, griffe.DocstringSectionExamples)
        for kind, _ in section.value
    ]
    assert len(shown) > 25
    assert [name for name, kind in shown if kind != "examples"] == []


def test_the_catalogue_is_up_to_date() -> None:
    assert reference.written(reference.read_catalog()) == reference.CATALOG.read_bytes()


def test_of_experiments_what_is_shown_keeps_its_docstring_and_nothing_else() -> None:
    package, folder = griffe.Module("gradlab"), griffe.Module("experiments")
    package.set_member("experiments", folder)
    for name in ("one", "other"):
        module = griffe.Module(name, docstring=griffe.Docstring("M."))
        folder.set_member(name, module)
        module.set_member("run", griffe.Function("run", docstring=griffe.Docstring("R.")))
    outside = griffe.Function("probe", docstring=griffe.Docstring("P."))
    package.set_member("probe", outside)
    folder.set_member("again", griffe.Alias("again", package["experiments.one"]))
    reference.hide_unshown(package, [package["experiments.one.run"]])
    kept = ("experiments.one", "experiments.one.run", "experiments.other.run", "probe")
    assert [package[name].docstring is not None for name in kept] == [False, True, False, True]


def test_an_update_takes_more_chinese_and_compiles_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(catalog: Mapping[str, str]) -> bytes:
        return "\n".join(f'msgid "{text}"\nmsgstr "{said}"\n' for text, said in catalog.items()).encode()

    monkeypatch.setattr(reference, "CATALOG", tmp_path / "zh.po")
    monkeypatch.setattr(reference, "written", written)
    (tmp_path / "zh.po").write_bytes(written({"One.": "一。"}))
    reference.update({"Two.": "二。"})
    assert reference.read_catalog() == {"One.": "一。", "Two.": "二。"}
    assert (tmp_path / "zh.mo").read_bytes() == reference.compiled(reference.read_catalog())


def test_the_compiled_catalogue_is_that_of_the_texts(tmp_path: Path) -> None:
    catalog = reference.read_catalog()
    compiled = reference.CATALOG.with_suffix(".mo")
    assert compiled.read_bytes() == reference.compiled(catalog)
    with compiled.open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert {text: translations.gettext(text) for text in catalog} == catalog
    stale = tmp_path / "zh.mo"
    stale.write_bytes(reference.compiled(dict(list(catalog.items())[1:])))
    found = reference.check_compiled(stale.with_suffix(".po"), catalog, reference.MODULE)
    assert [failure.what for failure in found] == [
        "not compiled from zh.po; run `python -m figures_src.pages.reference`"
    ]


def test_what_lacks_chinese_is_named_with_its_place(objects: dict[str, griffe.Object]) -> None:
    catalog = reference.read_catalog()
    del catalog["the right verdict."]
    (failure,) = reference.check_chinese(objects.values(), catalog)
    assert failure.where.startswith("gradlab/probing/bank.py:")
    assert failure.what == "'the right verdict.' has no Chinese in gradlab/locale/zh.po"


def test_chinese_of_no_text_is_named(objects: dict[str, griffe.Object]) -> None:
    (failure,) = reference.check_chinese(objects.values(), {**reference.read_catalog(), "Once shown.": "曾经显示。"})
    assert str(failure) == "gradlab/locale/zh.po: Chinese of a text that no page shows: 'Once shown.'"


def test_the_chinese_names_the_same_code(objects: dict[str, griffe.Object]) -> None:
    catalog = reference.read_catalog()
    text = ":meth:`to_dict` as JSON; a number that is not finite becomes a string."
    (failure,) = reference.check_chinese(objects.values(), {**catalog, text: "以 JSON 返回。"})
    assert "the code in the Chinese differs" in failure.what


def test_a_setting_says_what_the_command_line_says(objects: dict[str, griffe.Object]) -> None:
    texts = [passage.text for passage in reference.passages(objects["gradlab.experiments.sigma_map.Config"])]
    catalog = reference.read_catalog()
    said = {catalog[text] for text in texts}
    shown = experiments.settable("sigma-map", "zh")[0]
    assert {setting.description for setting in shown} <= said
    assert len(shown) > 3


def test_an_object_that_is_not_there_is_named_with_its_line() -> None:
    page = Page(Path("page.md"), "page.md", "en", "# A {#a}\n\n::: gradlab.probing.Rekord\n")
    (failure,) = reference.check([page])
    assert str(failure) == "page.md:3: there is no 'gradlab.probing.Rekord' in the package"


def test_pages_without_docstrings_need_no_chinese() -> None:
    assert list(reference.check([Page(Path("page.md"), "page.md", "en", "# A {#a}\n")])) == []


def test_a_text_becomes_html_in_which_only_code_references_and_formulas_are_markup() -> None:
    def resolve(name: str) -> str:
        return f"gradlab.theory.{name}"

    for text, shown in (
        ("q* of ``a_l[0]``, δ_l and c* in [0, 1]", "q* of <code>a_l[0]</code>, δ<sub>l</sub> and c* in [0, 1]"),
        ("a < b; $5", "a &lt; b; $5"),
        ("see :func:`next_q`.", 'see <autoref identifier="gradlab.theory.next_q"><code>next_q</code></autoref>.'),
        ("(arXiv:1611.01232)", '(<a href="https://arxiv.org/abs/1611.01232">arXiv:1611.01232</a>)'),
    ):
        assert reference.html(text, resolve) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("'he'", '"he"'),
        ("('a', 'b')", '("a", "b")'),
        ("Literal['zh']", 'Literal["zh"]'),
        ("1.5", "1.5"),
        ("None", "None"),
    ],
)
def test_texts_among_values_are_in_double_quotes(source: str, shown: str) -> None:
    with griffe.temporary_visited_module(f"x = {source}") as module:
        value = module["x"].value
    assert str(double_quoted(value)) == shown


def test_a_docstring_is_put_into_chinese() -> None:
    found = reference.find(reference.load(), "gradlab.probing.Record.report")
    reference.localize(found, reference.read_catalog())
    assert found.docstring
    text, parameters, _, examples = found.docstring.parsed
    assert text.value == "<p>诊断记录的内容。</p>"
    assert [entry.name for entry in parameters.value] == ["language", "step", "site"]
    assert parameters.value[0].description == '<p>输出所用的语言，<code>"en"</code> 或 <code>"zh"</code>。</p>'
    assert [(kind.value, code[:17]) for kind, code in examples.value] == [("examples", ">>> import torch\n")]


DESCRIBED = '''
class Found:
    """It is ``x < 1``.

    Second `y`, see :func:`~gradlab.probe`
    and arXiv:1234.5678.

        for i in x:
            if i < 1 & 2:
                pass

    Attributes:
        one: the first.

            more <of> it
        two: the second.

    """
'''


def test_paragraphs_become_html_and_code_stays_as_it_is() -> None:
    with griffe.temporary_visited_module(
        DESCRIBED, docstring_parser=reference.PARSER, docstring_options=reference.PARSER_OPTIONS
    ) as module:
        found = module["Found"]
    assert [passage.text for passage in reference.passages(found)] == [
        "It is ``x < 1``.",
        "Second `y`, see :func:`~gradlab.probe` and arXiv:1234.5678.",
        *("the first.", "more <of> it", "the second."),
    ]
    assert {passage.where.rpartition("/")[2] for passage in reference.passages(found)} == {"module.py:3"}
    reference.localize(found, {"the second.": "第二。"})
    text, attributes = found.docstring.parsed
    assert text.value == (
        "<p>It is <code>x &lt; 1</code>.</p>"
        '<p>Second <code>y</code>, see <autoref identifier="gradlab.probe"><code>probe</code></autoref>'
        ' and <a href="https://arxiv.org/abs/1234.5678">arXiv:1234.5678</a>.</p>'
        "<pre><code>for i in x:\n    if i &lt; 1 &amp; 2:\n        pass</code></pre>"
    )
    assert [entry.description for entry in attributes.value] == [
        "<p>the first.</p><p>more &lt;of&gt; it</p>",
        "<p>第二。</p>",
    ]


def test_an_experiment_is_offered_without_its_subject_and_what_is_private_is_not(package: griffe.Module) -> None:
    offered = package["experiments"].members
    assert offered["explosion"].final_target.path == "gradlab.experiments.activations.explosion"
    assert {"_networks", "_probed"} <= package["experiments.recurrence"].modules.keys() | package[
        "experiments.article"
    ].modules.keys()
    assert not {"_networks", "_probed"} & offered.keys()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('msgstr "一"', 'msgstr 一"', 2),
        ('msgstr "一"', 'msgstr "一', 2),
        ('msgid "one"', 'msgdi "one"', 1),
        ('msgstr "一"', 'msgstr "\\x一"', 2),
        ('msgstr "一"', 'msgid "two"', 1),
    ],
)
def test_a_broken_catalogue_is_refused_with_its_line(
    old: str, new: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zh.po"
    monkeypatch.setattr(reference, "catalog_file", lambda _: file)
    whole = 'msgid "one"\nmsgstr "一"\n\nmsgid "three"\nmsgstr "三"\n'
    file.write_text(whole, encoding="utf-8")
    assert reference.read_catalog() == {"one": "一", "three": "三"}
    file.write_text(whole.replace(old, new), encoding="utf-8")
    with pytest.raises(BuildFailedError) as failed:
        reference.read_catalog()
    (failure,) = failed.value.failures
    assert failure.where == f"{file}:{line}"
    assert "allowed: msgid, then msgstr, in quotes" in failure.what
    file.write_bytes(b'msgid "one"\nmsgstr "\xff"\n')
    with pytest.raises(BuildFailedError) as failed:
        reference.read_catalog()
    assert failed.value.failures == (Failure(f"{file}:2", "found the byte 0xff, allowed: UTF-8"),)
