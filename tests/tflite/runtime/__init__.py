"""Tests of tflite.runtime."""
