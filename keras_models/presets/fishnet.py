"""FishNet's settings, and its presets: the networks of the source for MNIST-sharing, and a small one for the digits.

Source: X. Dai, WPI 2022, chapter 5 (CIKM 2021), table 5.7: means over four tasks of 94.25 % with pools of 2, 2, 4 and 4
("best"), 93.44 % with pools of 1, 84.48 % of single networks. It trains 20 epochs together and 10 with fixed choices,
16 images a task in a batch, at a learning rate of 0.01, and does not say by which optimizer, nor the temperature or the
size of the kernels. Here it is SGD with Nesterov momentum 0.9 and one cycle a stage, a temperature that falls from 1 to
0.3, and 3x3 kernels; twice the batch, and a rate that goes with it, take half of the time.

The source's baselines are arguments: `allocation` "own" are single networks (with `fusion` cross-stitch or NDDR),
"random" are random picks; `pools` of 1 share every filter, with `shared_norm` hard sharing.

On CLEVR-sharing (tables 5.3 to 5.6) it is a residual network of ten layers with as many candidates as tasks, 50 images
a task in a batch, a weight decay of 1e-4, 20 or 40 epochs together and 20 with fixed choices.
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
    "batch_size": s.Setting(s.COUNT, 128),
    "peak_learning_rate": s.Setting(s.RATE, 0.03),
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


def _preset(task: str, expected: str, stages: dict | None = None, **arguments) -> dict:
    return {
        "task": task,
        "arguments": arguments,
        "stages": stages or {},
        "source": f"X. Dai, WPI 2022, section 5.4, table 5.{_TABLES.get(task, 7)}",
        "expected": expected,
    }


_TABLES = {"clevr_g1": 3, "clevr_g2": 4, "clevr_g3": 5, "clevr_g4": 6}
_ONE, _OWN = (1, 1, 1, 1), {"pools": (4, 4, 4, 4), "allocation": "own"}
_FEW, _SOME = "three minutes on two cores", "ten minutes on two cores"

PRESETS = {
    "fishnet_digits": _preset("mnist_sharing_digits", "a minute on two cores, no download"),
    "fishnet_mnist": _preset("mnist_sharing", _FEW),
    "fishnet_mnist_pool_1": _preset("mnist_sharing", _FEW, pools=_ONE),
    "fishnet_mnist_hard": _preset("mnist_sharing", _FEW, pools=_ONE, shared_norm=True),
    "fishnet_mnist_random": _preset("mnist_sharing", _FEW, allocation="random"),
    "fishnet_mnist_single": _preset("mnist_sharing", _FEW, **_OWN),
    "fishnet_mnist_cross_stitch": _preset("mnist_sharing", _SOME, fusion="cross_stitch", **_OWN),
    "fishnet_mnist_nddr": _preset("mnist_sharing", _SOME, fusion="nddr", **_OWN),
    "fishnet_mnist_global": _preset("mnist_sharing", _FEW, global_pool=64),
}


def _clevr(group: int, tasks: int) -> dict:
    stages = {name: {"batch_size": 50 * tasks, "weight_decay": 1e-4} for name in ("together", "fixed")}
    stages["together"]["epochs"], stages["fixed"]["epochs"] = 40, 20
    shape = {"backbone": "residual", "filters": (8, 8, 16, 32, 64), "pools": (tasks,) * 5, "hidden": ()}
    return _preset(f"clevr_g{group}", "hours on two cores", stages, **shape)


PRESETS |= {f"fishnet_clevr_g{group}": _clevr(group, tasks) for group, tasks in ((1, 4), (2, 4), (3, 6), (4, 4))}
