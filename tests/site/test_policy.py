"""The policy of the site: every page says it, every file is sent with it, and nothing asks for what it refuses."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from markdown import markdown

from figures_src.make.children import Done, Program
from figures_src.model.failures import DOCS, BuildFailedError
from figures_src.site import build as building
from figures_src.site import policy, printing, unused_styles, wheel
from figures_src.site.hooks import finished
from tests.serving import Site, rules, sent
from tests.site.parsing import HASH, attribute, parsed

META = "meta[http-equiv=Content-Security-Policy]"
LOADING = "script[src], link[rel=stylesheet], link[rel=preload]"
PLAIN = (
    '<p class="a">on click = style="b"</p><script src="a.js"></script><script type="application/json">{}</script>'
    '<a href="https://host/a?b=c&amp;d:e" title="javascript: a">a</a><a href="mailto:a@host">b</a><a href="#c:d">c</a>'
    '<img src=" DATA:image/png;base64,AA" alt="style=c"><link rel="icon" href="data:image/svg+xml,a">'
    '<meta name="description" content="javascript: a">'
)


def test_every_page_says_it_before_it_loads_anything_and_has_nothing_that_it_refuses(site: Site) -> None:
    pages = sorted(site.folder.rglob("*.html"))
    assert len(pages) > 200
    for path in pages:
        page = parsed(path)
        (meta, *_) = page.css(f"{META}, {LOADING}")
        assert attribute(meta, "content") == policy.meta(), path
        assert len(page.css(META)) == 1, path
        assert not page.css("[style], style, script:not([src]):not([type='application/json'])"), path
        assert list(policy.refused(path.read_text(encoding="utf-8"))) == [], path


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('<p style="top:0">', "the attribute style='top:0' of <p>"),
        ("<td title='a>b'\nSTYLE=top:0>", "the attribute style='top:0' of <td>"),
        ("<style>a{}</style>", "a style within the page"),
        ("<script>go()</script>", "a script within the page, 'go()'"),
        ('<script type="module">go()</script>', "a script within the page, 'go()'"),
        ('<b onclick="go()">', "the attribute onclick='go()' of <b>"),
        ('<a href=" java&#10;script:go()">javascript:', "the attribute href='java&#10;script:go()' of <a>"),
        ('<a href="java&#115;cript:go()">', "the attribute href='java&#115;cript:go()' of <a>"),
        ("<a href=&#x4A;avascript&colon;go()>", "the attribute href='&#x4A;avascript&colon;go()' of <a>"),
        ('<a href="\x01JAVA&Tab;SCR\nIPT:go()">', "the attribute href='\\x01JAVA&Tab;SCR IPT:go()' of <a>"),
        ("<a title=it's href=javascript:go('x')>", "the attribute href=\"javascript:go('x')\" of <a>"),
        ('<a href="vbscript:go()">', "the attribute href='vbscript:go()' of <a>"),
        ('<a href="data:text/html,a">', "the attribute href='data:text/html,a' of <a>"),
        ('<img src="data:text/html,a">', "the attribute src='data:text/html,a' of <img>"),
        ('<form action=" javascript:go()">', "the attribute action='javascript:go()' of <form>"),
        ('<button formaction="javascript:go()">', "the attribute formaction='javascript:go()' of <button>"),
        ('<svg><a xlink:href="javascript:go()"/>', "the attribute xlink:href='javascript:go()' of <a>"),
        (
            '<set attributeName="href" to="javascript:go()"/>',
            "the attribute to='javascript:go()' of <set>",
        ),
        (
            '<animate attributeName="href" values="#a; java&#9;script:go()"/>',
            "the attribute values='#a; java&#9;script:go()' of <animate>",
        ),
        (
            """<meta http-equiv="Refresh" content="0;url='javascript:go()'">""",
            "the attribute content=\"0;url='javascript:go()'\" of <meta>",
        ),
        ('<svg/onload="go()">', "the attribute onload='go()' of <svg>"),
        ('<b title="a"onclick="go()">', "the attribute onclick='go()' of <b>"),
        ('<p srcdoc="a">', "the attribute srcdoc='a' of <p>"),
        ("<iframe title=a>", "the element <iframe>"),
        ("<script>go()", "a script within the page, 'go()'"),
        ("<script>go()</script\n>", "a script within the page, 'go()'"),
        ('<script type="module" type="application/json">go()</script>', "a script within the page, 'go()'"),
    ],
)
def test_what_it_refuses_is_found(planted: str, found: str) -> None:
    assert list(policy.refused(PLAIN)) == []
    assert [what for what, _ in policy.refused(PLAIN + planted)] == [found]


def test_a_column_stands_where_its_author_said() -> None:
    table = markdown("| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | 2 | 3 | 4 |", extensions=["tables"])
    page = finished(table, "en")
    assert list(policy.refused(page)) == []
    assert [cell["class"] for cell in re.finditer(r'<t[hd](?: class="(?P<class>\w+)")?>', page)] == [
        *(None, None, "center", "right"),
        *(None, None, "center", "right"),
    ]


def test_a_slip_is_one_line_with_the_page_that_has_it(site: Site, tmp_path: Path) -> None:
    for name in ("en/theory", "en/print", "zh/source/sigmoid"):
        shutil.copytree(site.folder / name, tmp_path / name)
    for name in ("en/theory", "en/print"):  # which holds all pages once more
        file = tmp_path / name / "index.html"
        file.write_text(file.read_text("utf-8").replace("<p>", '<p style="top: 0">', 1), encoding="utf-8")
    assert list(map(str, policy.failures(tmp_path))) == [
        "docs/en/theory.md: found the attribute style='top: 0' of <p>, allowed: a class"
    ]
    shutil.rmtree(tmp_path / "en/theory")
    assert [failure.where for failure in policy.failures(tmp_path)] == ["site/en/print/index.html"]


class Planted:
    """A program that builds one language, with a slip on its first page."""

    def __init__(self, program: Program) -> None:
        assert program.environment
        self._folder = Path(program.environment["GRADIENT_LAB_SITE"])

    def __enter__(self) -> "Planted":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs that would have to end."""

    def wait(self) -> Done:
        """Write the page."""
        self._folder.mkdir()
        (self._folder / "index.html").write_text('<p onclick="go()">', encoding="utf-8")
        return Done(0, "", "")


