"""The claims as the evidence page shows them: how many have which verdict, a form to filter by, and the table."""

from collections import Counter
from collections.abc import Mapping
from html import escape

from figures_src.cache.catalog import Catalog
from figures_src.drawing.bullet_graph import bullet_graph
from figures_src.markdown.plain_formulas import set_indices, set_source
from figures_src.model import tables
from figures_src.model.anchors import check_anchor, claim_anchor
from figures_src.model.claim import (
    ARTICLE,
    CLASSICS,
    MISCONCEPTIONS,
    TOPICS,
    VERDICT_MARKS,
    VERDICT_WORDS,
    VERDICTS,
    Claim,
)
from figures_src.model.exhibit import Number, exhibit_of
from figures_src.model.language import Language, Text, locale, localizer

CLAIM = Text(zh="论断", en="Claim")
VERDICT = Text(zh="结论、条件与检验", en="Verdict, condition and checks")
CHECKS = Text(zh="{total} 项检验：{parts}", en="{total} checks: {parts}")
ONE_CHECK = Text(zh="1 项检验：{parts}", en="1 check: {parts}")
COUNTED = {
    "supports": Text(zh="支持 {count}", en="{count} for"),
    "limits": Text(zh="限制 {count}", en="{count} against"),
}
SUPPORTS = Text(zh="支持", en="For")
LIMITS = Text(zh="限制", en="Against")
MEASURED = Text(zh="实测", en="measured")
PREDICTED = Text(zh="预测", en="predicted")
REFERENCE = Text(zh="文献：", en="Reference: ")
SOURCE = Text(zh="来源：", en="source: ")
CODE = Text(zh="代码", en="code")
FIGURE = Text(zh="图", en="figure")
WORD = Text(zh="结论", en="Verdict")
TOTAL = Text(zh="合计", en="Total")
TOPIC = Text(zh="主题", en="Topic")
ORIGIN = Text(zh="出处", en="Found in")
ORIGINS = {
    "article": Text(zh="原文", en="The source"),
    "misconceptions": Text(zh="常见误解", en="Misconceptions"),
    "classics": Text(zh="经典结果", en="Classics"),
}
PAGES = {ARTICLE: "article", MISCONCEPTIONS: "misconceptions", CLASSICS: "classics"}
ALL = Text(zh="全部", en="all")
SHOWN = Text(zh="显示 {all} 条中的 {shown} 条", en="Showing {shown} of {all}")


def counts(catalog: Catalog, language: Language) -> str:
    """Counts of the article's claims, of the misconceptions and of the classics, by verdict."""
    text = localizer(language)
    groups = (catalog.verdicts, catalog.misconceptions, catalog.classics)

    def row(label: str, name: str) -> tuple[str, ...]:
        return label, *(str(group[name]) for group in groups)

    rows = [row(f"{VERDICT_MARKS[verdict]} {text(VERDICT_WORDS[verdict])}", verdict) for verdict in VERDICTS]
    header = tuple(map(text, (WORD, *ORIGINS.values())))
    return tables.markdown(header, [*rows, row(text(TOTAL), "total")], (":--", "--:", "--:", "--:"))


def _origin(claim: Claim) -> str:
    return PAGES[claim.page]


def _select(name: str, label: str, options: Mapping[str, str], everything: str) -> str:
    listed = "".join(f'<option value="{value}">{escape(word)}</option>' for value, word in options.items())
    return (
        f'<span><label for="filter-{name}">{label}</label> <select id="filter-{name}" name="{name}">'
        f'<option value="">{everything}</option>{listed}</select></span>'
    )


def form(catalog: Catalog, language: Language) -> str:
    """The form that filters the table, as it is before anything is chosen; without a script the style hides it."""
    text = localizer(language)
    by_verdict = Counter(assessed.verdict for assessed in catalog.claims.values())
    by_topic = Counter(assessed.claim.topic for assessed in catalog.claims.values())
    verdicts: dict[str, str] = {
        verdict: f"{VERDICT_MARKS[verdict]} {text(VERDICT_WORDS[verdict])} ({by_verdict[verdict]})"
        for verdict in VERDICTS
        if by_verdict[verdict]
    }
    topics = {name: f"{text(topic)} ({by_topic[name]})" for name, topic in TOPICS.items() if by_topic[name]}
    by_origin = Counter(_origin(assessed.claim) for assessed in catalog.claims.values())
    origins = {name: f"{text(origin)} ({by_origin[name]})" for name, origin in ORIGINS.items() if by_origin[name]}
    shown = text(SHOWN)
    total = len(catalog.claims)
    return (
        '<form class="statement-filter" autocomplete="off" data-search-exclude="true">'
        + _select("verdict", text(WORD), verdicts, text(ALL))
        + _select("topic", text(TOPIC), topics, text(ALL))
        + _select("origin", text(ORIGIN), origins, text(ALL))
        + f'<output aria-live="polite" data-shown="{shown}">{shown.format(all=total, shown=total)}</output></form>\n'
    )


