"""Inputs and loss of a diagnosis: random inputs of the shapes on the command line, or the user's batch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn

from gradlab.commands import wording
from gradlab.commands.errors import UseError, first_line, shorter
from gradlab.commands.loading import FAILURES, failed, load, required_arguments

TYPES = ("auto", "float", "int")
_SHAPE = re.compile(r"[1-9]\d*(?:[x×,][1-9]\d*)*")
_MOST_DIGITS = 18
"""Of a size: torch counts elements in 64 bits."""


@dataclass(frozen=True)
class Batch:
    """Inputs of one forward pass.

    Attributes:
        arguments: positional.
        named: by name.
        description: for the report's first lines: shapes, and what was drawn.

    """

    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    description: str

    def run(self, model: nn.Module) -> Any:
        """The model's output."""
        return model(*self.arguments, **self.named)


def sizes(text: str) -> tuple[int, ...]:
    """The sizes of `32x3x32x32`, the batch first.

    Raises:
        UseError: something other than positive integers with x between them.

    """
    sizes = re.split(r"[x×,]", text)
    if not _SHAPE.fullmatch(text) or max(map(len, sizes)) > _MOST_DIGITS:
        raise UseError(wording.BAD_SHAPE, found=shorter(text))
    return tuple(map(int, sizes))


def batch(
    model: nn.Module, texts: Sequence[str], types: Sequence[str], high: int | None, generator: Generator
) -> Batch:
    """The inputs that the command line asks for.

    Args:
        model: whose first floating-point parameter decides number type and device.
        texts: shapes, or one `package.module:function` that returns the inputs.
        types: for each shape, or one for all: names in ``TYPES``.
        high: random integers lie below it; None takes it from the model's first embedding.
        generator: of the random numbers.

    Raises:
        UseError: an unknown shape or type, or integers without a bound.

    """
    own = [text for text in texts if ":" in text]
    if own:
        if len(texts) > 1:
            raise UseError(wording.ONE_BATCH, found=own[0])
        return _own_batch(own[0])
    if len(types) not in (1, len(texts)):
        raise UseError(wording.TYPES_AND_INPUTS, types=len(types), inputs=len(texts))
    kinds = list(types) * (len(texts) if len(types) == 1 else 1)
    drawn = [_random(model, sizes(text), kind, high, generator) for text, kind in zip(texts, kinds, strict=True)]
    return Batch(tuple(value for value, _ in drawn), {}, ", ".join(description for _, description in drawn))


def _own_batch(target: str) -> Batch:
    make = load(target, "--input")
    try:
        value = make() if callable(make) else make
    except FAILURES as error:
        failed(target, error)
    named = dict(value) if isinstance(value, Mapping) else {}
    arguments = () if named else tuple(value) if isinstance(value, tuple | list) else (value,)
    if not any(isinstance(item, Tensor) for item in (*arguments, *named.values())):
        raise UseError(wording.NO_TENSOR, what=target, found=type(value).__name__)
    return Batch(arguments, named, target)


def _first_embedding(model: nn.Module) -> nn.Embedding | nn.EmbeddingBag | None:
    """The model's first embedding, where it is the first of all layers with parameters."""
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return module
        if next(module.children(), None) is None and next(module.parameters(), None) is not None:
            return None
    return None


def _random(
    model: nn.Module, shape: tuple[int, ...], kind: str, high: int | None, generator: Generator
) -> tuple[Tensor, str]:
    if kind not in TYPES:
        raise UseError(wording.BAD_TYPE, found=kind, allowed=", ".join(TYPES))
    parameter = next((value for value in model.parameters() if value.is_floating_point()), torch.empty(0))
    embedding = _first_embedding(model)
    text = "x".join(map(str, shape))
    if kind == "int" or (kind == "auto" and embedding is not None):
        bound = high if high is not None else embedding.num_embeddings if embedding is not None else None
        if bound is None:
            raise UseError(wording.NO_HIGH)
        integers = _drawn(text, lambda: torch.randint(bound, shape, generator=generator))
        return integers.to(parameter.device), f"{text} int [0, {bound - 1}]"
    values = _drawn(text, lambda: torch.empty(shape, dtype=torch.float64).normal_(generator=generator))
    return values.to(parameter.device, parameter.dtype), f"{text} {str(parameter.dtype).removeprefix('torch.')} N(0, 1)"


