"""Parts that experiments of several subjects share."""
