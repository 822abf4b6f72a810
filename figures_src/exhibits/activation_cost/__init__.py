"""The exhibits of the lesson on the cost of activation functions."""
