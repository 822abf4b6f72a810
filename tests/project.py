"""A copy of the project in a folder of its own, for tests that change it, break it, or interrupt it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from figures_src.cache.store import FOLDER_VARIABLE, default_folder
from figures_src.model.failures import ROOT
from figures_src.site.wheel import ABOUT

COPIED = ("figures_src", "gradlab", "docs", "requirements", "mkdocs.yml", *ABOUT)
# Checks that a page has to show in a project with the exhibit `sigmoid` alone.
SIGMOID_CHECKS = " ".join(f"{{{{ check sigmoid.{name} }}}}" for name in ("maximum", "range", "saturation", "float32"))

# Kinds of entries of the store about what surrounds the pages: half of a small project's first build makes these.
SURROUNDING = ("cards", "files", "words")

BUILT = "built"
BUILD = """
import sys
from pathlib import Path
from figures_src.make import children
from figures_src.make.prepare import prepare
from figures_src.site.build import _program, _wrong
prepare()
print(*_wrong(children.run(_program("en", Path(sys.argv[1]))), "en"), sep="\\n")
"""


_PATIENCE = "still making: "


@dataclass(frozen=True)
class Project:
    """A copied project; what it makes it keeps in `store`."""

    folder: Path
    store: Path

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `python <arguments>` in the copy, which finds its own packages and no others."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), FOLDER_VARIABLE: str(self.store), **variables}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # On a busy machine a build names what takes more than half a minute; that is no complaint.
        done.stderr = "".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith(_PATIENCE))
        return done

    def figures(self) -> subprocess.CompletedProcess[str]:
        """Make the exhibits and check the pages."""
        return self.run("-m", "figures_src", "figures")

    def build_english(self) -> str:
        """Make the exhibits, and the English pages alone, in the folder `BUILT`; what is wrong with the pages."""
        done = self.run("-c", BUILD, str(self.folder / BUILT), SOURCE_DATE_EPOCH="1700000000")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        (self.folder / path).write_text(text, encoding="utf-8")

    def only(self, *exhibits: str, pages: Mapping[str, str] | None = None) -> None:
        """Leave these exhibits and pages that show just them, so that a test pays for nothing else.

        Where the site is built, every page of its navigation has to be there: then `pages` are those that say
        something, by name, the same in both languages.
        """
        for module in (self.folder / "figures_src" / "exhibits").glob("[!_]*/[!_]*.py"):
            if module.stem not in exhibits:
                module.unlink()
        # Claims are judged by all exhibits together.
        for module in (self.folder / "figures_src" / "evidence" / "claims").glob("[!_]*.py"):
            module.unlink()
        figures = "\n\n".join(f'![Alt](figures/{name}.svg "Caption")' for name in exhibits)
        for language in ("zh", "en"):
            names = [page.stem for page in (self.folder / "docs" / language).glob("*.md")]
            for name in names:
                (self.folder / "docs" / language / f"{name}.md").unlink()
            written = {"index": f"# Page {{#page}}\n\n{figures}\n"}
            if pages is not None:
                written = {name: pages.get(name, f'# P {{#{name}}}\n\n--8<-- "site-checks.md"\n') for name in names}
            for name, text in written.items():
                self.write(f"docs/{language}/{name}.md", text)
        self.write("docs/notebook.py", NOTEBOOK)


NOTEBOOK = """# %% [markdown] lang="zh"
# # 动手实验 {#notebook}

# %% [markdown] lang="en"
# # Notebook {#notebook}

# %%
print(6 * 7)
"""


def store_beside(folder: Path, kinds: Iterable[str] = SURROUNDING) -> Path:
    """A new store, but for some kinds of entries, which it has in common with the real project's."""
    folder.mkdir(parents=True)
    for kind in kinds:
        shared = default_folder().resolve() / kind
        shared.mkdir(parents=True, exist_ok=True)
        (folder / kind).symlink_to(shared)
    return folder


def copy_project(folder: Path, store: Path | None = None, root: Path = ROOT) -> Project:
    """Copy the project, or another state of it; with the real project's store unless another is given."""
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return Project(folder, store or default_folder().resolve())
