"""Sound trainings of many kinds, as tutorials have them; PyTorch's own are in `examples`."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Normal
from torch.nn import functional

from tests.reports import data
from tests.reports.case import Case, Training, plain


class Block(nn.Module):
    """A residual block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch."""
        return functional.relu(x + self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


def resnet_with_warmup(_: bool) -> Training:
    """Momentum, weight decay, label smoothing, and a rate that rises first."""
    x, y = data.images(64, 10, channels=3)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Block(16), Block(16), Block(16), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def step() -> None:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
        scheduler.step()

    return Training(model, optimizer, step)


class GPT(nn.Module):
    """A decoder whose last layer is its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(20, 32), nn.Embedding(16, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 128, 0.1, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.ln_f = nn.LayerNorm(32)
        self.head = nn.Linear(32, 20, bias=False)
        self.head.weight = self.wte.weight
        nn.init.normal_(self.wte.weight, std=0.02)
        nn.init.normal_(self.wpe.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Scores of the next word."""
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.head(self.ln_f(self.blocks(x, mask=mask, is_causal=True)))


def gpt_with_accumulation(_: bool) -> Training:
    """Four passes for one update, clipping, AdamW."""
    tokens, following = data.text(32)
    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    at = iter(range(10**6))

    def step() -> None:
        number = next(at) % 4
        part = slice(8 * number, 8 * number + 8)
        loss = functional.cross_entropy(model(tokens[part]).view(-1, 20), following[part].reshape(-1))
        (loss / 4).backward()
        if number == 3:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return Training(model, optimizer, step)


def contrastive(_: bool) -> Training:
    """SimCLR: cosines of all pairs of two views, divided by a temperature, in a cross-entropy."""
    x, _labels = data.images(48, 6)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(400, 64),
        nn.ReLU(),
        nn.Linear(64, 32),
    )

    def info_nce() -> Tensor:
        views = torch.cat([x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)])
        z = functional.normalize(model(views), dim=1)
        similar = (z @ z.T / 0.1).masked_fill(torch.eye(96, dtype=torch.bool), -9e15)
        return functional.cross_entropy(similar, (torch.arange(96) + 48) % 96)

    return plain(model, torch.optim.Adam(model.parameters(), 3e-4, weight_decay=1e-4), info_nce)


def bootstrap_your_own_latent(_: bool) -> Training:
    """A predictor of a slow copy's output, by cosine."""
    x, _labels = data.images(48, 6, size=8)
    online = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16),
        nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16),
    )  # fmt: skip
    target = copy.deepcopy(online[:5])
    optimizer = torch.optim.Adam(online.parameters(), lr=3e-4)

    def step() -> None:
        with torch.no_grad():
            wanted = target(x + 0.1 * torch.randn_like(x))
        loss = (2 - 2 * functional.cosine_similarity(online(x + 0.1 * torch.randn_like(x)), wanted)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online[:5].parameters(), strict=True):
                slow.mul_(0.99).add_(fast, alpha=0.01)

    return Training(online, optimizer, step)


class Denoiser(nn.Module):
    """A residual network of time and a point, whose last layer begins with zeros."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.Embedding(50, 64)
        self.inp, self.mid, self.out = nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The noise in it."""
        h = self.inp(x) + self.time(t)
        return self.out(functional.silu(h + self.mid(functional.silu(h))))


def diffusion(_: bool) -> Training:
    """The noise of a random time is predicted."""
    kept = torch.cumprod(1 - torch.linspace(1e-3, 0.1, 50), 0)
    model = Denoiser()

    def loss() -> Tensor:
        angle = 2 * math.pi * torch.rand(128)
        clean = torch.stack([angle.cos(), angle.sin()], 1)
        t, noise = torch.randint(0, 50, (128,)), torch.randn(128, 2)
        return functional.mse_loss(model(kept[t, None].sqrt() * clean + (1 - kept[t, None]).sqrt() * noise, t), noise)

    return plain(model, torch.optim.AdamW(model.parameters(), lr=2e-3), loss)


def mixture_density(_: bool) -> Training:
    """The log-likelihood of a mixture of Gaussians."""
    x = torch.rand(128, 1) * 2 - 1
    y = torch.where(torch.rand(128, 1) < 0.5, x, -x) + 0.05 * torch.randn(128, 1)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 9))

    def loss() -> Tensor:
        logits, mean, log_std = model(x).chunk(3, 1)
        each = Normal(mean, log_std.exp()).log_prob(y) + functional.log_softmax(logits, 1)
        return -torch.logsumexp(each, 1).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.01), loss)


def quantiles(_: bool) -> Training:
    """Three outputs for one target: the pinball loss compares each with it, on purpose."""
    x, y = data.table(128)
    model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 3))
    shares = torch.tensor([0.1, 0.5, 0.9])

    def pinball() -> Tensor:
        error = y - model(x)
        return torch.max((shares - 1) * error, shares * error).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.005), pinball)


