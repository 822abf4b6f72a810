"""Every sentence of the program, in both languages."""

from __future__ import annotations

from gradlab.language import Text

# Help

HELP = Text(
    en="Measure vanishing and exploding gradients: in your own network, or in the laboratory's experiments.",
    zh="测量梯度消失与梯度爆炸：在你自己的网络里，或在实验室的各个实验里。",
)
EPILOG = Text(
    en="Exit codes: 0 healthy or done, 1 something was found, 2 wrong use. `gradlab COMMAND --help` has examples.",
    zh="退出码：0 正常或完成，1 发现问题，2 用法有误。`gradlab COMMAND --help` 有示例。",
)
HELP_DEMO = Text(
    en="Diagnose the article's network: 20 ReLU layers of width 1, whose gradient explodes.",
    zh="诊断原文的网络：20 层宽度为 1 的 ReLU，梯度爆炸。",
)
HELP_DIAGNOSE = Text(
    en="Run training steps of your model under the probe: what every layer does to the signal and to the gradient, "
    "what theory expects, a verdict, and what helps.",
    zh="在探针下运行模型的训练步：每层对信号和梯度做了什么，理论怎么说，诊断结论，以及有用的办法。",
)
EXAMPLES_DIAGNOSE = Text(
    en="Examples:\n\n"
    "gradlab diagnose mypackage.models:make_model --input 32x3x32x32\n\n"
    "gradlab diagnose model.py:Net --input 64x10 --loss model.py:loss --output report.html\n\n"
    "gradlab diagnose model.py:language_model --input 8x128 --input-type int --high 50257\n\n"
    "Exit codes: 0 healthy or not enough to say, 1 something was found, 2 wrong use.",
    zh="示例：\n\n"
    "gradlab diagnose mypackage.models:make_model --input 32x3x32x32\n\n"
    "gradlab diagnose model.py:Net --input 64x10 --loss model.py:loss --output report.html\n\n"
    "gradlab diagnose model.py:language_model --input 8x128 --input-type int --high 50257\n\n"
    "退出码：0 正常或证据不足，1 发现问题，2 用法有误。",
)
HELP_EXPERIMENT = Text(
    en="Run an experiment of the laboratory with settings of your own; print or save its tables, draw its figure.",
    zh="用自己的设置运行实验室的一个实验；打印或保存它的表，画出它的图。",
)
EXAMPLES_EXPERIMENT = Text(
    en="Examples:\n\n"
    "gradlab experiment sigma-map --activation tanh --sigma-w 1.0,2.0\n\n"
    "gradlab experiment repair --networks 200 --output repair.csv --figure repair.svg\n\n"
    "gradlab experiment sigma-map --help   (its settings and their defaults)",
    zh="示例：\n\n"
    "gradlab experiment sigma-map --activation tanh --sigma-w 1.0,2.0\n\n"
    "gradlab experiment repair --networks 200 --output repair.csv --figure repair.svg\n\n"
    "gradlab experiment sigma-map --help   （它的设置和默认值）",
)
HELP_LANG = Text(
    en="Language; else from LC_ALL, LC_MESSAGES or LANG.", zh="语言；默认取自 LC_ALL、LC_MESSAGES 或 LANG。"
)
HELP_TARGET = Text(
    en="package.module:make_model or file.py:make_model: a function or class without arguments, or a model itself.",
    zh="package.module:make_model 或 file.py:make_model：无参数的函数或类，或者模型本身。",
)
HELP_INPUT = Text(
    en="Shape of a random input, the batch first; once for each argument of the model. Or module:function that "
    "returns your own batch: a tensor, a tuple or a dict.",
    zh="随机输入的形状，批在最前；模型有几个参数就写几次。也可以写 module:function，"
    "由它返回自己的一批数据：张量、元组或字典。",
)
HELP_TYPE = Text(
    en="Normally distributed numbers or random integers; auto takes integers if the first layer is an embedding. "
    "Once for all inputs, or once for each.",
    zh="正态分布的数，或随机整数；auto 在第一层是嵌入层时取整数。所有输入写一次，或每个输入各写一次。",
)
HELP_HIGH = Text(
    en="Random integers lie below it; else from the first embedding.", zh="随机整数小于此数；默认取自第一个嵌入层。"
)
HELP_LOSS = Text(
    en="A function of the model's output that returns a scalar; else half the mean squared distance from random "
    "targets.",
    zh="以模型输出为参数、返回标量的函数；默认是到随机目标的均方距离的一半。",
)
HELP_SEED = Text(en="Of weights, inputs and targets.", zh="权重、输入和目标的随机种子。")
HELP_EVAL = Text(en="Evaluation mode instead of training mode.", zh="用评估模式，而不是训练模式。")
HELP_STEPS = Text(
    en="Training steps on the same batch with plain gradient descent; the last is reported.",
    zh="在同一批数据上用普通梯度下降训练的步数；报告最后一步。",
)
HELP_RATE = Text(en="Learning rate of these steps.", zh="这些训练步的学习率。")
HELP_TREAT = Text(
    en="Try remedies on copies of the model, and compare before and after.",
    zh="在模型的副本上试用各种办法，并对比前后。",
)
HELP_REPORT = Text(
    en="Write the report: .html (one file, with the figure), .md, .json or .csv. May be given several times.",
    zh="写出报告：.html（单个文件，含图）、.md、.json 或 .csv。可以给出多次。",
)
HELP_TABLES = Text(en="Save instead of printing: .csv, .json or .md.", zh="保存而不打印：.csv、.json 或 .md。")
HELP_FIGURE = Text(en="Draw a figure: .svg, .png or .pdf.", zh="画图：.svg、.png 或 .pdf。")
HELP_HELP = Text(en="Show this help.", zh="显示本帮助。")
HELP_INSTALL = Text(en="Install completion for this shell.", zh="为当前 shell 安装命令补全。")
HELP_SHOW = Text(en="Show the completion script of this shell.", zh="显示当前 shell 的补全脚本。")
ARGUMENTS = Text(en="Arguments", zh="参数")
OPTIONS = Text(en="Options", zh="选项")
COMMANDS = Text(en="Commands", zh="命令")
SETTINGS = Text(en="Settings", zh="设置")
DEFAULT = Text(en="[default: {}]", zh="[默认：{}]")
REQUIRED = Text(en="[required]", zh="[必需]")
ONLY_PYTHON = Text(en="Only from Python: {names}.", zh="只能在 Python 中设置：{names}。")

