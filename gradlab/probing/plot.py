"""The report's figure."""

from __future__ import annotations

import math
from io import BytesIO

from matplotlib.figure import Figure

from gradlab.language import Language, Text
from gradlab.probing import prediction, structure
from gradlab.probing.step import Step

_MEASURED = Text(en="measured", zh="实测值")
_PREDICTED = Text(en="predicted from the weights", zh="由权重预测")
_LAYER = Text(en="linear layer, in forward order", zh="线性层，按前向顺序")


class ShownFigure(Figure):
    """A figure that a notebook shows, also where no magic line has told it to."""

    def _repr_png_(self) -> bytes:
        """The picture, for a notebook."""
        picture = BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


def plot(step: Step, language: Language) -> Figure:
    """Draw ‖δ‖ along every stretch, and the prediction from its last layer back."""
    figure = ShownFigure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    weights = {parameter.name: parameter for parameter in step.parameters}
    stretches = structure.stretches(step)
    for stretch in stretches:
        # Of several stretches each is told from the others by the place of its layers.
        where = f"{structure.place(stretch.calls[0])}: " if len(stretches) > 1 else ""
        deltas = [call.delta_norm or math.nan for call in stretch.calls]
        axes.plot(range(1, len(deltas) + 1), deltas, "o", label=f"{where}{_MEASURED(language)}")
        factors = [prediction.log_factor(link, weights) for link in stretch.links]
        if factors and None not in factors:
            logs = [math.log(deltas[-1])]
            for factor in reversed(factors):
                logs.append(logs[-1] + (factor or 0.0))
            line = [math.exp(value) for value in reversed(logs)]
            axes.plot(range(1, len(line) + 1), line, label=f"{where}{_PREDICTED(language)}")
    axes.set_yscale("log")
    axes.set_xlabel(_LAYER(language))
    axes.set_ylabel("‖δ‖")
    if axes.has_data():
        axes.legend()
    return figure
