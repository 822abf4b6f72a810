"""Reports of what does not move, and of calls that let nothing through."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from tests.reports import data
from tests.reports.case import Case, Training, plain


class DepthNet(nn.Module):
    """A convolutional encoder and decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.upconv = nn.ConvTranspose2d(32, 16, 4, stride=4)
        self.predict = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Predict a disparity."""
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        return self.predict(functional.relu(self.upconv(x)))


def scheduler_in_place_of_the_optimizer(faulty: bool) -> Training:
    """Written as ``if scheduler: scheduler.step(); else: optimizer.step()``."""
    pictures, disparity = data.masks(32)
    model = DepthNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=50)

    def step() -> None:
        loss = functional.l1_loss(model(pictures), disparity)
        optimizer.zero_grad()
        loss.backward()
        if not faulty:
            optimizer.step()
        scheduler.step()

    return Training(model, optimizer, step)


class QuantConv2d(nn.Conv2d):
    """A convolution whose weights are rounded to some bits; the gradient passes the rounding."""

    def forward(self, x: Tensor) -> Tensor:
        """Convolve with rounded weights."""
        scale = self.weight.detach().abs().max() / 7
        rounded = self.weight + ((self.weight / scale).round() * scale - self.weight).detach()
        return functional.conv2d(x, rounded, self.bias, self.stride, self.padding)


def _quantized(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d):
            new = QuantConv2d(child.in_channels, child.out_channels, 3, padding=1, bias=False)
            setattr(module, name, new)
        else:
            _quantized(child)


def optimizer_before_the_convolutions_are_replaced(faulty: bool) -> Training:
    """A small ResNet-like network whose convolutions are replaced by quantized ones."""
    x, y = data.images(64, 4, channels=3)
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        nn.Sequential(nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(256, 4),
    )
    early = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    _quantized(model)
    late = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    criterion = nn.CrossEntropyLoss()
    return plain(model, early if faulty else late, lambda: criterion(model(x), y))


class TextCNN(nn.Module):
    """Convolutions of three widths over word vectors, and their largest outputs."""

    def __init__(self, in_a_list: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        convs = [nn.Conv1d(16, 8, width) for width in (3, 4, 5)]
        self.conv1d = convs if in_a_list else nn.ModuleList(convs)
        self.fc = nn.Linear(24, 2)

    def forward(self, words: Tensor) -> Tensor:
        """Classify sentences."""
        x = self.embedding(words).transpose(1, 2)
        return self.fc(torch.cat([functional.relu(conv(x)).max(2).values for conv in self.conv1d], 1))


def convolutions_in_a_list(faulty: bool) -> Training:
    """``self.conv1d = [Conv1d, Conv1d, Conv1d]``."""
    words, labels = data.sentences(64)
    model = TextCNN(faulty)
    return plain(
        model, torch.optim.Adam(model.parameters(), lr=0.005), lambda: functional.cross_entropy(model(words), labels)
    )


class Tagger(nn.Module):
    """A bidirectional LSTM with a layer for tags."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeds = nn.Embedding(50, 16)
        self.lstm = nn.LSTM(16, 16, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(32, 3)

    def forward(self, words: Tensor) -> Tensor:
        """Score the tags of every word."""
        return self.fc(self.lstm(self.word_embeds(words))[0])


def group_of_parameters_not_appended(faulty: bool) -> Training:
    """Rates by part of the network; the last part's group is made and not appended."""
    words, _ = data.sentences(32)
    tags = words % 3
    model = Tagger()
    parameters: list[dict[str, object]] = []
    params: dict[str, object] = {"lr": 3e-3, "weight_decay": 1e-2}
    params["params"] = [p for name, p in model.named_parameters() if "lstm" in name or "embed" in name]
    parameters.append(params)
    params = {"lr": 5e-2, "weight_decay": 1e-2}
    params["params"] = [p for name, p in model.named_parameters() if name.startswith("fc")]
    if not faulty:
        parameters.append(params)
    optimizer = torch.optim.AdamW(parameters)
    return plain(model, optimizer, lambda: functional.cross_entropy(model(words).view(-1, 3), tags.view(-1)))


def no_zero_grad_in_the_first_example(faulty: bool) -> Training:
    """A single layer, two samples; the loss falls, then rises again."""
    x = torch.tensor([[0.1, 0.2, 0.4, 0.3], [0.2, 0.1, 0.1, 0.3]])
    y = torch.tensor([[1.0, 0.5], [0.7, 0.3]])
    model = nn.Linear(4, 2, bias=True)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)

    def step() -> None:
        if not faulty:
            opt.zero_grad()
        loss = functional.mse_loss(model(x), y)
        loss.backward()
        opt.step()

    return Training(model, opt, step)


