"""The exhibits of the lesson on finite width."""
