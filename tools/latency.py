"""What the parts of a network take on this machine as int8 TFLite units: prices for policies that are to save time."""

from __future__ import annotations


def part_latencies(network, images) -> dict[str, float]:
    """Median latency of every part in microseconds: trunk parts as int8, deciding parts as float32.

    images: normalised, `[samples, h, w, c]`, to calibrate on. An invocation's own overhead is taken off,
    since parts will be joined.
    """
    from tflite.conversion import calibrate, execute, export, latency

    parts, program = network.parts(), network.program()
    floats = {name: export.export_unit(part.model, name) for name, part in parts.items()}
    steps = [step for step in execute.straight_steps(program) if not parts[step["part"]].decides]
    trunk = {step["part"]: floats[step["part"]] for step in steps}
    batch = execute.run_units(trunk, steps, execute.start_batch([], images, {}))
    seen = calibrate.observe(trunk, steps, batch)
    widest = calibrate.Candidate(len(images), 1.0)
    span = (float(images.min()), float(images.max()))
    units = floats | calibrate.quantize_units(trunk, calibrate.unit_ranges(trunk, steps, seen, widest, span))
    return latency.unit_latencies(units)
