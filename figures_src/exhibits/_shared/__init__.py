"""Parts that exhibits of several pages share."""