def counts_by_poisson(_: bool) -> Training:
    """The output is the logarithm of a rate."""
    x, _y = data.table(128)
    counts = torch.poisson((0.5 * x[:, :1] + 1).exp())
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    criterion = nn.PoissonNLLLoss(log_input=True)
    return plain(model, torch.optim.Adam(model.parameters(), lr=0.005), lambda: criterion(model(x), counts))


def hinge(_: bool) -> Training:
    """Labels of -1 and 1, and a margin."""
    x, y = data.table(128)
    sign = torch.sign(y)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    return plain(
        model,
        torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        lambda: functional.relu(1 - sign * model(x)).mean(),
    )


def several_labels(_: bool) -> Training:
    """Rare labels with a weight for the positive ones."""
    x, _y = data.images(128, 4)
    labels = (torch.rand(128, 12) < 0.1).float()
    labels[:, 0] = (x.mean((1, 2, 3)) > x.mean()).float()
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(200, 12))
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.full((12,), 5.0))
    return plain(model, torch.optim.Adam(model.parameters(), lr=0.002), lambda: criterion(model(x), labels))


def distillation(_: bool) -> Training:
    """The divergence from a teacher's softened answers, and the labels."""
    x, y = data.images(96, 6, size=8)
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6)).requires_grad_(False)
    student = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 6))

    def loss() -> Tensor:
        out = student(x)
        soft = (
            functional.kl_div(
                functional.log_softmax(out / 4, 1), functional.softmax(teacher(x) / 4, 1), reduction="batchmean"
            )
            * 16
        )
        return 0.7 * soft + 0.3 * functional.cross_entropy(out, y)

    return plain(student, torch.optim.Adam(student.parameters(), lr=0.003), loss)


def equation_by_its_residual(_: bool) -> Training:
    """A network whose second derivative is wanted, in sine activations' place tanh, full batch."""
    x = torch.linspace(0, 1, 64)[:, None]
    net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    ends = torch.tensor([[0.0], [1.0]])

    def residual() -> Tensor:
        at = x.clone().requires_grad_(True)
        u = net(at)
        (first,) = torch.autograd.grad(u.sum(), at, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), at, create_graph=True)
        return (second + torch.sin(math.pi * at) * math.pi**2).pow(2).mean() + 10 * net(ends).pow(2).mean()

    return plain(net, torch.optim.Adam(net.parameters(), lr=0.003), residual)


class Coupling(nn.Module):
    """Half of a point scales and moves the other half."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The point, its halves exchanged, and the logarithm of the volume's change."""
        log_scale, shift = self.net(x[:, :1]).chunk(2, 1)
        log_scale = torch.tanh(log_scale)
        return torch.cat([x[:, 1:] * log_scale.exp() + shift, x[:, :1]], 1), log_scale[:, 0]


def normalizing_flow(_: bool) -> Training:
    """The log-likelihood under a Gaussian after four couplings."""
    angle = math.pi * torch.rand(256)
    points = torch.stack([angle.cos(), angle.sin()], 1) + 0.1 * torch.randn(256, 2)
    flow = nn.Sequential(Coupling(), Coupling(), Coupling(), Coupling())

    def nll() -> Tensor:
        z, total = points, torch.zeros(256)
        for coupling in flow:
            z, volume = coupling(z)
            total = total + volume
        return (z.pow(2).sum(1) / 2 - total).mean()

    return plain(flow, torch.optim.Adam(flow.parameters(), lr=0.005), nll)


