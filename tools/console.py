"""What every command line shares: errors in one sentence, progress, what is said, and JSON.

Only the standard library is imported here; tqdm is, when there is progress to show.
"""

import argparse
import contextlib
import errno
import json
import linecache
import math
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tools import native
from tools.foreign import ROOT, foreign_tflite


class UserError(Exception):
    """A request that cannot be carried out; the message is one sentence for the person at the keyboard."""


# What the system says when it refuses, whatever library passes it on.
REFUSALS = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE)))
PATIENCE = 1.0  # seconds in which further interruptions, as of a key that is held, are the same one
_interrupted_at = -math.inf  # when the latest interruption of this command came
_results = None  # where --json is printed, while everything else goes to stderr


def main(
    build_parser: Callable[[], argparse.ArgumentParser],
    command: Callable[[argparse.Namespace], int | None],
    arguments: list[str] | None = None,
) -> int:
    """Parses the arguments (by default those of the process) and runs the command.

    Returns:
        The exit status: 0, the command's own, 2 after an error of the project's own (one line on stderr; with
        FRUGAL_TRACEBACK=1 in the environment the traceback too), 130 after an interruption. Other errors are bugs and
        are raised as they are.
    """
    _open_streams()
    parser = build_parser()
    options = parser.parse_args(arguments)
    with _cleaning_up():
        return _ended(parser, command, options)


def _ended(parser: argparse.ArgumentParser, command: Callable, options: argparse.Namespace) -> int:
    """Runs the command; returns the exit status as `main` does."""
    try:
        _check_given(parser, options)
        if problem := foreign_tflite():
            raise UserError(problem)
        native.prepare_environment()
        with _progress_aside() if getattr(options, "json", False) else contextlib.nullcontext():
            status = command(options) or 0
        print(end="", flush=True)  # a reader that has gone and a full disk are noticed here
        return status
    except KeyboardInterrupt as error:
        return _interrupted(error)
    except BrokenPipeError:  # the reader (`| head`) has gone
        _flush()
        return 0
    except Exception as error:
        if _interrupted_at > -math.inf:  # a library has made its own of an interruption
            return _interrupted(KeyboardInterrupt())
        if not is_own(error):
            raise
        _flush()
        complain(error)
        return 2


@contextlib.contextmanager
def _cleaning_up() -> Iterator[None]:
    """While it is open SIGINT and SIGTERM, a request to end, raise; one that is ignored stays so."""
    global _interrupted_at
    _interrupted_at = -math.inf
    main_thread = threading.current_thread() is threading.main_thread()
    kinds = [kind for kind in (signal.SIGTERM, signal.SIGINT) if main_thread]
    before = {kind: signal.getsignal(kind) for kind in kinds}
    try:
        for kind, handler in before.items():
            if kind is signal.SIGTERM or handler is not signal.SIG_IGN:
                signal.signal(kind, _interrupt)
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _interrupt(*_) -> None:
    """Raises KeyboardInterrupt, once: others soon after it would end what cleans up."""
    global _interrupted_at
    before, _interrupted_at = _interrupted_at, time.monotonic()
    if _interrupted_at - before > PATIENCE:
        raise KeyboardInterrupt


def _interrupted(error: KeyboardInterrupt) -> int:
    """Tells an interruption and, where a command says so, what is kept; returns the exit status."""
    print(": ".join(["interrupted", *map(printable, error.args)]), file=sys.stderr)
    return 130


@contextlib.contextmanager
def keeping(kept: str) -> Iterator[None]:
    """Says what is kept of the work that is done while it is open, should that be interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(kept) from None


def _check_given(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Raises UserError for an empty text, as an unset variable of a shell gives: as a path it is where one stands."""
    for name, value in vars(options).items():
        if (value == "" and parser.get_default(name) != "") or (isinstance(value, list) and "" in value):
            raise UserError(f"expected something as {name.replace('_', '-')}, received an empty text")


def complain(error: Exception, of: str = "") -> str:
    """Tells an error on stderr, and what it is of; returns its sentence."""
    if os.environ.get("FRUGAL_TRACEBACK"):
        traceback.print_exception(error)
    text = sentence(error)
    of = printable(of)
    print(f"error: {text}{'' if of in text else f' ({of})'}", file=sys.stderr)
    return text


