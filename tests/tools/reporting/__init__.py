"""Tests of tools/reporting."""
