"""Equal weights: the units of a layer stay copies of each other, with a gradient of zero or without."""

import math

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from figures_src.model.tables import extent
from gradlab.experiments.training import symmetry

TITLE = Text(zh="所有权重相等的初始化", en="Initialization with equal weights")
CASES = {
    "zero": Text(zh="全为 0", en="all 0"),
    "constant": Text(zh="全为 1/扇入", en="all 1/fan-in"),
    "random": Text(zh="随机（Xavier）", en="random (Xavier)"),
}
WEIGHTS = Text(zh="权重", en="Weights")
GRADIENT = Text(zh="各隐藏层的 ‖∂W‖", en="‖∂W‖ of the hidden layers")
RANK = Text(zh="∂W 的秩", en="Rank of ∂W")
DISTINCT = Text(zh="训练后不同的单元", en="Different units after training")
LOSS = Text(zh="训练后的损失", en="Loss after training")
COUNTED = Text(zh="数出来的", en="counted")
REMAINS = 1e-3
"""Below this share of the gradient of random weights it would be held to have vanished, as in the map of sigma_w."""

SOURCE = Text(
    zh="Goodfellow, Bengio & Courville 2016, Deep Learning，第 8.4 节",
    en="Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4",
)


def compute() -> symmetry.Result:
    """Differentiate and train the three networks."""
    return measured(symmetry, symmetry.Config())


def table(result: symmetry.Result, text: Localize) -> Table:
    """List the three initializations."""
    rows = tuple(
        (
            text(CASES[case.name]),
            extent(magnitude(case.smallest_gradient), magnitude(case.gradient)) if case.gradient else "0",
            case.rank,
            case.distinct_units,
            str(Number(case.final_loss, ".4f")),
        )
        for case in result.cases
    )
    return Table(tuple(map(text, (WEIGHTS, GRADIENT, RANK, DISTINCT, LOSS))), rows)


def numbers(result: symmetry.Result) -> dict[str, Number]:
    config = result.config
    offered = {
        "layers": Number(config.depth, "d"),
        "width": Number(config.width, "d"),
        "points": Number(config.points, "d"),
        "steps": Number(config.steps, "d"),
        "learning_rate": Number(config.learning_rate, "g"),
        "constant_gradient": magnitude(result.case("constant").smallest_gradient),
    }
    for case in result.cases:
        offered |= {
            f"{case.name}_rank": Number(case.rank, "d"),
            f"{case.name}_units": Number(case.distinct_units, "d"),
            f"{case.name}_loss": Number(case.final_loss, ".4f"),
        }
    return offered


def checks(result: symmetry.Result) -> dict[str, Check]:
    zero, constant, random = map(result.case, symmetry.CASES)
    chance = math.log(2)
    return {
        "zero": Check(
            sentence=Text(
                zh="权重全为 0 时，每个隐藏层的权重梯度恰好是 0（实测值是最大的范数）",
                en="With all weights 0 the weight gradients of all hidden layers are exactly 0 "
                "(measured: the largest norm)",
            ),
            measured=Number(zero.gradient, "g"),
            relation="=",
            predicted=Number(0, "d"),
            because=Text(zh="乘以 0，没有舍入", en="a product with 0, without rounding"),
            source="δ_l = φ′(z_l) ⊙ Wᵀ δ_{l+1}, W = 0",
        ),
        "gradient": Check(
            sentence=Text(
                zh="权重全等于一个非零常数时，隐藏层的梯度并没有消失：至少有随机权重时的千分之一",
                en="With all weights one constant above 0 the hidden layers' gradient has not vanished: "
                "it is above a thousandth of that of random weights",
            ),
            measured=magnitude(constant.smallest_gradient),
            relation=">",
            predicted=magnitude(REMAINS * random.gradient),
            because=Text(
                zh="常数权重取最小的一层，随机权重取最大的一层",
                en="the layer with the smallest gradient, against the largest with random weights",
            ),
            source=SOURCE,
        ),
        "rank": Check(
            sentence=Text(
                zh="权重全等于一个非零常数时，隐藏层之间的权重梯度秩为 1",
                en="With all weights one constant above 0 the weight gradients between hidden layers have rank 1",
            ),
            measured=Number(constant.rank, "d"),
            relation="=",
            predicted=Number(1, "d"),
            because=Text(
                zh="大于最大奇异值 10⁻¹⁰ 倍的奇异值的个数",
                en="singular values above 10⁻¹⁰ times the largest, counted",
            ),
            source=SOURCE,
        ),
        "copies": Check(
            sentence=Text(
                zh="从常数权重出发，训练之后每层的单元仍然全都相同（实测值是不同的单元数）",
                en="From constant weights the units of every layer are still all alike after training "
                "(measured: the number of different units)",
            ),
            measured=Number(constant.distinct_units, "d"),
            relation="=",
            predicted=Number(1, "d"),
            because=COUNTED,
            source=SOURCE,
        ),
        "random": Check(
            sentence=Text(
                zh="从随机权重出发，训练之后每层的单元各不相同（实测值是不同的单元数）",
                en="From random weights all units of every layer are different after training "
                "(measured: the number of different units)",
            ),
            measured=Number(random.distinct_units, "d"),
            relation="=",
            predicted=Number(result.config.width, "d"),
            because=COUNTED,
            source=SOURCE,
        ),
        "stuck": Check(
            sentence=Text(
                zh="从常数权重出发，网络没有学会：损失仍高于随机猜测的五分之一",
                en="From constant weights the network does not learn the task: "
                "its loss stays above a fifth of that of guessing",
            ),
            measured=Number(constant.final_loss, ".4f"),
            relation=">",
            predicted=Number(chance / 5, ".4f"),
            because=Text(
                zh="权重里没有随机数；数据取一个随机种子", en="nothing is random in the weights; one seed of the data"
            ),
            source="ln 2",
        ),
        "learns": Check(
            sentence=Text(
                zh="从随机权重出发，同样的网络学会了：损失低于随机猜测的五分之一",
                en="From random weights the same network learns the task: "
                "its loss is below a fifth of that of guessing",
            ),
            measured=Number(random.final_loss, ".4f"),
            relation="<",
            predicted=Number(chance / 5, ".4f"),
            because=Text(zh="一个随机种子，离界限有两个数量级", en="one seed, two decades from the bound"),
            source="ln 2",
        ),
    }
