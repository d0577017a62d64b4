"""Put into a bundle what stands beside it for people: samples, static networks on the same images, and its memory.

The samples are labelled held-out images to show and to measure with: of all, in the order of what they cost, every
n-th, so that their mean cost is that of all. The static networks are the bundle's own, cut short at each exit, and
those given. The app's sentences, its benchmark and the model card use them. Nothing else of the bundle changes.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import shutil

from tools import console, native
from tools.options import add_data_options, check_least, load_bundle


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/furnish.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="a folder")
    text = "a static network that was trained alone, a bundle of tools/frontier.py; may be given more than once"
    parser.add_argument("--network", action="append", default=[], metavar="BUNDLE", help=text)
    parser.add_argument("--samples", type=int, default=128, metavar="N", help="at most (default: %(default)s)")
    add_data_options(parser, split=None)
    return parser


@console.keeping("the bundle is as it was")
def command(options: argparse.Namespace) -> None:
    """Measures, writes, and says what."""
    from tflite.bundle import places, replacing
    from tools.reporting import furnishing, samples

    check_least(options, samples=1)
    bundle, networks = load_bundle(options.bundle), [load_bundle(place) for place in options.network]
    if not bundle.path.is_dir():
        raise console.UserError(f"expected a bundle in a folder, which can be added to, received {options.bundle}")
    folder = places.absolute(options.bundle)
    places.check_new(folder, True)
    split = options.split or bundle.manifest.provenance.get("held_out_split", "test")
    data = samples.load(bundle.manifest, options.dataset, split, options.limit)
    for network in networks:
        samples.check_fit(network.manifest, data.task)
    with replacing.folder_in_place(folder, True) as draft, native.quiet():
        shutil.copytree(folder, draft, dirs_exist_ok=True)
        told = furnishing.furnish(draft, data, networks, options.samples)
    for sentence in told:
        console.say(sentence)
    console.say(f"wrote {folder}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
