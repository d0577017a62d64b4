"""Make the static networks that a dynamic one has to beat: its trunk thinner, shallower or on smaller images.

Each is trained alone with the preset's recipe, converted to int8 as every chain is, and evaluated on the test images;
the smallest come first. What is there already is taken, and an interrupted training goes on: several calls may share a
folder, each with networks of its own. `tools/benchmark.py --against FOLDER` times them in turns with a chain; of what
its --merge has gathered, --page makes a page and a picture.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from keras_models import datasets, presets
from keras_models.presets import twins
from tflite.bundle import places
from tools import console, machine, native
from tools.options import check_least, check_out, spelled, tell, words


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/frontier.py", description=__doc__)
    add = parser.add_argument
    add("preset", metavar="PRESET", nargs="?", help="of the dynamic network, a name or a JSON file")
    for axis, usual in twins.AXES.items():
        kind = "sides of the images in pixels" if axis == "size" else f"shares of the trunk's {axis}"
        told = " ".join(f"{value:g}" for value in usual)
        add(f"--{axis}", type=type(usual[0]), nargs="+", help=f"{kind}, where it has such networks (default: {told})")
    add("--seeds", type=int, nargs="+", default=[0], help="of the trainings of each network (default: 0)")
    add("--epochs", type=int, help="passes for each (default: the preset's)")
    text = "start each from the weights of that run's first stage: of another size of images"
    add("--start", metavar="RUN", help=text)
    add("--folder", metavar="FOLDER", help="everything that is made (default: runs/frontier/PRESET)")
    add("--again", action="store_true", help="convert and evaluate again what has been; trainings stay")
    text = "make nothing: write the page and the picture of such results, FILE.md and FILE.png"
    add("--page", metavar="FILE.json", help=text)
    add("--out", metavar="FILE", help="write the table there too: as JSON if it ends in .json, else as Markdown")
    add("--json", action="store_true", help="print it as JSON")
    return parser


def check(args: argparse.Namespace) -> dict[str, list[float]]:
    """The values of the axes that were given. Raises UserError or ValueError for what cannot be."""
    if args.preset is None:
        raise console.UserError("expected a PRESET, or --page FILE.json, received none")
    check_least(args, epochs=1)
    if min(args.seeds) < 0:
        raise console.UserError(f"expected --seeds of at least 0, received {min(args.seeds)}")
    values = {axis: getattr(args, axis) for axis in twins.AXES if getattr(args, axis)}
    for axis, given in values.items():
        low, high = (8, 1024) if axis == "size" else (0.01, 4.0)
        if not all(low <= value <= high for value in given):
            raise console.UserError(f"expected {spelled(axis)} from {low:g} to {high:g}, received {given}")
    twins.static_twins(args.preset, values, args.epochs)
    datasets.get(presets.get(args.preset)["task"])
    check_out(args.out)
    return values


def draw(args: argparse.Namespace) -> None:
    """Write the page and the picture of results that were measured. Raises UserError or PlaceError for others."""
    from tools.reporting import frontier_figure

    if args.preset:
        raise console.UserError(f"expected a PRESET or --page, received both, {args.preset} and {args.page}")
    if not args.page.endswith(".json"):
        raise console.UserError(f"expected --page FILE.json, received {args.page}")
    check_out(str(Path(args.page).with_suffix(".md")), picture=True)
    console.say(f"wrote {frontier_figure.write_page(Path(args.page), machine.command_line())}")


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Make what is missing, and print what all of them reach; or the page of what was measured."""
    if args.page:
        return draw(args)
    values = check(args)
    folder = places.check_folder(args.folder or f"runs/frontier/{Path(args.preset).stem}")
    native.load_keras()
    from tools.studies import frontier

    wanted = frontier.Frontier(args.preset, folder, values, args.seeds, args.epochs, args.start, args.again)
    rows = frontier.make(wanted)
    typed = words(build_parser(), args, "preset", "folder", "again")
    tell(args.out, args.json, rows, frontier.table(rows).text(), frontier.text(wanted, rows, typed))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
