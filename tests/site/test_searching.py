"""Pages that readers look for come first, in both languages, as the theme's own worker finds them."""

import json
from typing import Any

import pytest
from mkdocs.exceptions import PluginError

from figures_src.model.language import LANGUAGES, Language
from figures_src.site.searching import requiring
from tests.serving import Site

# A query, and the page that comes first.
FIRST = {
    "zh": {
        "梯度消失": "",
        "梯度爆炸": "glossary/",
        "梯度裁剪": "learning-rate-and-clipping/",
        "梯度剪裁": "learning-rate-and-clipping/",
        "层归一化": "glossary/",
        "layernorm": "glossary/",
        "批归一化": "batch-normalization/",
        "批量归一化": "batch-normalization/",
        "NaN": "symptoms/",
        "损失不下降": "symptoms/",
        "死神经元": "glossary/",
        "残差连接": "residual-connections/",
        "学习率": "learning-rate-and-clipping/",
        "安装": "diagnose/",
        "激活函数": "activation-cost/",
        "He初始化": "glossary/",
        "kaiming_normal_": "glossary/",
        "游乐场": "playground/",
        "输出层": "output-layer/",
        "循环网络": "glossary/",
        "LSTM": "glossary/",
        "GRU": "glossary/",
        "BPTT": "through-time/",
        "随时间反向传播": "glossary/",
        "遗忘门": "glossary/",
        "Transformer": "transformers/",
        "学习率预热": "glossary/",
        "warmup": "glossary/",
        "前置归一化": "glossary/",
        "权重共享": "glossary/",
        "weight tying": "transformers/",
        "muP": "transformers/",
        "fp16": "low-precision/",
        "bfloat16": "low-precision/",
        "损失缩放": "glossary/",
        "loss scaling": "glossary/",
        "混合精度": "low-precision/",
        "消失的梯度": "which-gradient/",
        "zero_grad": "causes/",
        "clip_grad_norm_": "learning-rate-and-clipping/",
    },
    "en": {
        "vanishing gradients": "",
        "exploding gradients": "",
        "gradient clipping": "learning-rate-and-clipping/",
        "batch normalization": "batch-normalization/",
        "BatchNorm": "batch-normalization/",
        "he initialization": "glossary/",
        "kaiming_normal_": "glossary/",
        "xavier": "glossary/",
        "dying relu": "glossary/",
        "nan": "symptoms/",
        "loss does not decrease": "symptoms/",
        "residual connection": "residual-connections/",
        "mean field": "glossary/",
        "saturation": "glossary/",
        "learning rate": "learning-rate-and-clipping/",
        "install": "diagnose/",
        "playground": "playground/",
        "output layer": "output-layer/",
        "recurrent network": "glossary/",
        "LSTM": "glossary/",
        "GRU": "glossary/",
        "BPTT": "through-time/",
        "backpropagation through time": "through-time/",
        "forget gate": "through-time/",
        "transformer": "transformers/",
        "warm-up": "glossary/",
        "warmup": "glossary/",
        "pre-norm": "glossary/",
        "post-norm": "glossary/",
        "weight tying": "transformers/",
        "muP": "transformers/",
        "fp16": "low-precision/",
        "bfloat16": "low-precision/",
        "loss scaling": "glossary/",
        "mixed precision": "low-precision/",
        "misconceptions": "misconceptions/",
        "finite width": "finite-width/",
        "zero_grad": "causes/",
        "clip_grad_norm_": "learning-rate-and-clipping/",
    },
}
# Words of which the site does not speak.
NOTHING: dict[Language, list[str]] = {
    "zh": ["过拟合", "梯度消失 卷积核"],
    "en": ["overfitting", "vanishing overfitting"],
}
ASK = """async (queries) => {
    const { search } = JSON.parse(document.getElementById("__config").textContent);
    const data = await (await fetch("search/search_index.json")).json();
    const worker = new Worker(search);
    const ask = (message) => new Promise((answer) => {
        worker.onmessage = ({ data }) => answer(data);
        worker.postMessage(message);
    });
    await ask({ type: 0, data: { ...data, options: {} } });
    const found = {};
    for (const query of queries) {
        const { items } = (await ask({ type: 2, data: query })).data;
        found[query] = items.map(([{ location }]) => location.split("#")[0]);
    }
    return found;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_looked_for_comes_first_and_what_is_not_there_is_not_found(
    site: Site, tab: Any, language: Language
) -> None:
    page = tab()
    page.goto(f"{site.address}{language}/")
    wanted = FIRST[language]
    found = page.evaluate(ASK, [*wanted, *NOTHING[language]])
    assert len(wanted) >= 20
    assert {query: found[query][:1] for query in wanted} == {query: [first] for query, first in wanted.items()}
    assert [found[query] for query in NOTHING[language]] == [[], []]
    if language == "zh":
        assert len({tuple(found[query]) for query in ("梯度消失", "梯度爆炸", "梯度裁剪")}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_of_checks_are_not_in_the_index(site: Site, language: Language) -> None:
    index = (site.folder / language / "search" / "search_index.json").read_text(encoding="utf-8")
    texts = [entry["text"] for entry in json.loads(index)["docs"] if not entry["location"].startswith("evidence")]
    assert len(texts) > 100
    marked = {"zh": "✓实测", "en": "✓measured"}[language]
    # A few sentences say what the mark looks like.
    assert sum(text.replace(" ", "").replace("\u200b", "").count(marked) for text in texts) <= 4


def test_another_version_of_the_theme_is_refused() -> None:
    with pytest.raises(PluginError, match="found 0 places like"):
        requiring("", "en")