# The run

SETUP = Text(
    en="Input {input}; {mode}; loss: {loss}, {value}; seed {seed}.",
    zh="输入 {input}；{mode}；损失：{loss}，值为 {value}；随机种子 {seed}。",
)
TRAINING = Text(en="training mode", zh="训练模式")
EVALUATION = Text(en="evaluation mode", zh="评估模式")
RANDOM_TARGETS = Text(en="half the mean squared distance from random targets", zh="到随机目标的均方距离的一半")
OUTPUT = Text(en="the model's output", zh="模型的输出")
DEMO = Text(en="The article's network", zh="原文的网络")
DEMO_SETUP = Text(
    en="20 layers of ReLU with one unit each, weights N(1.5, 0.1²), input 1; the loss is the output.",
    zh="20 层 ReLU，每层一个单元，权重 N(1.5, 0.1²)，输入 1；损失就是输出。",
)
DEMO_NEXT = Text(
    en="Next, your own: gradlab diagnose package.module:make_model --input 32x3x32x32",
    zh="接下来诊断你自己的网络：gradlab diagnose package.module:make_model --input 32x3x32x32",
)
WRITTEN = Text(en="Written: {file}", zh="已写入：{file}")
NO_ROOM = Text(
    en="Left out for lack of room: {columns}. A wider window or --output FILE.csv shows all.",
    zh="窗口太窄，略去：{columns}。加宽窗口，或用 --output FILE.csv 查看全部。",
)
LONG = Text(en="… {count} more rows; --output writes all of them.", zh="…… 另有 {count} 行；--output 会写出全部。")
FIGURE = Text(en="Norm of the gradient, layer by layer, measured and predicted", zh="各层梯度的范数：实测值与预测值")
NO_FIGURE = Text(
    en="The report has no figure: matplotlib is not installed; run: pip install matplotlib",
    zh="报告没有图：没有安装 matplotlib；请运行：pip install matplotlib",
)

