"""Names with a hash of the content: new content, new name, and everything that refers to it follows."""

from pathlib import Path

import pytest

from figures_src.model.failures import BuildFailedError
from figures_src.site.hashed import rename
from tests.site.parsing import HASH

FILES = {
    "en/assets/fonts/letters.woff2": "font",
    "en/assets/css/site.css": '@font-face{src:url("../fonts/letters.woff2")}a{background:url(../images/a.svg)}',
    "en/assets/images/a.svg": "<svg/>",
    "en/assets/javascripts/bundle.0123abcd.min.js": "1",
    "en/assets/js/a.js": 'import{b}from"./b.js";fetch("../data/playground/x.bin")',
    "en/assets/js/b.js": "2",
    "en/data/playground/x.bin": "data",
    "en/data/x.csv": "1",
    "en/manifest.webmanifest": '{"src": "assets/images/a.svg"}',
    "en/theory/index.html": '<link href="../assets/css/site.css"><script src="../assets/js/a.js"></script><p>"a.js"</p>'
    '<script type="application/json">{"x": "../data/playground/x.bin", "y": '
    '"../assets/javascripts/bundle.0123abcd.min.js"}</script><a href="../data/x.csv">',
    "404.html": '<link href="/path/en/assets/css/site.css"><link href="/en/assets/css/site.css">',
    "index.html": '<link href="assets/root.css"><link href="en/assets/images/a.svg">',
    "assets/root.css": "a{}",
}


def written(folder: Path, **changed: str) -> dict[str, str]:
    """The files of a renamed site, by the names that they had before."""
    for name, content in (FILES | changed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    rename(folder, ["en"], "https://example.org/path/")
    files = (path for path in folder.rglob("*") if path.is_file())
    return {HASH.sub("", path.relative_to(folder).as_posix()): path.name for path in files}


def test_everything_that_pages_load_is_renamed_and_what_refers_to_it_follows(tmp_path: Path) -> None:
    names = written(tmp_path)
    plain = {name for name, new in names.items() if HASH.search(new) is None}
    assert plain == {"404.html", "index.html", "en/theory/index.html", "en/manifest.webmanifest", "en/data/x.csv"}
    css = names["en/assets/css/site.css"]
    assert (tmp_path / "en/assets/css" / css).read_text() == (
        f'@font-face{{src:url("../fonts/{names["en/assets/fonts/letters.woff2"]}")}}'
        f"a{{background:url(../images/{names['en/assets/images/a.svg']})}}"
    )
    script = (tmp_path / "en/assets/js" / names["en/assets/js/a.js"]).read_text()
    assert script == f'import{{b}}from"./{names["en/assets/js/b.js"]}";fetch("../data/playground/x.bin")'
    bundle = names["en/assets/javascripts/bundle.min.js"]
    assert "0123abcd" not in bundle
    assert (tmp_path / "en/theory/index.html").read_text() == (
        f'<link href="../assets/css/{css}"><script src="../assets/js/{names["en/assets/js/a.js"]}"></script>'
        '<p>"a.js"</p>'
        f'<script type="application/json">{{"x": "../data/playground/{names["en/data/playground/x.bin"]}", '
        f'"y": "../assets/javascripts/{bundle}"}}</script><a href="../data/x.csv">'
    )
    assert (tmp_path / "404.html").read_text() == (
        f'<link href="/path/en/assets/css/{css}"><link href="/en/assets/css/site.css">'
    )
    assert f'"assets/{names["assets/root.css"]}"' in (tmp_path / "index.html").read_text()
    assert names["en/assets/images/a.svg"] in (tmp_path / "en/manifest.webmanifest").read_text()


def test_a_name_changes_with_the_content_and_with_what_it_refers_to(tmp_path: Path) -> None:
    before = written(tmp_path / "before")
    after = written(tmp_path / "after", **{"en/assets/fonts/letters.woff2": "other"})
    assert {name for name in before if before[name] != after[name]} == {
        "en/assets/fonts/letters.woff2",
        "en/assets/css/site.css",
    }


def test_files_that_refer_to_each_other_are_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match=r"theme: found a circle .*: en/assets/js/a\.js, en/assets/js/b\.js;"):
        written(tmp_path, **{"en/assets/js/b.js": 'import"./a.js"'})
