"""Run an experiment of the laboratory once for all exhibits that ask for it with the same settings."""

import pickle
from pathlib import Path
from typing import Protocol, TypeVar, cast

from figures_src.cache.sources import SourceTree
from figures_src.cache.store import Store

Config = TypeVar("Config", contravariant=True)
Result = TypeVar("Result", covariant=True)
Measured = TypeVar("Measured")
Settings = TypeVar("Settings")

KIND = "results"


class Experiment(Protocol[Config, Result]):
    """A module of `gradlab.experiments`: a frozen config in, a frozen result out."""

    @property
    def __name__(self) -> str:
        """The module's full name, such as `gradlab.experiments.activations.explosion`."""

    def run(self, config: Config, /) -> Result:
        """Run the experiment."""


def key(module: str, config: object) -> str:
    """The store's key of a result: the experiment's sources, the settings, and the environment."""
    tree = SourceTree()
    return tree.fingerprint(tree.closure([module]).values(), module, repr(config))


def measured(experiment: Experiment[Settings, Measured], config: Settings) -> Measured:
    """The experiment's result for the settings, from the store or by running it now.

    The store holds only what this project's own code pickled under a key of that code; `make clean` removes it.
    """
    module = experiment.__name__

    def write(folder: Path) -> None:
        (folder / "result.pickle").write_bytes(pickle.dumps(experiment.run(config)))

    def read(folder: Path) -> Measured:
        return cast(Measured, pickle.loads((folder / "result.pickle").read_bytes()))  # noqa: S301 - see above

    return Store().reading(KIND, module.rpartition(".")[2], key(module, config), write, read)
