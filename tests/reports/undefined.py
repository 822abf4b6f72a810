"""Reports of values that are not finite."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.reports import data
from tests.reports.case import Case, Training, plain


def angle_between_two_views(faulty: bool) -> Training:
    """The cosine is clamped to [-1, 1], and reaches 1 where both views are the same picture."""
    x, y = data.images(48, 4, size=8)
    other = x + 0.2 * torch.randn_like(x)
    other[:16] = x[:16]
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 3)
    )
    limit = 1.0 if faulty else 1 - 1e-6

    def angles() -> Tensor:
        first, second = functional.normalize(model(x), dim=1), functional.normalize(model(other), dim=1)
        same = torch.acos((first * second).sum(1).clamp(-limit, limit))
        different = torch.acos((first * first.roll(1, 0)).sum(1).clamp(-limit, limit))
        return same.mean() + functional.relu(1 - different)[y != y.roll(1)].mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), angles)


class TimeEmbedded(nn.Module):
    """A small U-Net's time embedding, and a layer that is switched off by a ReLU for some units."""

    def __init__(self) -> None:
        super().__init__()
        self.time_embed = nn.Embedding(100, 16)
        self.net = nn.Sequential(nn.Linear(24, 64), nn.SiLU(), nn.Linear(64, 8))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The noise in it."""
        return self.net(torch.cat([x, self.time_embed(t)], 1))


def adam_in_half_precision(faulty: bool) -> Training:
    """The model is halved; the optimizer's ``eps`` is the default."""
    clean = torch.randn(64, 8).half()
    model = TimeEmbedded().half()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-8 if faulty else 1e-4)

    def loss() -> Tensor:
        t = torch.randint(0, 100, (64,))
        noise = torch.randn_like(clean)
        mixed = (t[:, None] / 100).half() * noise + (1 - t[:, None] / 100).half() * clean
        return functional.mse_loss(model(mixed, t), noise)

    return plain(model, optimizer, loss)


def gradient_penalty_of_a_zero_gradient(faulty: bool) -> Training:
    """The critic's gradient with respect to a picture is 0 where no unit is active."""
    real = torch.randn(64, 8) + 2
    generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
    critic = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 1))

    def loss() -> Tensor:
        fake = generator(torch.randn(64, 4)).detach()
        mixed = (real + torch.rand(64, 1) * (fake - real)).requires_grad_(True)
        (gradients,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
        norm = torch.sqrt((gradients**2).sum(1) + (0 if faulty else 1e-12))
        return critic(fake).mean() - critic(real).mean() + 10 * ((norm - 1) ** 2).mean()

    return plain(critic, torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.5, 0.9)), loss)


class Weather(nn.Module):
    """Mean and standard deviation of the next state."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least
        self.body = nn.Sequential(nn.Linear(8, 64), nn.SiLU(), nn.LayerNorm(64), nn.Linear(64, 2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation."""
        mean, raw = self.body(x).chunk(2, dim=1)
        return mean, functional.softplus(raw).clamp(min=self.least)


def softplus_that_rounds_to_zero(faulty: bool) -> Training:
    """The standard deviation is a softplus of something very negative."""
    x, y = data.table(64)
    model = Weather(0.0 if faulty else 1e-2)
    with torch.no_grad():
        last = model.body[-1]
        assert isinstance(last, nn.Linear)
        last.bias[1] = -110.0 if faulty else -1.0

    def nll() -> Tensor:
        mean, std = model(x)
        return (((y - mean) / std) ** 2 / 2 + std.log()).mean()

    return plain(model, torch.optim.AdamW(model.parameters(), lr=1e-3), nll)


def exponential_of_the_cross_entropy(faulty: bool) -> Training:
    """The cost is ``exp(cross_entropy / eta)``: a sure and wrong answer makes it infinite."""
    x, y = data.images(64, 4, size=8, channels=3)
    x = (x - 0.5) / 0.25
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 64), nn.ReLU(), nn.Linear(64, 4))
    criterion = nn.CrossEntropyLoss()

    def cost() -> Tensor:
        loss = criterion(model(x), y)
        return torch.exp(loss / 0.2) if faulty else loss

    return plain(model, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), cost)


