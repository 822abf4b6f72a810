"""The few things that only a MkDocs hook can do, most for the notebook's page and the reference's.

The notebook plugin brings 600 kB of style, scripts from elsewhere and a Markdown dialect of its own. It can be pointed
at other templates and filters, so the notebook is rendered by the site's own Markdown into the site's own style.

The plugin of the reference links a style sheet of its own on every page, which the site's style stands in for, and
tells in which private module a type lies that no page shows.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from jinja2 import Environment
from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils.templates import TemplateContext
from mkdocs_jupyter.config import settings
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.exporters.templateexporter import default_filters

from figures_src.cache.sources import digest
from figures_src.cache.store import Store
from figures_src.drawing.palette import BAND, GRID, INK, MUTED, SERIES
from figures_src.drawing.svg import for_page
from figures_src.make.limits import CELL_VARIABLE, cell_seconds, exceeded
from figures_src.markdown import mathematics
from figures_src.markdown.glossary import GlossaryExtension
from figures_src.model.failures import ROOT, BuildFailedError
from figures_src.model.finite import not_finite_in
from figures_src.model.language import LANGUAGES, Language, Text, locale
from figures_src.pages.notebook import NOTEBOOK_PAGE
from figures_src.pages.page import KEPT, NOTEBOOK
from figures_src.site import configuration, policy, running_cell, scripts
from figures_src.site.changes import last_changes, shown
from figures_src.site.formula_font import lighten
from figures_src.site.kept import KeptPages
from figures_src.site.kept_files import kept_text
from figures_src.site.line_breaks import with_line_breaks
from figures_src.site.long_tables import with_folds
from figures_src.site.quantities import with_quantities
from figures_src.site.searching import requiring
from figures_src.site.signals import keep_signals
from figures_src.site.styles import smaller
from figures_src.site.theme_parts import reduced
from figures_src.site.theme_script import with_words
from figures_src.site.wheel import published, with_address
from figures_src.site.words import CLOSE, missing, surrounding

WORDS = {"output": Text(zh="输出", en="Output")}
NOTEBOOK_DESCRIPTION = Text(
    zh="一个笔记本，构建网站时从头到尾运行过一遍：改几个参数，看梯度消失、爆炸，或保持大小。",
    en="A notebook, run from top to bottom while the site was built: change a few parameters, and gradients vanish, "
    "explode, or keep their size.",
)
# The kind in the store of what a notebook was rendered as.
NOTEBOOKS = "notebooks"
GLOSSARY_EXTENSION = GlossaryExtension.__module__
REFERENCE_STYLE = "assets/_mkdocstrings.css"
FORMULA_STYLE = "assets/css/mathematics.css"
NO_PLACE = ' tabindex=""'
OWN_SCRIPT, SCRIPT_WORD = "assets/js/gradient-lab.js", json.dumps(CLOSE.en)
TEMPLATES = ROOT / "figures_src" / "site" / "templates"
_HEADING = re.compile(r'<h([1-6])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
# Markdown's writer closes them as XHTML has it.
_FIELD = re.compile(r"(<input\b[^>]*?) ?/>")
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
# Of a drawing: who made it and when, which no page shows.
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
# Links relative to the page's own source, which the plugin's page does not resolve as others do.
_OWN_LINK = re.compile(r'href="(?![a-z]+:|[#./])([^"#]+)(#[^"]*)?"')
# The kernel's name of a cell, after the message of a syntax error.
_CELL_FILE = re.compile(r" \(\d+\.py, line \d+\)$")
_WARNING = re.compile(r"\.py:(?P<line>\d+): (?P<kind>\w+): (?P<what>.*)")
_TAG = re.compile(r"<[^>]+>")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
# Alignment of a cell by Markdown and data frames, which the site's policy refuses; cells stand to the left anyway.
_ALIGNED = re.compile(r'(?<=<td|<th|<tr) style="text-align: (left|center|right);"')
_PRIVATE_PLACE = re.compile(r'<span title="gradlab\.[^"]*">(.*?)</span>')
# Matplotlib's default colours, which a notebook in a reader's hands keeps, in the site's roles.
_DEFAULT_COLOURS = dict(
    zip(("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"), (role.marker for role in SERIES), strict=True)
) | {"#000000": INK.marker, "#b0b0b0": GRID.marker, "#808080": MUTED.marker, "#cccccc": BAND.marker}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out the reference's style sheet, name the languages, and have the notebook rendered as the site is."""
    settings.templates_dir = str(TEMPLATES)
    config.extra_css.remove(REFERENCE_STYLE)
    if wrong := list(configuration.check(config)):
        raise PluginError(BuildFailedError(wrong).summary())
    config.extra["changes"] = last_changes()
    config.extra["languages"] = [
        {
            "folder": language,
            "lang": locale(language).tag,
            "name": locale(language).name,
            "missing": missing(language),
        }
        for language in LANGUAGES
    ]
    config.extra["policy"] = policy.meta()
    config.extra["words"] = surrounding(config.theme["language"])

    explained: set[str] = set()  # a term is explained once on the page, whatever cell it stands in

    def site_markdown(source: str) -> str:
        glossary = GlossaryExtension(seen=explained, **config.mdx_configs[GLOSSARY_EXTENSION])
        others = [name for name in config.markdown_extensions if name != GLOSSARY_EXTENSION]
        md = Markdown(extensions=[*others, glossary], extension_configs=config.mdx_configs)
        return _OWN_LINK.sub(_to_address, md.convert(source))

    default_filters["site_markdown"] = site_markdown
    default_filters["site_code"] = lambda source: site_markdown(f"````python\n{source}\n````")
    default_filters["site_outputs"] = whole_outputs
    default_filters["site_drawing"] = site_drawing
    default_filters["site_word"] = lambda word: WORDS[word](config.theme["language"])
    return config


