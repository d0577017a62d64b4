"""The whole way in five steps: train a small network, convert it, run it under a budget, evaluate it, write its report.

Needs no download: the images are composed of scikit-learn's handwritten digits. A second call finds the trained network
and the bundle and goes on from there.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import shlex
import subprocess
import time
from pathlib import Path

from tools import console
from tools.options import check_out

PRESET = "epnet_digits"
IMAGES = "max_min_digits:test"
EXITS = "5,6,8,10,11"  # a fixed choice: what `auto` keeps depends on latencies, and of a tiny network it keeps one
TOOLS = Path(__file__).resolve().parent


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/demo.py", description=__doc__)
    parser.add_argument("--run", metavar="RUN", default="runs/demo", help="run folder (default: %(default)s)")
    parser.add_argument("--bundle", metavar="BUNDLE", default="bundles/demo", help="default: %(default)s")
    parser.add_argument("--report", metavar="FILE", default="reports/demo.html", help="default: %(default)s")
    parser.add_argument("--epochs", type=int, help="passes over the training images (default: the preset's)")
    parser.add_argument("--force", action="store_true", help="train and convert again, even if that is done already")
    return parser


def steps(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """What the demo does, in order: (what to tell, command line of a tool)."""
    epochs = [] if options.epochs is None else ["--epochs", str(options.epochs)]
    given = (options.run, options.bundle, options.report)
    run, bundle, report = (f"./{path}" if path.startswith("-") else path for path in given)  # no option of the tools
    convert = ["convert", run, "--out", bundle, "--exits", EXITS, "--force"]
    return [
        ("train a network with twelve exits, then its controllers", ["train", PRESET, *epochs, "--out", run]),
        ("split it, quantize it to int8, refit the controllers", convert),
        ("run it: every image goes as far as it needs", ["run", bundle, f"{IMAGES}:0-7"]),
        ("run it on a budget of 1 ms an image", ["run", bundle, f"{IMAGES}:0-3", "--latency-ms", "1"]),
        ("evaluate every operating point on the test images", ["evaluate", bundle]),
        ("write the report", ["report", bundle, "--out", report]),
    ]


def needed(command: list[str], options: argparse.Namespace) -> bool:
    """Whether a step has still to be done: a bundle that is newer than the network stays."""
    if command[0] != "convert" or options.force:
        return True
    manifest, model = Path(options.bundle, "manifest.json"), Path(options.run, "model.keras")
    return not (manifest.exists() and model.exists()) or manifest.stat().st_mtime < model.stat().st_mtime


def run_tool(command: list[str]) -> int:
    """Runs a tool as a process and returns its exit status; an interruption ends it too, when it has cleaned up."""
    with subprocess.Popen([sys.executable, str(TOOLS / f"{command[0]}.py"), *command[1:]]) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise


def check(options: argparse.Namespace) -> None:
    """Raises PlaceError, before the work, for a place that cannot be written or that holds something else."""
    from tflite.bundle import places
    from tools.pipeline import runs

    if options.force:
        places.check_new(options.run, True, kind="run", own=runs.own_files)
    else:
        places.check_folder(options.run)
    if needed(["convert"], options):
        places.check_new(options.bundle, True, options.run)
    check_out(options.report)


def train_anew(line: list[str], run: str) -> int:
    """Trains beside the run that is there and then takes its place; ends the demo if the training fails."""
    from tflite.bundle import replacing
    from tools.pipeline import runs

    with replacing.folder_in_place(run, True, kind="run", own=runs.own_files) as draft:
        if status := run_tool([*line[:-1], str(draft)]):
            raise SystemExit(status)
    return 0


def command(options: argparse.Namespace) -> int:
    """Does the steps, each announced with its command; stops at the first that fails, with its exit status."""
    check(options)
    begin = time.monotonic()
    plan = steps(options)
    for number, (text, line) in enumerate(plan, 1):
        console.say(f"\n[{number}/{len(plan)}, {time.monotonic() - begin:.0f} s] {text}")
        if not needed(line, options):
            console.say(f"{options.bundle} is converted already (--force does it again)")
            continue
        console.say(f"$ python tools/{line[0]}.py {shlex.join(line[1:])}")
        anew = line[0] == "train" and options.force
        if status := train_anew(line, options.run) if anew else run_tool(line):
            return status
    console.say(f"\ndone in {time.monotonic() - begin:.0f} s: open {options.report} in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
