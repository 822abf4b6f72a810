"""Labels of the playground's settings; apart from the settings, so that a new word measures nothing anew."""

from figures_src.model.language import WRITTEN, Text
from figures_src.playground.settings import ARTICLE

ACTIVATIONS = {
    "sigmoid": Text(zh="Sigmoid", en="Sigmoid"),
    "tanh": Text(zh="Tanh", en="Tanh"),
    "relu": Text(zh="ReLU", en="ReLU"),
    "leaky_relu": Text(zh="Leaky ReLU", en="Leaky ReLU"),
    "gelu": Text(zh="GELU", en="GELU"),
}
# The weight scale with two decimals, for all but the article's weights, which have a mean.
SCALES = {
    "0.25": "0.25",
    "0.5": "0.5",
    "default": "0.577",
    "0.8": "0.8",
    "xavier": "1",
    "orthogonal": "1",
    "1.2": "1.2",
    "he": "1.414",
    "5/3": "1.667",
    "2": "2",
    "3": "3",
    "5": "5",
    "critical": "10.15",
}
# The slider's words where two of its stops have one scale.
STOPS = {"xavier": Text(zh="1（Xavier）", en="1 (Xavier)"), "orthogonal": Text(zh="1（正交）", en="1 (orthogonal)")}
NAMED = {
    "default": Text(zh="PyTorch 默认（均匀分布，有偏置）", en="PyTorch's default (uniform, with biases)"),
    "xavier": Text(zh="Xavier（Tanh 的临界值）", en="Xavier (critical for tanh)"),
    "orthogonal": Text(zh="正交", en="orthogonal"),
    "he": Text(zh="He（ReLU 的临界值）", en="He (critical for ReLU)"),
    "5/3": Text(zh="PyTorch 为 Tanh 建议的增益", en="the gain PyTorch suggests for tanh"),
    "critical": Text(zh="Sigmoid 的临界值", en="critical for the sigmoid"),
}
_ARTICLE = Text(zh="原文的网络：宽度 1，N(1.5, 0.1²)", en="the article's network: width 1, N(1.5, 0.1²)")
_NORMAL = Text(zh="正态分布", en="normal distribution")
_NAMED = Text(zh="{scale}：{name}", en="{scale}: {name}")
WEIGHTS: dict[str, Text] = {
    name: Text(*(_NAMED(language, scale=scale, name=NAMED.get(name, _NORMAL)(language)) for language in WRITTEN))
    for name, scale in SCALES.items()
} | {ARTICLE: _ARTICLE}
NORMALIZATIONS = {
    "none": Text(zh="无", en="none"),
    "batch": Text(zh="批量", en="batch"),
    "layer": Text(zh="层", en="layer"),
}
RESIDUALS = {
    "none": Text(zh="无", en="none"),
    "one": Text(zh="s = 1", en="s = 1"),
    "inverse_sqrt_depth": Text(zh="s = 1/√L", en="s = 1/√L"),
}
