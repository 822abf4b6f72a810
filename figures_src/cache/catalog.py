"""The catalog: everything the exhibits offer to pages, read from the store and laid out as files beside the docs.

build/exhibits/catalog.json             titles, numbers, checks and questions of every exhibit
build/exhibits/claims.json              claims with the verdicts that follow from the checks
build/exhibits/questions.json           questions about the claims
build/exhibits/<language>/<name>.md     tables, for `--8<-- "name.md"`; a block is `exhibit.block.md`
build/exhibits/<language>/<name>.svg    figures
build/exhibits/data/<name>.csv          the numbers behind the figures
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from figures_src.cache import serialization, shown
from figures_src.cache.sources import digest
from figures_src.cache.store import make_folder, remove, write_if_changed
from figures_src.model import claim
from figures_src.model.claim import Assessed
from figures_src.model.exhibit import Check, Number, Offered, Question
from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative
from figures_src.model.language import LANGUAGES, Language

FOLDER = ROOT / "build" / "exhibits"
LISTED = "catalog.json"
# The folder of the playground's files, which lie beside.
PLAYGROUND = "playground"
# Files of exhibits whose content a process keeps: a build asks for each several times.
KEPT = 512
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Catalog:
    """Everything that exhibits offer, by name; the same for all languages but for the texts."""

    exhibits: Mapping[str, Offered]
    figures: frozenset[str]
    tables: frozenset[str]
    folder: Path = field(default=FOLDER)
    claims: Mapping[str, Assessed] = field(default_factory=dict)
    claim_questions: Mapping[str, Question] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """Every number as `exhibit.number`.

        Counts of verdicts are among them, as `verdicts.supported`, `misconceptions.supported` and `classics.supported`.
        """
        groups = {"verdicts": self.verdicts, "misconceptions": self.misconceptions, "classics": self.classics}
        counted = {
            f"{group}.{name}": Number(count, "d") for group, counts in groups.items() for name, count in counts.items()
        }
        return _by_full_name({name: offered.numbers for name, offered in self.exhibits.items()}) | counted

    @cached_property
    def verdicts(self) -> dict[str, int]:
        """Counts of the article's claims, by verdict and in all."""
        return self._counts(claim.ARTICLE)

    @cached_property
    def misconceptions(self) -> dict[str, int]:
        """Counts of the misconceptions, by verdict and in all."""
        return self._counts(claim.MISCONCEPTIONS)

    @cached_property
    def classics(self) -> dict[str, int]:
        """Counts of the classic results that are run again, by verdict and in all."""
        return self._counts(claim.CLASSICS)

    def _counts(self, page: str) -> dict[str, int]:
        counts = Counter(assessed.verdict for assessed in self.claims.values() if assessed.claim.page == page)
        return {verdict: counts[verdict] for verdict in claim.VERDICTS} | {"total": counts.total()}

    @cached_property
    def checks(self) -> dict[str, Check]:
        """Every check as `exhibit.check`."""
        return _by_full_name({name: offered.checks for name, offered in self.exhibits.items()})

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question as `exhibit.question`, and those about the claims."""
        asked = _by_full_name({name: offered.questions for name, offered in self.exhibits.items()})
        return asked | dict(self.claim_questions)

    @cached_property
    def listings(self) -> dict[str, dict[Language, str]]:
        """Every listing as `exhibit.listing`."""
        return _by_full_name({name: offered.listings for name, offered in self.exhibits.items()})

    def title(self, name: str, language: Language) -> str:
        """An exhibit's title."""
        return self.exhibits[name].title(language)

    def figure(self, name: str, language: Language) -> str:
        """A figure's inline SVG."""
        return (self.folder / language / f"{name}.svg").read_text(encoding="utf-8")

    def digest(self, name: str) -> str:
        """SHA-256 over all that readers see of an exhibit: its files as they are laid out, and what pages quote."""
        patterns = [f"{language}/{name}{end}" for language in LANGUAGES for end in (".svg", ".md", ".*.md")]
        files = sorted(path for pattern in (*patterns, f"data/{name}.csv") for path in self.folder.glob(pattern))
        said = [(path.relative_to(self.folder).as_posix(), path.read_text(encoding="utf-8")) for path in files]
        return digest(said, sorted(shown.texts(self.exhibits[name]).items()))

    def failing_checks(self) -> list[Failure]:
        """The checks that their measurements no longer bear out."""
        return [
            Failure(f"check {name}", f"no longer holds: {claim.describe(check)}")
            for name, check in self.checks.items()
            if not check.holds
        ]

    def failing_claims(self) -> list[Failure]:
        """The claims whose checks do not show what is declared."""
        return list(claim.check(self.claims, self.checks))


