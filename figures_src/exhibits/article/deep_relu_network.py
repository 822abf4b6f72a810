"""The class of the article, written anew under its names, and run as a reader runs it: pasted into a bare Python.

The marks in the code are the numbers of the article's remarks on it. What the page shows below the code is what the
code printed when the page was built.
"""

import subprocess
import sys
from dataclasses import dataclass

from figures_src.cache.results import measured
from figures_src.exhibits.article.explosion import CONFIG
from figures_src.model.exhibit import Check, Number
from figures_src.model.language import Language, Text
from gradlab.experiments.activations import explosion

TITLE = Text(zh="原文的类 DeepReLUNetwork", en="The article's class DeepReLUNetwork")
FIRST_COMES_LAST = Text(
    zh="反向传播最先到最后一层，所以每次插在最前面",
    en="the last layer's gradient comes first, so each one goes to the front",
)
TOGETHER = Text(zh="一次前向传播，一次反向传播", en="one forward pass, one backward pass")
# As the source: all layers are made first, which draws random numbers, then each is initialized.
PROGRAM = """\
import torch
from torch import nn


class DeepReLUNetwork(nn.Module):
    def __init__(self, num_layers, width, initialize):
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Linear(width, width) for _ in range(num_layers)]
        )
        self.relu = nn.ReLU()
        self.gradients = []
        for layer in self.layers:  # ④
            initialize(layer)

    def forward(self, x):
        self.outputs = []
        for layer in self.layers:
            z = layer(x)
            z.register_hook(self.keep)  # ⑤
            self.outputs.append(z)
            x = self.relu(z)  # ①
        return x

    def keep(self, gradient):
        # {first_comes_last}
        size = gradient.double().norm().item()
        self.gradients.insert(0, size)  # ⑤


def wrong(layer):
    nn.init.normal_(layer.weight, mean=1.5, std=0.1)  # ②
    nn.init.zeros_(layer.bias)


def run(width, initialize):
    # {together}
    torch.manual_seed(42)
    network = DeepReLUNetwork(20, width, initialize)
    network(torch.ones(1, width)).sum().backward()
    return network


def report(initialize):
    print("width   layer 1  layer 20")
    for width in (1, 16):
        gradients = run(width, initialize).gradients
        first, last = gradients[0], gradients[-1]
        print(f"{{width:5d}}  {{first:8.3g}}  {{last:8.3g}}")


network = run(width=1, initialize=wrong)
print("layer  weight  pre-activation   gradient")
for i, layer in enumerate(network.layers):
    w = layer.weight.item()
    z = network.outputs[i].item()
    g = network.gradients[i]
    print(f"{{i + 1:5d}}  {{w:.4f}}  {{z:14.4f}}  {{g:9.4f}}")
"""
BEFORE = """\
def wrong(layer):
    nn.init.normal_(
        layer.weight,
        mean=1.5,
        std=0.1,
    )
    nn.init.zeros_(layer.bias)


report(wrong)
"""
AFTER = """\
def right(layer):
    nn.init.kaiming_normal_(  # ③
        layer.weight,
        mode="fan_in",
        nonlinearity="relu",
    )
    nn.init.constant_(layer.bias, 0.01)


report(right)
"""


@dataclass(frozen=True)
class Result:
    """Outputs of the programs.

    Attributes:
        table: the program on the page.
        before: what is pasted after it, with the wrong initialization.
        after: the same with the right one.
        network: the laboratory's own measurement of the same network.

    """

    table: str
    before: str
    after: str
    network: explosion.Result


def program(language: Language) -> str:
    """The program as the page of one language has it."""
    return PROGRAM.format(first_comes_last=FIRST_COMES_LAST(language), together=TOGETHER(language))


def printed(code: str) -> str:
    """The output of code in a bare Python, which knows torch and nothing of this project.

    Raises `CalledProcessError` where the code fails.
    """
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def compute() -> Result:
    """Run the program, and then each of the two pieces after it."""
    code = program("en")
    table = printed(code)
    before, after = (printed(f"{code}\n\n{piece}").removeprefix(table) for piece in (BEFORE, AFTER))
    return Result(table, before, after, measured(explosion, CONFIG))


def blocks(_: Result, language: Language) -> dict[str, str]:
    """The programs, to be read and copied."""
    return {
        name: f"```python\n{code}```\n"
        for name, code in (("program", program(language)), ("before", BEFORE), ("after", AFTER))
    }


def listings(result: Result, _: Language) -> dict[str, str]:
    """The output of each program."""
    return {"table": result.table, "before": result.before, "after": result.after}


def _rows(result: Result) -> list[list[str]]:
    return [line.split() for line in result.table.splitlines()[1:]]


def _reported(text: str) -> list[list[float]]:
    """Width, first and last gradient of each network."""
    return [[float(number) for number in line.split()] for line in text.splitlines()[1:]]


def numbers(result: Result) -> dict[str, Number]:
    (_, wide_before), (narrow_after, wide_after) = _reported(result.before), _reported(result.after)
    return {
        "layers": Number(len(_rows(result)), "d"),
        "wide": Number(int(wide_after[0]), "d"),
        "wide_before": Number(wide_before[1], ".1e"),
        "narrow_after": Number(narrow_after[1], "g"),
        "wide_after": Number(wide_after[1], ".3g"),
        "wide_after_last": Number(wide_after[2], ".3g"),
    }


def checks(result: Result) -> dict[str, Check]:
    expected = [
        [str(layer.layer), *(f"{one:.4f}" for one in (layer.weight, layer.pre_activation, layer.gradient_z))]
        for layer in result.network.layers
    ]
    agreeing = sum(row == ours for row, ours in zip(_rows(result), expected, strict=True))
    (narrow, wide), (_, wide_before) = _reported(result.after), _reported(result.before)
    before = Number(wide_before[1] / wide_before[2], ".1e")
    return {
        "same": Check(
            sentence=Text(
                zh="页面上的程序印出的每一行，都与本站实验室的测量逐位相同（实测值是相同的行数）",
                en="Every line that the program on the page prints equals the laboratory's measurement digit by digit "
                "(measured: how many do)",
            ),
            measured=Number(agreeing, "d"),
            relation="=",
            predicted=Number(CONFIG.num_layers, "d"),
            because=Text(zh="同样的随机数，按四位小数比较", en="the same random numbers, compared to four decimals"),
            source="∂y/∂z_l",
        ),
        "narrow": Check(
            sentence=Text(
                zh="换上 He 初始化，宽度为 1 的网络收不到梯度",
                en="With He initialization the network of width 1 gets no gradient",
            ),
            measured=Number(narrow[1], "g"),
            relation="=",
            predicted=Number(0, "g"),
            because=Text(zh="乘以 0，逐位相同", en="multiplied by 0, bit for bit"),
            source="ReLU′(z) = 0, z < 0",
        ),
        "wide": Check(
            sentence=Text(
                zh="换上 He 初始化，宽的网络不再爆炸：第一层与最后一层的梯度之比",
                en="With He initialization the wide network no longer explodes: first gradient over last",
            ),
            measured=Number(wide[1] / wide[2], ".3g"),
            relation="<",
            predicted=Number(10, "g"),
            because=Text(
                zh=f"本站把 10 倍以内视为无碍；修复之前是 {before}",
                en=f"a factor of 10 is what this site takes as harmless; it was {before} before",
            ),
            source="He et al. 2015, arXiv:1502.01852",
        ),
    }
