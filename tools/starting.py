"""What every command imports first: from here on an interruption is one sentence and status 130, no traceback, and a
package that is not installed is one sentence too.

While a command is imported, and when it has ended, there is nothing to clean up. In between `console.main` has another
handler.
"""

import os
import sys

OWN = ("keras_models", "tflite", "tools")  # what is not found of these is a mistake of this project


def interrupted(*_) -> None:
    """Tells an interruption and ends the process at once."""
    os.write(2, b"interrupted\n")
    os._exit(130)


def _end(kind, error, trace) -> None:
    """What ends Python unhandled: an interruption that comes before the handler is set is told all the same."""
    if issubclass(kind, KeyboardInterrupt):
        interrupted()
    if issubclass(kind, ModuleNotFoundError) and str(error.name).partition(".")[0] not in OWN:
        from tools import console  # which needs nothing that is not there

        console.complain(error)
        os._exit(2)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _end

import signal  # noqa: E402  (takes milliseconds)

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
    signal.signal(signal.SIGINT, interrupted)
