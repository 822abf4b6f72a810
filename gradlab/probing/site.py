"""Addresses of the site's pages on the web, for links in printed reports. Does not import PyTorch.

The address is not built in, because the site can be published anywhere: it is the argument ``site`` of
:meth:`gradlab.probing.Record.report`, else the environment variable ``GRADLAB_SITE``.
"""

from __future__ import annotations

import os
import re

from gradlab._internal.refusals import RefusalError
from gradlab.language import Language, Text

VARIABLE = "GRADLAB_SITE"
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")

TITLES = {
    "batch-normalization": Text(en="Batch normalization: cure and cause", zh="批量归一化：是解药，也是病因"),
    "causes": Text(en="From verdict to cause", zh="从诊断到病因"),
    "finite-width": Text(en="Finite width: a seed is a sample", zh="有限宽度：随机种子就是一次抽样"),
    "learning-rate-and-clipping": Text(en="Learning rate and clipping", zh="学习率与梯度裁剪"),
    "reading-the-report": Text(en="Reading the report", zh="怎样读报告"),
    "residual-connections": Text(en="Residual connections: 2ᴸ, e or a power of L", zh="残差连接：2ᴸ、e，还是 L 的幂"),
    "sigma-w-map": Text(en="The map of the weight scale", zh="权重尺度的地图"),
}
"""Titles of the pages that a report names, by the name of the page."""


def root(site: str | None = None) -> str:
    """The site's address with a final slash, or nothing where it is not known.

    Args:
        site: the address; nothing says that it is not known; None takes that of the environment.

    Raises:
        ValueError: it is no address on the web.

    """
    found = (os.environ.get(VARIABLE, "") if site is None else site).strip()
    if found and not _ADDRESS.fullmatch(found):
        name = VARIABLE if site is None else "site"
        raise RefusalError(name, repr(found), "the site's address, such as https://host/path/, or ''")
    return f"{found.rstrip('/')}/" if found else ""


def address(page: str, language: Language, site: str) -> str:
    """The address of a page: in full if the site's address is known, else below it."""
    return f"{site}{language}/{page}/"