# Errors

NO_COMMAND = Text(
    en="no command {name!r}{nearest}; there are: {names}", zh="没有命令 {name!r}{nearest}；可用的有：{names}"
)
NO_OPTION = Text(en="no option {option}{nearest}; --help lists them", zh="没有选项 {option}{nearest}；--help 列出全部")
MISSING = Text(en="{name} is missing; --help shows examples", zh="缺少 {name}；--help 有示例")
BAD_PARAMETER = Text(en="{name}: {error}", zh="{name}：{error}")
TOO_SMALL = Text(
    en="{name}: found {found}, allowed: a number of at least {least}",
    zh="{name}：得到 {found}，允许：不小于 {least} 的数",
)
NUMBERS = {"int_parsing": Text(en="an integer", zh="整数"), "float_parsing": Text(en="a number", zh="数")}
NO_LANGUAGE = Text(en="--lang: found {found!r}, allowed: {allowed}", zh="--lang：得到 {found!r}，允许：{allowed}")
NO_COLON = Text(
    en="{option}: found {found!r}, allowed: package.module:name or file.py:name",
    zh="{option}：得到 {found!r}，允许：package.module:名字 或 file.py:名字",
)
NO_MODULE = Text(en="no module {module!r}{nearest}", zh="没有模块 {module!r}{nearest}")
NO_FILE = Text(en="no file {file!r}{nearest}", zh="没有文件 {file!r}{nearest}")
NO_ATTRIBUTE = Text(
    en="{module!r} has no attribute {attribute!r}{nearest}", zh="{module!r} 没有属性 {attribute!r}{nearest}"
)
FAILED = Text(en="{what} failed: {kind}: {error}{place}{hint}", zh="{what} 出错：{kind}: {error}{place}{hint}")
EXPERIMENT_FAILED = Text(
    en="{name} cannot be run with these settings: {kind}: {error}",
    zh="{name} 无法按这些设置运行：{kind}: {error}",
)
NO_VALUES = Text(
    en="{what} is on the meta device, and so has shapes but no values; make it on the CPU",
    zh="{what} 在 meta 设备上，只有形状、没有数值；请在 CPU 上创建它",
)
OUTPUT_CLOSED = Text(en="standard output is closed", zh="标准输出是关闭的")
OUTPUT_FAILED = Text(en="standard output: {error}", zh="标准输出：{error}")
OWN_FAULT = Text(
    en="this is a fault of gradlab itself, and not yours: {kind}: {error} [{place}]",
    zh="这是 gradlab 自己的错误，不是你的：{kind}: {error} [{place}]",
)
TRY_MAIN = Text(
    en='; it is imported here and gets no arguments: put what parses them under `if __name__ == "__main__":`',
    zh='；这里只是导入它，没有参数：请把解析参数的代码放到 `if __name__ == "__main__":` 之下',
)
MODEL_WANTS = Text(
    en="{what} wants {wanted}; write a function without arguments that gives the model, such as "
    "`def make_model(): return {name}(…)`, and name that",
    zh="{what} 需要 {wanted}；请写一个无参数、返回模型的函数，例如 `def make_model(): return {name}(…)`，"
    "再给出它的名字",
)
TRAINED = Text(
    en=" It was trained as its module was imported ({count} steps of an optimizer), so this is no network before "
    "training.",
    zh="导入模块时它已经训练过（优化器更新了 {count} 步），所以这不是训练之前的网络。",
)
TRY_BATCH = Text(
    en="; {layer} takes {wanted} dimensions, the batch first: try --input {shape}",
    zh="；{layer} 需要 {wanted} 维的输入，批在最前：请试 --input {shape}",
)
OWN_LOSS = Text(en="the model's own", zh="模型自己的损失")
FORWARD = Text(
    en="the model failed in {layer}{got}: {kind}: {error}{place}; its input was {input}{hint}",
    zh="模型在 {layer} 出错{got}：{kind}: {error}{place}；输入是 {input}{hint}",
)
GOT = Text(en=", which got", zh="，该层得到")
NOT_A_MODEL = Text(
    en="{what}: found {found}, allowed: a torch.nn.Module, or a function or class without arguments that gives one",
    zh="{what}：得到 {found}，允许：torch.nn.Module，或者给出它的无参数函数或类",
)
NOT_CALLABLE = Text(en="{what}: found {found}, allowed: a function", zh="{what}：得到 {found}，允许：函数")
LOSS_WANTS_MORE = Text(
    en="{what} wants {wanted}, but is given the model's output alone; write a function of it that knows the rest",
    zh="{what} 需要 {wanted}，但只会得到模型的输出；请写一个只以输出为参数、自带其余数据的函数",
)
LOSS_NO_SCALAR = Text(
    en="{what}: returned {found}, allowed: a tensor with one element, such as loss.mean()",
    zh="{what}：返回 {found}，允许：只有一个元素的张量，例如 loss.mean()",
)
NO_GRADIENT = Text(
    en="{what} has no gradient: nothing in it depends on a trainable parameter; look for detach() and no_grad()",
    zh="{what} 没有梯度：它不依赖任何可训练的参数；请查找 detach() 和 no_grad()",
)
NO_TENSOR = Text(
    en="{what}: returned {found}, allowed: a tensor, a tuple of arguments or a dict of named ones",
    zh="{what}：返回 {found}，允许：张量、参数元组，或具名参数的字典",
)
ONE_BATCH = Text(
    en="--input: {found} gives the whole batch, so it is the only --input",
    zh="--input：{found} 给出整批数据，因此只能有这一个 --input",
)
BAD_SHAPE = Text(
    en="--input: found {found!r}, allowed: positive integers with x between them, the batch first, such as 32x3x32x32",
    zh="--input：得到 {found!r}，允许：用 x 隔开的正整数，批在最前，例如 32x3x32x32",
)
TOO_LARGE = Text(
    en="--input: found {found}, which cannot be made here: {error}",
    zh="--input：得到 {found}，这里造不出来：{error}",
)
BAD_TYPE = Text(
    en="--input-type: found {found!r}, allowed: {allowed}", zh="--input-type：得到 {found!r}，允许：{allowed}"
)
TYPES_AND_INPUTS = Text(
    en="--input-type: found {types} for {inputs} inputs, allowed: one for all, or one for each",
    zh="--input-type：{inputs} 个输入得到 {types} 个类型，允许：一个通用，或每个输入一个",
)
NO_HIGH = Text(
    en="--high is missing: random integers lie below it, and the model's first layer is no embedding that tells it",
    zh="缺少 --high：随机整数要小于它，而模型的第一层不是嵌入层，无从得知",
)
TRY_HIGH = Text(
    en="; an index is too large: give --high, the number of indices", zh="；索引太大：请用 --high 给出索引的个数"
)
TRY_INTEGERS = Text(
    en="; an embedding takes integers: add --input-type int", zh="；嵌入层需要整数：请加 --input-type int"
)
TRY_TYPE = Text(en="; --input-type says of which type the input is", zh="；输入的类型用 --input-type 指定")
BAD_ENDING = Text(en="{file}: allowed endings: {allowed}", zh="{file}：允许的扩展名：{allowed}")
NO_FOLDER = Text(en="no folder {file!r}", zh="没有文件夹 {file!r}")
NOT_WRITTEN = Text(en="{file} was not written: {error}", zh="{file} 没有写入：{error}")
NO_EXPERIMENT = Text(
    en="no experiment {name!r}{nearest}; there are: {names}", zh="没有实验 {name!r}{nearest}；可用的有：{names}"
)
BAD_VALUE = Text(en="{option}: found {found!r}, allowed: {allowed}", zh="{option}：得到 {found!r}，允许：{allowed}")
NO_MATPLOTLIB = Text(
    en="a figure needs matplotlib; run: pip install matplotlib",
    zh="画图需要 matplotlib；请运行：pip install matplotlib",
)
NOTHING_TO_DRAW = Text(
    en="there is nothing to draw: the result has no column of numbers to draw others against",
    zh="没有可画的内容：结果中没有可作横轴的数列",
)
