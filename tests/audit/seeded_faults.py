"""Every check of `make audit` can fail: it finds a fault that is planted in a tiny site, and nothing in a clean one.

`make audit` runs these before it looks at the real site; they need its tools, which `make test` does not install.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from figures_src.model.failures import Failure
from figures_src.site.browser import launched
from tests.audit import links, markup, scripts, speed, spelling, typography, weight
from tests.audit.__main__ import checked, main
from tests.audit.built import Piece, pieces
from tests.audit.tools import run
from tests.serving import Site, served
from tests.tabs import Tab

PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="description" content="{title}">
<link rel="icon" href="data:,"></head><body><main>
<h1 id="top">{title}</h1>
<p>{text}</p>
<p><a href="../{other}/#top" lang="{other_lang}">{other_title}</a></p>
</main></body></html>
"""
ENGLISH = {"lang": "en", "title": "Gradients", "other": "zh", "other_lang": "zh-Hans", "other_title": "梯度"}
CHINESE = {"lang": "zh-Hans", "title": "梯度", "other": "en", "other_lang": "en", "other_title": "Gradients"}
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {"drawn " * 900} --></svg>'
# In two halves, since this file is checked as well.
MISSPELT = "rec" + "ieve"
Make = Callable[..., Site]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a tiny site with these texts, and serves it."""
    started = []

    def built(en: str = "The gradient vanishes.", zh: str = "用 PyTorch 训练的网络。", **files: str) -> Site:
        for language, words, text in (("en", ENGLISH, en), ("zh", CHINESE, zh)):
            (tmp_path / language).mkdir()
            (tmp_path / language / "index.html").write_text(PAGE.format(text=text, **words), encoding="utf-8")
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_text(content, encoding="utf-8")
        started.append(served(tmp_path))
        return started[-1].__enter__()

    yield built
    for server in started:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Tab:
    """The one that goes from page to page, as in the audit."""
    return Tab(browser, **weight.PHONE)


def said(found: list[Failure]) -> list[str]:
    return [failure.what for failure in found]


def test_links(make: Make) -> None:
    (found,) = links.check(make(en='<a href="../zh/#gone">raw HTML</a>'))
    assert found.where == "en/:6"
    assert "/zh#gone leads nowhere: Cannot find fragment" in found.what


def test_links_clean(make: Make) -> None:
    assert links.check(make(en='<a href="/gradient-lab/zh/">from the root</a>')) == []


def test_markup(make: Make) -> None:
    found = said(markup.check(make(en='<span id="top">twice</span><img src="data:,">')))
    assert any("Duplicate ID “top”" in what for what in found), found
    assert any("“alt” attribute" in what for what in found), found


def test_markup_clean(make: Make) -> None:
    assert markup.check(make()) == []


def test_spelling_on_pages(make: Make) -> None:
    site = make(en=f"We {MISSPELT} a colour, and <code>{MISSPELT}</code> code.")
    assert said(spelling.on_pages(site)) == [f"found '{MISSPELT}', allowed: receive", "found 'colour', allowed: color"]


def test_spelling_in_files(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(f'"""{MISSPELT.title()} the parts."""\n', encoding="utf-8")
    run("git", "init", "--quiet", tmp_path)
    (found,) = spelling.in_files(tmp_path)
    assert (found.where, found.what) == (f"{tmp_path / 'module.py'}:1", f"found '{MISSPELT.title()}', allowed: Receive")


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("网络的的梯度。", "的的"),
        ("用PyTorch训练。", "用 PyTorch"),
        ("<em>梯度</em>ReLU", "梯度 ReLU"),
        ("用<code>x</code>训练。", "用 code"),
        ("请登陆帐号。", "登录"),
        ("向后是后向传播。", "反向传播"),
        ("批标准化之后。", "批量归一化"),
        ("梯度消失,学习率小。", "，"),
    ],
)
def test_typography_of_chinese(make: Make, text: str, instead: str) -> None:
    site = make(zh=text)
    found = [fault for piece in pieces(site.folder, "zh") for fault in _faults(piece, "zh")]
    assert found
    assert all(fault.where == "zh/" for fault in found)
    assert any(instead in fault.what for fault in found), found


@pytest.mark.parametrize(
    ("text", "instead"),
    [("Say the the word.", "the word once"), ('A "straight" quote.', "“ and ”"), ("It ends，here.", "half-width")],
)
def test_typography_of_english(make: Make, text: str, instead: str) -> None:
    site = make(en=text)
    found = [fault for piece in pieces(site.folder, "en") for fault in _faults(piece, "en")]
    assert any(instead in fault.what for fault in found), found


def test_typography_clean(make: Make) -> None:
    site = make()
    for language in ("zh", "en"):
        assert [fault for piece in pieces(site.folder, language) for fault in _faults(piece, language)] == []


def _faults(piece: Piece, language: str) -> list[Failure]:
    return list(typography.faults(piece, typography.rules(language)))


def test_typography_of_sources(tmp_path: Path) -> None:
    (tmp_path / "docs/zh").mkdir(parents=True)
    (tmp_path / "docs/zh/page.md").write_text("# 页\n\n用PyTorch训练，`x中y` 不动。\n", encoding="utf-8")
    (found,) = (fault for path in typography.written(tmp_path) for fault in typography.spaced(path))
    assert found.where.endswith("docs/zh/page.md:3")
    assert "用 PyTorch 训练" in found.what


def test_typography_of_labels(tmp_path: Path) -> None:
    for name in ("gradlab", "figures_src"):
        (tmp_path / name).mkdir()
    (tmp_path / "gradlab/words.py").write_text('WORD = Text(zh=f"第{n}层的ReLU", en="layer")\n', encoding="utf-8")
    found = [fault for piece in typography.literals(tmp_path) for fault in _faults(piece, "zh")]
    assert [fault.where for fault in found] == [f"{tmp_path / 'gradlab/words.py'}:1"]
    assert "层的 ReLU" in found[0].what


def test_scripts(tmp_path: Path) -> None:
    script = tmp_path / "page.js"
    script.write_text("/** @param {number} n */\nconst twice = (n) => n.length;\ntwice('2');\n", encoding="utf-8")
    found = scripts.check(tmp_path)
    assert [failure.where for failure in found] == [f"{script}:2", f"{script}:3"]
    assert "TS2339: Property 'length' does not exist" in found[0].what


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ('<img src="https://elsewhere.example/a.png" alt="">', "outside: https://elsewhere.example/a.png"),
        ("<script>console.warn('careful')</script>", "careful"),
        ('<img src="gone.png" alt="">', "404: "),
        (
            "<script>new Worker(URL.createObjectURL(new Blob(['fetch(`https://elsewhere.example/`)'])))</script>",
            "outside",
        ),
    ],
)
def test_wrong_requests_and_messages(make: Make, tab: Tab, body: str, wrong: str) -> None:
    found = said(weight.failures(weight.measured(tab, make(en=body), "en/")))
    assert any(wrong in what for what in found), found


def test_weight(make: Make, tab: Tab) -> None:
    noise = "".join(chr(0x4E00 + 7919 * n % 20000) for n in range(200_000))
    site = make(big_txt=noise, en="<script>new Worker(URL.createObjectURL(new Blob(['fetch(`' + location.origin + "
                "'/gradient-lab/big.txt`)'])))</script>")  # fmt: skip
    measured = weight.measured(tab, site, "en/")
    assert measured.limit == weight.LIMITS[""] < measured.bytes
    assert measured.requests == 2
    assert said(weight.failures(measured)) == [f"{measured.bytes} bytes transferred, allowed: {measured.limit}"]


def test_weight_clean(make: Make, tab: Tab) -> None:
    measured = weight.measured(tab, make(), "zh/")
    assert weight.failures(measured) == []
    assert 500 < measured.bytes < 2000


def test_a_page_that_was_seen_weighs_as_much_again(make: Make, tab: Tab) -> None:
    site = make(en='<script src="../big.js"></script><img src="../big.svg" alt="">', big_js="0;" * 9000, big_svg=SVG)
    first, again = (weight.measured(tab, site, "en/") for _ in range(2))
    assert first == again
    assert first.requests == 3


SLOW = """<img src="data:," width="9" height="9"><script>
const end = performance.now() + 4000;
while (performance.now() < end);
// Again and again: how long a page is watched after that hangs on what else the machine does.
const heading = document.querySelector("h1");
setInterval(() => (heading.style.marginTop = heading.style.marginTop ? "" : "300px"), 250);
</script>"""


def test_quality_and_speed(make: Make) -> None:
    site = make(en=SLOW)
    first = speed.run_once(site, "en/", ("performance", *speed.PERFECT))
    assert first.benchmark > 0
    elsewhere = replace(first, benchmark=float(speed.FAST_ENOUGH))
    assert speed.judged([elsewhere] * 5, like_another=True) == "slow"
    scores = speed.Scores("en/", (first,), "slow")
    assert "performance" in "; ".join(said(speed.slowness(scores)))
    found = "; ".join(said(speed.shortcomings(scores)))
    assert "accessibility" in found, found
    assert "image-alt" in found, found
    assert "cumulative layout shift" in found, found


def scored(performance: int, benchmark: float = 4000.0) -> speed.Run:
    return speed.Run({"performance": performance}, 0.0, 0.0, 0.0, 0, benchmark, {})


def test_two_runs_decide_the_median() -> None:
    def judged(*performances: int, like_another: bool = False) -> str | None:
        return speed.judged([scored(performance) for performance in performances], like_another=like_another)

    assert judged(97) is None
    assert judged(98) == "fast", "three points above the limit"
    assert judged(95, like_another=True) == "fast"
    assert judged(94, like_another=True) is None
    for like_another in (False, True):
        assert judged(94, 98, like_another=like_another) is None
        assert judged(95, 100, like_another=like_another) == "fast"
        assert judged(94, 94, 100, like_another=like_another) is None
        assert judged(*[94] * 4, *[100] * 4, like_another=like_another) is None
        assert judged(*[94] * 4, *[95] * 5, like_another=like_another) == "fast"
        assert judged(*[94] * 5, like_another=like_another) == "slow"
    assert speed.Scores("en/", (scored(94), scored(100), scored(95)), "fast").performance == 95


def test_beside_other_work_a_page_is_found_fast_or_is_not_judged() -> None:
    slow, held_up = scored(80), scored(80, benchmark=2800.0)
    assert speed.judged([slow] * 5, like_another=False) == "slow"
    assert speed.judged([slow] * 5, [4800.0], like_another=False) == "slow", "within what an idle machine shows"
    assert speed.judged([slow] * 5, [5200.0], like_another=False) is None, "slower than it was for another page"
    assert speed.judged([held_up, *[slow] * 7], like_another=False) is None
    assert speed.judged([held_up, *[slow] * 8], like_another=False) == "not judged"
    assert speed.judged([held_up, slow, scored(95)], like_another=False) == "fast"
    scores = speed.Scores("en/", (held_up, slow), "not judged")
    assert speed.slowness(scores) == []
    (line,) = speed.unjudged([scores])
    assert line.endswith(
        "not judged beside other work or on a slow processor (the machine's benchmark went from 2800 to 4000)"
    )


def test_a_tool_that_fails_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(tmp_path) as empty:
        (found,) = checked("markup", empty)
    assert "no page" in found.what
    assert main(["nothing"]) == 1
    assert "unknown check 'nothing'" in capsys.readouterr().err
