"""Networks with a fault planted on purpose: what was broken in them, in words."""

import re

from figures_src.model.language import Localize, Text

FAULTS = {
    "detached": Text(zh="忘记删掉的 `detach()`", en="a forgotten `detach()`"),
    "zero read-out": Text(zh="输出层的权重全为 0", en="a read-out whose weights are 0"),
    "loss times 0": Text(zh="损失乘以 0", en="a loss times 0"),
    "dead": Text(zh="死掉的一层", en="a dead layer"),
    "weights divided by 3": Text(zh="权重除以 3", en="weights divided by 3"),
    "sigmoid for the activation": Text(zh="激活函数换成 sigmoid", en="the sigmoid for the activation"),
    "weights times 3": Text(zh="权重放大到 3 倍", en="weights times 3"),
    "times 100": Text(zh="某一层的权重放大到 100 倍", en="one layer's weights times 100"),
    "no normalization": Text(zh="归一化全部去掉", en="no normalization"),
    "infinite weight": Text(zh="一个无穷大的权重", en="an infinite weight"),
    "overflow in half precision": Text(zh="半精度下上溢", en="an overflow in half precision"),
}
"""Faults that were planted, by the name that the records have for them."""
AND = Text(zh="，", en=", ")
BROKEN = Text(zh="{network}：{faults}", en="{network}: {faults}")
PLACES = Text(zh="（{}）", en=" ({})")
_FAULT = "|".join(map(re.escape, FAULTS))
_NAME = re.compile(rf"(?P<network>.+): (?P<faults>(?:{_FAULT})(?: \+ (?:{_FAULT}))*)(?: in (?P<places>.+))?")


def told(name: str, text: Localize, network: str = "{}") -> str:
    """The name that a record has for a network, with its fault in words; the network itself as the pattern has it."""
    broken = _NAME.fullmatch(name)
    if broken is None:
        return network.format(name)
    faults = text(AND).join(text(FAULTS[fault]) for fault in broken["faults"].split(" + "))
    places = text(PLACES).format(broken["places"]) if broken["places"] else ""
    return text(BROKEN).format(network=network.format(broken["network"]), faults=faults + places)