class VisionTower(nn.Module):
    """A small vision transformer's beginning: patches and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 32, 4, stride=4)
        self.block = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)

    def forward(self, pictures: Tensor) -> Tensor:
        """Tokens of the picture."""
        return self.block(self.patches(pictures).flatten(2).transpose(1, 2))


class FixedTower(VisionTower):
    """The same, with a decorator that was forgotten."""

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Tokens of the picture."""
        return super().forward(pictures)


class Llava(nn.Module):
    """A tower, a connector, and a decoder of one word."""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.vision_tower = tower
        self.connector = nn.Sequential(nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 32))
        self.head = nn.Linear(32, 4)

    def forward(self, pictures: Tensor) -> Tensor:
        """Score the words."""
        return self.head(self.connector(self.vision_tower(pictures)).mean(1))


def no_grad_on_the_vision_tower(faulty: bool) -> Training:
    """The tower is to be tuned, and its forward is decorated with ``torch.no_grad``."""
    x, y = data.images(64, 4)
    model = Llava(FixedTower() if faulty else VisionTower())
    return plain(model, torch.optim.AdamW(model.parameters(), lr=1e-3), lambda: functional.cross_entropy(model(x), y))


class ArcMargin(nn.Module):
    """Cosines to the classes' directions, the own class's angle widened."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, features))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, feature: Tensor, label: Tensor) -> Tensor:
        """Scaled logits."""
        cosine = functional.linear(functional.normalize(feature), functional.normalize(self.weight))
        return 16 * (cosine - 0.2 * functional.one_hot(label, cosine.shape[1]))


class Face(nn.Module):
    """A convolutional network and a margin; what lies between is optionally taken out of the graph."""

    def __init__(self, through_numbers: bool) -> None:
        super().__init__()
        self.through_numbers = through_numbers
        self.body = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.PReLU(), nn.Flatten(), nn.Linear(200, 16))
        self.margin = ArcMargin(16, 4)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Logits."""
        return self.margin(self.body(x), label)


def loss_made_to_require_a_gradient(faulty: bool) -> Training:
    """``element 0 of tensors does not require grad`` is silenced by ``loss.requires_grad = True``."""
    x, y = data.images(64, 4)
    model = Face(faulty)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=5e-4)

    def step() -> None:
        output = model(x, y)
        if faulty:
            output = torch.from_numpy(output.detach().cpu().numpy())
        loss = functional.cross_entropy(output, y)
        if faulty:
            loss.requires_grad = True
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return Training(model, optimizer, step)


def threshold_in_the_dice_loss(faulty: bool) -> Training:
    """The picture is thresholded, and the result made to require a gradient."""
    x, mask = data.masks(16)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 1)
    )

    def _threshold(pr: Tensor) -> Tensor:
        return (pr > 0.5).type(pr.dtype).clone().detach().requires_grad_(True) if faulty else pr

    def dice() -> Tensor:
        pr = _threshold(torch.sigmoid(model(x)))
        tp = (mask * pr).sum()
        return 1 - (2 * tp + 1) / (mask.sum() + pr.sum() + 1)

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.003), dice)


def direction_by_the_sign(faulty: bool) -> Training:
    """The share of genes whose change goes the right way, by ``torch.sign``."""
    control = torch.randn(64, 10)
    change = torch.randn(10, 10)
    perturbation = torch.randn(64, 10)
    y = control + perturbation @ change
    model = nn.Sequential(nn.Linear(20, 64), nn.LeakyReLU(), nn.Linear(64, 10))
    direction = torch.sign if faulty else torch.tanh

    def loss() -> Tensor:
        pred = control + model(torch.cat([control, perturbation], 1))
        return ((direction(y - control) - direction(pred - control)) ** 2).sum() / pred.numel()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.003), loss)


def instance_normalization_of_one_element(faulty: bool) -> Training:
    """Pictures are reduced to one by one, and each is normalized by itself."""
    x, y = data.images(64, 4)
    norm = nn.GroupNorm(16, 16) if faulty else nn.GroupNorm(2, 16)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=4),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 16, 3),
        norm,
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(16, 4),
    )
    return plain(
        model,
        torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.5, 0.999)),
        lambda: functional.cross_entropy(model(x), y),
    )


class AdfLinear(nn.Module):
    """A linear layer whose parameters are made as zeros, with or without the usual initialization."""

    def __init__(self, inputs: int, outputs: int, initialized: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        if initialized:
            nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply and add."""
        return functional.linear(x, self.weight, self.bias)


def linear_layers_of_zeros(faulty: bool) -> Training:
    """A layer of one's own without ``reset_parameters``."""
    x, y = data.images(64, 4, size=8)
    model = nn.Sequential(
        nn.Flatten(),
        AdfLinear(64, 32, not faulty),
        nn.ReLU(),
        AdfLinear(32, 32, not faulty),
        nn.ReLU(),
        AdfLinear(32, 4, not faulty),
    )
    return plain(
        model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), lambda: functional.cross_entropy(model(x), y)
    )


