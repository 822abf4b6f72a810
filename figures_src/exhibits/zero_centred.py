"""Activations that are not zero-centred: the gradients of a neuron's incoming weights share one sign."""

from figures_src.exhibit import Claim, Number, Table
from figures_src.exhibits._comparison import standard_errors
from figures_src.exhibits._labels import ACTIVATION_COLUMN, ACTIVATIONS, percent
from figures_src.language import Localize, Text
from figures_src.measurement import measured
from gradlab.experiments import zero_centred

TITLE = Text(zh="零中心与权重梯度的符号", en="Zero-centered activations and the signs of weight gradients")
BATCH = Text(zh="样本数", en="Samples")
MEAN = Text(zh="激活值的均值", en="Mean activation")
SHARE = Text(
    zh="一个单元的权重梯度中多数符号的比例", en="Share of the more frequent sign among a unit's weight gradients"
)
COIN = Text(zh="掷硬币的话", en="For fair coins")
TEN_SEEDS = Text(zh="10 个随机种子的 4 倍标准误差", en="4 standard errors of 10 seeds")
SOURCE = "∂W_ij = δ_i a_j, LeCun et al. 1998"


def compute() -> zero_centred.Result:
    """Measure activations and signs for one sample and for a batch."""
    return measured(zero_centred, zero_centred.Config())


def _points(result: zero_centred.Result) -> dict[tuple[str, int], zero_centred.Point]:
    return {(point.activation, point.batch): point for point in result.points}


def table(result: zero_centred.Result, text: Localize) -> Table:
    """List both activations, for one sample and for a batch."""
    rows = tuple(
        (
            text(ACTIVATIONS[point.activation]),
            point.batch,
            str(Number(point.mean_activation, "z.3f")),
            str(percent(point.same_sign_share)),
            str(percent(point.coin_share)),
        )
        for point in result.points
    )
    return Table(tuple(map(text, (ACTIVATION_COLUMN, BATCH, MEAN, SHARE, COIN))), rows)


def numbers(result: zero_centred.Result) -> dict[str, Number]:
    """Return what pages quote."""
    points = _points(result)
    single, batch = result.config.batches
    offered = {"batch": Number(batch, "d"), "coin": percent(result.points[0].coin_share)}
    for name in result.config.activations:
        offered |= {
            f"{name}_mean": Number(points[name, batch].mean_activation, "z.3f"),
            f"{name}_same_sign": percent(points[name, single].same_sign_share),
            f"{name}_same_sign_batch": percent(points[name, batch].same_sign_share),
        }
    return offered


def claims(result: zero_centred.Result) -> dict[str, Claim]:
    """Return what pages assert."""
    points = _points(result)
    single, batch = result.config.batches
    sigmoid, tanh = points["sigmoid", batch], points["tanh", batch]
    return {
        "sigmoid_mean": Claim(
            sentence=Text(zh="Sigmoid 的激活值以二分之一为中心", en="Sigmoid activations are centered on one half"),
            measured=Number(sigmoid.mean_activation, ".4f"),
            relation="≈",
            predicted=Number(0.5, "g"),
            tolerance=standard_errors(sigmoid.mean_activation, 0.5, sigmoid.mean_activation_standard_error).tolerance,
            because=TEN_SEEDS,
            source="σ(−z) = 1 − σ(z)",
        ),
        "tanh_mean": Claim(
            sentence=Text(
                zh="Tanh 的激活值以零为中心：均值的大小在 4 倍标准误差之内",
                en="Tanh activations are centered on zero: their mean is within 4 standard errors of it",
            ),
            measured=Number(abs(tanh.mean_activation), ".4f"),
            relation="<",
            predicted=Number(4 * tanh.mean_activation_standard_error, ".4f"),
            because=TEN_SEEDS,
            source="tanh(−z) = −tanh(z)",
        ),
        "same_sign": Claim(
            sentence=Text(
                zh="Sigmoid 层之后，对单个样本，一个单元的全部权重梯度同号",
                en="Behind a sigmoid layer, for a single sample, all weight gradients of a unit have the same sign",
            ),
            measured=percent(points["sigmoid", single].same_sign_share),
            relation="=",
            predicted=percent(1.0),
            because=Text(zh="每个激活值都是正的", en="every activation is positive"),
            source=SOURCE,
        ),
        "tanh_signs": Claim(
            sentence=Text(
                zh="Tanh 层之后，一个单元的权重梯度的符号与抛硬币无异",
                en="Behind a tanh layer the signs of a unit's weight gradients are those of tossed coins",
            ),
            measured=percent(points["tanh", single].same_sign_share),
            relation="≈",
            predicted=percent(points["tanh", single].predicted_same_sign_share),
            tolerance=standard_errors(
                points["tanh", single].same_sign_share,
                points["tanh", single].predicted_same_sign_share,
                points["tanh", single].same_sign_share_standard_error,
            ).tolerance,
            because=TEN_SEEDS,
            source=SOURCE,
        ),
        "batch_mixes": Claim(
            sentence=Text(
                zh="对一批样本取平均之后，Sigmoid 层之后的权重梯度不再全部同号",
                en="Averaged over a batch, the weight gradients behind a sigmoid layer no longer all share one sign",
            ),
            measured=percent(sigmoid.same_sign_share + 4 * sigmoid.same_sign_share_standard_error),
            relation="<",
            predicted=percent(1.0),
            because=Text(zh="实测值已加上 4 倍标准误差", en="4 standard errors are already added to the measurement"),
            source=SOURCE,
        ),
    }
