"""Where a classifier of one's own can be cut, and the submodels between the cuts.

A cut at a layer leaves before it the layer and all that it needs. What crosses it are the tensors from before that
something behind reads: one behind a residual block, two inside of it. Models within the model are looked into.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import keras

from keras_models import costs
from keras_models.flat_graphs import nodes, replay, run

MOST = 3  # tensors that may cross a cut
SHARES = (1 / 4, 1 / 2, 3 / 4)  # of the multiply-adds, near which exits are chosen
NEAR, FAR = 0.1, 0.2  # how far from these they may be for a narrower place, and at most
LATEST = 0.9  # of the multiply-adds: an exit behind saves next to nothing


@dataclass(frozen=True)
class Candidate:
    """A layer at which a network can be cut.

    Attributes:
        layer: its name.
        share: of the network's multiply-adds that are spent when it has run.
        tensors: how many cross the cut.
        numbers: how many numbers these have.
        shape: of the layer's output, without the batch.
        pooled: whether a global pooling stands before it on every way, so that no places are left.
        chosen: whether it is an exit by default.
    """

    layer: str
    share: float
    tensors: int
    numbers: int
    shape: tuple[int, ...]
    pooled: bool
    chosen: bool = False


@dataclass(frozen=True)
class Segment:
    """The operations between two cuts.

    Attributes:
        nodes: calls of operations, in an order in which they can run.
        inputs, outputs: port -> symbolic tensor of the graph. `y` is the output of the layer before the cut.
    """

    nodes: tuple
    inputs: dict[str, keras.KerasTensor]
    outputs: dict[str, keras.KerasTensor]

    def weights(self) -> list:
        """Of its layers."""
        return [weight for node in self.nodes for weight in getattr(node.operation, "weights", ())]

    def submodel(self, name: str) -> keras.Model:
        """It as a functional model with dictionaries of ports, in float32, whose layers are the network's."""
        ports = {port: keras.Input(tensor.shape[1:], name=port) for port, tensor in self.inputs.items()}
        values = {id(tensor): ports[port] for port, tensor in self.inputs.items()}
        for node in self.nodes:
            run(node, values)
        return keras.Model(ports, {port: values[id(tensor)] for port, tensor in self.outputs.items()}, name=name)


