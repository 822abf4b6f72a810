"""The exhibits of the page on causes, one module for each family."""
