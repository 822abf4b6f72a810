"""What the experiments show and what their settings are, in Chinese; in English the experiments say it themselves."""

from __future__ import annotations

import re

from gradlab.language import Language, Text

TITLES = {
    "advice": Text(en="The probe's advice followed: verdicts before and after", zh="照探针的建议去做：前后的结论"),
    "dying_units": Text(en="Units that die of a learning rate far too large", zh="学习率过大，单元死亡"),
    "mended": Text(
        en="A deep ReLU network before and after He initialization", zh="深层 ReLU 网络：改用 He 初始化前后"
    ),
    "truth_bank": Text(en="How often the probe is right", zh="探针说对了多少次"),
    "activation_cost": Text(en="What an activation function costs in time", zh="激活函数要花多少时间"),
    "activation_curve": Text(
        en="An activation function and its derivative: maximum, saturation, rounding",
        zh="激活函数及其导数：最大值、饱和、舍入",
    ),
    "batch_normalization": Text(
        en="Batch normalization before every activation: a deep plain ReLU network explodes",
        zh="每个激活函数之前加批量归一化：很深的普通 ReLU 网络会爆炸",
    ),
    "batch_size": Text(en="Batch normalization and the size of the batch", zh="批量归一化与批的大小"),
    "clipping": Text(en="Gradient clipping on a network that explodes", zh="对爆炸的网络做梯度裁剪"),
    "clipping_limits": Text(
        en="Gradient clipping at its limits: infinity, NaN, overflow", zh="梯度裁剪的极限：无穷大、NaN、溢出"
    ),
    "dead_networks": Text(en="How many narrow ReLU networks are dead", zh="窄 ReLU 网络有多少是死的"),
    "dead_units": Text(en="How many ReLU units are silent before any training", zh="训练之前有多少 ReLU 单元沉默"),
    "explosion": Text(en="The article's explosion: 20 ReLU layers of width 1", zh="原文的爆炸：20 层宽度为 1 的 ReLU"),
    "finite_width": Text(
        en="Finite width: a seed is a sample of a wide distribution", zh="有限宽度：一个随机种子只是宽分布中的一个样本"
    ),
    "first_nan": Text(en="Where a NaN comes from: four ways", zh="NaN 从哪里来：四种来路"),
    "input_scale": Text(en="The scale of the inputs in a deep sigmoid network", zh="深层 Sigmoid 网络中输入的尺度"),
    "layer_normalization": Text(en="Layer normalization before every activation", zh="每个激活函数之前加层归一化"),
    "layer_profiles": Text(
        en="One network layer by layer: gradients, activations, theory, and the probe's verdict",
        zh="逐层看一个网络：梯度、激活值、理论，以及探针的结论",
    ),
    "learning_rate": Text(
        en="What the learning rate does not change, and what it decides", zh="学习率改变不了什么，又决定什么"
    ),
    "loss_precision": Text(
        en="The cross-entropy in float32, behind a sigmoid and on z", zh="float32 下的交叉熵：经过 Sigmoid 与直接用 z"
    ),
    "loss_spikes": Text(
        en="Why the loss spikes: the curvature before its largest jump", zh="损失为什么突然跳高：跳得最高之前的曲率"
    ),
    "normalized_activations": Text(en="What batch normalization does to a distribution", zh="批量归一化对分布做了什么"),
    "output_gradient": Text(
        en="What enters at the output: exact at every width", zh="从输出端传入的梯度：对任意宽度都精确"
    ),
    "output_layer": Text(
        en="A sigmoid in the output layer: squared error and cross-entropy", zh="输出层的 Sigmoid：平方误差与交叉熵"
    ),
    "repair": Text(en="He initialization against PyTorch's default", zh="He 初始化与 PyTorch 默认初始化之比"),
    "residual": Text(en="Residual connections, forward and backward", zh="残差连接：前向与反向"),
    "residual_depth": Text(en="Residual networks of growing depth", zh="越来越深的残差网络"),
    "sigma_map": Text(
        en="By how much the gradient changes per layer, for many weight scales", zh="不同权重尺度下，梯度每层变化多少"
    ),
    "source_code": Text(en="What two lines of the article's code do", zh="原文的两行代码做了什么"),
    "spirals": Text(en="Which remedy lets a deep network learn two spirals", zh="哪种办法能让深层网络学会两条螺旋线"),
    "stable_rate": Text(en="The largest stable learning rate of a linear regression", zh="线性回归的最大稳定学习率"),
    "stored_output": Text(en="The source's repaired network, replayed", zh="重放来源中修复后的网络"),
    "symmetry": Text(en="What is wrong with equal weights", zh="相等的权重错在哪里"),
    "symptom_checks": Text(
        en="The checks of the symptom gallery, as a reader runs them", zh="症状一览里的检查，照读者的方式运行"
    ),
    "symptoms": Text(
        en="Symptoms of training that goes wrong, before and after the fix", zh="训练不对劲时的症状：修复之前与之后"
    ),
    "tanh_criticality": Text(
        en="tanh with Xavier initialization: exactly critical", zh="Tanh 与 Xavier 初始化：恰好临界"
    ),
    "weight_gradients": Text(
        en="Which gradient vanishes: of the pre-activation, or of the weight",
        zh="消失的是哪个梯度：对预激活值的，还是对权重的",
    ),
    "weight_slips": Text(en="Slips about the scale of weights", zh="关于权重尺度的常见笔误"),
    "wrong_start": Text(en="A logistic unit that starts on the wrong side", zh="从错误一侧出发的逻辑单元"),
    "zero_centred": Text(
        en="Activations that are not zero-centered, and the signs of gradients", zh="非零中心的激活值与梯度的符号"
    ),
}

