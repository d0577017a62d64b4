"""Tests of tflite.bundle."""
