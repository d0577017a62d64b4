"""Thin command lines over keras_models and tflite: train, convert, run, evaluate, benchmark, report.

Each is started as `python tools/NAME.py` or as `python -m tools.NAME`. A tool imports numpy, TensorFlow and the
project's own packages inside functions, so that `--help` answers at once.
"""

import os
import sys

OWN = ("keras_models", "tflite", "tools")  # what is not found of these is a mistake of this project


def _end(kind, error, trace) -> None:
    """What ends Python unhandled: while a command is being imported interruptions and missing packages are told too."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr, flush=True)
        os._exit(130)
    if issubclass(kind, ModuleNotFoundError) and str(error.name).partition(".")[0] not in OWN:
        from tools import console  # which needs nothing that is not there

        console.complain(error)
        os._exit(2)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _end
