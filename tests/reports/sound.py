"""Sound trainings, as tutorials and examples have them."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Normal
from torch.nn import functional

from tests.reports import data
from tests.reports.case import Case, Training, plain


class Mnist(nn.Module):
    """Two convolutions, dropout, two linear layers, log-probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3), nn.Conv2d(16, 32, 3)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(512, 64), nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Log-probabilities of the digits."""
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        x = torch.flatten(self.dropout1(functional.max_pool2d(x, 2)), 1)
        return functional.log_softmax(self.fc2(self.dropout2(functional.relu(self.fc1(x)))), dim=1)


def mnist(_: bool) -> Training:
    """Adadelta at a rate of 1."""
    x, y = data.images(640, 10)
    x = (x - x.mean()) / x.std()
    model = Mnist()
    at = iter(range(10**6))

    def loss() -> Tensor:
        start = 64 * (next(at) % 10)
        return functional.nll_loss(model(x[start : start + 64]), y[start : start + 64])

    return plain(model, torch.optim.Adadelta(model.parameters(), lr=1.0), loss)


class VAE(nn.Module):
    """Twenty numbers for a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(144, 64), nn.Linear(64, 8), nn.Linear(64, 8)
        self.fc3, self.fc4 = nn.Linear(8, 64), nn.Linear(64, 144)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Picture, mean and log-variance."""
        h = functional.relu(self.fc1(x.view(-1, 144)))
        mu, logvar = self.fc21(h), self.fc22(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(functional.relu(self.fc3(z)))), mu, logvar


def variational_autoencoder(_: bool) -> Training:
    """Sums over the batch, as in the example."""
    x, _labels = data.images(128, 4)
    model = VAE()

    def loss() -> Tensor:
        recon, mu, logvar = model(x)
        bce = functional.binary_cross_entropy(recon, x.view(-1, 144), reduction="sum")
        return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())

    return plain(model, torch.optim.Adam(model.parameters(), lr=1e-3), loss)


def _weights_init(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def _gan() -> tuple[nn.Sequential, nn.Sequential]:
    g = nn.Sequential(
        nn.ConvTranspose2d(16, 32, 4, 1, 0, bias=False), nn.BatchNorm2d(32), nn.ReLU(True),
        nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(True),
        nn.ConvTranspose2d(16, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    d = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(16, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(32, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten(0),
    )  # fmt: skip
    g.apply(_weights_init)
    d.apply(_weights_init)
    return g, d


def _dcgan(generator: bool) -> Training:
    g, d = _gan()
    real = 2 * data.images(32, 3, size=16, noise=0.1)[0] - 1
    criterion = nn.BCELoss()
    d_optimizer = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def step() -> None:
        d.zero_grad()
        criterion(d(real), torch.ones(32)).backward()
        fake = g(torch.randn(32, 16, 1, 1))
        criterion(d(fake.detach()), torch.zeros(32)).backward()
        d_optimizer.step()
        g.zero_grad()
        criterion(d(fake), torch.ones(32)).backward()
        g_optimizer.step()

    return Training(g, g_optimizer, step) if generator else Training(d, d_optimizer, step)


def dcgan_generator(_: bool) -> Training:
    """The generator is watched."""
    return _dcgan(True)


def dcgan_discriminator(_: bool) -> Training:
    """The discriminator is watched: real ones, then false ones, then the generator's turn."""
    return _dcgan(False)


class RNNModel(nn.Module):
    """Embedding, two layers of an LSTM, decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(20, 32)
        self.rnn = nn.LSTM(32, 32, 2, dropout=0.2)
        self.decoder = nn.Linear(32, 20)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)

    def forward(self, tokens: Tensor, hidden: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Log-probabilities of words, and the state."""
        output, hidden = self.rnn(self.drop(self.encoder(tokens)), hidden)
        return functional.log_softmax(self.decoder(self.drop(output)).view(-1, 20), dim=1), hidden


