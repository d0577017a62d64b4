"""Pack bundles as .zip files, as the app takes them: each is checked and passes its self-test before it is packed.

`make apk BUNDLES="bundles/one bundles/two"` makes an app of them. Its benchmark compares a bundle with its static
network where that is among them (tools/static_network.py).
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import zipfile
from pathlib import Path

from tools import console, native
from tools.options import load_bundle

TIME = (1980, 1, 1, 0, 0, 0)  # of every file: the same bundle makes the same bytes


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/pack.py", description=__doc__)
    parser.add_argument("bundles", metavar="BUNDLE", nargs="+", help="folder or .zip")
    text = "folder of the .zip files, named as the bundles name themselves (default: %(default)s)"
    parser.add_argument("--out", metavar="FOLDER", default="bundles", help=text)
    parser.add_argument("--force", action="store_true", help="replace .zip files of bundles that are there")
    return parser


def check_use(bundle) -> None:
    """Raises UserError for a bundle that the app would list as refused, or that fails its self-test here."""
    import tflite
    from tflite.bundle import queries
    from tflite.program.remote import remote_parts

    manifest = bundle.manifest
    wanted = f"{bundle.path}: expected a bundle"
    if queries.picture(manifest) is None or not queries.labels(manifest):
        raise console.UserError(f"{wanted} that takes one picture and answers with labels or boxes, received another")
    if needed := remote_parts(manifest.programs["main"]):
        told = f"{needed[0]}, which runs elsewhere, and nothing to do otherwise"
        raise console.UserError(f"{wanted} that the phone can run alone, received {told}")
    if any(part.file is None for part in manifest.parts.values()):
        return  # its self-test may ask another machine: the app says so, and does not run it
    with native.quiet():
        problems = tflite.Chain(bundle).self_test()
    if problems:
        raise console.UserError(f"{wanted} that passes its self-test, received: {problems[0]}")


def targets(bundles: list, out: Path, force: bool) -> list[Path]:
    """The .zip of each bundle, checked before any is written. Raises UserError or PlaceError if one cannot be."""
    import tflite
    from tflite.bundle import places

    places.check_folder(out)
    files = [out / f"{bundle.manifest.name}.zip" for bundle in bundles]
    for file, bundle in zip(files, bundles, strict=True):
        if files.count(file) > 1:
            raise console.UserError(f"expected bundles of different names, received two of {bundle.manifest.name}")
        places.check_file(file, [bundle.path])
        if file.exists():
            if not force:
                raise console.UserError(f"{file} exists: expected a new file; give --force to replace it")
            tflite.Bundle.load(file)  # nothing but a bundle is replaced
    return files


def pack(bundle, file: Path) -> None:
    """Writes a bundle as a .zip, whole or not at all; one that is a .zip is copied."""
    from tflite.bundle import places

    own = places.bundle_files(bundle.path)
    with places.whole(file) as stream:
        if bundle.path.is_file():
            stream.write(bundle.path.read_bytes())
            return
        with zipfile.ZipFile(stream, "w") as archive:
            for path in sorted(bundle.path.rglob("*")):
                name = path.relative_to(bundle.path).as_posix()
                if path.is_file() and places.matches(name, own):
                    archive.writestr(zipfile.ZipInfo(name, TIME), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


@console.keeping("the .zip files that have been told are whole")
def command(options: argparse.Namespace) -> None:
    """Checks all, then packs them one by one."""
    bundles = [load_bundle(path) for path in options.bundles]
    for bundle in bundles:
        check_use(bundle)
    files = targets(bundles, Path(options.out), options.force)
    for bundle, file in zip(bundles, files, strict=True):
        pack(bundle, file)
        console.say(f"wrote {file} ({file.stat().st_size:,} bytes)")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
