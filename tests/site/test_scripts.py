"""The site's own scripts as they are sent say what was written."""

import json
from pathlib import Path

import pytest
import quickjs  # type: ignore[import-untyped]
from pygments.lexers.javascript import JavascriptLexer  # type: ignore[import-untyped]
from pygments.token import Token  # type: ignore[import-untyped]

from figures_src.model.failures import ROOT
from figures_src.site.scripts import smaller

SCRIPTS = sorted((ROOT / "docs" / "theme" / "assets" / "js").glob("*.js"))


@pytest.mark.parametrize(
    ("script", "small"),
    [
        ("// a\nconst a = 1; /* b */\nlet  b\n  c()\n", "const a=1;let b\nc()\n"),
        ("f({\n  a, // b\n  `x\n  // ${ a }`,\n});\n", "f({a,`x\n  // ${a}`,});\n"),
        ("a + +b - -c; x = y / /\\/\\* /.z\n", "a + +b - -c;x=y / /\\/\\* /.z\n"),
        ('return /** @type {X} */ (a) ? "  // b" : c\nd\n', 'return(a)?"  // b":c\nd\n'),
        ("a\n(b)\nreturn\nc\n", "a\n(b)\nreturn\nc\n"),
    ],
)
def test_comments_and_idle_space_are_left_out_and_ends_of_lines_are_not(script: str, small: str) -> None:
    assert smaller(script) == small


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_has_the_same_words_and_signs_and_is_smaller(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    sent = smaller(written)
    assert _signs(sent) == _signs(written)
    assert len(sent) < 0.75 * len(written)
    if "import" not in written and "export" not in written:
        quickjs.Context().eval(f"Function({json.dumps(sent)})")


def _signs(script: str) -> list[str]:
    tokens = JavascriptLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(script)
    return [text for _, kind, text in tokens if kind not in Token.Comment and (kind not in Token.Text or text.strip())]
