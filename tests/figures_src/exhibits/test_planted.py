"""The faults of others' networks are told in the page's language."""

import pytest

from figures_src.exhibits._shared import planted
from figures_src.exhibits.cures import _outside
from figures_src.model.language import localizer


def test_every_network_that_was_treated_is_told_with_its_fault() -> None:
    outside = _outside.read()[1]
    for name in (*(case.name for case in outside.cases), *outside.untried):
        faults = planted._NAME.fullmatch(name)
        assert faults is not None, name
        assert faults["faults"] not in planted.told(name, localizer("zh"))


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("timm vit", "`timm vit`", "`timm vit`"),
        (
            "GPT, 8 blocks: no normalization + weights times 3",
            "`GPT, 8 blocks`: no normalization, weights times 3",
            "`GPT, 8 blocks`：归一化全部去掉，权重放大到 3 倍",
        ),
        (
            "CNN: overflow in half precision in conv2",
            "`CNN`: an overflow in half precision (conv2)",
            "`CNN`：半精度下上溢（conv2）",
        ),
    ],
)
def test_a_fault_is_told_in_words(name: str, english: str, chinese: str) -> None:
    assert planted.told(name, localizer("en"), "`{}`") == english
    assert planted.told(name, localizer("zh"), "`{}`") == chinese
