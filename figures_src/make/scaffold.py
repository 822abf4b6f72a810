"""A new exhibit to start from: its experiment, its module, their tests, and the lines that show it on a page.

`make exhibit NAME=swish PAGE=remedies SUBJECT=activations` writes a small exhibit that is whole and true, on the page
of every language; its author replaces it piece by piece while everything stays green.
"""

import argparse
import json
import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from figures_src.markdown.experiments import experiments
from figures_src.model.exhibit import FOLDER, paths
from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative, unknown
from figures_src.model.language import ENGLISH, LANGUAGES, WRITTEN
from figures_src.pages import reference

TEMPLATES = Path(__file__).with_name("new_exhibit")
EXPERIMENTS = ROOT / "gradlab" / "experiments"
DOCS = ROOT / "docs"
# Folders of exhibits whose page has another name.
PAGES = {"article": "index", "diagnosis": "diagnose"}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@dataclass(frozen=True)
class NewExhibit:
    """The names of a new exhibit.

    Attributes:
        name: its id everywhere, such as `swish`.
        folder: the folder of its page, such as `remedies`.
        subject: the folder of its experiment, such as `activations`.

    """

    name: str
    folder: str
    subject: str

    @property
    def title(self) -> str:
        """The name as a heading has it."""
        return self.name.replace("_", " ").capitalize()

    @property
    def page(self) -> str:
        """The file name of the page, equal in all languages."""
        return f"{PAGES.get(self.folder, self.folder.replace('_', '-'))}.md"

    @property
    def values(self) -> Mapping[str, str]:
        """Names for the templates."""
        return {
            "anchor": self.name.replace("_", "-"),
            "folder": self.folder,
            "name": self.name,
            "subject": self.subject,
            "title": self.title,
        }

    @property
    def modules(self) -> Mapping[str, Path]:
        """The new files by their template."""
        file, test = f"{self.name}.py", f"test_{self.name}.py"
        tests = ROOT / "tests"
        return {
            "experiment.py": EXPERIMENTS / self.subject / file,
            "exhibit.py": FOLDER / self.folder / file,
            "test_experiment.py": tests / "gradlab" / "experiments" / self.subject / test,
            "test_exhibit.py": tests / "figures_src" / "exhibits" / self.folder / test,
        }


def _folders(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.glob("[!_.]*") if path.is_dir())


def problems(new: NewExhibit) -> list[Failure]:
    """Failures that keep an exhibit from being begun under these names."""
    found = []
    if not _NAME.fullmatch(new.name) or keyword.iskeyword(new.name):
        allowed = "small letters, digits and single underscores, such as my_idea"
        found.append(Failure("NAME", f"found {new.name!r}, allowed: {allowed}"))
    for variable, name, parent in (("PAGE", new.folder, FOLDER), ("SUBJECT", new.subject, EXPERIMENTS)):
        if name not in (folders := _folders(parent)):
            found.append(Failure(variable, unknown("folder", name, folders)))
    taken = paths() | {path.stem: path for path in experiments()}
    if new.name in taken:
        found.append(Failure("NAME", f"{new.name!r} is taken, by {relative(taken[new.name])}"))
    pages = [DOCS / language / new.page for language in LANGUAGES]
    return found or [Failure(relative(page), "is missing") for page in pages if not page.is_file()]


def write(new: NewExhibit) -> list[Path]:
    """Write everything that an exhibit needs; the files that are new or longer.

    Raises `BuildFailedError`, and writes nothing, where the names do not fit.
    """
    if wrong := problems(new):
        raise BuildFailedError(wrong)
    templates = Environment(  # noqa: S701 - it writes Python and Markdown
        loader=FileSystemLoader(TEMPLATES),
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        # Pages have braces of their own.
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )

    def filled(template: str) -> str:
        return templates.get_template(f"{template}.jinja").render(new.values)

    texts = {path: filled(template) for template, path in new.modules.items()}
    for language in LANGUAGES:
        page = DOCS / language / new.page
        said = language if language in WRITTEN else ENGLISH
        texts[page] = page.read_text("utf-8").rstrip("\n") + "\n" + filled(f"page.{said}.md")
    chinese = json.loads(filled("chinese.json"))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.is_relative_to(ROOT / "tests"):
            (path.parent / "__init__.py").touch()
    reference.update(chinese)
    return [*texts, reference.CATALOG]


def main(arguments: Sequence[str] | None = None) -> int:
    """Begin an exhibit; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m figures_src.make.scaffold", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--page", default="article", help="folder of figures_src/exhibits (default: %(default)s)")
    parser.add_argument("--subject", default="activations", help="folder of gradlab/experiments (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    new = NewExhibit(chosen.name, chosen.page.replace("-", "_"), chosen.subject.replace("-", "_"))
    try:
        files = write(new)
    except BuildFailedError as failed:
        print(failed, file=sys.stderr)  # noqa: T201
        return 1
    print(*(f"  {relative(file)}" for file in files), sep="\n")  # noqa: T201 - its answer
    print("Now `make figures` makes it, and says what is missing.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
