"""The exhibits of the lesson on input scaling."""
