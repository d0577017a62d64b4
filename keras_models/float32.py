"""What is deployed computes in float32, in whatever numbers a network is trained: that is what converters take."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import keras


@contextlib.contextmanager
def float32_policy():
    """While it is open new layers compute in float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def in_float32(parts: Callable) -> Callable:
    """A method that makes parts of a network, of the network in float32 (its own `in_float32`)."""

    @functools.wraps(parts)
    def wrapped(self):
        with float32_policy():
            return parts(self.in_float32())

    return wrapped
