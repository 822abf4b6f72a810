"""Every remedy for every problem: the gradient's factor before training, and the loss after it."""

from figures_src.exhibit import Table
from figures_src.exhibits import _labels, _remedies
from figures_src.exhibits._remedies import compute
from figures_src.language import Localize, Text
from gradlab.experiments import spirals
from gradlab.experiments.spirals import RowResult

__all__ = ["TITLE", "compute", "table"]

TITLE = Text(zh="对症下药：每一种做法", en="Remedy by problem: every run")
PROBLEM = Text(zh="问题", en="Problem")
REMEDY = Text(zh="办法", en="Remedy")
UNTREATED = Text(zh="不处理", en="none")
FACTOR = Text(zh="逐层因子，实测", en="Per-layer factor, measured")
PREDICTED = Text(zh="预测值", en="Predicted")
MEDIAN = Text(zh="最终损失，中位数", en="Final loss, median")
RANGE = Text(zh="最小 – 最大", en="Smallest – largest")
VERDICT = Text(zh="结论", en="Verdict")


def table(result: spirals.Result, text: Localize) -> Table:
    """List the problems one after the other, each first without a remedy."""

    def cells(problem: str, remedy: str, row: RowResult, verdict: str) -> tuple[str, ...]:
        low, high = (_remedies.loss(bound(row.final_losses), text) for bound in (min, max))
        predicted = row.predicted_factor
        return (
            problem,
            remedy,
            str(_labels.factor(_remedies.factor(row).value)),
            "–" if predicted is None else str(_labels.factor(predicted)),
            _remedies.loss(row.median_final_loss, text),
            low if low == high else f"{low} – {high}",
            verdict,
        )

    rows = []
    for problem in _remedies.PROBLEMS:
        title = text(problem.title)
        rows.append(cells(title, text(UNTREATED), _remedies.find(result, problem.row), "–"))
        for remedy in problem.remedies:
            row = _remedies.find(result, remedy.row)
            rows.append(cells(title, text(remedy.label), row, text(_remedies.verdict(result, problem, row))))
    columns = (PROBLEM, REMEDY, FACTOR, PREDICTED, MEDIAN, RANGE, VERDICT)
    return Table(tuple(map(text, columns)), tuple(rows))
