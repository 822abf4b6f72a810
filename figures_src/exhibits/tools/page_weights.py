"""Files that a page has a browser fetch: this site's article beside other sites' pages, from the record."""

from datetime import date

from figures_src.exhibits.tools import _weights
from figures_src.exhibits.tools._tools import EXACT
from figures_src.exhibits.tools._weights import OWN, PEERS, Page, Weights
from figures_src.model.exhibit import Check, Number, Table
from figures_src.model.language import Localize, Text

TITLE = Text(zh="一个页面的重量", en="What a page weighs")
COLUMNS = (
    Text(zh="页面", en="Page"),
    Text(zh="请求", en="Requests"),
    Text(zh="其他主机", en="Other hosts"),
    Text(zh="已知大小，kB", en="Known bytes, kB"),
    Text(zh="已知文件数", en="Files with known bytes"),
    Text(zh="HTML，千字符", en="HTML, thousand characters"),
    Text(zh="样式", en="Style sheets"),
    Text(zh="脚本", en="Scripts"),
)
PAGES = {
    "zh_article": Text(zh="本站中文", en="This site, zh"),
    "en_article": Text(zh="本站英文", en="This site, en"),
    "d2l_zh": Text(zh="d2l 中文", en="d2l, zh"),
    "d2l_en": Text(zh="d2l 英文", en="d2l, en"),
    "pytorch": Text(zh="PyTorch", en="PyTorch"),
}
THE_RECORD = Text(zh="记录的大小", en="recorded weights")


def compute() -> Weights:
    """Read the record: a build has no pages of others, and not yet its own."""
    return _weights.read()


def _row(page: Page, text: Localize) -> tuple[str | int, ...]:
    return (
        text(PAGES[page.name]),
        page.requests,
        len(page.hosts),
        round(page.known / 1000),
        len(page.weighed),
        round(page.characters / 1000),
        page.styles,
        page.scripts,
    )


def table(result: Weights, text: Localize) -> Table:
    """List every page with what its HTML names."""
    return Table(tuple(map(text, COLUMNS)), tuple(_row(page, text) for page in result.pages))


def numbers(result: Weights) -> dict[str, Number]:
    days = {"counted": date.fromisoformat(result.counted), "measured": date.fromisoformat(result.measured)}
    offered = {
        f"{name}_{part}": Number(getattr(day, part), "d" if part == "year" else "02d")
        for name, day in days.items()
        for part in ("year", "month", "day")
    }
    for page in result.pages:
        offered[f"{page.name}_requests"] = Number(page.requests, "d")
        offered[f"{page.name}_hosts"] = Number(len(page.hosts), "d")
        offered[f"{page.name}_files"] = Number(len(page.weighed), "d")
        offered[f"{page.name}_kilobytes"] = Number(page.known / 1000, ".0f")
    return offered


def checks(result: Weights) -> dict[str, Check]:
    own = [result.of(name) for name in OWN]
    peers = [result.of(name) for name in PEERS]
    return {
        "hosts": Check(
            sentence=Text(
                zh="本站的文章不向任何其他主机请求文件", en="This site's article asks no other host for a file"
            ),
            measured=Number(max(len(page.hosts) for page in own), "d"),
            relation="=",
            predicted=Number(0, "d"),
            because=EXACT,
            source=THE_RECORD,
        ),
        "lighter": Check(
            sentence=Text(
                zh="本站文章的全部文件，字节数少于其他任何一页中已知的那部分文件",
                en="All files of this site's article weigh less than the few files of any other page that could be "
                "weighed",
            ),
            measured=Number(max(page.known for page in own) / 1000, ".0f"),
            relation="<",
            predicted=Number(min(page.known for page in peers) / 1000, ".0f"),
            because=EXACT,
            source=THE_RECORD,
        ),
    }
