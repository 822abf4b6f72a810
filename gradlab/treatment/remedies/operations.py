"""Remedy of operations that are undefined at some numbers: the operand is kept away from these in the person's step.

The step runs under a mode of torch that is shown every call of an operation before autograd is, wherever in the
person's code it stands. So what is tried is what the printed lines say, and the rest of the step stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gradlab.language import Text
from gradlab.probing import Finding, snippets
from gradlab.probing.finding import Cause
from gradlab.probing.told import told
from gradlab.treatment import wording
from gradlab.treatment.isolation import copied
from gradlab.treatment.patient import Patient, TrainingStep, loss_of
from gradlab.treatment.remedies.remedy import Remedy

_SMALL, _IN_LOGARITHM, _FROM_ONE = 1e-8, 1e-7, 1e-6
_LOWEST, _HIGHEST = -30.0, 20.0
"""Bounds of what is exponentiated, as Rombach et al. 2022 (arXiv:2112.10752) bound a log-variance in their code."""
_BY_ROUNDING = 1e-5
"""Share of the largest operand down to which one below 0 may be rounding."""
_HIDDEN: Cause = "masked value not finite"


@dataclass(frozen=True)
class _Operation:
    """An operation that is undefined somewhere.

    Attributes:
        cause: what a finding names it as.
        said: what is done to the operand.
        code: the lines that do it.
        is_met: whether an operand has numbers at which the operation or its derivative is undefined, and which `keep`
            can mend; given the dimension, where there is one.
        keep: the operand kept away from them.

    """

    cause: Cause
    said: Text
    code: str
    is_met: Callable[[Tensor, int], bool]
    keep: Callable[[Tensor, int], Tensor]


def _highest(x: Tensor) -> float:
    """The bound, or in a type of a smaller range the largest whole number whose exponential is finite."""
    return min(_HIGHEST, math.floor(math.log(torch.finfo(x.dtype).max)))


def _least(x: Tensor) -> float:
    """A small number, or in a type of a smaller range the smallest that has all digits."""
    return max(_SMALL, torch.finfo(x.dtype).tiny)


def _is_empty(x: Tensor, dimension: int) -> Tensor:
    """Whether all elements along a dimension are masked."""
    return (x == -math.inf).all(dimension, keepdim=True)


_OPERATIONS: Mapping[str, _Operation] = MappingProxyType(
    {
        "root": _Operation(
            "root of 0",
            wording.UNDER_ROOT,
            snippets.ROOT,
            lambda x, _: -_BY_ROUNDING * float(x.abs().max()) <= float(x.min()) <= 0,
            lambda x, _: x.clamp_min(0) + _least(x),
        ),
        "logarithm": _Operation(
            "logarithm of 0",
            wording.IN_LOGARITHM,
            snippets.LOGARITHM,
            lambda x, _: float(x.min()) == 0,
            lambda x, _: x + _IN_LOGARITHM,
        ),
        "division": _Operation(
            "division by 0",
            wording.DIVISOR,
            snippets.DIVISION,
            lambda x, _: bool((x == 0).any()),
            lambda x, _: torch.where(x == 0, torch.ones_like(x), x),
        ),
        # A divisor that the network makes, such as a norm, is next to 0 there, and no count.
        "quotient": _Operation(
            "division by 0",
            wording.SMALL_DIVISOR,
            snippets.QUOTIENT,
            lambda x, _: bool((x == 0).any()),
            lambda x, _: torch.where(x == 0, torch.full_like(x, _least(x)), x),
        ),
        "arccosine": _Operation(
            "arccosine of 1",
            wording.COSINE,
            snippets.ARCCOSINE,
            lambda x, _: 1 <= float(x.abs().max()) <= 1 + _BY_ROUNDING,
            lambda x, _: x.clamp(-1 + _FROM_ONE, 1 - _FROM_ONE),
        ),
        "exponential": _Operation(
            "exponential too large",
            wording.EXPONENT,
            snippets.EXPONENTIAL,
            lambda x, _: not bool(x.exp().isfinite().all()) and bool(x.isfinite().all()),
            lambda x, _: x.clamp(_LOWEST, _highest(x)),
        ),
        "softmax": _Operation(
            "all masked",
            wording.UNMASKED,
            snippets.SOFTMAX,
            lambda x, dimension: bool(_is_empty(x, dimension).any()),
            lambda x, dimension: x.masked_fill(_is_empty(x, dimension), 0.0),
        ),
    }
)
_CAUSES: frozenset[Cause] = frozenset((*(one.cause for one in _OPERATIONS.values()), _HIDDEN))
_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("sqrt", "rsqrt"), "root"),
        **dict.fromkeys(("log", "log2", "log10"), "logarithm"),
        **dict.fromkeys(("div", "divide", "true_divide", "__truediv__", "__rtruediv__", "__rdiv__"), "division"),
        "reciprocal": "division",
        **dict.fromkeys(("acos", "arccos", "asin", "arcsin"), "arccosine"),
        "exp": "exponential",
        "softmax": "softmax",
    }
)
"""Operations by the names of torch's functions and methods; those that work in place are left alone."""
_DIVIDES_BY_SECOND = ("div", "divide", "true_divide", "__truediv__")
_POWERS = ("pow", "__pow__")


