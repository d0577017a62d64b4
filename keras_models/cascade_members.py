"""Members of a cascade: classifiers that are black boxes, brought to one input and to logits, and taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from keras_models import part_models, programs
from keras_models.base import AdaptiveModel, Labels, Part
from keras_models.layers.residual import LAST


@dataclass(frozen=True)
class Member:
    """A trained classifier, and the images that it wants.

    Attributes:
        network: a Keras classifier of one image and one answer, logits or a softmax; or an `AdaptiveModel`.
        size: (height, width) of its images; by default what its input says, or else the cascade's.
        scale, offset: per channel; it wants pixel * scale + offset. By default what the cascade is given.
    """

    network: keras.Model
    size: tuple[int, int] | None = None
    scale: tuple[float, ...] | None = None
    offset: tuple[float, ...] | None = None

    def to_config(self) -> dict:
        """As plain data; without how the network was compiled."""
        network = keras.saving.serialize_keras_object(self.network)
        network.pop("compile_config", None)
        return {"network": network, "size": self.size, "scale": self.scale, "offset": self.offset}

    @classmethod
    def from_config(cls, config) -> Member:
        """The member, of `to_config`, with new weights."""
        network = keras.saving.deserialize_keras_object(config["network"])
        return cls(network, **{name: config[name] and tuple(config[name]) for name in ("size", "scale", "offset")})


class MemberLayer(keras.layers.Layer):
    """A member within a cascade. Call arguments: the cascade's images. Output: logits `[batch, classes]`.

    Args:
        adapter: as `image_adapter` makes it, or None.
    """

    def __init__(self, adapter, **kwargs):
        super().__init__(**kwargs)
        self.adapter = adapter

    def call(self, images):
        return self.logits(images if self.adapter is None else self.adapter({"image": images})["seen"])

    @property
    def metrics(self) -> list:
        """None: how a member was compiled is its own matter, and would hide the cascade's."""
        return []

    def parts(self) -> dict[str, Part]:
        """Its parts, by names that begin with its own."""
        first = {} if self.adapter is None else {f"{self.name}_input": Part(self.adapter)}
        return first | self.own_parts()

    def steps(self, answer: str) -> list[dict]:
        """The steps that make the value `answer`, its logits, of the value `image`."""
        if self.adapter is None:
            return self.own_steps("image", answer)
        seen = f"{self.name}_image"
        return [programs.run(f"{self.name}_input", {"image": "image"}, {"seen": seen}), *self.own_steps(seen, answer)]


class KerasMember(MemberLayer):
    """A Keras classifier: everything before its last Dense, and that Dense, which stays in float."""

    def __init__(self, network, adapter, **kwargs):
        super().__init__(adapter, **kwargs)
        self.body, self.head = split_classifier(network)
        self.shape = tuple(network.input_shape[1:]) if adapter is None else adapter.output["seen"].shape[1:]
        self.built = True

    def logits(self, images):
        """Logits of images as the network wants them."""
        features = self.body(images, training=False)
        return features if self.head is None else self.head(features)

    def own_parts(self) -> dict[str, Part]:
        """`network` and, where it ends in a Dense, `head`."""
        image = keras.Input(self.shape, name="image")
        port = "logits" if self.head is None else "features"
        body = keras.Model({"image": image}, {port: self.body(image, training=False)}, name=f"{self.name}_network")
        parts = {f"{self.name}_network": Part(body)}
        if self.head is not None:
            head = part_models.classifier_model(self.head, *self.body.output_shape[1:], f"{self.name}_head")
            parts[f"{self.name}_head"] = Part(head, keep_float=True)
        return parts

    def own_steps(self, image, answer) -> list[dict]:
        """Run all of it."""
        if self.head is None:
            return [programs.run(f"{self.name}_network", {"image": image}, {"logits": answer})]
        features = f"{self.name}_features"
        return [
            programs.run(f"{self.name}_network", {"image": image}, {"features": features}),
            programs.run(f"{self.name}_head", {"features": features}, {"logits": answer}),
        ]


