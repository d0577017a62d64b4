"""What may be chosen, and what a choice means for a preset. The defaults are those of the preset or run at hand."""

from __future__ import annotations

from itertools import groupby

import keras_tuner

NONE = "none"  # a list of widths without any
CONTROLLER_IN = (NONE, "10", "10,10", "10,10,10", "20,20", "50,50", "100,10,10")
CONTROLLER_CAT = (NONE, "10", "10,10", "20,10", "50,20", "100,100,50")
HEADS = (NONE, "32", "32,32", "64,64")
WIDTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # times the preset's
BLOCKS = (1, 2, 3, 4)  # of every stage
STEP = 4  # widths are multiples of it
USUAL_POLICY = {"learning_rate": 0.01, "dropout": 0.02, "warm_up": 0.5, "kappa_weighting": 0.0}
USUAL_CONTROLLERS = {"controller_in": (10, 10, 10), "controller_cat": (10, 10)}  # what EPNet has unless told


def controllers(arguments: dict, policy: dict) -> keras_tuner.HyperParameters:
    """The space of controllers and of their training. arguments, policy: those of the run, its defaults."""
    space, own = keras_tuner.HyperParameters(), USUAL_CONTROLLERS | arguments
    policy = USUAL_POLICY | policy
    _choice(space, "controller_in", CONTROLLER_IN, words(own["controller_in"]))
    _choice(space, "controller_cat", CONTROLLER_CAT, words(own["controller_cat"]))
    _rate(space, "learning_rate", 1e-3, 5e-2, policy["learning_rate"])
    _choice(space, "dropout", (0.0, 0.02, 0.05, 0.1), policy["dropout"])
    _choice(space, "warm_up", (0.0, 0.25, 0.5, 0.75, 1.0), policy["warm_up"])
    _choice(space, "kappa_weighting", (0.0, 0.25, 0.5, 0.75, 1.0), policy["kappa_weighting"])
    return space


def controller_choice(values: dict) -> tuple[dict, dict]:
    """(arguments of the network, settings of the controllers' training) of values from `controllers`."""
    arguments = {name: widths(values[name]) for name in ("controller_in", "controller_cat")}
    return arguments, {name: values[name] for name in USUAL_POLICY}


def network(preset: dict) -> keras_tuner.HyperParameters:
    """The space of trunks, classifiers and of their training, around a preset."""
    space, arguments, training = keras_tuner.HyperParameters(), preset["arguments"], preset["training"]
    _choice(space, "width", WIDTHS, 1.0)
    for number, (_, blocks) in enumerate(stages(arguments["filters"]), 1):
        _choice(space, f"blocks_{number}", BLOCKS, blocks)
    _choice(space, "head_hidden", HEADS, words(arguments.get("head_hidden", ())))
    _rate(space, "peak_learning_rate", 0.02, 0.4, training["peak_learning_rate"])
    _choice(space, "weight_decay", (0.0, 1e-4, 5e-4, 1e-3), training.get("weight_decay", 0.0))
    return space


def network_choice(preset: dict, values: dict) -> tuple[dict, dict]:
    """(arguments of the network, settings of its training) of values from `network`, over those of the preset."""
    before = stages(preset["arguments"]["filters"])
    blocks = [values[f"blocks_{number}"] for number in range(1, len(before) + 1)]
    arguments = {"filters": filters(before, values["width"], blocks), "head_hidden": widths(values["head_hidden"])}
    training = preset["training"] | {name: values[name] for name in ("peak_learning_rate", "weight_decay")}
    if not training["weight_decay"]:
        del training["weight_decay"]
    return preset["arguments"] | arguments, training


def smallest(space: keras_tuner.HyperParameters) -> dict:
    """The values of the narrowest and shallowest network."""
    fewest = {parameter.name: parameter.default for parameter in space.space}
    fewest |= {name: min(BLOCKS) for name in fewest if name.startswith("blocks_")}
    return fewest | {"width": min(WIDTHS), "head_hidden": NONE}


def stages(filters) -> list[tuple[int, int]]:
    """(width, blocks of two convolutions) of every stage of a trunk: runs of equal widths."""
    return [(width, len(list(same)) // 2) for width, same in groupby(filters)]


def filters(stages, width: float, blocks) -> tuple[int, ...]:
    """A trunk with every stage's width multiplied, and with other numbers of blocks.

    Widths are rounded to multiples of 4 unless they stay as they were. Where two neighbours would get the same the
    later one gets 4 more: it is the change of width that halves the resolution.
    """
    made: list[int] = []
    for (before, _), count in zip(stages, blocks, strict=True):
        now = before if width == 1 else max(STEP, STEP * round(width * before / STEP))
        now += STEP if made and made[-1] == now else 0
        made += [now] * 2 * count
    return tuple(made)


def trunk_macs(image_shape, filters) -> int:
    """Multiply-adds of a trunk's convolutions, projections included: what `keras_models.costs` counts, without a model.

    Counting a traced network takes seconds, and most of what is drawn at random may be far above a ceiling.
    """
    (height, width, channels), before, total = image_shape, None, 0
    for after in filters[::2]:  # a block has two convolutions of one width
        if after != before:
            height, width = -(-height // 2), -(-width // 2)
            total += height * width * channels * after
        total += height * width * 9 * (channels + after) * after
        before = channels = after
    return total


def words(widths) -> str:
    """A list of widths as a choice: (10, 10) is "10,10"."""
    return ",".join(map(str, widths)) or NONE


def widths(words: str) -> tuple[int, ...]:
    """The widths that a choice names."""
    return () if words == NONE else tuple(map(int, words.split(",")))


def _choice(space, name: str, values, own) -> None:
    """A choice among values, the preset's own among them; numbers in ascending order."""
    own = type(values[0])(own)
    known = [*values, *([] if own in values else [own])]
    space.Choice(name, known if isinstance(own, str) else sorted(known), default=own)


def _rate(space, name: str, low: float, high: float, own: float) -> None:
    """A rate, its logarithm uniform, from a range that holds the preset's own."""
    space.Float(name, min(low, own), max(high, own), sampling="log", default=own)
