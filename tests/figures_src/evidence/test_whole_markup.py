"""The tables about the site itself of a small catalog, as a whole: what styles, scripts and listeners find in them."""

from dataclasses import replace

import pytest

from figures_src.cache import history
from figures_src.cache.catalog import Catalog
from figures_src.cache.history import Commit
from figures_src.drawing.bullet_graph import bullet_graph
from figures_src.evidence import checks_table, claims_table, settings_table
from figures_src.model.claim import Assessed, Claim
from figures_src.model.language import Text
from tests.figures_src.cache.examples import CHECK, OFFERED


def _text(words: str) -> Text:
    return Text(zh=f"{words}（中）", en=words)


NEAR = replace(CHECK, tolerance=0.024)
FAR = replace(CHECK, relation="<", tolerance=None, sentence=_text("far a_1"), because=_text("reason"))
CLAIMS = (
    Claim(
        *("it-is", "1", _text("It is"), "code", "conditional", _text("If so")),
        supports=("one.near",),
        limits=("one.far",),
    ),
    Claim("other", "M2", _text("Other"), "step", "supported", _text("Always"), supports=("other.sole",)),
    Claim("told", "C3", _text("Told"), "code", "reference", _text("Of others"), reference=_text("A book")),
)
CATALOG = Catalog(
    {
        "one": replace(OFFERED, title=_text('The "title"'), checks={"near": NEAR, "far": FAR}),
        "other": replace(OFFERED, title=_text("Other"), settings="", checks={"sole": FAR}),
        "third": replace(OFFERED, title=_text("Third"), checks={}),
    },
    frozenset({"one"}),
    frozenset(),
    claims={claim.id: Assessed(claim, claim.verdict, "x.py") for claim in CLAIMS},
)
COUNTS = """\
| Verdict | The source | Misconceptions | Classics |
| :-- | --: | --: | --: |
| ✓ supported | 0 | 1 | 0 |
| ◐ conditional | 1 | 0 | 0 |
| ✗ misleading | 0 | 0 | 0 |
| § by reference | 0 | 0 | 1 |
| Total | 1 | 1 | 1 |
"""
FORM = (
    '<form class="statement-filter" autocomplete="off" data-search-exclude="true">'
    '<span><label for="filter-verdict">Verdict</label> <select id="filter-verdict" name="verdict">'
    '<option value="">all</option><option value="supported">✓ supported (1)</option>'
    '<option value="conditional">◐ conditional (1)</option>'
    '<option value="reference">§ by reference (1)</option></select></span>'
    '<span><label for="filter-topic">Topic</label> <select id="filter-topic" name="topic">'
    '<option value="">all</option><option value="step">Learning rate and clipping (1)</option>'
    '<option value="code">Code (2)</option></select></span>'
    '<span><label for="filter-origin">Found in</label> <select id="filter-origin" name="origin">'
    '<option value="">all</option><option value="article">The source (1)</option>'
    '<option value="misconceptions">Misconceptions (1)</option><option value="classics">Classics (1)</option>'
    "</select></span>"
    '<output aria-live="polite" data-shown="Showing {shown} of {all}">Showing 3 of 3</output></form>\n'
)
CHECKS = """\
??? checks "Other\N{NO-BREAK SPACE}(1)"

    [Code](source/other.md)

    | Check | Measured | Predicted | Tolerance and its reason | Source of the prediction |
    | :-- | :-- | :-- | :-- | :-- |
    | <span id="claim-other-sole"></span>far a<sub>1</sub> | <span data-column="Measured">1.04</span>\
 | <span data-column="Predicted">&lt; 1</span>\
 | <span data-column="Tolerance and its reason"><span class="number">exact comparison</span>: reason</span>\
 | <span data-column="Source of the prediction">a formula</span> |

??? checks "The &quot;title&quot;\N{NO-BREAK SPACE}(2)"

    [Figure](figures/one.svg) · [Code](source/one.md)

    | Check | Measured | Predicted | Tolerance and its reason | Source of the prediction |
    | :-- | :-- | :-- | :-- | :-- |
    | <span id="claim-one-near"></span>name | <span data-column="Measured">1.04</span>\
 | <span data-column="Predicted">≈ 1</span>\
 | <span data-column="Tolerance and its reason"><span class="number">0.024</span>: name</span>\
 | <span data-column="Source of the prediction">a formula</span> |
    | <span id="claim-one-far"></span>far a<sub>1</sub> | <span data-column="Measured">1.04</span>\
 | <span data-column="Predicted">&lt; 1</span>\
 | <span data-column="Tolerance and its reason"><span class="number">exact comparison</span>: reason</span>\
 | <span data-column="Source of the prediction">a formula</span> |

"""
SETTINGS = """\
| Exhibit | Settings (seeds included) |
| :-- | :-- |
| [The "title"](source/one.md) | `depth=2` |
| [Other](source/other.md) | none |
| [Third](source/third.md) | as for [The "title"](source/one.md) |
"""


