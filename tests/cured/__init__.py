"""The whole bank, treated network by network, and other banks."""
