"""One seed for all of Keras's random numbers, whatever its version."""

from __future__ import annotations

import keras
from keras.src.backend.common import global_state


def set_random_seed(seed: int) -> None:
    """`keras.utils.set_random_seed`, after which random numbers without a seed of their own start anew as well.

    Keras 3.12, the last for Python 3.10, goes on with the generator that the process has: the second of two networks
    that are fitted with one seed would begin with other weights.
    """
    keras.utils.set_random_seed(seed)
    global_state.set_global_attribute("global_seed_generator", None)