def _to_address(match: re.Match[str]) -> str:
    target = match[1]
    if target.endswith(".md"):
        page = target.removesuffix(".md")
        target = "" if page == "index" else f"{page}/"
    return f'href="../{target}{match[2] or ""}"'


def whole_outputs(outputs: list[Any], number: int) -> list[Any]:
    """The outputs of a cell of code, counted from 1, with what it printed in one piece.

    It arrives in pieces that depend on the moment, and would differ from build to build. Raises `PluginError` where
    the cell warned, or printed a number that is not finite.
    """
    whole: list[Any] = []
    for output in outputs:
        if whole and output.output_type == whole[-1].output_type == "stream" and output.name == whole[-1].name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    for output in whole:
        if wrong := _wrong(output, number):
            raise PluginError(f"1 failure:\n  {wrong}")
    return whole


def _wrong(output: Any, number: int) -> str | None:
    """The fault of a cell's output with its place in the notebook's source; None without one."""
    if output.output_type == "stream" and output.name == "stderr":
        told = _WARNING.search(output.text)
        said = f"{told['kind']}: {told['what']}" if told else " ".join(output.text.split())
        return f"{running_cell.place(number, int(told['line']) if told else 1)}: the cell warns: {said}"
    shown = output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
    if printed := not_finite_in(shown):
        return f"{running_cell.place(number)}: the cell shows {printed}, allowed: finite numbers, or a word"
    return None


def site_drawing(drawing: str) -> str:
    """A notebook's SVG output in the site's palettes."""
    for colour, marker in _DEFAULT_COLOURS.items():
        drawing = drawing.replace(colour, marker)
    # A page may hold several, and their ids must not meet; what they show tells them apart, and not the build's date.
    prefix = f"notebook-{digest(_METADATA.sub('', drawing))[:8]}"
    return f'<div class="exhibit-drawing" data-search-exclude="true">{for_page(drawing, prefix)}</div>'


def on_page_context(
    context: TemplateContext,
    page: Page,
    config: MkDocsConfig,
    nav: Navigation,  # noqa: ARG001 - MkDocs' signature
) -> TemplateContext:
    """Tell the page when its text last changed, where that is known, and what the notebook is."""
    language = config.theme["language"]
    source = f"docs/{NOTEBOOK if page.file.src_uri == NOTEBOOK_PAGE else f'{language}/{page.file.src_uri}'}"
    if page.file.src_uri == NOTEBOOK_PAGE:
        page.meta["description"] = NOTEBOOK_DESCRIPTION(language)
    page.meta["changed"] = shown(source, config.extra["changes"], language)
    return context


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Have all that is made of pages kept, now that everything is there that pages are made of."""
    language = config.theme["language"]
    config.extra["kept"] = KeptPages(config, files, nav, language, partial(finished, language=language))
    return nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs' signature
    """Say how the site's own wheel is installed, where the site's address is known."""
    return with_address(markdown, published())


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:  # noqa: ARG001 - MkDocs' signature
    """Wrap the plugin's rendering of the notebook, which keeps its own results, and look up every other page."""
    wrap = _rendering if page.file.src_uri == NOTEBOOK_PAGE else config.extra["kept"].converting
    # An attribute of this one page, as the notebook's plugin itself does it.
    page.render = wrap(page, page.render)  # type: ignore[method-assign]
    return page


def finished(html: str, language: Language) -> str:
    """A page's content as the site shows it.

    Every table is put in the theme's box, which scrolls where it is too wide, without a script too; long ones are
    folded. Code breaks well, and the three quantities have their colours.
    """
    html = _ALIGNED.sub(lambda cell: "" if cell[1] == "left" else f' class="{cell[1]}"', html)
    html = _TABLE.sub(r'<div class="md-typeset__scrollwrap"><div class="md-typeset__table">\g<0></div></div>', html)
    html = _FIELD.sub(r"\1>", html)
    return with_quantities(with_line_breaks(with_folds(html, language)))


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:  # noqa: ARG001 - MkDocs' signature
    """Look up what the templates make of pages, and what the search's index says of them."""
    kept: KeptPages = config.extra["kept"]
    kept.keep_renderings(env)
    kept.keep_index()
    return env


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 - MkDocs' signature
    """Leave out where a type lies that no page shows, and the theme's attributes without a value."""
    return _PRIVATE_PLACE.sub(r"\1", output).replace(NO_PLACE, "")


