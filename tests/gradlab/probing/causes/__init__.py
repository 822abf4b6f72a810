"""Tests of the causes that the probe tells."""
