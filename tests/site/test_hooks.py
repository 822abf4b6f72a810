"""What the hooks change in what the theme brings."""

import pytest
from mkdocs.exceptions import PluginError

from figures_src.site.hooks import searching_when_asked

SEARCH = 'return L($(location.protocol!=="file:"),Je("search")).pipe(Re(o=>o),b(()=>t)).subscribe()'
MARKS = 'm(e=>V("search.highlight")?Ai(e,{index$:zi,location$:Kt}):y)'
SCRIPT = f"{SEARCH};{MARKS}"


def test_the_search_waits_until_it_is_opened_and_starts_once() -> None:
    search = 'return L($(!1),Je("search")).pipe(Re(o=>o&&!self.searching&&(self.searching=!0)),b(()=>t)).subscribe()'
    marks = 'm(e=>V("search.highlight")&&/[?&]h=/.test(location.search)?Ai(e,{index$:zi,location$:Kt}):y)'
    assert searching_when_asked(f"before;{SCRIPT};after") == f"before;{search};{marks};after"


@pytest.mark.parametrize(("script", "found"), [(MARKS, 0), (SCRIPT + SEARCH, 2), (SEARCH, 0), (SCRIPT + MARKS, 2)])
def test_another_version_of_the_theme_is_refused(script: str, found: int) -> None:
    with pytest.raises(PluginError, match=f"bundle.*: found {found} places like .*, allowed: 1"):
        searching_when_asked(script)