class AdaptiveMember(MemberLayer):
    """An `AdaptiveModel`, by its reference program: everything runs, nothing is decided inside."""

    def __init__(self, network, adapter, **kwargs):
        super().__init__(adapter, **kwargs)
        self.network = network
        self.built = True

    def logits(self, images):
        """Logits of its last answer."""
        return self.network(images, training=False)[:, -1]

    def own_parts(self) -> dict[str, Part]:
        """The parts that the reference runs."""
        parts = self.network.parts()
        names = [step["part"] for step in self.network.reference() if step["op"] == "run"]
        return {f"{self.name}_{name}": parts[name] for name in dict.fromkeys(names)}

    def own_steps(self, image, answer) -> list[dict]:
        """The reference's, with values of its own."""
        *steps, last = self.network.reference()
        settings = self.network.full_depth()
        names = {"image": image, programs.given_value(last): answer}
        return [_renamed(step, f"{self.name}_", names, settings) for step in steps]


def _renamed(step, prefix, names, settings) -> dict:
    """A step over values with a prefix; `names`: values that have other names. Parameters become numbers."""

    def renamed(value):
        return names.get(value, prefix + value)

    if step["op"] == "run":
        ports = {side: {port: renamed(value) for port, value in step[side].items()} for side in ("inputs", "outputs")}
        return step | {"part": prefix + step["part"]} | ports
    if step["op"] == "fill":
        content = step["content"]
        content = settings[content["parameter"]] if isinstance(content, dict) else content
        return step | {"output": renamed(step["output"]), "content": content}
    raise ValueError(f"expected a member whose reference program is run and fill steps, received {step['op']!r}")


