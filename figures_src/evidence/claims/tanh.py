"""The article's section on the tanh function."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="tanh-improved-sigmoid",
        number="20",
        sentence=Text(
            zh="Tanh 把输入映射到 (−1, 1) 区间，是 Sigmoid 的改进版本。",
            en="Tanh maps its input to the interval (−1, 1) and is an improved version of the sigmoid.",
        ),
        topic="activation",
        verdict="supported",
        condition=Text(
            zh="它就是伸缩、平移之后的 Sigmoid。", en="It is the same curve as the sigmoid, stretched and moved."
        ),
        supports=("tanh.range", "tanh.identity"),
    ),
    Claim(
        id="tanh-zero-centered",
        number="21",
        sentence=Text(zh="Tanh 的输出是零中心的。", en="The output of tanh is zero-centered."),
        topic="activation",
        verdict="supported",
        condition=Text(zh="输入对称时成立。", en="For inputs that are symmetric about 0."),
        supports=("zero_centred.tanh_mean",),
    ),
    Claim(
        id="tanh-helps-next-layer",
        number="22",
        sentence=Text(
            zh="零中心的输出有利于下一层的学习。", en="A zero-centered output helps the next layer to learn."
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="对单个样本，Sigmoid 之后的权重梯度只能同号，Tanh 之后不必；对一批样本，层越深越是如此，"
            "只有第一个 Sigmoid 层之后，各样本的梯度又彼此独立时，差别才小些。",
            en="For one sample all weight gradients behind a sigmoid share one sign, and behind tanh they need not; "
            "for a batch nearly so, the more the deeper the layer: the difference is smaller only behind the first "
            "sigmoid layer, with gradients that are independent from sample to sample.",
        ),
        supports=(
            "zero_centred.same_sign",
            "zero_centred.tanh_signs",
            "zero_centred.deeper",
            "zero_centred.deeper_agree_more",
        ),
        limits=("zero_centred.batch_mixes",),
    ),
    Claim(
        id="tanh-still-vanishes",
        number="23",
        sentence=Text(zh="Tanh 仍然存在梯度消失问题。", en="With tanh, gradients still vanish."),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="σ_w 小于 1 时成立；大于 1 时爆炸，Xavier 初始化正好在分界上。",
            en="When σ_w is below 1; above 1 they explode, and Xavier initialization lies on the boundary.",
        ),
        supports=("sigma_map.tanh_vanishes",),
        limits=("sigma_map.tanh_explodes",),
    ),
    Claim(
        id="tanh-expensive",
        number="24",
        sentence=Text(zh="Tanh 的计算开销相对较大。", en="Tanh is relatively expensive to compute."),
        topic="cost",
        verdict="conditional",
        condition=Text(
            zh="单看一次求值如此，窄网络也感觉得到；在宽度 512 的网络里，差别不到一成。时间来自一台机器的记录。",
            en="True of one evaluation, and noticeable in narrow networks; in a network of width 512 the difference "
            "from ReLU is less than a tenth. The times are a record of one machine.",
        ),
        supports=("activation_cost.tanh_alone", "activation_cost.tanh_narrow"),
        limits=("activation_cost.tanh_network",),
    ),
    Claim(
        id="tanh-replace-by-relu",
        number="25",
        sentence=Text(
            zh="可以用 ReLU 等现代激活函数替代 Tanh。", en="Replace tanh with ReLU or another modern function."
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="配上 He 初始化成立；用默认初始化，ReLU 每层损失得比 Tanh 还多。",
            en="With He initialization; with the default one ReLU loses more per layer than tanh.",
        ),
        supports=("repair.he", "remedies.he_adam"),
        limits=("sigma_map.default_vanishes",),
    ),
    Claim(
        id="tanh-batch-normalization",
        number="26",
        sentence=Text(zh="用 Tanh 时，应用批量归一化。", en="With tanh, apply batch normalization."),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="梯度不再消失，换成缓慢的增长。", en="The gradient no longer vanishes; it grows slowly instead."
        ),
        supports=("batch_normalization.tanh_keeps",),
        limits=("batch_normalization.tanh",),
    ),
    Claim(
        id="tanh-residual",
        number="27",
        sentence=Text(zh="用 Tanh 时，使用残差连接。", en="With tanh, use residual connections."),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="32 块之后梯度没有消失，但残差分支不缩小时增长到 10 倍以上，只是比 ReLU 慢得多。",
            en="In 32 blocks the gradient does not vanish; but with the branch unscaled it grows by more than a factor "
            "of 10, though by far less than with ReLU.",
        ),
        supports=("residual.tanh",),
        limits=("residual.tanh_grows",),
    ),
    Claim(
        id="tanh-learning-rate",
        number="28",
        sentence=Text(zh="用 Tanh 时，合理设置学习率。", en="With tanh, set the learning rate properly."),
        topic="step",
        verdict="conditional",
        condition=Text(
            zh="过大的学习率有害；但它在梯度算出来之后才用到，改变不了梯度消失。",
            en="One that is too large does harm; but it is used after the gradient has been computed, and cannot undo "
            "vanishing.",
        ),
        supports=("learning_rate.stable", "remedies.tanh_rate"),
        limits=("learning_rate.same_gradient",),
    ),
    Claim(
        id="tanh-initialization",
        number="29",
        sentence=Text(zh="用 Tanh 时，谨慎初始化权重。", en="With tanh, initialize the weights carefully."),
        topic="initialization",
        verdict="supported",
        condition=Text(
            zh="而且最要紧：Xavier 初始化（σ_w = 1）正好在消失与爆炸的分界上。",
            en="And it matters most: Xavier initialization (σ_w = 1) lies exactly between vanishing and exploding.",
        ),
        supports=("sigma_map.tanh_xavier_helps",),
    ),
    Claim(
        id="tanh-preprocess",
        number="30",
        sentence=Text(
            zh="确保输入数据经过适当的预处理和归一化。",
            en="Make sure that the input data is preprocessed and normalized.",
        ),
        topic="inputs",
        verdict="conditional",
        condition=Text(
            zh="主要帮第一层；后面各层的因子离 1 不远，几乎不受影响。",
            en="It mostly helps the first layer; the factors of the later ones stay close to 1.",
        ),
        supports=("input_scale.tanh_first",),
        limits=("input_scale.tanh_later",),
    ),
)
