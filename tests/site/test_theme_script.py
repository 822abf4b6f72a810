"""Changes of the theme's script, and of the site's own."""

import pytest
from mkdocs.exceptions import PluginError

from figures_src.site.hooks import in_language
from figures_src.site.theme_script import lighter, with_words
from figures_src.site.words import SEARCH_LOST

WORKER = "function Ei(e,t){let r=Mn(e);"
INDEX = '({config:o,docs:n})=>r.next({type:0,data:{config:o,docs:n,options:{suggest:V("search.suggest")}}})'
SEARCH = WORKER + f'return L($(location.protocol!=="file:"),Je("search")).pipe(Re(o=>o),b(()=>t)).subscribe({INDEX})'
MARKS = 'm(e=>V("search.highlight")?Ai(e,{index$:zi,location$:Kt}):y)'
TABLES = '...M("details",e).map(i=>Bn(i,{target$:o})),...M("table:not([class])",e).map(i=>ti(i)),...M("[data-tabs]",e)'
SCHEME = 'let o=x("meta",{name:"color-scheme"});'
PALETTE = (
    f"{SCHEME}document.head.appendChild(o);"
    'if(document.body.setAttribute("data-md-color-switching",""),s.color.media==="x"){a()}'
    "for(let[a,c]of Object.entries(s.color))document.body.setAttribute(`data-md-color-${a}`,c)"
)
SCRIPT = f"{SEARCH};{MARKS};{TABLES};{PALETTE}"


def test_the_search_waits_until_it_is_opened_and_starts_once() -> None:
    worker = (
        'function Ei(e,t){let r=Mn(e,location.protocol==="file:"?void 0:'
        "Object.assign(new EventTarget,{postMessage(message){"
        "(this.worker??=Object.assign(new Worker(e),{onmessage:({data})=>"
        'this.dispatchEvent(new MessageEvent("message",{data})),onerror:searchLost})).postMessage(message)}}));'
    )
    search = (
        worker + 'return L($(!1),Je("search")).pipe(Re(o=>o&&!self.searching&&(self.searching=!0)),b(()=>t)).subscribe('
        f"{{next:{INDEX},error:searchLost}})"
    )
    marks = 'm(e=>V("search.highlight")&&/[?&]h=/.test(location.search)?Ai(e,{index$:zi,location$:Kt}):y)'
    assert lighter(f"before;{SCRIPT};after").startswith(f"before;{search};{marks};")


def test_a_lost_search_says_so_in_the_language_of_the_page() -> None:
    script = with_words('"use strict";before()//# comment', "zh")
    assert script.startswith('"use strict";before()//# comment\nfunction searchLost(){')
    assert SEARCH_LOST.zh in script


def test_tables_are_left_as_they_are() -> None:
    assert '...M("details",e).map(i=>Bn(i,{target$:o})),...M("[data-tabs]",e)' in lighter(SCRIPT)


def test_transitions_are_suspended_where_the_palette_changes() -> None:
    condition = "s.color.scheme!==document.body.dataset.mdColorScheme"
    palette = (
        f'{SCHEME}if(s.color.media==="x"){{a()}}{condition}&&document.body.setAttribute("data-md-color-switching","");'
        "for(let[a,c]of Object.entries(s.color))document.body.setAttribute(`data-md-color-${a}`,c)"
    )
    assert lighter(SCRIPT).endswith(f";{palette}")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("", 0),
        *((SCRIPT + twice, 2) for twice in (SEARCH, MARKS, TABLES)),
        *((SCRIPT.replace(gone, ""), 0) for gone in (SEARCH, MARKS, TABLES, PALETTE)),
    ],
)
def test_another_version_of_the_theme_is_refused(script: str, found: int) -> None:
    with pytest.raises(PluginError, match=f"bundle.*: found {found} places like .*, allowed: 1"):
        lighter(script)


def test_the_site_s_own_script_says_its_word_in_the_language_of_the_page() -> None:
    assert in_language('const close = "Close";', "zh") == 'const close = "关闭";'
    with pytest.raises(PluginError, match=r'gradient-lab\.js: found 2 times "Close", allowed: once'):
        in_language('["Close", "Close"]', "zh")
