"""The tables of all settings and of the environment, for `--8<-- "site-settings.md"` and `"site-environment.md"`."""

from figures_src.cache import history
from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import environment
from figures_src.model import tables
from figures_src.model.language import Language, Localize, Text, localizer

EXHIBIT = Text(zh="展项", en="Exhibit")
SETTINGS = Text(zh="设置（含随机种子）", en="Settings (seeds included)")
MANY_SETTINGS = Text(zh="全部设置", en="all settings")
NO_SETTINGS = Text(zh="无", en="none")
SAME_AS = Text(zh="同", en="as for")
COMPONENT = Text(zh="组件", en="Component")
VERSION = Text(zh="版本或种类", en="Version or kind")
COMMIT = Text(zh="提交", en="Commit")
UNKNOWN = Text(zh="未知", en="not known")
CHANGED = Text(zh="，此后有未提交的改动", en=", with changes that are not committed")
# Settings of more characters than these are folded.
LONGEST_SETTINGS = 300
NAMES = {
    "python": Text(zh="Python", en="Python"),
    "torch": Text(zh="PyTorch", en="PyTorch"),
    "matplotlib": Text(zh="matplotlib", en="matplotlib"),
    "numpy": Text(zh="NumPy", en="NumPy"),
    "machine": Text(zh="机器", en="Machine"),
    "processor": Text(zh="处理器指令集（PyTorch 的叫法）", en="Instructions of the processor, as PyTorch names them"),
}


def settings(catalog: Catalog, language: Language) -> str:
    """Every exhibit's experiment with its settings, seeds included."""
    text = localizer(language)
    rows = []
    first: dict[str, str] = {}
    for name, offered in catalog.exhibits.items():
        exhibit = f"[{offered.title(language)}](source/{name}.md)"
        # Several exhibits may show parts of one result, whose settings are listed once.
        same = first.setdefault(offered.settings, exhibit) if offered.settings else exhibit
        rows.append((exhibit, _settings(offered.settings, text) if same == exhibit else f"{text(SAME_AS)} {same}"))
    return tables.markdown((text(EXHIBIT), text(SETTINGS)), rows)


def _settings(listed: str, text: Localize) -> str:
    """An experiment's settings; a list longer than a few lines is folded."""
    if not listed:
        return text(NO_SETTINGS)
    if len(listed) <= LONGEST_SETTINGS:
        return f"`{listed}`"
    return f'<details class="settings"><summary>{text(MANY_SETTINGS)}</summary>`{listed}`</details>'


def environment_table(language: Language) -> str:
    """The commit, the versions and the kind of processor that the site was built with."""
    text = localizer(language)
    rows = [(text(COMMIT), _commit(text)), *((text(NAMES[name]), value) for name, value in environment().items())]
    return tables.markdown((text(COMPONENT), text(VERSION)), rows)


def _commit(text: Localize) -> str:
    commit = history.last_commit()
    return f"`{commit.name}`{text(CHANGED) if commit.changed else ''}" if commit else text(UNKNOWN)
