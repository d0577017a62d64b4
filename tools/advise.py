"""Advise on the cheaper way to an accuracy: exits, smaller images, a thinner network, a cascade, or none of these.

Each is trained for the same short time, becomes int8 and answers held-out images, half of them to choose settings on
and half to judge; test images are not looked at. What it costs is measured: time on this machine, one thread,
multiply-adds, and arm64 instructions where tools/phone_check.py works. The verdict is a sentence that says how sure it
is. Interrupted, it goes on when it is called again.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import dataclasses
from pathlib import Path

from tools import console, machine, native, options
from tools.pipeline import own_networks
from tools.studies import advice_options
from tools.studies.advice_options import AdviceOptions

QUICK = {"epochs": 1, "images": 400, "widths": (0.5,), "sizes": (0.5,)}


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/advise.py", description=__doc__)
    text = "a .keras file, a run folder, a preset, or one of keras.applications; what it decides is left out"
    parser.add_argument("network", metavar="NETWORK", help=text)
    parser.add_argument("--dataset", metavar="TASK", help="default: that of the run or preset")
    own_networks.add_options(parser)
    options.add_options(parser, AdviceOptions)
    parser.add_argument("--quick", action="store_true", help="an epoch of few networks, to see that it works")
    parser.add_argument("--folder", metavar="FOLDER", help="everything that is made (default: runs/advice-NETWORK)")
    text = "the page, with numbers (.json) and picture (.png) beside it (default: advice.md in the folder)"
    parser.add_argument("--out", metavar="FILE.md", help=text)
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.set_defaults(**{field.name: None for field in dataclasses.fields(AdviceOptions) if field.metadata})
    return parser


def asked_for(args: argparse.Namespace) -> AdviceOptions:
    """What was asked for, checked. Raises UserError or ValueError for what cannot be."""
    given = {name: value for name, value in options.taken(AdviceOptions, args).items() if value is not None}
    if "accuracy" in given and "within" in given:
        raise console.UserError("expected --accuracy or --within, received both")
    given |= {name: advice_options.shares(name, given[name]) for name in ("widths", "sizes") if name in given}
    task = advice_options.task_of(args.network, args.data, args.dataset, args.pixels, args.side)
    asked = AdviceOptions(
        args.network, task, args.exits, tuple(args.layers or ()), **(QUICK if args.quick else {}) | given
    )
    asked.validate()
    return asked


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train, judge, time, and tell."""
    from tflite.bundle import places

    asked = asked_for(args)
    name = places.plain_name(f"advice-{Path(args.network).stem}", "")
    folder = places.check_folder(args.folder or f"runs/{name}")
    out = Path(args.out or folder / "advice.md")
    if out.suffix != ".md":
        raise console.UserError(f"expected --out FILE.md, received {out}")
    for file in (out, out.with_suffix(".json")):
        options.check_out(str(file), picture=file.suffix == ".md")
    native.load_keras()
    from tools.studies import advice_pages

    found = advice_pages.advise(asked, folder)
    console.write_text(out, advice_pages.markdown(found, machine.command_line(), out.with_suffix(".png").name))
    console.write_text(out.with_suffix(".json"), console.as_json(found))
    advice_pages.draw(found, out.with_suffix(".png"))
    if args.json:
        console.print_json(found)
    else:
        console.say(f"{advice_pages.text(found)}\nwritten: {out}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
