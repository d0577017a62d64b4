"""Thin command lines over keras_models and tflite: train, convert, run, evaluate, benchmark, report.

Each is started as `python tools/NAME.py` or as `python -m tools.NAME`. A tool imports numpy, TensorFlow and the
project's own packages inside functions, so that `--help` answers at once.
"""

import os
import sys


def _end(kind, error, trace) -> None:
    """What ends Python unhandled: an interruption while a command is still being imported is told as any other."""
    if not issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    print("interrupted", file=sys.stderr, flush=True)
    os._exit(130)


sys.excepthook = _end
