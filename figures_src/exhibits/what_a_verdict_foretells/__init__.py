"""Exhibits of the page on what a verdict foretells."""
