"""Families of the outside bank: how many networks of each, who made them, and how many were broken on purpose."""

from collections.abc import Callable

from figures_src.exhibits.what_a_verdict_foretells import _foretold as record
from figures_src.exhibits.what_a_verdict_foretells._foretold import Foretold, Result
from figures_src.exhibits.what_a_verdict_foretells._tables import is_sound
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="别人的网络从哪里来", en="Where the outside networks come from")
FAMILY = Text(zh="种类", en="Kind")
MADE_BY = Text(zh="由谁写成", en="Made by")
BROKEN = Text(zh="其中故意弄坏", en="Broken on purpose")
BETWEEN = Text(zh="；", en="; ")
OWN = Text(zh="照用户的写法，写在本站的代码里", en="written here, the way users write them")
ENOUGH = 150
"""Sound networks after which a rate of errors of 2 % would have shown one with 95 % probability (the rule of three)."""
FAMILIES = {
    "torchvision": Text(zh="torchvision 的图像分类网络", en="Image classifiers of torchvision"),
    "timm": Text(zh="timm 的图像分类网络", en="Image classifiers of timm"),
    "transformers": Text(
        zh="transformers 的语言、图像、语音模型", en="Models of transformers: language, images, speech"
    ),
    "MLP": Text(zh="全连接网络", en="Fully connected networks"),
    "published": Text(zh="论文里发表的窄全连接网络", en="Narrow fully connected networks from a publication"),
    "CNN": Text(zh="卷积网络", en="Convolutional networks"),
    "transformer": Text(zh="手写的 Transformer", en="Transformers written by hand"),
    "recurrent": Text(zh="LSTM 和 GRU", en="LSTM and GRU"),
    "graph": Text(zh="图神经网络", en="Graph networks"),
    "segmentation": Text(zh="图像分割网络", en="Segmentation networks"),
    "autoencoder": Text(zh="自编码器", en="Autoencoders"),
    "diffusion": Text(zh="扩散模型", en="Diffusion models"),
    "U-Net": Text(zh="手写的 U-Net", en="U-Nets written by hand"),
    "PPO": Text(zh="强化学习（PPO）的策略", en="Policies of reinforcement learning (PPO)"),
    "GAN": Text(zh="生成对抗网络", en="Generative adversarial networks"),
    "coordinates": Text(zh="以坐标为输入的网络（SIREN 等）", en="Networks of coordinates, such as SIREN"),
    "tables": Text(zh="表格数据的网络", en="Networks for tables"),
    "residual MLP": Text(zh="全连接残差网络", en="Residual fully connected networks"),
    "other": Text(zh="其他", en="Others"),
}


def of_family(name: str) -> Callable[[Foretold], bool]:
    """Whether a network is of a family."""
    return lambda one: one.family == name


def compute() -> Result:
    """Judge the recorded networks by today's rules."""
    return record.foretold()


def table(result: Result, text: Localize) -> Table:
    """List the families, the largest first."""
    rows = []
    for name in sorted(FAMILIES, key=lambda name: -result.count(of_family(name))):
        mine = result.which(of_family(name))
        libraries = dict.fromkeys(one.made_by for one in mine)
        made_by = text(BETWEEN).join(text(OWN) if library == "own" else library for library in libraries)
        rows.append((text(FAMILIES[name]), made_by, len(mine), sum(not one.is_sound for one in mine)))
    return Table(tuple(map(text, (FAMILY, MADE_BY, record.NETWORKS, BROKEN))), tuple(rows))


def numbers(result: Result) -> dict[str, Number]:
    """Counts."""
    own = result.count(lambda one: one.made_by == "own")
    return {
        "libraries": Number(len({one.made_by for one in result.networks} - {"own"}), "d"),
        "by_libraries": Number(len(result.networks) - own, "d"),
        "own": Number(own, "d"),
    }


def checks(result: Result) -> dict[str, Check]:
    """Whether the bank is large enough for what is said of it."""
    return {
        "enough": Check(
            sentence=Text(
                zh="未动手脚的网络足够多：若误判率真有百分之二，其中至少有一个被误判的概率超过 95%",
                en="There are enough sound networks: if two in a hundred were judged wrongly, at least one of these "
                "would be with a probability above 95%",
            ),
            measured=Number(result.count(is_sound), "d"),
            relation=">",
            predicted=Number(ENOUGH, "d"),
            because=record.EXACT,
            source=record.THE_RECORD,
        )
    }
