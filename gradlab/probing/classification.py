"""Roles of modules and of operations in autograd's graph, as far as the diagnosis needs them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from torch import Tensor, nn

from gradlab import activations

Role = Literal[
    "linear",
    "activation",
    "normalization",
    "recurrent",
    "attention",
    "embedding",
    "block",
    "function",
    "passing",
    "other",
]
"""Role of a call in the diagnosis.

``"block"`` has modules inside, ``"function"`` is no module but was seen anyway, and ``"passing"`` hands its input on,
but for elements dropped at random or another shape, and needs no row of its own.
"""

LINEAR = (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd)
NORMALIZATION = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
    nn.LocalResponseNorm,
)


def _node(function: str) -> str:
    """The name that a function of PyTorch gives its node in autograd's graph: `LeakyRelu` of `leaky_relu`."""
    return "".join(word.capitalize() for word in function.split("_"))


_WITH_MODULE = {name: phi.module for name, phi in activations.ACTIVATIONS.items() if phi.module is not None}
# Names of the nodes of autograd's graph without their ending, and what such a node applies. A module and the function
# of the same name leave the same node, so that an activation inside `forward` is seen as well as one that is a module.
_APPLIED: Mapping[str, str] = MappingProxyType(
    {
        **{_node(name): name for name in _WITH_MODULE},
        "Hardtanh": "hardtanh",
        "PreluKernel": "prelu",
        "NativeBatchNorm": "batch_norm",
        "CudnnBatchNorm": "batch_norm",
        "NativeLayerNorm": "layer_norm",
        "NativeGroupNorm": "group_norm",
        "FusedRmsNorm": "rms_norm",
        "Softmax": "softmax",
        "LogSoftmax": "log_softmax",
        "Add": "add",
        "Sub": "add",
        "Mul": "multiply",
        "Div": "multiply",
        "NativeDropout": "dropout",
        **dict.fromkeys(("MaxPool2DWithIndices", "MaxPool3DWithIndices", "MaxPool1D", "AdaptiveMaxPool2D"), "pool"),
        **dict.fromkeys(("AvgPool2D", "AvgPool3D", "Mean", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D"), "average"),
        "Cat": "concatenate",
        "Mm": "multiply_matrices",
        "Bmm": "multiply_matrices",
    }
)
NEUTRAL = frozenset(
    {
        # The linear layers themselves, and what becomes of their parameters.
        *("Addmm", "Convolution", "MkldnnConvolution", "Linear", "MkldnnLinear", "AccumulateGrad", "T", "Embedding"),
        # Operations that only move, copy or type elements.
        *("Alias", "AsStrided", "Clone", "Detach", "Expand", "Permute", "Reshape", "ReshapeAlias", "Squeeze", "ToCopy"),
        *("Transpose", "UnsafeView", "Unsqueeze", "View", "ViewAs", "Contiguous", "Flatten", "MkldnnReshape", "To"),
        # Operations that take a part, whose gradient is all that the whole gets, or add a margin.
        *("Slice", "Select", "Narrow", "Split", "SplitWithSizes", "UnsafeSplit", "Unbind", "Roll", "CopySlices"),
        *("ConstantPadNd", "ReflectionPad1D", "ReflectionPad2D", "ReplicationPad2D"),
        # Operations that round, and pass the gradient on.
        *("FusedMovingAvgObsFqHelper", "FakeQuantizePerTensorAffineCachemask", "FakeQuantizePerChannelAffineCachemask"),
    }
)
"""Names of nodes whose operation leaves the size of a gradient as it is."""
UNKNOWN = "unknown"
ACTIVATIONS = (*_WITH_MODULE, "hardtanh", "prelu")
"""Activation functions that a node of autograd's graph, or a module, tells: the laboratory's, and two more."""
NORMALIZATIONS = ("batch_norm", "layer_norm", "group_norm", "rms_norm")
MODULES: Mapping[str, str] = MappingProxyType(
    {
        **{module.__name__: name for name, module in _WITH_MODULE.items()},
        "Hardtanh": "hardtanh",
        "PReLU": "prelu",
        "ReLU6": "relu6",
        # Of other libraries.
        "GELUActivation": "gelu",
        "NewGELUActivation": "gelu",
        "FastGELUActivation": "gelu",
        "PytorchGELUTanh": "gelu",
        "GELUTanh": "gelu",
        "SiLUActivation": "silu",
        "MishActivation": "mish",
        "ReLUSquaredActivation": "relu_squared",
    }
)
"""Activation functions by the class of the module that applies them."""
SILENCING = (*(name for name in _WITH_MODULE if activations.get(name).falls_silent), "relu6", "relu_squared")
"""Activation functions that put out 0 for every input far below 0: their units can fall silent."""
_PASSING = (nn.modules.dropout._DropoutNd, nn.Identity, nn.Flatten, nn.Unflatten)
ENDING = re.compile(r"Backward\d*$")
"""Ending of the name of a node of autograd's graph."""


@cache
def applied(node_name: str) -> str | None:
    """The operation of a node of autograd's graph, by its name; None where it does not matter to the diagnosis.

    What is neither known nor without effect on the size of a gradient is ``"unknown"``: no theory reaches across it.
    """
    name = ENDING.sub("", node_name.rpartition("::")[2])
    return None if name in NEUTRAL else _APPLIED.get(name, UNKNOWN)


@cache
def normalization(kind: str) -> str:
    """The operation of a normalization by the class of its module, whoever wrote it."""
    words = ((("RMS", "Rms"), "rms_norm"), (("Layer",), "layer_norm"), (("Group", "Instance"), "group_norm"))
    return next((name for parts, name in words if any(part in kind for part in parts)), "batch_norm")


def role(module: nn.Module) -> Role:
    """The role of a module."""
    if isinstance(module, LINEAR) or _is_linear_elsewhere(module):
        return "linear"
    if isinstance(module, NORMALIZATION) or _is_normalization_elsewhere(module):
        return "normalization"
    if isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return "recurrent"
    if isinstance(module, nn.MultiheadAttention):
        return "attention"
    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        return "embedding"
    if next(module.children(), None) is not None:
        return "block"
    if isinstance(module, _PASSING):
        return "passing"
    if type(module).__module__ == "torch.nn.modules.activation" or type(module).__name__ in MODULES:
        return "activation"
    return "other"


def _is_linear_elsewhere(module: nn.Module) -> bool:
    """Whether a module of another library is a linear layer of its own, as the Conv1D of transformers' GPT-2 is."""
    if next(module.children(), None) is not None or type(module).__name__ not in {"Conv1D", "Linear"}:
        return False
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.ndim == 2


_NORMALIZATION = re.compile(r"(RMS|Rms|Layer|Batch|Group|Instance)_?Norm")


def _is_normalization_elsewhere(module: nn.Module) -> bool:
    """Whether a module of another library is a normalization of its own, as the RMSNorm of transformers' Llama is."""
    return next(module.children(), None) is None and bool(_NORMALIZATION.search(type(module).__name__))


def applied_over_time(module: nn.Module) -> str | None:
    """The activation function that a plain recurrent layer or cell applies at every time step, if it is one."""
    return str(module.nonlinearity) if isinstance(module, nn.RNN | nn.RNNCell) else None


def is_transposed(module: nn.Module) -> bool:
    """Whether the first dimension of a linear module's weight is that of the input, and not that of the output."""
    transposed = isinstance(module, nn.modules.conv._ConvTransposeNd)
    return transposed or (not isinstance(module, LINEAR) and type(module).__name__ == "Conv1D")


_CONVOLUTION = re.compile(r"Conv(?:Transpose)?([123])d$")


def channels_dimension(kind: str) -> int:
    """The dimension of the units in the output of a linear module: before the positions of a convolution."""
    convolution = _CONVOLUTION.search(kind)
    return -1 - int(convolution[1]) if convolution else -1
