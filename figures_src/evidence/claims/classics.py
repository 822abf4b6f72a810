"""Classic results of the subject, run again at the size of a CPU."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="first-layers-learn-slowly",
        number="C1",
        sentence=Text(
            zh="Nielsen 2015：Sigmoid 网络里，前一层的梯度总比后一层小好几倍。",
            en="Nielsen 2015: in sigmoid networks every layer's gradient is several times smaller than the next one's.",
        ),
        topic="gradients",
        verdict="supported",
        condition=Text(
            zh="书中的六个比值都在我们的范围里，中心正是平均场的预测值。",
            en="The book's six ratios lie in the range of ours, whose center is the mean-field prediction.",
        ),
        supports=("first_layers.law", "first_layers.stored", "first_layers.norms"),
    ),
    Claim(
        id="random-products-explode",
        number="C2",
        sentence=Text(
            zh="《动手学深度学习》：一百个 4 × 4 随机矩阵相乘，乘积会爆炸。",
            en="Dive into Deep Learning: the product of a hundred random 4 × 4 matrices explodes.",
        ),
        topic="gradients",
        verdict="supported",
        condition=Text(
            zh="爆炸多大，事先就能算出：每乘一次，对数平均增加 0.558。",
            en="And how large it gets can be computed: its logarithm grows by 0.558 a factor on average.",
        ),
        supports=("matrix_products.mean", "matrix_products.spread", "matrix_products.printed"),
    ),
    Claim(
        id="normalized-initialization-keeps-gradients",
        number="C3",
        sentence=Text(
            zh="Glorot 与 Bengio 2010：标准初始化下梯度逐层变小，归一化的初始化下不再变小。",
            en="Glorot and Bengio 2010: with the standard initialization gradients shrink from layer to layer, "
            "with the normalized one they do not.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="前一半完全重现；后一半只在 tanh 近乎线性时成立，输入不小时，传到第一层的梯度仍不足一半。",
            en="The first half does. The second holds where tanh is nearly linear; with inputs that are not small, "
            "less than half of the gradient arrives at the first layer.",
        ),
        supports=(
            "standard_initialization.standard",
            "standard_initialization.gains",
            "standard_initialization.weights",
        ),
        limits=("standard_initialization.still_falls",),
    ),
    Claim(
        id="sum-of-reciprocal-widths",
        number="C4",
        sentence=Text(
            zh="Hanin 2018、Hanin 与 Nica 2020：梯度起伏多大，由各层宽度的倒数之和决定。",
            en="Hanin 2018, Hanin and Nica 2020: how much gradients fluctuate depends on the sum of the layers' "
            "reciprocal widths.",
        ),
        topic="initialization",
        verdict="supported",
        condition=Text(
            zh="对数的均值、方差和整个分布都符合；很窄时首项不够，要用精确的公式。",
            en="Mean, variance and whole distribution of the logarithm agree; for very narrow networks the leading "
            "order is not enough, and the exact law is needed.",
        ),
        supports=("finite_width.mean", "finite_width.variance", "finite_width.distribution"),
    ),
    Claim(
        id="batch-normalization-explodes",
        number="C10",
        sentence=Text(
            zh="Yang 等人 2019：批量归一化本身使很深的普通 ReLU 网络梯度爆炸，换什么权重尺度都一样。",
            en="Yang et al. 2019: batch normalization itself makes the gradient of deep plain ReLU networks explode, "
            "whatever the scale of the weights.",
        ),
        topic="normalization",
        verdict="supported",
        condition=Text(
            zh="每种批量大小都符合他们的公式；训练几步之后，增长就小得多。",
            en="At every size of the batch by what their formula says; a few steps of training make the growth "
            "far smaller.",
        ),
        supports=("batch_normalization.relu", "batch_normalization.scale", "batch_size.training"),
    ),
)