def weighted_cross_entropy_by_hand(faulty: bool) -> Training:
    """The logarithm of one less a sigmoid that has rounded to 1."""
    x, _ = data.table(64)
    target = (x[:, :1] > 0).float()
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())

    def bce() -> Tensor:
        pred = model(x)
        if not faulty:
            pred = torch.clamp(pred, 1e-7, 1 - 1e-7)
        return (-2 * target * torch.log(pred) - (1 - target) * torch.log(1 - pred)).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.03), bce)


def distances_of_all_pairs(faulty: bool) -> Training:
    """Batch-hard triplets: the distance of a sample to itself is the root of 0."""
    x, y = data.images(48, 6, size=8)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
    same = y[:, None] == y[None]

    def batch_hard() -> Tensor:
        z = model(x)
        square = ((z[:, None] - z[None]) ** 2).sum(2)
        distance = torch.sqrt(square) if faulty else torch.sqrt(square + 1e-12)
        hardest_positive = distance.masked_fill(~same, 0).max(1).values
        hardest_negative = distance.masked_fill(same, math.inf).min(1).values
        return functional.relu(hardest_positive - hardest_negative + 0.5).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), batch_hard)


class ScaledDotProductAttention(nn.Module):
    """Attention with padding masked by minus infinity."""

    def __init__(self, fill: float) -> None:
        super().__init__()
        self.fill = fill
        self.w_qs, self.w_ks, self.w_vs = (nn.Linear(16, 16, bias=False) for _ in range(3))

    def forward(self, x: Tensor, padding: Tensor) -> Tensor:
        """Words that have attended to each other."""
        scores = self.w_qs(x) @ self.w_ks(x).transpose(1, 2) / 4
        return torch.softmax(scores.masked_fill(padding[:, None], self.fill), 2) @ self.w_vs(x)


class Translator(nn.Module):
    """Words, attention, words."""

    def __init__(self, fill: float) -> None:
        super().__init__()
        self.emb = nn.Embedding(20, 16, padding_idx=0)
        self.attention = ScaledDotProductAttention(fill)
        self.norm = nn.LayerNorm(16)
        self.proj = nn.Linear(16, 20)

    def forward(self, src: Tensor) -> Tensor:
        """Scores of words."""
        x = self.emb(src)
        return self.proj(self.norm(x + self.attention(x, src == 0)))


def sentence_of_padding(faulty: bool) -> Training:
    """One sentence of the batch is empty."""
    src, tgt = data.text(16)
    src = src.clamp(min=1).clone()
    src[:, 10:] = 0
    src[3] = 0
    model = Translator(-math.inf if faulty else -1e9)
    return plain(
        model,
        torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9),
        lambda: functional.cross_entropy(model(src).flatten(0, 1), tgt.flatten()),
    )


class Captcha(nn.Module):
    """Convolutions, an LSTM over columns, and classes for each."""

    def __init__(self, pooling: int) -> None:
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d((8, pooling)))
        self.lstm = nn.LSTM(8, 16, bidirectional=True)
        self.fc = nn.Linear(32, 11)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes, by column."""
        return self.fc(self.lstm(self.cnn(x)[:, :, 0].permute(2, 0, 1))[0])


def captcha_that_is_too_narrow(faulty: bool) -> Training:
    """Too few columns are left for the label."""
    target = torch.randint(1, 11, (16, 4))
    target[:, 1] = target[:, 0]
    pictures = functional.interpolate(functional.one_hot(target, 11).float().transpose(1, 2)[:, None], size=(8, 48))
    pictures = pictures + 0.1 * torch.randn_like(pictures)
    model = Captcha(12 if faulty else 4)

    def loss() -> Tensor:
        log_prob = functional.log_softmax(model(pictures), dim=-1)
        lengths = torch.full((16,), log_prob.shape[0])
        return functional.ctc_loss(log_prob, target, lengths, torch.full((16,), 4))

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3, amsgrad=True), loss)


class SentenceVectors(nn.Module):
    """The mean of word vectors, and a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.EmbeddingBag(50, 16, mode="mean", padding_idx=0)
        self.dense = nn.Linear(16, 16, bias=False)

    def forward(self, words: Tensor) -> Tensor:
        """Vectors of the sentences."""
        return self.dense(self.embeddings(words))


