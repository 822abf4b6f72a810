"""The exhibits of the misconceptions."""
