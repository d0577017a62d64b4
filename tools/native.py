"""Native libraries that say no more than a user needs: TensorFlow, LiteRT and what they bring along.

Only the standard library is imported here, Keras and TensorFlow where they are asked for.
"""

import contextlib
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

# TensorFlow's notes of CPU features and missing GPUs are no news to a user.
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "2", "GRPC_VERBOSITY": "ERROR"}
# What native code says when it starts, whatever the environment says.
CHATTER = re.compile(
    rb"INFO: |fully_quantize: |WARNING: All log messages before absl|To enable the following instructions|"
    rb"[IWE]\d{4} .*\b(port|cudart_stub|cuda_platform|cpu_feature_guard|cuda_executor|cuda_dnn|cuda_blas|cuda_fft)\.cc:"
)


def prepare_environment() -> None:
    """Sets what the native libraries that a command may load later read when they start; the caller's settings win."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def load_keras() -> ModuleType:
    """Imports TensorFlow for what is going to use Keras too. Raises ValueError as `environment.check`."""
    from keras_models import environment  # after the check that this checkout is whole

    environment.check()
    return load_tensorflow()


def load_tensorflow() -> ModuleType:
    """Imports TensorFlow and lets it look for accelerators, without the notes that it writes meanwhile; returns it."""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # which it loads along, and no other
    os.environ["KERAS_NNX_ENABLED"] = "0"  # which asks for a package of another backend
    logging.getLogger("absl").setLevel(logging.ERROR)  # tensorflow-datasets remarks on every folder it looks in
    with quiet():
        import tensorflow

        tensorflow.config.list_physical_devices()
    return tensorflow


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the start-up notes of native code off stderr while it is open; what else was written there follows.

    TensorFlow Lite tells of its XNNPACK delegate when the first interpreter is made, TensorFlow of oneDNN and of
    missing GPUs when it is imported; neither has a setting against it.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            lines = [line for line in caught.read().splitlines(keepends=True) if not CHATTER.match(line)]
            if lines:
                os.write(2, b"".join(lines))
