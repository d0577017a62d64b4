"""A phone and its server half in two minutes: train a small CiNet, serve its cloud part on loopback, answer images with
it, kill it, and go on without. A second call finds the bundle and goes on from there.
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

PRESET = "cinet_digits"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/serve_demo.py", description=__doc__)
    add = parser.add_argument
    add("--bundle", metavar="BUNDLE", default="bundles/serve_demo", help="made if there is none (default: %(default)s)")
    add("--run", metavar="RUN", default="runs/serve_demo", help="run folder of the training (default: %(default)s)")
    add("--epochs", type=int, metavar="N", help="passes over the training images (default: the preset's)")
    add("--images", metavar="IMAGE", help="file, folder, or TASK:SPLIT:ROWS (default: eight of the preset's task)")
    add("--latency-ms", type=float, default=200.0, metavar="MS", help="of an answer (default: %(default)g)")
    add("--json", action="store_true", help="print the answers as JSON")
    return parser


def make_bundle(options: argparse.Namespace) -> int:
    """Trains and converts where the bundle is not there; returns the exit status."""
    from tools.demo import run_tool

    epochs = [] if options.epochs is None else ["--epochs", str(options.epochs)]
    for line in (["train", PRESET, *epochs, "--out", options.run], ["convert", options.run, "--out", options.bundle]):
        console.say(f"$ python tools/{line[0]}.py {shlex.join(line[1:])}")
        if status := run_tool(line):
            return status
    return 0


def images_of(options: argparse.Namespace, labels: list[str]) -> list[tuple]:
    """(name, image, label or None) of each image."""
    from tools.reporting import samples

    source = options.images
    if source is None:
        from keras_models import presets

        source = f"{presets.get(PRESET)['task']}:test:0-7"
    found = [image for file in samples.files_of(source) for image in samples.find(file)]
    return [(name, image, None if truth is None else labels[truth]) for name, image, truth in found]


def command(options: argparse.Namespace) -> int:
    """Shows both ways; exit status 1 where an image was not answered on the server and then here."""
    if not Path(options.bundle, "manifest.json").exists() and (status := make_bundle(options)):
        return status
    with native.quiet():
        import tflite
        from tflite.bundle import queries
        from tools.serving.demo import with_and_without

        labels = list(queries.labels(tflite.Bundle.load(options.bundle).manifest))
        images = images_of(options, labels)
    there, here = with_and_without(options.bundle, images, options.latency_ms, console.say)
    right = [sum(answer.truth == answer.label for answer in every) for every in (there, here)]
    sent = sum(sum(answer.bytes) for answer in there)
    known = "" if there[0].truth is None else f", {right[0]} of them right and {right[1]} without it"
    console.say(f"{sum(answer.there for answer in there)} of {len(there)} answered on the server ({sent} B){known}")
    if options.json:
        console.print_json([[answer._asdict() for answer in every] for every in (there, here)])
    return 0 if all(answer.there for answer in there) and not any(answer.there for answer in here) else 1


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
