"""Networks of the held-out set as users write them, each with the initialization that such code has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.outside.own import mlp
from tests.outside.tasks import CLASSES, WORDS

_WIDTH = 32


class Seq2Seq(nn.Module):
    """An encoder and a decoder of GRUs with attention between them, as in PyTorch's tutorial."""

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(WORDS, width), nn.Embedding(WORDS, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.query, self.key, self.score = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 1)
        self.out = nn.Linear(2 * width, WORDS)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every word of the sentence itself, which the decoder is given shifted by one."""
        states, last = self.encoder(self.source(x))
        before = functional.pad(x, (1, 0))[:, :-1]
        found, _ = self.decoder(self.target(before), last)
        energy = torch.tanh(self.query(found).unsqueeze(2) + self.key(states).unsqueeze(1))
        context = self.score(energy).squeeze(3).softmax(2) @ states
        return self.out(torch.cat([found, context], 2))  # type: ignore[no-any-return]


class WaveNet(nn.Module):
    """Dilated causal convolutions with gates, residual connections and skips, of PixelCNN's and WaveNet's kind."""

    def __init__(self, layers: int = 8, width: int = _WIDTH) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, width)
        self.dilations = [2 ** (index % 4) for index in range(layers)]
        self.gated = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=dilation) for dilation in self.dilations)
        self.residual = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(layers))
        self.skip = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(layers))
        self.out = nn.Sequential(nn.ReLU(), nn.Conv1d(width, width, 1), nn.ReLU(), nn.Conv1d(width, WORDS, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every next word."""
        h = self.embed(x).transpose(1, 2)
        skips = torch.zeros_like(h)
        for dilation, gated, residual, skip in zip(self.dilations, self.gated, self.residual, self.skip, strict=True):
            a, b = gated(functional.pad(h, (dilation, 0))).chunk(2, 1)
            z = torch.tanh(a) * torch.sigmoid(b)
            skips = skips + skip(z)
            h = h + residual(z)
        return self.out(skips).transpose(1, 2)  # type: ignore[no-any-return]


