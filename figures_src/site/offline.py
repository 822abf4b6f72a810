"""The script that keeps pages for reading offline."""

import hashlib
import json
import re
from pathlib import Path

from figures_src.model.language import LANGUAGES, locale
from figures_src.site.policy import hash_source
from figures_src.site.scripts import smaller
from figures_src.site.words import OFFLINE

FOLDER = Path(__file__).parent
WORKER, UNKNOWN_VERSION, NO_WORDS = "worker.js", 'VERSION = "unknown"', "words = {}"
UNKNOWN_STYLE, STYLE = 'STYLE_HASH = "unknown"', re.compile(r'(?<=style = ")[^"]*')


def write_worker(site: Path) -> None:
    """The script that keeps pages for reading offline, with a version that changes with any file of the site."""
    digest = hashlib.sha256()
    for path in sorted(site.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(site).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    script = (FOLDER / WORKER).read_text(encoding="utf-8")
    (style,) = STYLE.findall(script)
    written = {
        UNKNOWN_VERSION: f'VERSION = "{digest.hexdigest()[:16]}"',
        UNKNOWN_STYLE: f'STYLE_HASH = "{hash_source(style)}"',
        NO_WORDS: f"words = {_words()}",
    }
    for place, said in written.items():
        script = script.replace(place, said)
    (site / WORKER).write_text(smaller(script), encoding="utf-8")


def _words() -> str:
    """The script's words, by language, as JSON."""
    said = {language: [locale(language).tag, *(text(language) for text in OFFLINE)] for language in LANGUAGES}
    return json.dumps(said, ensure_ascii=False)
