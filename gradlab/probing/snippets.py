"""Lines of code that do what is advised, runnable as printed: `model` is the network, everything else they name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from gradlab.probing.scale import Scales, as_code, as_code_of_numbers

_ZERO_BIAS = """    if layer.bias is not None:
        torch.nn.init.zeros_(layer.bias)"""
_ZERO_BIASES = """    for own, value in layer.named_parameters():
        if own.startswith("bias"):
            torch.nn.init.zeros_(value)"""
_NAMED = {"relu": '"relu"', "relu6": '"relu"', "leaky_relu": '"leaky_relu", a=0.01', "prelu": '"leaky_relu", a=0.25'}
"""Nonlinearities by which PyTorch's He initialization has a layer's critical scale."""


WATCH = """with gradlab.probe(model, optimizer=optimizer) as record:
    train()  # some steps of your training
print(record.report())"""
"""Watch the training itself, with its optimizer."""
ROOT = "distance = (squares + 1e-8).sqrt()  # in place of squares.sqrt()"
LOGARITHM = "log = (probabilities + 1e-7).log()  # in place of probabilities.log()"
DIVISION = "safe = torch.where(divisor == 0, 1, divisor)\nquotient = total / safe  # in place of total / divisor"
QUOTIENT = "quotient = total / divisor.clamp_min(1e-8)  # in place of total / divisor"
ARCCOSINE = "angle = torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))"
EXPONENTIAL = "log_variance = log_variance.clamp(-30, 20)"
SOFTMAX = """empty = (scores == -torch.inf).all(-1, keepdim=True)
probabilities = scores.masked_fill(empty, 0.0).softmax(-1)"""
"""Operands kept from where an operation is undefined."""


def each(names: Sequence[str], *body: str) -> str:
    """A loop over named modules, each of which is `layer`."""
    return "\n".join([f"for name in {as_code(names)}:", "    layer = model.get_submodule(name)", *body])


def initialize(found: Scales, sigma_w: float | None = None) -> str:
    """Draw the weights of these layers anew at the critical scale of their activation function."""
    wanted = sigma_w if sigma_w is not None else found.wanted or 1.0
    if found.kinds and all(kind.startswith("RNN") for kind in found.kinds):
        return each(found.names, *_draw_recurrent(wanted))
    if found.transposed:
        draw = [
            "    fan_in = layer.weight[:, 0].numel()",
            f"    torch.nn.init.normal_(layer.weight, std={wanted:.4g} / fan_in**0.5)",
        ]
    else:
        named = _NAMED.get(found.activation) if math.isclose(wanted, found.wanted or math.nan) else None
        named = named or ('"linear"' if wanted == 1.0 else None)
        draw = [f"    torch.nn.init.kaiming_normal_(layer.weight, nonlinearity={named})"]
        if named is None:
            draw = [
                "    fan_in = layer.weight[0].numel()",
                f"    torch.nn.init.normal_(layer.weight, std={wanted:.4g} / fan_in**0.5)",
            ]
    return each(found.names, *draw, _ZERO_BIAS)


def _draw_recurrent(sigma_w: float) -> tuple[str, ...]:
    """The same for inputs and states of a recurrent layer, which add up."""
    return (
        "    for own, value in layer.named_parameters():",
        '        if own.startswith("weight"):',
        f"            torch.nn.init.normal_(value, std={sigma_w:.4g} / (2 * value.shape[1]) ** 0.5)",
        "        else:",
        "            torch.nn.init.zeros_(value)",
    )


def multiply(names: Sequence[str], factor: str) -> str:
    """Multiply the weights of these layers."""
    return "\n".join(
        [
            "with torch.no_grad():",
            f"    for name in {as_code(names)}:",
            f"        model.get_submodule(name).weight.mul_({factor})",
        ]
    )


def zero_bias(names: Sequence[str], *, recurrent: bool = False) -> str:
    """Set the biases of these layers to 0; a recurrent one has several."""
    return each(names, _ZERO_BIASES if recurrent else _ZERO_BIAS)


def draw(names: Sequence[str], sigma_w: float) -> str:
    """Draw the weights of these layers at a scale, and leave their biases."""
    return each(
        names,
        "    fan_in = layer.weight[0].numel()",
        f"    torch.nn.init.normal_(layer.weight, std={sigma_w:.4g} / fan_in**0.5)",
    )


def make_finite(names: Sequence[str]) -> str:
    """Draw the entries of these weights that are not finite like the others."""
    return "\n".join(
        [
            f"for name in {as_code(names)}:",
            "    weight = model.get_parameter(name)",
            "    with torch.no_grad():",
            "        finite = torch.isfinite(weight)",
            "        drawn = torch.randn_like(weight) * weight[finite].std()",
            "        weight.copy_(torch.where(finite, weight, drawn))",
        ]
    )


def unit_variance(names: Sequence[str]) -> str:
    """Scale orthogonal weights, layer by layer, until what each of them puts out for the batch x has variance 1."""
    return "\n".join(
        [
            "def to_unit_variance(layer, inputs, output):",
            "    with torch.no_grad():",
            "        layer.weight.div_(output.std())",
            "    return layer.forward(*inputs)",
            "",
            each(
                names,
                "    torch.nn.init.orthogonal_(layer.weight)",
                _ZERO_BIAS,
                "    handle = layer.register_forward_hook(to_unit_variance)",
                "    model(x)",
                "    handle.remove()",
            ),
        ]
    )


def connect(firsts: Sequence[str], size: int, *, in_place: bool) -> str:
    """Put residual connections around groups of so many modules of an ``nn.Sequential``.

    Each begins with one of these modules, an activation function, which must not work in place any more.
    """
    outer = firsts[0].rpartition(".")[0]
    owner = f'model.get_submodule("{outer}")' if outer else "model"
    numbers = [int(name.rpartition(".")[2]) for name in firsts]
    return "\n".join(
        [
            "class Residual(torch.nn.Sequential):",
            "    def forward(self, x):",
            f"        return x + super().forward(x) / {len(firsts)} ** 0.5",
            "",
            f"layers = {owner}",
            f"for first in {as_code_of_numbers(numbers)}:",
            *(["    layers[first].inplace = False"] if in_place else []),
            f"    layers[first] = Residual(*layers[first : first + {size}])",
            f"    for other in range(first + 1, first + {size}):",
            "        layers[other] = torch.nn.Identity()",
        ]
    )


def connect_blocks(names: Sequence[str], units: int | None = None) -> str:
    """Put a residual connection around each of these modules, whose output is like their input.

    With a number of units a layer normalization comes in front of each.
    """
    normalized = units is not None
    return "\n".join(
        [
            "class Residual(torch.nn.Module):",
            "    def __init__(self, block):",
            "        super().__init__()",
            "        self.block = block",
            *([f"        self.norm = torch.nn.LayerNorm({units}).to(next(block.parameters()))"] if normalized else []),
            "",
            "    def forward(self, x, *more, **named):",
            f"        y = self.block({'self.norm(x)' if normalized else 'x'}, *more, **named)",
            f"        return x + y / {len(names)} ** 0.5",
            "",
            each(
                names,
                '    parent, _, last = name.rpartition(".")',
                "    setattr(model.get_submodule(parent), last, Residual(layer))",
            ),
        ]
    )


def connect_named(names: Sequence[str], *, in_place: bool) -> str:
    """The same around these layers but the first, where names tell that they are in one sequence; else nothing.

    Between two of them lie what normalizes the first and an activation function.
    """
    parts = [name.rpartition(".") for name in names]
    if len(names) < 3 or len({outer for outer, _, _ in parts}) > 1 or not all(last.isdecimal() for *_, last in parts):
        return ""
    outer, numbers = parts[0][0], [int(last) for *_, last in parts]
    sizes = {later - earlier for earlier, later in pairwise(numbers)}
    if len(sizes) != 1 or min(sizes) < 2:
        return ""
    firsts = [f"{outer}.{number - 1}" if outer else str(number - 1) for number in numbers[1:]]
    return connect(firsts, sizes.pop(), in_place=in_place)


def all_but_features(dimensions: int) -> tuple[int, ...]:
    """The dimensions of an input but that of its features, which is the last, or in images the second."""
    return tuple(place for place in range(dimensions) if place != (1 if dimensions == 4 else dimensions - 1))


def standardize(dimensions: int, *, alone: bool = False) -> str:
    """Give inputs of so many dimensions mean 0 and variance 1 in each feature or channel.

    Where outputs are of the inputs' shape, and may be compared with them, what the network is given has its own name.
    """
    over = all_but_features(dimensions)
    scaled = "inputs = (x - mean) / std.where(std > 0, 1.0)  # for the network; the loss still compares with x"
    return "\n".join(
        [
            "# with the mean and the spread of the training data, for all data",
            f"mean, std = x.mean({over}, keepdim=True), x.std({over}, keepdim=True)",
            scaled if alone else "x = (x - mean) / std.where(std > 0, 1.0)",
        ]
    )


def forget(names: Sequence[str], value: float) -> str:
    """Open the forget gates of LSTMs, or keep the update gates of GRUs from closing, at every layer and direction."""
    return each(
        names,
        "    size = layer.hidden_size",
        "    with torch.no_grad():",
        "        for own, bias in layer.named_parameters():",
        '            if own.startswith("bias"):',
        f'                bias[size : 2 * size] = {value:.4g} if "_hh" in own else 0.0',
    )


def make_orthogonal(names: Sequence[str]) -> str:
    """Draw orthogonal recurrent weights."""
    return each(
        names,
        "    for own, weight in layer.named_parameters():",
        '        if own.startswith("weight_hh"):',
        "            torch.nn.init.orthogonal_(weight)",
    )


def normalize(names: Sequence[str], kind: str) -> str:
    """Put a normalization of that class behind each of these layers."""
    units = "layer.weight.shape[0]"
    return each(
        names,
        '    parent, _, last = name.rpartition(".")',
        f"    normalization = torch.nn.{kind}({f'1, {units}' if kind == 'GroupNorm' else units}).to(layer.weight)",
        "    normalized = torch.nn.Sequential(layer, normalization)",
        "    setattr(model.get_submodule(parent), last, normalized)",
    )


def divide(names: Sequence[str]) -> str:
    """Divide what each of these layers puts out by the root of their number."""
    return "\n".join(
        [
            "class Scaled(torch.nn.Module):",
            "    def forward(self, x):",
            f"        return x / {len(names)} ** 0.5",
            "",
            each(
                names,
                '    parent, _, last = name.rpartition(".")',
                "    scaled = torch.nn.Sequential(layer, Scaled())",
                "    setattr(model.get_submodule(parent), last, scaled)",
            ),
        ]
    )


def layer_for_batch(names: Sequence[str], kind: str) -> str:
    """Put a normalization over the units of each input in the place of one over the batch."""
    argument = "layer.num_features" if kind == "LayerNorm" else "1, layer.num_features"
    return each(
        names,
        '    parent, _, last = name.rpartition(".")',
        f"    normalization = torch.nn.{kind}({argument}).to(next(model.parameters()))",
        "    setattr(model.get_submodule(parent), last, normalization)",
    )


def put_each(names: Sequence[str], written: str) -> str:
    """Put a module of ``torch.nn`` in the place of each of these."""
    return "\n".join(
        [
            f"for name in {as_code(names)}:",
            '    parent, _, last = name.rpartition(".")',
            f"    setattr(model.get_submodule(parent), last, torch.nn.{written})",
        ]
    )


def append(name: str, written: str) -> str:
    """Put a module of ``torch.nn`` behind another."""
    return put(name, f'Sequential(model.get_submodule("{name}"), torch.nn.{written})')


def put(name: str, written: str) -> str:
    """Put a module of ``torch.nn`` in the place of another."""
    parent, _, last = name.rpartition(".")
    owner = f'model.get_submodule("{parent}")' if parent else "model"
    return f'setattr({owner}, "{last}", torch.nn.{written})'


def without(name: str) -> str:
    """Take a module out."""
    return put(name, "Identity()")


def rescale(name: str, factor: float, offset: float) -> str:
    """Multiply what a layer puts out, and add to it."""
    return "\n".join(
        [
            "class Affine(torch.nn.Module):",
            "    def forward(self, x):",
            f"        return x * {factor:.4g} + {offset:.4g}",
            "",
            put(name, f'Sequential(model.get_submodule("{name}"), Affine())'),
        ]
    )


def rate(factor: float) -> str:
    """Multiply the learning rates of an optimizer."""
    return f'for group in optimizer.param_groups:\n    group["lr"] *= {factor:g}'
