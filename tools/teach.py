"""Teach a finished bundle a class: its own program makes a row of the examples, which is written beside the bundle.

Nothing is converted anew, and the bundle stays as it is. `tools/run.py` and `tools/evaluate.py` take the file as
--tables, and so does the app.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, native, taught
from tools.options import check_out, load_bundle, values_by_name

WORDS = "--numbers INPUT=[N,N,...]"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/teach.py", description=__doc__)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip")
    text = "pictures of the class: image files, folders of them, or TASK:SPLIT:ROWS, such as pairs_tiny:test:0,4-7"
    add("sources", metavar="PICTURE", nargs="*", help=text)
    add("--name", metavar="LABEL", required=True, help="of the class")
    add("--table", metavar="TABLE", help="which the class becomes a row of (default: the bundle's only one)")
    text = "of the bundle, which makes a row of an example (default: %(default)s)"
    add("--program", metavar="NAME", default="teach", help=text)
    text = "in the place of pictures: numbers that the program reads, such as a description of the class"
    add("--numbers", metavar="INPUT=[N,N,...]", action="append", default=[], help=text)
    text = "what of a picture is the thing, 0..1 over what the network sees of it: as often as there are pictures"
    add("--box", metavar="TOP,LEFT,BOTTOM,RIGHT", action="append", default=[], help=text)
    taught.add_option(parser)
    add("--out", metavar="FILE", help="of the rows (default: TABLE.rows in the folder where it is called)")
    return parser


def examples_of(options: argparse.Namespace, manifest) -> list:
    """What the class is taught by: pictures, or one example of numbers. Raises UserError if there is neither, or both.

    A picture that cannot be read is an error: a class of fewer examples than were given would not be told from another.
    """
    import numpy as np

    from tools.reporting import samples

    pictures = [
        image for source in options.sources for file in samples.files_of(source) for _, image, _ in samples.find(file)
    ]
    given = values_by_name(options.numbers, WORDS)
    if bool(pictures) == bool(given):
        raise console.UserError(f"expected pictures or {WORDS}, received {'both' if given else 'neither'}")
    if wrong := [name for name, numbers in given.items() if not _are_numbers(numbers)]:
        raise console.UserError(f"expected {WORDS}, received something else for {wrong[0]}")
    if pictures:
        return taught.boxed(manifest, options.program, pictures, options.box)
    return [{name: np.array([numbers], np.float32) for name, numbers in given.items()}]


def _are_numbers(given) -> bool:
    return isinstance(given, list) and bool(given) and all(type(number) in (int, float) for number in given)


def chosen_table(chain, name: str | None) -> str:
    """The table to be written: the one named, or the only one. Raises UserError if there is no such one."""
    names = list(chain.tables)
    if name not in (names if name else [None]) or (name is None and len(names) != 1):
        known = ", ".join(names) or "no table"
        received = f"--table {name}" if name else "no --table"
        raise console.UserError(f"expected a table of the bundle ({known}), received {received}")
    return name or names[0]


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Teaches, and writes the table."""
    import tflite

    check_out(options.out, options.bundle)
    with native.quiet():
        chain = tflite.Chain(load_bundle(options.bundle), self_test=True)
        taught.load(chain.tables, options.tables)
        name = chosen_table(chain, options.table)
        examples = examples_of(options, chain.manifest)
        table = chain.tables[name]
        before = table.changes
        chain.teach(options.name, examples, program=options.program)
    if table.changes == before:
        raise console.UserError(f"expected a program that teaches {name}, received {options.program!r} of another one")
    out = Path(options.out or f"{name}.rows")
    check_out(str(out), options.bundle, *options.tables)
    table.save(out)
    count = f"{len(examples)} example{'s' if len(examples) > 1 else ''}"
    console.say(f"wrote {out}: {len(table)} of at most {table.capacity} rows, {options.name!r} of {count}")
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
