"""Tests of tflite.program."""