# What a setting is, by its name; where a name means different things, those of single experiments come after it.
_CHINESE = {
    "every": "每隔多少步记录一次",
    "fresh": "随机新抽的网络个数",
    "large": "过大的学习率",
    "small": "合适的学习率",
    "middle": "介于两者之间的学习率",
    "recurrent_layers": "循环层的层数",
    "sequences": "序列的个数",
    "length": "序列的长度",
    "activation": "激活函数",
    "activations": "激活函数",
    "argument": "被当作标准差的参数",
    "at": "单独考察的位置",
    "batch": "每批输入的个数",
    "batches": "批的大小",
    "bias": "偏置：zero，或 uniform（PyTorch 的默认分布）",
    "bins": "直方图的格数",
    "block": "每次计时的时长（秒）",
    "blocks": "残差块的个数",
    "cases": "要比较的情形，名称各不相同",
    "contrast": "用作对照的权重尺度",
    "curvatures": "二次函数的曲率",
    "data_seed": "数据的随机种子",
    "depth": "层数",
    "distance": "两簇之间的距离",
    "dtype": "精度：float32 或 float64",
    "entries": "梯度的元素个数",
    "epsilon": "归一化时加到方差上的数",
    "far": "很远的起点",
    "far_steps": "从很远的起点训练的步数",
    "features": "特征的个数",
    "gain": "会爆炸的网络的权重是 He 初始化的几倍",
    "initialization": "初始化",
    "initializations": "要比较的初始化",
    "iterations": "求曲率时幂迭代的次数",
    "kinds": "残差网络的种类",
    "label": "标签",
    "large_layer": "大的那一层的梯度",
    "largest": "最大的 |z|",
    "layer": "考察哪一层的权重，1 或 2",
    "learning_rate": "学习率",
    "learning_rates": "学习率",
    "logit": "概率舍入为 1 的网络输出",
    "lower": "区间的下端",
    "margin": "学习率离界限的相对距离",
    "maximum_norm": "裁剪范数的上限",
    "maximum_value": "裁剪数值的上限",
    "mean": "权重的均值",
    "networks": "网络的个数",
    "normalization": "归一化：none、batch 或 layer",
    "normalized_batch": "做批量归一化时每批的个数",
    "num_layers": "层数",
    "offset": "每个输入的均值；只有考察第 1 层的权重时才可以不为 0",
    "overflowing": "平方后会溢出的数",
    "pair_factor": "两个随机种子之间算作相差很大的倍数",
    "passes": "前向与反向传播的次数",
    "points": "点的个数",
    "quadratic_learning_rates": "二次函数上的学习率",
    "residual": "残差连接：none，或支路的尺度 one、inverse_sqrt_depth",
    "rounds": "计时的轮数",
    "rows": "要训练的各行，名称各不相同",
    "scale": "支路的尺度：one 或 inverse_sqrt_depth",
    "scales": "输入的尺度",
    "seed": "随机种子",
    "seeds": "随机种子的个数",
    "sigma_w": "权重尺度 σ_w",
    "sigmoid_variance": "Sigmoid 网络的 σ_w²",
    "spread_seeds": "分布所用的随机种子个数",
    "standard_deviation": "权重的标准差",
    "starts": "起点",
    "steps": "训练步数",
    "thresholds": "导数小于它就算饱和",
    "training_learning_rate": "训练的学习率",
    "training_steps": "训练步数",
    "training_width": "训练的网络的宽度",
    "upper": "区间的上端",
    "vanished_layer": "消失的那一层的梯度",
    "variances": "要比较的 σ_w²",
    "width": "每层的单元数",
    "widths": "每层的单元数",
    "x": "输入",
}


_HIDDEN_LAYERS = {"depth": "隐藏层的层数"}
_CHINESE_OF = {
    "clipping": _HIDDEN_LAYERS,
    "dying_units": _HIDDEN_LAYERS,
    "first_nan": _HIDDEN_LAYERS,
    "layer_profiles": {"initialization": "初始化，或 article：原文那条宽度为 1 的链"},
    "learning_rate": _HIDDEN_LAYERS,
    "loss_spikes": _HIDDEN_LAYERS,
    "mended": _HIDDEN_LAYERS,
    "spirals": _HIDDEN_LAYERS,
    "stable_rate": {"scale": "第二次时第一个特征所乘的数"},
    "stored_output": {"depth": "线性层的层数，包括第一层和最后一层"},
    "symmetry": _HIDDEN_LAYERS,
    "symptoms": _HIDDEN_LAYERS,
}
# The limit stands in the English text, and is the same number in Chinese.
_AT_LEAST = re.compile(r"at least (\d+)(?=[.,;])")


def description(experiment: str, name: str, english: str, language: Language) -> str | None:
    """Return what a setting of an experiment is; in English as its docstring says, in Chinese None where nobody did."""
    if language == "en":
        return english
    chinese = _CHINESE_OF.get(experiment, {}).get(name, _CHINESE.get(name))
    limit = _AT_LEAST.search(english)
    return f"{chinese}，至少 {limit[1]}" if chinese and limit else chinese