def _check(name: str, role: Text, catalog: Catalog, language: Language) -> str:
    """A check in a claim's row: its drawing, its sentence, measured beside predicted, and where to look on."""
    text = localizer(language)
    check = catalog.checks[name]
    exhibit = exhibit_of(name)
    relation = check.relation.replace("<", "&lt;")
    measured, predicted = (f'<span class="number">{number}</span>' for number in (check.measured, check.predicted))
    values = f"{text(MEASURED)} {measured} {relation} {text(PREDICTED)} {predicted}"
    if check.tolerance:
        values += f' <span class="number">±{Number(100 * check.tolerance, ".2g")}%</span>'
    here = locale(language)
    links = [f"[{text(CODE)}](source/{exhibit}.md)"]
    if exhibit in catalog.figures:
        links.insert(0, f"[{text(FIGURE)}](figures/{exhibit}.svg)")
    return (
        f'<span class="statement-check">{bullet_graph(check)} <b>{text(role)}</b> '
        f"[{set_indices(check.sentence(language))}](#{check_anchor(name)}){here.colon}{values}{here.semicolon}"
        f"{set_indices(check.because(language))}{here.semicolon}{text(SOURCE)}"
        f"{set_source(check.source_in(language) + here.semicolon)}"
        f"{here.enumeration.join(links)}</span>"
    )


def _evidence(claim: Claim, catalog: Catalog, language: Language) -> str:
    """The evidence of a claim: its reference, or its checks, folded under the count of each kind."""
    text = localizer(language)
    shown = ""
    if claim.reference:
        shown = f'<span class="statement-check">{text(REFERENCE)}{claim.reference(language)}</span>'
    checks: dict[str, list[str]] = {
        part: [_check(name, role, catalog, language) for name in names if name in catalog.checks]
        for part, role, names in (("supports", SUPPORTS, claim.supports), ("limits", LIMITS, claim.limits))
    }
    total = sum(map(len, checks.values()))
    if not total:
        return shown
    counted = [text(COUNTED[part]).format(count=len(found)) for part, found in checks.items() if found]
    parts = locale(language).comma.join(counted)
    summary = text(ONE_CHECK if total == 1 else CHECKS).format(total=total, parts=parts)
    listed = "".join(check for found in checks.values() for check in found)
    return f'{shown}<details class="statement-checks"><summary>{summary}</summary>{listed}</details>'


def claims(catalog: Catalog, language: Language) -> str:
    """The filter, then every claim with its verdict and its checks; each row has the anchor that marks link to."""
    text = localizer(language)
    rows = []
    for name, assessed in catalog.claims.items():
        claim, verdict = assessed.claim, assessed.shown
        attributes = {"verdict": verdict, "topic": claim.topic, "origin": _origin(claim)}
        data = " ".join(f'data-{attribute}="{value}"' for attribute, value in attributes.items())
        mark = f'<span id="{claim_anchor(name)}" {data}></span>'
        told = claim.number
        if claim.section:
            told = f"[{told}]({claim.page}#{claim.section})"
        badge = (
            f'<span class="claim claim-{verdict}"><span class="claim-mark" aria-hidden="true">'
            f"{VERDICT_MARKS[verdict]}</span>{text(assessed.word)}</span>"
        )
        rows.append(
            (
                f'{mark}<span class="statement-number">{told}</span> {set_indices(claim.sentence(language))}',
                f"{badge} {set_indices(claim.condition(language))}{_evidence(claim, catalog, language)}",
            )
        )
    return f"{form(catalog, language)}\n{tables.markdown((text(CLAIM), text(VERDICT)), rows)}"
