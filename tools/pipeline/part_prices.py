"""What the parts of a network take as int8 TFLite units, which is what its policies are to save (--cost)."""

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

    Args:
        chain: a network, or what is deployed of it (`keras_models.base.Deployable`).
        task: whose training images the parts are calibrated on.
        cost: one of CHOICES.
    """
    if cost == "macs":
        return None
    images, _, _ = task.load("train[:1%]")
    with native.quiet():
        return measure(int8_units(chain, task.normalise(images[:IMAGES])), cost)


def measure(units: dict[str, bytes], cost: str) -> dict[str, float]:
    """What each unit takes: median microseconds here ("latency"), or instructions on the phone ("arm64").

    An invocation's own share is taken off, since units will be joined.
    """
    if cost == "arm64":
        from tools.phone import models

        return models.unit_instructions(units)
    from tflite.conversion import latency

    return latency.unit_latencies(units)


def int8_units(chain, images) -> dict[str, bytes]:
    """Every part as a TFLite model: those of the trunk as int8, deciding ones as float32.

    images: normalised, `[samples, h, w, c]`, to calibrate on.
    """
    from tflite.conversion import calibrate, export, passes, ranges
    from tflite.conversion.unit_chain import UnitChain

    parts, program = chain.parts(), passes.without_exit_rules(chain.program())
    floats = {name: export.export_unit(part.model, name) for name, part in parts.items()}
    defaults = {name: {"default": knob.default} for name, knob in chain.parameters().items()}
    ran = {step["part"] for step in passes.run_steps(program)}
    trunk = {name: floats[name] for name, part in parts.items() if name in ran and not part.keep_float}
    seen = calibrate.observe(UnitChain(program, floats, defaults).session(images), trunk)
    widest = calibrate.Candidate(len(images), 1.0)
    span = (float(images.min()), float(images.max()))
    return floats | ranges.quantize_units(trunk, ranges.unit_ranges(trunk, program, seen, widest, span))
