"""The preview of one language, which follows every edit, and goes on showing the last good pages while one is wrong.

Every build goes into a folder of its own, and takes the place of the last one when it is whole. What is wrong stands
on top of each page until it is mended.
"""

import errno
import gc
import html
import logging
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs import livereload
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException
from mkdocs.livereload import LiveReloadServer
from watchdog.observers.polling import PollingObserver

from figures_src.cache.store import Store, remove
from figures_src.model.failures import ROOT, BuildFailedError, Failure
from figures_src.model.language import LANGUAGES, Language, Text
from figures_src.site import messages
from figures_src.site.searching import add_words

WRONG = Text(
    zh="有 {count} 处要改；下面仍是上一次构建成功的页面",
    en="{count} to mend; below is still the page as it was when all was well",
)
WARNED = Text(zh="有 {count} 处要改，`make docs` 才会通过", en="{count} to mend before `make docs` passes")
NOTHING = Text(zh="还没有页面：改好之后，它会自己出现", en="There is no page yet: it appears when this is mended")
# Time between two looks for edits; the wait is a part of the time until an edit is seen.
POLLING_SECONDS = 0.2
# Pages are held against their counterparts, so that an edit of one may be wrong on another.
PAGES = tuple(f"docs/{language}" for language in LANGUAGES)
WATCHED = ("docs/notebook.py", "docs/theme", "figures_src", "gradlab", "mkdocs.yml")
STYLE_PATH, SCRIPT_PATH = "/livereload/failures.css", "/livereload/follow.js"
# Files of the server's own, as pages may forbid what stands in them.
STYLE = """.preview-failures { background: #8b1a1a; color: #fff; font: 15px/1.5 sans-serif; padding: 0.8em 1.2em; }
.preview-failures ul { margin: 0.4em 0 0; padding-left: 1.2em; }
.preview-failures li { font-family: monospace; overflow-wrap: anywhere; }
"""
FOLLOW = livereload._SCRIPT_TEMPLATE.substitute(epoch="own.epoch", request_id="own.request")
SCRIPT = f"const own = document.currentScript.dataset;\n{FOLLOW}"
OWN_FILES = {STYLE_PATH: ("text/css", STYLE), SCRIPT_PATH: ("application/javascript", SCRIPT)}
_BODY = re.compile(rb"<body\b[^>]*>")
_ADDRESS = re.compile(r"\[?(?P<host>[^\s\[\]/]+?)\]?:(?P<port>\d{1,5})")