class Flow(nn.Module):
    """RealNVP: affine couplings, whose output is the negative log-likelihood of each input."""

    def __init__(self, couplings: int = 6, size: int = 8, width: int = 64) -> None:
        super().__init__()
        self.nets = nn.ModuleList(
            nn.Sequential(
                nn.Linear(size // 2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, size)
            )
            for _ in range(couplings)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The negative log-likelihood under a normal distribution of what the couplings make of it."""
        volume = torch.zeros(len(x))
        for net in self.nets:
            a, b = x.chunk(2, 1)
            scale, shift = net(a).chunk(2, 1)
            scale = torch.tanh(scale)
            b = b * scale.exp() + shift
            volume = volume + scale.sum(1)
            x = torch.cat([b, a], 1)
        return 0.5 * (x.square() + math.log(2 * math.pi)).sum(1) - volume


class Nerf(nn.Module):
    """NeRF's network: eight layers with a skip in the middle, and a colour that also depends on the direction."""

    def __init__(self, width: int = 128, bands: int = 6) -> None:
        super().__init__()
        self.bands = bands
        size = 2 + 4 * bands
        sizes = [size, *[width] * 7]
        self.points = nn.ModuleList(nn.Linear(a + size if index == 4 else a, width) for index, a in enumerate(sizes))
        self.density, self.feature = nn.Linear(width, 1), nn.Linear(width, width)
        self.views, self.colour = nn.Linear(width + 2, width // 2), nn.Linear(width // 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Colour weighted by density."""
        angles = [x * 2**band * math.pi for band in range(self.bands)]
        encoded = torch.cat([x, *map(torch.sin, angles), *map(torch.cos, angles)], 1)
        h = encoded
        for index, layer in enumerate(self.points):
            h = functional.relu(layer(torch.cat([encoded, h], 1) if index == 4 else h))
        density = functional.softplus(self.density(h))
        views = functional.relu(self.views(torch.cat([self.feature(h), x], 1)))
        return self.colour(views) * (1 - torch.exp(-density))  # type: ignore[no-any-return]


class FourierFeatures(nn.Module):
    """Random Fourier features of coordinates before an MLP."""

    def __init__(self, width: int = 64, scale: float = 4.0) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.randn(2, width) * scale)
        self.net = mlp(4, width=128, inputs=2 * width, outputs=1)

    def forward(self, x: Tensor) -> Tensor:
        """The value at the coordinates."""
        angles = 2 * math.pi * x @ self.get_buffer("frequencies")
        return self.net(torch.cat([angles.sin(), angles.cos()], 1))  # type: ignore[no-any-return]


def _squashed(s: Tensor) -> Tensor:
    size = s.square().sum(-1, keepdim=True)
    return size / (1 + size) * s / (size + 1e-8).sqrt()


class Capsules(nn.Module):
    """Capsules with dynamic routing: lengths of vectors are the scores."""

    def __init__(self, size: int = 4, length: int = 8, rounds: int = 3) -> None:
        super().__init__()
        self.size, self.rounds = size, rounds
        self.conv, self.primary = nn.Conv2d(3, 32, 5, 2), nn.Conv2d(32, 4 * size, 5, 2)
        self.routes = nn.Parameter(0.1 * torch.randn(CLASSES, 4 * 4 * 4, size, length))

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        h = self.primary(functional.relu(self.conv(x)))
        u = _squashed(h.flatten(2).unflatten(1, (4, self.size)).transpose(2, 3).flatten(1, 2))
        votes = torch.einsum("bid,cidl->bcil", u, self.routes)
        logits = torch.zeros(votes.shape[:3])
        for _ in range(self.rounds):
            v = _squashed((logits.softmax(1).unsqueeze(3) * votes).sum(2))
            logits = logits + (votes * v.unsqueeze(2)).sum(3)
        return 10 * v.square().sum(2).add(1e-8).sqrt()


class SwitchBlock(nn.Module):
    """A transformer's block whose linear layers are a switch: each word goes to one expert."""

    def __init__(self, width: int, experts: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.router = nn.Linear(width, experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)) for _ in range(experts)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Attention, then the chosen expert."""
        h = self.norm1(x)
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
        h = self.norm2(x)
        share, chosen = self.router(h).softmax(-1).max(-1, keepdim=True)
        made = torch.stack([expert(h) for expert in self.experts], -1)
        return x + share * made.gather(-1, chosen.unsqueeze(-1).expand(*h.shape, 1)).squeeze(-1)  # type: ignore[no-any-return]


class Switch(nn.Module):
    """A language model of such blocks."""

    def __init__(self, blocks: int = 4, width: int = _WIDTH, experts: int = 4) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, width), nn.Embedding(WORDS, width)
        self.blocks = nn.Sequential(*(SwitchBlock(width, experts) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, WORDS)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every next word."""
        h = self.blocks(self.words(x) + self.places(torch.arange(x.shape[1])))
        return self.head(self.norm(h))  # type: ignore[no-any-return]


class Clicks(nn.Module):
    """DLRM: embeddings of categories, a network of numbers, and a network of their products."""

    def __init__(self, categories: int = 6, values: int = 10, numbers: int = 8, width: int = 16) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(values, width) for _ in range(categories))
        self.bottom = nn.Sequential(nn.Linear(numbers, 64), nn.ReLU(), nn.Linear(64, width), nn.ReLU())
        pairs = (categories + 1) * categories // 2
        self.top = nn.Sequential(
            nn.Linear(width + pairs, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)
        )

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """A score of the click."""
        dense = self.bottom(numbers)
        vectors = torch.stack([dense, *(e(c) for e, c in zip(self.embeddings, categories.T, strict=True))], 1)
        rows, columns = torch.triu_indices(vectors.shape[1], vectors.shape[1], 1)
        products = (vectors @ vectors.transpose(1, 2))[:, rows, columns]
        return self.top(torch.cat([dense, products], 1))  # type: ignore[no-any-return]


class WideAndDeep(nn.Module):
    """A linear part of categories beside a deep one, which add up."""

    def __init__(self, categories: int = 6, values: int = 10, numbers: int = 8, width: int = 8) -> None:
        super().__init__()
        self.wide = nn.ModuleList(nn.Embedding(values, 1) for _ in range(categories))
        self.embeddings = nn.ModuleList(nn.Embedding(values, width) for _ in range(categories))
        self.deep = mlp(3, width=64, inputs=numbers + categories * width, outputs=1)

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """A score of the click."""
        wide = torch.stack([e(c) for e, c in zip(self.wide, categories.T, strict=True)]).sum(0)
        deep = [e(c) for e, c in zip(self.embeddings, categories.T, strict=True)]
        return wide + self.deep(torch.cat([numbers, *deep], 1))  # type: ignore[no-any-return]


class TabTransformer(nn.Module):
    """Categories as words of a transformer, numbers normalized beside them."""

    def __init__(self, categories: int = 6, values: int = 10, numbers: int = 8, width: int = _WIDTH) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(values, width) for _ in range(categories))
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True, activation="gelu")
        self.transformer = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(numbers)
        self.head = mlp(2, width=64, inputs=categories * width + numbers, outputs=1)

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        """A score of the click."""
        words = torch.stack([e(c) for e, c in zip(self.embeddings, categories.T, strict=True)], 1)
        return self.head(torch.cat([self.transformer(words).flatten(1), self.norm(numbers)], 1))  # type: ignore[no-any-return]


