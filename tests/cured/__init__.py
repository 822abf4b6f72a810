"""The whole bank, treated network by network."""