def word_language_model(_: bool) -> Training:
    """The state is kept and detached; gradients are clipped; parameters are updated by hand at a rate of 20."""
    tokens, following = data.text(16, length=120)
    tokens, following = tokens.T.contiguous(), following.T.contiguous()
    model = RNNModel()
    hidden = (torch.zeros(2, 16, 32), torch.zeros(2, 16, 32))
    at = iter(range(10**6))

    def step() -> None:
        nonlocal hidden
        start = 12 * (next(at) % 10)
        model.zero_grad()
        hidden = (hidden[0].detach(), hidden[1].detach())
        output, hidden = model(tokens[start : start + 12], hidden)
        functional.nll_loss(output, following[start : start + 12].reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            assert p.grad is not None
            p.data.add_(p.grad, alpha=-20)

    return Training(model, torch.optim.SGD(model.parameters(), lr=20), step)


def _cart(state: Tensor, action: int) -> Tensor:
    push = torch.tensor(
        [0.02 * float(state[1]), 0.2 * (2 * action - 1), 0.02 * float(state[3]), -0.3 * (2 * action - 1)]
    )
    return state + push + torch.tensor([0.0, 0.0, 0.0, 0.3 * float(state[2])])


def reinforce(_: bool) -> Training:
    """One forward pass for every time step of an episode, one backward pass for all."""
    policy = nn.Sequential(nn.Linear(4, 128), nn.Dropout(p=0.6), nn.ReLU(), nn.Linear(128, 2), nn.Softmax(dim=-1))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)

    def step() -> None:
        state, log_probs, rewards = 0.05 * torch.randn(4), [], []
        for _time in range(10):
            chosen = Categorical(policy(state[None]))
            action = chosen.sample()
            log_probs.append(chosen.log_prob(action))
            state = _cart(state, int(action))
            rewards.append(1 - float(state[1] ** 2))
        returns = torch.tensor(rewards).flip(0).cumsum(0).flip(0)
        returns = (returns - returns.mean()) / (returns.std() + 1e-8)
        optimizer.zero_grad()
        torch.cat([-log_prob * r for log_prob, r in zip(log_probs, returns, strict=True)]).sum().backward()
        optimizer.step()

    return Training(policy, optimizer, step)


class ActorCritic(nn.Module):
    """One body, two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.affine1, self.action_head, self.value_head = nn.Linear(4, 128), nn.Linear(128, 2), nn.Linear(128, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of actions, and the value."""
        x = functional.relu(self.affine1(x))
        return functional.softmax(self.action_head(x), dim=-1), self.value_head(x)


def actor_critic(_: bool) -> Training:
    """A batch of states, advantages from the value, an entropy bonus."""
    model = ActorCritic()

    def loss() -> Tensor:
        state = torch.randn(64, 4)
        probabilities, value = model(state)
        chosen = Categorical(probabilities)
        action = chosen.sample()
        reward = (action == (state[:, 0] > 0)).float()
        advantage = reward - value[:, 0].detach()
        policy_loss = -(chosen.log_prob(action) * advantage).mean()
        return policy_loss + functional.smooth_l1_loss(value[:, 0], reward) - 0.01 * chosen.entropy().mean()

    return plain(model, torch.optim.Adam(model.parameters(), lr=3e-2), loss)


def ppo(_: bool) -> Training:
    """Clipped ratios, several epochs on one batch, a small last layer."""
    body = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 2))
    last = body[-1]
    assert isinstance(last, nn.Linear)
    nn.init.orthogonal_(last.weight, 0.01)
    nn.init.zeros_(last.bias)
    state = torch.randn(128, 4)
    with torch.no_grad():
        chosen = Categorical(logits=body(state))
        action = chosen.sample()
        old = chosen.log_prob(action)
    reward = (action == (state[:, 0] > 0)).float()
    advantage = (reward - reward.mean()) / reward.std()

    def loss() -> Tensor:
        now = Categorical(logits=body(state))
        ratio = (now.log_prob(action) - old).exp()
        return -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean() - 0.01 * now.entropy().mean()

    optimizer = torch.optim.Adam(body.parameters(), lr=3e-4, eps=1e-5)
    return plain(body, optimizer, loss)


