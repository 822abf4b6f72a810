"""The notebook page: the article's network, the wrong and the right initialization, the reader's experiment."""

# ruff: noqa: E501  a paragraph is one line

# %% [markdown] lang="zh"
# # 笔记本 {#notebook}
#
# 这一页是一个笔记本，构建网站时从头到尾运行过一遍，下面的输出都是那时得到的。改几个参数，就能自己看到梯度消失、爆炸或大小不变。第一段代码只是载入后面要用的东西，不必改它。

# %% [markdown] lang="en"
# # The notebook {#notebook}
#
# This page is a notebook. It was run from top to bottom while the site was built, and the outputs below are from that run. Change a few parameters and see for yourself how gradients vanish, explode, or keep their size. The first piece of code only loads what the others use; there is nothing to change in it.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import textwrap

import matplotlib.pyplot as plt
import torch

from gradlab import theory
from gradlab.networks import MLP, ArticleNetwork, MLPConfig
from gradlab.passes import (
    input_gradient,
    per_layer_factor,
    random_projection,
    record,
)

# %% [markdown] lang="zh"
# ## 原文的网络 {#the-articles-network}
#
# 本站的文章从一个会爆炸的网络讲起，它取自文章所依据的原文：{{ explosion.layers }} 层，每层一个单元，权重在 {{ explosion.mean }} 附近。`record` 做一次前向传播和一次反向传播，返回每一层的值和梯度。

# %% [markdown] lang="en"
# ## The article's network {#the-articles-network}
#
# The article begins with a network that explodes, taken from its source: {{ explosion.layers }} layers of one unit each, with weights around {{ explosion.mean }}. `record` makes one forward and one backward pass and returns the values and gradients of every layer.

# %%
chain = ArticleNetwork(
    num_layers=20,
    mean=1.5,
    standard_deviation=0.1,
    seed=42,
    dtype=torch.float32,
)
layers = record(chain, torch.ones(1, 1))

print(" l       w          z      dy/dz")
for layer in layers:
    w, z, dz = layer.W.item(), layer.z.item(), layer.dz.item()
    print(f"{layer.layer:2d} {w:7.4f} {z:10.4f} {dz:10.4f}")

# %% [markdown] lang="zh"
# 第一层的梯度是 {{ explosion.max_gradient }}。在对数坐标上，梯度几乎落在一条直线上：每退一层，乘以下一层的权重。点是测得的梯度，线是后面各层权重之积。

# %% [markdown] lang="en"
# The first layer's gradient is {{ explosion.max_gradient }}. On a log axis the gradients almost lie on a straight line: each step back multiplies them by the weight of the next layer. Points are the measured gradients, the line is the product of the later weights.

# %%
index = [layer.layer for layer in layers]
gradients = [layer.dz.item() for layer in layers]
product = theory.chain_gradients([layer.W.item() for layer in layers])

_, axes = plt.subplots()
axes.semilogy(index, product, color="black", label=r"$w_{l+1} \cdots w_{20}$")
axes.semilogy(index, gradients, "o", label=r"$|dy/dz_l|$")
axes.set_xlabel("layer")
axes.set_ylabel("gradient")
axes.set_xticks(range(2, 21, 2))
axes.legend()
plt.show()

# %% [markdown] lang="zh"
# ## 错误的与正确的初始化 {#wrong-and-right-initialization}
#
# 把宽度加到 {{ repair.width }}，比较两种初始化：PyTorch 的默认初始化（`pytorch_default`）和 He 初始化（`he`）。每种画 8 个随机种子，以最后一层的梯度范数为 1。

# %% [markdown] lang="en"
# ## The wrong and the right initialization {#wrong-and-right-initialization}
#
# Make the network {{ repair.width }} units wide and compare two initializations: PyTorch's default (`pytorch_default`) and He initialization (`he`). Each is drawn with 8 seeds, scaled so that the gradient norm of the last layer is 1.


# %%
def profile(config: MLPConfig, seed: int, batch: int = 1) -> list[float]:
    """Return |dz_l| / |dz_L| of one random network on random inputs."""
    generator = torch.Generator().manual_seed(seed)
    network = MLP(config, generator)
    x = torch.empty(batch, config.width, dtype=torch.float64)
    x.normal_(generator=generator)
    layers = record(network, x, random_projection(generator))
    return [layer.dz_norm / layers[-1].dz_norm for layer in layers]


