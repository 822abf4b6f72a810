"""Write the locks from pyproject.toml: every package with its version and hashes, for Python 3.11 on, on every system.

Of what gradlab takes in any newer version, the one of pins.in is locked.

docs.txt          what `make docs` installs
test.txt          what `make test` installs: the same, and more, also what the command line and reports need
torch.txt         torch alone, of docs.txt: a build of it that lies at hand is installed before the rest
audit.txt         what `make audit` installs beside that
accelerator.txt   what torch's published wheel for Linux needs beside it, and its CPU build does not; `make` installs
                  it only where the installed torch asks for it
peers.txt         what `make bench-peers` installs into an environment of its own, on top of torch as in the others:
                  the tools of peers.in, which gradlab is compared with
models.txt        what `make models` installs into an environment of its own: the newest torch that the probe is tested
                  with, the libraries of models.in, whose networks are the outside bank, and the tools that are
                  asked about it
mutants.txt       what `make mutants` installs beside test.txt
oldest.txt        what `make oldest` installs into an environment of its own: the oldest versions of oldest.in
build.txt         pip and the build tools, installed before everything else

Run by `make lock`, which installs uv for it. A lock that is older than what it is made from fails a test.
"""

import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ACCELERATOR = re.compile(r"(?:nvidia-|cuda-|triton)")
ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+(?:\[[^]]*\])?)==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
NEWEST = "torch==2.14.1 "  # of models.in, whose published wheel is installed
CONSTRAINTS = {"pyproject.toml": "pins.in", "requirements/mutants.in": "test.txt"}
HEADER = "# Made by `make lock` from {source}; do not edit.\n"


def resolve(source: str, *extras: str) -> list[str]:
    """The locked entries of a requirements source, each with its hashes, sorted by name."""
    command = ["uv", "pip", "compile", source, "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--fork-strategy", "fewest", "--no-header", "--no-annotate", "--quiet", "--allow-unsafe"]
    if source in CONSTRAINTS:
        command += ["--constraint", f"requirements/{CONSTRAINTS[source]}"]
    command += [argument for extra in extras for argument in ("--extra", extra)]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return [match[0] for match in ENTRY.finditer(text)]


def with_more_builds(entry: str) -> str:
    """The entry of the pinned torch with the further accepted builds' hashes."""
    if not entry.startswith("torch==") or entry.startswith(NEWEST):
        return entry
    hashes = [line for line in (HERE / "torch.hashes").read_text().split("\n") if line and not line.startswith("#")]
    return entry.rstrip("\n") + "".join(f" \\\n    --hash=sha256:{more}" for more in hashes) + "\n"


def write(name: str, source: str, entries: list[str]) -> None:
    """Write one lock."""
    (HERE / name).write_text(HEADER.format(source=source) + "".join(map(with_more_builds, entries)))


def main() -> None:
    """Write all locks."""
    everything = resolve("pyproject.toml", "docs", "test", "cli", "report", "audit")
    tested = {entry.partition("==")[0] for entry in resolve("pyproject.toml", "docs", "test", "cli", "report")}
    test = [entry for entry in everything if entry.partition("==")[0] in tested]
    names = {entry.partition("==")[0] for entry in resolve("pyproject.toml", "docs")}
    # The versions of test.txt, so that the two never disagree.
    docs = [entry for entry in test if entry.partition("==")[0] in names]
    peers = [entry for entry in resolve("requirements/peers.in") if not ACCELERATOR.match(entry)]
    write("docs.txt", "pyproject.toml", [entry for entry in docs if not ACCELERATOR.match(entry)])
    write("test.txt", "pyproject.toml", [entry for entry in test if not ACCELERATOR.match(entry)])
    write("torch.txt", "pyproject.toml", [entry for entry in docs if entry.startswith("torch==")])
    write("audit.txt", "pyproject.toml", [entry for entry in everything if entry not in test])
    write("accelerator.txt", "pyproject.toml", [entry for entry in docs if ACCELERATOR.match(entry)])
    write("peers.txt", "requirements/peers.in", peers)
    write("models.txt", "requirements/models.in", resolve("requirements/models.in"))
    # Once test.txt is written, by which it is held.
    mutants = [entry for entry in resolve("requirements/mutants.in") if entry.partition("==")[0] not in tested]
    write("mutants.txt", "requirements/mutants.in", mutants)
    write("oldest.txt", "requirements/oldest.in", resolve("requirements/oldest.in"))
    write("vulnerabilities.txt", "requirements/vulnerabilities.in", resolve("requirements/vulnerabilities.in"))
    write("build.txt", "requirements/build.in", resolve("requirements/build.in"))


if __name__ == "__main__":
    main()
