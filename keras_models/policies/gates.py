"""Exit policies that are not learned: every exit compares a statistic of the answers with a threshold.

A gate takes the place of a network's own rules; trunk and branch classifiers stay. What comes out is a program like any
other, so that it converts to a bundle and runs on the chain.

    max_softmax   the largest probability is at least the threshold (the softmax gate of gamma: 1 - gamma; MSDNet, IDK)
    entropy       the entropy in nats is at most the threshold (BranchyNet: Teerapittayanon et al., ICPR 2016)
    margin        the largest probability less the second largest is at least the threshold
    patience      so many answers in a row agreed with the one before (PABEE: Zhou et al., NeurIPS 2020)
    random        a number from 0 to 1, drawn from the logits' digits, is at least the threshold: no better than chance
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.base import Knob, Part
from keras_models.early_exit import EarlyExit, Reprogrammed
from keras_models.functional.thresholds import confidence

STATISTICS = ("max_softmax", "entropy", "margin", "patience", "random")
NEVER = {"max_softmax": 2.0, "entropy": -1.0, "margin": 2.0, "patience": 1000.0, "random": 2.0}
_ALWAYS = {"max_softmax": -1.0, "entropy": 100.0, "margin": -1.0, "patience": -1.0, "random": -1.0}
_MIDDLE = {"max_softmax": 0.9, "entropy": 0.3, "margin": 0.8, "patience": 2.0, "random": 0.8}
_SPREAD = 64.0  # the fraction of so many times a sum of logits is as good as drawn


@dataclass(frozen=True)
class Gate:
    """A statistic, and whether every exit has a threshold of its own (parameters `threshold_1`, ...) or all share one.

    Raises ValueError for an unknown statistic.
    """

    statistic: str
    each: bool = False

    def __post_init__(self):
        if self.statistic not in STATISTICS:
            raise ValueError(f"expected a statistic among {', '.join(STATISTICS)}, received {self.statistic!r}")

    def confidence(self, logits) -> np.ndarray:
        """The statistic at every exit but the last, `[samples, exits - 1]`, turned so that larger is surer.

        logits: `[samples, exits, classes]`.
        """
        logits = np.asarray(logits)
        if self.statistic == "patience":
            answers, agreed = logits.argmax(-1), np.zeros(logits.shape[:2], np.float32)
            for i in range(1, logits.shape[1]):
                agreed[:, i] = (agreed[:, i - 1] + 1) * (answers[:, i] == answers[:, i - 1])
            return agreed[:, :-1]
        if self.statistic == "random":
            place = _SPREAD * (logits[:, :-1] @ _weights(logits.shape[-1]))
            return place - np.floor(place)
        return confidence(_softmax(logits[:, :-1]), self.statistic)

    def threshold(self, confidence: float) -> float:
        """The value of the program's parameter at which exits leave from that confidence on; infinite: never."""
        if not np.isfinite(confidence):
            return NEVER[self.statistic]
        return float(-confidence if self.statistic == "entropy" else confidence)

    def settings(self, thresholds) -> dict[str, float]:
        """The parameters of the program, from thresholds on the confidence: one number, or one an exit."""
        if not self.each:
            return {"threshold": self.threshold(thresholds)}
        return {f"threshold_{i}": self.threshold(t) for i, t in enumerate(thresholds, 1)}

    def thresholds(self, settings: dict[str, float], exits: int) -> np.ndarray:
        """Thresholds on the confidence, `[exits - 1]`, from the parameters of the program: undoes `settings`."""
        names = [f"threshold_{i}" if self.each else "threshold" for i in range(1, exits)]
        values = np.array([settings[name] for name in names])
        return -values if self.statistic == "entropy" else values

    def apply(self, network: EarlyExit) -> Gated:
        """The network with this gate at every exit."""
        return Gated(network, self)


