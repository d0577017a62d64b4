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

from tools import console, native
from tools.options import add_data_options


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/static_network.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    parser.add_argument("--out", metavar="FOLDER", help="bundle folder (default: BUNDLE_static)")
    add_data_options(parser, split=None)
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def command(options: argparse.Namespace) -> int:
    """Writes the bundle, and says what it is."""
    import tflite
    from tflite.conversion.writer import folder_in_place
    from tools.reporting import samples, static_network

    source = Path(options.bundle)
    bundle = tflite.Bundle.load(source)
    beside = source.with_name(source.name.removesuffix(".zip") + static_network.SUFFIX)
    out = Path(options.out) if options.out else beside
    split = options.split or bundle.manifest.provenance.get("held_out_split", "test")
    data = samples.load(bundle.manifest, options.dataset, split, options.limit)
    with folder_in_place(out, options.force) as draft, native.quiet():
        made = static_network.write(bundle, data, draft)
    console.say(
        f"wrote {out}: {made['accuracy']:.2%} of {made['samples']:,} images right, {made['macs']:,} multiply-adds, "
        f"{made['bytes']:,} bytes"
    )
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
