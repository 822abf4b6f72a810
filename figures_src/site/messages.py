"""Messages of the site generator for a build that failed, as failures: one line each, with the place."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from figures_src.model.failures import ROOT, Failure, relative
from figures_src.model.language import Language
from figures_src.site import configuration

VENV = ".venv"
_RECORD = re.compile(r"^(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) +- +", re.MULTILINE)
_OWN = re.compile(r"^  (?P<where>[^\s:]+(?::\d+)?): (?P<what>.+)$", re.MULTILINE)
_PAGE = re.compile(r"Doc file '(?P<page>[^']+)' ")
_LINK = re.compile(r"\blink '(?P<target>[^']+)'")
_CONFIGURATION = re.compile(r"Config value|\bnav\b|configuration file")
_CONFIGURED = re.compile(r'in "[^"]*mkdocs\.yml", line (\d+)')
_CONSEQUENCE = re.compile(r"^(?:Aborted with |(?:ERROR +- +)?Error reading page ).*$", re.MULTILINE)
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*", re.MULTILINE)


def spoken(output: str) -> str:
    """An output without what only reports progress; nothing where nothing is wrong."""
    return "\n".join(_records(output))


def failures(output: str, language: Language) -> list[Failure]:
    """The failures in the standard output and error of a build of one language."""
    found: list[Failure] = []
    for record in _records(_CONSEQUENCE.sub("", output)):
        own = [Failure(match["where"], match["what"]) for match in _OWN.finditer(record)]
        if own and re.match(r"\d+ failures?:\n", record):
            found += own
        else:
            found.append(_failure(record, language))
    # Nothing but the consequence is better than nothing at all.
    return found or [Failure(f"docs/{language}", _one_line(output) or "the build ended without a word")]


def _records(output: str) -> Iterator[str]:
    """Every record of a log but those of progress, and what stands between records, such as a traceback."""
    starts = [0, *(match.start() for match in _RECORD.finditer(output)), len(output)]
    for start, end in pairwise(starts):
        record = output[start:end]
        match = _RECORD.match(record)
        if match:
            record = record[match.end() :]
        if match and match["level"] in {"DEBUG", "INFO"}:
            record = re.sub(r"\A.*\n?(?:[ \t]+.*\n?)*", "", record)
        if record.strip():
            yield record.rstrip()


def _failure(record: str, language: Language) -> Failure:
    if page := _PAGE.match(record):
        what = _one_line(_PAGE.sub("", record))
        return Failure(_line_of(f"docs/{language}/{page['page']}", what), what)
    what = _one_line(record)
    frames = [(Path(match["file"]), match["line"]) for match in _FRAME.finditer(record)]
    own = [f"{relative(file)}:{line}" for file, line in frames if file.is_relative_to(ROOT) and VENV not in file.parts]
    place = "mkdocs.yml" if _CONFIGURATION.search(what) else f"docs/{language}"
    if place == "mkdocs.yml" and (lines := _CONFIGURED.findall(what)):
        place = f"{place}:{lines[-1]}"
    if place == "mkdocs.yml" and not own:
        return configuration.located(what)
    return Failure(own[-1] if own else place, what)


def _line_of(path: str, what: str) -> str:
    """A page's file with the line of the link that a message quotes, where the page has it."""
    link, file = _LINK.search(what), ROOT / path
    text = file.read_text(encoding="utf-8") if link and file.is_file() else ""
    position = text.find(f"({link['target']}") if link else -1
    return f"{path}:{text.count(chr(10), 0, position) + 1}" if position >= 0 else path


def _one_line(text: str) -> str:
    return " ".join(_TRACEBACK.sub("", text + "\n").replace(f"{ROOT}/", "").split())
