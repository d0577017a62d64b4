"""How much of a training goes into reading pictures: `python -m tests.tools.pipeline.measure_reading OUT.json`.

2,000 JPEGs of 640 x 480 in four classes are made in a temporary folder, and a MobileNetV3Small for 96 x 96 is trained
on them with exits, three epochs of 64 images a step and controllers, twice: from files, and when these are decoded.
Told are seconds of the clock and of processors: of all, of looking for pictures and decoding them (`datasets.get`), of
getting splits (`Task.load`), of `fit`, and of going through the training images once as `fit` does, without a network;
and the share of all that reading takes: getting, loading, and going through the images as often as there are epochs.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_models import datasets
from keras_models.datasets.pictures import Pictures
from tools import console, machine, train


def make(folder: Path, count: int) -> None:
    """Pictures of soft noise with grain, one of three colours stronger or none."""
    for i in range(count):
        rng, kind = np.random.default_rng(i), i % 4
        coarse = rng.integers(0, 256, (24, 32, 3)).astype(np.uint8)
        coarse[:, :, kind % 3] = coarse[:, :, kind % 3] // 2 + 100 if kind < 3 else coarse[:, :, 0]
        smooth = np.asarray(Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC)).astype(int)
        pixels = np.clip(smooth + rng.integers(-12, 13, (480, 640, 1)), 0, 255).astype(np.uint8)
        (folder / f"class_{kind}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"class_{kind}" / f"{i:05}.jpg", quality=88)


EPOCHS = 3
WORDS = ["small.keras", "--data", "pictures", "--batch-size", "64", "--set", "controllers.epochs=3"]
WORDS += ["--epochs", str(EPOCHS)]
CLOCKS = {"clock": time.perf_counter, "processors": time.process_time}


@contextlib.contextmanager
def measured(spent: dict, name: str):
    """Adds what is spent while it is open, in seconds of each clock."""
    begun = {clock: now() for clock, now in CLOCKS.items()}
    yield
    for clock, now in CLOCKS.items():
        spent[clock][name] += now() - begun[clock]


def watch(patch, spent: dict, owner, name: str) -> None:
    """Measures a function of a class or module from now on."""
    real = getattr(owner, name)

    def timed(*given, **named):
        with measured(spent, name):
            return real(*given, **named)

    patch.setattr(owner, name, timed)


def measure(out: str) -> dict:
    """One training, from the working folder's pictures: clock -> name -> seconds, or the share of reading."""
    spent = {clock: Counter() for clock in CLOCKS}
    with pytest.MonkeyPatch.context() as patch, measured(spent, "all"):
        for owner, name in ((datasets, "get"), (Pictures, "load"), (keras.Model, "fit")):
            watch(patch, spent, owner, name)
        if console.main(train.build_parser, train.command, [*WORDS, "--out", out]):
            sys.exit("the training has failed")
    data = datasets.get("pictures@96x96x3@0..255").dataset("train", 64, augment=True, shuffle_seed=0)
    with measured(spent, "pass"):
        for _ in data:
            pass
    for own in spent.values():
        own["share"] = (own["get"] + own["load"] + EPOCHS * own["pass"]) / own["all"]
    return {clock: {name: round(value, 3) for name, value in own.items()} for clock, own in spent.items()}


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", metavar="OUT.json")
    parser.add_argument("--count", type=int, default=2_000)
    options = parser.parse_args()
    out = Path(options.out).absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["FRUGAL_CACHE_DIR"] = str(Path(folder, "cache"))
        make(Path("pictures"), options.count)
        keras.utils.set_random_seed(0)
        keras.applications.MobileNetV3Small(weights=None, input_shape=(96, 96, 3), classes=4).save("small.keras")
        found = {"count": options.count, "machine": machine.describe(), "command": machine.command_line()}
        found |= {name: measure(name) for name in ("first", "second")}
        os.chdir(out.parent)
    out.write_text(console.as_json(found))
    print(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main()
