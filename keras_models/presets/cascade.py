"""IDK cascades' settings, and their presets. Members are named by their run folders, which are trained first.

Wang, UCB/EECS-2020-236, table 4.2 (CIFAR-10): up to 24 % of the accurate model's computation saved at 0.35 points less.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from keras_models import files
from keras_models.presets import settings as s

_MORE = {"size": s.COUNT.fits, "scale": s.NUMBER.fits, "offset": s.NUMBER.fits}  # of a file: lists of these, or None


def _is_member(value) -> bool:
    if not isinstance(value, Mapping):
        return isinstance(value, str)
    more = {name: value[name] for name in set(value) - {"file"}}
    return isinstance(value.get("file"), str) and set(more) <= set(_MORE) and all(map(_fits, more, more.values()))


def _fits(name, value) -> bool:
    return value is None or (isinstance(value, list | tuple) and all(map(_MORE[name], value)))


MEMBERS = s.Kind(
    'a list of at least two run folders, .keras files or {"file": ..., "size", "scale", "offset"}',
    lambda value: isinstance(value, list | tuple) and len(value) > 1 and all(map(_is_member, value)),
)
ARGUMENTS = {
    "members": s.Setting(MEMBERS),
    "deferral": s.Setting(s.one_of("max_softmax", "entropy", "logistic"), "logistic"),
}
STAGES = {
    "deferral": {
        "rule": s.Setting(s.one_of("joint", "stagewise"), "joint"),
        "lambda": s.Setting(s.BELOW_ONE, 0.04),  # of a run of the last member, as a share of an error
        "tolerance": s.Setting(s.optional(s.SHARE), None),  # share of the last member's accuracy that may be lost
        "epochs": s.Setting(s.COUNT, 100),
        "batch_size": s.Setting(s.COUNT, 512),
        "learning_rate": s.Setting(s.RATE, 0.05),
        "views": s.Setting(s.COUNT, 1),
        "cost": s.Setting(s.one_of("macs", "latency", "arm64"), "macs"),
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: a tolerance for thresholds that are fitted jointly, by a price alone.
    """
    own = stages["deferral"]
    thresholds = arguments.get("deferral", "logistic") != "logistic"
    if thresholds and own["rule"] == "joint" and own["tolerance"] is not None:
        raise ValueError("expected the rule stagewise for thresholds with a tolerance, received joint")
    return arguments


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if a member is not to be had: told before a run is made."""
    for entry in arguments["members"]:
        check_source(entry)


def check_source(entry) -> None:
    """Raises ValueError if a member is not to be had. entry: a run folder, a .keras file, or an object with `file`."""
    path = Path(entry["file"] if isinstance(entry, Mapping) else entry)
    if path.suffix == ".keras" or isinstance(entry, Mapping):
        if not files.is_network(path):
            if path.exists():
                raise ValueError(f"{path}: expected a Keras classifier as a member; it cannot be read: it is damaged")
            raise ValueError(f"{path}: expected a trained Keras classifier as a member, received none")
        return
    started = (path / "config.json").exists()
    if not (started and files.is_network(path / "model.keras")):
        from keras_models import presets  # which reads this module

        preset = path.name if path.name in presets.known() else "PRESET"
        raise ValueError(
            f"{path}: expected a finished run as a member, train it with python tools/train.py {preset} --out {path}; "
            f"received {_found(path) if started else 'none'}"
        )


def _found(run: Path) -> str:
    return "a damaged one" if (run / "model.keras").exists() else "an unfinished one"


def _preset(task: str, *members: str) -> dict:
    return {
        "task": task,
        "arguments": {"members": [f"runs/{name}" for name in members], "deferral": "logistic"},
        "stages": {"deferral": {"lambda": 0.04}},
        "source": "IDK cascade: Wang, UCB/EECS-2020-236, chapter 4, entropy and cost",
        "expected": f"a minute, once {', '.join(members)} are trained",
    }


PRESETS = {
    "cascade_digits": _preset("max_min_digits", "resnet_digits", "resnet_digits_wide"),
    "cascade_cifar10_pair": _preset("cifar10", "resnet8_cifar10", "resnet38_cifar10"),
    "cascade_cifar10_triple": _preset("cifar10", "resnet8_cifar10", "resnet20_cifar10", "resnet38_cifar10"),
}
