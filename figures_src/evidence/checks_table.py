"""The table of all checks, folded by exhibit, for `--8<-- "site-checks.md"`."""

from collections.abc import Sequence
from textwrap import indent

from figures_src.cache.catalog import Catalog
from figures_src.markdown.plain_formulas import set_indices, set_source
from figures_src.model import tables
from figures_src.model.anchors import check_anchor
from figures_src.model.exhibit import Number, exhibit_of
from figures_src.model.language import Language, Text, locale, localizer

CHECK = Text(zh="检验", en="Check")
MEASURED = Text(zh="实测值", en="Measured")
PREDICTED = Text(zh="预测值", en="Predicted")
TOLERANCE = Text(zh="容差及其理由", en="Tolerance and its reason")
THEORY = Text(zh="预测的来源", en="Source of the prediction")
FIGURE = Text(zh="图", en="Figure")
CODE = Text(zh="代码", en="Code")
EXACT = Text(zh="精确比较", en="exact comparison")


def named(column: str, cell: str) -> str:
    """A cell that also carries its column's name, which a narrow screen shows beside it."""
    return f'<span data-column="{column}">{cell}</span>'


def checks(catalog: Catalog, language: Language, order: Sequence[str] = ()) -> str:
    """Every check with its measurement, prediction and tolerance, folded by exhibit; marks link to a row's anchor.

    Exhibits that `order` names come first, in that order.
    """
    text = localizer(language)
    rows: dict[str, list[tuple[str, ...]]] = {}
    for name, check in catalog.checks.items():
        tolerance = Number(check.tolerance, ".2g") if check.tolerance else text(EXACT)
        colon = locale(language).colon
        rows.setdefault(exhibit_of(name), []).append(
            (
                f'<span id="{check_anchor(name)}"></span>{set_indices(check.sentence(language))}',
                named(text(MEASURED), str(check.measured)),
                named(text(PREDICTED), f"{check.relation} {check.predicted}".replace("<", "&lt;")),
                named(
                    text(TOLERANCE),
                    f'<span class="number">{tolerance}</span>{colon}{set_indices(check.because(language))}',
                ),
                named(text(THEORY), set_source(check.source_in(language))),
            )
        )
    header = tuple(map(text, (CHECK, MEASURED, PREDICTED, TOLERANCE, THEORY)))
    places = {name: place for place, name in enumerate(order)}
    return "".join(
        _folded(name, tables.markdown(header, rows[name]), len(rows[name]), catalog, language)
        for name in sorted(rows, key=lambda name: places.get(name, len(places)))
    )


def _folded(exhibit: str, table: str, count: int, catalog: Catalog, language: Language) -> str:
    """The checks of an exhibit as a folded block, with links to its figure and its code."""
    text = localizer(language)
    links = [f"[{text(CODE)}](source/{exhibit}.md)"]
    if exhibit in catalog.figures:
        links.insert(0, f"[{text(FIGURE)}](figures/{exhibit}.svg)")
    title = catalog.title(exhibit, language).replace('"', "&quot;")
    content = f"{' · '.join(links)}\n\n{table}"
    return f'??? checks "{title}{locale(language).brackets.format(count)}"\n\n{indent(content, "    ")}\n'
