"""Slips about the scale of weights, each beside the number that it is taken for."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.agreement import errors_of_seeds, standard_errors
from figures_src.exhibits._shared.labels import (
    MEASURED_COLUMN,
    PREDICTED_COLUMN,
    QUANTITY,
    factor,
    with_error,
)
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.estimates import Estimate
from gradlab.experiments.article import weight_slips

CONFIG = weight_slips.Config()
TITLE = Text(zh="关于权重尺度的几处疏忽", en="Slips about the scale of weights")
NORMAL_MEAN = Text(
    zh=f"normal_(w, {CONFIG.argument:g}) 之后权重的均值",
    en=f"Mean of the weights after normal_(w, {CONFIG.argument:g})",
)
NORMAL_DEVIATION = Text(
    zh=f"normal_(w, {CONFIG.argument:g}) 之后权重的标准差",
    en=f"Standard deviation of the weights after normal_(w, {CONFIG.argument:g})",
)
LINEAR = Text(zh="新建的 nn.Linear：扇入 × 权重的方差", en="A new nn.Linear: fan-in × variance of a weight")
WEIGHTS = Text(zh="He 初始化：扇入 × 权重的方差", en="He initialization: fan-in × variance of a weight")
UNITS = Text(zh="He 初始化：预激活值的均方值", en="He initialization: mean square of the pre-activations")
DEVIATION = Text(zh="He 初始化：激活值的标准差", en="He initialization: standard deviation of the activations")
RATIO = Text(zh="激活值的均方值与方差之比", en="Mean square of the activations over their variance")


def compute() -> weight_slips.Result:
    """Draw the weights and feed the layer."""
    return measured(weight_slips, CONFIG)


def _rows(result: weight_slips.Result) -> tuple[tuple[Text, Estimate, float], ...]:
    """The measured values with their predictions."""
    return (
        (NORMAL_MEAN, result.normal_mean, result.config.argument),
        (NORMAL_DEVIATION, result.normal_deviation, 1.0),
        (LINEAR, result.linear_variance, 1 / 3),
        (WEIGHTS, result.weight_variance, 2.0),
        (UNITS, result.unit_variance, 2.0),
        (DEVIATION, result.activation_deviation, result.predicted_deviation),
        (RATIO, result.batch_norm_ratio, result.predicted_ratio),
    )


def table(result: weight_slips.Result, text: Localize) -> Table:
    """List every quantity with its prediction."""
    rows = tuple(
        (text(name), with_error(estimate.value, estimate.standard_error), f"{predicted:.4f}")
        for name, estimate, predicted in _rows(result)
    )
    return Table(tuple(map(text, (QUANTITY, MEASURED_COLUMN, PREDICTED_COLUMN))), rows)


def numbers(result: weight_slips.Result) -> dict[str, Number]:
    return {
        "width": Number(result.config.width, "d"),
        "seeds": Number(result.config.seeds, "d"),
        "argument": Number(result.config.argument, "g"),
        "normal_mean": factor(result.normal_mean.value),
        "normal_deviation": factor(result.normal_deviation.value),
        "linear_variance": factor(result.linear_variance.value),
        "he_variance": Number(2, "d"),
        "weight_variance": factor(result.weight_variance.value),
        "unit_variance": factor(result.unit_variance.value),
        "wrong_unit_variance": Number(2 / result.config.width, ".4f"),
        "activation_deviation": factor(result.activation_deviation.value),
        "batch_norm_ratio": factor(result.batch_norm_ratio.value),
    }


def _check(sentence: Text, estimate: Estimate, predicted: float, source: str | Text) -> Check:
    compared = standard_errors(estimate.value, predicted, estimate.standard_error)
    return compared.check(
        sentence=sentence,
        shown=".4f",
        because=errors_of_seeds(CONFIG.seeds),
        source=source,
    )


def checks(result: weight_slips.Result) -> dict[str, Check]:
    signature = "torch.nn.init.normal_(tensor, mean=0.0, std=1.0)"
    return {
        "mean": _check(
            Text(
                zh=f"normal_(w, {CONFIG.argument:g}) 把权重的均值设为 {CONFIG.argument:g}",
                en=f"normal_(w, {CONFIG.argument:g}) sets the mean of the weights to {CONFIG.argument:g}",
            ),
            result.normal_mean,
            result.config.argument,
            signature,
        ),
        "deviation": _check(
            Text(
                zh=f"normal_(w, {CONFIG.argument:g}) 之后权重的标准差是 1，不是 {CONFIG.argument:g}",
                en=f"After normal_(w, {CONFIG.argument:g}) the standard deviation of the weights is 1, and not "
                f"{CONFIG.argument:g}",
            ),
            result.normal_deviation,
            1.0,
            signature,
        ),
        "linear": _check(
            Text(
                zh="新建的 nn.Linear，权重的方差乘以扇入是 1/3，不是 He 初始化的 2",
                en="In a new nn.Linear the fan-in times the variance of a weight is 1/3, and not the 2 of He",
            ),
            result.linear_variance,
            1 / 3,
            "U(±1/√n): (2/√n)²/12 = 1/(3n)",
        ),
        "units": _check(
            Text(
                zh="He 初始化的 2/n 是权重的方差；输入的方差为 1 时，预激活值的方差是 2",
                en="He's 2/n is the variance of a weight; for inputs of variance 1 that of a pre-activation is 2",
            ),
            result.unit_variance,
            2.0,
            Text(
                zh="n Var W E x²，He et al. 2015, arXiv:1502.01852，第 2.2 节",
                en="n Var W E x², He et al. 2015, arXiv:1502.01852, section 2.2",
            ),
        ),
        "activations": _check(
            Text(
                zh="He 初始化的第一层，激活值的标准差是 √(1 − 1/π)，约 0.83",
                en="In a first layer with He initialization the standard deviation of the activations is √(1 − 1/π), "
                "about 0.83",
            ),
            result.activation_deviation,
            result.predicted_deviation,
            "Var ReLU(z) = (1 − 1/π) σ²/2, z ~ N(0, σ²)",
        ),
        "ratio": _check(
            Text(
                zh="激活值的均方值与方差之比是 π/(π − 1)，约 1.47，不是 0.8",
                en="The mean square of the activations over their variance is π/(π − 1), about 1.47, and not 0.8",
            ),
            result.batch_norm_ratio,
            result.predicted_ratio,
            "π/(π − 1), Yang et al. 2019, arXiv:1902.08129",
        ),
    }
