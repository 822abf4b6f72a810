"""Types and loss scales that a reader chooses between: the share of a network's gradients that is 0, layer by layer."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared import fans
from figures_src.exhibits._shared.fans import Curve, Fan, Group, Scale
from figures_src.exhibits.low_precision.half_gradients import CONFIG, HALF_OF_ALL
from figures_src.model.exhibit import Check, Number, Table, superscript
from figures_src.model.language import Language, Text, localizer
from gradlab.experiments.training import half_gradients
from gradlab.experiments.training.half_gradients import Layers

TITLE = Text(zh="类型、损失的倍数与变成 0 的梯度", en="Type, loss scale, and the gradients that are 0")
QUESTION = Text(
    zh="{depth} 层中，有几层的梯度一半以上变成 0？",
    en="In how many of {depth} layers is more than half of the gradient 0?",
)
KEEPS = Text(zh="层，没有一处上溢。", en="of them, and nothing overflows.")
OVERFLOWS = Text(
    zh="层；但 {seeds} 个随机种子中有 {overflows} 个的梯度出现无穷大。",
    en="of them; but for {overflows} of {seeds} seeds gradients are infinite.",
)
DESCRIPTION = Text(
    zh="{count} 条曲线，横轴是层，纵轴是变成 0 的比例。float16 的损失不放大时，第一层是 {most}，往右降到 0；"
    "倍数越大，降得越靠左。bfloat16 的都在 0。选中的一条加粗。",
    en="{count} curves of the share of zeros against the layer. In float16 without a scale it is {most} at the first "
    "layer and falls to 0; the larger the scale, the further to the left. In bfloat16 all lie at 0. The chosen one is "
    "bold.",
)
FORMAT = Text(zh="类型", en="Type")
SCALE = Text(zh="损失的倍数", en="Loss scale")
FORMATS = ("float16", "bfloat16")


def compute() -> half_gradients.Result:
    """Compute the networks in float64 and in 16 bits, at every loss scale."""
    return measured(half_gradients, CONFIG)


def _power(exponent: int) -> str:
    return f"2{superscript(exponent)}" if exponent else "1"


def _dead(layers: Layers) -> int:
    return sum(share > HALF_OF_ALL for share in layers.zeros)


def _fate(layers: Layers) -> str:
    if layers.overflows:
        return fans.EXPLODING
    return fans.VANISHING if _dead(layers) else fans.KEPT


def blocks(result: half_gradients.Result, language: Language) -> dict[str, str]:
    """Types and loss scales, of which the reader chooses one each."""
    exponents = result.config.turned
    fan = Fan(
        name="loss_scales",
        question=QUESTION(language, depth=result.config.depth),
        described=DESCRIPTION(language, count=len(result.turned), most=f"{result.turned[0].zeros[0]:.0%}"),
        curves=tuple(_curve(result.config, place, layers, language) for place, layers in enumerate(result.turned)),
        groups=(
            Group("loss-format", FORMAT(language), tuple(f"<b>{name}</b>" for name in FORMATS), 0, lettered=True),
            Group("loss-scale", SCALE(language), tuple(f"<b>{_power(one)}</b>" for one in exponents), 0),
        ),
        scale=Scale(-0.04, 1.1, ((0, "0"), (0.5, "50%"), (1, "100%")), (0, 0.5, 1), 1000),
        places=fans.places(result.config.depth),
        axis=fans.LAYERS(language),
    )
    return {"figure": fan.html(localizer(language))}


def _curve(config: half_gradients.Config, place: int, layers: Layers, language: Language) -> Curve:
    count = len(config.turned)
    said = OVERFLOWS if layers.overflows else KEEPS
    which = (layers.format, _power(config.turned[place % count]))
    spoken = fans.answer(which, said, language, overflows=layers.overflows, seeds=config.seeds)
    return Curve(divmod(place, count), layers.zeros, f"<b>{_dead(layers)}</b> {spoken}", _fate(layers))


def data(result: half_gradients.Result) -> Table:
    """Every layer at every scale."""
    rows = tuple(
        (one.format, one.scale, layer, zeros, one.overflows)
        for one in result.turned
        for layer, zeros in enumerate(one.zeros, 1)
    )
    return Table(("type", "loss_scale", "layer", "share_of_zeros", "seeds_that_overflow"), rows)


def numbers(result: half_gradients.Result) -> dict[str, Number]:
    half = [one for one in result.turned if one.format == FORMATS[0]]
    return {
        "scales": Number(len(half), "d"),
        "good": Number(sum(_fate(one) == fans.KEPT for one in half), "d"),
        "overflowing": Number(sum(one.overflows > 0 for one in half), "d"),
    }


def checks(result: half_gradients.Result) -> dict[str, Check]:
    brain = [one for one in result.turned if one.format == FORMATS[1]]
    return {
        "bfloat16": Check(
            sentence=Text(
                zh="bfloat16 里，每一个倍数都既没有哪一层一半以上变成 0，也没有上溢（实测值是这样的倍数有几个）",
                en="In bfloat16 at every scale no layer is more than half 0, and nothing overflows (measured: at how "
                "many)",
            ),
            measured=Number(sum(_fate(one) == fans.KEPT for one in brain), "d"),
            relation="=",
            predicted=Number(len(brain), "d"),
            because=Text(zh="逐个倍数清点", en="counted scale by scale"),
            source="Kalamkar et al. 2019, arXiv:1905.12322",
        )
    }
