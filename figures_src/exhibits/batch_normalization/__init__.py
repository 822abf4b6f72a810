"""The exhibits of the lesson on batch normalization."""
