"""What is deployed of a DeepMoE: static submodels, from which channels that stay closed are really gone.

A convolution whose channels are gathered at run time is no operator of a phone's (and a mask saves nothing), so there
are three ways, of which the first is the yardstick:

    whole      the embedding runs, then the base network; gates multiply all of its channels
    clusters   the embedding runs, then of some static networks that of the nearest cluster of gate patterns, in which
               the channels that the cluster's images do not open have been removed and gates folded into weights;
               where the image's gates fit no cluster, the whole network
    branches   the embedding runs, then block by block the experts whose gates are open, each a group of channels
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from keras_models import programs
from keras_models.base import Knob, Part
from keras_models.layers.residual import LAST

FITS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)  # worth measuring
OPENS = (1e-6, 0.05, 0.1, 0.2, 0.4)  # likewise


def parts(network) -> dict[str, Part]:
    """The parts of a network as it is deployed, in the order of a full run."""
    features = keras.Input((network.shapes[-1][-1],), name="features")
    head = Part(keras.Model({"features": features}, {"logits": network.head(features)}, name="head"), keep_float=True)
    if not network.gated:
        return {"whole": Part(_static(network, None, "whole")), "head": head}
    looking = {"embedding": Part(_embedding(network)), "choose": Part(_choose(network), keep_float=True)}
    if network.deploy == "branches":
        return looking | _experts(network) | {"head": head}
    base = {"whole": Part(_whole(network))}
    for number, values in enumerate(_values(network), 1):
        base[f"cluster_{number}"] = Part(_static(network, values, f"cluster_{number}"))
    return looking | base | {"head": head}


def program(network) -> list[dict]:
    """Look, run what the gates say, answer."""
    if not network.gated:
        return reference(network)
    look = _look(network)
    if network.deploy == "branches":
        return [*look, *_branch_steps(network, decide=True), *_answer()]
    if network.deploy == "whole":
        return reference(network)
    cases = [
        [programs.run(f"cluster_{k + 1}", {"image": "image"}, {"features": "features"})]
        for k in range(network.cluster_count)
    ]
    rule = {"rule": "at_least", "value": "fit", "threshold": programs.parameter("fit")}
    select = {"op": "select", "value": "scores", "cases": cases}
    return [*look, {"op": "branch", "rule": rule, "then": [select], "otherwise": [_run_whole()]}, *_answer()]


def reference(network) -> list[dict]:
    """Everything: all channels times their gates, or all experts."""
    if not network.gated:
        return [programs.run("whole", {"image": "image"}, {"features": "features"}), *_answer()]
    if network.deploy == "branches":
        return [*_look(network), *_branch_steps(network, decide=False), *_answer()]
    return [*_look(network), _run_whole(), *_answer()]


def parameters(network) -> dict[str, Knob]:
    """The knob of what is deployed, if it has one."""
    if not network.gated or network.deploy == "whole":
        return {}
    if network.deploy == "branches":
        text = "gate from which a group of channels runs; 0 runs all of them"
        return {"open": Knob(OPENS[0], 0.0, 1e6, text, OPENS, full_depth=0.0)}
    text = "cosine with the nearest cluster from which that one's network runs; above 1 the whole network always does"
    return {"fit": Knob(0.0, 0.0, 2.0, text, FITS, full_depth=2.0)}


def kept_channels(network, values: np.ndarray | None) -> list[np.ndarray]:
    """Indices of the channels that a static network has of each convolution that has gates.

    values: gates `[gates]`, 0 where closed; None keeps all.
    """
    if values is None:
        return [np.arange(channels) for channels in network.channels]
    return [np.flatnonzero(layer) for layer in _channel_values(network, values)]


def _channel_values(network, values: np.ndarray) -> list[np.ndarray]:
    split = np.split(values, np.cumsum(network.gate_widths)[:-1])
    return [np.repeat(layer, channels // len(layer)) for layer, channels in zip(split, network.channels, strict=True)]


def _values(network) -> np.ndarray:
    """The gates of every cluster's network, `[clusters, gates]`; none for a network without clusters."""
    return ops.convert_to_numpy(network.clusters.values) if network.clusters else np.zeros((0, 0))


def _embedding(network) -> keras.Model:
    image = keras.Input(network.image_shape, name="image")
    x = image
    for unit in network.embedding.units:
        x = unit(x)
    return keras.Model({"image": image}, {"seen": layers.GlobalAveragePooling2D(LAST)(x)}, name="embedding")


