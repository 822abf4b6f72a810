"""The exhibits of the pages on diagnosing a network."""
