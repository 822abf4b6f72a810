"""Classic results on recurrent networks, run again at the size of a CPU."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="latching-or-learning",
        number="C21",
        sentence=Text(
            zh="Bengio、Simard 与 Frasconi 1994：循环单元把一位记得越牢，梯度消失得越快；"
            "要记的时间越长，梯度下降越学不会。",
            en="Bengio, Simard and Frasconi 1994: the more robustly a recurrent unit holds a bit, the faster the "
            "gradient vanishes, and the longer it has to, the less often gradient descent learns it.",
        ),
        topic="gradients",
        verdict="supported",
        condition=Text(
            zh="顶得住的推力与每步的斜率都符合闭式公式；训练的成功率随长度下降。",
            en="The push that it withstands and the slope of a step are those of the closed forms; the share of "
            "trainings that succeed falls with the length.",
        ),
        supports=("latching.margin", "latching.vanishes", "latching.short", "latching.long"),
    ),
    Claim(
        id="clipping-lets-recurrent-networks-learn",
        number="C22",
        sentence=Text(
            zh="Pascanu、Mikolov 与 Bengio 2013：序列越长，循环网络越要靠梯度裁剪才学得会。",
            en="Pascanu, Mikolov and Bengio 2013: the longer the sequence, the more a recurrent network needs clipping "
            "to learn.",
        ),
        topic="step",
        verdict="supported",
        condition=Text(
            zh="短的序列不裁剪也行，长一倍，多数网络就要裁剪；论文中 50 到 200 的长度没有试。",
            en="Short sequences are learned without, sequences twice as long by most networks only with clipping; "
            "the paper's lengths of 50 to 200 were not tried.",
        ),
        supports=("temporal_order.short", "temporal_order.plain_fails", "temporal_order.clipped_succeeds"),
    ),
)
