"""Everything that was made once and is kept."""
