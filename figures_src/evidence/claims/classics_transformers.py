"""Classic results on transformers, run again at the size of a CPU."""

from figures_src.model.claim import Claim
from figures_src.model.language import Text

CLAIMS = (
    Claim(
        id="pre-norm-gradient-falls-with-depth",
        number="C31",
        sentence=Text(
            zh="Xiong 等人 2020：前置归一化时，Transformer 最后一层的梯度约像 1/√L 那样随块数缩小；"
            "后置归一化时与块数无关。",
            en="Xiong et al. 2020: with pre-norm the gradient of a transformer's last layer falls about like 1/√L with "
            "the number of blocks, with post-norm it does not depend on it.",
        ),
        topic="residual",
        verdict="supported",
        condition=Text(
            zh="缩小得比 1/√L 略快，因为注意力使各个词越来越像，每块添的也随之增多；理论把这一点也算了出来。",
            en="It falls a little faster than 1/√L, for attention makes words alike and so adds more from block to "
            "block, which theory follows too.",
        ),
        supports=("xiong.pre", "xiong.post", "xiong.larger"),
    ),
)