def super_resolution(_: bool) -> Training:
    """Luminance in [0, 1], sub-pixels, no activation at the end."""
    large = functional.interpolate(torch.rand(16, 1, 4, 4), size=16, mode="bilinear")
    small = functional.avg_pool2d(large, 2)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 4, 3, padding=1), nn.PixelShuffle(2),
    )  # fmt: skip
    for conv in (model[0], model[2], model[4]):
        assert isinstance(conv, nn.Conv2d)
        nn.init.orthogonal_(conv.weight, math.sqrt(2))
    return plain(
        model, torch.optim.Adam(model.parameters(), lr=0.001), lambda: functional.mse_loss(model(small), large)
    )


class Siamese(nn.Module):
    """One body for both, a sigmoid for whether they are alike."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.fc = nn.Sequential(nn.Linear(400, 64), nn.ReLU(inplace=True), nn.Linear(64, 1))

    def forward(self, one: Tensor, two: Tensor) -> Tensor:
        """The probability that both are of one class."""
        return torch.sigmoid(self.fc(torch.cat([self.body(one), self.body(two)], 1)))


def siamese(_: bool) -> Training:
    """Binary cross-entropy on pairs."""
    x, y = data.images(128, 3)
    other = torch.randperm(128)
    alike = (y == y[other]).float()
    model = Siamese()
    criterion = nn.BCELoss()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    return plain(model, optimizer, lambda: criterion(model(x, x[other]).squeeze(), alike))


class GraphConv(nn.Module):
    """A linear map of every node, then the mean over neighbours."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_normal_(self.kernel)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        """Features of the nodes."""
        return adjacency @ (x @ self.kernel) + self.bias


class GCN(nn.Module):
    """Two graph convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.gc1, self.gc2, self.dropout = GraphConv(12, 16), GraphConv(16, 3), nn.Dropout(0.1)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        """Log-probabilities of the classes."""
        return functional.log_softmax(self.gc2(self.dropout(functional.relu(self.gc1(x, adjacency))), adjacency), dim=1)


def graph_convolution(_: bool) -> Training:
    """Half of the nodes have labels; features are divided by their sums, so that they are small."""
    x, adjacency, labels = data.graph()
    x = x.abs() / x.abs().sum(1, keepdim=True)
    model = GCN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    return plain(model, optimizer, lambda: functional.nll_loss(model(x, adjacency)[:30], labels[:30]))


