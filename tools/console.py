"""What every command line shares: errors in one sentence, quiet libraries, progress, JSON, the machine described.

Only the standard library is imported here; tqdm is, when there is progress to show.
"""

import argparse
import contextlib
import json
import linecache
import logging
import math
import os
import platform
import re
import shlex
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path

from tools.foreign import ROOT, foreign_tflite

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # TensorFlow's notes of CPU features and missing GPUs are no news to a user
    "GRPC_VERBOSITY": "ERROR",
}
# What native code says when it starts, whatever the environment says.
CHATTER = re.compile(
    rb"INFO: |fully_quantize: |WARNING: All log messages before absl|To enable the following instructions|"
    rb"[IWE]\d{4} .*\b(port|cudart_stub|cuda_platform|cpu_feature_guard|cuda_executor|cuda_dnn|cuda_blas|cuda_fft)\.cc:"
)
PACKAGES = ("ai-edge-litert", "tensorflow", "keras", "numpy")


class UserError(Exception):
    """A request that cannot be carried out; the message is one sentence for the person at the keyboard."""


_results = None  # where --json is printed, while everything else goes to stderr


def main(
    build_parser: Callable[[], argparse.ArgumentParser],
    command: Callable[[argparse.Namespace], int | None],
    arguments: list[str] | None = None,
) -> int:
    """Parses the arguments and runs the command.

    Args:
        build_parser: makes the argument parser.
        command: does the work, given the parsed arguments; returns an exit status, None for 0.
        arguments: the command line without the program's name; None for that of the process.

    Returns:
        The exit status: 0, the command's own, 2 after an error of the project's own (one line on stderr; with
        FRUGAL_TRACEBACK=1 in the environment the traceback too), 130 after an interruption. Other errors are bugs and
        are raised as they are.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no such sign gets a question mark
    options = build_parser().parse_args(arguments)
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _interrupt)  # being asked to end is an interruption too: clean up
        problem = foreign_tflite()
        if problem:
            raise UserError(problem)
        prepare_environment()
        with _progress_aside(getattr(options, "json", False)):
            return command(options) or 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader (`| head`) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not is_own(error):
            raise
        if os.environ.get("FRUGAL_TRACEBACK"):
            traceback.print_exc()
        print(f"error: {sentence(error)}", file=sys.stderr)
        return 2


@contextlib.contextmanager
def _progress_aside(wanted: bool):
    """While it is open everything that is printed goes to stderr, so that stdout has what `print_json` prints alone."""
    global _results
    if not wanted:
        yield
        return
    _results = sys.stdout
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _results = None


def _interrupt(number, frame):
    raise KeyboardInterrupt


def prepare_environment() -> None:
    """Sets what the native libraries that a command may load later read when they start; the caller's settings win."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def load_tensorflow():
    """Imports TensorFlow and lets it look for accelerators, without the notes that it writes meanwhile; returns it."""
    logging.getLogger("absl").setLevel(logging.ERROR)  # tensorflow-datasets remarks on every folder it looks in
    with quiet_native():
        import tensorflow

        tensorflow.config.list_physical_devices()
    return tensorflow


@contextlib.contextmanager
def quiet_native():
    """Keeps the start-up notes of native code off stderr while it is open; what else was written there follows.

    TensorFlow Lite tells of its XNNPACK delegate when the first interpreter is made, TensorFlow of oneDNN and of
    missing GPUs when it is imported; neither has a setting against it.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            lines = [line for line in caught.read().splitlines(keepends=True) if not CHATTER.match(line)]
            if lines:
                os.write(2, b"".join(lines))


def is_own(error: Exception) -> bool:
    """True for an error that says what the user did wrong; false for a bug, which deserves its traceback.

    That is: UserError, errors about a file, a missing package, and errors about values, types and files that a `raise`
    statement of this project's own code raised.
    """
    if isinstance(error, UserError | ImportError) or (isinstance(error, OSError) and error.filename is not None):
        return True
    if not isinstance(error, ValueError | TypeError | OSError) or error.__traceback__ is None:
        return False
    frame = traceback.extract_tb(error.__traceback__)[-1]
    path = Path(frame.filename).resolve()
    statement = linecache.getline(frame.filename, frame.lineno or 0).strip()
    return path.is_relative_to(ROOT) and ".venv" not in path.parts and statement.startswith("raise")


def sentence(error: Exception) -> str:
    """The error in one line, without the class's name."""
    if isinstance(error, ModuleNotFoundError):
        return f'{error}; `make setup` installs what the tools need (or: pip install ".[train]")'
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror or type(error).__name__}: {error.filename}"
    return " ".join(str(error).split()) or type(error).__name__


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


def plain(value):
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
    """Tells the person at the keyboard what happens: one line on stdout, at once."""
    print(text, flush=True)


def keras_verbosity() -> int:
    """The `verbose` of Keras' fit: a bar on a terminal, a line an epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2


def count(number: float) -> str:
    """A number of operations in three digits: 950, 12.3 k, 64.6 M."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}" if number < 999.5 * limit else f"{number / limit:.0f}{unit}"
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"


def print_json(value) -> None:
    """Prints a value as indented JSON on stdout; of a tool that was asked for --json it is all that is there."""
    print(json.dumps(plain(value), indent=1, ensure_ascii=False), file=_results)


def write_text(path, text: str) -> Path:
    """Writes a text file, making its folder; returns the path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def machine() -> dict:
    """Describes where a result was measured: CPU model, cores at hand, system, versions, date."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "date": time.strftime("%Y-%m-%d"),
    }


def machine_line(described: dict) -> str:
    """`machine()` in one line for people."""
    versions = ", ".join(f"{name} {version}" for name, version in described["versions"].items() if version)
    cores = f"{described['cores']} core{'' if described['cores'] == 1 else 's'}"
    return (
        f"{described['cpu']}, {cores}, {described['system']}, Python {described['python']}, "
        f"{versions}, {described['date']}"
    )


def command_line() -> str:
    """The command that is running, as one would type it in the repository."""
    program = Path(sys.argv[0]).resolve()
    name = str(program.relative_to(ROOT)) if program.is_relative_to(ROOT) else program.name
    return " ".join(["python", name, *map(shlex.quote, sys.argv[1:])])


def _cpu_model() -> str:
    """The CPU's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown CPU"


def _version(name: str) -> str | None:
    """A package's installed version, without importing it; None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