def _choose(network) -> keras.Model:
    """From what the embedding has seen to gates, and what is decided by them."""
    seen = keras.Input((network.embedding_filters[-1],), name="seen")
    gates = network.gates(network.embedding.mixture(seen))
    if network.deploy == "branches":
        ports = {f"gate_{i}_{j}": gates[:, at : at + 1] for at, (i, j) in enumerate(_expert_numbers(network))}
    else:
        ports = {"gates": gates}
    if network.clusters:
        ports |= {"scores": network.clusters(gates), "fit": network.clusters.fit_of(gates)}
    return keras.Model({"seen": seen}, ports, name="choose")


def _expert_numbers(network) -> list[tuple[int, int]]:
    """(block, expert) from 1, in the order of the gates; of a base with one convolution with gates a block."""
    return [(i + 1, j + 1) for i in range(len(network.blocks)) for j in range(network.experts)]


def _convolution(unit, x, rows=None, columns=None, scale=1.0, activation=None, bias=True):
    """A convolution and its normalisation as one, with some channels alone.

    Args:
        unit: `layers.experts.NormalizedConv`.
        x: features that have the channels `rows` of what it reads; None: all.
        columns: channels that it makes; None: all.
        scale: gates of these, not negative, which a ReLU lets pass.
        activation: of the layer.
        bias: whether the normalisation's shift is added.
    """
    kernel, shift = unit.folded()
    kernel = kernel if rows is None else kernel[:, :, rows]
    if columns is not None:
        kernel, shift = kernel[..., columns], shift[columns]
    options = {"padding": "same", "activation": activation, "use_bias": bias, "data_format": LAST}
    layer = layers.Conv2D(kernel.shape[-1], unit.size, unit.stride, **options)
    made = layer(x)
    layer.set_weights([kernel * scale, *([shift * scale] if bias else [])])
    return made


def _static(network, values: np.ndarray | None, name: str) -> keras.Model:
    """Image to pooled features of the base network with fixed gates `[gates]`, closed channels removed."""
    image, kept = keras.Input(network.image_shape, name="image"), kept_channels(network, values)
    scales = [1.0] * len(kept) if values is None else _channel_values(network, values)
    scales = [scale if values is None else scale[own] for scale, own in zip(scales, kept, strict=True)]
    x, layer, rows = _stem(network, image), iter(zip(kept, scales, strict=True)), None
    for block in network.blocks:
        entered, rows = _entered(block, x), None if block.residual else rows
        for unit, conv in zip(block.units, block.plan, strict=True):
            columns, scale = next(layer) if conv.gated else (None, 1.0)
            relu = None if block.residual and unit is block.units[-1] else "relu"
            entered, rows = _convolution(unit, entered, rows, columns, scale, relu), columns
        x = _joined(block, entered, x)
    return _pooled(network, {"image": image}, x, rows, name)


def _whole(network) -> keras.Model:
    """Image and gates to pooled features, all channels there."""
    image, gates = (
        keras.Input(network.image_shape, name="image"),
        keras.Input((sum(network.gate_widths),), name="gates"),
    )
    x = _stem(network, image)
    for block, own in zip(network.blocks, network.by_block(gates), strict=True):
        given, entered = iter(own), _entered(block, x)
        for unit, conv in zip(block.units, block.plan, strict=True):
            relu = None if block.residual and unit is block.units[-1] else "relu"
            entered = _convolution(unit, entered, activation=relu)
            if conv.gated:
                entered = layers.Multiply()([entered, layers.Reshape((1, 1, conv.filters))(next(given))])
        x = _joined(block, entered, x)
    return _pooled(network, {"image": image, "gates": gates}, x, None, "whole")


def _stem(network, image):
    return image if network.stem is None else _convolution(network.stem, image, activation="relu")


def _entered(block, x):
    """What a block's first convolution reads."""
    if block.residual or block.stride == 1:
        return x
    return layers.MaxPooling2D(block.stride, padding="same", data_format=LAST)(x)


def _joined(block, made, x):
    """The block's output, from what its convolutions made and its input."""
    if not block.residual:
        return made
    shortcut = _convolution(block.projection, x) if block.project else x
    return layers.ReLU()(layers.Add()([made, shortcut]))


