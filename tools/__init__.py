"""Thin command lines over keras_models and tflite: train, convert, run, evaluate, benchmark, report.

Each is started as `python tools/NAME.py` or as `python -m tools.NAME`. A tool imports numpy, TensorFlow and the
project's own packages inside functions, so that `--help` answers at once.
"""