def test_a_build_with_a_slip_leaves_the_last_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (wheel, "put"),
        (unused_styles, "lighten"),
        (printing, "write"),
        (building, "write_root_folder"),
    ):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(building, "Child", Planted)
    site = tmp_path / "site"
    site.mkdir()
    (site / "last").touch()
    with pytest.raises(BuildFailedError) as failed:
        building._build(site)
    assert [str(failure) for failure in failed.value.failures] == [
        f"docs/{language}/index.md: found the attribute onclick='go()' of <p>, allowed: a script in a file"
        for language in ("en", "zh")
    ]
    assert (site / "last").exists()
    assert (DOCS / "en" / "index.md").is_file()


def test_what_can_be_a_document_is_sent_with_the_policy_and_every_file_with_one_lifetime(site: Site) -> None:
    found = rules(site.folder)
    kept = 0
    for path in site.folder.rglob("*"):
        if not path.is_file() or path.name.startswith("_"):
            continue
        address = "/" + path.relative_to(site.folder).as_posix().removesuffix("index.html")
        headers = sent(found, address)
        hashed = HASH.search(path.name)
        assert headers["X-Content-Type-Options"] == "nosniff"
        ruled = not hashed or path.parent.name == "workers"
        assert headers.get("Content-Security-Policy") == (policy.header() if ruled else None), address
        for name in ("Referrer-Policy", "Permissions-Policy"):
            assert (name in headers) == ruled, address
        assert headers["Cache-Control"] == ("public, max-age=31536000, immutable" if hashed else "no-cache"), address
        if hashed:
            kept += 1
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert digest.startswith(hashed[0].strip(".")), address
    assert kept > 40


def test_a_page_does_not_load_a_file_whose_name_may_stay(site: Site) -> None:
    for path in site.folder.rglob("*.html"):
        for node in parsed(path).css(f"{LOADING}, link[rel=icon]"):
            address = node.attributes.get("src") or node.attributes.get("href") or ""
            assert HASH.search(address), f"{path}: {address}"


@pytest.mark.parametrize(("palette", "colour"), [("light", "rgb(31, 35, 40)"), ("dark", "rgb(230, 232, 238)")])
def test_a_drawing_that_is_opened_by_itself_has_its_colours(site: Site, tab: Any, palette: Any, colour: str) -> None:
    page = tab(color_scheme=palette)
    page.goto(f"{site.address}en/figures/explosion.svg")
    fill = "selector => getComputedStyle(document.querySelector(selector)).fill"
    assert page.evaluate(fill, "text") == colour
    assert page.evaluate("selector => getComputedStyle(document.querySelector(selector)).stroke", "[class=stroke-1]")


def test_a_browser_refuses_what_is_planted(site: Site, browser: Any) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{site.address}en/glossary/")
    tried = page.evaluate(
        """async () => {
            const refused = new Set(); // a policy of the page, and one that it is sent with
            addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.add(effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            for (const planted of ['<p style="top: 0">', '<iframe src="/">', '<video src="/a">', '<embed src="/a">'])
                document.body.insertAdjacentHTML("beforeend", planted);
            await fetch("https://example.com/").catch(() => {});
            // A busy machine tells of the last one late; what comes beyond them would come at once.
            for (let waited = 0; refused.size < 6 && waited < 10000; waited += 100)
                await new Promise((resolve) => setTimeout(resolve, 100));
            return [window.ran, [...refused].sort()];
        }"""
    )
    page.context.close()
    assert tried == [None, ["connect-src", "frame-src", "media-src", "object-src", "script-src-elem", "style-src-attr"]]


def test_the_headers_of_a_host_are_joined_as_hosts_do(tmp_path: Path) -> None:
    (tmp_path / "_headers").write_text("/*\n  A: 1\n/x/:file\n  A: 2\n  B: 3\n", encoding="utf-8")
    found = rules(tmp_path)
    assert sent(found, "/x/y.css") == {"A": "1, 2", "B": "3"}
    assert sent(found, "/x/y/z.css") == sent(found, "/x/") == {"A": "1"}