def _drawn(text: str, draw: Callable[[], Tensor]) -> Tensor:
    """The tensor that is drawn; `UseError` where it is larger than memory, or than torch can count."""
    try:
        return draw()
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        raise UseError(wording.TOO_LARGE, found=shorter(text), error=first_line(error)) from error


def differentiable(output: Any) -> Iterator[Tensor]:
    """Yield every floating-point tensor of an output that has a gradient, however it is nested."""
    if isinstance(output, Tensor):
        if output.requires_grad and output.is_floating_point():
            yield output
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from differentiable(value)
    elif isinstance(output, Sequence) and not isinstance(output, str | bytes):
        for value in output:
            yield from differentiable(value)


def _own_loss(output: Any) -> Tensor | None:
    """The loss that a model puts out by this name; None without one."""
    loss = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
    return loss if isinstance(loss, Tensor) and loss.numel() == 1 and loss.requires_grad else None


class RandomTargets:
    """Half the mean squared distance of every output from targets drawn once from N(0, 1).

    A loss for any model: without labels, with a gradient in no special direction, and bounded from below. A model that
    puts out a loss of its own, as those of transformers do when they are given labels, has that one.

    Attributes:
        name: of the loss that was taken.

    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.targets: list[Tensor] = []
        self.name = wording.RANDOM_TARGETS

    def __call__(self, output: Any) -> Tensor:
        """The loss of an output.

        Raises:
            UseError: no part of the output has a gradient.

        """
        own = _own_loss(output)
        if own is not None:
            self.name = wording.OWN_LOSS
            return own
        outputs = list(differentiable(output))
        if not outputs:
            raise UseError(wording.NO_GRADIENT, what=wording.OUTPUT)
        if len(self.targets) != len(outputs):
            self.targets = [
                torch.empty(value.shape, dtype=torch.float64).normal_(generator=self.generator) for value in outputs
            ]
        losses = [
            ((value - target.to(value.device, value.dtype)).square().sum() / (2 * max(value.numel(), 1)))
            for value, target in zip(outputs, self.targets, strict=True)
        ]
        total = losses[0]
        for loss in losses[1:]:
            total = total + loss
        return total


class OwnLoss:
    """The user's loss, a function of the model's output."""

    def __init__(self, target: str) -> None:
        function = load(target, "--loss")
        function = _made(target, function) if isinstance(function, type) else function
        if not callable(function):
            raise UseError(wording.NOT_CALLABLE, what=target, found=type(function).__name__)
        called = function.forward if isinstance(function, nn.Module) else function
        wanted = required_arguments(called)
        if len(wanted) > 1:
            raise UseError(wording.LOSS_WANTS_MORE, what=target, wanted=", ".join(wanted))
        self.target = target
        self.function: Callable[[Any], Any] = function

    def __call__(self, output: Any) -> Tensor:
        """The loss of an output.

        Raises:
            UseError: the function fails, or returns something other than a scalar with a gradient.

        """
        try:
            loss = self.function(output)
        except FAILURES as error:
            failed(self.target, error)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            found = f"{'x'.join(map(str, loss.shape))}" if isinstance(loss, Tensor) else type(loss).__name__
            raise UseError(wording.LOSS_NO_SCALAR, what=self.target, found=found)
        if not loss.requires_grad:
            raise UseError(wording.NO_GRADIENT, what=self.target)
        return loss


def _made(target: str, kind: type) -> Any:
    try:
        return kind()
    except FAILURES as error:
        failed(target, error)


def shapes(value: Any) -> str:
    """The shapes and types of the tensors among arguments, for a message."""
    tensors = [item for item in (value if isinstance(value, Sequence) else [value]) if isinstance(item, Tensor)]
    return ", ".join(
        f"{'x'.join(map(str, tensor.shape)) or 'scalar'} {str(tensor.dtype).removeprefix('torch.')}"
        for tensor in tensors
    )


def finite(value: float) -> str:
    """A loss as it is shown."""
    return f"{value:.4g}" if math.isfinite(value) else str(value)
