"""Reports of outputs that the loss takes for something else, and of data that cannot be learned from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.reports import data
from tests.reports.case import Case, Training, plain


class SimpleBrokenModel(nn.Module):
    """A language model of one word, with a softmax at its end or without."""

    def __init__(self, softmax: bool) -> None:
        super().__init__()
        self.softmax = softmax
        self.embedding = nn.Embedding(20, 32)
        self.linear = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 20))

    def forward(self, idx: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and the loss."""
        a = self.linear(self.embedding(idx))
        logits = functional.softmax(a, dim=-1) if self.softmax else a
        return logits, functional.cross_entropy(logits.view(-1, 20), targets.reshape(-1))


def language_model_with_a_softmax(faulty: bool) -> Training:
    """The loss is part of the model."""
    idx, targets = data.text(16)
    model = SimpleBrokenModel(faulty)
    return plain(model, torch.optim.Adam(model.parameters(), lr=3e-3), lambda: model(idx, targets)[1])


class SmallUNet(nn.Module):
    """Two resolutions and a skip between them."""

    def __init__(self, sigmoid: bool) -> None:
        super().__init__()
        self.sigmoid = sigmoid
        self.down = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.mid = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.out = nn.Sequential(nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """A mask."""
        h = self.down(x)
        d1 = self.out(torch.cat([h, self.up(self.mid(functional.max_pool2d(h, 2)))], 1))
        return torch.sigmoid(d1) if self.sigmoid else d1


def unet_with_two_sigmoids(faulty: bool) -> Training:
    """A sigmoid in the model, and one in the loss."""
    x, mask = data.masks(16)
    net = SmallUNet(faulty)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.9)
    return plain(net, optimizer, lambda: criterion(net(x), mask))


class TransformerClassifier(nn.Module):
    """An encoder layer over words, the mean, a linear layer, and an activation."""

    def __init__(self, logs: bool) -> None:
        super().__init__()
        self.src_embed = nn.Embedding(50, 32)
        self.encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.fc = nn.Linear(32, 3)
        self.last: nn.Module = nn.LogSoftmax(dim=1) if logs else nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        return self.last(self.fc(self.encoder(self.src_embed(x)).mean(1)))


def softmax_into_nll(faulty: bool) -> Training:
    """The loss is always negative."""
    words, labels = data.sentences(64, classes=3)
    model = TransformerClassifier(not faulty)
    loss_op = nn.NLLLoss()
    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), lambda: loss_op(model(words), labels))


class PointNet(nn.Module):
    """A network shared by all points, their largest features, a classifier."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.feat = nn.Sequential(nn.Conv1d(3, 32, 1), nn.BatchNorm1d(32), nn.ReLU(), nn.Conv1d(32, 64, 1))
        self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 4)
        self.bn = nn.BatchNorm1d(32)

    def forward(self, points: Tensor) -> Tensor:
        """Log-probabilities of the classes."""
        x = self.feat(points).max(2).values
        x = self.fc2(functional.relu(self.bn(self.fc1(x))))
        return functional.log_softmax(x, dim=self.dim)


def log_softmax_over_the_batch(faulty: bool) -> Training:
    """Shapes of points, told from each other by their extents."""
    labels = torch.randint(0, 4, (32,))
    extents = torch.tensor([[1.0, 1.0, 1.0], [2.0, 0.5, 1.0], [0.5, 2.0, 1.0], [0.7, 0.7, 2.0]])
    points = torch.randn(32, 3, 40) * extents[labels][:, :, None]
    model = PointNet(0 if faulty else -1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999))
    return plain(model, optimizer, lambda: functional.nll_loss(model(points), labels))


def depth_of_another_shape(faulty: bool) -> Training:
    """A channel that the target has not."""
    pictures, mask = data.masks(8)
    depth = (0.2 + 0.6 * mask)[:, 0]
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 1, 3, padding=1),
    )
    target = depth if faulty else depth.unsqueeze(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    return plain(model, optimizer, lambda: functional.smooth_l1_loss(model(pictures), target, reduction="sum"))


def target_of_q_learning_without_a_dimension(faulty: bool) -> Training:
    """The value of the action taken has a dimension that the target has not."""
    observations, following = torch.randn(64, 4), torch.randn(64, 4)
    rewards, actions = observations[:, 0] * 2, torch.randint(0, 2, (64, 1))
    rewards = rewards + actions[:, 0] * observations[:, 1]

    def make() -> nn.Sequential:
        return nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))

    q, target_q = make(), make()
    target_q.load_state_dict(q.state_dict())

    def loss() -> Tensor:
        current = q(observations).gather(1, actions)
        next_max_q = target_q(following).detach().max(1)[0]
        target = rewards + 0.5 * next_max_q
        return functional.mse_loss(current, target if faulty else target.unsqueeze(-1))

    return plain(q, torch.optim.RMSprop(q.parameters(), lr=0.00025, alpha=0.95, eps=0.01), loss)


class ESPCN(nn.Module):
    """Super-resolution by sub-pixels, with a sigmoid at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5, padding=2)
        self.conv2 = nn.Conv2d(32, 16, 3, padding=1)
        self.conv3 = nn.Conv2d(16, 4, 3, padding=1)
        self.pixel_shuffle = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        """A picture of twice the size."""
        x = torch.tanh(self.conv1(x))
        x = torch.tanh(self.conv2(x))
        return torch.sigmoid(self.pixel_shuffle(self.conv3(x)))


