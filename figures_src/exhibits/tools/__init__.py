"""The exhibits of the comparison of tools, with its data."""