class GAT(nn.Module):
    """Attention over neighbours, masked by what is no edge."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Linear(12, 32, bias=False)
        self.a = nn.Parameter(torch.empty(4, 16))
        nn.init.xavier_normal_(self.a)
        self.out = nn.Linear(32, 3)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        """Log-probabilities of the classes."""
        h = self.w(x).view(-1, 4, 8).transpose(0, 1)
        scores = (h @ self.a[:, :8, None]) + (h @ self.a[:, 8:, None]).transpose(1, 2)
        scores = functional.leaky_relu(scores, 0.2).masked_fill(adjacency == 0, -9e15)
        h = (functional.softmax(scores, dim=-1) @ h).transpose(0, 1).flatten(1)
        return functional.log_softmax(self.out(functional.elu(h)), dim=1)


def graph_attention(_: bool) -> Training:
    """Neighbours by attention."""
    x, adjacency, labels = data.graph()
    model = GAT()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005, weight_decay=5e-4)
    return plain(model, optimizer, lambda: functional.nll_loss(model(x, adjacency)[:30], labels[:30]))


class ForwardForwardLayer(nn.Linear):
    """A layer with an optimizer of its own, whose goodness is high for real data and low for others."""

    def forward(self, x: Tensor) -> Tensor:
        """Of the direction alone."""
        return functional.relu(super().forward(x / (x.norm(2, 1, keepdim=True) + 1e-4)))


def forward_forward(_: bool) -> Training:
    """Each layer learns by itself; what it gives to the next is detached."""
    x, y = data.images(64, 4, size=8)
    x = x.flatten(1)
    positive = torch.cat([functional.one_hot(y, 4).float(), x], 1)
    negative = torch.cat([functional.one_hot((y + torch.randint(1, 4, (64,))) % 4, 4).float(), x], 1)
    net = nn.Sequential(ForwardForwardLayer(68, 64), ForwardForwardLayer(64, 64))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)

    def step() -> None:
        real, other = positive, negative
        for layer in net:
            g_real, g_other = layer(real).pow(2).mean(1), layer(other).pow(2).mean(1)
            loss = torch.log(1 + torch.exp(torch.cat([-g_real + 2, g_other - 2]))).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            real, other = layer(real).detach(), layer(other).detach()

    return Training(net, optimizer, step)


class Sequence(nn.Module):
    """Two cells, one value at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm1, self.lstm2, self.linear = nn.LSTMCell(1, 24), nn.LSTMCell(24, 24), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The next value of every time step."""
        first = second = (x.new_zeros(x.size(0), 24), x.new_zeros(x.size(0), 24))
        outputs = []
        for value in x.split(1, dim=1):
            first = self.lstm1(value, first)
            second = self.lstm2(first[0], second)
            outputs.append(self.linear(second[0]))
        return torch.cat(outputs, 1)


def time_sequence_prediction(_: bool) -> Training:
    """L-BFGS in double precision, with a closure."""
    x, y = (part.double() for part in data.waves(16))
    model = Sequence().double()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=3)

    def closure() -> float:
        optimizer.zero_grad()
        loss = functional.mse_loss(model(x), y)
        loss.backward()
        return float(loss.detach())

    return Training(model, optimizer, lambda: optimizer.step(closure))


class Style(nn.Module):
    """A network that changes pictures, between convolutions with instance normalization."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.in1 = nn.Conv2d(3, 16, 3, padding=1), nn.InstanceNorm2d(16, affine=True)
        self.conv2, self.in2 = nn.Conv2d(16, 16, 3, padding=1), nn.InstanceNorm2d(16, affine=True)
        self.conv3 = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """A picture of 0 to 255."""
        y = functional.relu(self.in1(self.conv1(x)))
        return self.conv3(y + functional.relu(self.in2(self.conv2(y))))


def fast_neural_style(_: bool) -> Training:
    """Pictures of 0 to 255, features of a frozen network, and Gram matrices; weights of 1e5 and 1e10."""
    pictures = 255 * torch.rand(4, 3, 12, 12)
    style = 255 * torch.rand(1, 3, 12, 12).round()
    transformer = Style()
    features = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU()).requires_grad_(False)

    def seen(x: Tensor) -> Tensor:
        return features((x / 255 - 0.45) / 0.22)

    def gram(x: Tensor) -> Tensor:
        flat = x.flatten(2)
        return flat @ flat.transpose(1, 2) / flat[0].numel()

    wanted = gram(seen(style)).expand(4, 16, 16)

    def loss() -> Tensor:
        out = seen(transformer(pictures))
        return 1e5 * functional.mse_loss(out, seen(pictures)) + 1e7 * functional.mse_loss(gram(out), wanted)

    return plain(transformer, torch.optim.Adam(transformer.parameters(), 1e-3), loss)


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
        mnist, variational_autoencoder, dcgan_generator, dcgan_discriminator, word_language_model, reinforce,
        actor_critic, ppo, super_resolution, siamese, graph_convolution, graph_attention, forward_forward,
        time_sequence_prediction, fast_neural_style, resnet_with_warmup, gpt_with_accumulation, contrastive,
        bootstrap_your_own_latent, diffusion, mixture_density, quantiles, counts_by_poisson, hinge, several_labels,
        distillation, equation_by_its_residual, normalizing_flow, ratings_by_factors, skip_gram,
        head_on_frozen_features, weights_of_tasks, autocast_in_bfloat16, sentiment_of_packed_sentences, heatmaps,
        boxes_and_classes, bandit_with_few_rewards,
    )
)  # fmt: skip
