"""The article's section on exploding gradients and ReLU."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="relu-avoids-vanishing",
        number="31",
        sentence=Text(
            zh="ReLU 在正半轴上梯度恒为 1，避免了梯度消失问题。",
            en="ReLU has a gradient of 1 on the positive side, and so avoids vanishing gradients.",
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="只对了一半：另一半单元的导数是 0，逐层因子是 σ_w/√2，只有 He 初始化时才是 1。",
            en="Half true: the other half of the units has derivative 0, the factor is σ_w/√2, "
            "and only He initialization makes it 1.",
        ),
        supports=("repair.he",),
        limits=("repair.default", "sigma_map.default_vanishes"),
    ),
    Claim(
        id="relu-explodes",
        number="32",
        sentence=Text(
            zh="在深层网络中，ReLU 仍可能出现梯度爆炸。", en="In deep networks ReLU may still have exploding gradients."
        ),
        topic="gradients",
        verdict="supported",
        condition=Text(zh="σ_w² 大于 2 时成立。", en="When σ_w² is above 2."),
        supports=("sigma_map.relu_explodes", "training.explosion_overflows"),
    ),
    Claim(
        id="cause-some-neurons",
        number="33",
        sentence=Text(
            zh="原因之一：权重初始化不当，使某些神经元的输出过大。",
            en="One cause: a bad initialization makes the outputs of some neurons too large.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="初始化是原因，但变大的是整层，不是某些神经元。",
            en="Initialization is the cause, but the whole layer grows, and not some neurons.",
        ),
        supports=("sigma_map.relu_explodes",),
        limits=("sigma_map.same_units",),
    ),
    Claim(
        id="cause-forward-growth",
        number="34",
        sentence=Text(
            zh="原因之二：连续多层的前向传播使信号不断放大。",
            en="Another cause: layer after layer, the forward pass amplifies the signal.",
        ),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="要看 σ_w：每层把均方值放大到 σ_w²/2 倍，He 初始化时不放大。",
            en="It depends on σ_w: a layer multiplies the mean square by σ_w²/2, which is 1 with He initialization.",
        ),
        supports=("sigma_map.forward_grows",),
        limits=("sigma_map.forward_kept",),
    ),
    Claim(
        id="cause-backward-growth",
        number="35",
        sentence=Text(
            zh="原因之三：反向传播时梯度呈指数级增长。",
            en="A third cause: in the backward pass the gradient grows exponentially.",
        ),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="对预激活值的梯度如此，这是爆炸本身而不是原因；各层权重的梯度之间没有这样的增长。",
            en="True of gradients with respect to pre-activations, where it is the explosion and not its cause; "
            "the gradients of the weights do not grow so from layer to layer.",
        ),
        supports=("sigma_map.relu_explodes", "explosion.growth"),
        limits=("weight_gradients.flat",),
    ),
    Claim(
        id="he-initialization",
        number="36",
        sentence=Text(
            zh="He 初始化：根据输入维度合理初始化权重。",
            en="He initialization: set the weights by the input's dimension.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="许多网络的均方值在任何宽度下都保持不变，单个典型的网络却要足够宽；宽度为 1 时网络几乎必死。",
            en="It keeps the mean square over many networks at any width, a typical network only if it is wide; at "
            "width 1 almost every network is dead.",
        ),
        supports=("repair.he", "output_gradient.any_width", "remedies.he_adam"),
        limits=("dead_networks.width_1", "repair.typical"),
    ),
    Claim(
        id="gradient-clipping",
        number="37",
        sentence=Text(zh="梯度裁剪：限制梯度的大小。", en="Gradient clipping: bound the size of the gradient."),
        topic="step",
        verdict="conditional",
        condition=Text(
            zh="它限制每一步走多远；层与层之比不变，爆炸的网络照样无法训练。",
            en="It bounds the step; the ratio between layers stays, and the exploding network still does not train.",
        ),
        supports=("clipping.bound",),
        limits=("clipping.ratio", "training.clip_alone"),
    ),
    Claim(
        id="relu-batch-normalization",
        number="38",
        sentence=Text(
            zh="使用批量归一化：在每一层标准化数据分布。",
            en="Batch normalization: standardize the distribution in every layer.",
        ),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="能消除权重尺度的影响，20 层能够训练；但很深的普通 ReLU 网络会因它而爆炸。",
            en="It removes the weights' scale, and 20 layers train; but very deep plain ReLU networks "
            "explode because of it.",
        ),
        supports=("batch_normalization.scale", "training.large_bn_trains"),
        limits=("batch_normalization.relu",),
    ),
    Claim(
        id="relu-learning-rate",
        number="39",
        sentence=Text(
            zh="选择合适的学习率：避免参数更新步长过大。",
            en="A suitable learning rate: keep the updates of the parameters from being too large.",
        ),
        topic="step",
        verdict="conditional",
        condition=Text(
            zh="它管的是沿训练步数的发散；沿层数的爆炸在第一步之前就有，与它无关。",
            en="It governs divergence along the steps of training; the explosion along the layers is there "
            "before the first step, whatever the rate.",
        ),
        supports=("learning_rate.stable", "learning_rate.diverges"),
        limits=("learning_rate.same_gradient", "training.tiny_rate"),
    ),
    Claim(
        id="relu-residual",
        number="40",
        sentence=Text(
            zh="使用残差连接：降低深层网络的训练难度。",
            en="Residual connections: make deep networks easier to train.",
        ),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="残差分支要缩小；不缩小时，每个 ReLU 块使范数变为原来的 √2 倍。",
            en="With the branch scaled down; unscaled, every ReLU block multiplies the norm by √2.",
        ),
        supports=("residual.scaled", "training.residual_trains"),
        limits=("residual.doubles",),
    ),
)
