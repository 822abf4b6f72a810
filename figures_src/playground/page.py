"""The playground on its page: labelled controls that offer just what was measured, and every word that it may show.

The script beside it (docs/theme/assets/js/playground.js) looks up and draws; what is judged and how it is said is
decided here.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from html import escape

from figures_src.model.language import Language, Localize, Text, localizer
from figures_src.playground.addresses import OPENING
from figures_src.playground.files import VERDICTS, file_name
from figures_src.playground.labels import ACTIVATIONS, NORMALIZATIONS, RESIDUALS, SCALES, STOPS, WEIGHTS
from figures_src.playground.packing import BESIDE
from figures_src.playground.remedies import REMEDIES
from figures_src.playground.rounding import MISSING, SERIES, STEPS, ZERO
from figures_src.playground.settings import ARTICLE_POINT, DEPTHS, SEEDS, WIDTHS, Point

TABLE = "site-playground"
"""The name under which a page includes it."""
SOURCE = "../data/playground/"
FORM = Text(zh="游乐场", en="Playground")
ACTIVATION = Text(zh="激活函数", en="Activation function")
INITIALIZATION = Text(zh="初始化", en="Initialization")
SCALE = Text(zh="权重尺度 <i>σ<sub>w</sub></i>", en="Weight scale <i>σ<sub>w</sub></i>")
DEPTH = Text(zh="深度 <i>L</i>", en="Depth <i>L</i>")
WIDTH = Text(zh="宽度 <i>n</i>", en="Width <i>n</i>")
NORMALIZATION = Text(zh="归一化", en="Normalization")
RESIDUAL = Text(zh="残差连接", en="Residual connections")
UNSCRIPTED = Text(
    zh="自选网络需要 JavaScript。没有它，可看下面六个网络的图和表。",
    en="Setting a network takes JavaScript. Without it, see the figure and the table of six networks below.",
)
LOADING = Text(zh="正在读取数据……", en="Reading the data …")
LAYER = Text(zh="层", en="Layer")
GRADIENTS = Text(zh="梯度范数，相对于最后一层（对数坐标）", en="Gradient norms, relative to the last layer (log scale)")
ACTIVATION_SCALE = Text(zh="激活值的均方根（对数坐标）", en="Root mean square of the activations (log scale)")
SHARE = Text(zh="饱和的元素或静默的单元所占比例", en="Share of saturated elements or silent units")
# No bar of a norm here: where the font with it comes after the first paint, the keys would move.
TO_Z = Text(zh="对 z，即 δ", en="with respect to z: δ")
TO_W = Text(zh="对 W", en="with respect to W")
MEDIAN = Text(zh="中位数", en="median")
THEORY = Text(zh="理论", en="theory")
RANGE = Text(zh="各随机种子的范围", en="range of the seeds")
BEFORE = Text(zh="上一个网络", en="the network before")
POINTED = Text(zh="第 {} 层", en="layer {}")
NUMBERS = Text(zh="每一层的数值", en="The numbers of every layer")
COLUMNS = (
    LAYER,
    Text(zh="‖δ‖", en="‖δ‖"),
    Text(zh="最小", en="least"),
    Text(zh="最大", en="most"),
    Text(zh="‖δ‖ 理论", en="‖δ‖, theory"),
    Text(zh="‖∂W‖", en="‖∂W‖"),
    Text(zh="激活值", en="activations"),
    Text(zh="激活值，理论", en="activations, theory"),
    Text(zh="饱和或静默", en="saturated or silent"),
)
COLUMN_SERIES = (
    "gradient_z",
    "gradient_z_low",
    "gradient_z_high",
    "predicted_gradient_z",
    "gradient_w",
    "activation",
    "predicted_activation",
    "share",
)
_RATIO = Text(
    zh="第一层的 ‖δ‖ 是最后一层的 {ratio} 倍{theory}。",
    en=" From the last layer to the first, ‖δ‖ is multiplied by {ratio}{theory}.",
)


def _and(more: Text) -> Text:
    return Text(zh=_RATIO.zh + more.zh, en=_RATIO.en + more.en)


# The name of each verdict, and its sentence.
VERDICT_WORDS = {
    "healthy": (
        Text(zh="正常。", en="Healthy."),
        _and(Text(zh="{within}", en="{within}")),
    ),
    "vanishing": (Text(zh="梯度消失。", en="Vanishing gradients."), _RATIO),
    "exploding": (Text(zh="梯度爆炸。", en="Exploding gradients."), _RATIO),
    "dead": (
        Text(zh="死亡单元。", en="Dead units."),
        Text(
            zh="某一层的全部单元对整批输入都输出 0，梯度传不过去。",
            en=" All units of some layer put out 0 for the whole batch, and no gradient passes it.",
        ),
    ),
    "saturated": (
        Text(zh="饱和。", en="Saturated units."),
        _and(
            Text(
                zh="某一层有一半以上的元素饱和。",
                en=" In some layer more than half of the elements are saturated.",
            )
        ),
    ),
    "non-finite": (
        Text(zh="溢出。", en="Overflow."),
        Text(zh="出现无穷大或 NaN。", en=" Infinite or undefined values."),
    ),
    "cut off": (
        Text(zh="梯度中断。", en="Cut off."),
        Text(zh="有参数得不到梯度。", en=" Some parameters get no gradient."),
    ),
    "inconclusive": (
        Text(zh="无法判断。", en="Not enough to say."),
        _and(
            Text(
                zh="这样窄的网络，偶然也会有这样的差别。",
                en=" In a network as narrow as this, chance alone may bring that about.",
            )
        ),
    ),
}
WORDS = {
    "predicted": Text(zh="（理论：{predicted}）", en=" (theory: {predicted})"),
    "unpredicted": Text(zh="（没有可比的理论）", en=" (no theory to compare)"),
    "within": Text(
        zh="这样的差别不妨碍训练，不算消失，也不算爆炸。",
        en=" That hinders no training, and counts neither as vanishing nor as exploding.",
    ),
    "blocks": Text(
        zh="探针只比较残差块：块与块之间的差别不妨碍训练，不算消失，也不算爆炸。",
        en=" The probe compares the blocks only: how they differ from each other hinders no training, and counts "
        "neither as vanishing nor as exploding.",
    ),
    "mended": Text(
        zh="网址里的 {asked} 没有测过，这里换成 {shown}，网址也已改正。",
        en="The address asks for {asked}, which was not measured. This is {shown}; the address is mended.",
    ),
    "agreeing": Text(zh="{seeds} 个随机种子中有 {agreeing} 个如此。", en=" {agreeing} of {seeds} seeds agree."),
    "one": Text(zh="这是一个网络，没有随机种子的散布。", en=" This is one network, without a spread of seeds."),
    "helps": Text(zh="实测有用：", en="Measured to help: "),
    "lesson": Text(zh="课程", en="lesson"),
    "about": Text(zh="课程：{}", en="lesson: {}"),
    "beside": Text(zh="（{}）", en=" ({})"),
    "between": Text(zh="；", en="; "),
    "nothing": Text(
        zh="只改一两项设置，没有哪一种在实测中恢复正常。",
        en="No change of one or two of these settings was measured to help.",
    ),
    "failed": Text(
        zh="读不到数据。请重新载入页面，或看下面的图与表。",
        en="The data could not be read. Load the page again, or see the figure and the table below.",
    ),
    "saturated": Text(zh="饱和的元素", en="saturated elements"),
    "silent": Text(zh="静默的单元", en="silent units"),
    "neither": Text(zh="Leaky ReLU 既不饱和，也不会静默。", en="Leaky ReLU neither saturates nor falls silent."),
}
SHARE_KINDS = {"sigmoid": "saturated", "tanh": "saturated", "relu": "silent", "gelu": "silent", "leaky_relu": "neither"}


def _option(value: str, label: str, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{escape(value)}"{selected}>{escape(label)}</option>'


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    inner = "".join(_option(value, shown, chosen) for value, shown in options.items())
    return f'<label class="playground-field">{label}<select name="{name}" autocomplete="off">{inner}</select></label>'


def _range(name: str, label: str, last: int, at: int) -> str:
    identifier = f"playground-{name}"
    # Beside the label, not within: an output would be what the label names.
    shown = '<output aria-hidden="true"></output>'  # the slider itself says its value
    slider = (
        f'<input type="range" id="{identifier}" name="{name}" min="0" max="{last}" value="{at}" autocomplete="off">'
    )
    return f'<div class="playground-field"><span><label for="{identifier}">{label}</label> {shown}</span>{slider}</div>'


def _radios(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    inner = "".join(
        f'<label><input type="radio" name="{name}" value="{value}" autocomplete="off"'
        f"{' checked' if value == chosen else ''}>{escape(shown)}</label>"
        for value, shown in options.items()
    )
    return f'<fieldset class="playground-field"><legend>{label}</legend><div>{inner}</div></fieldset>'


def _controls(text: Localize) -> str:
    own = OPENING
    scaled = list(SCALES)
    return "".join(
        (
            _select(
                "activation", text(ACTIVATION), {key: text(name) for key, name in ACTIVATIONS.items()}, own.activation
            ),
            _select(
                "weights",
                text(INITIALIZATION),
                {key: text(name) for key, name in WEIGHTS.items()},
                own.weights,
            ),
            _range("scale", text(SCALE), len(scaled) - 1, scaled.index(own.weights)),
            _range("depth", text(DEPTH), len(DEPTHS) - 1, DEPTHS.index(own.depth)),
            _radios("width", text(WIDTH), {str(width): str(width) for width in WIDTHS}, str(own.width)),
            _radios(
                "normalization",
                text(NORMALIZATION),
                {key: text(name) for key, name in NORMALIZATIONS.items()},
                own.normalization,
            ),
            _radios("residual", text(RESIDUAL), {key: text(name) for key, name in RESIDUALS.items()}, own.residual),
        )
    )


def _panel(name: str, title: str, legend: str, text: Localize) -> str:
    identifier = f"playground-{name}"
    first = text(POINTED).format(1)
    drawing = f'<svg data-panel="{name}" role="img" aria-labelledby="{identifier}"></svg>'
    return (
        f'<div class="playground-panel {name}"><p class="playground-title"><span class="playground-head">'
        f'<span id="{identifier}">{title}</span>'
        f'<span class="playground-pointed" aria-hidden="true">{first}</span></span>'
        f"{legend}</p>{drawing}</div>"
    )


def _key(kind: str, label: str, series: str = "") -> str:
    """A curve's key with its label and the place for its value under the pointer, which the table has too."""
    value = f' <output data-series="{series}" aria-hidden="true"></output>' if series else ""
    return f'<span class="playground-key {kind}">{label}{value}</span>'


