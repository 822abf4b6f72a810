"""The provenance of a site: `provenance.json` at its root, from which `make verify` makes it once more.

It holds what decides the bytes of the site and nothing else, so that two machines of one kind write the same: no time,
no name of a machine or of a person. The kind of processor is in it because results depend on it.
"""

import json
import re
from pathlib import Path

from figures_src.cache import history
from figures_src.cache.catalog import Catalog
from figures_src.cache.sources import environment
from figures_src.model.exhibit import Offered

PROVENANCE = "provenance.json"
# Settings as pages show them: `seeds=5`, `data_seed=0`, `seeds=(0, 1)`.
_SEEDS = re.compile(r"\b(?:\w+_)?seeds?=(?:\([^()]*\)|[^\s,;()]+)")


def of(catalog: Catalog, url: str, repository: str, epoch: str) -> dict[str, object]:
    """The provenance of a site in JSON's types.

    Args:
        catalog: all exhibits.
        url: the address that the site is built for, or nothing.
        repository: the address of the project's repository, or nothing.
        epoch: the date that stands for the build, in seconds since 1970.

    """
    commit = history.last_commit()
    return {
        "commit": commit.name if commit else None,
        "uncommitted_changes": commit.changed if commit else None,
        "source_date_epoch": epoch,
        "site_url": url,
        "repository_url": repository,
        "environment": environment(),
        "exhibits": {
            name: {"seeds": seeds(offered), "sha256": catalog.digest(name)}
            for name, offered in catalog.exhibits.items()
        },
    }


def seeds(offered: Offered) -> list[str]:
    """The seeds among an exhibit's settings, each as pages show it and once."""
    return list(dict.fromkeys(_SEEDS.findall(offered.settings)))


def write(site: Path, said: dict[str, object]) -> None:
    """Write a site's provenance into its folder."""
    (site / PROVENANCE).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
