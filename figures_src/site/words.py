"""The words that surround every page: what the site adds to those of its theme, or says better."""

from figures_src.model.language import Language, Text, locale

WORDS = {
    "action.skip": Text(zh="跳到正文", en="Skip to content"),
    "card.after": Text(
        zh="”，深蓝底上；旁边三条线：梯度逐层爆炸、不变、消失",
        en="” on dark blue, beside three lines: a gradient that explodes layer by layer, one that stays, one that "
        "vanishes",
    ),
    "card.before": Text(zh="标题“", en="The title “"),
    "missing.home": Text(zh="回到首页", en="Back to the first page"),
    "missing.search": Text(zh="在本站搜索", en="Search the site"),
    "missing.text": Text(zh="这个地址没有页面。", en="There is no page at this address."),
    "missing.title": Text(zh="找不到页面", en="Page not found"),
    "missing.ways": Text(zh="可以从目录或搜索继续。", en=" The navigation and the search still work."),
    "page.changed": Text(zh="文字最后修改于 ", en="Text last changed on "),
    "page.changed.end": Text(
        zh="。图和数字每次构建都重新生成。", en=". Figures and numbers are made anew by every build."
    ),
    "palette.automatic": Text(zh="明暗跟随系统", en="Follow the system's light or dark mode"),
    "palette.dark": Text(zh="切换到深色", en="Switch to dark mode"),
    "palette.light": Text(zh="切换到浅色", en="Switch to light mode"),
    "print.link": Text(zh="整站打印版", en="The whole site on one page, to print"),
    "path": Text(zh="当前位置", en="Breadcrumbs"),
    "path.home": Text(zh="首页", en="Home"),
    "select.language": Text(zh="语言", en="Language"),
}
# On the button of a dialog, which a script makes.
CLOSE = Text(zh="关闭", en="Close")
# In the place of results, where the search's index or its program cannot be fetched.
SEARCH_LOST = Text(
    zh="搜索用的数据没有取到。连上网络之后，请刷新本页再试；目录照常可用。",
    en="What the search needs could not be fetched. Reload the page once there is a network; the navigation works "
    "without.",
)
# The worker's words without a network on a page that was not read before: title, and sentence before those that were.
OFFLINE = (
    Text(zh="没有网络", en="No network"),
    Text(
        zh="这一页还没有读过，连上网络才能打开。读过的有：",
        en="This page has not been read before. It opens once there is a network. These have been read:",
    ),
)


def surrounding(language: Language) -> dict[str, str]:
    """The words for the theme's templates by their keys, with the signs and codes that stand among them."""
    here = locale(language)
    said = {key: text(language) for key, text in WORDS.items()}
    return said | {"language": here.tag, "locale": here.locale, "colon": here.colon}


def missing(language: Language) -> dict[str, str]:
    """Words of the page for an unknown address to a reader of another language, by their keys."""
    return {part: WORDS[f"missing.{part}"](language) for part in ("text", "home")}
