"""Every remedy for every problem: the gradient's factor before training, and the loss after it."""

from figures_src.exhibits._shared import agreement, labels
from figures_src.exhibits._shared.spirals import find
from figures_src.exhibits.remedies import _remedies
from figures_src.exhibits.remedies._remedies import compute
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.training import spirals
from gradlab.experiments.training.spirals import RowResult

__all__ = ["TITLE", "checks", "compute", "numbers", "table"]

TITLE = Text(zh="对症下药：每一种做法", en="Remedy by problem: every run")
PROBLEM = Text(zh="问题", en="Problem")
REMEDY = Text(zh="办法", en="Remedy")
FACTOR = Text(zh="因子，实测", en="Factor, measured")
PREDICTED = Text(zh="因子，预测", en="Factor, predicted")
MEDIAN = Text(zh="损失，中位数", en="Loss, median")
VERDICT = Text(zh="结论", en="Verdict")


def table(result: spirals.Result, text: Localize) -> Table:
    """List the problems one after the other, each first without a remedy."""

    def cells(problem: str, remedy: Text, row: RowResult, verdict: Text) -> tuple[str, ...]:
        predicted = row.predicted_factor
        return (
            problem,
            text(remedy),
            str(labels.factor(_remedies.factor(row).value)),
            "–" if predicted is None else str(labels.factor(predicted)),
            _remedies.shown_loss(row, verdict, text),
            "–" if verdict is _remedies.UNTREATED else text(verdict),
        )

    rows = []
    for problem in _remedies.PROBLEMS:
        title = text(problem.title)
        rows.append(cells(title, _remedies.UNTREATED, find(result, problem.row), _remedies.UNTREATED))
        for remedy in problem.remedies:
            row = find(result, remedy.row)
            rows.append(cells(title, remedy.label, row, _remedies.verdict(result, problem, row)))
    columns = (PROBLEM, REMEDY, FACTOR, PREDICTED, MEDIAN, VERDICT)
    return Table(tuple(map(text, columns)), tuple(rows))


def numbers(result: spirals.Result) -> dict[str, Number]:
    return {
        "problems": Number(len(_remedies.PROBLEMS), "d"),
        "tried": Number(len(list(_remedies.verdicts(result))), "d"),
    }


def checks(result: spirals.Result) -> dict[str, Check]:
    # Theory's value for infinite width is less by about 5/(4 n) at width n (Hanin & Nica 2020, arXiv:1812.05994).
    bias = 5 / (4 * result.config.width)
    compared = []
    for row in _remedies.listed(result):
        if row.predicted_factor is not None:
            estimate = _remedies.factor(row)
            compared.append(
                agreement.standard_errors(estimate.value, row.predicted_factor, estimate.standard_error, bias)
            )
    farthest = agreement.worst(compared)
    return {
        "prediction": farthest.check(
            sentence=Text(
                zh="凡是理论给出预测值的网络，训练前的逐层因子都与之相符（这里是最接近容差的一个）",
                en="Wherever theory predicts it, the per-layer factor before training agrees with the prediction "
                "(here the one closest to its tolerance)",
            ),
            shown=labels.factor,
            because=agreement.errors_and_width(result.config.seeds, result.config.width),
            source="∏ √χ, Schoenholz et al. 2017, arXiv:1611.01232",
        ),
    }
