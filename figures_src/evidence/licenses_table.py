"""The tables of licenses: what the site carries from others, and the packages that it is made with.

They are `--8<-- "site-carried.md"` and `"site-packages.md"`. Versions come from the locks, so that the page is the same
on every machine; what a package's license is, is recorded beside this module, for a lock also names packages that a
machine does not install. `python -m figures_src.evidence.licenses_table` records what the installed ones say.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from figures_src.model import tables
from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative
from figures_src.model.language import Language, Text, localizer

RECORD = Path(__file__).with_name("licenses.json")
LOCKS = tuple(ROOT / "requirements" / name for name in ("docs.txt", "torch.txt"))
FOLDER = "licenses"
THEME = "mkdocs-material"
PACKAGE = Text(zh="软件包", en="Package")
VERSION = Text(zh="版本", en="Version")
LICENSE = Text(zh="许可证", en="License")
PART = Text(zh="名称", en="Name")
USE = Text(zh="用在哪里", en="Used for")
_LOCKED = re.compile(r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)
# Older names of licenses, and those of today.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "ISC license": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# A package whose description names no license, and the first line of the text that it brings.
_TEXTS = {"MIT License": "MIT"}
_IDENTIFIER = re.compile(r"[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)*")


@dataclass(frozen=True)
class Carried:
    """Something that the site has from others.

    Attributes:
        name: what it is called.
        part: what it is on the site.
        license: its identifier.
        text: the file of its license in the project or in the theme's package, or the address of one.
        version: its version, or nothing where the theme's package does not tell.
        files: what it is in the project, as patterns; nothing where the theme's package brings it.

    """

    name: str
    part: Text
    license: str
    text: str
    version: str = ""
    files: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The address of the license's text."""
        return self.text if "://" in self.text else f"{FOLDER}/{self.file}"

    @property
    def file(self) -> str:
        """The name of the license's file on the site."""
        return f"{re.sub(r'[^a-z0-9]+', '-', self.name.lower())}.txt"


CARRIED = (
    Carried(
        "Material for MkDocs",
        Text(zh="主题：版式、样式、脚本", en="theme: layout, styles, scripts"),
        "MIT",
        f"{THEME}:licenses/LICENSE",
    ),
    Carried(
        "Material Design Icons",
        Text(zh="主题的图标", en="icons of the theme"),
        "Apache-2.0",
        f"{THEME}:.icons/material/LICENSE",
    ),
    Carried(
        "Font Awesome Free",
        Text(zh="代码仓库的图标", en="icon of the repository"),
        "CC-BY-4.0",
        f"{THEME}:.icons/fontawesome/LICENSE.txt",
    ),
    Carried(
        "RxJS",
        Text(zh="主题脚本里的程序库", en="library in the theme's script"),
        "Apache-2.0",
        "https://github.com/ReactiveX/rxjs/blob/master/LICENSE.txt",
    ),
    Carried(
        "lunr",
        Text(zh="搜索", en="search"),
        "MIT",
        "https://github.com/olivernn/lunr.js/blob/master/LICENSE",
        "2.3.9",
    ),
    Carried(
        "lunr-languages",
        Text(zh="搜索用的语言支持", en="languages of the search"),
        "MPL-1.1",
        "https://github.com/MihaiValentin/lunr-languages/blob/master/LICENSE",
    ),
    Carried(
        "Temml",
        Text(zh="公式：构建时排版，样式随网站", en="formulas: typeset at build, its rules are in the site's style"),
        "MIT",
        "figures_src/markdown/vendor/temml/LICENSE",
        "0.13.5",
        ("figures_src/markdown/vendor/temml/*",),
    ),
    Carried(
        "STIX Two Math",
        Text(zh="公式的字体（子集）", en="font of formulas (a subset)"),
        "OFL-1.1",
        "docs/theme/assets/fonts/OFL-stix-two-math.txt",
        "2.11",
        ("docs/theme/assets/fonts/*stix*",),
    ),
    Carried(
        "DejaVu Sans",
        Text(zh="符号的字体（子集）", en="font of signs (a subset)"),
        "Bitstream-Vera",
        "docs/theme/assets/fonts/LICENSE-dejavu-sans.txt",
        "2.37",
        ("docs/theme/assets/fonts/*dejavu*",),
    ),
    Carried(
        "Noto Sans SC",
        Text(zh="预览卡片的字体（子集）", en="font of the preview cards (a subset)"),
        "OFL-1.1",
        "figures_src/drawing/fonts/OFL-NotoSansSC.txt",
        "2.004",
        ("figures_src/drawing/fonts/*Noto*",),
    ),
)