class Graph:
    """The operations of a classifier, in an order in which they can run.

    Args:
        network: a functional or Sequential Keras model of one image `[batch, height, width, channels]` and one output.
            Its layers are shared, not copied.
        image_shape: (height, width, channels).

    Attributes:
        model: the same as one functional model, without models inside.
    """

    def __init__(self, network: keras.Model, image_shape):
        image = keras.Input(image_shape, name="image")
        self.model = keras.Model(image, replay(network, [image])[0])
        self._nodes = list(nodes(self.model))
        self._producer = {id(image): -1}
        self._consumers: dict[int, int] = {}  # tensor -> bits of the nodes that read it
        self._before = []  # of each node: bits of itself and of all that it needs
        for i, node in enumerate(self._nodes):
            needed = 1 << i
            for tensor in node.input_tensors:
                producer = self._producer[id(tensor)]
                needed |= 0 if producer < 0 else self._before[producer]
                self._consumers[id(tensor)] = self._consumers.get(id(tensor), 0) | 1 << i
            self._before.append(needed)
            self._producer |= {id(tensor): i for tensor in node.outputs}
        self._tensors = [image, *(tensor for node in self._nodes for tensor in node.outputs)]

    def macs(self) -> list[int]:
        """Multiply-adds of each operation."""

        def steps(inputs):
            values = {id(self._tensors[0]): inputs["image"]}
            for node in self._nodes:
                yield run(node, values)

        image = self._tensors[0]
        return [cost.macs for cost in costs.count_steps(steps, {"image": (image.shape, image.dtype)})]

    def candidates(self, most: int = MOST, behind: int = 0) -> list[Candidate]:
        """The layers at which a cut is at most so many tensors, in order; those chosen by default are marked.

        behind: multiply-adds of what follows the graph, which count in the shares.
        """
        macs = self.macs()
        total, pooled = max(1, sum(macs) + behind), self._pooled()
        found = []
        for i, node in enumerate(self._nodes):
            crossing = self._crossing(self._before[i])
            if not crossing or len(crossing) > most or not self._is_exit(i) or not all(map(_can_cross, crossing)):
                continue
            spent = sum(cost for k, cost in enumerate(macs) if self._before[i] >> k & 1)
            numbers = sum(math.prod(tensor.shape[1:]) for tensor in crossing)
            shape = tuple(node.outputs[0].shape[1:])
            name = node.operation.name
            found.append(Candidate(name, spent / total, len(crossing), numbers, shape, pooled[i]))
        return _with_choice(found)

    def segments(self, at: Sequence[str], most: int = MOST) -> list[Segment]:
        """The graph cut behind each of these layers: one segment more than layers.

        The output `y` of a segment is that of its layer, of the last one the network's.

        Raises:
            ValueError: a layer is not there, is used more than once, or is no place for a cut; the sentence names it.
        """
        done, ends, segments = 0, [self._named(name) for name in at], []
        for name, end in zip(at, ends, strict=True):
            if done >> end & 1:
                raise ValueError(f"expected layers one behind the other, received {name!r} behind one that needs it")
            until = done | self._before[end]
            crossing = self._crossing(until)
            if len(crossing) > most or not all(map(_can_cross, crossing)) or not self._is_exit(end):
                shown = ", ".join(str(tensor.shape[1:]) for tensor in crossing) or "none"
                raise ValueError(
                    f"expected a layer at which at most {most} tensors of a fixed shape cross the cut, received "
                    f"{name!r} with {shown}: choose another one of exit_candidates(model)"
                )
            segments.append(self._segment(done, until, self._nodes[end].outputs[0]))
            done = until
        last = self.model.outputs[0]
        return [*segments, self._segment(done, self._before[self._producer[id(last)]] | done, last)]

    def _segment(self, done: int, until: int, first) -> Segment:
        own = until & ~done
        nodes = tuple(node for i, node in enumerate(self._nodes) if own >> i & 1)
        made = [tensor for node in nodes for tensor in node.outputs]
        read = {id(tensor): tensor for node in nodes for tensor in node.input_tensors}
        inputs = [t for t in self._tensors if id(t) in read and not self._is_made(t, own)]
        more = [t for t in made if t is not first and self._consumers.get(id(t), 0) & ~until & self._live()]
        return Segment(nodes, _ports("x", inputs), _ports("y", [first, *more]))

    def _live(self) -> int:
        return self._before[self._producer[id(self.model.outputs[0])]]

    def _is_made(self, tensor, by: int) -> bool:
        producer = self._producer[id(tensor)]
        return producer >= 0 and bool(by >> producer & 1)

    def _crossing(self, before: int) -> list:
        """The tensors that nodes outside of `before` read from inside, or from the image."""
        behind = self._live() & ~before
        inside = [t for t in self._tensors if self._producer[id(t)] < 0 or self._is_made(t, before)]
        return [t for t in inside if self._consumers.get(id(t), 0) & behind]

    def _is_exit(self, i: int) -> bool:
        """Whether the output of a node is features that something behind reads, and its layer is used once."""
        node = self._nodes[i]
        once = sum(other.operation is node.operation for other in self._nodes) == 1
        output = node.outputs[0]
        read = self._consumers.get(id(output), 0) & self._live()
        return once and bool(read) and len(node.outputs) == 1 and len(output.shape) in (2, 3, 4) and _can_cross(output)

    def _named(self, name: str) -> int:
        found = [i for i, node in enumerate(self._nodes) if node.operation.name == name]
        if not found:
            raise ValueError(
                "expected a layer of the network, one of exit_candidates(model) (tools/train.py FILE --exits list "
                f"tells them), received {name!r}"
            )
        if len(found) > 1:
            raise ValueError(f"expected a layer that is used once, received {name!r}, which is used {len(found)} times")
        return found[0]

    def _pooled(self) -> list[bool]:
        """Of each node, whether no way from the image leads around a global pooling."""
        places, found = {id(self._tensors[0])}, []
        for node in self._nodes:
            some = any(id(tensor) in places for tensor in node.input_tensors) and not _pools_globally(node)
            places |= {id(tensor) for tensor in node.outputs} if some else set()
            found.append(not some)
        return found


def _ports(name: str, tensors) -> dict:
    """The tensors by name, name_2, name_3, ..."""
    return {name if k == 1 else f"{name}_{k}": tensor for k, tensor in enumerate(tensors, 1)}


def _can_cross(tensor) -> bool:
    """Whether a runtime can hand it on: numbers of a shape that is fixed but for the batch."""
    batch, *others = tensor.shape or (0,)
    return batch is None and None not in others and keras.backend.is_float_dtype(tensor.dtype)


def _pools_globally(node) -> bool:
    """Whether it takes all places together, such as a global pooling or a Flatten."""

    def places(tensor):
        return math.prod(tensor.shape[1:-1])

    if type(node.operation).__name__.startswith("Global"):
        return True
    together = max(map(places, node.input_tensors)) > 1 == max(map(places, node.outputs))
    return together and not getattr(node.operation, "weights", ())


def _with_choice(found: list[Candidate]) -> list[Candidate]:
    """Candidates, those marked that are exits by default.

    Of layers with as many multiply-adds before the cut the one is taken that hands on the fewest numbers, and the last
    of these: behind normalisation and activation, which a converter folds into the convolution. Near a share it is the
    narrowest place, which is the end of a block, and of such places the nearest.
    """
    able = [c for c in found if not c.pooled and 0 < c.share <= LATEST]
    fewest = min((c.tensors for c in able), default=0)
    places: dict[float, Candidate] = {}
    for c in able:
        if c.tensors == fewest and (c.share not in places or c.numbers <= places[c.share].numbers):
            places[c.share] = c
    exits = {_nearest(places.values(), share) for share in SHARES} - {None}
    exits = exits or {min(places.values(), key=lambda c: abs(c.share - 1 / 2), default=None)}
    return [replace(c, chosen=c in exits) for c in found]


def _nearest(places: Iterable[Candidate], share: float) -> Candidate | None:
    """The narrowest place within NEAR of a share, or the nearest one within FAR; None if there is none."""
    near = [c for c in places if abs(c.share - share) <= NEAR]
    some = near or [c for c in places if abs(c.share - share) <= FAR]
    return min(some, key=lambda c: (c.numbers if near else 0, abs(c.share - share)), default=None)
