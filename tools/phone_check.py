"""Run a bundle on the phone's own TensorFlow Lite, without a phone, and count the instructions that it executes there.

Every part and every golden path runs on the arm64-v8a library of the APK under QEMU. The numbers are exact and the same
in every run. Instructions are not time and not energy: a processor does several at once, and waits for memory.
"""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
import sys

from tools import console, machine
from tools.evaluate import add_data_options
from tools.phone import laboratory, table

FILE = "phone_check.json"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/phone_check.py",
        description=__doc__,
        epilog=f"It needs QEMU and an arm64 compiler; on Debian or Ubuntu: apt-get install {laboratory.PACKAGES}",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    kinds = ", ".join(f"{name}: {what}" for name, (_, what) in laboratory.PROCESSORS.items())
    parser.add_argument(
        "--processor",
        choices=laboratory.PROCESSORS,
        default=laboratory.DEFAULT_PROCESSOR,
        help=f"whose kernels (default: %(default)s); {kinds}",
    )
    add_data_options(parser, split=None)
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"put the counts into the manifest, beside the multiply-adds, and all of it into {FILE} for the report",
    )
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    parser.add_argument(
        "--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown"
    )
    return parser


def load_data(manifest, options: argparse.Namespace):
    """The images that say how often each way is taken; None for a bundle that names no dataset."""
    from tools import samples

    provenance = manifest.provenance
    if options.dataset is None and not isinstance(provenance.get("dataset"), str):
        if options.split or options.limit is not None:
            raise console.UserError("expected --dataset with --split and --limit: the bundle names none, got none")
        return None
    return samples.load(
        manifest, options.dataset, options.split or provenance.get("held_out_split", "test"), options.limit
    )


def check_write(bundle, options: argparse.Namespace) -> None:
    """Raises UserError if what was asked for cannot be written into the bundle."""
    if not bundle.path.is_dir():
        raise console.UserError(f"expected a folder with --write, got {bundle.path}")
    if options.dataset or options.split or options.limit is not None:
        raise console.UserError(
            "expected --write without --dataset, --split and --limit: costs in a manifest belong to the images on "
            "which its operating points were measured, got one of them"
        )


def write(bundle, report: dict) -> None:
    """Puts the counts into manifest.json, as the cost `arm64_instructions`, and the report beside it."""
    import msgspec

    from tflite.bundle import write_manifest
    from tools.phone.models import UNIT

    def costing(entries, found):
        counted = {row["name"]: row["instructions"] for row in found}
        return [
            msgspec.structs.replace(entry, costs={**entry.costs, UNIT: counted[name]})
            for name, entry in entries.items()
        ]

    manifest = bundle.manifest
    parts = dict(zip(manifest.parts, costing(manifest.parts, report["parts"]), strict=True))
    points = costing({point.name: point for point in manifest.operating_points}, report["chains"])
    source = {key: report[key] for key in ("library", "processor", "qemu", "dataset", "split", "samples")}
    provenance = {**manifest.provenance, UNIT: source}
    write_manifest(
        bundle.path,
        msgspec.structs.replace(manifest, parts=parts, operating_points=tuple(points), provenance=provenance),
    )
    console.write_text(bundle.path / FILE, json.dumps(console.plain(report), indent=1) + "\n")


def command(options: argparse.Namespace) -> int:
    """Counts, prints, and writes; returns 1 if a golden path ends elsewhere on the phone."""
    lab = laboratory.prepare(options.processor)
    import tflite

    bundle = tflite.Bundle.load(options.bundle)
    if options.write:
        check_write(bundle, options)
    data = load_data(bundle.manifest, options)
    from tools.phone import chains

    found = chains.cost(bundle, data, lab)
    report = {**found, "command": machine.command_line(), "machine": machine.describe()}
    encoded = json.dumps(console.plain(report), indent=1)
    if options.write:
        write(bundle, report)
    if options.out:
        console.write_text(options.out, encoded + "\n" if options.out.endswith(".json") else table.markdown(report))
    if options.json:
        console.print_json(report)
    else:
        console.say(table.text(report))
    return 1 if found["goldens"]["problems"] else 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
