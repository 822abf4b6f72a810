"""Tests of the laboratory, of the exhibits and of the pages."""
