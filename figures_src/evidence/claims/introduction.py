"""The article's introduction."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="both-common",
        number="1",
        sentence=Text(
            zh="梯度消失和梯度爆炸是深度神经网络里常见的问题。",
            en="Vanishing and exploding gradients are common in deep neural networks.",
        ),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="在普通的深层网络里：用默认初始化都消失，权重尺度大过分界就爆炸；"
            "初始化合适，或有缩放的残差连接，两者都不出现。",
            en="In plain deep networks: with the default initialization they vanish, above the critical weight scale "
            "they explode; with a fitting initialization, or scaled residual connections, they do neither.",
        ),
        supports=("sigma_map.all_vanish", "sigma_map.relu_explodes"),
        limits=("repair.he", "residual.scaled"),
    ),
    Claim(
        id="hurts-training",
        number="2",
        sentence=Text(zh="它们严重影响训练效果。", en="They seriously hurt training."),
        topic="gradients",
        verdict="supported",
        condition=Text(
            zh="试过的 20 层网络，消失时停在随机猜测的损失上，爆炸时一训练就溢出。",
            en="The networks of 20 layers tried stay at the loss of guessing where gradients vanish, "
            "and overflow where they explode.",
        ),
        supports=("training.default_stuck", "training.sigmoid_stuck", "training.explosion_overflows"),
    ),
    Claim(
        id="inherent-to-tanh-and-sigmoid",
        number="3",
        sentence=Text(
            zh="Tanh 和 Sigmoid 天然就存在梯度消失。", en="Vanishing gradients are inherent to tanh and sigmoid."
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="只在权重不大时成立；σ_w 超过分界，同样的函数会爆炸。",
            en="Only while the weights are not large; above a critical σ_w the same functions explode.",
        ),
        supports=("sigma_map.tanh_vanishes", "derivative_chain.xavier"),
        limits=("sigma_map.tanh_explodes", "sigma_map.sigmoid_explodes"),
    ),
    Claim(
        id="saturation-vanishes",
        number="4",
        sentence=Text(
            zh="输入过大或过小时，激活函数的导数趋近于 0，梯度因此消失。",
            en="Where the input is too large or too small the derivative approaches 0, and so the gradient vanishes.",
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="“过小”指绝对值很大的负数；饱和会造成消失，但消失不需要饱和。",
            en="Small means very negative; saturation makes gradients vanish, but they vanish without it too.",
        ),
        supports=("sigmoid.saturation", "tanh.saturation"),
        limits=("sigma_map.unsaturated",),
    ),
    Claim(
        id="scale-inputs",
        number="5",
        sentence=Text(
            zh="要预处理数据，把输入归一化到合适的范围。",
            en="Preprocess the data and normalize the inputs to a suitable range.",
        ),
        topic="inputs",
        verdict="conditional",
        condition=Text(
            zh="只帮得到第一层；Sigmoid 后面各层的因子不变。",
            en="It helps the first layer only; with the sigmoid the later factors stay as they are.",
        ),
        supports=("input_scale.first",),
        limits=("input_scale.later",),
    ),
    Claim(
        id="batch-normalization-mitigates",
        number="6",
        sentence=Text(
            zh="批量归一化等技术可以缓解梯度问题。",
            en="Batch normalization and similar techniques mitigate the problem.",
        ),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="对 Sigmoid 有效；在很深的普通 ReLU 网络里，它反而让梯度爆炸。",
            en="It works for the sigmoid; in a very deep plain ReLU network it makes gradients explode.",
        ),
        supports=("batch_normalization.sigmoid", "training.bn_trains"),
        limits=("batch_normalization.relu",),
    ),
    Claim(
        id="use-relu",
        number="7",
        sentence=Text(
            zh="可以改用 ReLU 等更现代的激活函数。",
            en="Consider ReLU and other more modern activation functions instead.",
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="要和 He 初始化一起换；用默认初始化，ReLU 比 Tanh 消失得更快。",
            en="Together with He initialization; with the default one ReLU vanishes faster than tanh.",
        ),
        supports=("remedies.he_adam", "repair.he"),
        limits=("sigma_map.default_vanishes", "training.default_stuck"),
    ),
)
