"""Tests of gradlab, one file per module."""
