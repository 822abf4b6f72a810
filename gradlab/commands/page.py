"""A diagnosis as a file: HTML that needs no other file, Markdown with its figure beside it, JSON, or CSV."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Iterator
from html import escape
from pathlib import Path

from gradlab._internal.exporting import in_markdown
from gradlab.commands import files, wording
from gradlab.commands.diagnose import Diagnosis
from gradlab.commands.terminal import report_columns
from gradlab.language import Language, locale
from gradlab.probing import wording as labels
from gradlab.probing.advice import Advised
from gradlab.probing.report import Report

ENDINGS = (".html", ".md", ".json", ".csv")
_STYLE = """
:root { color-scheme: light dark; --line: #8885; --good: #137333; --bad: #b3261e; --unsure: #7a5900; }
@media (prefers-color-scheme: dark) { :root { --good: #81c995; --bad: #f2b8b5; --unsure: #fdd663; } }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
.setup { opacity: .75; }
.verdict { font-size: 1.25rem; font-weight: 700; border-left: .3rem solid; padding-left: .7rem; color: var(--bad); }
.healthy { color: var(--good); } .inconclusive { color: var(--unsure); }
h2 { font-size: 1.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
.text { text-align: left; }
.concerned th, .concerned td { color: var(--bad); }
pre { padding: .7rem 1rem; border: 1px solid var(--line); border-radius: .3rem; overflow-x: auto; }
figure { margin: 1.5rem 0; padding: .5rem; background: #fff; border-radius: .3rem; max-width: 40rem; }
figure svg { width: 100%; height: auto; }
"""


def checked(path: Path) -> Path:
    """Accept a file that a diagnosis can be written to.

    Raises:
        UseError: an ending that says nothing, or a folder that is not there.

    """
    return files.checked(path, ENDINGS)


def has_matplotlib() -> bool:
    """Whether a figure can be drawn."""
    return importlib.util.find_spec("matplotlib") is not None


def write(diagnosis: Diagnosis, path: Path) -> tuple[Path, ...]:
    """Write a diagnosis in the form that the file's ending names, and return every file that was written.

    Raises:
        UseError: a file cannot be written.

    """
    ending = path.suffix.lower()
    report = diagnosis.report
    if ending == ".json":
        return files.write({path: report.to_json() + "\n"})
    if ending == ".csv":
        return files.write({path: report.to_csv()})
    figure = svg(report)
    if ending == ".html":
        return files.write({path: html(diagnosis, figure)})
    beside = path.with_suffix(".svg")
    text = markdown(diagnosis, beside.name if figure else None)
    return files.write({path: text} | ({beside: figure} if figure else {}))


def svg(report: Report) -> str:
    """The report's figure as SVG whose text stays text; empty without matplotlib, or with nothing to draw."""
    if not has_matplotlib():
        return ""
    figure = report.plot()
    if not any(axes.has_data() for axes in figure.axes):
        return ""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gradlab"}), warnings.catch_warnings():
        # The reader's browser has the Chinese glyphs that matplotlib's own font has not.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def markdown(diagnosis: Diagnosis, figure: str | None) -> str:
    """A diagnosis in Markdown."""
    language = diagnosis.report.language
    parts = [f"# {in_markdown(diagnosis.title)}", in_markdown(diagnosis.setup)]
    if figure:
        parts.append(f"![{wording.FIGURE(language)}]({figure})")
    parts.append(diagnosis.report.to_markdown())
    if diagnosis.treatment is not None:
        parts.append(f"```text\n{diagnosis.treatment}\n```\n")
    return "\n\n".join(parts)


def html(diagnosis: Diagnosis, figure: str) -> str:
    """A diagnosis as one HTML page that needs no other file and no script."""
    report = diagnosis.report
    language = report.language
    verdict = escape(labels.VERDICTS[report.verdict](language))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{locale(language).tag}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(diagnosis.title)} – {verdict}</title>",
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        f'<h1>{escape(diagnosis.title)}</h1>\n<p class="setup">{escape(diagnosis.setup)}</p>',
        f'<p class="verdict {report.verdict.replace(" ", "-")}">{verdict}</p>',
    ]
    for finding in report.findings:
        parts += _finding(report, finding, language)
    if figure:
        # The drawing is described by its label; its own XML is safe, as matplotlib escapes what is text.
        caption = escape(wording.FIGURE(language))
        parts.append(f'<figure role="img" aria-label="{caption}">{figure}</figure>')
    parts.append(_table(report))
    parts += [f"<p>{escape(labels.NOTE(language))}{escape(note)}</p>" for note in report.notes]
    if diagnosis.treatment is not None:
        parts.append(f"<pre>{escape(str(diagnosis.treatment))}</pre>")
    return "\n".join([*parts, "</main>\n</body>\n</html>\n"])


def _finding(report: Report, finding: Advised, language: Language) -> Iterator[str]:
    what = finding.advice
    yield f"<section>\n<h2>{escape(report.sentence(finding))}</h2>"
    yield f"<p><strong>{escape(labels.HELPS(language))}</strong>{escape(what.helps(language))}</p>"
    yield f"<pre><code>{escape(what.code)}</code></pre>"
    yield f"<p><strong>{escape(labels.FAILS(language))}</strong>{escape(what.fails(language))}</p>"
    title, address = (escape(part) for part in report.page(finding))
    if report.site:
        label, where = escape(labels.EVIDENCE(language)), f'<a href="{address}">{title}</a>'
    else:
        label, where = labels.PAGE(language, title=title), address
    yield f"<p><strong>{label}</strong>{where}</p>\n</section>"


def _table(report: Report) -> str:
    columns = sorted(report_columns(report), key=lambda column: column.place)
    concerned = {layer for finding in report.findings for layer in finding.layers}

    def cell(tag: str, text: str, is_text: bool, scope: str = "") -> str:
        kind = ' class="text"' if is_text else ""
        return f"<{tag}{scope}{kind}>{escape(text)}</{tag}>"

    header = "".join(cell("th", column.title, column.is_text, ' scope="col"') for column in columns)
    rows = []
    for number, row in enumerate(report.rows):
        first, *rest = columns
        cells = cell("th", first.cells[number], first.is_text, ' scope="row"')
        cells += "".join(cell("td", column.cells[number], column.is_text) for column in rest)
        kind = ' class="concerned"' if row.layer in concerned else ""
        rows.append(f"<tr{kind}>{cells}</tr>")
    body = "\n".join(rows)
    table = f"<table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return f'<div class="wide" tabindex="0">\n{table}\n</div>'
