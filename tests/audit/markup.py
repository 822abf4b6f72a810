"""Validity of the HTML: the Nu checker of the W3C."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from figures_src.model.failures import Failure
from tests.audit.built import name, pages
from tests.audit.tools import JAVA, VNU, ToolError, last_words, run
from tests.serving import Site

FLAGS = ("--format", "json", "--exit-zero-always", "--skip-non-html")

# Faults of the theme that cannot be mended here, each with its reason.
ACCEPTED = (
    # Of the boxes that fold the navigation and the search. Without it Firefox reloads a page with its menu open.
    r"Attribute “autocomplete” is only allowed when the input type is .*",
    # Guessed from a page that is mostly names and code.
    r"This document appears to be written in English but the “html” start tag has “lang=\"zh-Hans\"”.*",
    # A file has no address that 'self' could be, and data for scripts are taken for scripts. What browsers refuse under
    # the policy is asked of them, by tests/site/test_policy.py and by every test that watches a page.
    r"(?:Resource violates|Inline script violates) Content Security Policy \(meta tag\): .*",
)


def check(site: Site) -> list[Failure]:
    """Every error and warning of the checker on every page."""
    if not pages(site.folder):
        raise ToolError(f"vnu: no page in {site.folder}")
    done = run(JAVA, "-Xss8m", "-jar", VNU, *FLAGS, site.folder)
    try:
        messages = json.loads(done.stderr)["messages"]
    except ValueError:
        raise last_words("vnu", done) from None
    accepted = re.compile("|".join(ACCEPTED))
    return [
        Failure(_where(site, message), " ".join(message["message"].split()))
        for message in messages
        if not accepted.fullmatch(message["message"])
    ]


def _where(site: Site, message: dict[str, Any]) -> str:
    page = Path(url2pathname(urlsplit(message["url"]).path))
    return f"{name(site.folder, page)}:{message.get('lastLine', 1)}"
