"""Options that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING

from tools import console
from tools.console import UserError

if TYPE_CHECKING:
    from tflite import Manifest


def add_data_options(parser: argparse.ArgumentParser, limit: int | None = None, split: str | None = "test") -> None:
    """Adds the options that choose labelled images: --dataset, --split and --limit.

    Args:
        parser: of the command.
        limit: how many images by default; None is all.
        split: by default; None is the one on which the bundle's operating points were measured.
    """
    parser.add_argument("--dataset", metavar="TASK", help="default: the one that the bundle was made for")
    text = f'such as "validation" or "test[:10%%]" (default: {split or "that of the operating points"})'
    parser.add_argument("--split", default=split, help=text)
    text = f"that many images, drawn from the split (default: {limit or 'all'})"
    parser.add_argument("--limit", type=int, metavar="N", default=limit, help=text)


def add_point_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option that chooses operating points to be looked at: one or all."""
    parser.add_argument("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")


def check_counts(options: argparse.Namespace, *names: str) -> None:
    """Raises UserError where an option of that name, such as "policy_epochs", is given and below one."""
    for name in names:
        value = getattr(options, name)
        if value is not None and value < 1:
            raise UserError(f"expected --{name.replace('_', '-')} of at least 1, received {value}")


def tell(options: argparse.Namespace, found: object, text: str, page: str | None = None) -> None:
    """Writes what was found where --out says, and prints it.

    Args:
        options: with `out` and `json`.
        found: what is printed with --json.
        text: what is printed without.
        page: what is written; None is what was found, as JSON.
    """
    if options.out:
        encoded = json.dumps(console.plain(found), indent=1) + "\n"
        console.write_text(options.out, encoded if page is None else page)
    if options.json:
        console.print_json(found)
    else:
        console.say(text)


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """Adds the option that sets the program's parameters, --set; `settings` reads it."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the program, on top of the operating point; a list as 0,1,0",
    )


def settings(items: list[str]) -> dict[str, float | list[float]]:
    """Reads what --set asks for.

    Args:
        items: texts such as "threshold=0.5" or "task=0,1,0".

    Returns:
        The value of each parameter that is set.

    Raises:
        UserError: an item is no such text.
    """
    found = {}
    for item in items:
        name, equals, text = item.partition("=")
        try:
            numbers = [float(number) for number in text.split(",")]
        except ValueError:
            numbers = []
        if not (name and equals and numbers):
            raise UserError(f"expected --set NAME=NUMBER or NAME=NUMBER,NUMBER,..., received {item!r}")
        found[name] = numbers if len(numbers) > 1 else numbers[0]
    return found


def stage_settings(items: list[str]) -> dict[str, dict]:
    """Reads what --set asks of a training.

    Args:
        items: texts such as "controllers.epochs=5"; a value is JSON where it can be read so, else the text itself.

    Returns:
        Stage -> name -> value.

    Raises:
        UserError: an item is no such text.
    """
    found: dict[str, dict] = {}
    for item in items:
        place, _, text = item.partition("=")
        stage, _, name = place.partition(".")
        if not (stage and name and text):
            raise UserError(f"expected --set STAGE.NAME=VALUE, received {item!r}")
        found.setdefault(stage, {})[name] = _value(text)
    return found


def _value(text: str):
    """JSON, or a number such as .5, where a text is that; else the text itself."""
    for read in (json.loads, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def chosen_points(manifest: Manifest, name: str) -> list[str]:
    """Names of the operating points that were asked for, one or "all". Raises UserError if there is no such point."""
    names = [point.name for point in manifest.operating_points]
    if name == "all":
        return names
    if name not in names:
        raise UserError(f"expected an operating point ({', '.join(names)}) or all, received {name!r}")
    return [name]


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """Numbers above zero, separated by commas. Raises UserError for another text."""
    if text is None:
        return None
    try:
        found = tuple(float(word) for word in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < number < math.inf for number in found):
        raise UserError(f"expected {option} as numbers above zero such as 0.01,0.02, received {text!r}")
    return found
