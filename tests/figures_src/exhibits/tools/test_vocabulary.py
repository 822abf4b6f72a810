"""The words of the tools: what each stands for, and that none is passed over."""

import pytest

from figures_src.exhibits.tools._vocabulary import DIAGNOSING, HEALTHY, TOOLS, TRUTHS
from gradlab.probing.bank import MEMBERS

HEARD = [
    ("torchdiag", ["gradient VANISH", "gradient OK"], {"vanishing"}),
    ("torchdiag", ["gradient no_grad", "step: loss not finite", "neurons CRITICAL"], {"cut off", "non-finite", "dead"}),
    ("traintools", ["0.weight gradient appears vanished (norm=1e-13)"], {"vanishing"}),
    ("traintools", ["0.bias gradient is very large (norm=inf)"], {"non-finite"}),
    ("traintools", ["0.bias gradient is very large (norm=2e+03)", "critical layer: low-rank"], {"exploding"}),
    ("traintools", ["critical layer: DORMANT>73%", "critical layer: dormant>31%"], {"dead"}),
    ("torchlens", ["gradient_flow_audit: exploding", "find_nan: First non-finite"], {"exploding", "non-finite"}),
    ("torchmortem", ["Dead units in 3", "Stagnant weight norms"], {"dead"}),
    ("torchmortem", ["Gradient stalling in 0", "Activation saturation in 7.branch.0"], {"vanishing", "saturated"}),
    ("neural_observatory", ["92% of neurons are dead -- this", "High sparsity 92% — most"], {"dead"}),
    ("neural_observatory", ["note: Gradient norm 0.1 -- within healthy range.", "Moderate sparsity 55%."], set()),
    ("gradlab", ["cut off"], {"cut off"}),
]


@pytest.mark.parametrize(("tool", "messages", "meant"), HEARD)
def test_words_stand_for_verdicts(tool: str, messages: list[str], meant: set[str]) -> None:
    heard = TOOLS[tool].heard(messages)
    assert {word.means for word in map(TOOLS[tool].word, heard)} - {None} == meant


def test_an_unknown_message_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^torchlens: found 'dtype_range: .*', allowed: what figures_src/exhibits/tools"
    ):
        TOOLS["torchlens"].heard(["dtype_range: subnormal"])


def test_words_are_heard_once_and_in_the_order_of_the_table() -> None:
    messages = ["gradient EXPLODE", "gradient VANISH", "gradient EXPLODE"]
    assert TOOLS["torchdiag"].heard(messages) == ("gradient VANISH", "gradient EXPLODE")


@pytest.mark.parametrize("name", DIAGNOSING)
def test_a_tool_has_words_for_what_it_claims_to_detect(name: str) -> None:
    tool = TOOLS[name]
    assert set(tool.detects) <= set(TRUTHS)
    assert {word.means for word in tool.words} >= {*tool.detects} - {HEALTHY}
    assert len({word.says for word in tool.words}) == len(tool.words)


def test_the_classes_are_those_of_the_bank() -> None:
    assert tuple(dict.fromkeys(member.truth for member in MEMBERS)) == TRUTHS