def normalisation(scale, offset, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scale and offset of each channel; those of pixels where they are None."""
    return tuple(map(float, scale or (1.0,) * channels)), tuple(map(float, offset or (0.0,) * channels))


def member_layer(member: Member, image_shape, classes: int, scale, offset, name: str) -> MemberLayer:
    """A member of a cascade whose images have that shape and normalisation, frozen.

    Raises:
        ValueError: it has other classes or channels, or is no classifier of one image.
    """
    adapter = member_adapter(member, image_shape, classes, scale, offset, name)
    adaptive = isinstance(member.network, AdaptiveModel)
    layer = (AdaptiveMember if adaptive else KerasMember)(member.network, adapter, name=name)
    layer.trainable = False
    return layer


def member_adapter(member: Member, image_shape, classes: int, scale, offset, name: str) -> keras.Model | None:
    """What makes the images that a member wants of those that there are (`image_adapter`).

    Raises:
        ValueError: as for `member_layer`.
    """
    adaptive = isinstance(member.network, AdaptiveModel)
    shape = _adaptive_shape(member.network) if adaptive else classifier_shape(member.network)
    size = member.size or tuple(own or given for own, given in zip(shape[:2], image_shape[:2], strict=True))
    if shape[2] != image_shape[2] or any(own not in (None, given) for own, given in zip(shape[:2], size, strict=True)):
        raise ValueError(f"expected {name} to take images of {(*size, image_shape[2])}, received one of {shape}")
    found = _adaptive_classes(member.network) if adaptive else member.network.output_shape[-1]
    if found != classes:
        raise ValueError(f"expected {name} to answer with {classes} classes, received {found}")
    wanted = [np.asarray(own or given, float) for own, given in ((member.scale, scale), (member.offset, offset))]
    return image_adapter(image_shape, size, (scale, offset), wanted, name)


def reference_network(network: AdaptiveModel) -> keras.Model:
    """The reference program of a network as one functional model, from its image to its last logits.

    Raises:
        ValueError: it does more than run parts.
    """
    image = keras.Input(_adaptive_shape(network), name="image")
    values, parts = {"image": image}, network.parts()
    *steps, last = network.reference()
    for step in steps:
        if step["op"] != "run":
            raise ValueError(f"expected a network whose reference program runs parts alone, received {step['op']!r}")
        made = parts[step["part"]].model({port: values[name] for port, name in step["inputs"].items()})
        values |= {name: made[port] for port, name in step["outputs"].items()}
    return keras.Model(image, values[programs.given_value(last)], name=network.name)


def image_adapter(image_shape, size, given, wanted, name) -> keras.Model | None:
    """What brings images to a size (bilinear) and from one normalisation to another; None where nothing changes.

    Args:
        image_shape: (height, width, channels) of the images.
        size: (height, width) wanted.
        given, wanted: (scale, offset) of both normalisations, per channel.
        name: of the member.
    """
    gain = np.asarray(wanted[0], float) / np.asarray(given[0], float)
    shift = np.asarray(wanted[1], float) - gain * np.asarray(given[1], float)
    image = x = keras.Input(image_shape, name="image")
    if tuple(size) != tuple(image_shape[:2]):
        x = keras.layers.Resizing(*size, interpolation="bilinear", data_format=LAST, name="resize")(x)
    if not (np.allclose(gain, 1, atol=1e-6) and np.allclose(shift, 0, atol=1e-6)):
        # As a convolution, which int8 kernels and fine-tuning know.
        affine = keras.layers.DepthwiseConv2D(1, data_format=LAST, name="affine")
        x = affine(x)
        affine.set_weights([gain.reshape(1, 1, -1, 1), shift])
    return None if x is image else keras.Model({"image": image}, {"seen": x}, name=f"{name}_input")


def split_classifier(network) -> tuple[keras.Model, keras.layers.Dense | None]:
    """A functional or Sequential classifier without a softmax at its end, and its last Dense apart (None: it has none).

    The weights are the same: the layers before are shared, those of the Dense copied.

    Raises:
        ValueError: it ends otherwise than in logits or a softmax.
    """
    tensor = network.outputs[0]
    while True:
        operation, place, _ = tensor._keras_history
        if isinstance(operation, keras.layers.InputLayer):
            raise ValueError(f"expected a classifier with a layer that answers, received {network.name} without")
        source = operation._inbound_nodes[place].input_tensors[0]
        if isinstance(operation, keras.Model):
            body, head = split_classifier(operation)
            return keras.Model(network.inputs[0], body(source)), head
        if not _is_softmax(operation):
            break
        tensor = source
    activation = getattr(operation, "activation", None)
    if activation not in (None, keras.activations.linear, keras.activations.softmax):
        raise ValueError(f"expected a classifier that ends in logits or a softmax, received {operation.name}")
    if not isinstance(operation, keras.layers.Dense):
        return keras.Model(network.inputs[0], tensor), None
    policy = operation.dtype_policy
    head = keras.layers.Dense(operation.units, use_bias=operation.use_bias, dtype=policy, name="head")
    head.build(source.shape)
    head.set_weights(operation.get_weights())
    return keras.Model(network.inputs[0], source), head


def _is_softmax(operation) -> bool:
    """Whether it is a softmax alone: a layer, an activation's or an operation of Keras."""
    if isinstance(operation, keras.layers.Activation):
        return operation.activation is keras.activations.softmax
    return type(operation).__name__ == "Softmax"


def classifier_shape(network) -> tuple:
    """(height, width, channels) of a Keras classifier's images; None where any will do."""
    inputs, outputs = getattr(network, "inputs", None) or [], getattr(network, "outputs", None) or []
    shapes = [tuple(tensor.shape) for tensor in (*inputs, *outputs)]
    if len(inputs) != 1 or len(outputs) != 1 or [len(shape) for shape in shapes] != [4, 2]:
        raise ValueError(
            "expected a functional or built Sequential classifier of one image `[batch, height, width, channels]` "
            f"with one answer `[batch, classes]`, received {type(network).__name__} of shapes {shapes}"
        )
    return shapes[0][1:]


def _adaptive_shape(network: AdaptiveModel) -> tuple:
    """(height, width, channels) of the image that the reference program reads."""
    parts = network.parts()
    for step in network.reference():
        for port, value in step.get("inputs", {}).items():
            if value == "image":
                return tuple(parts[step["part"]].model.input[port].shape[1:])
    raise ValueError(f"expected a member that reads the image, received {type(network).__name__}")


def _adaptive_classes(network: AdaptiveModel) -> int:
    (output,) = network.outputs().values()
    if not isinstance(output, Labels):
        raise ValueError(f"expected a member that answers with a label, received {type(output).__name__}")
    return output.classes
