"""Options that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import console

if TYPE_CHECKING:
    from tflite import Bundle, Manifest


MOST = (1 << 31) - 1  # of a seed, in numpy and Keras, and of what is counted, in TensorFlow


def option(default: Any, text: str, **settings) -> Any:
    """A field of a dataclass of frozen options that is an option of a command as well.

    text: help. settings: of argparse's `add_argument`, beyond what the default tells: its type, or that it is a flag.
    """
    own = {"action": "store_true"} if default is False else {"type": type(default)}
    return dataclasses.field(default=default, metadata={"help": text, **own, **settings})


def add_options(parser: argparse.ArgumentParser, kind: type, *names: str) -> None:
    """Adds those of these names, or all, of the options that the fields of a dataclass are (`option`)."""
    for field in dataclasses.fields(kind):
        if field.metadata and field.name in (names or [field.name]):
            parser.add_argument(spelled(field.name), default=field.default, **field.metadata)


def taken(kind: type, args: argparse.Namespace) -> dict[str, Any]:
    """The parsed values of the options that the fields of a dataclass are, by name."""
    found = {field.name: getattr(args, field.name) for field in dataclasses.fields(kind) if field.metadata}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def spelled(name: str) -> str:
    """An option as it is typed."""
    return f"--{name.replace('_', '-')}"


def words(parser: argparse.ArgumentParser, args: argparse.Namespace, nameless: str, *unsaid: str) -> str:
    """The command line of a comparison, for its page: all numbers, and what else is not as usual.

    nameless: the argument that is no option. unsaid: options that do not change the result, beside --out and --json.
    """
    found, again = ["python", parser.prog], {a.dest for a in parser._actions if isinstance(a, argparse._AppendAction)}
    for name, value in vars(args).items():
        usual = type(value) not in (int, float) and value == parser.get_default(name)
        if usual or name in (*unsaid, "out", "json"):
            continue
        every = [] if value is True else value if isinstance(value, list) else [value]
        every = [f"{one:g}" if isinstance(one, float) else str(one) for one in every]
        if name in again:
            found += [word for one in every for word in (spelled(name), one)]
        else:
            found += [*([] if name == nameless else [spelled(name)]), *every]
    return shlex.join(found)


def check_least(asked: object, **least: int) -> None:
    """Raises UserError for one of these options, attributes of `asked`, below its least value or above `MOST`."""
    for name, value in least.items():
        given = getattr(asked, name)
        if given is not None and not given >= value:  # NaN is not
            raise console.UserError(f"expected {spelled(name)} of at least {value}, received {given}")
        if given is not None and given > MOST:
            raise console.UserError(f"expected {spelled(name)} of at most {MOST}, received {given}")


def add_data_options(parser: argparse.ArgumentParser, limit: int | None = None, split: str | None = "test") -> None:
    """Adds the options that choose labelled images: --dataset, --split and --limit, and the default of the last.

    No limit is all images, no split the one on which the bundle's operating points were measured.
    """
    parser.add_argument("--dataset", metavar="TASK", help="default: the one that the bundle was made for")
    text = f'such as "validation" or "test[:10%%]" (default: {split or "that of the operating points"})'
    parser.add_argument("--split", help=text)
    text = f"that many images, drawn from the split (default: {limit or 'all'})"
    parser.add_argument("--limit", type=int, metavar="N", default=limit, help=text)


def load_bundle(path: str) -> Bundle:
    """As `Bundle.load`. Raises UserError for a run folder, which is to be converted first."""
    import tflite
    from tools.pipeline import runs

    if runs.own_files(Path(path)) and not Path(path, "manifest.json").exists():
        convert = f"python tools/convert.py {shlex.quote(str(path))}"
        raise console.UserError(f"expected a bundle, received the run {path}: make one of it with {convert}")
    return tflite.Bundle.load(path)


def add_folder_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option that names labelled pictures of one's own, --data."""
    text = "pictures of your own in the place of a task, that the network has not been trained on: a folder for each "
    text += "of some of the classes, named as its label; what cannot be read is left out and named, and the exit "
    text += "status is then 1"
    parser.add_argument("--data", metavar="FOLDER", help=text)