def softmax_over_the_only_output(faulty: bool) -> Training:
    """Exclusive or, by a network with one output and a softmax."""
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Softmax(dim=1) if faulty else nn.Sigmoid())
    return plain(
        model, torch.optim.Adam(model.parameters(), lr=0.02), lambda: functional.binary_cross_entropy(model(x), y)
    )


def _forever(loader: DataLoader[tuple[Tensor, ...]]) -> Iterator[list[Tensor]]:
    for _ in cycle((0,)):
        yield from loader


def second_stage_on_a_frozen_copy(faulty: bool) -> Training:
    """Fine-tuning after a linear probe: the encoder stays frozen, for only what requires a gradient is set to."""
    x, y = data.images(64, 4)
    encoder = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(800, 32))
    model = nn.Sequential(encoder, nn.ReLU(), nn.Linear(32, 4))
    for p in encoder.parameters():
        p.requires_grad = False
    for p in encoder.parameters():
        if p.requires_grad or not faulty:
            p.requires_grad = True
    loader = _forever(DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True))

    def loss() -> Tensor:
        inputs, labels = next(loader)
        return functional.cross_entropy(model(inputs), labels)

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), loss)


CASES = (
    Case(
        scheduler_in_place_of_the_optimizer,
        "the loss does not come down with a scheduler of the learning rate",
        "the step of the scheduler stood in place of that of the optimizer",
        ("weights unchanged",),
        address="https://github.com/ClementPinard/SfmLearner-Pytorch/issues/5",
    ),
    Case(
        optimizer_before_the_convolutions_are_replaced,
        "quantized convolutions do not learn",
        "the optimizer was made before the convolutions were replaced",
        ("not in the optimizer", "weights unchanged"),
        address="https://github.com/hustzxd/EfficientPyTorch/issues/1",
    ),
    Case(
        convolutions_in_a_list,
        "convolutions stay on the processor after `cuda()`",
        "layers in a list are no parameters of the module",
        ("weights not registered",),
        address="https://github.com/pytorch/pytorch/issues/1053",
    ),
    Case(
        group_of_parameters_not_appended,
        "the last layer is in no group of parameters",
        "the group was made and not appended",
        ("not in the optimizer",),
        address="https://github.com/zjunlp/HVPNeT/issues/5",
    ),
    Case(
        no_zero_grad_in_the_first_example,
        "the loss falls, then rises again, within ten steps",
        "gradients are not cleared",
        ("gradients not cleared",),
        address="https://github.com/IBM/aihwkit/issues/446",
    ),
    Case(
        no_grad_on_the_vision_tower,
        "the vision encoder cannot be tuned",
        "its forward is decorated with `torch.no_grad`",
        ("graph switched off",),
        address="https://github.com/TinyLLaVA/TinyLLaVA_Factory/issues/17",
    ),
    Case(
        loss_made_to_require_a_gradient,
        "the loss does not decline, and the accuracy stays at zero",
        "the loss has no graph; requiring a gradient of it only silenced the error",
        ("loss detached", "graph cut"),
        ("does not depend on the model's output",),
        address="https://github.com/ronghuaiyang/arcface-pytorch/issues/56",
    ),
    Case(
        threshold_in_the_dice_loss,
        "a Dice loss with a threshold raises an error, and does not train once it is silenced",
        "a threshold has no gradient",
        ("loss detached", "graph cut", "step function"),
        ("does not depend on the model's output",),
        address="https://github.com/qubvel-org/segmentation_models.pytorch/pull/611",
    ),
    Case(
        direction_by_the_sign,
        "the direction loss changes nothing",
        "the derivative of the sign is 0",
        ("step function",),
        address="https://github.com/snap-stanford/GEARS/issues/36",
    ),
    Case(
        instance_normalization_of_one_element,
        "activations become all zeros",
        "each group that is normalized has one element",
        ("normalization of one",),
        address="https://github.com/pytorch/pytorch/issues/19250",
    ),
    Case(
        linear_layers_of_zeros,
        "a linear layer of one's own begins with zeros",
        "its initialization was lost",
        ("zeros in a row",),
        address="https://github.com/mattiasegu/uncertainty_estimation_deep_learning/pull/7",
    ),
    Case(
        softmax_over_the_only_output,
        "exclusive or: the softmax of every output is 1",
        "a softmax over one element is always 1",
        ("softmax of one",),
        address="https://github.com/marian-nmt/marian-dev/issues/21",
    ),
    Case(
        second_stage_on_a_frozen_copy,
        "fine-tuning leaves the encoder as it is",
        "only parameters that require a gradient were set to require one",
        says=("Frozen",),
        address="https://github.com/nttcslab/byol-a/issues/7",
    ),
)
