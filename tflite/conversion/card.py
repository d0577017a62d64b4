"""MODEL_CARD.md: what a bundle is, what it reaches, and what quantization changed, for people."""

from __future__ import annotations

from ..bundle.manifest import BoxesOutput, BoxInput, ImageInput, LabelsOutput, Manifest, RowOutput
from .table import Table

PROMISE = (
    " On as many others as there are to test on a point loses at most what it may lose against full depth, in 19 of 20 "
    "cases; one of which these images cannot tell that is left out. Full depth is this network run whole, not the "
    "smaller static one that would be as accurate."
)


def write_card(manifest: Manifest, validation: dict) -> str:
    """The card's Markdown, from the manifest and the validation report."""
    made = manifest.provenance
    asked = f"{manifest.question} " if manifest.question else ""
    lines = [
        f"# {manifest.title or manifest.name}",
        "",
        f"{asked}A network that decides, image by image, how much of itself to run, as a chain of "
        f"{len(manifest.parts)} TFLite parts: its program says which one runs next, and what is left out is not run.",
        "",
        f"- Bundle: {manifest.name}",
        f"- Task: {made['dataset']}; in: {_inputs(manifest)}; out: {_outputs(manifest)}",
        f"- Weights: {made['quantize']}; {sum(p.parameters for p in manifest.parts.values()):,} parameters, "
        f"{validation['bytes']:,} bytes",
        f"- Made by: `{made['command']}`",
        "",
        *_points(manifest, validation),
        "",
        *_answers(validation),
    ]
    if validation.get("calibration"):
        lines += ["", f"Calibration: {validation['calibration']['chosen']}."]
    lines += [f"Note: {note}." for note in validation.get("notes", ())]
    return "\n".join(lines) + "\n"


def _inputs(manifest: Manifest) -> str:
    shapes = {name: "x".join(map(str, manifest.values[name].shape[1:])) for name in manifest.inputs}
    words = {ImageInput: "picture", BoxInput: "box"}
    kinds = {name: words.get(type(entry), "numbers") for name, entry in manifest.inputs.items()}
    return ", ".join(f"{name} ({kinds[name]}, {shape})" for name, shape in shapes.items())


def _outputs(manifest: Manifest) -> str:
    outputs = manifest.outputs.items()
    means = {name: _meaning(manifest, output) for name, output in outputs}
    return ", ".join(f"{name} ({meaning})" for name, meaning in means.items())


def _meaning(manifest: Manifest, output) -> str:
    if isinstance(output, LabelsOutput | BoxesOutput):
        words = "boxes of" if isinstance(output, BoxesOutput) else "one of"
        labels = output.labels if output.table is None else manifest.tables[output.table].labels
        return f"{words} {len(labels)}" + ("" if output.table is None else " that a device may add to")
    return f"a row of {output.table}" if isinstance(output, RowOutput) else "numbers"


def _points(manifest: Manifest, validation: dict) -> list[str]:
    header = ["name", "settings", "may lose", "accuracy", "float", "multiply-adds", "share of full depth"]
    header += ["decided otherwise"]
    found, rows = {row["name"]: row for row in validation["operating_points"]}, []
    for point in manifest.operating_points:
        settings = ", ".join(f"{name} {_shown(value)}" for name, value in point.parameters.items())
        reached = [f"{point.accuracy:.2%}", f"{found[point.name]['float_accuracy']:.2%}"]
        shares = [f"{found[point.name][key]:.1%}" for key in ("share", "decisions_moved")]
        promised = found[point.name].get("may_lose")
        promise = "" if promised is None else f"{promised:g} points"
        rows.append([point.name, settings, promise, *reached, f"{point.costs['macs'] / 1e6:.2f} M", *shares])
    measured = (
        f"Measured on {manifest.operating_points[0].samples} images of {manifest.provenance['held_out_split']}, "
        "which nothing was trained on."
    )
    if any(row.get("may_lose") is not None for row in found.values()):
        measured += PROMISE
    if "accuracy" in validation:
        measured += f" Accuracy is the {validation['accuracy']}."
    return ["## Operating points", "", measured, "", Table(header, rows, "l" * len(header)).markdown()]


def _answers(validation: dict) -> list[str]:
    header, shares = ["answer", "float", "bundle", "answers changed"], ("float_accuracy", "accuracy", "answers_changed")
    rows = [
        [row["exit"], *(f"{row[key]:.2%}" for key in shares), f"{row['confidence_change']:.4f}"]
        for row in validation["exits"]
    ]
    table = Table([*header, "confidence change"], rows, "lllll")
    return ["## Every answer, float against this bundle", "", table.markdown()]


def _shown(value: float | tuple[float, ...]) -> str:
    """A parameter's value: a number, or a list of them in brackets."""
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, tuple) else f"{value:g}"
