"""A folder with a user's models in it, and the program run there."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gradlab.commands import choice
from gradlab.commands.application import application

Run = Callable[..., Result]

NETS = '''
import torch
from torch import nn

def vanishing():
    return nn.Sequential(*[m for _ in range(20) for m in (nn.Linear(64, 64), nn.ReLU())], nn.Linear(64, 10))

def healthy():
    layers = [m for _ in range(6) for m in (nn.Linear(64, 64), nn.ReLU())]
    for layer in layers[::2]:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(*layers, nn.Linear(64, 1))

class Net(nn.Module):
    """With <angle brackets> & more in its name of a layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(10, 20), nn.Linear(20, 3)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(50, 8), nn.Linear(8, 3)

    def forward(self, words, scale=None):
        value = self.embedding(words).mean(1)
        return {"logits": self.out(value if scale is None else value * scale), "cache": None}

def lazy():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))

def double():
    return Net().double()

def broken():
    return {}["width"]

def leaves():
    raise SystemExit(3)

def detached():
    class Detached(nn.Linear):
        def forward(self, x):
            return super().forward(x).detach()
    return Detached(10, 3)

def batch():
    return {"x": torch.ones(4, 10)}

def pair():
    return torch.zeros(4, 5, dtype=torch.long), torch.ones(1)

def nothing():
    return "text"

def loss(output):
    return output.square().mean()

def elementwise(output):
    return output

def number(output):
    return output.sum().item()

def failing(output):
    raise ValueError("no such loss")

def constant(output):
    return torch.ones(())

model = Net()

class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))

    def forward(self, x):
        return self.body(x)

class Labelled(Net):
    def forward(self, x):
        logits = super().forward(x)
        return {"loss": logits.square().mean(), "logits": logits}

def narrow():
    return nn.Sequential(*[m for _ in range(8) for m in (nn.Linear(16, 16), nn.ReLU())], nn.Linear(16, 1))
'''
PARSED = """
import argparse
from torch import nn

options = argparse.ArgumentParser()
options.add_argument("--data", default="here")
options.add_argument("--width", type=int, default=20)
chosen = options.parse_args()

def make():
    return nn.Sequential(nn.Linear(10, chosen.width), nn.ReLU(), nn.Linear(chosen.width, 3))
"""
STRICT = PARSED.replace('default="here"', "required=True")
TRAINED = """
import torch
from torch import nn

def make():
    return nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))

model = make()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(7):
    optimizer.zero_grad()
    model(torch.ones(4, 10)).square().mean().backward()
    optimizer.step()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's folder, in which everything runs; nothing of it stays imported."""
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    (tmp_path / "faulty.py").write_text("def make(:\n    pass\n", encoding="utf-8")
    (tmp_path / "needy.py").write_text("import not_there_at_all\n", encoding="utf-8")
    for name, text in (("parsed", PARSED), ("strict", STRICT), ("trained", TRAINED)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) & ({"nets", "faulty", "needy", "parsed", "strict", "trained"} - before):
        del sys.modules[name]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program with arguments, in a terminal as wide as it needs, in an English environment."""

    def program(*arguments: str, **environment: str) -> Result:
        for name in ("LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(application(choice.chosen(arguments, environment)), list(arguments))

    return program