def _pooled(network, inputs: dict, x, rows, name: str) -> keras.Model:
    """A part that ends in pooled features; channels that a VGG's last convolution has not are zeros again."""
    features = layers.GlobalAveragePooling2D(LAST)(x)
    if rows is not None and len(rows) < network.shapes[-1][-1]:
        places = np.zeros((len(rows), network.shapes[-1][-1]), "float32")
        places[np.arange(len(rows)), rows] = 1.0
        layer = layers.Dense(places.shape[1], use_bias=False)
        features = layer(features)
        layer.set_weights([places])
    return keras.Model(inputs, {"features": features}, name=name)


def _experts(network) -> dict[str, Part]:
    """`enter_i`, `expert_i_j` of each block and `leave`: experts add what they make to the block's sum."""
    made, total, image = {}, None, keras.Input(network.image_shape, name="image")
    for i, block in enumerate(network.blocks, 1):
        inputs = {"image": image} if i == 1 else {"sum": keras.Input(network.shapes[i - 1][1:], name="sum")}
        x = _stem(network, image) if i == 1 else layers.ReLU()(inputs["sum"])
        _, shift = block.units[-1].folded()
        shortcut = _convolution(block.projection, x) if block.project else x
        read = _convolution(block.units[0], x, activation="relu") if len(block.units) == 3 else x
        total = _shifted(shortcut, shift)
        made[f"enter_{i}"] = Part(keras.Model(inputs, {"x": read, "sum": total}, name=f"enter_{i}"))
        width = block.widths[0] // network.experts
        for j in range(network.experts):
            columns, name = np.arange(j * width, (j + 1) * width), f"expert_{i}_{j + 1}"
            made[name] = Part(_expert(block, read.shape[1:], total.shape[1:], columns, name))
    last = keras.Input(network.shapes[-1][1:], name="sum")
    return made | {"leave": Part(_pooled(network, {"sum": last}, layers.ReLU()(last), None, "leave"))}


def _shifted(x, shift: np.ndarray):
    """x plus a number a channel."""
    layer = layers.DepthwiseConv2D(1, data_format=LAST)
    made = layer(x)
    layer.set_weights([np.ones((1, 1, x.shape[-1], 1), "float32"), shift])
    return made


def _expert(block, shape, summed, columns: np.ndarray, name: str) -> keras.Model:
    """A group of channels: what the block reads, its sum so far and the gate to the sum with what the group makes."""
    inputs = {"x": keras.Input(shape, name="x"), "sum": keras.Input(summed, name="sum")}
    inputs["gate"] = keras.Input((1,), name="gate")
    inner = _convolution(block.units[-2], inputs["x"], columns=columns, activation="relu")
    inner = layers.Multiply()([inner, layers.Reshape((1, 1, 1))(inputs["gate"])])
    made = _convolution(block.units[-1], inner, rows=columns, bias=False)
    return keras.Model(inputs, {"sum": layers.Add()([inputs["sum"], made])}, name=name)


def _look(network) -> list[dict]:
    ports = ["gates"] if network.deploy != "branches" else [f"gate_{i}_{j}" for i, j in _expert_numbers(network)]
    ports += ["scores", "fit"] if network.clusters else []
    return [
        programs.run("embedding", {"image": "image"}, {"seen": "seen"}),
        programs.run("choose", {"seen": "seen"}, {port: port for port in ports}),
    ]


def _run_whole() -> dict:
    return programs.run("whole", {"image": "image", "gates": "gates"}, {"features": "features"})


def _branch_steps(network, decide: bool) -> list[dict]:
    """All blocks; decide: whether closed experts are left out."""
    steps = []
    for i in range(1, len(network.blocks) + 1):
        inputs = {"image": "image"} if i == 1 else {"sum": f"sum_{i - 1}"}
        steps.append(programs.run(f"enter_{i}", inputs, {"x": f"x_{i}", "sum": f"sum_{i}"}))
        for j in range(1, network.experts + 1):
            inputs = {"x": f"x_{i}", "sum": f"sum_{i}", "gate": f"gate_{i}_{j}"}
            run = programs.run(f"expert_{i}_{j}", inputs, {"sum": f"sum_{i}"})
            rule = {"rule": "at_least", "value": f"gate_{i}_{j}", "threshold": programs.parameter("open")}
            steps.append({"op": "branch", "rule": rule, "then": [run], "otherwise": []} if decide else run)
    return [*steps, programs.run("leave", {"sum": f"sum_{len(network.blocks)}"}, {"features": "features"})]


def _answer() -> list[dict]:
    run = programs.run("head", {"features": "features"}, {"logits": "logits"})
    return [run, programs.answer("answer", label="logits")]
