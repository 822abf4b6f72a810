"""Links and fragments, also those in raw HTML: lychee."""

import json
import re
from pathlib import Path
from typing import Any

from figures_src.model.failures import Failure
from tests.audit.built import name, pages
from tests.audit.tools import ToolError, last_words, program, run
from tests.serving import Site

FLAGS = ("--offline", "--include-fragments", "--no-progress", "--index-files", "index.html", "--format", "json")


def check(site: Site) -> list[Failure]:
    """Every link inside the site that leads nowhere."""
    root = site.folder.as_uri()
    # Pages that any address may show, such as the one for a missing page, link from the host's root.
    remapped = f"^{re.escape(root)}{re.escape(site.path)} {root}/"
    command = (program("lychee"), *FLAGS, "--root-dir", site.folder, "--remap", remapped, "--files-from", "-")
    done = run(*command, text="\n".join(str(path) for path in pages(site.folder)))
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise last_words("lychee", done) from None
    if not found["total"]:
        raise ToolError("lychee: found no link at all")
    return [
        Failure(f"{name(site.folder, Path(page))}:{fault['span']['line']}", _what(root, fault))
        for page, faults in sorted(found["error_map"].items())
        for fault in faults
    ]


def _what(root: str, fault: dict[str, Any]) -> str:
    target = str(fault["url"]).replace(root, "")
    return f"the link to {target} leads nowhere: {fault['status']['text']}"