def _gradients(text: Localize) -> str:
    legend = (
        _key("delta", text(TO_Z), "gradient_z")
        + _key("theory", text(THEORY), "predicted_gradient_z")
        + _key("weight", text(TO_W), "gradient_w")
        + _key("spread", text(RANGE))
        + _key("before", text(BEFORE))
    )
    return _panel("gradients", text(GRADIENTS), legend, text)


def _others(text: Localize) -> str:
    activations = _key("activation", text(MEDIAN), "activation") + _key("theory", text(THEORY), "predicted_activation")
    share = _key("share", '<span class="playground-share"></span>', "share")
    return _panel("activations", text(ACTIVATION_SCALE), activations, text) + _panel("shares", text(SHARE), share, text)


def _state(point: Point) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(point).items()}


def words(text: Localize) -> dict[str, object]:
    """The script's input: the axes in their order, the packing of the data, and every sentence."""
    return {
        "layer": text(LAYER),
        "pointed": text(POINTED),
        "axes": {
            "weights": list(SCALES),
            "normalization": list(NORMALIZATIONS),
            "residual": list(RESIDUALS),
            "depth": [str(depth) for depth in DEPTHS],
            "width": [str(width) for width in WIDTHS],
        },
        "activations": list(ACTIVATIONS),
        "files": {activation: f"{SOURCE}{file_name(activation)}" for activation in ACTIVATIONS},
        "usual": _state(Point()),
        "opening": _state(OPENING),
        "article": {
            name: str(getattr(ARTICLE_POINT, name)) for name in ("weights", "width", "normalization", "residual")
        },
        "scales": {name: text(WEIGHTS[name]) for name in SCALES},
        "stops": {name: text(STOPS[name]) if name in STOPS else scale for name, scale in SCALES.items()},
        "seeds": SEEDS,
        "packed": {"series": list(SERIES), "beside": list(BESIDE), "steps": STEPS, "zero": ZERO, "missing": MISSING},
        "columns": list(COLUMN_SERIES),
        "verdicts": [[verdict, *map(text, VERDICT_WORDS[verdict])] for verdict in VERDICTS],
        "remedies": [
            [text(remedy.label), f"../{remedy.lesson}/", {name: str(value) for name, value in remedy.changes.items()}]
            for remedy in REMEDIES
        ],
        "shares": {activation: text(WORDS[kind]) for activation, kind in SHARE_KINDS.items()},
        **{name: text(sentence) for name, sentence in WORDS.items()},
    }


def form(language: Language) -> str:
    """The playground in one language, as one block of HTML for a page."""
    text = localizer(language)
    content = json.dumps(words(text), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    header = "".join(f'<th scope="col">{text(column)}</th>' for column in COLUMNS)
    return (
        f'<div><p class="playground-unscripted">{text(UNSCRIPTED)}</p>'
        f'<form class="playground" tabindex="-1" aria-label="{text(FORM)}" data-search-exclude="true">'
        f'<script type="application/json">{content}</script>'
        f'<div class="playground-said" role="status"><p class="playground-mended" hidden></p>'
        f'<p class="playground-verdict">{text(LOADING)}</p><p class="playground-remedy"></p></div>'
        f'<div class="playground-bench">{_gradients(text)}'
        f'<div class="playground-controls">{_controls(text)}</div></div>'
        f'<div class="playground-panels">{_others(text)}</div>'
        f'<details class="playground-numbers"><summary>{text(NUMBERS)}</summary>'
        f'<div class="playground-table" role="group" aria-label="{text(NUMBERS)}"><table class="playground-rows">'
        f"<thead><tr>{header}</tr></thead><tbody></tbody></table></div></details>"
        "</form></div>\n"
    )