def _operation(name: str, args: tuple[Any, ...]) -> str:
    """The operation that a call of torch's function of that name is; empty where it is defined everywhere."""
    if name not in _POWERS:
        return _BY_NAME.get(name, "")
    exponent = args[1] if len(args) > 1 else None
    if not isinstance(exponent, int | float) or exponent >= 1:
        return ""
    return "division" if exponent < 0 else "root"


class _Keeping(TorchFunctionMode):
    """A mode in which operands of some operations are kept from where these are undefined.

    Attributes:
        kinds: of these operations.
        met: the kinds whose operands had to be.

    """

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__()
        self.kinds = frozenset(kinds)
        self.met: set[str] = set()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """The call with its operand changed."""
        kwargs, name = kwargs or {}, str(getattr(func, "__name__", ""))
        kind = _operation(name, args)
        if kind:
            args = self._kept(kind, int(name in _DIVIDES_BY_SECOND), args, kwargs)
        return func(*args, **kwargs)

    def _kept(self, kind: str, place: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        tensors = [one for one in args if isinstance(one, Tensor)]
        operand = args[place] if len(args) > place else None
        # What no gradient goes through may be meant as it is, as -inf in a mask is.
        if not isinstance(operand, Tensor) or not any(one.requires_grad for one in tensors) or not operand.numel():
            return args
        kind = "quotient" if kind == "division" and operand.requires_grad else kind
        if kind not in self.kinds:
            return args
        own, dimension = _OPERATIONS[kind], kwargs.get("dim", args[1] if kind == "softmax" and len(args) > 1 else -1)
        if operand.is_floating_point() or kind == "division":
            if own.is_met(operand.detach(), dimension):
                self.met.add(kind)
            args = (*args[:place], own.keep(operand, dimension), *args[place + 1 :])
        return args


def operands(finding: Finding, patient: Patient) -> Remedy | None:
    """Operands of a root, a logarithm, a division, an arccosine, an exponential or a softmax where they are defined.

    Roots and logarithms get a small number, as the epsilon of every normalization; a cosine stays below 1 and what is
    exponentiated below what overflows; of a masked row nothing is masked; and nothing is divided by 0.
    """
    if finding.verdict != "non-finite" or finding.cause not in _CAUSES:
        return None
    kinds = tuple(kind for kind in _OPERATIONS if kind in _met(patient))
    if not kinds:
        return None
    every = tuple(_OPERATIONS[kind] for kind in kinds)
    said = told(wording.OPERANDS, how=Text(zh="、".join(one.said.zh for one in every), en=_listed(every)))
    mended = (finding.cause, *(one.cause for one in every))
    place, code = wording.place_of(finding), "\n".join(one.code for one in every)
    return Remedy("operands", said, code, _nothing, place, guard=_Guard(kinds), mends=frozenset(mended))


def _listed(operations: Iterable[_Operation]) -> str:
    return ", ".join(one.said.en for one in operations)


def _nothing(_: nn.Module) -> None:
    """Change nothing of the model: it is the step that changes."""


def _met(patient: Patient) -> frozenset[str]:
    """The operations of the step that an operand would have to be kept from."""
    keeping = _Keeping(_OPERATIONS)
    patient.state.restore()
    with keeping:
        loss_of(copied(patient.model), patient.step)
    return frozenset(keeping.met)


@dataclass(frozen=True)
class _Guard:
    """A change of a step, after which operands are kept from where these operations are undefined."""

    kinds: tuple[str, ...]

    def __call__(self, step: TrainingStep) -> TrainingStep:
        """The step with the change."""

        def guarded(model: nn.Module) -> Tensor:
            with _Keeping(self.kinds):
                return step(model)

        return guarded
