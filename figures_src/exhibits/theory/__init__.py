"""The exhibits of the theory page."""
