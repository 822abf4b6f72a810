"""Tests of gradlab.theory, one file per module."""
