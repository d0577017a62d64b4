"""A classifier of one's own with exits: cut at some layers, a classifier behind every cut, and who leaves there.

Any functional or Sequential Keras classifier becomes an early-exit network (BranchyNet: Teerapittayanon et al., ICPR
2016). Its layers are shared, not copied. All of it is trained jointly, or the exits alone on a frozen trunk, whose own
answer stays what it was to the bit (Shallow-Deep Networks: Kaya et al., ICML 2019, have both). Who leaves is learned
(`learned_exits`), or any gate of `policies.gates`.
"""

from __future__ import annotations

import keras

from keras_models import costs, part_models, programs
from keras_models.around_member import AroundMember
from keras_models.base import AdaptiveModel, Part
from keras_models.cascade_files import load_members, load_network
from keras_models.cascade_members import (
    classifier_shape,
    reference_network,
    split_classifier,
)
from keras_models.flat_graphs import check_layers
from keras_models.graph_cuts import Candidate, Graph
from keras_models.layers import Controllers, branch_classifier, branch_pooling
from keras_models.learned_exits import LearnedExits

AUTO = "auto"
HEADS = (AUTO, "pool", "expand")


@keras.saving.register_keras_serializable("frugal")
class WithExits(AroundMember, LearnedExits):
    """A classifier with exits behind some of its layers.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        network: `Member`, or a Keras classifier of one image, logits or a softmax, that takes the images as this one
            does; or an `AdaptiveModel`, of which all is run. Its layers are trained, or frozen, in place.
        at: names of the layers behind which exits are, in order (`exit_candidates`); "auto" takes those near 1/4, 1/2
            and 3/4 of the multiply-adds.
        heads: of the exits: "auto", "pool" or "expand", as for `layers.branch_pooling`.
        freeze: whether the network stays as it is, and runs as in inference, while the exits are trained.
        controller_in, controller_cat, conditioned, ranked: as for `layers.Controllers`.
        kappa: lowest and highest price that the program accepts, of the network's share of an exit.
        scale, offset: the normalisation of the images, pixel * scale + offset, a number for each channel; by default
            they are pixels. A `Member` with one of its own has that.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, exits, classes]`.

    Raises:
        ValueError: a network or a layer that is no such thing; the sentence says what was expected.
    """

    kept_as = AroundMember.kept_as | {"heads": "kind"}

    def __init__(
        self,
        input_shape,
        classes,
        network,
        at=AUTO,
        heads=AUTO,
        freeze=False,
        controller_in=(),
        controller_cat=(32,),
        conditioned=True,
        ranked=True,
        kappa=(0.003, 0.3),
        scale=None,
        offset=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if isinstance(at, str) and at != AUTO:
            raise ValueError(f"expected at {AUTO!r} or a list of layers' names, received {at!r}")
        if heads not in HEADS:
            raise ValueError(f"expected heads {', '.join(map(repr, HEADS))}, received {heads!r}")
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.take_in(network, scale, offset)
        self.kind, self.freeze = heads, bool(freeze)
        self._cut(at)
        self.conditioned, self.ranked, self.kappa = bool(conditioned), bool(ranked), tuple(kappa)
        self.controller_in, self.controller_cat = tuple(controller_in), tuple(controller_cat)
        self.controllers = Controllers(
            self.channels, self.classes, controller_in, controller_cat, conditioned, ranked, name="controllers"
        )
        self.build((None, *self.image_shape))

    def _cut(self, at) -> None:
        """The trunk, ending at every cut, and its exits."""
        shape = self.image_shape if self.adapter is None else self.adapter.output["seen"].shape[1:]
        self.graph, self.last = _taken_apart(self.specified.network, shape)
        self.at = tuple(_chosen(self.graph, self.last) if at == AUTO else at)
        if not self.at:
            raise ValueError("expected at least one layer to leave from, received none")
        self.exits = len(self.at) + 1
        self.segments = self.graph.segments(self.at)
        ends = [segment.outputs["y"] for segment in self.segments]
        self.trunk = keras.Model(self.graph.model.inputs[0], ends, name="trunk")
        self._make_exits([tuple(end.shape[1:]) for end in ends[:-1]])

    def _make_exits(self, shapes) -> None:
        """Pooling and classifier of every exit but the last, and what is frozen. shapes: of the features."""
        numbered = list(enumerate(shapes, 1))
        self.poolings = [branch_pooling(shape, self.kind, f"pooling_{i}") for i, shape in numbered]
        self.channels = tuple(
            shape[-1] if pooling is None else pooling.output_shape[-1]
            for shape, pooling in zip(shapes, self.poolings, strict=True)
        )
        self.heads = [branch_classifier(self.classes, (), f"head_{i}") for i, _ in numbered]
        for head, channels in zip(self.heads, self.channels, strict=True):
            head.build((None, channels))
        if self.adapter is not None:
            self.adapter.trainable = False
        self.freeze_trunk()

    def build(self, input_shape):
        """Make the controllers' weights; all others are there. input_shape: as Keras asks."""
        del input_shape
        self.controllers.build()
        self.built = True

    def answers(self, images, training=False):
        """Pooled features of all exits but the last, and logits of all; see `LearnedExits.answers`."""
        seen = images if self.adapter is None else self.adapter({"image": images})["seen"]
        *taps, last = self.trunk(seen, training=training and not self.freeze)
        pooled = [
            tap if pooling is None else pooling(tap, training=training)
            for tap, pooling in zip(taps, self.poolings, strict=True)
        ]
        logits = [head(features) for head, features in zip(self.heads, pooled, strict=True)]
        return pooled, [*logits, last if self.last is None else self.last(last)]

    def classifier_layers(self) -> list:
        """The network that was given, and its exits."""
        return [self.trunk, *([] if self.last is None else [self.last]), *self.early_layers()]

    def early_layers(self) -> list:
        """The exits."""
        return [*(pooling for pooling in self.poolings if pooling is not None), *self.heads]

    def classifier_rates(self, settings) -> dict[int, float]:
        """`layer_decay` to the power of how many segments there are from a weight's own to the last."""
        rates = [settings["layer_decay"] ** (self.exits - i) for i in range(self.exits)]
        return {id(w): rate for rate, segment in zip(rates, self.segments, strict=True) for w in segment.weights()}

    def parts(self) -> dict[str, Part]:
        """For every exit: `trunk_i`, `pool_i` where there are places left, `head_i` and `controller_i`, which the last
        has not; before them `network_input` where the network wants other images.
        """
        parts = {} if self.adapter is None else {"network_input": Part(self.adapter)}
        for i in self.exit_numbers:
            parts[f"trunk_{i}"] = Part(self.segments[i - 1].submodel(f"trunk_{i}"))
            parts |= self._exit_parts(i) if i < self.exits else {}
        if self.last is not None:
            parts |= self._head_part(self.exits, self.last, self.trunk.outputs[-1].shape[-1])
        return parts

    def _exit_parts(self, i: int) -> dict[str, Part]:
        parts, pooling, channels = {}, self.poolings[i - 1], self.channels[i - 1]
        if pooling is not None:
            x = keras.Input(self.trunk.outputs[i - 1].shape[1:], name="x")
            parts[f"pool_{i}"] = Part(keras.Model({"x": x}, {"y": pooling(x)}, name=f"pool_{i}"))
        return parts | self._head_part(i, self.heads[i - 1], channels) | self.controller_part(i, channels)

    def _head_part(self, i: int, head, channels: int) -> dict[str, Part]:
        return {f"head_{i}": Part(part_models.head_model(head, i, channels), keep_float=True)}

    def program(self) -> list[dict]:
        """Run a segment, pool, classify, ask the controller, leave or go on."""
        steps, names = self.price_steps(), self._value_names()
        if self.adapter is not None:
            steps.append(programs.run("network_input", {"image": "image"}, {"seen": "seen"}))
        for i in self.exit_numbers:
            segment = self.segments[i - 1]
            sides = [{port: names[id(t)] for port, t in side.items()} for side in (segment.inputs, segment.outputs)]
            steps.append(programs.run(f"trunk_{i}", *sides))
            if i < self.exits and self.poolings[i - 1] is not None:
                steps.append(programs.run(f"pool_{i}", {"x": f"activation_{i}"}, {"y": f"features_{i}"}))
            if i < self.exits or self.last is not None:
                steps.append(programs.run(f"head_{i}", {"features": f"features_{i}"}, {"logits": f"logits_{i}"}))
            steps += self.exit_steps(i)
        return steps

    def _value_names(self) -> dict[int, str]:
        """Names of the values that segments read and give, by id of their tensors."""
        names = {id(self.graph.model.inputs[0]): "image" if self.adapter is None else "seen"}
        for i, segment in enumerate(self.segments, 1):
            for port, tensor in segment.outputs.items():
                names[id(tensor)] = f"activation_{i}{port.removeprefix('y')}"
            if i < self.exits and self.poolings[i - 1] is None:
                names[id(segment.outputs["y"])] = f"features_{i}"
        names[id(segment.outputs["y"])] = f"{'logits' if self.last is None else 'features'}_{self.exits}"
        return names

    @classmethod
    def create(cls, input_shape, classes, task=None, **arguments):
        """With a network of `pretrained`, or one that is named by its run folder or file (`cascade_files`)."""
        network, scale, offset = load_network(arguments["network"], task, input_shape, classes)
        return cls(input_shape, classes, **arguments | {"network": network, "scale": scale, "offset": offset})


def with_exits(model: keras.Model, at=AUTO, heads=AUTO, freeze=False, **arguments) -> WithExits:
    """A Keras classifier with exits, still to be trained; its layers are shared.

    Args:
        model: a functional or built Sequential classifier of images of one size, logits or a softmax.
        at, heads, freeze: as for `WithExits`.
        arguments: further ones of `WithExits`.

    Raises:
        ValueError: another model, or a layer that is no place for an exit.
    """
    shape = _image_shape(model)
    return WithExits(shape, model.output_shape[-1], model, at, heads, freeze, **arguments)


def exit_candidates(model: keras.Model) -> list[Candidate]:
    """The layers of a Keras classifier behind which there may be exits, in order; the default ones are marked.

    model: as for `with_exits`, which may refuse it likewise.
    """
    graph, last = _taken_apart(model, _image_shape(model))
    return graph.candidates(behind=_macs(last))


def told_candidates(file: str) -> str:
    """The layers of the network in a .keras file behind which exits may be, a line each.

    Raises:
        ValueError: it is not to be had, or not one that may have exits.
    """
    ((member,), *_) = load_members([{"file": file}], None, "the network")
    lines = ["  share  tensors  numbers  layer (* by default)"]
    for found in exit_candidates(member.network):
        mark = " *" if found.chosen else ""
        lines.append(f"{found.share:7.1%}  {found.tensors:7}  {found.numbers:7}  {found.layer}{mark}")
    return "\n".join(lines)


def _image_shape(model) -> tuple[int, int, int]:
    shape = classifier_shape(model)
    if None in shape:
        raise ValueError(
            f"expected a classifier of images of one size, received one of {shape}: build it on "
            "keras.Input((height, width, channels))"
        )
    return shape


def _taken_apart(network, shape) -> tuple[Graph, keras.layers.Dense | None]:
    """The graph of a network up to its last Dense, and that. shape: of its images."""
    network = reference_network(network) if isinstance(network, AdaptiveModel) else network
    check_layers(network)
    kind = network.inputs[0].dtype
    if not keras.backend.is_float_dtype(kind):
        raise ValueError(f"expected a classifier of images in float, received one of {kind}: build it on a float Input")
    body, last = split_classifier(network)
    return Graph(body, shape), last


def _chosen(graph: Graph, last) -> list[str]:
    found = [candidate.layer for candidate in graph.candidates(behind=_macs(last)) if candidate.chosen]
    if not found:
        raise ValueError(
            "expected a network with a layer to leave from that has places left, received none: name layers of "
            "exit_candidates(model), as at=[...]"
        )
    return found


def _macs(dense) -> int:
    """Multiply-adds of a network's last Dense, which may be missing."""
    return 0 if dense is None else costs.count(part_models.head_model(dense, 0, dense.kernel.shape[0])).macs
