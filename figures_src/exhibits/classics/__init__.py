"""The exhibits of the page on classic results."""
