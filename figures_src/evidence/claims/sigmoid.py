"""The article's section on the sigmoid function."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="sigmoid-range",
        number="8",
        sentence=Text(zh="Sigmoid 把输入映射到 (0, 1) 区间。", en="The sigmoid maps its input to the interval (0, 1)."),
        topic="activation",
        verdict="supported",
        condition=Text(
            zh="数学上成立；输入很大时，浮点数会舍入成恰好 0 或 1。",
            en="In mathematics; for large inputs floating point rounds to exactly 0 or 1.",
        ),
        supports=("sigmoid.range",),
    ),
    Claim(
        id="sigmoid-widely-used",
        number="9",
        sentence=Text(zh="Sigmoid 在历史上被广泛使用。", en="The sigmoid was widely used in the past."),
        topic="activation",
        verdict="reference",
        condition=Text(zh="历史事实，没有可做的实验。", en="A fact of history, without an experiment."),
        reference=Text(
            zh="Rumelhart、Hinton 与 Williams 1986，Nature 323，533–536：单元的输出就是它。",
            en="Rumelhart, Hinton & Williams 1986, Nature 323, 533–536, where it is the output of a unit.",
        ),
    ),
    Claim(
        id="sigmoid-vanishes",
        number="10",
        sentence=Text(zh="Sigmoid 容易发生梯度消失。", en="With the sigmoid, gradients vanish easily."),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="在常用的权重尺度下成立；σ_w 大到十几时反而爆炸。",
            en="At the usual weight scales; with σ_w well above ten they explode instead.",
        ),
        supports=("derivative_chain.xavier", "sigmoid.maximum"),
        limits=("derivative_chain.explodes",),
    ),
    Claim(
        id="sigmoid-not-zero-centered",
        number="11",
        sentence=Text(zh="Sigmoid 的输出不是零中心的。", en="The output of the sigmoid is not zero-centered."),
        topic="activation",
        verdict="supported",
        condition=Text(zh="激活值以二分之一为中心。", en="Its activations are centered on one half."),
        supports=("zero_centred.sigmoid_mean",),
    ),
    Claim(
        id="sigmoid-expensive",
        number="12",
        sentence=Text(zh="Sigmoid 的计算成本相对较高。", en="The sigmoid is relatively expensive to compute."),
        topic="cost",
        verdict="conditional",
        condition=Text(
            zh="单看一次求值如此；在宽度 512 的网络里，与 ReLU 的差别不到一成。时间来自一台机器的记录。",
            en="True of one evaluation; in a network of width 512 the difference from ReLU is less than a tenth. "
            "The times are a record of one machine.",
        ),
        supports=("activation_cost.sigmoid_alone",),
        limits=("activation_cost.sigmoid_network",),
    ),
    Claim(
        id="sigmoid-replace-by-relu",
        number="13",
        sentence=Text(
            zh="可以用 ReLU 等现代激活函数替代 Sigmoid。",
            en="Replace the sigmoid with ReLU or another modern function.",
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="配上 He 初始化才算解决；用默认初始化，ReLU 网络同样停在随机猜测上。",
            en="It solves the problem together with He initialization; with the default one "
            "a ReLU network is stuck as well.",
        ),
        supports=("training.sigmoid_stuck", "remedies.he_adam"),
        limits=("training.default_stuck",),
    ),
    Claim(
        id="sigmoid-output-remedies",
        number="14",
        sentence=Text(
            zh="必须用 Sigmoid 的场景（如二分类输出层），要搭配批量归一化、初始化、残差连接等技术。",
            en="Where a sigmoid is needed, as in the output layer of a binary classifier, combine it with "
            "batch normalization, initialization, residual connections and the like.",
        ),
        topic="inputs",
        verdict="conditional",
        condition=Text(
            zh="对隐藏层里的 Sigmoid 成立；输出层用不着它们：那里的梯度由损失函数决定，用交叉熵就不消失。",
            en="True of sigmoids in hidden layers; the output layer needs none of them: there the loss decides, "
            "and with cross-entropy nothing vanishes.",
        ),
        supports=("batch_normalization.sigmoid", "training.bn_trains", "residual.sigmoid"),
        limits=("output_layer.cross_entropy", "output_layer.squared_error"),
    ),
    Claim(
        id="sigmoid-batch-normalization",
        number="15",
        sentence=Text(zh="用 Sigmoid 时，使用批量归一化。", en="With a sigmoid, use batch normalization."),
        topic="normalization",
        verdict="supported",
        condition=Text(
            zh="对隐藏层成立：梯度几乎不再逐层变化，网络也能够训练。",
            en="For hidden layers: the gradient hardly changes from layer to layer, and the network trains.",
        ),
        supports=("batch_normalization.sigmoid", "training.bn_trains"),
    ),
    Claim(
        id="sigmoid-initialization",
        number="16",
        sentence=Text(zh="用 Sigmoid 时，合理初始化权重。", en="With a sigmoid, initialize the weights sensibly."),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="有帮助，但单靠 Xavier 初始化不够：梯度仍逐层变小，训练停在随机猜测上。",
            en="It helps, but Xavier initialization alone is not enough: the gradient still shrinks, "
            "and training stays at guessing.",
        ),
        supports=("sigma_map.sigmoid_xavier_helps",),
        limits=("derivative_chain.xavier", "training.sigmoid_stuck"),
    ),
    Claim(
        id="sigmoid-residual",
        number="17",
        sentence=Text(zh="用 Sigmoid 时，使用残差连接。", en="With a sigmoid, use residual connections."),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="梯度能活下来，但在同样的步数里仍训练得不好。",
            en="The gradient survives, but in as many steps the network still trains poorly.",
        ),
        supports=("residual.sigmoid",),
        limits=("training.sigmoid_residual",),
    ),
    Claim(
        id="sigmoid-learning-rate",
        number="18",
        sentence=Text(zh="用 Sigmoid 时，调整学习率。", en="With a sigmoid, adjust the learning rate."),
        topic="step",
        verdict="conditional",
        condition=Text(
            zh="它决定训练会不会发散；梯度消失却与它无关：第一步之前的梯度里没有学习率，调大它，网络仍然学不会。",
            en="It decides whether descent converges; vanishing it does not touch: the gradient before the first step "
            "does not contain it, and with a larger one the network still does not learn.",
        ),
        supports=("learning_rate.stable", "learning_rate.diverges"),
        limits=("learning_rate.same_gradient", "training.large_rate"),
    ),
    Claim(
        id="sigmoid-standardize",
        number="19",
        sentence=Text(
            zh="预处理时做标准化，避免输入值过大或过小。",
            en="Standardize the data in preprocessing, so that inputs are not too large or too small.",
        ),
        topic="inputs",
        verdict="conditional",
        condition=Text(
            zh="受益的是第一层，后面各层的因子不变。",
            en="The first layer gains; the factors of the later layers stay as they are.",
        ),
        supports=("input_scale.first",),
        limits=("input_scale.later",),
    ),
)
