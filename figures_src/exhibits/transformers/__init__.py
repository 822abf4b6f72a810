"""The exhibits of the lesson on transformers."""
