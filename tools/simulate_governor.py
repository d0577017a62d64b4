"""Simulate the governor on devices that heat up, are disturbed, charge or lack gauges; write a page with a picture.

What is simulated are runs of real bundles: the times of their parts as measured here, with their spread, and what their
operating points do to real held-out images. --bundle measures one and keeps that as a profile, on which a simulation is
the same everywhere. Every point used alone on the same runs is what the governor is held against.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, machine
from tools.options import add_data_options, check_least


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/simulate_governor.py", description=__doc__)
    add = parser.add_argument
    text = "profiles to simulate (default: those in the folder of --out)"
    add("profiles", nargs="*", metavar="PROFILE", help=text)
    text = "measure a bundle, and write its profile into that folder; may be given more than once"
    add("--bundle", action="append", default=[], metavar="BUNDLE", help=text)
    add_data_options(parser, limit=3000)
    add("--runs", type=int, default=6000, help="of each stream, 30 in a second (default: %(default)s)")
    add("--targets", type=int, default=8, help="latency targets for each bundle (default: %(default)s)")
    text = "try other numbers for the latency ceiling, and add what they give to the page of the last simulation"
    add("--tries", action="store_true", help=text)
    add("--seed", type=int, default=0, help="of the streams (default: 0)")
    add("--out", metavar="FOLDER", default="docs/results/governor", help="page and picture (default: %(default)s)")
    return parser


@console.keeping("profiles that are written are kept")
def command(args: argparse.Namespace) -> None:
    """Measure what is asked for, simulate, and write."""
    from tflite.bundle import places

    check_least(args, runs=1000, targets=2, seed=0, limit=1)
    places.check_folder(args.out)
    from tools.studies import governor

    folder = Path(args.out)
    for bundle in args.bundle:
        data = {"dataset": args.dataset, "split": args.split, "limit": args.limit}
        console.say(f"wrote {governor.measure(bundle, folder, data, machine.command_line())}")
    profiles = governor.read_profiles(args.profiles, folder)
    if args.tries:
        from tools.studies import governor_tries

        (found, command), told = governor.read(folder), machine.command_line()
        governor_tries.measure(profiles, args.targets, args.runs, args.seed, folder, told)
        console.say(f"wrote {governor.write(found, profiles, folder, command)}")
        return
    found = governor.simulate(profiles, args.targets, args.runs, args.seed)
    console.say(f"wrote {governor.write(found, profiles, folder, machine.command_line())}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
