"""Anchors of rows and figures, as links and pages share them."""


def check_anchor(name: str) -> str:
    """The anchor of a check's row on the evidence page; its first word is older than `check`, and links rely on it."""
    return "claim-" + name.replace(".", "-").replace("_", "-")


def claim_anchor(name: str) -> str:
    """The anchor of a claim's row on the evidence page; its first word is older than `claim`, and links rely on it."""
    return f"statement-{name}"


def figure_anchor(name: str) -> str:
    """The anchor of an exhibit's figure on its page."""
    return "figure-" + name.replace("_", "-")
