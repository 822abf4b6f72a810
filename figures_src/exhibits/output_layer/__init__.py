"""The exhibits of the lesson on the output layer."""
