"""Put load on the server half of a bundle, on loopback: requests a second, p50, p99, with batches and replicas."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import json
from pathlib import Path

from tools import console, machine, native
from tools.options import check_least, check_page

MOST = {"requests": 100_000, "connections": 256, "replicas": 16, "batch": 64, "seconds": 600}


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/serve_load.py", description=__doc__)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", nargs="?", help="folder with a server/")
    add("--page", metavar="JSON", help="draw the page of numbers that were measured before, instead of measuring")
    add("--requests", type=int, default=2000, metavar="N", help="of each server and load (default: %(default)s)")
    text = "requests at once, one load each (default: %(default)s)"
    add("--connections", type=int, nargs="+", default=[1, 4, 16, 64], metavar="N", help=text)
    add("--replicas", type=int, nargs="+", default=[1, 2], metavar="N", help="processes (default: %(default)s)")
    add("--batch", type=int, default=8, metavar="N", help="the largest batch, beside none (default: %(default)s)")
    add("--seconds", type=int, default=30, metavar="S", help="of each load at most (default: %(default)s)")
    add("--json", action="store_true", help="print the numbers as JSON")
    add("--out", metavar="FILE", help="page in Markdown, with its numbers and picture beside it")
    return parser


def check(options: argparse.Namespace) -> None:
    """Raises UserError for what is not bounded."""
    if (options.bundle is None) == (options.page is None):
        raise console.UserError("expected a BUNDLE or --page, received both or neither")
    check_least(options, requests=1, batch=1, seconds=1)
    for name, most in MOST.items():
        given = getattr(options, name)
        for number in given if isinstance(given, list) else [given]:
            if not 1 <= number <= most:
                raise console.UserError(f"{name}: expected 1 to {most}, received {number}")


def measured(options: argparse.Namespace) -> dict:
    """What every server does under every load, on what, and by which command."""
    with native.quiet():
        from tools.serving import load

        batches = dict.fromkeys([1, options.batch])
        settings = [load.Setting(replicas, batch) for replicas in options.replicas for batch in batches]
        loads = [load.Load(options.requests, count, options.seconds) for count in options.connections]
    found = load.measure(options.bundle, settings, loads, console.say)
    return found | {"command": machine.command_line(), "machine": machine.describe()}


def command(options: argparse.Namespace) -> None:
    """Measures, or reads what was measured, prints and writes."""
    check(options)
    if options.out:
        check_page(options.out)
    found = measured(options) if options.page is None else json.loads(Path(options.page).read_text(encoding="utf-8"))
    if options.json:
        console.print_json(found)
    if options.out:
        from tools.studies import serving

        serving.write(found, Path(options.out))
        console.say(f"wrote {options.out}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
