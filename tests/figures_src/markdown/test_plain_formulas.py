"""Formulas in plain text, set as they are read; names with underscores are left alone."""

import pytest

from figures_src.markdown.plain_formulas import set_docstring, set_indices, set_source

CHAIN = "(‖δ<sub>2</sub>‖/‖δ<sub>L-1</sub>‖)<sup>1/(L-3)</sup>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("q_{l+1}", "q<sub>l+1</sub>"),
        ("Σ_b δ_b a_bj", "Σ<sub>b</sub> δ<sub>b</sub> a<sub>bj</sub>"),
        ("‖∂W_1‖/‖ΔW_L‖", "‖∂W<sub>1</sub>‖/‖ΔW<sub>L</sub>‖"),
        ("2θ_0, ξ_∇, χ²_K, λ_max", "2θ<sub>0</sub>, ξ<sub>∇</sub>, χ²<sub>K</sub>, λ<sub>max</sub>"),
        ("a_iu²", "a<sub>iu</sub>²"),
        ("δ_l^2", "δ<sub>l</sub><sup>2</sup>"),
    ],
)
def test_one_letter_has_a_subscript(text: str, shown: str) -> None:
    assert set_docstring(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("e^-z, e^2z/2, 2^-24", "e<sup>-z</sup>, e<sup>2z</sup>/2, 2<sup>-24</sup>"),
        ("e^|z|/2", "e<sup>|z|</sup>/2"),
        ("(‖δ_2‖/‖δ_{L-1}‖)^(1/(L-3))", CHAIN),
        ("|x|^steps", "|x|<sup>steps</sup>"),
    ],
)
def test_what_stands_behind_a_caret_is_raised(text: str, shown: str) -> None:
    assert set_docstring(text) == shown


@pytest.mark.parametrize(
    "text", ["sigma_w²/fan_in", "√fan_in", "total_backward", "torch.f_x", "x_1y", "W_", "_b", "^2", "a ^ b"]
)
def test_what_may_be_a_name_stays(text: str) -> None:
    assert set_docstring(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("of q = 1.", "of q·=·1."),
        ("对 z ~ N(0, 1)，q' = q - 2 q²", "对 z·~·N(0, 1)，q'·=·q·-·2 q²"),
        ("k = 0 ... L-1", "k·=·0 ... L-1"),
        ("a layer of 1 + 1 and 2", "a layer of 1·+·1 and 2"),
        ("threshold = 1", "threshold = 1"),
        ("sigma_w = correlation", "sigma_w = correlation"),
        ("数 = 1", "数 = 1"),
    ],
)
def test_a_short_relation_stays_on_one_line(text: str, shown: str) -> None:
    assert set_docstring(text) == shown.replace("·", "\N{NO-BREAK SPACE}").replace(
        "-\N{NO-BREAK SPACE}", "-\N{WORD JOINER}\N{NO-BREAK SPACE}"
    )


def test_all_else_is_escaped() -> None:
    assert set_docstring('a < b & "c"') == 'a &lt; b &amp; "c"'


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