class Siamese(nn.Module):
    """One network for both of two images, and a score of their distance."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 16, width),
        )
        self.score = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """A score that both halves of the channels show the same."""
        a, b = x.chunk(2, 1)
        return self.score((self.net(a) - self.net(b)).abs())  # type: ignore[no-any-return]


class VectorQuantized(nn.Module):
    """VQ-VAE: the code of an image is rounded to a book's entries, past which the gradient goes straight."""

    def __init__(self, entries: int = 32, width: int = 16) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, width, 3, 1, 1))
        self.book = nn.Embedding(entries, width)
        self.decoder = nn.Sequential(nn.Conv2d(width, 32, 3, 1, 1), nn.ReLU(), nn.ConvTranspose2d(32, 3, 4, 2, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The image put together again, and how far code and book are apart."""
        code = self.encoder(x).permute(0, 2, 3, 1)
        nearest = self.book(torch.cdist(code.flatten(0, 2), self.book.weight).argmin(1)).view(code.shape)
        apart = functional.mse_loss(nearest, code.detach()) + 0.25 * functional.mse_loss(code, nearest.detach())
        straight = code + (nearest - code).detach()
        return self.decoder(straight.permute(0, 3, 1, 2)), apart


class Dueling(nn.Module):
    """A deep Q-network of Atari's size in small, with a value and an advantage of each action."""

    def __init__(self, actions: int = 1) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(4, 32, 8, stride=4),
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.value = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 1))
        self.advantage = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, actions))

    def forward(self, x: Tensor) -> Tensor:
        """The value of the action."""
        h = self.conv(x)
        return self.value(h) + self.advantage(h)  # type: ignore[no-any-return]


class Actor(nn.Module):
    """DDPG's actor: two hidden layers, a last one of weights up to 0.003, and tanh."""

    def __init__(self, inputs: int = 8) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(inputs, 64), nn.Linear(64, 64), nn.Linear(64, 1)
        nn.init.uniform_(self.fc3.weight, -3e-3, 3e-3)
        nn.init.uniform_(self.fc3.bias, -3e-3, 3e-3)

    def forward(self, x: Tensor) -> Tensor:
        """An action from -2 to 2."""
        return 2 * torch.tanh(self.fc3(functional.relu(self.fc2(functional.relu(self.fc1(x))))))


class GraphConvolutions(nn.Module):
    """GCN as Kipf and Welling write it: weights by Glorot, adjacency normalized on both sides."""

    def __init__(self, layers: int, width: int = _WIDTH, *, residual: bool = False) -> None:
        super().__init__()
        sizes = [16, *[width] * (layers - 1), 4]
        self.residual = residual
        self.weights = nn.ParameterList(nn.init.xavier_uniform_(torch.empty(a, b)) for a, b in pairwise(sizes))

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Scores of every node."""
        adjacency = torch.eye(len(x)).index_put((edges[0], edges[1]), torch.ones(()))
        root = adjacency.sum(1).rsqrt()
        adjacency = root.unsqueeze(1) * adjacency * root
        for index, weight in enumerate(self.weights):
            h = adjacency @ (x @ weight)
            if index < len(self.weights) - 1:
                h = functional.relu(h)
                h = h + x if self.residual and h.shape == x.shape else h
            x = h
        return x


class MessagePassing(nn.Module):
    """Messages along edges by one network, and an update of every node by a GRU cell, three times."""

    def __init__(self, rounds: int = 3, width: int = _WIDTH) -> None:
        super().__init__()
        self.rounds = rounds
        self.enter, self.leave = nn.Linear(16, width), nn.Linear(width, 4)
        self.message = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, width))
        self.update = nn.GRUCell(width, width)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Scores of every node."""
        h = self.enter(x)
        for _ in range(self.rounds):
            sent = self.message(torch.cat([h[edges[0]], h[edges[1]]], 1))
            h = self.update(torch.zeros_like(h).index_add(0, edges[1], sent), h)
        return self.leave(h)  # type: ignore[no-any-return]


