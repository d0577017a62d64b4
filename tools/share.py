"""Store what the parts of a bundle have in common once: a pool of filters, and tables of which part has which.

A bundle of several tasks that share filters gets smaller to send and to keep. With --restore its parts are made of the
shared form again, byte for byte, in a folder; a bundle's manifest says by their SHA-256 that they are its own.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console
from tools.options import check_out, load_bundle


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/share.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip; with --restore a file that --out has written")
    parser.add_argument("--out", metavar="FILE", help="write the shared form there; without it only sizes are told")
    parser.add_argument("--restore", metavar="FOLDER", help="write the files of a shared form into a new folder")
    parser.add_argument("--json", action="store_true", help="print the sizes as JSON")
    return parser


def sizes(files: dict[str, bytes], shared: bytes) -> dict:
    """What the parts and their shared form take, in bytes, and how many rows of weights they have and differ in."""
    from tflite.graph import shared_rows

    rows = list(shared_rows.in_common(files))
    return {
        "parts": len(files),
        "bytes": sum(map(len, files.values())),
        "shared_bytes": len(shared),
        "rows": [{"bytes": row, "rows": count, "different": different} for row, count, different in rows],
    }


def restore(file: str, folder: str) -> None:
    """Write the files of a shared form into a new folder. Raises UserError if it is none, or the folder is there."""
    from tflite.bundle import places
    from tflite.graph import shared_rows

    target = places.check_folder(folder)
    if target.exists() and any(target.iterdir()):
        raise console.UserError(f"expected a new or empty folder, received {target}")
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise console.UserError(f"expected a shared form, received {file}: {error.strerror}") from None
    made = shared_rows.restore(content)
    for name, part in made.items():
        place = (target / name).resolve()
        if not place.is_relative_to(target.resolve()):
            raise console.UserError(f"expected names inside of the folder, received {name!r}")
        place.parent.mkdir(parents=True, exist_ok=True)
        with places.whole(place) as stream:
            stream.write(part)
    console.say(f"wrote {len(made)} files into {target}")


@console.keeping("what has been written is whole")
def command(args: argparse.Namespace) -> None:
    """Tell the sizes, and write what was asked for."""
    from tflite.bundle import places
    from tflite.graph import shared_rows

    if args.restore:
        restore(args.bundle, args.restore)
        return
    check_out(args.out, args.bundle)
    bundle = load_bundle(args.bundle)
    names = dict.fromkeys(part.file for part in bundle.manifest.parts.values() if part.file)
    files = {name: bundle.read(name) for name in names}
    shared = shared_rows.share(files)
    found = sizes(files, shared)
    if args.json:
        console.print_json(found)
    else:
        for row in found["rows"]:
            console.say(f"rows of {row['bytes']:,} bytes: {row['rows']:,}, of which {row['different']:,} differ")
        console.say(f"{found['parts']} parts of {found['bytes']:,} bytes, shared {found['shared_bytes']:,}")
    if args.out:
        with places.whole(args.out) as stream:
            stream.write(shared)
        console.say(f"wrote {args.out}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
