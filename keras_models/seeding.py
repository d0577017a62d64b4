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


def keep_generator(model: keras.Model, seed: int) -> None:
    """Gives a model in training what it draws from, `seeds`, and the generator's state as a weight, `next_draw`.

    Keras keeps no generator in a backup, but weights.
    """
    model.seeds = keras.random.SeedGenerator(seed)
    model.next_draw = model.seeds.state
