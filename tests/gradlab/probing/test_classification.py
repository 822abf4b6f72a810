"""Roles of modules, of PyTorch and of other libraries, and the operations that nodes of autograd's graph apply."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gradlab.probing import classification


def foreign(name: str, **values: Any) -> nn.Module:
    """A module of another library, with tensors of its own."""
    module = type(name, (nn.Module,), {})()
    for key, value in values.items():
        setattr(module, key, value)
    return module  # type: ignore[no-any-return]


def matrix(*shape: int) -> Tensor:
    return nn.Parameter(torch.zeros(shape))


@pytest.mark.parametrize(
    ("module", "role"),
    [
        (nn.Linear(2, 2), "linear"),
        (nn.Bilinear(2, 2, 2), "linear"),
        (nn.ConvTranspose1d(2, 2, 1), "linear"),
        (foreign("Conv1D", weight=matrix(2, 3)), "linear"),
        (foreign("Linear", weight=matrix(2, 3)), "linear"),
        (foreign("Linear", weight=matrix(2)), "other"),
        (foreign("Linear"), "other"),
        (foreign("Linear", weight=matrix(2, 3), inner=nn.ReLU()), "block"),
        (foreign("Dense", weight=matrix(2, 3)), "other"),
        (nn.BatchNorm1d(2), "normalization"),
        (nn.InstanceNorm2d(2), "normalization"),
        (nn.LayerNorm(2), "normalization"),
        (nn.LocalResponseNorm(2), "normalization"),
        (foreign("LlamaRMSNorm"), "normalization"),
        (foreign("T5Layer_Norm"), "normalization"),
        (foreign("LayerNorm", inner=nn.ReLU()), "block"),
        (nn.GRU(2, 2), "recurrent"),
        (nn.LSTMCell(2, 2), "recurrent"),
        (nn.MultiheadAttention(2, 1), "attention"),
        (nn.Embedding(2, 2), "embedding"),
        (nn.EmbeddingBag(2, 2), "embedding"),
        (nn.Sequential(nn.ReLU()), "block"),
        (nn.Dropout(), "passing"),
        (nn.Flatten(), "passing"),
        (nn.Identity(), "passing"),
        (nn.ReLU(), "activation"),
        (nn.Softmax(1), "activation"),
        (foreign("NewGELUActivation"), "activation"),
        (nn.MaxPool2d(2), "other"),
        (nn.Sequential(), "other"),
    ],
)
def test_the_role_of_a_module(module: nn.Module, role: str) -> None:
    assert classification.role(module) == role


@pytest.mark.parametrize(
    ("module", "transposed"),
    [
        (nn.Linear(2, 3), False),
        (nn.Conv1d(2, 3, 1), False),
        (nn.ConvTranspose2d(2, 3, 1), True),
        (foreign("Conv1D", weight=matrix(2, 3)), True),
        (foreign("Linear", weight=matrix(2, 3)), False),
    ],
)
def test_whose_weight_has_the_input_first(module: nn.Module, transposed: bool) -> None:
    assert classification.is_transposed(module) is transposed


@pytest.mark.parametrize(
    ("node", "operation"),
    [
        ("AddmmBackward0", None),
        ("torch::autograd::AccumulateGrad", None),
        ("ViewBackward0", None),
        ("ReluBackward0", "relu"),
        ("LeakyReluBackward1", "leaky_relu"),
        ("HardtanhBackward0", "hardtanh"),
        ("PreluKernelBackward0", "prelu"),
        ("NativeGroupNormBackward0", "group_norm"),
        ("MaxPool2DWithIndicesBackward0", "pool"),
        ("MeanBackward1", "average"),
        ("SubBackward0", "add"),
        ("DivBackward0", "multiply"),
        ("CatBackward0", "concatenate"),
        ("BmmBackward0", "multiply_matrices"),
        ("SinBackward0", "unknown"),
        ("BackwardHookBackward", "unknown"),
    ],
)
def test_the_operation_of_a_node(node: str, operation: str | None) -> None:
    assert classification.applied(node) == operation


@pytest.mark.parametrize(
    ("kind", "operation", "dimension"),
    [
        ("LlamaRMSNorm", "rms_norm", -1),
        ("T5RmsNorm", "rms_norm", -1),
        ("LayerNorm", "layer_norm", -1),
        ("InstanceNorm2d", "group_norm", -1),
        ("GroupNorm", "group_norm", -1),
        ("BatchNorm2d", "batch_norm", -1),
        ("Conv1d", "batch_norm", -2),
        ("ConvTranspose3d", "batch_norm", -4),
        ("Conv1D", "batch_norm", -1),
    ],
)
def test_what_the_class_of_a_module_tells(kind: str, operation: str, dimension: int) -> None:
    assert classification.normalization(kind) == operation
    assert classification.channels_dimension(kind) == dimension


def test_what_a_recurrent_layer_applies_at_every_time_step() -> None:
    modules = (nn.RNN(2, 2), nn.RNN(2, 2, nonlinearity="relu"), nn.RNNCell(2, 2), nn.LSTM(2, 2))
    assert [classification.applied_over_time(module) for module in modules] == ["tanh", "relu", "tanh", None]
