"""The names that the site has, and what it says of itself."""

from figures_src.model.language import Text

NAME = Text(zh="梯度实验室", en="Gradient Lab")
DESCRIPTION = Text(
    zh="梯度消失与梯度爆炸：每条曲线、每张表、每个数字都由 PyTorch 在构建时算出",
    en="Vanishing and exploding gradients: every curve, table and number is computed by PyTorch at build time",
)
COPYRIGHT = Text(
    zh="文字以 CC BY 4.0 授权，代码以 MIT 授权。",
    en="Text under CC BY 4.0, code under MIT.",
)