def _flush() -> None:
    """What cannot be printed is not tried again when Python ends."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """What the caller has closed is as /dev/null: the next file would have its number, and what is printed in it.

    A terminal that lacks a sign gets a question mark, not an error.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        continue
    os.close(number)
    sys.stdout, sys.stderr = sys.stdout or open(1, "w", closefd=False), sys.stderr or open(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def _progress_aside():
    """While it is open everything that is printed goes to stderr, so that stdout has what `print_json` prints alone."""
    global _results
    _results = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _results = None


def is_own(error: Exception) -> bool:
    """True for an error that says what the user did wrong; false for a bug, which deserves its traceback.

    That is: UserError, errors about a file, a missing package, what the system refuses, whoever tells it (a full disk
    is an error of many classes), and errors about values, types and files that a `raise` statement of this project's
    own code raised.
    """
    if isinstance(error, UserError | ImportError | MemoryError) or _is_out_of_memory(error):
        return True
    if any(refused in str(error) for refused in REFUSALS):
        return True
    if isinstance(error, OSError) and (error.filename or error.errno not in (None, errno.EBADF, errno.EINVAL)):
        return True
    if not isinstance(error, ValueError | TypeError | OSError) or error.__traceback__ is None:
        return False
    frame = traceback.extract_tb(error.__traceback__)[-1]
    path = Path(frame.filename).resolve()
    statement = linecache.getline(frame.filename, frame.lineno or 0).strip()
    return path.is_relative_to(ROOT) and ".venv" not in path.parts and statement.startswith("raise")


def _is_out_of_memory(error: Exception) -> bool:
    """Whether TensorFlow, which is not imported here, has no memory; of a full disk it says so by the same class."""
    return type(error).__name__ == "ResourceExhaustedError" and not any(told in str(error) for told in REFUSALS)


def sentence(error: Exception) -> str:
    """The error in one line, without the class's name."""
    if isinstance(error, ModuleNotFoundError):
        return f'{error}; `make setup` installs what the tools need, for .venv/bin/python (or: pip install ".[train]")'
    text = " ".join(str(error).split()) or type(error).__name__
    if _is_out_of_memory(error):
        tensor = re.search(r"shape\[[\d,]*\]", text)
        text = f"expected what fits into memory, received {tensor.group() if tensor else 'more'}; ask for less"
    if isinstance(error, OSError) and (error.filename is not None or error.errno is not None):
        text = error.strerror or type(error).__name__
        text += "" if error.filename is None else f": {error.filename}"
    elif not isinstance(error, ValueError | OSError | UserError):  # a library's, among much else
        text = next((refused for refused in REFUSALS if refused in text), text)
    if (bundle := getattr(error, "bundle", None)) not in (None, getattr(error, "file", None)):
        text += f" ({bundle})"
    return printable(text) + ("; make room and call it again" if REFUSALS[0] in text else "")


def printable(text: str) -> str:
    """The text in one line, as a terminal shows it: other signs, as a file's name may have, are escaped."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def progress(items: Iterable, description: str, total: int | None = None, *, delay: float = 2.0) -> Iterator:
    """Yields the items; shows how far it got on stderr once the work has taken longer than `delay` seconds.

    A terminal gets a bar (tqdm); a file or a pipe gets a plain line every ten seconds.
    """
    total = len(items) if total is None and hasattr(items, "__len__") else total
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(items, desc=description, total=total, delay=delay, leave=False, file=sys.stderr)
        return
    due = time.monotonic() + delay
    for count, item in enumerate(items):
        if time.monotonic() >= due:
            print(f"{description}: {count}{f' of {total}' if total else ''}", file=sys.stderr, flush=True)
            due = time.monotonic() + max(delay, 10.0)
        yield item


def plain(value: object) -> object:
    """Turns numpy values, tuples and paths into what JSON has; infinite and undefined numbers become None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def say(text: str) -> None:
    """Tells the person at the keyboard what happens on stdout, at once; of control signs line ends alone are left."""
    print("\n".join(map(printable, text.split("\n"))), flush=True)


def keras_verbosity() -> int:
    """The `verbose` of Keras' fit: a bar on a terminal, a line an epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2


def count(number: float) -> str:
    """A number of operations in three digits: 950, 12.3 k, 64.6 M."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}" if number < 999.5 * limit else f"{number / limit:.0f}{unit}"
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"


def as_json(value: object) -> str:
    """A value as the text of a JSON file."""
    return json.dumps(plain(value), indent=1) + "\n"


def print_json(value: object) -> None:
    """Prints a value as indented JSON on stdout; of a tool that was asked for --json it is all that is there."""
    print(json.dumps(plain(value), indent=1, ensure_ascii=False), file=_results)


def write_text(path: str | Path, text: str) -> Path:
    """Writes a text file, whole or not at all, making its folder; returns the path."""
    from tflite.bundle.places import whole  # after the check that tflite is this project's

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as stream:
        stream.write(text.encode("utf-8", "replace"))  # a name on disk that is no text has signs that no text has
    return path
