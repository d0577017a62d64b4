"""Settings of recurrent attention, GARN, HRAM and RAM, and their presets.

Source: Dai, WPI 2022, chapter 3. Sizes of layers, numbers of glimpses and scales are the thesis's. It says nothing of
optimizer, rate, batches, epochs, or how far a location strays from its mean: these are chosen here. It prints no table:
GARN answers above 70 % of additions when it has seen 2,000 images and 90 % with 20,000; of comparisons, with 2,000, it
is at least 6 points above HRAM.

The baselines are settings: HRAM is `cores` 1, RAM is `cores` 1 and the reward "correct". `images` takes so many of the
training images. Two defaults are not the thesis's, and 0 is: `covering`, without which a locator came to rest at one of
two digits, and `every_glimpse`, by which it learns to answer early too.
"""

from __future__ import annotations

from keras_models.presets import settings as s

ARGUMENTS = {
    "glimpses": s.Setting(s.COUNT, 8),
    "size": s.Setting(s.COUNT, 20),
    "scales": s.Setting(s.COUNT, 3),
    "classifier_scales": s.Setting(s.COUNT, 1),
    "cores": s.Setting(s.one_of(1, 2), 2),
    "units": s.Setting(s.COUNT, 256),
    "patch": s.Setting(s.COUNT, 128),
    "place": s.Setting(s.COUNT, 128),
    "glimpse": s.Setting(s.COUNT, 256),
    "location": s.Setting(s.COUNT, 128),
    "hidden": s.Setting(s.WIDTHS, (100, 50)),
}
STAGES = {
    "looking": {
        "epochs": s.Setting(s.COUNT),
        "batch_size": s.Setting(s.COUNT, 32),
        "peak_learning_rate": s.Setting(s.RATE, 1e-3),
        "weight_decay": s.Setting(s.optional(s.RATE), 1e-4),
        "label_smoothing": s.Setting(s.BELOW_ONE, 0.0),
        "images": s.Setting(s.optional(s.COUNT), None),
        "validation_images": s.Setting(s.optional(s.COUNT), 500),
        "reward": s.Setting(s.one_of("centres", "correct"), "centres"),
        "deviation": s.Setting(s.RATE, 0.1),
        "mixture": s.Setting(s.RATE, 0.2),
        "covering": s.Setting(s.AMOUNT, 1.0),
        "reward_weight": s.Setting(s.AMOUNT, 0.1),
        "every_glimpse": s.Setting(s.AMOUNT, 0.5),
    }
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: fewer than two glimpses, or more windows than a bundle's crop has.
    """
    given = {name: arguments.get(name, ARGUMENTS[name].default) for name in ("glimpses", "scales", "classifier_scales")}
    if not 2 <= given["glimpses"] <= 1_000:
        raise ValueError(f"expected 2 to 1000 glimpses, received {given['glimpses']}")
    for name in ("scales", "classifier_scales"):
        if given[name] > 8:
            raise ValueError(f"expected at most 8 {name}, received {given[name]}")
    del stages
    return arguments


def _preset(task: str, expected: str, images: int | None, epochs: int, stage=None, **arguments) -> dict:
    return {
        "task": task,
        "arguments": arguments,
        "stages": {"looking": {"epochs": epochs, "images": images} | (stage or {})},
        "source": "Dai, WPI 2022, chapter 3",
        "expected": expected,
    }


RAM = {"reward": "correct"}
PRESETS = {
    "garn_digits": _preset("add_digits", "five minutes on two cores (estimated)", 4_000, 20, {"every_glimpse": 0.5}),
    "garn_add": _preset("add_mnist", "ten minutes on two cores", None, 12, {"every_glimpse": 0.5}),
    "garn_add_2k": _preset("add_mnist", "four minutes on two cores", 2_000, 40),
    "hram_add_2k": _preset("add_mnist", "three minutes on two cores", 2_000, 40, cores=1),
    "ram_add_2k": _preset("add_mnist", "three minutes on two cores", 2_000, 40, RAM, cores=1),
    "garn_compare_2k": _preset("compare_mnist", "four minutes on two cores", 2_000, 40),
    "hram_compare_2k": _preset("compare_mnist", "three minutes on two cores", 2_000, 40, cores=1),
    "garn_regions": _preset("correlated_regions", "half an hour on two cores (estimated)", 2_000, 20, glimpses=20),
}
