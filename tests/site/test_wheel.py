"""The site's own wheel: always the same bytes, and installed over the web by the line that stands on the page."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from figures_src.model.failures import ROOT, BuildFailedError
from figures_src.model.language import LANGUAGES
from figures_src.site import wheel
from tests.serving import served

EPOCH = "1700000000"


def page(language: str, url: str) -> str:
    markdown = (ROOT / "docs" / language / "diagnose.md").read_text(encoding="utf-8")
    return wheel.with_address(markdown, url)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_how_it_is_installed_where_the_address_is_known(language: str) -> None:
    address = f"https://host/path/{wheel.name()}"
    shown = page(language, "https://host/path/")
    assert f"\npip install {address}\n" in shown
    assert f'\npip install "gradient-lab[cli,report] @ {address}"\n' in shown
    for text in (shown, page(language, "")):
        assert not re.search(f"{wheel.BEGIN}|{wheel.END}|{wheel.ADDRESS}", text)
    assert wheel.name() not in page(language, "")
    assert wheel.with_address("# P\n\nText.\n", "https://host/path/") == "# P\n\nText.\n"


def test_the_wheel_is_the_same_to_the_byte_and_installs_from_the_site(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    mask = os.umask(0o077)
    try:
        first = wheel.build(one, EPOCH)
    finally:
        os.umask(mask)
    assert first.read_bytes() == wheel.build(other, EPOCH).read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
    assert {"gradlab/py.typed", "gradlab/locale/zh.mo", "gradlab/__init__.py"} <= set(names)
    assert not [name for name in names if not re.match(r"gradlab/|gradient_lab-[\d.]+\.dist-info/", name)]
    venv.create(tmp_path / "fresh", symlinks=True)
    python = tmp_path / "fresh" / ("Scripts" if os.name == "nt" else "bin") / "python"
    with served(one) as site:
        # The pip of the tests, for that Python: to put one into the other takes longer than all else here.
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        command = [*pip, "install", "--no-deps", "--quiet", f"{site.address}{first.name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    asked = "import gradlab, importlib.metadata as m; print(m.version('gradient-lab'), gradlab.__name__)"
    said = subprocess.run([str(python), "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [wheel.name().split("-")[1], "gradlab"]


def test_what_cannot_be_built_is_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "ABOUT", ("README.md", "LICENSE", "LICENSE-docs"))
    with pytest.raises(BuildFailedError, match="the wheel was not built: "):
        wheel.build(tmp_path, EPOCH)
