"""The exhibits of the lesson on gradients through time."""
