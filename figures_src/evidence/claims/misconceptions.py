"""Misconceptions that texts on this subject share, courses and posts as well as the article."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="rate-fixes-gradients",
        number="M1",
        sentence=Text(
            zh="调整学习率可以解决梯度消失和梯度爆炸。",
            en="Adjusting the learning rate fixes vanishing and exploding gradients.",
        ),
        topic="step",
        verdict="misleading",
        condition=Text(
            zh="第一步之前的梯度里没有学习率；调大调小，消失或爆炸的网络都学不会。",
            en="The gradient before the first step does not contain the rate; "
            "with a larger or a smaller one these networks still do not learn.",
        ),
        limits=("learning_rate.same_gradient", "training.large_rate", "training.tiny_rate"),
    ),
    Claim(
        id="batch-normalization-cures",
        number="M2",
        sentence=Text(zh="批量归一化能治好梯度爆炸。", en="Batch normalization cures exploding gradients."),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="层数不太多时（实测 20 层），能治好由权重尺度引起的爆炸；"
            "在很深的普通 ReLU 网络里，它自己就是爆炸的原因。",
            en="The ones that come from the scale of the weights, at moderate depth (measured at 20 layers); "
            "in very deep plain ReLU networks it is itself the cause.",
        ),
        supports=("batch_normalization.scale", "training.large_bn_trains"),
        limits=("batch_normalization.relu",),
    ),
    Claim(
        id="clipping-cures",
        number="M3",
        sentence=Text(
            zh="梯度裁剪能消除梯度爆炸的原因，对梯度消失也有用。",
            en="Gradient clipping removes the cause of exploding gradients, and helps against vanishing ones.",
        ),
        topic="step",
        verdict="misleading",
        condition=Text(
            zh="所有梯度乘以同一个不大于 1 的数：更新量变小了，层与层之比不变，前向传播照样爆炸。",
            en="It multiplies all gradients by one number of at most 1: the step is shorter, the ratio between layers "
            "stays, and the forward pass explodes as before.",
        ),
        limits=("clipping.ratio", "training.clip_alone"),
    ),
    Claim(
        id="residual-always-stable",
        number="M4",
        sentence=Text(zh="加上残差连接，网络就稳定了。", en="Residual connections make a network stable."),
        topic="residual",
        verdict="conditional",
        condition=Text(
            zh="残差分支要缩小或归一化；不缩小时，每个 ReLU 块使范数变为原来的 √2 倍。",
            en="With the branch scaled down or normalized; unscaled, every ReLU block multiplies the norm by √2.",
        ),
        supports=("residual.scaled", "training.residual_trains"),
        limits=("residual.doubles",),
    ),
    Claim(
        id="normalization-removes-shift",
        number="M5",
        sentence=Text(
            zh="批量归一化让激活值服从正态分布，消除了内部协变量偏移，所以有效。",
            en="Batch normalization works because it makes activations normally distributed "
            "and so removes internal covariate shift.",
        ),
        topic="normalization",
        verdict="conditional",
        condition=Text(
            zh="它只设定均值和方差，分布的形状不变。至于为什么有效，Santurkar 等人 2018 年的实验"
            "（arXiv:1805.11604）发现与协变量偏移关系不大。",
            en="It sets mean and variance, and the shape stays. As to why it works, experiments of "
            "Santurkar et al. 2018 (arXiv:1805.11604) found little link with covariate shift.",
        ),
        supports=("normalized_activations.standardized",),
        limits=(
            "normalized_activations.zeros",
            "normalized_activations.skewness",
            "normalized_activations.kurtosis",
            "normalized_activations.two_peaks",
            "normalized_activations.shape",
        ),
    ),
    Claim(
        id="he-at-any-width",
        number="M6",
        sentence=Text(
            zh="配上 ReLU，He 初始化总是正确的，宽度为 1 也一样。",
            en="With ReLU, He initialization is always the correct one, at width 1 too.",
        ),
        topic="initialization",
        verdict="misleading",
        condition=Text(
            zh="宽度为 1 时，一个负权重就切断梯度；死亡网络的比例随宽度增加而下降，"
            "20 层时，从十二个单元起低于百分之一。",
            en="At width 1 a single negative weight cuts the gradient; the share of dead networks falls with the width "
            "and is below one percent from a dozen units on, with 20 layers.",
        ),
        limits=("dead_networks.width_1", "dead_networks.law"),
    ),
    Claim(
        id="default-is-he",
        number="M7",
        sentence=Text(
            zh="PyTorch 的默认初始化就是 Kaiming 初始化，适合 ReLU。",
            en="PyTorch's default is Kaiming initialization, and so it is made for ReLU.",
        ),
        topic="initialization",
        verdict="misleading",
        condition=Text(
            zh="它调用的函数名里有 kaiming，方差却只有 He 初始化的六分之一，20 层的 ReLU 网络因此无法训练。",
            en="The function that it calls has that name, but its variance is a sixth of He's, "
            "and a ReLU network of 20 layers does not train with it.",
        ),
        limits=("weight_slips.linear", "repair.default", "training.default_stuck"),
    ),
    Claim(
        id="exact-scaling-lasts",
        number="M8",
        sentence=Text(
            zh="只要初始化的尺度恰好正确，信号和梯度经过多少层都不变。",
            en="With exactly the right scale of the weights the signal keeps its size "
            "through as many layers as we want.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="保住的是许多网络的均方值；宽度有限时，单个网络的大小逐层漂移，各个随机种子也越差越远。",
            en="What is kept is the mean square over many networks; at finite width a single network drifts "
            "with every layer, and seeds spread apart.",
        ),
        supports=("repair.he",),
        limits=("repair.typical", "finite_width.typical_loses", "finite_width.pairs"),
    ),
    Claim(
        id="zero-weights-vanish",
        number="M9",
        sentence=Text(
            zh="权重全部初始化为 0 行不通，是因为梯度消失。",
            en="Initializing all weights to zero fails because gradients vanish.",
        ),
        topic="initialization",
        verdict="conditional",
        condition=Text(
            zh="隐藏层的梯度确实是 0，但病根是对称：换成非零常数，梯度有了，各单元仍是彼此的副本。",
            en="The hidden layers' gradient is 0 indeed, but the defect is symmetry: with a constant above 0 "
            "there is a gradient, and the units remain copies of each other.",
        ),
        supports=("symmetry.zero",),
        limits=("symmetry.gradient", "symmetry.rank", "symmetry.copies", "symmetry.stuck"),
    ),
    Claim(
        id="scale-slips",
        number="M10",
        sentence=Text(
            zh="normal_(w, 0.1) 把标准差设为 0.1；He 初始化使神经元的方差为 2/n；π/(π − 1) 约为 0.8。",
            en="normal_(w, 0.1) sets the standard deviation to 0.1; He initialization gives neurons the variance 2/n; "
            "π/(π − 1) is about 0.8.",
        ),
        topic="initialization",
        verdict="misleading",
        condition=Text(
            zh="0.1 成了均值，标准差是 1；2/n 是权重的方差；π/(π − 1) 约为 1.47，约 0.83 的是激活值的标准差。",
            en="0.1 becomes the mean, and the standard deviation is 1; 2/n is the variance of a weight; π/(π − 1) is "
            "about 1.47, and what is about 0.83 is the standard deviation of activations.",
        ),
        limits=(
            "weight_slips.mean",
            "weight_slips.deviation",
            "weight_slips.units",
            "weight_slips.ratio",
            "weight_slips.activations",
        ),
    ),
    Claim(
        id="tanh-is-safe",
        number="M11",
        sentence=Text(
            zh="Tanh 是零中心的，所以没有梯度问题；配上 Xavier 初始化就稳定了。",
            en="Tanh is zero-centered and so has no problem with gradients; with Xavier initialization it is stable.",
        ),
        topic="activation",
        verdict="conditional",
        condition=Text(
            zh="Xavier 帮助很大，但它是分界，不是安全区：往下消失，往上爆炸，与零中心无关。",
            en="Xavier helps a great deal, but it is the boundary and not a safe region: below it gradients "
            "vanish, above it they explode, zero-centered or not.",
        ),
        supports=("sigma_map.tanh_xavier_helps",),
        limits=(
            "sigma_map.tanh_vanishes",
            "sigma_map.tanh_suggested_gain",
            "tanh_criticality.power",
            "tanh_criticality.below",
            "tanh_criticality.above",
        ),
    ),
    Claim(
        id="activations-expensive",
        number="M12",
        sentence=Text(
            zh="Sigmoid 和 Tanh 要算指数，所以用它们的网络慢。",
            en="Sigmoid and tanh need exponentials, and so networks with them are slow.",
        ),
        topic="cost",
        verdict="conditional",
        condition=Text(
            zh="单看一次求值，它们确实比 ReLU 贵；网络的时间花在矩阵乘法上，层一宽，差别就看不出来了。",
            en="A single evaluation does cost more than ReLU; but a network spends its time on matrix products, "
            "and in wide layers the difference is hardly there.",
        ),
        supports=("activation_cost.sigmoid_alone", "activation_cost.tanh_alone", "activation_cost.tanh_narrow"),
        limits=("activation_cost.sigmoid_network", "activation_cost.tanh_network"),
    ),
    Claim(
        id="saturation-needed",
        number="M13",
        sentence=Text(
            zh="只有激活函数饱和时，梯度才会消失。", en="Gradients vanish only where the activation function saturates."
        ),
        topic="activation",
        verdict="misleading",
        condition=Text(
            zh="Xavier 初始化的 Sigmoid 网络离饱和很远，每层仍只留下不到四分之一的梯度。",
            en="A sigmoid network with Xavier initialization is far from saturation and still keeps "
            "less than a quarter of the gradient per layer.",
        ),
        limits=("sigma_map.unsaturated", "derivative_chain.xavier"),
    ),
    Claim(
        id="quarter-power",
        number="M14",
        sentence=Text(
            zh="Sigmoid 的导数最大是 1/4，所以 L 层之后的梯度大约是 (1/4)^L。",
            en="The derivative of the sigmoid is at most 1/4, so that after L layers the gradient is about (1/4)^L.",
        ),
        topic="gradients",
        verdict="misleading",
        condition=Text(
            zh="它漏掉了权重：逐层因子是 σ_w 乘以导数的均方根，权重够大时超过 1。",
            en="It forgets the weights: the factor is σ_w times the root mean square of the derivative, "
            "and with large weights it is above 1.",
        ),
        limits=("derivative_chain.bound", "derivative_chain.explodes"),
    ),
    Claim(
        id="relu-never-vanishes",
        number="M15",
        sentence=Text(
            zh="ReLU 的导数是 1，所以用 ReLU 就不会有梯度消失。",
            en="ReLU has derivative 1, and so gradients do not vanish with it.",
        ),
        topic="activation",
        verdict="misleading",
        condition=Text(
            zh="一半单元的导数是 0，逐层因子是 σ_w/√2；用默认初始化，它消失得比 Tanh 还快。",
            en="Half of the units have derivative 0, and the factor is σ_w/√2; "
            "with the default initialization they vanish even faster than with tanh.",
        ),
        limits=("repair.default", "sigma_map.default_vanishes", "sigma_map.all_vanish"),
    ),
    Claim(
        id="dead-units-blame-relu",
        number="M16",
        sentence=Text(
            zh="单元死亡是 ReLU 的过错，应当换成 Swish 之类的函数。",
            en="Dead units are the fault of ReLU, which should be replaced by Swish or the like.",
        ),
        topic="activation",
        verdict="misleading",
        condition=Text(
            zh="训练之前的静默单元，多半来自默认初始化、深度和没有中心化的输入；"
            "函数不变，只换初始化或加批量归一化，它们就大为减少或完全消失。",
            en="Units that are silent before training mostly come from the default initialization, depth, and inputs "
            "that are not centered; with the same function another initialization leaves far fewer, and batch "
            "normalization none.",
        ),
        limits=("dead_units.default", "dead_units.input_mean", "dead_units.batch_normalization"),
    ),
    Claim(
        id="first-layers-smaller",
        number="M17",
        sentence=Text(
            zh="消失时，越靠前的层权重梯度越小；爆炸时，越靠前的越大。",
            en="Where gradients vanish the first layers have the smaller weight gradients, "
            "and where they explode the larger ones.",
        ),
        topic="gradients",
        verdict="conditional",
        condition=Text(
            zh="对 δ 成立；Sigmoid 网络和带偏置的 ReLU 网络里，对权重的梯度也成立；没有偏置的 ReLU 网络里，"
            "各层权重的梯度一样大。",
            en="True of δ, and of the weights in sigmoid networks and in ReLU networks with biases; "
            "in ReLU networks without bias the weight gradients of all layers are alike.",
        ),
        supports=("weight_gradients.sigmoid", "weight_gradients.bias"),
        limits=("weight_gradients.flat", "weight_gradients.typical"),
    ),
    Claim(
        id="output-needs-remedies",
        number="M18",
        sentence=Text(
            zh="输出层的 Sigmoid 会使梯度消失，要靠批量归一化、残差连接或初始化来补救。",
            en="A sigmoid in the output layer makes gradients vanish and needs batch normalization, "
            "residual connections or a special initialization.",
        ),
        topic="inputs",
        verdict="misleading",
        condition=Text(
            zh="输出层的梯度由损失函数决定："
            "用交叉熵是 p\N{NO-BREAK SPACE}−\N{NO-BREAK SPACE}y，不消失；用平方误差才消失。",
            en="At the output the loss decides: "
            "with cross-entropy the gradient is p\N{NO-BREAK SPACE}−\N{NO-BREAK SPACE}y and does not vanish; "
            "with the squared error it does.",
        ),
        limits=("output_layer.cross_entropy", "output_layer.squared_error"),
    ),
)
