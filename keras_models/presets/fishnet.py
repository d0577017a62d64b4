"""FishNet's settings, and its presets: the networks of the source for MNIST-sharing, and a small one for the digits.

Source: X. Dai, WPI 2022, chapter 5 (CIKM 2021), table 5.7: means over four tasks of 94.25 % with pools of 2, 2, 4 and 4
("best"), 93.44 % with pools of 1, 84.48 % of single networks. It trains 20 epochs together and 10 with fixed choices,
16 images a task in a batch, at a learning rate of 0.01. It does not say by which optimizer, nor the temperature or the
size of the kernels: here SGD with Nesterov momentum 0.9 and one cycle a stage, a temperature that falls from 1 to 0.3,
and 5x5 kernels.

The source's baselines are arguments: `allocation` "own" are single networks (with `fusion` cross-stitch or NDDR),
"random" are random picks; `pools` of 1 share every filter, with `shared_norm` hard sharing.
"""

from __future__ import annotations

from keras_models.presets import settings as s

ARGUMENTS = {
    "backbone": s.Setting(s.one_of("plain", "residual"), "plain"),
    "filters": s.Setting(s.WIDTHS, (8, 16, 32, 64)),
    "pools": s.Setting(s.WIDTHS, (2, 2, 4, 4)),
    "size": s.Setting(s.COUNT, 3),
    "hidden": s.Setting(s.WIDTHS, (100, 50)),
    "allocation": s.Setting(s.one_of("learned", "random", "own"), "learned"),
    "shared_norm": s.Setting(s.FLAG, False),
    "fusion": s.Setting(s.one_of("none", "cross_stitch", "nddr"), "none"),
    "global_pool": s.Setting(s.COUNT_OR_NONE, 0),
}
_STAGE = s.IMAGE_STAGE | {
    "batch_size": s.Setting(s.COUNT, 64),
    "peak_learning_rate": s.Setting(s.RATE, 0.01),
    "reestimate": s.Setting(s.FLAG, False),
}
STAGES = {
    "together": _STAGE
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 20),
        "method": s.Setting(s.one_of("gumbel", "alternating", "bandit"), "gumbel"),
        "temperature": s.Setting(s.RATE, 1.0),
        "final_temperature": s.Setting(s.RATE, 0.3),
        "straight_through": s.Setting(s.FLAG, False),
        "rl_weight": s.Setting(s.AMOUNT, 0.1),
    },
    "fixed": _STAGE | {"epochs": s.Setting(s.COUNT_OR_NONE, 10)},
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: they contradict each other, or the stages.
    """
    whole = s.complete(arguments, ARGUMENTS)
    if len(whole["pools"]) != len(whole["filters"]):
        raise ValueError(f"expected as many pools as filters, received {whole['pools']} and {whole['filters']}")
    if whole["fusion"] != "none" and whole["allocation"] != "own":
        raise ValueError(f"expected allocation own with fusion {whole['fusion']}, received {whole['allocation']}")
    if whole["global_pool"] and whole["allocation"] == "own":
        raise ValueError("expected allocation learned or random with a global_pool, received own")
    if not any(stages[name]["epochs"] for name in STAGES):
        raise ValueError("expected epochs of together or of fixed, received 0 of both")
    return arguments


def _mnist(**arguments) -> dict:
    return {
        "task": "mnist_sharing",
        "arguments": arguments,
        "stages": {},
        "source": "X. Dai, WPI 2022, section 5.4, table 5.7",
        "expected": "two minutes on two cores",
    }


PRESETS = {
    "fishnet_digits": {
        "task": "mnist_sharing_digits",
        "arguments": {"filters": (8, 16, 32, 64), "pools": (2, 2, 4, 4)},
        "stages": {},
        "source": "FishNet on pairs of scikit-learn's digits: no download",
        "expected": "a minute on two cores",
    },
    "fishnet_mnist": _mnist(),
    "fishnet_mnist_single": _mnist(pools=(4, 4, 4, 4), allocation="own"),
}
