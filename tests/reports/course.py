"""Reports of rates, and of what fades along a sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.reports import data
from tests.reports.case import Case, Training, plain


class CRNN(nn.Module):
    """Convolutions and an LSTM over columns, by connectionist temporal classification."""

    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d((8, 2)))
        self.rnn = nn.LSTM(16, 32, bidirectional=True)
        self.embedding = nn.Linear(64, 11)

    def forward(self, x: Tensor) -> Tensor:
        """Scores by column."""
        return self.embedding(self.rnn(self.cnn(x)[:, :, 0].permute(2, 0, 1))[0])


def crnn_at_a_rate_of_one(faulty: bool) -> Training:
    """The default rate is 1, with RMSprop."""
    target = torch.randint(1, 11, (16, 4))
    pictures = functional.interpolate(functional.one_hot(target, 11).float().transpose(1, 2)[:, None], size=(8, 48))
    model = CRNN()

    def loss() -> Tensor:
        log_prob = model(pictures + 0.1 * torch.randn_like(pictures)).log_softmax(2)
        return functional.ctc_loss(log_prob, target, torch.full((16,), 24), torch.full((16,), 4), zero_infinity=True)

    return plain(model, torch.optim.RMSprop(model.parameters(), lr=1.0 if faulty else 5e-4), loss)


def house_numbers_at_a_rate_of_a_sixth(faulty: bool) -> Training:
    """Momentum and a rate that was meant for another batch; the loss is a sum over digits."""
    x, y = data.images(64, 5, channels=3)
    model = nn.Sequential(
        nn.Conv2d(3, 24, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(24, 32, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(288, 128), nn.ReLU(), nn.Linear(128, 25),
    )  # fmt: skip

    def loss() -> Tensor:
        digits = model(x).view(-1, 5, 5)
        return torch.stack([functional.cross_entropy(digits[:, place], (y + place) % 5) for place in range(5)]).sum()

    rate = 0.16 if faulty else 0.016
    return plain(model, torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=0.0005), loss)


def weight_decay_of_a_half(faulty: bool) -> Training:
    """Any input gives the same output."""
    x, y = data.table(64)
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    decay = 0.5 if faulty else 0.0005
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=decay)
    return plain(model, optimizer, lambda: functional.mse_loss(model(x), y))


def rate_that_a_schedule_made_zero(faulty: bool) -> Training:
    """The schedule is advanced with every batch, and not with every epoch."""
    x, y = data.images(64, 4, channels=3)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(128, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.0005)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
    at = iter(range(1, 10**6))

    def step() -> None:
        loss = functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if faulty or next(at) % 200 == 0:
            scheduler.step()

    return Training(model, optimizer, step)


class CharRNN(nn.Module):
    """Two layers of an LSTM, and the first character of the line to remember."""

    def __init__(self, remembers: bool) -> None:
        super().__init__()
        self.encoder = nn.Embedding(8, 32)
        self.rnn = nn.LSTM(32, 48, num_layers=2, batch_first=True)
        self.decoder = nn.Linear(48, 8)
        if remembers:
            for name, bias in self.rnn.named_parameters():
                if "bias_ih" in name:
                    nn.init.constant_(bias[48:96], 4.0)

    def forward(self, characters: Tensor) -> Tensor:
        """Scores of the character."""
        return self.decoder(self.rnn(self.encoder(characters))[0][:, -1])


def two_layers_of_an_lstm(faulty: bool) -> Training:
    """Nothing is learned unless the forget gates begin open."""
    model = CharRNN(not faulty)

    def loss() -> Tensor:
        characters = torch.randint(0, 8, (64, 60))
        return functional.cross_entropy(model(characters), characters[:, 0])

    return plain(model, torch.optim.RMSprop(model.parameters(), lr=2e-3), loss)


CASES = (
    Case(
        crnn_at_a_rate_of_one,
        "the loss goes to infinity after one batch, and nothing is learned in four epochs",
        "the rate is 1, and should be 0.0005",
        ("rate too high", "update not finite"),
        address="https://github.com/meijieru/crnn.pytorch/issues/29",
    ),
    Case(
        house_numbers_at_a_rate_of_a_sixth,
        "with a rate of 0.16 the loss grows to NaN",
        "a rate of 0.016",
        ("rate too high", "update not finite"),
        address="https://github.com/potterhsu/SVHNClassifier-PyTorch/issues/12",
    ),
    Case(
        weight_decay_of_a_half,
        "any input gives the same output",
        "the weight decay is 0.5, and should be 0.0005",
        ("decay too large",),
        address="https://github.com/BVLC/caffe/issues/1396",
    ),
    Case(
        rate_that_a_schedule_made_zero,
        "the learning rate is 0 after some epochs",
        "the schedule decays it too often",
        ("weights unchanged", "rate too low"),
        address="https://github.com/pytorch/vision/issues/2007",
    ),
    Case(
        two_layers_of_an_lstm,
        "no LSTM with more than two layers learns anything",
        "the forget gates' bias is 1 or more",
        ("forgets over time", "fades over time"),
        address="https://github.com/karpathy/char-rnn/issues/60",
    ),
)