def factors(profiles: list[list[float]]) -> str:
    """Return the per-layer factor of each profile, as text, four on a line."""
    values = [per_layer_factor(p[0], p[-1], len(p)) for p in profiles]
    return textwrap.fill(" ".join(f"{value:.3f}" for value in values), 24)


_, axes = plt.subplots()
for color, name in (("C1", "pytorch_default"), ("C0", "he")):
    config = MLPConfig(width=16, depth=20, activation="relu", initialization=name)
    profiles = [profile(config, seed) for seed in range(8)]
    for number, values in enumerate(profiles):
        label = None if number else name
        axes.semilogy(index, values, color=color, alpha=0.6, label=label)
    print(f"{name}\n{factors(profiles)}")
axes.set_xlabel("layer")
axes.set_ylabel(r"$|dz_l| / |dz_{20}|$")
axes.set_xticks(range(2, 21, 2))
axes.legend()
plt.show()

# %% [markdown] lang="zh"
# 打印的是每个随机种子的逐层因子。默认初始化的因子都远小于 1，{{ repair.depth }} 层之后几乎什么也不剩；He 初始化的因子在 1 附近，多数略小于 1，因为网络还很窄。
#
# 但 He 初始化不是万能的。在宽度 1 的网络里，每个权重有一半的可能是负的，碰上一个，梯度就恰好为 0。下面数一数 100 个网络里有多少个是这样：

# %% [markdown] lang="en"
# The printed numbers are the per-layer factors of each seed. With the default initialization they are all far below 1, and after {{ repair.depth }} layers almost nothing is left; with He initialization they are around 1, most of them slightly below, because the network is still narrow.
#
# He initialization is no cure-all, though. In a network of width 1 every weight is negative with a probability of one half, and a single negative one makes the gradient exactly 0. Count how many of 100 networks are like that:

# %%
narrow = MLPConfig(width=1, depth=20, activation="relu", initialization="he")
one = torch.ones(1, 1, dtype=torch.float64)
generators = [torch.Generator().manual_seed(seed) for seed in range(100)]
networks = [MLP(narrow, generator) for generator in generators]
zero = [input_gradient(network, one).item() == 0 for network in networks]
print(sum(zero), "/", len(zero))

# %% [markdown] lang="zh"
# ## 你自己的实验 {#your-own-experiment}
#
# 改最后一行的参数，再运行这一格：
#
# - `width` 和 `depth`：每层的单元数和层数。
# - `activation`：激活函数的名字，例如 `"sigmoid"`、`"tanh"`、`"relu"`、`"leaky_relu"`、`"gelu"` 或 `"linear"`。
# - `sigma_w`：权重尺度，即扇入乘以权重的方差，再开平方。PyTorch 默认是三分之一的平方根，Xavier 初始化是 1，He 初始化是 2 的平方根。
# - `normalization`：`None`、`"batch"`（批量归一化，Batch Normalization，下文简称 BN）或 `"layer"`（层归一化），放在激活函数之前。
# - `residual_scale`：`None`（没有残差连接），或残差分支的缩放系数。
#
# 彩色的线是几个随机种子的实测值，图下打印的是它们的逐层因子。虚线是普通网络的平均场预测，图例里的数是预测的逐层因子；有归一化或残差连接时没有这条线。

# %% [markdown] lang="en"
# ## Your own experiment {#your-own-experiment}
#
# Change the parameters in the last line and run the cell again:
#
# - `width` and `depth`: units per layer, and number of layers.
# - `activation`: the name of an activation function, such as `"sigmoid"`, `"tanh"`, `"relu"`, `"leaky_relu"`, `"gelu"` or `"linear"`.
# - `sigma_w`: the weight scale, the square root of fan-in times the variance of a weight. PyTorch's default is the square root of one third, Xavier initialization is 1, He initialization is the square root of 2.
# - `normalization`: `None`, `"batch"` (batch normalization, BN from here on) or `"layer"` (layer normalization), placed before the activation function.
# - `residual_scale`: `None` for no residual connections, or what the branch is multiplied by.
#
# Colored lines are measured with a few seeds, and their per-layer factors are printed below the figure. The dashed line is the mean-field prediction for a plain network, with the predicted factor in the legend; with normalization or residual connections there is no such line.


