"""Write the static network of a bundle's trunk as a bundle: one part, no exits, what a phone's chain is compared with.

All parts are linked to one model of the last answer; the heads and exits before it are left out. With --network it is
another bundle's network, such as a smaller one of tools/frontier.py, which is what one would deploy in the chain's
place. With --smaller it is cut short at the first exit that is as accurate as the chain at its default point, by what
tools/furnish.py has measured. Its accuracy is measured here, its multiply-adds are counted in the linked model, and its
self-test has the chain's own pictures.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, native
from tools.options import add_data_options, load_bundle

SUFFIX, SMALLER = "_static", "_smaller"  # the app looks for these names beside the chain's


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/static_network.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    text = "a static network that was trained alone, a bundle of tools/frontier.py, in the place of the bundle's trunk"
    parser.add_argument("--network", metavar="BUNDLE", help=text)
    text = "the cheapest network as accurate as the chain: cut short at an exit, or the one given"
    parser.add_argument("--smaller", action="store_true", help=text)
    parser.add_argument("--out", metavar="FOLDER", help="bundle folder (default: BUNDLE_static, or BUNDLE_smaller)")
    add_data_options(parser, split=None)
    parser.add_argument("--force", action="store_true", help="replace the bundle that is there")
    return parser


def exit_as_accurate(manifest) -> str:
    """The exit at which the network is cut short. Raises UserError if the bundle does not know of one."""
    from tools.reporting import furnishing

    point, compared = manifest.default_operating_point, manifest.provenance.get(furnishing.STATICS)
    if not compared:
        raise console.UserError("expected a bundle that tools/furnish.py has furnished, received another one")
    accuracy = compared["points"][point]
    found = furnishing.as_accurate(compared["networks"], accuracy)
    if found is None or not found["name"].startswith(furnishing.CUT_AT):
        told = "none" if found is None else found["name"]
        raise console.UserError(f"expected an exit as accurate as {point} ({accuracy:.2%}), received {told}")
    return found["name"].removeprefix(furnishing.CUT_AT)


def command(options: argparse.Namespace) -> None:
    """Writes the bundle with a card for people, and says what it is."""
    from tflite import baselines
    from tflite.bundle import places, replacing
    from tools.reporting import samples

    bundle, source = load_bundle(options.bundle), places.absolute(options.bundle)
    network = load_bundle(options.network) if options.network else bundle
    suffix = SMALLER if options.smaller else SUFFIX
    cut = exit_as_accurate(bundle.manifest) if options.smaller and not options.network else None
    out = Path(options.out or source.with_name(places.plain_name(source.name.removesuffix(".zip"), suffix)))
    places.check_new(out, options.force, source)
    split = options.split or bundle.manifest.provenance.get("held_out_split", "test")
    data = samples.load(bundle.manifest, options.dataset, split, options.limit)
    samples.check_fit(network.manifest, data.task)
    name, static = bundle.manifest.name, places.plain_name(bundle.manifest.name, suffix)
    kept = f"{out} is not written, and what was there is as it was"
    with console.keeping(kept), replacing.folder_in_place(out, options.force, source) as draft, native.quiet():
        images = console.progress(data.images, "measuring the accuracy")
        made = baselines.write_static_bundle(network, draft, static, images, data.labels, bundle, cut)
        ((point,), (part,)) = made.operating_points, made.parts.values()
        accuracy, macs = point.accuracy, int(point.costs["macs"])
        linked = "All parts" if cut is None else f"The parts up to {cut}"
        card = (
            f"# {static}\n\n{linked} of `{network.manifest.name}` linked to one network without exits: what the chain "
            f"`{name}` is compared with.\n\n"
            f"- {accuracy:.2%} of {len(data):,} images of {samples.place(data.described())} right\n"
            f"- {macs:,} multiply-adds for every image\n"
        )
        console.write_text(draft / "MODEL_CARD.md", card)
    console.say(
        f"wrote {out}: {accuracy:.2%} of {len(data):,} images right, {macs:,} multiply-adds, {part.bytes:,} bytes"
    )


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
