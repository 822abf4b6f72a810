"""Builds that are killed, starved, damaged and disturbed: the last good site stays, and the next build mends all.

`make torture` runs every kind with fixed seeds and prints how many of how many held. A small part of it is run by
tests/torture/test_torture.py.
"""
