"""A residual network small enough to be converted in every test run: 12 x 12 images, exits after both blocks."""

import functools

import numpy as np

FILTERS = (4, 4, 8, 8)
DECIDING = {"head_1", "head_2"}


def images(count, seed):
    """Blobs on black, as composites are: `[count, 12, 12, 1]` in 0..1."""
    rng = np.random.default_rng(seed)
    pictures = np.zeros((count, 12, 12, 1), "float32")
    for picture in pictures:
        y, x = rng.integers(0, 7, 2)
        picture[y : y + 5, x : x + 5, 0] = rng.random((5, 5))
    return pictures


def run(part, inputs, outputs):
    return {"op": "run", "part": part, "inputs": inputs, "outputs": outputs}


def program():
    """Two blocks of two convolutions; an exit behind the first, asked by the confidence of its answer."""
    rule = {"rule": "max_softmax", "value": "logits_1", "threshold": {"parameter": "threshold"}}
    steps = []
    for i, before in ((1, "image"), (2, "block_1")):
        steps += [
            run(f"first_{i}", {"x": before}, {"y": f"middle_{i}"}),
            run(f"second_{i}", {"x": f"middle_{i}", "block_input": before}, {"y": f"block_{i}"}),
            run(f"head_{i}", {"x": f"block_{i}"}, {"logits": f"logits_{i}"}),
        ]
        steps.append({"op": "exit", "name": "exit_1", "rule": rule, "gives": {"label": "logits_1"}})
    return [*steps[:-1], {"op": "answer", "name": "exit_2", "gives": {"label": "logits_2"}}]


def keras_parts():
    """The submodels: name -> `keras.Model`. The same weights each time."""
    import keras

    keras.utils.set_random_seed(7)
    parts, shape = {}, (12, 12, 1)
    for i, width in ((1, FILTERS[0]), (2, FILTERS[2])):
        x = keras.Input(shape, name="x")
        y = _conv(width, 2)(x)
        parts[f"first_{i}"] = keras.Model({"x": x}, {"y": y})
        x, block_input = keras.Input(y.shape[1:], name="x"), keras.Input(shape, name="block_input")
        shortcut = keras.layers.Conv2D(width, 1, use_bias=False)(keras.layers.AveragePooling2D(2)(block_input))
        y = keras.layers.ReLU()(keras.layers.Add()([_conv(width, 1, None)(x), shortcut]))
        parts[f"second_{i}"] = keras.Model({"x": x, "block_input": block_input}, {"y": y})
        shape = y.shape[1:]
        x = keras.Input(shape, name="x")
        logits = keras.layers.Dense(5, kernel_initializer=_normal(2.0))(keras.layers.GlobalAveragePooling2D()(x))
        parts[f"head_{i}"] = keras.Model({"x": x}, {"logits": logits})
    return parts


def _conv(width, stride, activation="relu"):
    import keras

    settings = {"kernel_initializer": "he_normal", "bias_initializer": _normal(0.1)}
    return keras.layers.Conv2D(width, 3, stride, "same", activation=activation, **settings)


def _normal(deviation):
    import keras

    return keras.initializers.RandomNormal(stddev=deviation)


@functools.cache
def floats():
    """The units in float32: name -> flatbuffer."""
    from tflite.conversion.export import export_unit

    return {name: export_unit(model, name) for name, model in keras_parts().items()}


def values(units, images, names=(), steps=None):
    """Named values of units on images, float32: name -> `[samples, ...]`; the exits' answers if no name is given.

    steps: the program, by default the tiny one.
    """
    from tflite.conversion.unit_chain import UnitChain

    names = names or ("logits_1", "logits_2")
    program = [*(steps or program_without_answer()), {"op": "answer", "name": "end", "gives": {"label": names[-1]}}]
    kept = UnitChain(program, units, {}).session(images).run(trace=True, keep=names).kept
    return {name: kept[name].real for name in names}


def program_without_answer():
    return [step for step in program() if step["op"] == "run"]


@functools.cache
def quantized():
    """What `quantize_chain` makes of them, and the lines that it told."""
    from tflite.conversion.quantize import quantize_chain

    told = []
    arguments = images(24, 1), images(16, 2), (0.0, 1.0)
    return quantize_chain(floats(), DECIDING, program(), {}, *arguments, told.append), told
