"""Run a bundle on images and show how far each one went through the network."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from collections.abc import Callable, Iterator, Sequence

from tools import console, native, taught
from tools.options import add_setting_options, load_bundle, settings
from tools.reporting.answers import LEFT, RUN, SKIPPED, describe, line
from tools.serving.options import TOKEN


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    text = f"{__doc__} Exit status: 0; 1 if some images had no answer (they are named); 2 if none had."
    signs = f"The row of signs has one for every part: {RUN} run, {LEFT} run and its answer given, {SKIPPED} not run."
    parser = argparse.ArgumentParser(prog="tools/run.py", description=text, epilog=signs)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip")
    text = "image file, folder of images, or TASK:SPLIT:ROWS, such as max_min_digits:test:0,4-7"
    add("sources", metavar="IMAGE", nargs="+", help=text)
    add("--operating-point", metavar="NAME", help="of the bundle (default: the bundle's own)")
    add_setting_options(parser)
    taught.add_option(parser)
    add("--latency-ms", type=float, metavar="MS", help="answer within this time, as well as it can")
    add("--macs", type=float, metavar="N", help="spend at most this many multiply-adds on an image")
    text = f"asks it for parts that run elsewhere (docs/server.md); its token is {TOKEN} of the environment"
    add("--server", metavar="ADDRESS", help=text)
    add("--json", action="store_true", help="print results as JSON")
    return parser


def answers(source: str, ask: Callable, labels: Sequence[str]) -> Iterator[dict]:
    """Yields what `ask(image)` says of every image of a source; one that cannot be read or run is named instead."""
    from tools.reporting import samples

    for file in samples.files_of(source):
        try:
            for name, image, truth in samples.find(file):
                yield describe(name, ask(image), truth, labels)
        except Exception as error:
            if not console.is_own(error):
                raise
            yield {"image": file, "error": console.complain(error, file)}


def command(options: argparse.Namespace) -> int:
    """Runs every image."""
    import tflite
    from tflite.bundle import queries
    from tflite.remote.client import HttpRemote
    from tflite.runtime.settings import Settings

    given = settings(options.set)
    budget = None
    if options.latency_ms is not None or options.macs is not None:
        budget = tflite.Budget(latency_ms=options.latency_ms, macs=options.macs)
    with native.quiet():
        bundle = load_bundle(options.bundle)
        # What the self-test expects was made with the server half or without: with another one it says nothing.
        remote = None if options.server is None else HttpRemote(bundle, options.server, os.environ.get(TOKEN))
        chain = tflite.Chain(bundle, remote=remote, self_test=remote is None)
        taught.load(chain.tables, options.tables)
    manifest, prepare, collected = chain.manifest, chain.preparer(), []

    def ask(image):
        """The picture is there before the question: making it fit is not what the budget pays for."""
        return chain.run(prepare(image), budget, options.operating_point, given)

    Settings(manifest).select(options.operating_point, given)  # what holds for all images is refused at once
    for source in options.sources:
        for described in answers(source, ask, queries.labels(manifest)):
            collected.append(described)
            if not options.json and "error" not in described:
                console.say(line(described, manifest.programs["main"]))
    if remote is not None:
        remote.close()
    if options.json:
        console.print_json(collected)
    failed = sum("error" in entry for entry in collected)
    return 0 if not failed else 1 if failed < len(collected) else 2


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
