"""The build's own Jupyter settings, so that nobody's personal ones reach the site."""

from typing import Any

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - traitlets gives it to configuration files
# Without it the kernel warns at every build that its ports on this machine are not encrypted.
c.KernelManager.transport_encryption = "auto"
