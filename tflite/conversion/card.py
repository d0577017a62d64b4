"""MODEL_CARD.md: what a bundle is, what it reaches, and what quantization changed, for people."""

from __future__ import annotations

from ..bundle.manifest import Manifest


def write_card(manifest: Manifest, validation: dict) -> str:
    """The card's Markdown, from the manifest and the validation report."""
    made = manifest.provenance
    shape = "x".join(map(str, manifest.input.shape))
    lines = [
        f"# {manifest.name}",
        "",
        f"A network with early exits as a chain of {len(manifest.parts)} TFLite parts: it runs one after the other, "
        "and leaves as soon as its program says that going on is not worth the price.",
        "",
        f"- Task: {made['dataset']}, {len(manifest.task.labels)} classes, images of {shape}",
        f"- Weights: {made['quantize']}; {sum(p.parameters for p in manifest.parts.values()):,} parameters, "
        f"{validation['bytes']:,} bytes",
        f"- Made by: `{made['command']}`",
        "",
        "## Operating points",
        "",
        f"Measured on {manifest.operating_points[0].samples} images of {made['held_out_split']}, "
        "which nothing was trained on.",
        "",
        "| name | settings | accuracy | float | multiply-adds | share of the full chain |",
        "|---|---|---|---|---|---|",
    ]
    full = sum(part.costs["macs"] for part in manifest.parts.values())
    floats = {row["name"]: row["float_accuracy"] for row in validation["operating_points"]}
    for point in manifest.operating_points:
        settings = ", ".join(f"{name} {value:g}" for name, value in point.parameters.items())
        lines.append(
            f"| {point.name} | {settings} | {point.accuracy:.2%} | {floats[point.name]:.2%} "
            f"| {point.costs['macs'] / 1e6:.2f} M | {point.costs['macs'] / full:.1%} |"
        )
    lines += [
        "",
        "## Every exit, float against this bundle",
        "",
        "| exit | float | bundle | answers changed | confidence change |",
        "|---|---|---|---|---|",
    ]
    for row in validation["exits"]:
        lines.append(
            f"| {row['exit']} | {row['float_accuracy']:.2%} | {row['accuracy']:.2%} | {row['answers_changed']:.2%} "
            f"| {row['confidence_change']:.4f} |"
        )
    if validation.get("calibration"):
        lines += ["", f"Calibration: {validation['calibration']['chosen']}."]
        lines += [f"Note: {note}." for note in validation["calibration"].get("notes", [])]
    return "\n".join(lines) + "\n"
