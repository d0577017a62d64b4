"""Run a bundle on images and show how far each one went through the network."""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import sys

from tools import console, native

RUN, LEFT, SKIPPED = "■", "◆", "□"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/run.py",
        description=__doc__,
        epilog=f"The row of signs has one for every part: {RUN} run, {LEFT} run and left there, {SKIPPED} not run.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    parser.add_argument(
        "sources",
        metavar="IMAGE",
        nargs="+",
        help="image file, folder of images, or TASK:SPLIT:ROWS, such as max_min_digits:test:0,4-7",
    )
    parser.add_argument("--operating-point", metavar="NAME", help="of the bundle (default: the bundle's own)")
    add_setting_options(parser)
    parser.add_argument("--latency-ms", type=float, metavar="MS", help="answer within this time, as well as it can")
    parser.add_argument("--macs", type=float, metavar="N", help="spend at most this many multiply-adds on an image")
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    return parser


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """The options that set the program's parameters."""
    parser.add_argument("--kappa", type=float, metavar="PRICE", help="short for --set kappa=PRICE")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the program, on top of the operating point; a list as 0,1,0",
    )


def parameters(options: argparse.Namespace) -> dict:
    """The settings that --set and --kappa ask for, by name. Raises UserError for what is no number."""
    settings = {}
    for item in options.set:
        name, equals, text = item.partition("=")
        try:
            numbers = [float(number) for number in text.split(",")]
        except ValueError:
            numbers = []
        if not (name and equals and numbers):
            raise console.UserError(f"expected --set NAME=NUMBER or NAME=NUMBER,NUMBER,..., got {item!r}")
        settings[name] = numbers if len(numbers) > 1 else numbers[0]
    if options.kappa is not None:
        settings["kappa"] = options.kappa
    return settings


def path_signs(path, parts) -> str:
    """A sign for every part: run, the last one run, or not run."""
    run = set(path)
    return "".join(LEFT if name == path[-1] else RUN if name in run else SKIPPED for name in parts)


def describe(name: str, result, truth: int | None, labels) -> dict:
    """A result as plain data."""
    return {
        "image": name,
        "label": result.name,
        "probability": float(result.probabilities[result.label]),
        "truth": None if truth is None else labels[truth],
        "exit": result.exit,
        "reason": result.reason,
        "path": list(result.path),
        "macs": result.macs,
        "costs": result.costs,
        "elapsed_ms": result.elapsed_ms,
        "operating_point": result.operating_point,
    }


def line(described: dict, parts) -> str:
    """A result in one line for people."""
    truth = described["truth"]
    mark = "" if truth is None else " (right)" if truth == described["label"] else f" (wrong: {truth})"
    return (
        f"{described['image']}: {described['label']} {described['probability']:.1%}{mark}  "
        f"{path_signs(described['path'], parts)}  {console.count(described['macs'])} multiply-adds, "
        f"{described['elapsed_ms']:.2f} ms, {described['exit']} ({described['reason']})"
    )


def command(options: argparse.Namespace) -> int:
    """Runs every image."""
    import tflite
    from tools import programs, samples

    settings = parameters(options)
    budget = None
    if options.latency_ms is not None or options.macs is not None:
        budget = tflite.Budget(latency_ms=options.latency_ms, macs=options.macs)
    with native.quiet():
        chain = tflite.Chain.load(options.bundle)
    parts, labels = programs.parts(chain.manifest.program), chain.manifest.task.labels
    collected = []
    for source in options.sources:
        for name, image, truth in samples.find(source):
            result = chain.run(image, budget, options.operating_point, settings)
            described = describe(name, result, truth, labels)
            collected.append(described)
            if not options.json:
                console.say(line(described, parts))
    if options.json:
        console.print_json(collected)
    return 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
