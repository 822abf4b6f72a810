"""The exhibits of the reference of networks."""
