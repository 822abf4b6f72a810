"""The probe's advice followed: verdict and gradient before and after each remedy."""

from figures_src.cache.results import measured
from figures_src.exhibits._shared.labels import magnitude
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.diagnosis import advice
from gradlab.experiments.diagnosis.advice import Row

TITLE = Text(zh="照探针的建议去做", en="The probe's advice followed")
CAUSE = Text(zh="病因", en="What is wrong")
REMEDY = Text(zh="改动", en="What is changed")
RATIO_BEFORE = Text(zh="‖δ‖ 首末层之比，改前", en="‖δ‖ first to last layer, before")
RATIO_AFTER = Text(zh="改后", en="after")

CAUSES = {
    "non-finite": (
        Text(zh="一个权重是无穷大", en="one infinite weight"),
        Text(zh="换成有限的权重", en="a finite weight"),
    ),
    "cut off": (
        Text(zh="中间有 detach()", en="a detach() on the way"),
        Text(zh="去掉 detach()", en="without it"),
    ),
    "dead": (
        Text(zh="一层的偏置极负", en="a layer with a hugely negative bias"),
        Text(zh="偏置设为 0", en="its bias set to 0"),
    ),
    "narrow": (
        Text(zh="一层一个单元，权重约 1.5", en="one unit a layer, weights around 1.5"),
        Text(zh="加宽，He 初始化", en="wide layers, He initialization"),
    ),
    "exploding-weights": (
        Text(zh="ReLU，权重过大", en="ReLU, weights too large"),
        Text(zh="He 初始化", en="He initialization"),
    ),
    "exploding-normalized": (
        Text(zh="ReLU 与批量归一化，30 层", en="ReLU with batch normalization, 30 layers"),
        Text(zh="加缩放的残差连接", en="scaled residual connections"),
    ),
    "exploding-residual": (
        Text(zh="残差分支不缩放，30 块", en="unscaled residual branches, 30 blocks"),
        Text(zh="分支乘以 1/\N{WORD JOINER}√块数", en="branches times 1/\N{WORD JOINER}√blocks"),
    ),
    "saturated": (
        Text(zh="Tanh，一层权重过大", en="tanh, one layer's weights too large"),
        Text(zh="该层改用 Xavier 初始化", en="Xavier initialization of that layer"),
    ),
    "vanishing-relu": (
        Text(zh="ReLU，PyTorch 默认初始化", en="ReLU, PyTorch's default"),
        Text(zh="He 初始化", en="He initialization"),
    ),
    "vanishing-tanh": (
        Text(zh="Tanh，PyTorch 默认初始化", en="tanh, PyTorch's default"),
        Text(zh="Xavier 初始化", en="Xavier initialization"),
    ),
    "vanishing-saturating": (
        Text(zh="Sigmoid，Xavier 初始化", en="sigmoid, Xavier initialization"),
        Text(zh="激活前加批量归一化", en="batch normalization before it"),
    ),
    "vanishing-transformer": (
        Text(zh="Transformer，没有残差连接和归一化", en="a transformer without residual connections or normalization"),
        Text(zh="每块加残差连接与层归一化", en="residual connections and layer normalization around its blocks"),
    ),
    "vanishing-recurrent": (
        Text(zh="叠起来的 LSTM", en="stacked LSTMs"),
        Text(zh="每层外加残差连接", en="a residual connection around each"),
    ),
    "vanishing-smooth": (
        Text(zh="GELU，Xavier 初始化", en="GELU, Xavier initialization"),
        Text(zh="激活前加层归一化", en="layer normalization before it"),
    ),
    "apart": (
        Text(zh="层归一化之前，一层权重过大", en="one layer's weights too large before a normalization"),
        Text(zh="调回与其他层相同的尺度", en="the scale that the others have"),
    ),
    "stream": (
        Text(zh="残差块里有批量归一化，分支不从 0 开始", en="residual blocks with batch normalization, no branch at 0"),
        Text(zh="每个分支最后的归一化从 0 开始", en="the last normalization of every branch at 0"),
    ),
    "blocked": (
        Text(zh="最后一层的权重全是 0", en="a last layer whose weights are all 0"),
        Text(zh="换成不为 0 的权重", en="weights other than 0"),
    ),
}
QUARTER = 0.25


def compute() -> advice.Result:
    """Every cause, from five seeds."""
    return measured(advice, advice.Config())


def table(result: advice.Result, text: Localize) -> Table:
    """Every cause with its remedy; how often both do what they should is a claim of its own."""

    def shown(ratio: float | None) -> str:
        return "–" if ratio is None else str(magnitude(ratio))

    rows = tuple(
        (
            text(CAUSES[row.cause][0]),
            text(CAUSES[row.cause][1]),
            shown(row.ratio_before),
            shown(row.ratio_after),
        )
        for row in result.rows
    )
    return Table(tuple(map(text, (CAUSE, REMEDY, RATIO_BEFORE, RATIO_AFTER))), rows)


def numbers(result: advice.Result) -> dict[str, Number]:
    return {
        "causes": Number(len(result.rows), "d"),
        "seeds": Number(result.config.seeds, "d"),
        "cured": Number(_cured(result), "d"),
        "width": Number(result.config.width, "d"),
    }


def _cured(result: advice.Result) -> int:
    """From how many seeds the cause was found and the remedy healed, of the cause for which they are fewest."""
    return min(min(row.found, row.healthy) for row in result.rows)


def _check(result: advice.Result, row: Row) -> Check:
    what, remedy = CAUSES[row.cause]
    return Check(
        sentence=Text(
            zh=f"{what.zh}：探针认出病因；对症处理（{remedy.zh}）之后诊断为正常（实测：两者都对的随机种子数）",
            en=f"{what.en[0].upper()}{what.en[1:]}: the probe names the cause, and with the remedy ({remedy.en}) finds "
            "nothing any more (measured: seeds for which both are so)",
        ),
        measured=Number(min(row.found, row.healthy), "d"),
        relation="=",
        predicted=Number(result.config.seeds, "d"),
        because=Text(zh="逐个随机种子计数", en="counted seed by seed"),
        source="gradlab.probing.advice",
    )


def checks(result: advice.Result) -> dict[str, Check]:
    """For every cause: the probe finds it, and its remedy heals."""
    factors = result.recurrent_factors
    mean = sum(factors) / len(factors)
    offered = {row.cause.replace("-", "_").replace(" ", "_"): _check(result, row) for row in result.rows}
    return offered | {
        "every_cause": Check(
            sentence=Text(
                zh="每种病因，每个随机种子都认得出；照建议改过之后，都诊断为正常（实测：最少的一种有几个随机种子）",
                en="Every cause is found from every seed, and after the remedy nothing is found any more (measured: "
                "from how many seeds, for the cause with the fewest)",
            ),
            measured=Number(_cured(result), "d"),
            relation="=",
            predicted=Number(result.config.seeds, "d"),
            because=Text(zh="逐个随机种子计数", en="counted seed by seed"),
            source="gradlab.probing.advice",
        ),
        "recurrent_factor": Check(
            sentence=Text(
                zh="按 PyTorch 的初始化，每叠一层 LSTM，‖δ‖ 只剩约四分之一",
                en="At PyTorch's initialization every stacked LSTM leaves about a quarter of ‖δ‖",
            ),
            measured=Number(mean, ".3f"),
            relation="≈",
            predicted=Number(QUARTER, ".2f"),
            tolerance=0.1,
            because=Text(
                zh="“约”：取一位有效数字；没有理论公式", en="“about”: one digit; there is no closed form for it"
            ),
            source="σ(0)² = 1/4",
        ),
    }
