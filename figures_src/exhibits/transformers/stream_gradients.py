"""Transformers that a reader chooses between: the gradient along the stream, block by block."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared import fans
from figures_src.exhibits._shared.fans import Curve, Fan, Group, Scale
from figures_src.exhibits.transformers._placements import STYLES, of
from figures_src.exhibits.transformers.norm_placement import CONFIG
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Language, Text, localizer
from gradlab.experiments.transformers import norm_placement
from gradlab.experiments.transformers.norm_placement import PLACEMENTS, Point

TITLE = Text(zh="残差流上的梯度，逐块", en="The gradient along the stream, block by block")
QUESTION = Text(
    zh="输出层传来一个大小为 1 的梯度。传到最后一块，还剩多少？",
    en="A gradient of size 1 comes from the output layer. How much of it reaches the last block?",
)
SAID = Text(zh="传到最后一块；第一块之前是 {first}。", en="reaches the last block, and {first} the input.")
DESCRIPTION = Text(
    zh="{count} 条曲线，横轴从第一块到最后一块。后置归一化的都从最后一块的 1 出发，向左先降；"
    "前置归一化的在最后一块只有 {least} 到 {most}，向左上升。选中的一条加粗。",
    en="{count} curves from the first block to the last. With post-norm all start from 1 at the last block and fall to "
    "the left; with pre-norm they start from {least} to {most} and rise. The chosen one is bold.",
)
NORMALIZATION = Text(zh="归一化", en="Normalization")
BLOCKS = Text(zh="块数", en="Blocks")
AXIS = Text(zh="← 反向传播 · 块", en="← backward pass · blocks")
FIRST_BLOCK = Text(zh="第一块", en="first")
LAST_BLOCK = Text(zh="最后一块", en="last")


def compute() -> norm_placement.Result:
    """Measure both placements at every depth."""
    return measured(norm_placement, CONFIG)


def _along(point: Point) -> tuple[float, ...]:
    """The gradient with respect to the stream, relative to that of what the output layer takes."""
    return tuple(point.passed * delta for delta in point.delta)


def _shown(value: float) -> Number:
    return Number(value, ".2f")


def blocks(result: norm_placement.Result, language: Language) -> dict[str, str]:
    """The transformers, one of which the reader chooses."""
    depths = result.config.blocks
    passed = [point.passed for point in of(result, "pre")]
    fan = Fan(
        name="stream_gradients",
        question=QUESTION(language),
        described=DESCRIPTION(language, count=len(result.points), least=_shown(min(passed)), most=_shown(max(passed))),
        curves=tuple(_curve(point, depths, language) for point in result.points),
        groups=(
            Group(
                name="stream-normalization",
                legend=NORMALIZATION(language),
                labels=tuple(f"<b>{STYLES[name][0](language)}</b>" for name in PLACEMENTS),
                chosen=0,
                lettered=True,
            ),
            Group(
                name="stream-blocks",
                legend=BLOCKS(language),
                labels=tuple(f"<b>{blocks}</b>" for blocks in depths),
                chosen=0,
            ),
        ),
        scale=Scale(0, 1.2, ((0, "0"), (0.5, "0.5"), (1, "1")), (0.5, 1), 1000),
        places=((0, FIRST_BLOCK(language)), (1, LAST_BLOCK(language))),
        axis=AXIS(language),
    )
    return {"figure": fan.html(localizer(language))}


def _curve(point: Point, depths: tuple[int, ...], language: Language) -> Curve:
    values = _along(point)
    which = (STYLES[point.placement][0](language), str(point.blocks))
    said = fans.answer(which, SAID, language, first=_shown(values[0]))
    choice = (PLACEMENTS.index(point.placement), depths.index(point.blocks))
    fate = fans.VANISHING if point.placement == "pre" else fans.KEPT
    return Curve(choice, values, f"<b>{_shown(values[-1])}</b> {said}", fate)


def data(result: norm_placement.Result) -> Table:
    """Every place in every stream."""
    rows = tuple(
        (point.placement, point.blocks, place, value)
        for point in result.points
        for place, value in enumerate(_along(point))
    )
    return Table(("placement", "blocks", "after_block", "gradient"), rows)


def numbers(result: norm_placement.Result) -> dict[str, Number]:
    last = of(result, "pre")[-1]
    return {"pre_last": _shown(last.passed), "pre_first": _shown(_along(last)[0])}


def checks(result: norm_placement.Result) -> dict[str, Check]:
    pre, post = of(result, "pre")[-1], of(result, "post")[-1]
    return {
        "before": Check(
            sentence=Text(
                zh=f"{pre.blocks} 块的前置归一化，到达输入的梯度比到达最后一块的大（实测值是到达输入的）",
                en=f"With pre-norm and {pre.blocks} blocks more gradient reaches the input than the last block "
                "(measured: at the input)",
            ),
            measured=_shown(_along(pre)[0]),
            relation=">",
            predicted=_shown(pre.passed),
            because=Text(zh="各随机种子的几何平均", en="geometric mean of the seeds"),
            source=Text(zh="每个分支都加上自己的一份", en="every branch adds its part"),
        ),
        "post": Check(
            sentence=Text(
                zh=f"{post.blocks} 块的后置归一化，到达输入的梯度不到到达最后一块的三分之二",
                en=f"With post-norm and {post.blocks} blocks less than two thirds of what reaches the last block "
                "reaches the input",
            ),
            measured=_shown(_along(post)[0]),
            relation="<",
            predicted=_shown(2 / 3 * post.passed),
            because=Text(zh="各随机种子的几何平均", en="geometric mean of the seeds"),
            source=Text(
                zh="每次归一化都除以和的大小，分支只补回一部分", en="each normalization divides by the size of the sum"
            ),
        ),
    }
