"""Tables about the site itself, for `--8<-- "site-....md"`: the evidence, the settings, the environment.

`figures_src.evidence.claims_table` has those of the claims, and `figures_src.make.prepare` lays all of them out.
"""

import json
from collections.abc import Iterable, Sequence
from textwrap import indent

from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import environment
from figures_src.markdown import source_pages
from figures_src.markdown.exhibits import check_anchor
from figures_src.markdown.plain_formulas import set_indices, set_source
from figures_src.model import tables
from figures_src.model.exhibit import Number
from figures_src.model.language import Language, Localize, Text, localizer

CHECK = Text(zh="检验", en="Check")
MEASURED = Text(zh="实测值", en="Measured")
PREDICTED = Text(zh="预测值", en="Predicted")
TOLERANCE = Text(zh="容差及其理由", en="Tolerance and its reason")
THEORY = Text(zh="预测的来源", en="Source of the prediction")
FIGURE = Text(zh="图", en="Figure")
CODE = Text(zh="代码", en="Code")
EXHIBIT = Text(zh="展项", en="Exhibit")
SETTINGS = Text(zh="设置（含随机种子）", en="Settings (seeds included)")
MANY_SETTINGS = Text(zh="全部设置", en="all settings")
NO_SETTINGS = Text(zh="无", en="none")
SAME_AS = Text(zh="同", en="as for")
COMPONENT = Text(zh="组件", en="Component")
VERSION = Text(zh="版本", en="Version")
EXACT = Text(zh="精确比较", en="exact comparison")
# Settings of more characters than these are folded.
LONGEST_SETTINGS = 300
NAMES = {"python": "Python", "torch": "PyTorch", "matplotlib": "matplotlib", "numpy": "NumPy"}


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown, all columns to the left."""
    head = tuple(header)
    return tables.markdown(head, (":--" for _ in head), rows)


def named(column: str, cell: str) -> str:
    """A cell that also carries its column's name, which a narrow screen shows beside it."""
    return f'<span data-column="{column}">{cell}</span>'


def checks(catalog: Catalog, language: Language, order: Sequence[str] = ()) -> str:
    """Every check with its measurement, prediction and tolerance, folded by exhibit; badges link to a row's anchor.

    Exhibits that `order` names come first, in that order.
    """
    text = localizer(language)
    rows: dict[str, list[tuple[str, ...]]] = {}
    for name, check in catalog.checks.items():
        tolerance = Number(check["tolerance"], ".2g") if check["tolerance"] else text(EXACT)
        colon = "：" if language == "zh" else ": "
        rows.setdefault(name.partition(".")[0], []).append(
            (
                f'<span id="{check_anchor(name)}"></span>{set_indices(check["sentence"][language])}',
                named(text(MEASURED), check["measured"]["text"]),
                named(text(PREDICTED), f"{check['relation']} {check['predicted']['text']}".replace("<", "&lt;")),
                named(
                    text(TOLERANCE),
                    f'<span class="number">{tolerance}</span>{colon}{set_indices(check["because"][language])}',
                ),
                named(text(THEORY), set_source(check["source"][language])),
            )
        )
    header = tuple(map(text, (CHECK, MEASURED, PREDICTED, TOLERANCE, THEORY)))
    places = {name: place for place, name in enumerate(order)}
    return "".join(
        _folded(name, markdown_table(header, rows[name]), len(rows[name]), catalog, language)
        for name in sorted(rows, key=lambda name: places.get(name, len(places)))
    )


def _folded(exhibit: str, table: str, count: int, catalog: Catalog, language: Language) -> str:
    """The checks of an exhibit as a folded block, with links to its figure and its code."""
    text = localizer(language)
    links = [f"[{text(CODE)}](source/{exhibit}.md)"]
    if exhibit in catalog.figures:
        links.insert(0, f"[{text(FIGURE)}](figures/{exhibit}.svg)")
    title = catalog.title(exhibit, language).replace('"', "&quot;")
    # The count stays with the last word: by a no-break space, and before a full-width bracket by a word joiner.
    brackets = "\N{WORD JOINER}（{}）" if language == "zh" else "\N{NO-BREAK SPACE}({})"
    content = f"{' · '.join(links)}\n\n{table}"
    return f'??? checks "{title}{brackets.format(count)}"\n\n{indent(content, "    ")}\n'


def settings(catalog: Catalog, language: Language) -> str:
    """Every exhibit's experiment with its settings, seeds included."""
    text = localizer(language)
    rows = []
    first: dict[str, str] = {}
    for name, entry in catalog.exhibits.items():
        exhibit = f"[{entry['title'][language]}](source/{name}.md)"
        # Several exhibits may show parts of one result, whose settings are listed once.
        same = first.setdefault(entry["settings"], exhibit) if entry["settings"] else exhibit
        rows.append((exhibit, _settings(entry["settings"], text) if same == exhibit else f"{text(SAME_AS)} {same}"))
    return markdown_table((text(EXHIBIT), text(SETTINGS)), rows)


def _settings(listed: str, text: Localize) -> str:
    """An experiment's settings; a list longer than a few lines is folded."""
    if not listed:
        return text(NO_SETTINGS)
    if len(listed) <= LONGEST_SETTINGS:
        return f"`{listed}`"
    return f'<details class="settings"><summary>{text(MANY_SETTINGS)}</summary>`{listed}`</details>'


def environment_table(language: Language) -> str:
    """The versions that the site was built with."""
    text = localizer(language)
    return markdown_table(
        (text(COMPONENT), text(VERSION)), ((NAMES[name], number) for name, number in environment().items())
    )


def source_page(name: str, catalog: Catalog, language: Language, files: Iterable[tuple[str, str]]) -> str:
    """A page that shows the code of an exhibit: its own module, and the experiment below it."""
    title = catalog.title(name, language)
    heading = Text(zh=f"源代码：{title}", en=f"Source: {title}")
    description = Text(
        zh=f"“{title}”背后的代码：展项本身，以及它运行的实验。",
        en=f"The code behind “{title}”: the exhibit itself and the experiments that it runs.",
    )
    front = f"description: {json.dumps(description(language), ensure_ascii=False)}\nsearch:\n  exclude: true"
    parts = [f"---\n{front}\n---\n\n# {heading(language)} {{#source}}\n"]
    for path, content in files:
        parts.append(f"## `{path}` {{#{source_pages.anchor(path)}}}\n")
        parts.append(f"````python\n{content.rstrip()}\n````\n")
    return "\n".join(parts)
