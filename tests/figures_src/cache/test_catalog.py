"""The catalog: what exhibits offer is laid out beside the docs, and read again as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from figures_src.cache import catalog, serialization
from figures_src.cache.catalog import Catalog
from figures_src.model import claim
from figures_src.model.claim import Assessed, Claim
from figures_src.model.exhibit import Number, Offered
from figures_src.model.failures import BuildFailedError
from figures_src.model.language import LANGUAGES, Text
from tests.figures_src.cache.examples import CHECK, NAME, OFFERED, QUESTION

SENTENCE = Text(zh="句", en="sentence")


def _claim(name: str, number: str, verdict: claim.Verdict | None) -> Assessed:
    topic = next(iter(claim.TOPICS))
    declared = Claim(name, number, SENTENCE, topic, "supported", SENTENCE, supports=("one.near",))
    return Assessed(declared, verdict, "claims/a.py")


CLAIMS = {"b-claim": _claim("b-claim", "1", "supported"), "a-claim": _claim("a-claim", "M2", None)}
MORE = {f"{language}/site-more.md": "more" for language in LANGUAGES}


def _entry(folder: Path, offered: Offered, **files: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "exhibit.json").write_text(serialization.written(offered), encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def entries(tmp_path: Path) -> dict[str, Path]:
    drawn = {f"figure_{language}_svg": f"<svg>图 {language}</svg>" for language in LANGUAGES}
    blocks = {f"block_part_{language}_md": f"part {language}" for language in LANGUAGES}
    tables = {f"table_{language}_md": f"table {language}" for language in LANGUAGES}
    plain = replace(OFFERED, listings={}, checks={}, questions={}, numbers={})
    return {
        "one": _entry(tmp_path / "store/one", OFFERED, **drawn, **blocks, data_csv="x,y"),
        "two": _entry(tmp_path / "store/two", plain, **tables),
    }


@pytest.fixture
def offered(entries: dict[str, Path]) -> Catalog:
    return replace(catalog.gather(entries), claims=CLAIMS, claim_questions={"asked": QUESTION})


def test_what_is_gathered_has_the_exhibits_and_the_names_of_their_files(entries: dict[str, Path]) -> None:
    gathered = catalog.gather(entries)
    assert gathered.exhibits["one"] == OFFERED
    assert gathered.figures == {"one"}
    assert gathered.tables == {"two", "one.part"}


def test_what_is_published_is_read(entries: dict[str, Path], offered: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "build" / "exhibits"
    assert not catalog.is_published(folder)
    published = catalog.publish(entries, offered, MORE, folder)
    assert catalog.is_published(folder)
    assert published == replace(offered, tables=offered.tables | {"site-more"}, folder=folder)
    read = catalog.read(folder)
    assert read == published
    assert list(read.claims) == list(CLAIMS)
    assert read.figure("one", "en") == "<svg>图 en</svg>"
    assert read.title("two", "zh") == NAME.zh
    files = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.glob("*/*")}
    assert files == {
        "data/one.csv": "x,y",
        **MORE,
        **{f"{language}/one.svg": f"<svg>图 {language}</svg>" for language in LANGUAGES},
        **{f"{language}/one.part.md": f"part {language}" for language in LANGUAGES},
        **{f"{language}/two.md": f"table {language}" for language in LANGUAGES},
    }


def test_everything_is_found_by_its_full_name(offered: Catalog) -> None:
    assert offered.checks == {"one.near": CHECK}
    assert offered.questions == {"one.which": QUESTION, "asked": QUESTION}
    assert offered.listings == {"one.program": OFFERED.listings["program"]}
    numbers = offered.numbers
    assert numbers["one.loss"] == Number(0.25, ".2f")
    counted = {name: number.value for name, number in numbers.items() if not name.startswith("one.")}
    verdicts = ["supported", "total"]
    assert [counted[f"verdicts.{name}"] for name in verdicts] == [1, 1]
    assert [counted[f"misconceptions.{name}"] for name in verdicts] == [0, 1]
    assert {name.partition(".")[2] for name in counted} == {*claim.VERDICTS, "total"}


def test_a_check_that_does_not_hold_is_a_failure(offered: Catalog) -> None:
    assert offered.failing_checks() == []
    wrong = replace(OFFERED, checks={"near": CHECK, "far": replace(CHECK, predicted=Number(2, "d"))})
    (failure,) = replace(offered, exhibits={"one": wrong}).failing_checks()
    assert str(failure).startswith("check one.far: no longer holds: ")


def test_a_claim_that_its_checks_do_not_bear_out_is_a_failure(offered: Catalog) -> None:
    borne_out = {"b-claim": CLAIMS["b-claim"]}
    assert replace(offered, claims=borne_out).failing_claims() == []
    limited = replace(CLAIMS["b-claim"], verdict="conditional")
    (failure,) = replace(offered, claims={"b-claim": limited}).failing_claims()
    assert failure.where == "claim b-claim (claims/a.py)"
    (unknown,) = replace(offered, claims=borne_out, exhibits={"two": offered.exhibits["two"]}).failing_claims()
    assert "one.near" in unknown.what


def test_a_digest_changes_with_all_that_readers_see_of_an_exhibit_and_with_nothing_else(
    entries: dict[str, Path], offered: Catalog, tmp_path: Path
) -> None:
    published = catalog.publish(entries, offered, MORE, tmp_path / "exhibits")
    before = published.digest("one")
    assert before != published.digest("two")
    for other in ("en/two.md", "en/site-more.md", "en/one.txt"):
        (published.folder / other).write_text("changed")
    assert published.digest("one") == before
    seen = {before}
    for own in ("zh/one.svg", "en/one.part.md", "en/one.md", "data/one.csv"):
        (published.folder / own).write_text("changed")
        seen.add(published.digest("one"))
    again = replace(published, exhibits={"one": replace(OFFERED, settings="depth=3")})
    seen.add(again.digest("one"))
    assert len(seen) == 6


def test_what_is_left_of_another_build_goes_and_the_playground_stays(
    entries: dict[str, Path], offered: Catalog, tmp_path: Path
) -> None:
    folder = tmp_path / "build" / "exhibits"
    left = [folder / name for name in ("en/old.svg", "old/file", "en/folder/file", "catalog.json/file", "file")]
    for path in (*left, folder / catalog.PLAYGROUND / "part.bin"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    (folder / "zh").write_text("a file where a folder belongs")
    catalog.publish(entries, offered, MORE, folder)
    kept = folder / "en" / "one.svg"
    assert not any(path.exists() for path in left)
    assert (folder / catalog.PLAYGROUND / "part.bin").read_text() == "old"
    before = kept.stat().st_mtime_ns
    catalog.publish(entries, offered, MORE, folder)
    assert kept.stat().st_mtime_ns == before
    assert catalog.read(folder).exhibits == offered.exhibits


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (catalog.LISTED, "{", "Expecting property name enclosed in double quotes"),
        (catalog.LISTED, '{"one": 3}', "exhibits.one: found 3, allowed: dict"),
        ("claims.json", '{"a": []}', "claims.a: found [], allowed: dict"),
        ("questions.json", "[]", "questions: found [], allowed: dict"),
        ("questions.json", None, "[Errno 2] No such file or directory"),
    ],
)
def test_what_is_no_catalog_is_told_with_file_and_place(
    name: str, content: str | None, said: str, entries: dict[str, Path], offered: Catalog, tmp_path: Path
) -> None:
    catalog.publish(entries, offered, MORE, tmp_path / "exhibits")
    path = tmp_path / "exhibits" / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(BuildFailedError) as failed:
        catalog.read(tmp_path / "exhibits")
    (failure,) = failed.value.failures
    assert str(failure).startswith(f"{path}: {said}")
    assert "\n" not in str(failure)


def test_an_entry_is_readable_or_not(entries: dict[str, Path], tmp_path: Path) -> None:
    assert catalog.is_readable(entries["one"])
    (entries["one"] / "exhibit.json").write_text("[1]")
    assert not catalog.is_readable(entries["one"])
    with pytest.raises(BuildFailedError, match=r"store/one/exhibit\.json: exhibit: found \[1\], allowed: dict"):
        catalog.gather(entries)
    assert not catalog.is_readable(tmp_path / "nowhere")