def _check(name: str, role: str, told: str, links: str) -> str:
    return f'<span class="statement-check">{bullet_graph(CATALOG.checks[name])} <b>{role}</b> {told}{links}</span>'


def _badge(verdict: str, mark: str, word: str) -> str:
    hidden = f'<span class="claim-mark" aria-hidden="true">{mark}</span>'
    return f'<span class="claim claim-{verdict}">{hidden}{word}</span>'


def test_the_counts_and_the_filter() -> None:
    assert claims_table.counts(CATALOG, "en") == COUNTS
    assert claims_table.form(CATALOG, "en") == FORM
    assert '<option value="step">学习率与梯度裁剪 (1)</option>' in claims_table.form(CATALOG, "zh")


def test_the_rows_of_claims() -> None:
    one = "[figure](figures/one.svg), [code](source/one.md)"
    near = (
        '[name](#claim-one-near): measured <span class="number">1.04</span> ≈ predicted <span class="number">1</span>'
        ' <span class="number">±2.4%</span>; name; source: a formula; '
    )
    far = (
        '[far a<sub>1</sub>](#claim-{}): measured <span class="number">1.04</span> &lt; predicted'
        ' <span class="number">1</span>; reason; source: a formula; '
    )
    assert claims_table.claims(CATALOG, "en").removeprefix(f"{FORM}\n").splitlines() == [
        "| Claim | Verdict, condition and checks |",
        "| :-- | :-- |",
        '| <span id="statement-it-is" data-verdict="conditional" data-topic="code" data-origin="article"></span>'
        f'<span class="statement-number">1</span> It is | {_badge("conditional", "◐", "conditional")} If so'
        '<details class="statement-checks"><summary>2 checks: 1 for, 1 against</summary>'
        f"{_check('one.near', 'For', near, one)}{_check('one.far', 'Against', far.format('one-far'), one)}</details> |",
        '| <span id="statement-other" data-verdict="supported" data-topic="step" data-origin="misconceptions"></span>'
        '<span class="statement-number">[M2](misconceptions.md#m2-other)</span> Other'
        f" | {_badge('supported', '✓', 'supported')} Always"
        '<details class="statement-checks"><summary>1 check: 1 for</summary>'
        f"{_check('other.sole', 'For', far.format('other-sole'), '[code](source/other.md)')}</details> |",
        '| <span id="statement-told" data-verdict="reference" data-topic="code" data-origin="classics"></span>'
        '<span class="statement-number">[C3](classics.md#c3-told)</span> Told'
        f" | {_badge('reference', '§', 'by reference')} Of others"
        '<span class="statement-check">Reference: A book</span> |',
    ]
    chinese = claims_table.claims(CATALOG, "zh")
    assert "<summary>2 项检验：支持 1，限制 1</summary>" in chinese
    assert "文献：A book（中）</span>" in chinese
    assert "；来源：a formula；[图](figures/one.svg)、[代码](source/one.md)</span>" in chinese


def test_the_rows_of_checks_in_the_order_of_the_pages() -> None:
    assert checks_table.checks(CATALOG, "en", ["other", "one"]) == CHECKS
    assert '??? checks "The &quot;title&quot;（中）\N{WORD JOINER}（2）"' in checks_table.checks(CATALOG, "zh")


def test_settings_are_listed_once() -> None:
    assert settings_table.settings(CATALOG, "en") == SETTINGS
    assert "| [Third（中）](source/third.md) | 同 [The" in settings_table.settings(CATALOG, "zh")


@pytest.mark.parametrize(
    ("commit", "shown"),
    [
        (Commit("abc", "1", changed=False), "`abc`"),
        (Commit("abc", "1", changed=True), "`abc`, with changes that are not committed"),
        (None, "not known"),
    ],
)
def test_the_environment_begins_with_the_commit(
    commit: Commit | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "last_commit", lambda: commit)
    monkeypatch.setattr(settings_table, "environment", lambda: {"python": "3", "processor": "AVX2"})
    assert settings_table.environment_table("en").splitlines() == [
        "| Component | Version or kind |",
        "| :-- | :-- |",
        f"| Commit | {shown} |",
        "| Python | 3 |",
        "| Instructions of the processor, as PyTorch names them | AVX2 |",
    ]
