"""The networks of the symptom gallery: their settings, what was measured of them, and the probe's verdicts in words."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

from figures_src.cache.results import measured
from figures_src.exhibits._shared import spirals
from figures_src.exhibits._shared.labels import magnitude
from figures_src.exhibits._shared.spirals import DIVERGED
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from gradlab.experiments._shared.layers import Look
from gradlab.experiments.diagnosis import symptoms
from gradlab.experiments.diagnosis.symptoms import Case
from gradlab.probing import wording
from gradlab.probing.finding import Verdict

CONFIG = symptoms.Config()
SETTINGS = {row.name: row for row in CONFIG.rows}
"""The experiment's rows by name."""

EVERY_SEED = Text(zh="各随机种子中最差的一个", en="the worst of the seeds")
SEPARATOR = Text(zh="、", en=", ")


def compute() -> symptoms.Result:
    """Train every row of the gallery: one result, which its exhibits share."""
    return measured(symptoms, CONFIG)


def depth(name: str) -> int:
    """The hidden layers of a row's network."""
    return SETTINGS[name].depth or CONFIG.depth


def rate(name: str) -> str:
    """The learning rate of a row as labels have it."""
    return f"{SETTINGS[name].learning_rate:g}"


def looks(result: symptoms.Result, name: str, *, end: bool = False) -> tuple[Look, ...]:
    """The probe's view of every seed, without those that overflowed."""
    case = result.case(name)
    return tuple(look for look in (case.end if end else case.start) if look is not None)


def delta_ratios(result: symptoms.Result, name: str) -> tuple[float, ...]:
    """‖δ_1‖/‖δ_L‖ before the first step, for every seed."""
    return tuple(look.delta[0] / look.delta[-1] for look in looks(result, name))


def largest_updates(result: symptoms.Result, name: str) -> tuple[float, ...]:
    """For every seed ‖ΔW‖/‖W‖ of the first step, in the layer where it is largest."""
    return tuple(max(look.update) for look in looks(result, name))


def silent_shares(result: symptoms.Result, name: str, *, end: bool = True) -> tuple[float, ...]:
    """For every seed the share of silent units in the layer that has most of them."""
    return tuple(max(look.silent) for look in looks(result, name, end=end))


def jumps(case: Case) -> tuple[float, ...]:
    """The largest factor by which the loss grew in one step, for every seed."""
    return tuple(max(after / before for before, after in pairwise(losses)) for losses in case.trained.losses)


def every_learns(result: symptoms.Result, name: str, sentence: Text) -> Check:
    """Check that every seed of a row learns."""
    return spirals.learns(result.case(name).trained.final_losses, result.chance_loss, sentence)


def median_learns(result: symptoms.Result, name: str, sentence: Text) -> Check:
    """Check that the median seed of a row learns."""
    return spirals.median_learns(result.case(name).trained, result.chance_loss, sentence)


def span(values: Sequence[float], text: Localize, shown: Callable[[float], Number] = magnitude) -> str:
    """The smallest and the largest value as tables show them."""
    low, high = (str(shown(value)) if math.isfinite(value) else text(DIVERGED) for value in (min(values), max(values)))
    return extent(low, high)


def middle(values: Sequence[float], shown: Callable[[float], Number] = magnitude) -> str:
    """The median of the seeds as tables show it."""
    return str(shown(median(values)))


def verdicts(found: Sequence[Verdict], text: Localize) -> str:
    """The probe's verdicts in words, the most frequent first, with their counts where they differ."""
    counts = Counter(found)
    words = {verdict: text(Text(zh=name("zh"), en=name("en"))) for verdict, name in wording.NAMES.items()}
    if len(counts) == 1:
        return _whole(words[found[0]])
    return text(SEPARATOR).join(_whole(f"{words[verdict]} ({count})") for verdict, count in counts.most_common())


def _whole(word: str) -> str:
    """A verdict for a table's cell, on a line of its own where it shares the cell."""
    return f'<span class="whole">{word}</span>'
