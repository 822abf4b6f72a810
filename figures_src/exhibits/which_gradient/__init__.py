"""The exhibits of the lesson on which gradient vanishes."""