class _Heard(logging.Handler):
    """The warnings of one build, as MkDocs would write them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s -  %(message)s"))
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{self.format(record)}\n"


@contextmanager
def _heard() -> Iterator[_Heard]:
    log, heard = logging.getLogger("mkdocs"), _Heard()
    log.addHandler(heard)
    try:
        yield heard
    finally:
        log.removeHandler(heard)


class Preview(LiveReloadServer):
    """Serves the last good build of one language, and says on its pages what is wrong since."""

    def __init__(self, language: Language, host: str, port: int, folder: Path) -> None:
        mounted = urlsplit(os.environ.get("GRADIENT_LAB_URL") or "/").path
        super().__init__(self.rebuild, host, port, str(folder / "nothing"), mounted)
        self.language, self.folder = language, folder
        self.failures: list[Failure] = []
        self.is_whole = True
        self._left, self._gone = Path(self.root), list[Path]()
        self._is_started = False
        self.error_handler = self._error_page
        self.observer = PollingObserver(timeout=POLLING_SECONDS)

    def rebuild(self) -> None:
        """Build anew into a folder of its own; where that fails, the last one stays."""
        place = Path(tempfile.mkdtemp(prefix="site-", dir=self.folder))
        with _heard() as heard:
            try:
                build(self._configuration(place), serve_url=self.url)
                wrong = ""
            except (Exception, SystemExit) as error:  # whatever it is, it is to be mended while this goes on
                wrong = _told(error)
        said = heard.text + wrong
        self.failures = messages.failures(said, self.language) if said else []
        self.is_whole = not wrong
        if self.is_whole:
            # A running answer may go on reading the last one; the one before that is not read any more.
            self._gone.append(self._left)
            self._left, self.root = Path(self.root), str(place)
        else:
            self._gone.append(place)
        self._say()

    def _clear_up(self) -> None:
        """Remove what is not read any more; some hundred folders take a while."""
        while self._gone:
            with suppress(OSError):
                remove(self._gone.pop())

    def _configuration(self, place: Path) -> MkDocsConfig:
        config = load_config(site_dir=str(place))
        config.site_url = self.url
        if not self._is_started:
            config.plugins.on_startup(command="serve", dirty=False)
            self._is_started = True
        return config

    def _say(self) -> None:
        state = "" if self.is_whole else "\nThe last good pages stay." if self._has_pages else "\nThere is no page yet."
        said = f"{BuildFailedError(self.failures)}{state}" if self.failures else "all is well"
        print(f"[{time.strftime('%H:%M:%S')}] {said}", file=sys.stderr, flush=True)  # noqa: T201 - for the author

    @property
    def _has_pages(self) -> bool:
        return Path(self.root, "index.html").is_file()

    def _build_loop(self) -> None:
        """Build anew after every edit. Meanwhile, and where that fails, requests are answered all the same."""
        while True:
            with self._rebuild_cond:
                # With pauses, in which an interruption is heard.
                while not self._rebuild_cond.wait_for(self._is_due, timeout=self.shutdown_delay):
                    pass
                if self._shutdown:
                    return
                while self._rebuild_cond.wait(timeout=self.build_delay):
                    pass  # more edits come
                self._want_rebuild = False
            self.rebuild()
            with self._epoch_cond:
                self._wanted_epoch = self._visible_epoch = livereload._timestamp()
                self._epoch_cond.notify_all()
            self._clear_up()

    def _is_due(self) -> bool:
        return self._want_rebuild or self._shutdown

    def _serve_request(self, environ: Any, start_response: Any) -> Iterable[bytes] | None:
        if own := OWN_FILES.get(environ["PATH_INFO"]):
            kind, text = own
            start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8")])
            return [text.encode()]
        answer: Iterable[bytes] | None = super()._serve_request(environ, start_response)
        return answer

    def _inject_js_into_html(self, content: bytes, epoch: int) -> bytes:
        """A page with what is wrong on top of it, and the script that loads it anew after an edit."""
        body = _BODY.search(content)
        place = body.end() if body else 0
        follow = f'<script src="{SCRIPT_PATH}" data-epoch="{epoch}" data-request="{livereload._timestamp()}"></script>'
        return content[:place] + self._on_top().encode() + follow.encode() + content[place:]

    def _on_top(self) -> str:
        if not self.failures:
            return ""
        text = (WRONG if self._has_pages else NOTHING) if not self.is_whole else WARNED
        lines = "".join(f"<li>{html.escape(str(failure))}</li>" for failure in self.failures)
        head = html.escape(text(self.language).format(count=len(self.failures)))
        return (
            f'<link rel="stylesheet" href="{STYLE_PATH}">'
            f'<div class="preview-failures" role="alert"><strong>{head}</strong><ul>{lines}</ul></div>'
        )

    def _error_page(self, code: int) -> bytes:
        page = Path(self.root, f"{code}.html")
        content = page.read_bytes() if page.is_file() else b'<!doctype html><meta charset="utf-8"><body>'
        return self._inject_js_into_html(content, self._visible_epoch)


def _told(error: BaseException) -> str:
    """An exception as a log has it; of what MkDocs raises on purpose the message is all."""
    if isinstance(error, Abort):
        return str(error)
    if isinstance(error, MkDocsException):
        return f"ERROR -  {error}\n"
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list([frame for frame in told.stack if frame.filename != __file__])
    return "".join(told.format(chain=False))


def _parsed(address: str) -> tuple[str, int]:
    """Host and port of an address.

    Raises `BuildFailedError` where it is none.
    """
    match = _ADDRESS.fullmatch(address)
    if not match or int(match["port"]) > 65535:
        raise BuildFailedError([Failure("the preview's address", f"found {address!r}, allowed: 127.0.0.1:8000")])
    return match["host"], int(match["port"])


def _bind(server: Preview, address: str) -> None:
    """Take the address.

    Raises `BuildFailedError` where another program has it, or it is none of this machine's.
    """
    host, _, port = address.rpartition(":")
    try:
        server.server_bind()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise BuildFailedError([Failure(address, error.strerror or str(error))]) from None
        what = f"is in use; end what runs there, or name another: make serve ADDRESS={host}:{int(port) % 65535 + 1}"
        raise BuildFailedError([Failure(address, what)]) from None


def main(language: Language, address: str) -> int:
    """Serve a language until the process is ended; the exit code where that could not begin."""
    try:
        server = Preview(language, *_parsed(address), Path(tempfile.gettempdir()))
        _bind(server, address)
    except BuildFailedError as failed:
        print(failed, file=sys.stderr)  # noqa: T201 - for the author
        return 1
    server.server_activate()
    # Once, and not at every edit: to look through a large store takes its time.
    Store().prune()
    server.rebuild()
    for path in filter(Path.exists, (ROOT / path for path in (*PAGES, *WATCHED))):
        server.watch(str(path))
    print(f"serving {server.url}", file=sys.stderr, flush=True)  # noqa: T201 - for the author
    server.observer.start()
    server.serve_thread.start()
    # Jieba reads its dictionary in a second, which the first edit need not wait for.
    add_words(language)
    # What was read once stays: to look through it for what may go would take an edit a fifth of a second.
    gc.freeze()
    try:
        server._build_loop()
    finally:
        server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
