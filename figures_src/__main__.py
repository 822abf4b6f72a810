"""The ways in from the command line: `python -m figures_src figures | docs | verify | pdf | serve`."""

import argparse
import gc
import shlex
import sys
from collections.abc import Sequence

from figures_src.cache.store import Store
from figures_src.make.prepare import prepare
from figures_src.model.failures import ROOT, BuildFailedError, Failure, relative
from figures_src.model.language import LANGUAGES
from figures_src.pages import translations
from figures_src.pages.page import read_pages
from figures_src.site import build
from figures_src.site.notebooks import write_notebooks
from figures_src.site.readme_picture import write_pictures
from gradlab._internal.ending import exit_code, heeded


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m figures_src", description="Build the exhibits and the site.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("figures", help="make the exhibits that changed and check the pages")
    commands.add_parser("docs", help="build the site in all languages")
    verify = commands.add_parser("verify", help="make a published site once more, and name what differs")
    verify.add_argument("site", help="its folder, or its address")
    commands.add_parser("pdf", help="build the site, and print it as one PDF a language")
    serve = commands.add_parser("serve", help="preview one language with live reload")
    serve.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    serve.add_argument("--address", default="127.0.0.1:8000", help="host and port (default: %(default)s)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    chosen = _arguments(arguments)
    with heeded():
        return _run(chosen)


def _run(chosen: argparse.Namespace) -> int:
    try:
        if wrong := list(translations.check()):
            raise BuildFailedError(wrong)
        if chosen.command == "figures":
            catalog, made = prepare()
            write_pictures(catalog)
            write_notebooks(catalog, build.repository_url())
            Store().prune()
            print(f"{len(catalog.exhibits)} exhibits: {made} made, {len(catalog.exhibits) - made} from the store")
            for line in translations.untranslated(catalog, read_pages()):
                print(line)
        elif chosen.command == "docs":
            _docs()
        elif chosen.command == "verify":
            return _verify(chosen.site)
        elif chosen.command == "pdf":
            _pdf()
        else:
            return build.serve(chosen.language, chosen.address)
    except BuildFailedError as failed:
        print(failed, file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        print(str(interruption) or "interrupted", file=sys.stderr)
        return exit_code(interruption)
    except OSError as error:  # a full disk, a folder that may not be written
        failure = Failure(str(error.filename or "the build"), error.strerror or str(error))
        print(BuildFailedError([failure]), file=sys.stderr)
        return 1
    return 0


def _docs() -> None:
    site = build.build()
    print(f"The site is in {relative(site)}/: open {site / 'index.html'}")
    server = [sys.executable, "-m", "http.server", "--directory", relative(site)]
    print(f"or run: {shlex.join(server)}")


def _pdf() -> None:
    from figures_src.site import pdf

    for file in pdf.make(build.build(), ROOT / "build"):
        print(f"{relative(file)}: {file.stat().st_size / 1e6:.1f} MB")


def _verify(place: str) -> int:
    """Say what differs between a published site and this project's; 1 where anything does, 2 where there is no site."""
    from figures_src.site.verify import NoSiteError, verify

    try:
        circumstances, differences = verify(place)
    except NoSiteError as error:
        print(error, file=sys.stderr)
        return 2
    for line in circumstances:
        print(f"made otherwise: {line}")
    if differences:
        print("\n".join(["The site is not the one that is made here:", *(f"  {line}" for line in differences)]))
        return 1
    print("The site is, to the byte, the one that is made here.")
    return 0


if __name__ == "__main__":
    # A build keeps to its end what it reads: to look through it for garbage as often as Python does by itself took a
    # tenth of this process's time. What makes exhibits, and may leave large garbage, runs in others.
    gc.set_threshold(20_000, 20, 20)
    sys.exit(main())
