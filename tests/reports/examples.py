"""Sound trainings, as PyTorch's own examples have them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
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


CASES = tuple(
    Case(make, (make.__doc__ or "").strip())
    for make in (
        mnist, variational_autoencoder, dcgan_generator, dcgan_discriminator, word_language_model, reinforce,
        actor_critic, ppo, super_resolution, siamese, graph_convolution, graph_attention, forward_forward,
        time_sequence_prediction, fast_neural_style,
    )
)  # fmt: skip
