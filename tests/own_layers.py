"""A Python file with layers of one's own, and a process that does not know them yet."""

import contextlib
import sys

SOURCE = """
import keras


@keras.saving.register_keras_serializable("mine")
class Scaled(keras.layers.Layer):
    '''Times a number.'''

    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, x):
        return self.by * x

    def get_config(self):
        return super().get_config() | {"by": self.by}


@keras.saving.register_keras_serializable("mine")
def capped(x):
    return keras.ops.minimum(x, 4.0)


class Nameless(keras.layers.Layer):
    '''Is not registered.'''

    def call(self, x):
        return x
"""
_MODULE = "frugal_own_layers_"


def forget():
    """Makes the process one that has run no such file."""
    import keras

    known = keras.saving.get_custom_objects()
    for name, own in list(known.items()):
        if own.__module__.startswith(_MODULE):
            del known[name]
    for name in [name for name in sys.modules if name.startswith(_MODULE)]:
        del sys.modules[name]


@contextlib.contextmanager
def loaded(file):
    """Its classes and functions by name, known to Keras while it is open."""
    from keras_models import own_layers

    own_layers.load(file)
    (name,) = [name for name in sys.modules if name.startswith(_MODULE)]
    try:
        yield sys.modules[name]
    finally:
        forget()
