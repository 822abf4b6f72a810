"""The theme's script with less to do for every page.

The search's index, the heaviest part of a page, is fetched when the search is first opened, and so is the worker that
searches. The theme waits with the index only in a page opened as a file, where it also sets it up anew whenever the
search is opened. Where one of the two cannot be fetched, the search says so instead of being initialized for ever.

Tables have their boxes from the build, and are not wrapped when the page is loaded.

Transitions are suspended only where the palette changes, and no `color-scheme` is declared by a script. The theme does
both whenever a page is loaded, which styles all its elements anew four times; the site's style declares the scheme.
"""

import json
import re

from figures_src.model.language import Language
from figures_src.site.theme_changes import all_like, changed
from figures_src.site.words import SEARCH_LOST

NAME = "the theme's script, assets/javascripts/bundle.*.js"
# Texts of the script, and the texts that replace them.
CHANGES = (
    # Stands in for the worker, and starts it at the first message to it; not in a page opened as a file, where the
    # theme finds out that no worker can be started, and hides the search.
    (
        re.compile(r"(function \w+\((\w+),\w+\)\{let \w+=\w+\(\2)(?=\);return \w+\(\$\()"),
        r'\1,location.protocol==="file:"?void 0:'
        r"Object.assign(new EventTarget,{postMessage(message){(this.worker??=Object.assign(new Worker(\2),"
        r'{onmessage:({data})=>this.dispatchEvent(new MessageEvent("message",{data})),onerror:searchLost}))'
        ".postMessage(message)}})",
    ),
    # ...switchMap(() => <the index>)).subscribe(({ config, docs }) => <worker>.next({ type: 0, data: { ... } }))
    (
        re.compile(
            r"(?<=\)\)\.subscribe\()(\(\{config:\w+,docs:\w+\}\)=>\w+\.next\(\{type:0,data:\{[^}]*\{[^}]*\}\}\}\))(?=\))"
        ),
        r"{next:\1,error:searchLost}",
    ),
    # merge(of(<not a file>), <the search is open>).pipe(filter(open => open), ...
    (
        re.compile(r'\$\(location\.protocol!=="file:"\)(,\w+\("search"\)\)\.pipe\(\w+\()(\w+)=>\2\)'),
        r"$(!1)\1\2=>\2&&!self.searching&&(self.searching=!0))",
    ),
    # It marks the words searched for, which the address then holds, by what the index says of separators.
    (re.compile(r'(\w+\("search\.highlight"\))\?(?=\w+\(\w+,\{index)'), r"\1&&/[?&]h=/.test(location.search)?"),
    (re.compile(r'\.\.\.\w+\("table:not\(\[class\]\)",\w+\)\.map\(\w+=>\w+\(\w+\)\),'), ""),
    (re.compile(r'(let (\w+)=\w+\("meta",\{name:"color-scheme"\}\);)document\.head\.appendChild\(\2\);'), r"\1"),
    # It suspends transitions, finds out which palette the system's is, and sets the palette.
    (re.compile(r'document\.body\.setAttribute\("data-md-color-switching",""\),(?=\w+\.color\.media===)'), ""),
    (
        re.compile(r"(?<=\})(?=for\(let\[\w+,\w+\]of Object\.entries\((\w+)\.color\)\)document\.body\.setAttribute\()"),
        r'\1.color.scheme!==document.body.dataset.mdColorScheme&&document.body.setAttribute("data-md-color-switching","");',
    ),
)


def lighter(script: str) -> str:
    """The changed script, which calls what `with_words` adds.

    Raises `PluginError` where a place is not found just once: the theme is then not the version known here.
    """
    return changed(script, NAME, all_like(CHANGES))


def with_words(script: str, language: Language) -> str:
    """A script that `lighter` has changed, with what it says of a search that is lost."""
    said = json.dumps(SEARCH_LOST(language), ensure_ascii=False)
    lost = f'function searchLost(){{document.querySelector(".md-search-result__meta").textContent={said}}}'
    return f"{script}\n{lost}\n"
