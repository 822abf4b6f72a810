"""The build's own Jupyter settings, so that nobody's personal ones reach the site."""

from itertools import count
from typing import Any

from figures_src.make.limits import cell_seconds
from figures_src.site import running_cell

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - traitlets gives it to configuration files
# Without it the kernel warns at every build that its ports on this machine are not encrypted.
c.KernelManager.transport_encryption = "auto"
# A cell that never ends would have the build wait for ever. (The plugin replaces the section of the subclass.)
c.NotebookClient.timeout = cell_seconds() or None


def _begun(cell: Any, **_: Any) -> None:
    """Note a cell of code that begins."""
    if cell.cell_type == "code":
        running_cell.note(next(_numbers))


_numbers = count(1)
c.NotebookClient.on_cell_start = _begun
