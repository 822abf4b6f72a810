"""Tests of the comparison with other tools."""
