"""MODEL_CARD.md: what a bundle is, what it reaches, and what quantization changed, for people."""

from __future__ import annotations

from ..bundle.manifest import ImageInput, LabelsOutput, Manifest


def write_card(manifest: Manifest, validation: dict) -> str:
    """The card's Markdown, from the manifest and the validation report."""
    made = manifest.provenance
    lines = [
        f"# {manifest.name}",
        "",
        f"A network that decides, image by image, how much of itself to run, as a chain of {len(manifest.parts)} "
        "TFLite parts: its program says which one runs next, and what is left out is not run.",
        "",
        f"- Task: {made['dataset']}; in: {_inputs(manifest)}; out: {_outputs(manifest)}",
        f"- Weights: {made['quantize']}; {sum(p.parameters for p in manifest.parts.values()):,} parameters, "
        f"{validation['bytes']:,} bytes",
        f"- Made by: `{made['command']}`",
        "",
        *_point_lines(manifest, validation),
        "",
        *_answer_lines(validation),
    ]
    if validation.get("calibration"):
        lines += ["", f"Calibration: {validation['calibration']['chosen']}."]
    lines += [f"Note: {note}." for note in validation.get("notes", ())]
    return "\n".join(lines) + "\n"


def _inputs(manifest: Manifest) -> str:
    shapes = {name: "x".join(map(str, manifest.values[name].shape[1:])) for name in manifest.inputs}
    kinds = {name: "picture" if isinstance(e, ImageInput) else "numbers" for name, e in manifest.inputs.items()}
    return ", ".join(f"{name} ({kinds[name]}, {shape})" for name, shape in shapes.items())


def _outputs(manifest: Manifest) -> str:
    outputs = manifest.outputs.items()
    means = {name: f"one of {len(o.labels)}" if isinstance(o, LabelsOutput) else "numbers" for name, o in outputs}
    return ", ".join(f"{name} ({meaning})" for name, meaning in means.items())


def _point_lines(manifest: Manifest, validation: dict) -> list[str]:
    lines = [
        "## Operating points",
        "",
        f"Measured on {manifest.operating_points[0].samples} images of {manifest.provenance['held_out_split']}, "
        "which nothing was trained on.",
        "",
        "| name | settings | accuracy | float | multiply-adds | share of full depth | decided otherwise |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = {row["name"]: row for row in validation["operating_points"]}
    for point in manifest.operating_points:
        settings = ", ".join(f"{name} {_shown(value)}" for name, value in point.parameters.items())
        lines.append(
            f"| {point.name} | {settings} | {point.accuracy:.2%} | {rows[point.name]['float_accuracy']:.2%} "
            f"| {point.costs['macs'] / 1e6:.2f} M | {rows[point.name]['share']:.1%} "
            f"| {rows[point.name]['decisions_moved']:.1%} |"
        )
    return lines


def _answer_lines(validation: dict) -> list[str]:
    lines = [
        "## Every answer, float against this bundle",
        "",
        "| answer | float | bundle | answers changed | confidence change |",
        "|---|---|---|---|---|",
    ]
    for row in validation["exits"]:
        lines.append(
            f"| {row['exit']} | {row['float_accuracy']:.2%} | {row['accuracy']:.2%} | {row['answers_changed']:.2%} "
            f"| {row['confidence_change']:.4f} |"
        )
    return lines


def _shown(value: float | tuple[float, ...]) -> str:
    """A parameter's value: a number, or a list of them in brackets."""
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, tuple) else f"{value:g}"
