"""Two slips in the article's code, run: a name that does not exist yet, and a list that is never emptied."""

from figures_src.cache.results import measured
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text
from gradlab.experiments.article import source_code

TITLE = Text(zh="原文代码里的两处疏忽", en="Two slips in the article's code")
PASSES = Text(zh="反向传播<wbr>次数", en="Backward passes")
ENTRIES = Text(zh="列表里的<wbr>梯度个数", en="Gradients in the list")
AGREEING = Text(zh="位置与层号<wbr>相符的个数", en="Of these, at their layer's place")
EXACT = Text(zh="逐位比较", en="compared bit for bit")
COUNTED = Text(zh="数出来的", en="counted")


def compute() -> source_code.Result:
    """Construct the network, and record its gradients twice."""
    return measured(source_code, source_code.Config())


def table(result: source_code.Result, text: Localize) -> Table:
    """List the passes."""
    rows = tuple(
        (index, entries, agreeing)
        for index, (entries, agreeing) in enumerate(zip(result.entries, result.agreeing, strict=True), start=1)
    )
    return Table(tuple(map(text, (PASSES, ENTRIES, AGREEING))), rows)


def numbers(result: source_code.Result) -> dict[str, Number]:
    return {
        "layers": Number(result.config.num_layers, "d"),
        "entries_1": Number(result.entries[0], "d"),
        "entries_2": Number(result.entries[1], "d"),
    }


def checks(result: source_code.Result) -> dict[str, Check]:
    layers = result.config.num_layers
    return {
        "name_error": Check(
            sentence=Text(
                zh="构造函数里的循环写成 model.layers，没有 model 时报 NameError（实测值是报错的次数）",
                en="A constructor that loops over model.layers raises a NameError where there is no model "
                "(measured: how often)",
            ),
            measured=Number(int(result.error == "NameError"), "d"),
            relation="=",
            predicted=Number(1, "d"),
            because=COUNTED,
            source="NameError",
        ),
        "other_model": Check(
            sentence=Text(
                zh="有一个旧的 model 时，同一个循环走过的是旧网络的层（实测值是走过的自己的层数）",
                en="Where an old model exists the same loop walks over the old network's layers "
                "(measured: how many of its own)",
            ),
            measured=Number(result.seen.count("own"), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=COUNTED,
            source="model ≠ self",
        ),
        "order": Check(
            sentence=Text(
                zh="一次反向传播之后，insert(0, …) 得到的次序就是层的次序（实测值是位置正确的梯度个数）",
                en="After one backward pass insert(0, …) has put the gradients in the order of the layers "
                "(measured: how many are in place)",
            ),
            measured=Number(result.agreeing[0], "d"),
            relation="=",
            predicted=Number(layers, "d"),
            because=EXACT,
            source="∂y/∂z_l",
        ),
        "never_emptied": Check(
            sentence=Text(
                zh="第二次反向传播之后，列表里的梯度比层数多：它从不清空",
                en="After a second backward pass the list has more gradients than the network has layers: "
                "nothing empties it",
            ),
            measured=Number(result.entries[1], "d"),
            relation=">",
            predicted=Number(layers, "d"),
            because=COUNTED,
            source="insert(0, …)",
        ),
    }
