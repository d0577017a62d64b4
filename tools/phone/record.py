"""Which images weigh the counts of `tools/phone_check.py`, and the counts written into the bundle."""

import msgspec

import tflite
from tflite.bundle import write_manifest
from tflite.bundle.places import check_folder
from tools import console
from tools.phone.models import UNIT, with_counts
from tools.reporting import samples

FILE = "phone_check.json"  # beside the manifest


def load_images(
    manifest: tflite.Manifest, dataset: str | None, split: str | None, limit: int | None
) -> samples.Samples | None:
    """The images that say how often each way is taken, as `samples.load` loads them; None where no dataset is named.

    No split is the one on which the bundle's operating points were measured. Raises UserError if a split or a limit is
    given, but no dataset is known.
    """
    provenance = manifest.provenance
    if dataset is None and not isinstance(provenance.get("dataset"), str):
        if split or limit is not None:
            raise console.UserError("expected --dataset with --split and --limit: the bundle names none, received none")
        return None
    return samples.load(manifest, dataset, split or provenance.get("held_out_split", "test"), limit)


def check_writable(bundle: tflite.Bundle, chosen: bool) -> None:
    """Raises UserError if counts cannot be written into a bundle: it is no folder, or other images are `chosen`."""
    if not bundle.path.is_dir():
        raise console.UserError(f"expected a folder with --write, received {bundle.path}")
    check_folder(bundle.path)
    if chosen:
        raise console.UserError(
            "expected --write without --dataset, --split and --limit: costs in a manifest belong to the images on "
            "which its operating points were measured, received one of them"
        )


def write(bundle: tflite.Bundle, report: dict) -> None:
    """Puts the counts of a report into manifest.json, as the cost `arm64_instructions`, and the report beside it."""
    manifest = bundle.manifest
    parts, chains = ({row["name"]: row["instructions"] for row in report[key]} for key in ("parts", "chains"))
    points = with_counts({point.name: point for point in manifest.operating_points}, chains)
    source = {key: report[key] for key in ("library", "processor", "qemu", "dataset", "split", "samples")}
    provenance = {**manifest.provenance, UNIT: source}
    changed = {"parts": with_counts(manifest.parts, parts), "operating_points": tuple(points.values())}
    write_manifest(bundle.path, msgspec.structs.replace(manifest, **changed, provenance=provenance))
    console.write_text(bundle.path / FILE, console.as_json(report))
