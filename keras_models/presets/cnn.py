"""Settings of plain convolutional networks, and their presets: the ladder of table 2.1.

Dai, WPI 2022, section 2.4.1: 12 epochs in batches of 64 at a rate of 0.1, of two networks 0.01; here 0.02, for they
have no normalisation. Printed accuracies are those of tables 2.3 and 2.4. The most expensive ones take days on two
cores: how much less they are trained is told with what they reach.
"""

from __future__ import annotations

from keras_models.presets import settings as s
from keras_models.presets import twins

ARGUMENTS = {
    "filters": s.Setting(s.WIDTHS),
    "hidden": s.Setting(s.WIDTHS, (100, 50)),
    "dropout": s.Setting(s.BELOW_ONE, 0.0),
}
STAGES = {"classifier": s.IMAGE_STAGE}
DIGITS = {
    "cnn1": ((128, 256, 256), 96.20),
    "cnn2": ((64, 128, 256), 93.98),
    "cnn3": ((32, 64, 128), 93.52),
    "cnn4": ((8, 64, 128), 92.22),
    "cnn5": ((8, 16, 64), 91.73),
    "cnn6": ((4, 8, 32), 86.39),
    "cnn7": ((4, 8, 16), 83.52),
}
GARMENTS = {
    "cnn1": ((64, 128, 128, 256, 256), 82.54),
    "cnn2": ((32, 64, 128, 256, 256), 82.38),
    "cnn3": ((16, 32, 64, 128, 128), 80.65),  # printed as 28; the multiplications printed are those of 128
    "cnn4": ((4, 16, 32, 64), 78.63),
    "cnn5": ((2, 8, 8, 128), 66.47),
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: no convolution, or no Dense layer.
    """
    for name, least in (("filters", arguments["filters"]), ("hidden", arguments.get("hidden", (100, 50)))):
        if not least:
            raise ValueError(f"expected at least one number as {name}, received none")
    return arguments


TWIN_AXES = ("width",)


def static_twin(arguments: dict, stages: dict, width: float = 1.0) -> dict:
    """The network itself, thinner, as a preset's entries (`presets.twins`)."""
    changed = {"filters": [twins.share(n, width) for n in arguments["filters"]]}
    return {"arguments": arguments | changed, "stages": stages}


def _preset(task: str, filters, printed: float, table: str) -> dict:
    return {
        "task": task,
        "arguments": {"filters": filters},
        "stages": {"classifier": {"epochs": 12, "batch_size": 64, "peak_learning_rate": 0.02}},
        "source": f"Dai, WPI 2022, table 2.1; {printed} % in table {table}",
        "expected": "from a quarter of an hour (cnn7) to days (cnn1) on two cores",
    }


PRESETS = {
    **{f"{name}_digits": _preset("transformed_digits", *known, "2.3, of MNIST") for name, known in DIGITS.items()},
    **{f"{name}_mnist": _preset("transformed_mnist", *known, "2.3") for name, known in DIGITS.items()},
    **{f"{name}_fashion": _preset("transformed_fashion", *known, "2.4") for name, known in GARMENTS.items()},
}
