"""Exhibits made as on other kinds of processor, and held against those of this one.

`python -m tests.processors` makes all of them with the loops of every older kind, with more threads, and with the
matrix products of other kinds. It says how many checks hold there, how much of what readers see is the same to
the last digit, and names the rest. A check that does not hold is a claim that hangs on a rounding.

Then those that train on data with noise are made on other data, of which checks alone are counted: one that does not
hold is a claim that hangs on a sample.
"""

import argparse
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path

from figures_src.cache import processor, shown
from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import SourceTree
from figures_src.cache.store import FOLDER_VARIABLE
from figures_src.model import exhibit, tables
from figures_src.model.failures import ROOT
from figures_src.model.language import LANGUAGES, localizer

# Exhibits of this page, and what shares their networks, train for longer than the slow tests may take.
TRAINING, LONG, SHARING = "gradlab.training", "remedies", ("clipped_training", "batch_normalization")

# Intel's library of matrix products sums in another order on each of these (an AVX-512 processor is a fourth).
PRODUCTS = ("COMPATIBLE", "AVX", "AVX2")

# What experiments call the seed of the noise in their data, other seeds than theirs, and the exhibit that shows them.
DATA_SEED, OTHER_SEEDS, OTHER_DATA = "data_seed", (1, 2, 3), "other_data"

Seen = dict[str, dict[str, str]]
"""Texts of every exhibit as readers see them, by exhibit and by part."""


@dataclass(frozen=True)
class Kind:
    """Another kind of processor, as far as this one can do as if it were that.

    Attributes:
        name: what it is called.
        variables: of the environment, which torch and its library of matrix products read.
        threads: threads of torch.
        data_seed: seed of the noise in data; 0 is that of the pages.

    """

    name: str
    variables: Mapping[str, str]
    threads: int = 1
    data_seed: int = 0


def kinds() -> tuple[Kind, ...]:
    """Every kind that this processor can do as if it were: those before it, more threads, and others' products."""
    before = processor.CAPABILITIES[processor.CAPABILITIES.index(processor.capability()) + 1 :]
    older = tuple(Kind(name, {processor.VARIABLE: name.lower()}) for name in before)
    oldest = {processor.VARIABLE: processor.NO_SPECIAL.lower()}
    return (
        *older,
        Kind(f"{processor.NO_SPECIAL}, 4 threads", oldest, threads=4),
        *(Kind(f"products of {name}", {"MKL_CBWR": name}) for name in PRODUCTS),
        *(Kind(f"data of seed {seed}", {}, data_seed=seed) for seed in OTHER_SEEDS),
    )


def short() -> list[str]:
    """The exhibits whose modules use a training, at any depth, and that train for a moment."""
    tree = SourceTree()
    names = [name for name in exhibit.discover() if TRAINING in tree.closure([exhibit.module_name(name)])]
    return [name for name in names if name not in SHARING and f".{LONG}." not in exhibit.module_name(name)]


def of_this(catalog: Catalog) -> Seen:
    """The texts of every exhibit, as it was made here."""
    return {name: shown.texts(offered) | _tables(catalog, name) for name, offered in catalog.exhibits.items()}


def _tables(catalog: Catalog, name: str) -> dict[str, str]:
    files = ((language, catalog.folder / language / f"{name}.md") for language in LANGUAGES)
    return {_table(language): file.read_text(encoding="utf-8") for language, file in files if file.is_file()}


def _table(language: str) -> str:
    return f"table ({language})"


def made(names: Sequence[str], kind: Kind) -> Seen:
    """The texts of exhibits that are made anew as on a kind of processor."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [sys.executable, "-m", "tests.processors", "--answer", str(answer), "--threads", str(kind.threads)]
        command += ["--data-seed", str(kind.data_seed)]
        settings = {**os.environ, **kind.variables, FOLDER_VARIABLE: str(Path(scratch) / "store")}
        subprocess.run([*command, *names], cwd=ROOT, env=settings, check=True)
        return dict(json.loads(answer.read_text(encoding="utf-8")))


def of_other_data(seed: int) -> frozenset[str]:
    """Let the experiments that have data with noise draw it from a seed, unless told otherwise; their modules."""
    from gradlab import experiments

    found = set()
    for one in pkgutil.walk_packages(experiments.__path__, f"{experiments.__name__}."):
        config = getattr(import_module(one.name), "Config", None)
        if config is None or DATA_SEED not in (parameters := signature(config).parameters):
            continue
        defaults = {name: parameter.default for name, parameter in parameters.items()}
        values = (seed if name == DATA_SEED else value for name, value in defaults.items())
        config.__init__.__defaults__ = tuple(value for value in values if value is not Parameter.empty)
        found.add(one.name)
    return frozenset(found)


def _make(names: Sequence[str], threads: int, data_seed: int) -> Seen:
    import torch

    from figures_src.make.files import offered

    torch.set_num_threads(threads)
    if data_seed:
        tree, touched = SourceTree(), of_other_data(data_seed)
        names = [one for one in names if one != OTHER_DATA and touched & {*tree.closure([exhibit.module_name(one)])}]
    seen: Seen = {}
    for name in names:
        one = exhibit.load(name)
        result = one.compute()
        seen[name] = shown.texts(offered(one, result))
        for language in LANGUAGES if one.table else ():
            assert one.table is not None
            seen[name][_table(language)] = tables.aligned(one.table(result, localizer(language)))
    return seen


def differing(here: Mapping[str, Mapping[str, str]], there: Seen) -> list[str]:
    """A line for all that readers would see otherwise of the exhibits that were made there."""
    return [f"{name}: {line}" for name in there for line in shown.differences(here[name], there[name])]


def failing(seen: Seen) -> list[str]:
    """A line for every check that does not hold."""
    return [
        f"{name}: {text}: {said}"
        for name, texts in seen.items()
        for text, said in texts.items()
        if text.startswith(shown.CHECK) and said.endswith(shown.FAILING)
    ]


def compared(here: Mapping[str, Mapping[str, str]], kind: Kind, there: Seen) -> Iterator[str]:
    """Yield what is to be said of one kind: counts first."""
    checks = sum(text.startswith(shown.CHECK) for texts in there.values() for text in texts)
    everything = sum(map(len, there.values()))
    wrong, others = failing(there), differing(here, there)
    if kind.data_seed:
        yield f"{kind.name}: {checks - len(wrong)} of {checks} checks hold"
        yield from (f"  {line}" for line in wrong)
        return
    yield f"{kind.name}: {checks - len(wrong)} of {checks} checks hold,"
    yield f"  {everything - len(others)} of {everything} texts are the same to the last digit"
    yield from (f"  {line}" for line in wrong)
    yield from (f"  {line}" for line in others)


def main(names: Sequence[str]) -> int:
    """Make exhibits, all of them where none is named, as on every other kind; 1 where a check does not hold."""
    from figures_src.make.prepare import prepare

    here = of_this(prepare()[0])
    is_wrong = False
    for kind in kinds():
        there = made(names or list(here), kind)
        print("\n".join(compared(here, kind, there)), flush=True)
        is_wrong = is_wrong or bool(failing(there))
    return int(is_wrong)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.processors", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="EXHIBIT")
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--data-seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    if asked.answer is None:
        sys.exit(main(asked.names))
    asked.answer.write_text(
        json.dumps(_make(asked.names, asked.threads, asked.data_seed), ensure_ascii=False), encoding="utf-8"
    )
