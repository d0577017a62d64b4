"""Write the static network of a bundle's trunk as a bundle: one part, no exits, what a phone's chain is compared with.

All parts are linked to one model of the last answer; the heads and exits before it are left out. Its accuracy is
measured here, its multiply-adds are counted in the linked model, and its self-test has the chain's own pictures.
"""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import sys
from pathlib import Path

from tools import console
from tools.evaluate import add_data_options

SUFFIX = "_static"  # the app looks for this name beside the chain's


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/static_network.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    parser.add_argument("--out", metavar="FOLDER", help=f"bundle folder (default: BUNDLE{SUFFIX})")
    add_data_options(parser, split=None)
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def write(bundle, data, folder) -> dict:
    """Writes the static network of a bundle into a folder.

    Args:
        bundle: the chain's `Bundle`.
        data: `samples.Samples` on which its accuracy is measured.
        folder: an empty folder.

    Returns:
        {"name", "accuracy", "samples", "macs", "bytes"}.

    Raises:
        BaselineError: the program branches, repeats or crops, so that no static network equals it.
    """
    from tflite import baselines

    name = bundle.manifest.name
    images = console.progress(data.images, "measuring the accuracy")
    made = baselines.write_static_bundle(bundle, folder, name + SUFFIX, images, data.labels)
    ((point,), (part,)) = made.operating_points, made.parts.values()
    accuracy, macs = point.accuracy, int(point.costs["macs"])
    (Path(folder) / "MODEL_CARD.md").write_text(
        f"# {name}{SUFFIX}\n\nAll parts of `{name}` linked to one network without exits: what its chain is compared "
        f"with.\n\n- {accuracy:.2%} of {len(data):,} images of {data.task}:{data.split} right\n"
        f"- {macs:,} multiply-adds for every image\n",
        encoding="utf-8",
    )
    return {"name": name + SUFFIX, "accuracy": accuracy, "samples": len(data), "macs": macs, "bytes": part.bytes}


def command(options: argparse.Namespace) -> int:
    """Writes the bundle, and says what it is."""
    import tflite
    from tflite.conversion.writer import folder_in_place
    from tools import samples

    source = Path(options.bundle)
    bundle = tflite.Bundle.load(source)
    out = Path(options.out) if options.out else source.with_name(source.name.removesuffix(".zip") + SUFFIX)
    split = options.split or bundle.manifest.provenance.get("held_out_split", "test")
    data = samples.load(bundle.manifest, options.dataset, split, options.limit)
    with folder_in_place(out, options.force) as draft, console.quiet_native():
        made = write(bundle, data, draft)
    console.say(
        f"wrote {out}: {made['accuracy']:.2%} of {made['samples']:,} images right, {made['macs']:,} multiply-adds, "
        f"{made['bytes']:,} bytes"
    )
    return 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