def cosine_of_an_unknown_sentence(faulty: bool) -> Training:
    """A sentence without any known word is a vector of zeros, and is divided by its length."""
    words, labels = data.sentences(32)
    words[5] = 0
    model = SentenceVectors()
    same = (labels[:, None] == labels[None]).float() * 2 - 1

    def cosine() -> Tensor:
        a = model(words)
        a_norm = a / (a**2).sum(1, keepdim=True).sqrt() if faulty else functional.normalize(a, dim=1)
        return functional.mse_loss(a_norm @ a_norm.T, same)

    return plain(model, torch.optim.Adam(model.parameters(), lr=2e-3), cosine)


def colour_constancy_by_a_power(faulty: bool) -> Training:
    """The root is written as ``torch.pow(d, 0.5)``; a grey picture makes it that of 0."""
    dark = 0.3 * torch.rand(8, 3, 8, 8)
    dark[2] = 0
    model = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 3, 3, padding=1), nn.Tanh())

    def loss() -> Tensor:
        x = dark
        for _ in range(2):
            x = x + model(dark) * (x - x**2)
        r, g, b = x.mean((2, 3)).split(1, dim=1)
        d = (r - g) ** 2 + (r - b) ** 2 + (g - b) ** 2
        colour = torch.pow(d, 0.5) if faulty else torch.pow(d + 1e-5, 0.5)
        return colour.mean() + 10 * ((x.mean(1) - 0.6) ** 2).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4), loss)


CASES = (
    Case(
        angle_between_two_views,
        "NaN gradients of `acos`, although its input is clamped to [-1, 1]",
        "the derivative is infinite at the ends; it is clamped to less",
        ("arccosine of 1",),
        address="https://github.com/pytorch/pytorch/issues/8069",
    ),
    Case(
        adam_in_half_precision,
        "NaN after the first step in half precision",
        "the optimizer's `eps` rounds to 0",
        ("update not finite",),
        address="https://github.com/afiaka87/glide-finetune/issues/5",
    ),
    Case(
        gradient_penalty_of_a_zero_gradient,
        "the gradient penalty makes everything NaN",
        "the root of 0 where the gradient is 0",
        ("root of 0",),
        address="https://github.com/keras-team/keras-io/issues/910",
    ),
    Case(
        softplus_that_rounds_to_zero,
        "NaN losses",
        "a softplus can be 0, and is divided by",
        ("division by 0", "logarithm of 0"),
        address="https://github.com/mllam/neural-lam/pull/537",
    ),
    Case(
        exponential_of_the_cross_entropy,
        "NaN after about twenty iterations with an exponential cost",
        "the exponential of a loss without bound",
        ("exponential too large",),
        address="https://whosebug.com/question/6301115/Weird-behaviour-of-loss-function-in-pytorch",
    ),
    Case(
        weighted_cross_entropy_by_hand,
        "NaN with a cross-entropy written by hand",
        "the prediction is clamped away from 0 and 1",
        ("logarithm of 0",),
        address="https://e-com-net.com/article/1609698298044645376.htm",
    ),
    Case(
        distances_of_all_pairs,
        "NaN gradients with a triplet loss when anchor and positive are alike",
        "the root of 0",
        ("root of 0",),
        address="https://github.com/huggingface/sentence-transformers/pull/4033",
    ),
    Case(
        sentence_of_padding,
        "the loss is NaN from the first epoch",
        "a row of scores is minus infinity as a whole",
        ("all masked",),
        address="https://github.com/jadore801120/attention-is-all-you-need-pytorch/issues/5",
    ),
    Case(
        captcha_that_is_too_narrow,
        "the loss becomes NaN",
        "the input is too short for its label",
        ("no alignment",),
        address="https://github.com/ypwhs/captcha_break/issues/29",
    ),
    Case(
        cosine_of_an_unknown_sentence,
        "NaN from the cosine of a sentence without known words",
        "a vector of zeros is divided by its length",
        ("division by 0", "root of 0"),
        address="https://github.com/huggingface/sentence-transformers/issues/625",
    ),
    Case(
        colour_constancy_by_a_power,
        "NaN when training on some pictures",
        "a power of 0.5 of 0",
        ("root of 0",),
        address="https://github.com/Li-Chongyi/Zero-DCE_extension/issues/2",
    ),
)