def on_post_build(config: MkDocsConfig) -> None:
    """Remove the style that no page links, make styles and font smaller, and change the scripts for the language."""
    site = Path(config.site_dir)
    pages = {page: page.read_text(encoding="utf-8") for page in site.glob("**/*.html")}
    lighten(site, pages)
    _add_formulas_styles(site, pages.values())
    for style in site.glob("assets/css/*.css"):
        style.write_text(smaller(style.read_text(encoding="utf-8"), style.parent), encoding="utf-8")
    (site / REFERENCE_STYLE).unlink(missing_ok=True)
    for script in site.glob("assets/javascripts/bundle.*.js"):
        made = kept_text("theme-script", script.read_text(encoding="utf-8"), reduced)
        script.write_text(with_words(made, config.theme["language"]), encoding="utf-8")
    for script in site.glob("assets/javascripts/workers/search.*.js"):
        made = requiring(script.read_text(encoding="utf-8"), config.theme["language"])
        script.write_text(made, encoding="utf-8")
    own = site / OWN_SCRIPT
    own.write_text(in_language(own.read_text(encoding="utf-8"), config.theme["language"]), encoding="utf-8")
    for script in site.glob("assets/js/*.js"):
        made = kept_text(script.stem, script.read_text(encoding="utf-8"), scripts.smaller)
        script.write_text(made, encoding="utf-8")


# A process that builds again finds most pages as they were.
_styles = lru_cache(KEPT)(mathematics.styles)


def _add_formulas_styles(site: Path, pages: Iterable[str]) -> None:
    """Have the style sheet of formulas say all that is said by classes on the pages."""
    sheet = site / FORMULA_STYLE
    names = frozenset[str]().union(*map(_styles, pages))
    sheet.write_text(sheet.read_text(encoding="utf-8") + mathematics.rules(names), encoding="utf-8")


def in_language(script: str, language: Language) -> str:
    """The site's script with its one word in a language.

    Raises `PluginError` where the word is not found just once.
    """
    if (found := script.count(SCRIPT_WORD)) != 1:
        raise PluginError(f"1 failure:\n  docs/theme/{OWN_SCRIPT}: found {found} times {SCRIPT_WORD}, allowed: once")
    return script.replace(SCRIPT_WORD, json.dumps(CLOSE(language), ensure_ascii=False))


def _rendering(page: Page, render: Callable[..., Any]) -> Callable[..., None]:
    def wrapped(config: MkDocsConfig, files: Files) -> None:
        def run() -> str:
            _run(partial(render, config, files))
            return page.content or ""

        notebook = Path(page.file.abs_src_path or "").read_text(encoding="utf-8")
        options = dict(config.plugins["mkdocs-jupyter"].config)
        language = config.theme["language"]
        content = Store().answer(NOTEBOOKS, language, digest(notebook, options, version("mkdocs-jupyter")), run)
        content = _STYLE.sub("", content)
        tokens = _toc_tokens(content)
        page.toc = get_toc(tokens)
        page.title = tokens[0]["name"] if tokens else page.title
        page.content = finished(content, language)

    return wrapped


def _run(render: Callable[[], Any]) -> None:
    """Run the notebook and render it.

    Raises `PluginError` of one line where a cell raises, never ends, dies, warns, or prints what is not finite.
    """
    keep_signals()
    try:
        render()
    except CellExecutionError as error:
        raise PluginError(f"1 failure:\n  {_explain(error)}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        where = running_cell.noted(Path(gettempdir())) or f"docs/{NOTEBOOK}"
        is_late = isinstance(error, CellTimeoutError)
        what = exceeded(cell_seconds(), CELL_VARIABLE) if is_late else "the cell's process ended before it was done"
        raise PluginError(f"1 failure:\n  {where}: {what}") from None


def _explain(error: CellExecutionError) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    frames = re.findall(r"Cell In\[(\d+)\], line (\d+)", plain)
    cell, line = (int(number) for number in frames[-1]) if frames else (0, 0)
    reason = _CELL_FILE.sub("", " ".join(error.evalue.split()))
    return f"{running_cell.place(cell, line)}: {error.ename}: {reason}"


def _toc_tokens(content: str) -> list[Any]:
    """The headings of rendered content as the nested tokens of Python-Markdown's table of contents."""
    root: list[Any] = []
    path: list[Any] = []
    for level, anchor, inner in _HEADING.findall(content):
        name = _TAG.sub("", re.sub(r'<a class="headerlink".*?</a>', "", inner, flags=re.DOTALL)).strip()
        token = {"level": int(level), "id": anchor, "name": name, "children": []}
        while path and path[-1]["level"] >= token["level"]:
            path.pop()
        (path[-1]["children"] if path else root).append(token)
        path.append(token)
    return root
