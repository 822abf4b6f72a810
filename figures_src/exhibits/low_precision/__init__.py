"""The exhibits of the lesson on low precision."""