def pixels_up_to_255_under_a_sigmoid(faulty: bool) -> Training:
    """Pictures are read as they lie in the file."""
    large = functional.interpolate(torch.rand(16, 1, 4, 4), size=16, mode="bilinear")
    small = functional.avg_pool2d(large, 2)
    scale = 255 if faulty else 1
    model = ESPCN()
    return plain(
        model,
        torch.optim.Adam(model.parameters(), lr=1e-2),
        lambda: functional.mse_loss(model(small * scale), large * scale),
    )


def mask_from_minus_one_to_one(faulty: bool) -> Training:
    """The augmentation normalizes the mask as well."""
    x, mask = data.masks(16)
    mask = (mask - 0.5) / 0.5 if faulty else mask
    model = SmallUNet(False)
    bce = nn.BCEWithLogitsLoss()
    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), lambda: bce(model(x), mask))


class RetentionTime(nn.Module):
    """An LSTM over a peptide, and linear layers; the last one's output is cut or not."""

    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.cut = cut
        self.embedding = nn.Embedding(22, 16)
        self.lstm = nn.LSTM(16, 32, batch_first=True)
        self.linear1, self.linear2 = nn.Linear(32, 32), nn.Linear(32, 1)

    def forward(self, peptides: Tensor) -> Tensor:
        """Predicted times."""
        h = self.lstm(self.embedding(peptides))[1][0][-1]
        out = self.linear2(functional.relu(self.linear1(h)))
        return functional.relu(out) if self.cut else out


def regression_that_ends_in_a_relu(faulty: bool) -> Training:
    """An unlucky initialization: nearly all outputs are negative before the ReLU."""
    peptides = torch.randint(0, 22, (64, 10))
    hydrophobic = torch.rand(22)
    times = hydrophobic[peptides].mean(1, keepdim=True)
    model = RetentionTime(faulty)
    with torch.no_grad():
        model.linear2.bias.fill_(-0.3)
    return plain(
        model, torch.optim.Adam(model.parameters(), lr=1e-3), lambda: functional.mse_loss(model(peptides), times)
    )


def every_sample_of_the_batch_the_same(faulty: bool) -> Training:
    """The reader gives one sample for all; the tracks to predict differ."""
    noisy = torch.rand(32, 1, 60).cumsum(2) % 2
    clean = functional.avg_pool1d(noisy, 5, stride=1, padding=2)
    if faulty:
        noisy = noisy[:1].expand(32, 1, 60).clone()
    model = nn.Sequential(
        nn.Conv1d(1, 15, 5, padding=2), nn.ReLU(), nn.Conv1d(15, 15, 5, padding=2), nn.ReLU(), nn.Conv1d(15, 1, 1)
    )
    return plain(model, torch.optim.Adam(model.parameters(), lr=2e-3), lambda: functional.mse_loss(model(noisy), clean))


def batches_in_the_order_of_the_labels(faulty: bool) -> Training:
    """The data are sorted by label, and nobody shuffles them."""
    x, y = data.images(240, 6)
    order = y.argsort() if faulty else torch.randperm(240)
    x, y = x[order], y[order]
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(200, 6))
    at = iter(range(10**6))

    def loss() -> Tensor:
        start = 20 * (next(at) % 12)
        return functional.cross_entropy(model(x[start : start + 20]), y[start : start + 20])

    return plain(model, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), loss)


class Forecaster(nn.Module):
    """A transformer's encoder over a series: values and positions in, the next value out."""

    def __init__(self) -> None:
        super().__init__()
        self.value_embedding = nn.Conv1d(1, 32, 3, padding=1, bias=False)
        self.position = nn.Parameter(0.1 * torch.randn(24, 32))
        self.encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.05, batch_first=True, activation="gelu")
        self.projection = nn.Linear(32, 1)

    def forward(self, series: Tensor) -> Tensor:
        """The next value of every position."""
        x = self.value_embedding(series[:, None]).transpose(1, 2) + self.position
        return self.projection(self.encoder(x))[..., 0]


