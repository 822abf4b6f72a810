"""The article's code and the notebook that it links to."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="larger-weights-show-relu",
        number="41",
        sentence=Text(
            zh="在 ReLU 网络里，用较大的权重初始化（均值 1.5，标准差 0.1）演示梯度爆炸。",
            en="In a ReLU network, larger weights of mean 1.5 and standard deviation 0.1 show an explosion.",
        ),
        topic="code",
        verdict="conditional",
        condition=Text(
            zh="梯度确实爆炸；但权重全是正的，ReLU 一次也没有起作用，去掉它结果丝毫不变：演示的不是 ReLU。",
            en="The gradient does explode; but all weights are positive and ReLU never acts, so that without it "
            "nothing changes: of ReLU it shows nothing.",
        ),
        supports=("explosion.source", "explosion.growth"),
        limits=("explosion.relu_idle",),
    ),
    Claim(
        id="wrong-initialization-explodes",
        number="42",
        sentence=Text(zh="错误的初始化导致梯度爆炸问题。", en="The wrong initialization leads to exploding gradients."),
        topic="initialization",
        verdict="supported",
        condition=Text(
            zh="而且可以算准：梯度是后面各层权重之积，每层约 1.5 倍。",
            en="And it can be computed: the gradient is the product of the later weights, about 1.5 times per layer.",
        ),
        supports=("explosion.source", "explosion.product", "explosion.growth"),
    ),
    Claim(
        id="kaiming-correct-here",
        number="43",
        sentence=Text(
            zh="对这个网络，He 初始化（kaiming_normal_，偏置 0.01）是正确的初始化。",
            en="For this network He initialization (kaiming_normal_, bias 0.01) is the correct one.",
        ),
        topic="initialization",
        verdict="misleading",
        condition=Text(
            zh="宽度为 1 时，一个负权重就切断梯度，20 层的网络几乎必死。",
            en="At width 1 a single negative weight cuts the gradient, and of 20 layers hardly a network survives.",
        ),
        limits=("dead_networks.width_1", "dead_networks.law"),
    ),
    Claim(
        id="constructor-prints-weights",
        number="44",
        sentence=Text(
            zh="构造函数里遍历 model.layers 的循环打印各层的权重。",
            en="The loop over model.layers in the constructor prints the weights of the layers.",
        ),
        topic="code",
        verdict="misleading",
        condition=Text(
            zh="那时 model 还不存在，报 NameError；有一个旧的 model 时，打印的是另一个网络的权重。应写 self.layers。",
            en="There is no model yet, which is a NameError; where an old one exists, another network is printed. "
            "It should say self.layers.",
        ),
        limits=("source_code.name_error", "source_code.other_model"),
    ),
    Claim(
        id="insert-keeps-order",
        number="45",
        sentence=Text(
            zh="在钩子里用 insert(0, …) 记录，梯度就按层的次序排列。",
            en="Recording with insert(0, …) in hooks puts the gradients in the order of the layers.",
        ),
        topic="code",
        verdict="conditional",
        condition=Text(
            zh="对一次反向传播成立；列表从不清空，第二次会接着往里加。",
            en="For one backward pass; the list is never emptied, and a second pass adds to it.",
        ),
        supports=("source_code.order",),
        limits=("source_code.never_emptied",),
    ),
    Claim(
        id="notebook-link",
        number="46",
        sentence=Text(
            zh="代码在 pytorch/week3/practise_9_relu_boom.ipynb。",
            en="The code is in pytorch/week3/practise_9_relu_boom.ipynb.",
        ),
        topic="code",
        verdict="reference",
        condition=Text(
            zh="文件已移到 pytorch_2024/week3，原链接失效；构建不上网，所以这里没有检验。",
            en="The file has moved to pytorch_2024/week3, and the link is dead; a build asks nothing of the network, "
            "so nothing checks it here.",
        ),
        reference=Text(
            zh="仓库 Hao-yiwen/deeplearning，提交 6213b97 的目录。",
            en="the repository Hao-yiwen/deeplearning, its folders at commit 6213b97.",
        ),
    ),
)