class Gated(Reprogrammed):
    """Trunk and branch classifiers of a network, with a gate in the place of its own rules.

    What only its own rules needed is left out.

    network: has a program in a line (run, fill, exit and answer steps). Raises ValueError otherwise.
    """

    def __init__(self, network: EarlyExit, gate: Gate):
        self.gate, self._exits = gate, len(programs.exit_names(network.program()))
        super().__init__(network, _gated_program(network.program(), gate))

    def own_part(self, name: str, parts: Mapping[str, Part]) -> Part:
        """The gate's statistic, where it is no rule that runtimes know."""
        shape = {port: tensor.shape[1:] for port, tensor in _answer_ports(self.network, parts).items()}
        return Part(_statistic_model(name, shape), keep_float=True)

    def parameters(self) -> dict[str, Knob]:
        """One threshold, or one for every exit but the last."""
        statistic = self.gate.statistic
        low, high = sorted((NEVER[statistic], _ALWAYS[statistic]))
        text = f"{statistic} {'up to' if statistic == 'entropy' else 'from'} which to leave"
        one = Knob(_MIDDLE[statistic], low, high, text, full_depth=NEVER[statistic])
        names = [f"threshold_{i}" for i in range(1, self._exits)] if self.gate.each else ["threshold"]
        return dict.fromkeys(names, one)

    def price_unit(self, part_costs: dict[str, float] | None = None) -> float:
        """The network's: a price means the same whoever decides.

        Parts that only its own rules need have no price here, and count nothing then.
        """
        if part_costs is not None:
            part_costs = dict.fromkeys(self.network.parts(), 0.0) | dict(part_costs)
        return self.network.price_unit(part_costs)


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def _weights(classes: int) -> np.ndarray:
    """Irrational, so that no sum of logits repeats another's digits."""
    return np.sqrt(np.arange(2, 2 + classes)).astype(np.float32)


def _gated_program(program: list[dict], gate: Gate) -> list[dict]:
    steps, before, number = [], None, 0
    for step in program:
        if step["op"] == "exit":
            number, value = number + 1, programs.given_value(step)
            threshold = programs.parameter(f"threshold_{number}" if gate.each else "threshold")
            if gate.statistic in ("patience", "random"):
                steps += _statistic_steps(gate.statistic, number, value, before)
                rule = {"rule": "at_least", "value": f"{gate.statistic}_{number}", "threshold": threshold}
            else:
                rule = {"rule": gate.statistic, "value": value, "threshold": threshold}
            before = value
            step = step | {"rule": rule}
        steps.append(step)
    return programs.live_steps(steps)


def _statistic_steps(statistic: str, number: int, value: str, before: str | None) -> list[dict]:
    """What makes the value `statistic_number` that the exit of that number compares."""
    name = f"{statistic}_{number}"
    if statistic == "random":
        return [programs.run(name, {"logits": value}, {"drawn": name})]
    if before is None:
        return [{"op": "fill", "output": name, "shape": [1, 1], "content": 0.0}]
    inputs = {"logits": value, "before": before, "agreed": f"{statistic}_{number - 1}"}
    return [programs.run(name, inputs, {"agreeing": name})]


def _answer_ports(network: EarlyExit, parts: dict[str, Part]) -> dict:
    """The Keras tensor that the network's last answer names, as {"logits": tensor}."""
    program = network.program()
    answer = programs.given_value(program[-1])
    for step in reversed(program):
        if step["op"] == "run" and answer in step["outputs"].values():
            ports = {value: port for port, value in step["outputs"].items()}
            return {"logits": parts[step["part"]].model.output[ports[answer]]}
    raise ValueError("expected a program whose last answer is the output of a part")


def _statistic_model(name: str, shape: dict) -> keras.Model:
    classes = shape["logits"][-1]
    inputs = {"logits": keras.Input((classes,), name="logits")}
    if name.startswith("random"):
        weights = _weights(classes)[:, None]

        def draw(seen):
            place = _SPREAD * ops.matmul(seen["logits"], weights)
            return place - ops.floor(place)

        drawn = keras.layers.Lambda(draw, output_shape=(1,))(inputs)
        return keras.Model(inputs, {"drawn": drawn}, name=name)
    inputs |= {"before": keras.Input((classes,), name="before"), "agreed": keras.Input((1,), name="agreed")}

    def agree(seen):
        # Where both have their maximum: an argmax of Keras is not an operator of TensorFlow Lite.
        largest = [ops.max(seen[port], axis=-1, keepdims=True) for port in ("logits", "before")]
        both = ops.logical_and(seen["logits"] >= largest[0], seen["before"] >= largest[1])
        return (seen["agreed"] + 1.0) * ops.max(ops.cast(both, "float32"), axis=-1, keepdims=True)

    agreeing = keras.layers.Lambda(agree, output_shape=(1,))(inputs)
    return keras.Model(inputs, {"agreeing": agreeing}, name=name)