def demand_in_tens_of_thousands(faulty: bool) -> Training:
    """Gas demand, as it is or standardized."""
    x, y = data.waves(32)
    level, spread = (12000, 3000) if faulty else (0, 1)
    model = Forecaster()
    return plain(
        model,
        torch.optim.Adam(model.parameters(), lr=1e-3),
        lambda: functional.mse_loss(model(level + spread * x), level + spread * y),
    )


def survival_with_raw_features(faulty: bool) -> Training:
    """A Cox model of age in days, counts of cells and the year: NaN in a few steps."""
    days = 365 * (30 + 50 * torch.rand(128))
    raw = torch.stack([days, 5000 + 3000 * torch.rand(128), 1980 + 30 * torch.rand(128), torch.rand(128)], 1)
    standard = (raw - raw.mean(0)) / raw.std(0)
    time = torch.rand(128) * torch.exp(-standard[:, 0])
    event = (torch.rand(128) < 0.7).float()
    order = time.argsort(descending=True)
    x, event = (raw if faulty else standard)[order], event[order]
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))

    def cox() -> Tensor:
        risk = model(x)[:, 0]
        return -((risk - risk.exp().cumsum(0).log()) * event).sum() / event.sum()

    return plain(model, torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9, nesterov=True), cox)


CASES = (
    Case(
        language_model_with_a_softmax,
        "the loss hardly falls",
        "the softmax before `cross_entropy`, which has one of its own",
        ("normalized twice",),
        address="https://github.com/bkitano/llama-from-scratch/issues/5",
    ),
    Case(
        unet_with_two_sigmoids,
        "the loss may not decrease",
        "a sigmoid in the model, and one in the loss",
        ("normalized twice",),
        address="https://github.com/avBuffer/UNet3plus_pth/issues/23",
    ),
    Case(
        softmax_into_nll,
        "the loss is always negative",
        "`NLLLoss` wants log-probabilities",
        ("logits as probabilities",),
        address="https://github.com/AnubhavGupta3377/Text-Classification-Models-Pytorch/issues/9",
    ),
    Case(
        log_softmax_over_the_batch,
        "the log-softmax is taken over the batch",
        "its dimension is that of the classes",
        ("wrong dimension",),
        address="https://github.com/fxia22/pointnet.pytorch/issues/27",
    ),
    Case(
        depth_of_another_shape,
        "a warning of a target size that differs from the input size",
        "the target lacks the dimension of the channel",
        ("wrong shapes", "several targets"),
        address="https://github.com/jiwei0921/CoNet/issues/3",
    ),
    Case(
        target_of_q_learning_without_a_dimension,
        "sizes of target and current values do not match",
        "the target lacks a dimension",
        ("wrong shapes", "several targets"),
        address="https://github.com/hungtuchen/pytorch-dqn/issues/3",
    ),
    Case(
        pixels_up_to_255_under_a_sigmoid,
        "the output lies in [0, 1], the target in [0, 255]",
        "pictures are divided by 255",
        ("targets out of range", "targets not scaled"),
        address="https://github.com/leftthomas/ESPCN/issues/30",
    ),
    Case(
        mask_from_minus_one_to_one,
        "the loss becomes negative",
        "the mask lies in [-1, 1], for the augmentation changed it",
        ("targets out of range",),
        address="https://github.com/bigmb/Unet-Segmentation-Pytorch-Nest-of-Unets/issues/18",
    ),
    Case(
        regression_that_ends_in_a_relu,
        "the network returns 0 for all peptides",
        "the ReLU at its end",
        ("output cut", "targets out of range", "dead"),
        address="https://github.com/ProteomicsML/ProteomicsML/pull/203",
    ),
    Case(
        every_sample_of_the_batch_the_same,
        "every sample of a batch is the same",
        "the reader stored one sample for all",
        ("inputs alike",),
        address="https://github.com/NVIDIA-Genomics-Research/AtacWorks/issues/207",
    ),
    Case(
        batches_in_the_order_of_the_labels,
        "each batch is of one class",
        "data are shuffled",
        ("one target",),
        address="https://github.com/vlfeat/matconvnet/issues/393",
    ),
    Case(
        demand_in_tens_of_thousands,
        "the loss is NaN or huge with values around 10,000, and fine once they are standardized",
        "inputs and targets are standardized",
        ("inputs not scaled", "targets not scaled"),
        address="https://github.com/zhouhaoyi/Informer2020/issues/251",
    ),
    Case(
        survival_with_raw_features,
        "the loss goes to NaN",
        "features are normalized",
        ("inputs not scaled", "exponential too large"),
        address="https://github.com/jaredleekatzman/DeepSurv/issues/14",
    ),
)