# %%
def experiment(
    width: int = 128,
    depth: int = 30,
    activation: str = "tanh",
    sigma_w: float = 1.0,
    normalization: str | None = None,
    residual_scale: float | None = None,
    seeds: int = 4,
) -> None:
    """Draw |dz_l| / |dz_L| of random networks; print their factors."""
    config = MLPConfig(
        width=width,
        depth=depth,
        activation=activation,
        initialization="normal",
        sigma_w=sigma_w,
        normalization=normalization,
        residual_scale=residual_scale,
    )
    profiles = [profile(config, seed, batch=16) for seed in range(seeds)]
    index = range(1, depth + 1)
    _, axes = plt.subplots()
    for values in profiles:
        axes.semilogy(index, values)
    if normalization is None and residual_scale is None:
        predicted = theory.mean_field(activation, sigma_w, depth)
        line = list(reversed(predicted.profile))
        label = f"mean field: {predicted.factor:.3f}"
        axes.semilogy(index, line, "--", color="black", label=label)
        axes.legend()
    axes.set_xlabel("layer")
    axes.set_ylabel(r"$|dz_l| / |dz_L|$")
    axes.set_title(f"{activation}, {width=}, {depth=}, {sigma_w=:.3g}")
    plt.show()
    print(factors(profiles))


experiment(activation="tanh", sigma_w=1.0)

# %% [markdown] lang="zh"
# 值得一试的几组参数，以及要看什么：
#
# - `experiment(activation="sigmoid", sigma_w=1.0)`：左端（第一层）低到几乎没有梯度。把 `sigma_w` 一直加大到 20，左端会升到 1 以上。
# - `experiment(activation="relu", sigma_w=2**0.5)`：线大致是平的。再把 `width` 改成 8，各个随机种子就散开了。
# - `experiment(activation="relu", sigma_w=2**0.5, normalization="batch")`：BN 让平线的左端翘了起来，梯度在增大。再把 `sigma_w` 放大 10 倍，线几乎不动。
# - `experiment(activation="relu", sigma_w=2**0.5, residual_scale=1.0)`：残差分支不缩小，梯度就会爆炸。把 `residual_scale` 改成 `30**-0.5` 再看。

# %% [markdown] lang="en"
# A few settings worth trying, and what to look for:
#
# - `experiment(activation="sigmoid", sigma_w=1.0)`: at the left end, the first layer, almost no gradient is left. Raise `sigma_w` step by step to 20, and the left end rises above 1.
# - `experiment(activation="relu", sigma_w=2**0.5)`: the line is roughly flat. Now set `width` to 8, and the seeds spread apart.
# - `experiment(activation="relu", sigma_w=2**0.5, normalization="batch")`: BN lifts the left end of the flat line: the gradient grows. Make `sigma_w` 10 times as large, and the line hardly moves.
# - `experiment(activation="relu", sigma_w=2**0.5, residual_scale=1.0)`: residual connections that are not scaled down explode. Set `residual_scale` to `30**-0.5` and look again.

# %% [markdown] lang="zh"
# ## 在自己的机器上运行 {#run-it-yourself}
#
# 1. 下载笔记本：<a href="../downloads/gradient-lab.ipynb" download>gradient-lab.ipynb</a>。
# 2. 在本项目的源代码目录里安装 `gradlab` 和画图、运行笔记本所需的两个包，然后打开它：
#
# ```bash
# pip install . matplotlib jupyterlab
# jupyter lab gradient-lab.ipynb
# ```

# %% [markdown] lang="en"
# ## Run it on your own machine {#run-it-yourself}
#
# 1. Download the notebook: <a href="../downloads/gradient-lab.ipynb" download>gradient-lab.ipynb</a>.
# 2. In a checkout of this project, install `gradlab` and the two packages that draw and run the notebook, then open it:
#
# ```bash
# pip install . matplotlib jupyterlab
# jupyter lab gradient-lab.ipynb
# ```
