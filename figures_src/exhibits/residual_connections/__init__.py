"""The exhibits of the lesson on residual connections."""