def tell(out: str | None, as_json: bool, found: object, text: str, page: str | None = None) -> None:
    """Writes what was found, and prints it.

    Args:
        out: the file of --out, if any.
        as_json: whether JSON is printed, as --json asks for, and not the text.
        found: numbers.
        text: for people.
        page: what is written; what was found, as JSON, if it is None or the file's name ends in .json.
    """
    if out:
        console.write_text(out, console.as_json(found) if page is None or out.endswith(".json") else page)
    if as_json:
        console.print_json(found)
    else:
        console.say(text)


def check_out(file: str | None, *inputs: str, picture: bool = False) -> None:
    """As `tflite.bundle.places.check_file`: no part of a bundle or a run is replaced; None is no file to be written."""
    from tflite.bundle import places
    from tools.pipeline import runs

    if file is not None:
        places.check_file(file, inputs, (places.bundle_files, runs.own_files), picture)


def check_page(file: str | Path, *inputs: str, picture: bool = True) -> None:
    """Checks before the work that a page, its numbers and its picture can be written; inputs are not written over.

    Raises:
        UserError: the page is no FILE.md.
        PlaceError: a file cannot be written, or would replace something else.
    """
    if not str(file).endswith(".md"):
        raise console.UserError(f"expected --out FILE.md, beside which numbers and pictures come, received {file}")
    check_out(file, *inputs, picture=picture)
    check_out(Path(file).with_suffix(".json"))


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """Adds the option that sets the program's parameters, --set; `settings` reads it."""
    text = "a parameter of the program, on top of the operating point; a list as 0,1,0"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=text)


def settings(items: list[str]) -> dict[str, float | list[float] | str]:
    """The parameters that --set sets, from texts such as "threshold=0.5" or, where values have names, "task=garment".

    Raises UserError for another text.
    """
    found = {}
    for item in items:
        name, equals, text = item.partition("=")
        numbers = _numbers(text)
        word = text if text[:1].isalpha() and not numbers else None
        if not (name and equals and (numbers or word)):
            raise console.UserError(
                f"expected --set NAME=NUMBER, NAME=NUMBER,NUMBER,... or NAME=WORD, received {item!r}"
            )
        found[name] = word or (numbers if len(numbers) > 1 else numbers[0])
    return found


def stage_settings(items: list[str]) -> dict[str, dict]:
    """What --set asks of a training, stage -> name -> value, from texts such as "controllers.epochs=5".

    A value is JSON where it can be read so, else the text itself. Raises UserError for an item of another form.
    """
    found: dict[str, dict] = {}
    for item, (place, value) in zip(items, _pairs(items, "--set STAGE.NAME=VALUE"), strict=True):
        stage, _, name = place.partition(".")
        if not (stage and name):
            raise console.UserError(f"expected --set STAGE.NAME=VALUE, received {item!r}")
        found.setdefault(stage, {})[name] = value
    return found


def values_by_name(items: list[str], form: str) -> dict:
    """What texts such as "name=0.5" say, the last of a name; a value is as in `stage_settings`.

    form: of an item, for the sentence. Raises UserError for an item of another form.
    """
    return dict(_pairs(items, form))


def _pairs(items: list[str], form: str) -> list[tuple]:
    parts = [item.partition("=") for item in items]
    wrong = [item for item, (name, _, text) in zip(items, parts, strict=True) if not (name and text)]
    if wrong:
        raise console.UserError(f"expected {form}, received {wrong[0]!r}")
    return [(name, _value(text)) for name, _, text in parts]


def _value(text: str):
    """JSON, or a number such as .5, where a text is that; else the text itself."""
    for read in (json.loads, float):
        try:
            return read(text)
        except (ValueError, RecursionError):
            continue
    return text


def chosen_points(manifest: Manifest, name: str) -> list[str]:
    """Names of the operating points that were asked for, one or "all". Raises UserError if there is no such point."""
    names = [point.name for point in manifest.operating_points]
    if name == "all":
        return names
    if name not in names:
        raise console.UserError(f"expected an operating point ({', '.join(names)}) or all, received {name!r}")
    return [name]


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """Numbers above zero, separated by commas. Raises UserError for another text."""
    if text is None:
        return None
    found = tuple(_numbers(text))
    if not found or not all(0 < number < math.inf for number in found):
        raise console.UserError(f"expected {option} as numbers above zero such as 0.01,0.02, received {text!r}")
    return found


def _numbers(text: str) -> list[float]:
    """The numbers between commas; none where one of them is no number."""
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        return []
