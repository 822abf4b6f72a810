"""The notebook's one source for two languages."""

import json

import pytest

from figures_src.model.exhibit import Number
from figures_src.pages.notebook import cells, localized, plain

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
