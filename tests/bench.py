"""The project's speed as ratios against a named alternative of the same run: `make bench`.

Absolute times are printed only to show what the ratios were taken of; the machine they are taken on is not quiet.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import torch
from torch import Tensor

from figures_src.exhibits.tools._answers import Config
from figures_src.make import workers
from figures_src.model.failures import relative
from figures_src.model.language import LANGUAGES
from figures_src.site.build import environment
from gradlab import batched, training
from gradlab.datasets import two_spirals
from gradlab.networks import MLP, MLPConfig
from tests import bench_probe, suite_times
from tests.peers import run, show
from tests.project import Project, copy_project
from tests.serving import free_port

ROUNDS = 3


def seconds(action: Callable[[], object]) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved(ours: Callable[[], object], alternative: Callable[[], object]) -> tuple[float, float, float]:
    """Medians of both, and the median of the ratios pair by pair."""
    pairs = [(seconds(ours), seconds(alternative)) for _ in range(ROUNDS)]
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(theirs), statistics.median(a / b for a, b in pairs)


def report(
    what: str, against: str, ours: Callable[[], object], alternative: Callable[[], object], goal: str = ""
) -> None:
    """Print one row."""
    mine, theirs, ratio = interleaved(ours, alternative)
    print(f"{ratio:8.3g}  {what} ({mine:.3g} s) / {against} ({theirs:.3g} s){f'; goal: {goal}' if goal else ''}")


def docs(project: Project) -> None:
    """The command of `make docs`."""
    done = project.run("-m", "figures_src", "docs")
    if done.returncode:
        sys.exit(done.stderr)


def finished_pages(project: Project, folder: Path) -> list[tuple[Path, dict[str, str]]]:
    """The finished pages as plain MkDocs projects without anything of ours: same theme, same plugins for search."""
    made = []
    for language in LANGUAGES:
        target = folder / language
        docs_folder = target / "docs"
        for page in (project.folder / "site" / language).rglob("index.html"):
            text = page.read_text(encoding="utf-8")
            article = text.split("<article", 1)[-1].split(">", 1)[-1].rsplit("</article>", 1)[0]
            name = page.parent.relative_to(project.folder / "site" / language).as_posix()
            file = docs_folder / ("index.md" if name == "." else f"{name}.md")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(article, encoding="utf-8")
        config = (
            f"site_name: plain\ndocs_dir: docs\nsite_dir: site\n"
            f"theme: {{name: material, font: false, language: {language}}}\n"
            f"plugins: [{{search: {{lang: {language}}}}}]\nmarkdown_extensions: [attr_list, tables, toc]\n"
        )
        (target / "mkdocs.yml").write_text(config, encoding="utf-8")
        made.append((target, environment(language)))
    return made


def plain(projects: list[tuple[Path, dict[str, str]]]) -> None:
    """Two plain builds of the finished pages, one after the other."""
    for folder, variables in projects:
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)


def wait_for(address: str, text: str) -> None:
    """Until the page at an address holds a text."""
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if text in answer.read().decode():
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.02)
    sys.exit(f"{address} never showed {text!r}")


def follow(address: str, text: str) -> None:
    """Until the page at an address holds a text, as its own script follows it: one request that waits for the server.

    To ask again and again would take from the build the processor that is measured.
    """
    while text not in (page := urllib.request.urlopen(address, timeout=120).read().decode()):
        epoch = page.partition('data-epoch="')[2].partition('"')[0]
        urllib.request.urlopen(urljoin(address, f"/livereload/{epoch}/1"), timeout=120).read()


def preview(project: Project) -> None:
    """Time until the live preview shows an edit of a page, and one of gradlab."""
    port = free_port()
    command = [sys.executable, "-m", "figures_src", "serve", "--language", "en", "--address", f"127.0.0.1:{port}"]
    variables = {**os.environ, "PYTHONPATH": str(project.folder), "GRADIENT_LAB_STORE": str(project.store)}
    server = subprocess.Popen(
        command,
        cwd=project.folder,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(f"{address}how-this-site-is-made/", "spread_seeds=1000")
        page = project.folder / "docs/en/index.md"
        times = []
        for word in ("Edited once.", "Edited twice.", "Edited again."):
            page.write_text(f"{page.read_text(encoding='utf-8')}\n{word}\n", encoding="utf-8")
            times.append(seconds(partial(follow, address, word)))
        print(f"{statistics.median(times):8.2f} s  from the edit of a page to its preview; goal: under 2 s")
        # One seed more in the distribution: it is seen, and every check holds as before.
        project.edit("gradlab/experiments/activations/explosion.py", "seeds: int = 1000", "seeds: int = 1001")
        library = seconds(partial(follow, f"{address}how-this-site-is-made/", "spread_seeds=1001"))
        touched = subprocess_time(project)
        print(f"{library:8.2f} s  from an edit of one experiment to its preview (its exhibit alone: {touched:.2f} s)")
    finally:
        os.killpg(server.pid, signal.SIGINT)  # as a terminal does: the preview and MkDocs, which it started
        server.wait()


def subprocess_time(project: Project) -> float:
    """Making the exhibit that the edit touched, from nothing."""
    with tempfile.TemporaryDirectory() as store:
        alone = Project(project.folder, Path(store))
        return seconds(lambda: alone.run("-m", "figures_src.make.workers", "explosion"))


def gradients_alone(config: MLPConfig, x: Tensor, seed: int) -> Tensor:
    """The norms of the gradients of one network with respect to z, without those of its weights."""
    network = MLP(config, torch.Generator().manual_seed(seed)).requires_grad_(False)
    steps = network.trace(x.clone().requires_grad_())
    gradients = torch.autograd.grad(steps[-1].a.sum(), [step.z for step in steps])
    return torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])


def many_networks(what: str, config: MLPConfig, count: int, batch: int = 1) -> None:
    """Networks of one shape in one batched computation, against a plain loop over as many."""
    x = torch.ones(batch, config.width, dtype=torch.float64)

    def at_once() -> None:
        networks = batched.draw(config, count, torch.Generator().manual_seed(0))
        _ = batched.run(networks, x.unsqueeze(0)).dz_norms

    def loop() -> None:
        for seed in range(count):
            gradients_alone(config, x, seed)

    report(f"{what}: {count} networks of width {config.width} at once", "a plain loop over them", at_once, loop)


def many_trainings() -> None:
    """The rows of the spirals that share a shape, from every seed, against training one network after the other."""
    steps = 20
    shape = MLPConfig(width=32, depth=20, initialization="he", input_width=2, output_width=1, bias="zero")
    networks = [MLP(shape, torch.Generator().manual_seed(seed)) for seed in range(15)]
    rules = [training.Rule(0.1)] * len(networks)
    samples = two_spirals(48, torch.Generator().manual_seed(0))

    def at_once() -> None:
        training.train(networks, rules, samples, steps)

    def loop() -> None:
        for network, rule in zip(networks, rules, strict=True):
            training.train([network], [rule], samples, steps)

    report(f"spirals: {len(networks)} networks trained at once", "a plain loop over them", at_once, loop)


def experiments() -> None:
    """Experiments batched over seeds and settings, in the shapes that their exhibits use."""
    many_networks("explosion", MLPConfig(width=1, depth=20, bias="none"), 1000)
    many_networks("dead networks", MLPConfig(width=8, depth=20, initialization="he", bias="none"), 1000)
    many_networks("repair", MLPConfig(width=16, depth=20, initialization="he", bias="none"), 1000)
    many_networks("sigma_map", MLPConfig(width=256, depth=20, initialization="normal", bias="none"), 5, batch=16)
    many_trainings()


def from_nothing(project: Project) -> None:
    """The playground's grid and all figures with an empty store, and how much of that is for the experiments alone."""
    cores = os.cpu_count()
    grid = seconds(lambda: project.run("-m", "figures_src.playground"))
    print(f"{grid:8.2f} s  the playground's grid from nothing on {cores} cores")
    cold = seconds(lambda: project.run("-m", "figures_src", "figures"))
    print(f"{cold:8.2f} s  all figures from nothing on {cores} cores; goal: under 30 s")
    shutil.rmtree(project.store / workers.KIND)
    drawn = seconds(lambda: project.run("-m", "figures_src", "figures"))
    print(f"{cold - drawn:8.2f} s  of these for all experiments; goal: under 90 s")
    print(f"{grid + cold - drawn:8.2f} s  for all experiments with the playground's grid")


def main() -> None:
    """Run everything."""
    torch.set_num_threads(1)
    if suite_times.RECORD.is_file():
        print(f"the tests' time by room: {suite_times.shares()}")
    else:
        print(f"the tests' time by room: not known; `make test` records it in {relative(suite_times.RECORD)}")
    experiments()
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "project", store=Path(folder) / "store")
        from_nothing(project)
        docs(project)
        projects = finished_pages(project, Path(folder) / "plain")
        report("warm `make docs`", "two plain `mkdocs build`", lambda: docs(project), lambda: plain(projects), "1.3")
        preview(project)
    bench_probe.main()
    config = Config()
    print("\n".join(show.costs(run.tested(tool, config, diagnosing=False) for tool in config.tools)))


if __name__ == "__main__":
    main()
