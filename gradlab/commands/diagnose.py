"""Training steps of a user's model under the probe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim.optimizer import register_optimizer_step_post_hook

from gradlab.commands import inputs, wording
from gradlab.commands.errors import UseError
from gradlab.commands.loading import FAILURES, failed, load, own_frame, required_arguments, shown
from gradlab.language import Language, Text
from gradlab.networks import ArticleNetwork
from gradlab.probing import ProbeError, probe
from gradlab.probing.report import Report
from gradlab.treatment import Treatment, treat

_UNSURE = "inconclusive"


@dataclass(frozen=True)
class Settings:
    """Settings of a diagnosis; see the command's help.

    Attributes:
        target: `package.module:make_model`.
        inputs: shapes, or one `package.module:function`.
        types: of the random inputs.
        high: random integers lie below it.
        loss: `package.module:function`; None for random targets.
        seed: of weights, inputs and targets.
        evaluation: evaluation mode instead of training mode.
        steps: training steps; the last one is reported.
        learning_rate: of the plain gradient descent between them.
        treat: whether remedies are tried on copies of the model.

    """

    target: str
    inputs: tuple[str, ...]
    types: tuple[str, ...] = ("auto",)
    high: int | None = None
    loss: str | None = None
    seed: int = 0
    evaluation: bool = False
    steps: int = 1
    learning_rate: float = 0.01
    treat: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """A report, and what was run for it.

    Attributes:
        title: name of the model.
        setup: what was run, in one line.
        report: the report.
        treatment: what remedies do, where they were asked for.

    """

    title: str
    setup: str
    report: Report
    treatment: Treatment | None = None

    @property
    def exit_code(self) -> int:
        """1 for a finding that hinders training or no gradient at all, 0 for none, notes, or too little to say."""
        decisive = [found for found in self.report.findings if found.severity == "hinders"]
        return int(any(found.verdict != _UNSURE or found.reason == "blocked" for found in decisive))


def make_model(target: str, seed: int) -> tuple[nn.Module, int]:
    """The model of that name: a module itself, or what a class or function without arguments returns.

    PyTorch's random state is set to the seed before anything is imported, and again before the model is made.

    Returns:
        The model, and how many steps optimizers made of it before it was found: 0, unless it is a module that is
        trained as its own module is imported.

    Raises:
        UseError: there is none of that name, it fails, it wants arguments, or it gives something else.

    """
    torch.manual_seed(seed)
    updated: list[torch.optim.Optimizer] = []
    counting = register_optimizer_step_post_hook(lambda optimizer, *_: updated.append(optimizer))
    try:
        made = load(target, "MODULE:MODEL")
    finally:
        counting.remove()
    if isinstance(made, nn.Module):
        own = {id(parameter) for parameter in made.parameters()}
        trained = {id(one): any(id(p) in own for group in one.param_groups for p in group["params"]) for one in updated}
        return made, sum(trained[id(one)] for one in updated)
    if not callable(made):
        raise UseError(wording.NOT_A_MODEL, what=target, found=type(made).__name__)
    if wanted := required_arguments(made):
        name = getattr(made, "__name__", target.rpartition(":")[2])
        raise UseError(wording.MODEL_WANTS, what=target, wanted=", ".join(wanted), name=name)
    torch.manual_seed(seed)
    try:
        made = made()
    except FAILURES as error:
        failed(target, error)
    if not isinstance(made, nn.Module):
        raise UseError(wording.NOT_A_MODEL, what=target, found=type(made).__name__)
    return made, 0


def diagnose(settings: Settings, language: Language) -> Diagnosis:
    """Run the steps, and report the last.

    Raises:
        UseError: anything in the user's code is missing, has the wrong shape, or fails.

    """
    model, updates = make_model(settings.target, settings.seed)
    if any(value.is_meta for value in (*model.parameters(), *model.buffers())):
        raise UseError(wording.NO_VALUES, what=settings.target)
    model.train(not settings.evaluation)
    generator = Generator().manual_seed(settings.seed)
    batch = inputs.batch(model, settings.inputs, settings.types, settings.high, generator)
    loss = inputs.RandomTargets(generator) if settings.loss is None else inputs.OwnLoss(settings.loss)
    if any(is_lazy(parameter) for parameter in model.parameters()):
        with torch.no_grad():
            _forward(model, batch)
    optimizer = torch.optim.SGD(model.parameters(), settings.learning_rate) if settings.steps > 1 else None
    try:
        # Before the steps, after which the model is another; the random targets are drawn once for both.
        treatment = _treated(model, batch, loss, settings, language) if settings.treat else None
        with probe(model, optimizer=optimizer) as record:
            last = _steps(model, batch, loss, optimizer, settings.steps)
        report = record.report(language)
    except ProbeError as error:
        raise UseError(Text(en="{text}", zh="{text}"), text=str(error)) from error
    mode = wording.EVALUATION if settings.evaluation else wording.TRAINING
    target = loss.name(language) if isinstance(loss, inputs.RandomTargets) else settings.loss
    setup = wording.SETUP(
        language,
        input=batch.description,
        mode=mode(language),
        loss=target,
        value=inputs.finite(last),
        seed=settings.seed,
    )
    if updates:
        setup += wording.TRAINED(language, count=updates)
    return Diagnosis(settings.target, setup, report, treatment)


def _treated(
    model: nn.Module, batch: inputs.Batch, loss: Callable[[Any], Tensor], settings: Settings, language: Language
) -> Treatment:
    """The model's treatment; of more than one step, with the optimizer and the steps of the training."""

    def step(copy: nn.Module) -> Tensor:
        return loss(_forward(copy, batch))

    if settings.steps == 1:
        return treat(model, step, language=language)
    rate = settings.learning_rate
    return treat(
        model,
        step,
        optimizer=lambda parameters: torch.optim.SGD(parameters, rate),
        steps=settings.steps,
        language=language,
    )


