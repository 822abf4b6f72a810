"""The exhibits of the lesson on the map of the weight scale."""
