"""Make a bundle that a phone can be taught new classes out of a finished one: classes are means of its features.

The network stays as it is, up to a value of its program; what it was trained for becomes the first rows of a table, and
a few pictures of something new become another row, by `tools/teach.py` or on the app's Teach screen. How often the
nearest class is the right one is measured on pictures that neither the network nor the means have seen.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import shlex
from pathlib import Path

from tools import console, native
from tools.options import check_least, load_bundle

SUFFIX, SHOWN = "_teachable", 40


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/teachable.py", description=__doc__)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip of a network of one picture and one label")
    add("--at", metavar="VALUE", help="which features: a value of its program of rank 4 (default: the first there is)")
    add("--images", type=int, default=2000, metavar="N", help="training pictures for the means (default: %(default)s)")
    add("--test-images", type=int, metavar="N", help="test pictures to measure on (default: all)")
    add("--capacity", type=int, default=40, metavar="N", help="of the table, with those known (default: %(default)s)")
    add("--title", metavar="WORDS", help="what it is, for people")
    add("--question", metavar="WORDS", help="what it is asked, for people")
    add("--out", metavar="FOLDER", help=f"bundle folder (default: BUNDLE{SUFFIX})")
    add("--force", action="store_true", help="replace the bundle that is there")
    return parser


def measured(bundle, data) -> float:
    """The share of some pictures that the finished chain answers right."""
    from tflite.runtime.chain import Chain

    chain = Chain(bundle, warm_up=False)
    images = console.progress(data.images, "measuring the accuracy")
    right = sum(bool(chain.run(image).label == label) for image, label in zip(images, data.labels))
    return right / len(data)


def card(manifest, source, value: str, options, data, point) -> str:
    """What people read of it."""
    from tools.reporting import samples

    return (
        f"# {manifest.name}\n\nClasses are means of the features `{value}` of `{source.name}`: the nearest one is the "
        f"answer. A device adds classes by pictures.\n\n"
        f"- {point.accuracy:.2%} of {len(data):,} images of {samples.place(data.described())} right, by the "
        f"{len(manifest.tables['classes'].labels)} classes that it comes with, means of {options.images:,} training "
        f"images; the network itself may do better, for it was trained to\n"
        f"- {int(point.costs['macs']):,} multiply-adds for every image\n"
        f"- room for {options.capacity} classes\n"
    )


def means_of(bundle, value, steps, fit, capacity):
    """What the classes are, by pictures that the network may have been trained on."""
    from tflite.bundle import queries
    from tools.pipeline import prototypes

    labels, half = queries.labels(bundle.manifest), len(fit) // 2
    seen = prototypes.pooled(bundle, value, steps, console.progress(fit.images, "looking at training pictures"))
    # How sharp the answers are is told by pictures that are in none of the means.
    middle, rows = prototypes.class_means(seen[:half], fit.labels[:half], len(labels))
    sharpness = prototypes.likeliest(prototypes.unit(seen[half:] - middle) @ rows.T, fit.labels[half:])
    middle, rows = prototypes.class_means(seen, fit.labels, len(labels))
    return prototypes.Means(tuple(labels), rows, middle, sharpness, capacity)


def command(options: argparse.Namespace) -> None:
    """Writes the bundle with a card for people, and says what it is."""
    from tflite.bundle import places, queries, replacing
    from tools.pipeline import prototypes
    from tools.reporting import samples

    bundle, source = load_bundle(options.bundle), places.absolute(options.bundle)
    manifest, known = bundle.manifest, len(queries.labels(bundle.manifest))
    check_least(options, images=4 * known, capacity=known + 1)
    value, steps = prototypes.steps_to(manifest, options.at)
    out = Path(options.out or source.with_name(places.plain_name(source.name.removesuffix(".zip"), SUFFIX)))
    places.check_new(out, options.force, source)
    fit = samples.load(manifest, split="train", limit=options.images)
    data = samples.load(manifest, limit=options.test_images)
    kept = f"{out} is not written, and what was there is as it was"
    with console.keeping(kept), replacing.folder_in_place(out, options.force, source) as draft, native.quiet():
        means = means_of(bundle, value, steps, fit, options.capacity)
        name = places.plain_name(manifest.name, SUFFIX)
        accuracy = measured(prototypes.write(bundle, draft, name, value, steps, means), data)
        asked = ["--at", value, "--images", str(options.images), "--capacity", str(options.capacity)]
        command = f"python tools/teachable.py {shlex.join([f'bundles/{source.name}', *asked])}"
        told = {"features": value, "of": manifest.name, "command": command}
        words = {key: text for key in ("title", "question") if (text := getattr(options, key))}
        shown = data.images[:SHOWN], data.labels[:SHOWN]
        finished = prototypes.finish(draft, accuracy, len(data), *shown, told, words)
        (point,) = finished.operating_points
        console.write_text(draft / "MODEL_CARD.md", card(finished, manifest, value, options, data, point))
    console.say(
        f"wrote {out}: {accuracy:.2%} of {len(data):,} images right by the nearest class, "
        f"{int(point.costs['macs']):,} multiply-adds, {sum(part.bytes for part in finished.parts.values()):,} bytes "
        f"of parts, room for {options.capacity} classes"
    )


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
