"""The same network at three learning rates: what the probe says of each, over the steps."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.printed import printed
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text
from gradlab.experiments.diagnosis import pace
from gradlab.experiments.diagnosis.pace import Result
from gradlab.probing.causes.course import LONG
from gradlab.probing.report import report
from gradlab.probing.step import Step

TITLE = Text(zh="学习率与步数", en="Learning rate and steps")


def compute() -> Result:
    """Train at each rate under the probe."""
    return measured(pace, pace.Config())


def _causes(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The causes that the probe names at the last of some steps."""
    return tuple(finding.cause for finding in report(steps, "en").findings if finding.cause)


def _loss(steps: tuple[Step, ...]) -> float:
    loss = steps[-1].readings.loss
    return float("nan") if loss is None else loss.value


def listings(result: Result, language: Language) -> dict[str, str]:
    """The reports at the rates that are wrong, and of a short training."""
    runs = {"too_low": result.too_low, "too_high": result.too_high, "short": result.short}
    return {name: printed(steps, language) for name, steps in runs.items()}


def numbers(result: Result) -> dict[str, Number]:
    config = result.config
    return {
        "steps": Number(config.steps, "d"),
        "short_steps": Number(len(result.short), "d"),
        "long": Number(LONG, "d"),
        "too_low": Number(config.too_low, "g"),
        "right": Number(config.right, "g"),
        "too_high": Number(config.too_high, "g"),
        "right_loss": Number(_loss(result.right), ".3f"),
    }


def _named(steps: tuple[Step, ...], cause: str, zh: str, en: str) -> Check:
    found = _causes(steps)
    return Check(
        sentence=Text(zh=zh, en=en),
        measured=Number(int(found == ((cause,) if cause else ())), "d"),
        relation="=",
        predicted=Number(1, "d"),
        because=Text(zh="逐字核对", en="compared word by word"),
        source="gradlab.probing.causes.course",
    )


def checks(result: Result) -> dict[str, Check]:
    return {
        "too_low": _named(
            result.too_low,
            "rate too low",
            "学习率太小时，探针说的就是学习率太小，没有说别的（说对为 1）",
            "At the rate that is too low the probe says so, and names nothing else (1 where it does)",
        ),
        "too_high": _named(
            result.too_high,
            "rate too high",
            "学习率太大时，探针说的就是学习率太大，没有说别的（说对为 1）",
            "At the rate that is too high the probe says so, and names nothing else (1 where it does)",
        ),
        "short": _named(
            result.short,
            "too few steps",
            "只训练了几步时，探针说步数太少，没有说别的（说对为 1）",
            "Of a training of a few steps the probe says that they are few, and names nothing else (1 where it does)",
        ),
        "right": _named(
            result.right,
            "",
            "学习率合适时，探针没有说出任何原因（没有说为 1）",
            "At a rate that fits the probe names no cause (1 where it names none)",
        ),
    }
