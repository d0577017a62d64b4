"""Tests of tflite.baselines."""
