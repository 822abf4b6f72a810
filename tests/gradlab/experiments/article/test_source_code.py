"""The slips of the article's code."""

import pytest

from gradlab.experiments.article import source_code


def test_one_pass_is_in_order_and_every_other_one_is_added() -> None:
    result = source_code.run(source_code.Config(num_layers=7, passes=3))
    assert result.entries == (7, 14, 21)
    # The latest pass is in front: its gradients are those of the first, which the same network has again.
    assert result.agreeing == (7, 7, 7)


def test_the_constructor_needs_a_model_and_takes_any() -> None:
    result = source_code.run()
    assert result.error == "NameError"
    assert result.seen == ("old",)


@pytest.mark.parametrize("argument", ["num_layers", "passes"])
def test_a_setting_that_is_none_is_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=f"{argument}: found 0"):
        source_code.Config(**{argument: 0})
