"""Words of the site in the search: the cutting of Chinese, readers' names for things, and the order of what is found.

The theme cuts the index with jieba, and a query in the worker that searches. Every word of a query is required.
"""

import json
import logging
import re
import tomllib
from copy import copy
from importlib.metadata import version
from pathlib import Path

import jieba
from mkdocs.structure.pages import Page

from figures_src.cache.sources import digest
from figures_src.cache.store import Store
from figures_src.markdown import terms
from figures_src.model.language import Language
from figures_src.site.theme_changes import all_like, changed

# Words that readers may type, and the site's words for them, by language.
SYNONYMS: dict[Language, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("synonyms.toml").read_text(encoding="utf-8")
)
# Words of the field that the glossary does not explain.
WORDS = ("损失", "溢出", "游乐场", "原文", "权重衰减", "前馈网络", "神经网络", "非线性", "方差", "乘积")
# Characters that hold a sentence together, and tell no page from another.
JOINING = "的了是和与或在一不吗呢么怎样为什有也都会把被对从到"
# Pages to look up or to show come after pages to read, and a definition before a section that mentions the term.
BOOSTS = {"reference": 0.1, "slides": 0.1, "glossary": 1.1, "evidence": 0.5, "how-this-site-is-made": 0.5}
_CHANGES = (
    # The words of a query in Chinese: the longest that the index has. What lies between them is to be there as it is;
    # what is left at the end may go on.
    (
        re.compile(r'\[\.\.\.\w+\((\w+),(this\.index\.invertedIndex)\)\]\.join\("\* "\)'),
        r'((text,known)=>{let words=[],rest="";const flush=whole=>{rest&&words.push(whole+rest);rest=""};'
        r"for(let at=0,end;at<text.length;at=end){for(end=text.length;end>at+1&&!(text.slice(at,end)in known);)end--;"
        f'if(end>at+1)flush("+"),words.push(text.slice(at,end));else if("{JOINING}".includes(text[at]))flush("+");'
        r'else rest+=text[at]}flush("");return` ${words.join(" ")} `})(\1,\2)',
    ),
    # Every word is required.
    (re.compile(r"\?(\w+):`\$\{\1\}\*`\)\.join\("), r"?\1:`+${\1}*`).join("),
    (re.compile(r"(?<=\bsearch\((\w)\)\{)(?=if\(\1=\1\.replace\()"), r"\1=SYNONYMS(\1);"),
)


def load_dictionary() -> None:
    """Have jieba read its dictionary from the store.

    By itself it unmarshals a file of a known name in the folder for temporary files that all users share.
    """

    def write(folder: Path) -> None:
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = str(folder)
        tokenizer.initialize()

    jieba.setLogLevel(logging.WARNING)  # it reports its dictionary's loading to standard error by itself
    jieba.dt.tmp_dir = str(Store().keep("words", "jieba", digest(version("jieba")), write))


def add_words(language: Language) -> None:
    """Have the words of the field cut as words."""
    load_dictionary()
    meant = " ".join(SYNONYMS.get(language, {}).values()).split()
    named = (form for term in terms.read(language) for form in term.forms)
    for word in (*named, *meant, *WORDS):
        if re.fullmatch(r"[\u4e00-\u9fff]+", word):
            jieba.add_word(word, freq=1_000_000)


def searchable(page: Page) -> Page:
    """The page as the index has it: with the weight of its kind."""
    shown = copy(page)
    name = page.file.src_uri.removesuffix(".md")
    boost = next((boost for start, boost in BOOSTS.items() if name.startswith(start)), 1.0)
    shown.meta = {**page.meta, "search": {"boost": boost, **page.meta.get("search", {})}}
    return shown


def requiring(worker: str, language: Language) -> str:
    """The theme's worker that searches, which requires every word and knows the synonyms.

    Raises `PluginError` where a place is not found just once: the theme is then not the version known here.
    """
    worker = changed(worker, "the theme's search.*.js", all_like(_CHANGES))
    longest_first = sorted(SYNONYMS.get(language, {}).items(), key=lambda pair: -len(pair[0]))
    known = json.dumps(longest_first, ensure_ascii=False)
    return (
        f"const SYNONYMS=query=>{{const known=new Map({known});const said=[...known.keys()]"
        r'.map(word=>/\w/.test(word)?`(?<!\\w)${word}(?!\\w)`:word).join("|");'
        'return query.replace(new RegExp(said,"gi"),word=>` ${known.get(word.toLowerCase())} `)};'
        f"{worker}"
    )
