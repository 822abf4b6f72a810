"""Parts that every room of the laboratory uses."""
