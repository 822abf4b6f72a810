"""The article's exhibits."""
