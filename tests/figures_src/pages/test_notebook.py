"""The notebook's one source for all languages."""

import json

import pytest

from figures_src.model.exhibit import Number
from figures_src.pages import notebook
from figures_src.pages.notebook import cells, localized, plain, shown

SOURCE = """# %% [markdown] lang="zh"
# # 标题 {#a}
#
# 梯度 {{ one.top }}。 {{ check one.law }}

# %% [markdown] lang="en"
# # Title {#a}

# %%
# %config InlineBackend.figure_formats = ["svg"]
print(1)
"""


def test_cells_know_their_language_and_line() -> None:
    assert [(cell.language, cell.line) for cell in cells(SOURCE)] == [("zh", 2), ("en", 7), (None, 10)]


def test_each_language_has_its_own_prose_and_the_same_code() -> None:
    made = {language: json.loads(localized(SOURCE, language, "key", str)) for language in ("zh", "en")}
    kinds = {language: [cell["cell_type"] for cell in notebook["cells"]] for language, notebook in made.items()}
    assert kinds == {"zh": ["markdown", "code"], "en": ["markdown", "code"]}
    assert made["zh"]["cells"][1] == made["en"]["cells"][1]
    assert "".join(made["zh"]["cells"][1]["source"]).startswith("%config")
    assert "标题" in "".join(made["zh"]["cells"][0]["source"])
    assert "Title" in "".join(made["en"]["cells"][0]["source"])


def test_its_head_names_python_and_what_it_is_made_from() -> None:
    made = json.loads(localized(SOURCE, "en", "key", str, links="[a](b)", repository="https://c.d/e"))
    assert made["metadata"] == {
        "gradient_lab": {"inputs": "key", "repository": "https://c.d/e"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    }
    assert [(cell["id"], cell["cell_type"]) for cell in made["cells"]] == [
        ("cell-0", "markdown"),
        ("cell-1", "markdown"),
        ("cell-2", "code"),
        ("cell-3", "code"),
    ]
    assert made["cells"][1]["source"] == ["[a](b)"]
    assert made["cells"][2]["source"][-1].endswith('%pip install --quiet "git+https://c.d/e" matplotlib')


def test_a_further_language_without_cells_has_the_english_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    english, further = (json.loads(localized(SOURCE, language, "key", str)) for language in ("en", "xx"))
    assert further == english
    monkeypatch.setattr(notebook, "known_language", lambda name: name)
    own = SOURCE.replace("# %%\n", '# %% [markdown] lang="xx"\n# # Tïtle {#a}\n\n# %%\n')
    assert "Tïtle" in localized(own, "xx", "key", str)
    # The authors' languages have cells of their own.
    assert [cell.language for cell in shown(cells(own.replace('lang="zh"', 'lang="xx"')), "zh")] == [None]


def test_its_bytes_follow_what_its_outputs_depend_on_and_nothing_else() -> None:
    assert localized(SOURCE, "zh", "key", str) == localized(SOURCE, "zh", "key", str)
    assert localized(SOURCE, "zh", "key", str) != localized(SOURCE, "zh", "other", str)


def test_outside_the_site_it_is_plain_markdown() -> None:
    made = json.loads(localized(SOURCE, "zh", "", plain({"one.top": Number(2602.3, ".1f")})))
    assert "".join(made["cells"][0]["source"]) == "# 标题\n\n梯度 2602.3。"


def test_a_markdown_cell_without_a_language_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: a Markdown cell needs lang="):
        cells("# %% [markdown]\n# Text\n")
    with pytest.raises(ValueError, match="found lang='fr'"):
        cells('# %% [markdown] lang="fr"\n# Texte\n')
