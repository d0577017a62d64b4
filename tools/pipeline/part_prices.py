"""What the parts of a network take as int8 TFLite units, which is what its policies are to save (--cost)."""

import numpy as np

from tools import native

CHOICES = ("macs", "latency", "arm64")
HELP = (
    "multiply-adds (default), latency measured on this machine, or the arm64 instructions that the phone's kernels "
    "execute (see tools/phone_check.py)"
)
IMAGES = 64  # to calibrate on: prices do not depend on how well


def prepare(cost: str) -> None:
    """Makes ready what a cost is measured with, before the work starts. Raises UserError if that is not to be had."""
    if cost == "arm64":
        from tools.phone import laboratory

        laboratory.prepare()


def part_prices(chain, task, cost: str) -> dict[str, float] | None:
    """Price of a run of each part in microseconds or in instructions; None for multiply-adds, which are known.

    chain: a `keras_models.base.Deployable`. task: whose training images its parts are calibrated on. cost: of CHOICES.
    """
    if cost == "macs":
        return None
    from tflite.conversion.chain_units import int8_units
    from tools.pipeline.sweep import with_tables

    images, _, groups = task.load("train[:1%]")
    # From end to end, for the images of several tasks lie one behind the other.
    rows = np.linspace(0, len(images) - 1, min(IMAGES, len(images))).astype(int)
    with native.quiet():
        values = task.values(images[rows], None if groups is None else groups[rows])
        return measure(int8_units(chain, with_tables(chain, values)), cost)


def measure(units: dict[str, bytes], cost: str) -> dict[str, float]:
    """What each unit takes: median microseconds here ("latency"), or instructions on the phone ("arm64").

    An invocation's own share is taken off, since units will be joined.
    """
    if cost == "arm64":
        from tools.phone import models

        return models.unit_instructions(units)
    from tflite.conversion import latency

    return latency.unit_latencies(units)
