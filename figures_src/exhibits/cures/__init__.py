"""The exhibits of the page on cures."""
