"""How much of a training goes into reading pictures: `python -m tests.tools.pipeline.measure_reading OUT.json`.

4,000 JPEGs of 640 x 480 in four classes are made in a temporary folder, and a MobileNetV3Small for 96 x 96 is trained
on them with exits, three epochs of 64 images a step and controllers, twice: from files, and when these are decoded.
Told are seconds of the clock: of all, of looking for pictures and decoding them (`datasets.get`), of getting splits
(`Task.load`), of `fit`, and of going once through the training images as `fit` is given them, without a network.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from keras_models import datasets
from keras_models.datasets.pictures import Pictures
from tools import console, machine, train

WORDS = ["small.keras", "--data", "pictures", "--epochs", "3", "--batch-size", "64", "--set", "controllers.epochs=3"]


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


class Clock:
    """Seconds that are spent in some functions, and how often they are called."""

    def __init__(self):
        self.seconds, self.calls = Counter(), Counter()

    def watch(self, owner, name: str) -> None:
        """Measures a function of a class or module from now on."""
        real = getattr(owner, name)

        def timed(*given, **named):
            begun = time.perf_counter()
            try:
                return real(*given, **named)
            finally:
                self.seconds[name] += time.perf_counter() - begun
                self.calls[name] += 1

        setattr(owner, name, timed)


def measure(out: str) -> dict:
    """One training, from the working folder's pictures."""
    clock = Clock()
    clock.watch(datasets, "get"), clock.watch(Pictures, "load"), clock.watch(keras.Model, "fit")
    begun, cpu = time.perf_counter(), time.process_time()
    if console.main(train.build_parser, train.command, [*WORDS, "--out", out]):
        sys.exit("the training has failed")
    found = {"all": time.perf_counter() - begun, "cpu": time.process_time() - cpu} | dict(clock.seconds)
    task = datasets.get("pictures@96x96x3@0..255")
    data, begun = task.dataset("train", 64, augment=True, shuffle_seed=0), time.perf_counter()
    for _ in data:
        pass
    found["pass"] = time.perf_counter() - begun
    found["share"] = (found["get"] + found["load"]) / found["all"]
    return {name: round(float(value), 4) for name, value in found.items()} | {"loads": clock.calls["load"]}


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", metavar="OUT.json")
    parser.add_argument("--count", type=int, default=4_000)
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