def _by_full_name(parts: Mapping[str, Mapping[str, Kind]]) -> dict[str, Kind]:
    """Everything that exhibits offer of one kind, by `exhibit.name`."""
    return {f"{exhibit}.{name}": part for exhibit, named in sorted(parts.items()) for name, part in named.items()}


def _blocks(folder: Path, language: Language) -> list[str]:
    """The names of the blocks of an exhibit."""
    return sorted(path.name.split(".")[1] for path in folder.glob(f"block.*.{language}.md"))


def _layout(name: str, folder: Path) -> Iterable[tuple[str, Path]]:
    for language in LANGUAGES:
        yield f"{language}/{name}.svg", folder / f"figure.{language}.svg"
        yield f"{language}/{name}.md", folder / f"table.{language}.md"
        for block in _blocks(folder, language):
            yield f"{language}/{name}.{block}.md", folder / f"block.{block}.{language}.md"
    yield f"data/{name}.csv", folder / "data.csv"


def _remove_all_but(kept: set[Path], folder: Path) -> None:
    """Remove what lies beside the files that are kept, and in the way of one; the playground has its own files."""
    folders = {parent for path in kept for parent in path.parents}
    for path in [*folder.glob("*"), *folder.glob("*/*")]:
        is_as_made = path.is_file() if path in kept else path in folders and path.is_dir()
        if PLAYGROUND not in path.relative_to(folder).parts and not is_as_made:
            remove(path)


@lru_cache(KEPT)
def _parsed(text: str, kind: Any, place: str) -> Any:
    return serialization.parsed(text, kind, place)


def _read(path: Path, kind: type[Kind], place: str) -> Kind:
    wanted: Any = kind
    try:
        return cast(Kind, _parsed(path.read_text(encoding="utf-8"), wanted, place))
    except (OSError, ValueError) as error:
        raise BuildFailedError([Failure(relative(path), " ".join(str(error).split()))]) from None


def is_readable(entry: Path) -> bool:
    """Whether an entry of the store holds an exhibit."""
    try:
        _read(entry / "exhibit.json", Offered, "exhibit")
    except BuildFailedError:
        return False
    return True


def gather(entries: dict[str, Path]) -> Catalog:
    """The catalog of exhibits, given each one's folder in the store; no file of theirs is laid out yet."""
    own = LANGUAGES[0]
    tables = {name for name, entry in entries.items() if (entry / f"table.{own}.md").is_file()}
    blocks = {f"{name}.{block}" for name, entry in entries.items() for block in _blocks(entry, own)}
    return Catalog(
        exhibits={name: _read(entry / "exhibit.json", Offered, "exhibit") for name, entry in entries.items()},
        figures=frozenset(name for name, entry in entries.items() if (entry / f"figure.{own}.svg").is_file()),
        tables=frozenset(tables | blocks),
    )


def publish(entries: dict[str, Path], offered: Catalog, more: dict[str, str], folder: Path = FOLDER) -> Catalog:
    """Lay out what was gathered from exhibits for pages, its claims, and `more` tables by path; the whole catalog.

    A file whose bytes did not change is not rewritten.
    """
    written: dict[Path, bytes] = {folder / path: text.encode() for path, text in more.items()}
    for name, entry in entries.items():
        written.update({folder / path: file.read_bytes() for path, file in _layout(name, entry) if file.is_file()})
    written[folder / LISTED] = serialization.written(offered.exhibits).encode()
    # In the order of the article, which is not that of the names.
    written[folder / "claims.json"] = serialization.written(offered.claims, sort_keys=False).encode()
    written[folder / "questions.json"] = serialization.written(offered.claim_questions).encode()
    make_folder(folder, inside=folder.parent)
    _remove_all_but(set(written), folder)
    for path, data in written.items():
        make_folder(path.parent, inside=folder)
        write_if_changed(path, data)
    made = {Path(path).stem for path in more if path.startswith(f"{LANGUAGES[0]}/")}
    return replace(offered, tables=offered.tables | made, folder=folder)


def is_published(folder: Path = FOLDER) -> bool:
    """Whether a catalog was published."""
    return (folder / LISTED).is_file()


def read(folder: Path = FOLDER) -> Catalog:
    """The catalog as it was published last.

    Raises `BuildFailedError` where nothing was published, or something else than a catalog.
    """
    own = folder / LANGUAGES[0]
    return Catalog(
        exhibits=_read(folder / LISTED, dict[str, Offered], "exhibits"),
        figures=frozenset(path.stem for path in own.glob("*.svg")),
        tables=frozenset(path.stem for path in own.glob("*.md")),
        folder=folder,
        claims=_read(folder / "claims.json", dict[str, Assessed], "claims"),
        claim_questions=_read(folder / "questions.json", dict[str, Question], "questions"),
    )
