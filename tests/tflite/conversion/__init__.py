"""Tests of tflite.conversion."""
