"""Tests of gradlab.experiments, one file per module."""
