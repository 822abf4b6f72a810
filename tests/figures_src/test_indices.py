"""Indices and powers of plain sentences, set as they are read; names with underscores are left alone."""

import pytest

from figures_src.indices import set_indices, set_source


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("σ_w²/2", "σ<sub>w</sub>²/2"),
        ("(σ_w²/2)^(L/2) = 2^L", "(σ<sub>w</sub>²/2)<sup>L/2</sup> = 2<sup>L</sup>"),
        ("q ∝ σ_w^(2l)", "q ∝ σ<sub>w</sub><sup>2l</sup>"),
        ("‖a_(l−1)‖ a_{l−1}", "‖a<sub>l−1</sub>‖ a<sub>l−1</sub>"),
        ("χ²_K", "χ²<sub>K</sub>"),
        ("取 σ_w：大", "取 σ<sub>w</sub>：大"),
        ("normal_(w, std=1), kaiming_normal_, practise_9_relu.ipynb", None),
        ("torch.nn.functional.binary_cross_entropy", None),
        ("pytorch_2024/week3", None),
    ],
)
def test_indices_are_set_and_names_are_not(text: str, html: str | None) -> None:
    assert set_indices(text) == (html or text)


def test_a_formula_keeps_together_with_the_punctuation_after_it() -> None:
    assert set_source("φ′(z)² < 1, He et al. 2015; σ_w，") == (
        '<span class="piece">φ′(z)² &lt; 1,</span> He et al. 2015; <span class="piece">σ<sub>w</sub>，</span>'
    )


@pytest.mark.parametrize("source", ["Yang et al. 2019, arXiv:1902.08129, Theorem 8", "记录的时间（同一轮内之比）"])
def test_a_citation_and_words_stay_as_they_are(source: str) -> None:
    assert set_source(source) == source