def locked() -> dict[str, str]:
    """The packages that the site is made with, and their versions, by the locks."""
    found = [match for lock in LOCKS for match in _LOCKED.finditer(lock.read_text(encoding="utf-8"))]
    return dict(sorted((match["name"], match["version"]) for match in found))


def recorded() -> dict[str, str]:
    """The licenses of packages as they are recorded."""
    return dict(json.loads(RECORD.read_text(encoding="utf-8")))


def packages(language: Language) -> str:
    """The table of the packages.

    Raises `BuildFailedError` with every locked package whose license is not recorded.
    """
    text, licenses, versions = localizer(language), recorded(), locked()
    if missing := sorted(versions.keys() - licenses.keys()):
        command = f"python -m {__name__}"
        what = "found no license of {}, allowed: one of every locked package; `{}` records those that are installed"
        raise BuildFailedError([Failure(relative(RECORD), what.format(name, command)) for name in missing])
    rows = (
        (f"[{name}](https://pypi.org/project/{name}/{version}/)", version, licenses[name])
        for name, version in versions.items()
    )
    return tables.markdown((text(PACKAGE), text(VERSION), text(LICENSE)), rows)


def carried(language: Language) -> str:
    """The table of what the site carries from others."""
    text = localizer(language)
    rows = ((one.name, text(one.part), _version(one), f"[{one.license}]({one.link})") for one in CARRIED)
    return tables.markdown((text(PART), text(USE), text(VERSION), text(LICENSE)), rows)


def _version(one: Carried) -> str:
    return locked()[THEME] if one.name == CARRIED[0].name else one.version or tables.NOTHING


def texts() -> Iterator[tuple[str, str]]:
    """The licenses that the site brings as files: their paths on it, and what they say.

    Raises `BuildFailedError` where a package no longer has its license there.
    """
    for one in CARRIED:
        if "://" not in one.text:
            yield one.link, _file(one.text).read_text(encoding="utf-8")


@cache  # the preview asks at every edit, and what is installed stays
def _file(text: str) -> Path:
    package, _, name = text.rpartition(":")
    if not package:
        return ROOT / name
    for file in distribution(package).files or []:
        if str(file).endswith(name):
            return Path(str(file.locate()))
    what = f"found no {name} in {package} {distribution(package).version}, allowed: where its license lies"
    raise BuildFailedError([Failure(relative(Path(__file__)), what)])


def _stated(package: Distribution, field: str) -> Sequence[str]:
    stated: Sequence[str] = package.metadata.get_all(field) or ()
    return stated


def license_of(package: Distribution) -> str | None:
    """Identifier of the license that an installed package states, or None."""
    # The field may hold a whole text, whose first line is its name.
    short = [one.strip().partition("\n")[0] for one in _stated(package, "License")]
    classified = [one.rpartition(" :: ")[2] for one in _stated(package, "Classifier") if one.startswith("License")]
    for found in filter(None, (*_stated(package, "License-Expression"), *short, *classified)):
        if (name := _SPDX.get(found.strip(), found.strip())) and _IDENTIFIER.fullmatch(name) and name != "UNKNOWN":
            return name
    files = (file for file in package.files or [] if "licenses" in file.parts)
    return next((_TEXTS[line] for file in files if (line := file.read_text().partition("\n")[0]) in _TEXTS), None)


def record(known: Mapping[str, str]) -> dict[str, str]:
    """The licenses of all locked packages: as the installed ones say, and of the others what is known."""
    found: dict[str, str] = {}
    for name in locked():
        try:
            said = license_of(distribution(name))
        except PackageNotFoundError:
            said = None
        if said or name in known:
            found[name] = said or known[name]
    return found


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(recorded()), indent=1) + "\n", encoding="utf-8")
