"""A branching chain small enough to be converted in every test run: a block that may be skipped, then a cascade."""

import functools

from tests.tflite.conversion.tiny import images as blobs
from tests.tflite.conversion.tiny import run

DECIDING = {"gate", "small_head", "big_head"}
CHANNELS = 4


def images(count, seed):
    """Blobs, every second one much darker: the gate tells the halves apart."""
    pictures = blobs(count, seed)
    pictures[::2] *= 0.2
    return pictures


def gate_rule(value, parameter):
    return {"rule": "at_least", "value": value, "threshold": {"parameter": parameter}}


def program():
    """The stem; a block that renews `x` for bright images alone; a small head; a larger network for what is unsure.

    `y` is written by both sides of the select: by the narrow unit for the brightest images, else by the wide one.
    """
    sure = {"rule": "max_softmax", "value": "small_logits", "threshold": {"parameter": "sure"}}
    return [
        run("stem", {"x": "image"}, {"y": "x"}),
        run("gate", {"x": "x"}, {"score": "brightness", "ways": "ways"}),
        {
            "op": "branch",
            "rule": gate_rule("brightness", "bright"),
            "then": [run("skipped", {"x": "x"}, {"y": "x"})],
            "otherwise": [],
        },
        {
            "op": "select",
            "value": "ways",
            "cases": [[run("narrow", {"x": "x"}, {"y": "y"})], [run("wide", {"x": "x"}, {"y": "y"})]],
        },
        run("small_head", {"x": "y"}, {"logits": "small_logits"}),
        {"op": "exit", "name": "small", "rule": sure, "gives": {"label": "small_logits"}},
        run("tail", {"x": "y"}, {"y": "z"}),
        run("tail", {"x": "z"}, {"y": "end"}),
        run("big_head", {"x": "end"}, {"logits": "big_logits"}),
        {"op": "answer", "name": "big", "gives": {"label": "big_logits"}},
    ]


def parameters(bright=0.05):
    """The gate's threshold: of mean brightness behind the stem; 1e9 and nobody runs `skipped`."""
    return {"bright": {"default": bright}, "sure": {"default": 0.75}}


def keras_parts():
    """The submodels: name -> `keras.Model`. The same weights each time."""
    import keras

    keras.utils.set_random_seed(11)
    layers, shape = keras.layers, (6, 6, CHANNELS)
    parts = {"stem": _model((12, 12, 1), lambda x: {"y": _conv(2)(x)})}

    def gate(x):
        mean = layers.GlobalAveragePooling2D()(x)
        mean_of_all = keras.initializers.Constant(1 / CHANNELS)
        score = layers.Dense(1, use_bias=False, kernel_initializer=mean_of_all)(mean)
        way = layers.Dense(1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(0.07))(mean)
        return {"score": score, "ways": layers.Concatenate()([score, way])}

    parts["gate"] = _model(shape, gate)
    parts["skipped"] = _model(shape, lambda x: {"y": layers.ReLU()(layers.Add()([x, _conv(1, None)(_conv(1)(x))]))})
    parts["narrow"] = _model(shape, lambda x: {"y": _conv(1, size=1)(x)})
    parts["wide"] = _model(shape, lambda x: {"y": _conv(1)(_conv(1)(x))})
    parts["tail"] = _model(shape, lambda x: {"y": _conv(1)(x)})
    for name in ("small_head", "big_head"):
        dense = layers.Dense(5, kernel_initializer=keras.initializers.RandomNormal(stddev=30.0))
        parts[name] = _model(shape, lambda x, dense=dense: {"logits": dense(layers.GlobalAveragePooling2D()(x))})
    return parts


def _model(shape, body):
    import keras

    x = keras.Input(shape, name="x")
    return keras.Model({"x": x}, body(x))


def _conv(stride, activation="relu", size=3):
    import keras

    bias = keras.initializers.RandomNormal(stddev=0.05)
    return keras.layers.Conv2D(
        CHANNELS, size, stride, "same", activation=activation, kernel_initializer="he_normal", bias_initializer=bias
    )


@functools.cache
def floats():
    """The units in float32: name -> flatbuffer."""
    from tflite.conversion.export import export_unit

    return {name: export_unit(model, name) for name, model in keras_parts().items()}


@functools.cache
def quantized(bright=0.05):
    """What `quantize_chain` makes of them."""
    from tflite.conversion.quantize import quantize_chain

    given = images(48, 1), images(32, 2), (0.0, 1.0)
    return quantize_chain(floats(), DECIDING, program(), parameters(bright), *given)


def trace(pictures, units=None, **settings):
    """The trace of the float chain on images, or of one with those int8 units."""
    from tflite.conversion.passes import without_exit_rules
    from tflite.conversion.unit_chain import UnitChain

    chain = UnitChain(without_exit_rules(program()), floats(), parameters())
    return chain.session(pictures, units).run(settings, trace=True)


def write_bundle(folder, units):
    """Write a bundle of those units, joined to parts as the converter joins them; returns the groups."""
    from tflite.bundle import write_manifest
    from tflite.conversion import passes, writer

    steps, groups = passes.group_runs(program())
    costs = {name: {"macs": 10.0} for name in units}
    parts = writer.write_parts(folder, groups, writer.link_groups(groups, units), costs, dict.fromkeys(units, 1))
    manifest = writer.make_manifest(
        name="branching",
        inputs={"image": {"kind": "image", "scale": [1 / 255], "offset": [0.0]}},
        shapes={"image": (1, 12, 12, 1)},
        outputs={"label": {"kind": "labels", "labels": list("abcde")}},
        parts=parts,
        programs={"main": steps},
        parameters={name: spec | {"minimum": 0.0, "maximum": 1e9} for name, spec in parameters().items()},
        points=[{"name": "only", "parameters": {}, "accuracy": 0.5, "costs": {"macs": 1.0}, "samples": 1}],
        default_operating_point="only",
        goldens=None,
        provenance={},
    )
    write_manifest(folder, manifest)
    return groups