class GraphAttention(nn.Module):
    """Graph attention over all neighbours, as one masked matrix."""

    def __init__(self, layers: int = 2, width: int = _WIDTH) -> None:
        super().__init__()
        sizes = [16, *[width] * (layers - 1), 4]
        self.linears = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(sizes))
        self.scores = nn.ModuleList(nn.Linear(2 * b, 1, bias=False) for b in sizes[1:])

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        """Scores of every node."""
        mask = torch.eye(len(x)).index_put((edges[0], edges[1]), torch.ones(())) == 0
        for index, (linear, score) in enumerate(zip(self.linears, self.scores, strict=True)):
            h = linear(x)
            both = torch.cat([h.unsqueeze(1).expand(-1, len(h), -1), h.expand(len(h), -1, -1)], 2)
            energy = functional.leaky_relu(score(both).squeeze(2), 0.2).masked_fill(mask, -1e9)
            x = energy.softmax(1) @ h
            x = functional.elu(x) if index < len(self.linears) - 1 else x
        return x


class Points(nn.Module):
    """PointNet: one network for every point, and the maximum over all."""

    def __init__(self) -> None:
        super().__init__()
        self.each = nn.Sequential(
            nn.Conv1d(16, 64, 1),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Conv1d(64, 128, 1),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Conv1d(128, 256, 1),
            nn.BatchNorm1d(256),
        )
        self.head = nn.Sequential(nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the set."""
        return self.head(self.each(x.transpose(1, 2)).amax(2))  # type: ignore[no-any-return]


class Sets(nn.Module):
    """Deep sets: a network of every element, their sum, a network of it."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.phi = mlp(2, "ELU", width=width, inputs=16, outputs=width)
        self.rho = mlp(2, "ELU", width=width, inputs=width)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the set."""
        return self.rho(self.phi(x).sum(1))  # type: ignore[no-any-return]


class Highway(nn.Module):
    """A highway network, whose gates begin closed."""

    def __init__(self, layers: int = 12, width: int = 64, bias: float = -2.0) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(32, width), nn.Linear(width, CLASSES)
        self.plain = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.gates = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        for gate in self.gates:
            nn.init.constant_(gate.get_parameter("bias"), bias)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        h = self.enter(x)
        for plain, gate in zip(self.plain, self.gates, strict=True):
            share = torch.sigmoid(gate(h))
            h = share * functional.relu(plain(h)) + (1 - share) * h
        return self.leave(h)  # type: ignore[no-any-return]


class Ode(nn.Module):
    """A neural differential equation by Euler's steps: one network, again and again."""

    def __init__(self, steps: int = 10, width: int = 64) -> None:
        super().__init__()
        self.steps = steps
        self.enter, self.leave = nn.Linear(32, width), nn.Linear(width, CLASSES)
        self.field = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        h = self.enter(x)
        for _ in range(self.steps):
            h = h + self.field(h) / self.steps
        return self.leave(h)  # type: ignore[no-any-return]


class Maxout(nn.Module):
    """A maxout network: of several linear maps the largest."""

    def __init__(self, layers: int = 4, width: int = 48, pieces: int = 3) -> None:
        super().__init__()
        self.pieces = pieces
        sizes = [32, *[width] * layers]
        self.layers = nn.ModuleList(nn.Linear(a, b * pieces) for a, b in pairwise(sizes))
        self.leave = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        for layer in self.layers:
            x = layer(x).unflatten(1, (-1, self.pieces)).amax(2)
        return self.leave(x)  # type: ignore[no-any-return]


class Dense(nn.Module):
    """Layers that each take all that came before."""

    def __init__(self, layers: int = 8, growth: int = 24) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(32 + growth * index, growth) for index in range(layers))
        self.leave = nn.Linear(32 + growth * layers, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        for layer in self.layers:
            x = torch.cat([x, functional.silu(layer(x))], 1)
        return self.leave(x)  # type: ignore[no-any-return]


class Mapping(nn.Module):
    """StyleGAN's mapping network: eight layers of leaky ReLU with weights scaled where they are used."""

    def __init__(self, layers: int = 8, width: int = 64, rate: float = 0.01) -> None:
        super().__init__()
        self.rate = rate
        self.weights = nn.ParameterList(torch.randn(width, width) / rate for _ in range(layers))
        self.enter, self.leave = nn.Linear(32, width), nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        h = self.enter(x)
        h = h * (h.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for weight in self.weights:
            gain = self.rate / math.sqrt(len(weight))
            h = functional.leaky_relu(functional.linear(h, weight * gain), 0.2) * math.sqrt(2)
        return self.leave(h)  # type: ignore[no-any-return]


class TextConvolutions(nn.Module):
    """Kim's network for sentences: convolutions of several lengths, and the maximum over time."""

    LENGTHS = (3, 4, 5)

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, width)
        self.convs = nn.ModuleList(nn.Conv1d(width, 24, size) for size in self.LENGTHS)
        self.fc = nn.Linear(72, WORDS)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every next word, by what came before it."""
        h = self.embed(x).transpose(1, 2)
        found = []
        for size, conv in zip(self.LENGTHS, self.convs, strict=True):
            made = functional.relu(conv(functional.pad(h, (size - 1, 0))))
            found.append(torch.stack([made[..., : end + 1].amax(2) for end in range(x.shape[1])], 1))
        return self.fc(torch.cat(found, 2))  # type: ignore[no-any-return]


class Tagger(nn.Module):
    """A bidirectional LSTM over convolutions of spectra, as in DeepSpeech."""

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(16, width, 3, padding=1), nn.BatchNorm1d(width), nn.Hardtanh(0, 20))
        self.rnn = nn.LSTM(width, width, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the sequence."""
        h = self.conv(x.transpose(1, 2)).transpose(1, 2)
        return self.fc(self.rnn(h)[0].mean(1))  # type: ignore[no-any-return]


class StateSpace(nn.Module):
    """Layers of diagonal state spaces, each with a gate and added to its input."""

    def __init__(self, layers: int = 4, width: int = _WIDTH, states: int = 8) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(16, width), nn.Linear(width, CLASSES)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.rates = nn.ParameterList(
            torch.log(torch.arange(1, states + 1).float()).repeat(width, 1) for _ in range(layers)
        )
        self.reads = nn.ParameterList(torch.randn(width, states) / states for _ in range(layers))
        self.gates = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the sequence."""
        h = self.enter(x)
        time = torch.arange(x.shape[1])
        for norm, rate, read, gate in zip(self.norms, self.rates, self.reads, self.gates, strict=True):
            kernel = (torch.exp(-0.1 * rate.exp().unsqueeze(2) * time) * read.unsqueeze(2)).sum(1)
            lags = (time.unsqueeze(1) - time).clamp_min(0)
            causal = kernel[:, lags] * (time.unsqueeze(1) >= time)
            made = torch.einsum("wts,bsw->btw", causal, norm(h))
            h = h + functional.glu(gate(functional.gelu(made)), -1)
        return self.leave(h.mean(1))  # type: ignore[no-any-return]


class Radial(nn.Module):
    """Radial basis functions around trainable centres, as an old textbook has them."""

    def __init__(self, centres: int = 64) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(centres, 32))
        self.widths = nn.Parameter(torch.full((centres,), 0.15))
        self.leave = nn.Linear(centres, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        distances = torch.cdist(x, self.centres)
        return self.leave(torch.exp(-(self.widths * distances).square()))  # type: ignore[no-any-return]


class CifarBlock(nn.Module):
    """A residual block of the networks for CIFAR-10, activated before or after its convolutions."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(inputs if first else outputs), nn.BatchNorm2d(outputs)
        self.short = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Both convolutions, and the shortcut."""
        if self.first:
            h = self.conv1(functional.relu(self.bn1(x)))
            return self.conv2(functional.relu(self.bn2(h))) + self.short(x)  # type: ignore[no-any-return]
        h = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(h)) + self.short(x))


def cifar_resnet(blocks: int = 3, width: int = 16, *, first: bool = False) -> nn.Sequential:
    """The residual network of 6 n + 2 layers for CIFAR-10, with He's initialization."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, 1, 1, bias=False)]
    layers += [] if first else [nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage in range(3):
        for index in range(blocks):
            stride = 2 if stage and not index else 1
            layers.append(CifarBlock(channels, width * 2**stage, stride, first=first))
            channels = width * 2**stage
    layers += [nn.BatchNorm2d(channels), nn.ReLU()] if first else []
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


class Sharper(nn.Module):
    """EDSR: residual blocks without normalization, their branches times 0.1, before pixels are shuffled."""

    def __init__(self, blocks: int = 6, width: int = 32) -> None:
        super().__init__()
        self.head, self.body = nn.Conv2d(3, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1))
            for _ in range(blocks)
        )
        self.tail = nn.Sequential(nn.Conv2d(width, 4 * 3, 3, 1, 1), nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        """The image, twice as large."""
        first = h = self.head(x)
        for block in self.blocks:
            h = h + 0.1 * block(h)
        return self.tail(first + self.body(h))  # type: ignore[no-any-return]


def critic(width: int = 16) -> nn.Sequential:
    """The critic of a WGAN with a gradient penalty: layer normalization in place of batch normalization."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    size = 16
    for before in (width, 2 * width):
        size //= 2
        layers += [nn.Conv2d(before, 2 * before, 4, 2, 1), nn.LayerNorm([2 * before, size, size]), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * size * size, 1))


def spectral(width: int = 16) -> nn.Sequential:
    """A discriminator with spectral normalization of every layer."""
    normalized = nn.utils.parametrizations.spectral_norm
    layers: list[nn.Module] = []
    for before, after in pairwise((3, width, 2 * width, 4 * width)):
        layers += [normalized(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(0.1)]
    return nn.Sequential(*layers, nn.Flatten(), normalized(nn.Linear(4 * width * 16, 1)))


def stacked(widths: Sequence[int] = (64, 48, 32, 16, 8), activation: str = "Tanh") -> nn.Sequential:
    """A deep autoencoder, as deep belief networks were unrolled to be."""
    sizes = [*widths, *reversed(widths[:-1])]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), getattr(nn, activation)()]
    return nn.Sequential(*layers[:-1])


class Mixer(nn.Module):
    """MLP-Mixer by hand."""

    def __init__(self, blocks: int = 4, width: int = 48, patches: int = 16) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, width, 8, 8)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * blocks))
        self.words = nn.ModuleList(mlp(1, "GELU", width=32, inputs=patches, outputs=patches) for _ in range(blocks))
        self.channels = nn.ModuleList(mlp(1, "GELU", width=96, inputs=width, outputs=width) for _ in range(blocks))
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        h = self.embed(x).flatten(2).transpose(1, 2)
        for index, (words, channels) in enumerate(zip(self.words, self.channels, strict=True)):
            h = h + words(self.norms[2 * index](h).transpose(1, 2)).transpose(1, 2)
            h = h + channels(self.norms[2 * index + 1](h))
        return self.head(h.mean(1))  # type: ignore[no-any-return]


class Lines(nn.Module):
    """A network of B-spline edges (a Kolmogorov-Arnold network), here with hats in place of splines."""

    def __init__(self, sizes: Sequence[int] = (32, 24, CLASSES), knots: int = 8) -> None:
        super().__init__()
        self.register_buffer("knots", torch.linspace(-2, 2, knots))
        self.bases = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(sizes))
        self.splines = nn.ModuleList(nn.Linear(a * knots, b, bias=False) for a, b in pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        for base, spline in zip(self.bases, self.splines, strict=True):
            hats = functional.relu(1 - (x.unsqueeze(2) - self.get_buffer("knots")).abs() * 1.75)
            x = base(functional.silu(x)) + spline(hats.flatten(1))
        return x