def _steps(
    model: nn.Module,
    batch: inputs.Batch,
    loss: Callable[[Any], Tensor],
    optimizer: torch.optim.Optimizer | None,
    count: int,
) -> float:
    last = 0.0
    for step in range(count):
        value = loss(_forward(model, batch))
        last = value.item()
        try:
            value.backward()  # type: ignore[no-untyped-call]
        except FAILURES as error:
            failed("backward", error)
        if optimizer is not None:
            _update(optimizer, clear=step < count - 1)
    return last


def _update(optimizer: torch.optim.Optimizer, *, clear: bool) -> None:
    """Make a step of the optimizer; the gradients of the last one are left."""
    try:
        optimizer.step()
    except FAILURES as error:
        failed(type(optimizer).__name__, error)
    if clear:
        optimizer.zero_grad()


def _forward(model: nn.Module, batch: inputs.Batch) -> Any:
    try:
        return batch.run(model)
    except FAILURES as error:
        layer, got = _innermost(model, error.__traceback__)
        frame = own_frame(error.__traceback__)
        raise UseError(
            wording.FORWARD,
            input=batch.description,
            layer=layer,
            got=Text(en=f"{wording.GOT.en} {got}", zh=f"{wording.GOT.zh} {got}") if got else None,
            kind=type(error).__name__,
            error=str(error).strip().splitlines()[0] if str(error).strip() else "",
            place=f" [{shown(frame.filename)}:{frame.lineno}]" if frame is not None else "",
            hint=_batch_hint(model, batch) or _hint(model, error),
        ) from error


_DIMENSIONS = re.compile(r"(?:Conv|BatchNorm|InstanceNorm)(?:Transpose)?([123])d$")


def _batch_hint(model: nn.Module, batch: inputs.Batch) -> Text | None:
    """A hint for inputs of a convolutional network without a batch."""
    first = next((one for one in model.modules() if _DIMENSIONS.search(type(one).__name__)), None)
    given = [value for value in batch.arguments if isinstance(value, Tensor)]
    found = None if first is None else _DIMENSIONS.search(type(first).__name__)
    if first is None or found is None or len(given) != 1 or given[0].ndim != int(found[1]) + 1:
        return None
    wanted, shape = int(found[1]) + 2, "x".join(map(str, (32, *given[0].shape)))
    hint = wording.TRY_BATCH
    values = {"layer": type(first).__name__, "wanted": wanted, "shape": shape}
    return Text(en=hint("en", **values), zh=hint("zh", **values))


def _hint(model: nn.Module, error: BaseException) -> Text | None:
    """A hint for the errors that a wrong type of input causes."""
    embeds = any(isinstance(module, nn.Embedding | nn.EmbeddingBag) for module in model.modules())
    if isinstance(error, IndexError) and "out of range" in str(error):
        return wording.TRY_HIGH
    if embeds and "indices" in str(error):
        return wording.TRY_INTEGERS
    if "dtype" in str(error) or "Long" in str(error):
        return wording.TRY_TYPE
    return None


def _innermost(model: nn.Module, trace: TracebackType | None) -> tuple[str, str]:
    """The innermost module that was running, by name and class, and the shapes of what it was given."""
    names = {id(module): name for name, module in model.named_modules()}
    layer, got = type(model).__name__, ""
    while trace is not None:
        frame = trace.tb_frame
        running = frame.f_locals.get("self")
        if isinstance(running, nn.Module) and id(running) in names and frame.f_code.co_name == "forward":
            name = names[id(running)]
            layer = f"{name} ({type(running).__name__})" if name else type(running).__name__
            arguments = frame.f_code.co_varnames[1 : frame.f_code.co_argcount]
            got = inputs.shapes([frame.f_locals.get(argument) for argument in arguments])
        trace = trace.tb_next
    return layer, got


def demo(language: Language, site: str | None = None) -> Diagnosis:
    """Diagnose the article's network: 20 ReLU layers of width 1 with weights around 1.5.

    ``site`` is the address that the report leads to, as in :meth:`gradlab.probing.Record.report`.
    """
    network = ArticleNetwork(20)
    with probe(network) as record:
        network(torch.ones(1, 1, dtype=torch.float64)).sum().backward()
    return Diagnosis(wording.DEMO(language), wording.DEMO_SETUP(language), record.report(language, site=site))
