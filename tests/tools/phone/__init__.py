"""Tests of tools/phone, and of tools/phone_check.py, which is made of it."""
