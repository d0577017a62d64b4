"""Settings of CiNet, and its presets: transformed digits and garments, as in the thesis, and small digits.

Dai, WPI 2022, section 2.4.1: 12 epochs in batches of 64, at a rate of 0.01 that falls to a tenth, a penalty of 0.1 on
the scale. It prints 93.74 % on transformed digits and 82.29 % on transformed garments at 1.0 M multiplications of
convolutions and 100 numbers sent. When the rate falls is not told: here after a half and three quarters of the steps.

The defaults are the thesis's. With them nothing was learned here: theta hardly differs between images, and the penalty
takes the scale to nothing before the classifier knows anything. So the presets begin with a piece that is nearly the
whole image, the same for all; the classifiers first see pieces anywhere, then about the extractor's; the penalty counts
later, theta has the gradient of an averaged crop, and Adam trains.
"""

from __future__ import annotations

from keras_models.presets import msdnet
from keras_models.presets import settings as s

THETA = s.Kind("four numbers: tx, ty, sx, sy", lambda value: isinstance(value, list | tuple) and len(value) == 4)
PIXELS = s.Kind("the lowest and the highest number", lambda value: isinstance(value, list | tuple) and len(value) == 2)
ARGUMENTS = {
    "extractor": s.Setting(s.one_of("convolutions", "inverted_residuals"), "convolutions"),
    "filters": s.Setting(s.WIDTHS, (2, 4)),
    "hidden": s.Setting(s.WIDTHS, (50,)),
    "crop": s.Setting(s.COUNT, 10),
    "classifier": s.Setting(s.WIDTHS, (128, 256)),
    "classifier_hidden": s.Setting(s.WIDTHS, (100, 50)),
    "local": s.Setting(s.WIDTHS, (8, 16)),
    "local_hidden": s.Setting(s.WIDTHS, (32,)),
    "dropout": s.Setting(s.BELOW_ONE, 0.0),
    "initial": s.Setting(s.one_of("thesis", "glorot"), "thesis"),
    "activation": s.Setting(s.one_of("relu", "tanh"), "relu"),
    "gain": s.Setting(s.RATE, 1.0),
    "start": s.Setting(THETA, (0.0, 0.0, 0.0, 0.0)),
}
STAGES = {
    "end_to_end": s.IMAGE_STAGE
    | {
        "epochs": s.Setting(s.COUNT, 12),
        "batch_size": s.Setting(s.COUNT, 64),
        "peak_learning_rate": s.Setting(s.RATE, 0.01),
        "milestones": s.Setting(s.optional(msdnet.MILESTONES), (0.5, 0.75)),
        "images": s.Setting(s.optional(s.COUNT), None),  # of those to train on, the first ones; None for all
        "method": s.Setting(s.one_of("backpropagation", "reinforce"), "backpropagation"),
        "scale_penalty": s.Setting(s.AMOUNT, 0.1),
        "free": s.Setting(s.SHARE, 0.0),  # of the steps, before the penalty counts
        "finder_rate": s.Setting(s.RATE, 1.0),  # of the learning rate, for extractor and regression
        "deviation": s.Setting(s.RATE, 0.1),  # of what REINFORCE draws
        "optimizer": s.Setting(s.one_of("sgd", "muon", "adam"), "sgd"),  # adam: by one cycle, milestones do not count
        "gradient": s.Setting(s.one_of("bilinear", "averaged"), "bilinear"),  # that theta has through the crop
        "scattered": s.Setting(s.SHARE, 0.0),  # of the steps, first, with pieces anywhere
        "jitter": s.Setting(s.AMOUNT, 0.0),  # of pieces about the extractor's, in halves of their sides
    }
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: no filters, or a rate of the extractor's own for an optimizer that knows one rate alone.
    """
    if not arguments.get("filters", (2, 4)):
        raise ValueError("expected filters of the extractor, received none")
    own = stages.get("end_to_end", {})
    if own.get("optimizer") == "adam" and own.get("finder_rate", 1.0) != 1:
        raise ValueError(f"expected a finder_rate of 1 for adam, received {own['finder_rate']}")
    return arguments


BEGIN = {"initial": "glorot", "gain": 4.0, "start": (0.0, 0.0, 0.9, 0.9)}
LEARN = {"optimizer": "adam", "peak_learning_rate": 0.0015, "free": 0.3}
LEARN |= {"gradient": "averaged", "scattered": 0.1, "jitter": 0.3}
SMALL = {"classifier": (32, 64)}  # the cloud's, where there are few images


def _preset(task: str, told: str, expected: str, arguments: dict, epochs: int) -> dict:
    return {
        "task": task,
        "arguments": BEGIN | arguments,
        "stages": {"end_to_end": LEARN | {"epochs": epochs}},
        "source": f"CiNet: Dai, WPI 2022, section 2.4, {told}",
        "expected": expected,
    }


PRESETS = {
    "cinet_digits": _preset(
        "transformed_digits", "on scikit-learn's digits: no download", "five minutes on two cores", SMALL, 20
    ),
    "cinet_mnist": _preset("transformed_mnist", "table 2.3 (93.74 %)", "half an hour on two cores", {}, 12),
    "cinet_fashion": _preset("transformed_fashion", "table 2.4 (82.29 %)", "half an hour on two cores", {}, 12),
}
