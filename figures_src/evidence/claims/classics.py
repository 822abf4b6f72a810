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
            zh="一百个 4 × 4 随机矩阵相乘，乘积会爆炸（《动手学深度学习》）。",
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
        id="gradients-shatter",
        number="C5",
        sentence=Text(
            zh="Balduzzi 等人 2017：普通网络里，不同输入的梯度很快变得毫不相干，残差网络里慢得多。",
            en="Balduzzi et al. 2017: in plain networks the gradients of different inputs soon become unrelated, in "
            "residual ones far more slowly.",
        ),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="次序确实如此；但 He 网络里的下降比论文的 2⁻ᴸ 慢得多，因为各层使输入越来越相像。",
            en="In this order they do; but the fall in a He network is far slower than the paper's 2⁻ᴸ, since layers "
            "make inputs alike.",
        ),
        supports=("gradient_correlation.law", "gradient_correlation.residual_keeps"),
        limits=("gradient_correlation.above_paper",),
    ),
    Claim(
        id="six-correlation-lengths",
        number="C6",
        sentence=Text(
            zh="Schoenholz 等人 2017：tanh 网络能训练的深度约为六个相关长度。",
            en="Schoenholz et al. 2017: tanh networks train up to a depth of about six correlation lengths.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="六个相关长度是上限，临界点附近最深；在混沌一侧，步数不多时远远达不到它。",
            en="Six correlation lengths are a bound, and the critical scale trains deepest; on the chaotic side "
            "networks stop well before it, within the steps tried.",
        ),
        supports=("correlation_depth.limit", "correlation_depth.peak"),
        limits=("correlation_depth.chaotic",),
    ),
    Claim(
        id="xavier-stalls-rectifiers",
        number="C7",
        sentence=Text(
            zh="He 等人 2015：很深的 ReLU 网络用 Xavier 初始化停滞不前，用他们的初始化能训练。",
            en="He et al. 2015: very deep rectifier networks stall with Xavier's initialization and train with theirs.",
        ),
        topic="initialization",
        verdict="supported",
        condition=Text(
            zh="层数较少时两种都能训练，Xavier 更慢。",
            en="With fewer layers both train, Xavier's later.",
        ),
        supports=(
            "rectifier_depth.shallow",
            "rectifier_depth.sooner",
            "rectifier_depth.deep",
            "rectifier_depth.stalls",
        ),
    ),
    Claim(
        id="orthogonal-learns-at-any-depth",
        number="C8",
        sentence=Text(
            zh="Saxe 等人 2014：正交初始化的线性网络，学习时间与深度无关。",
            en="Saxe et al. 2014: linear networks that start orthogonal take a time to learn that does not depend on "
            "their depth.",
        ),
        topic="initialization",
        verdict="supported",
        condition=Text(
            zh="学习率取最好的一个；高斯初始化所需的步数随深度增长，最后学不会。",
            en="At the best learning rate; with Gaussian weights the steps grow with depth until nothing is learned.",
        ),
        supports=("linear_depth.independent", "linear_depth.gaussian", "linear_depth.singular"),
    ),
    Claim(
        id="plain-networks-degrade",
        number="C9",
        sentence=Text(
            zh="He 等人 2016：普通网络越深训练误差越大，残差网络不会；而梯度是健康的，问题不在梯度。",
            en="He et al. 2016: deeper plain networks have a larger training error, residual ones have not; and it is "
            "not the gradients, which are healthy.",
        ),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="退化重现了；但这里带批量归一化的普通网络，梯度逐层爆炸，并不健康。",
            en="The degradation replicates; but in the plain networks here, with batch normalization, the gradient "
            "explodes from layer to layer.",
        ),
        supports=("degradation.plain", "degradation.residual"),
        limits=("batch_normalization.relu",),
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
    Claim(
        id="normalization-forgets-the-scale",
        number="C11",
        sentence=Text(
            zh="Ioffe 与 Szegedy 2015：有了批量归一化，训练不受权重尺度影响，各层的雅可比矩阵也许接近保持长度。",
            en="Ioffe and Szegedy 2015: batch normalization makes training independent of the scale of the weights, "
            "and may bring the singular values of the layers' Jacobians close to 1.",
        ),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="前一半完全成立；后一半是他们的猜想，在普通 ReLU 网络里不成立：每层的梯度都变大。",
            en="The first is exact. The second, which they conjecture, is not so in plain ReLU networks: every layer "
            "makes the gradient larger.",
        ),
        supports=("batch_normalization.scale", "training.large_bn_trains"),
        limits=("batch_normalization.relu",),
    ),
    Claim(
        id="stability-is-not-the-reason",
        number="C12",
        sentence=Text(
            zh="Santurkar 等人 2018：批量归一化有用，不是因为它稳定了各层输入的分布。",
            en="Santurkar et al. 2018: batch normalization does not help by keeping the distribution of a layer's "
            "inputs stable.",
        ),
        topic="normalization",
        verdict="supported",
        condition=Text(
            zh="在它之后加上噪声，各层的输入比没有归一化时还不稳定，网络照样学会。",
            en="With noise behind it the inputs of layers are less stable than without normalization, and the network "
            "learns all the same.",
        ),
        supports=(
            "noisy_normalization.stuck",
            "noisy_normalization.normalized",
            "noisy_normalization.noisy",
            "noisy_normalization.unstable",
        ),
    ),
)