class Factors(nn.Module):
    """Users and films: products of their vectors, and biases."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.films = nn.Embedding(40, 8, sparse=True), nn.Embedding(60, 8, sparse=True)
        self.bias = nn.Embedding(60, 1, sparse=True)

    def forward(self, user: Tensor, film: Tensor) -> Tensor:
        """Predicted ratings."""
        return (self.users(user) * self.films(film)).sum(1) + self.bias(film)[:, 0]


def ratings_by_factors(_: bool) -> Training:
    """Ratings of 1 to 5, sparse gradients."""
    user, film = torch.randint(0, 40, (512,)), torch.randint(0, 60, (512,))
    rating = (3 + torch.randn(40)[user] + torch.randn(60)[film]).clamp(1, 5).round()
    model = Factors()
    return plain(
        model,
        torch.optim.SparseAdam(list(model.parameters()), lr=0.05),
        lambda: functional.mse_loss(model(user, film), rating),
    )


def skip_gram(_: bool) -> Training:
    """Words near each other against words drawn at random."""
    centre, near = torch.randint(0, 50, (256,)), torch.randint(0, 50, (256,))
    near = torch.where(torch.rand(256) < 0.7, (centre + 1) % 50, near)
    model = nn.ModuleDict({"inner": nn.Embedding(50, 16), "outer": nn.Embedding(50, 16)})
    nn.init.zeros_(model["outer"].weight)  # type: ignore[arg-type]

    def loss() -> Tensor:
        inner = model["inner"](centre)
        random = model["outer"](torch.randint(0, 50, (256, 5)))
        positive = functional.logsigmoid((inner * model["outer"](near)).sum(1))
        negative = functional.logsigmoid(-(random @ inner[:, :, None])[:, :, 0]).sum(1)
        return -(positive + negative).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.01), loss)


def head_on_frozen_features(_: bool) -> Training:
    """Fine-tuning of the last layer; the rest is frozen and evaluates."""
    x, y = data.images(64, 4, channels=3)
    backbone = nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten())
    backbone.requires_grad_(False).eval()
    model = nn.Sequential(backbone, nn.Linear(256, 4))
    head = [p for p in model.parameters() if p.requires_grad]
    return plain(model, torch.optim.SGD(head, lr=0.1, momentum=0.9), lambda: functional.cross_entropy(model(x), y))


def weights_of_tasks(_: bool) -> Training:
    """Two heads, whose losses are weighed by learned uncertainties."""
    x, y = data.table(128)
    model = nn.ModuleDict(
        {"body": nn.Sequential(nn.Linear(8, 64), nn.ReLU()), "value": nn.Linear(64, 1), "sign": nn.Linear(64, 2)}
    )
    model.register_parameter("log_vars", nn.Parameter(torch.zeros(2)))
    log_vars = model.get_parameter("log_vars")

    def loss() -> Tensor:
        h = model["body"](x)
        losses = torch.stack(
            [
                functional.mse_loss(model["value"](h), y),
                functional.cross_entropy(model["sign"](h), (y[:, 0] > 0).long()),
            ]
        )
        return (torch.exp(-log_vars) * losses + log_vars).sum()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.003), loss)


def autocast_in_bfloat16(_: bool) -> Training:
    """Mixed precision on the processor."""
    x, y = data.images(64, 4)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 4)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def loss() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return functional.cross_entropy(model(x), y)

    return plain(model, optimizer, loss)


class Packed(nn.Module):
    """A GRU over sentences of several lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16, padding_idx=0)
        self.gru = nn.GRU(16, 24, batch_first=True, bidirectional=True)
        self.out = nn.Linear(48, 1)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """A logit for each sentence."""
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(words), lengths, batch_first=True, enforce_sorted=False
        )
        return self.out(self.gru(packed)[1].transpose(0, 1).flatten(1))[:, 0]


def sentiment_of_packed_sentences(_: bool) -> Training:
    """Binary cross-entropy on logits."""
    words, labels = data.sentences(64)
    lengths = torch.randint(4, 13, (64,))
    words = words.masked_fill(torch.arange(12) >= lengths[:, None], 0)
    model = Packed()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    return plain(
        model, optimizer, lambda: functional.binary_cross_entropy_with_logits(model(words, lengths), labels.float())
    )


def heatmaps(_: bool) -> Training:
    """Key points: a focal loss over heat maps that are 0 nearly everywhere, and a prior in the last bias."""
    x, mask = data.masks(16)
    peaks = functional.max_pool2d((functional.avg_pool2d(mask, 5, 1, 2) > 0.95).float(), 3, 1, 1)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 1)
    )
    last = model[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    nn.init.constant_(last.bias, -2.19)

    def focal() -> Tensor:
        p = model(x).sigmoid().clamp(1e-4, 1 - 1e-4)
        return -(peaks * (1 - p) ** 2 * p.log() + (1 - peaks) * p**2 * (1 - p).log()).sum() / peaks.sum()

    return plain(model, torch.optim.Adam(model.parameters(), lr=2e-3), focal)


def boxes_and_classes(_: bool) -> Training:
    """A detector of one object: smooth L1 for corners in [0, 1] through a sigmoid, a cross-entropy for its kind."""
    x, y = data.images(96, 3)
    corners = torch.rand(96, 4) * 0.2 + 0.2 * y[:, None]
    body = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 7)
    )

    def loss() -> Tensor:
        out = body(x)
        return 5 * functional.smooth_l1_loss(out[:, :4].sigmoid(), corners) + functional.cross_entropy(out[:, 4:], y)

    return plain(body, torch.optim.AdamW(body.parameters(), lr=1e-3), loss)


def bandit_with_few_rewards(_: bool) -> Training:
    """A policy gradient without a baseline, whose reward is 0 in nearly all of the batch."""
    model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 10))

    def loss() -> Tensor:
        state = torch.randn(64, 4)
        chosen = Categorical(logits=model(state))
        action = chosen.sample()
        reward = (action == state.argmax(1)).float()
        return -(chosen.log_prob(action) * reward).mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=0.01), loss)


CASES = tuple(
    Case(make, (make.__doc__ or "").strip())
    for make in (
        resnet_with_warmup, gpt_with_accumulation, contrastive, bootstrap_your_own_latent, diffusion, mixture_density,
        quantiles, counts_by_poisson, hinge, several_labels, distillation, equation_by_its_residual, normalizing_flow,
        ratings_by_factors, skip_gram, head_on_frozen_features, weights_of_tasks, autocast_in_bfloat16,
        sentiment_of_packed_sentences, heatmaps, boxes_and_classes, bandit_with_few_rewards,
    )
)  # fmt: skip
