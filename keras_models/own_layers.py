"""Layers of one's own: Python files that register the classes of a network in a Keras file.

Keras runs no code from a .keras file. Classes that are not its own are looked up among the registered ones, so the file
that defines them, decorated with `@keras.saving.register_keras_serializable()`, has to be run before. A run keeps a
copy, RUN/layers/NAME.py, whose SHA-256 is in the run's settings: what is run later is what was trained with. No Keras
is imported here before one is run.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from keras_models import files
from keras_models.presets import read_run, sources

FOLDER = "layers"  # of a run, with the copies
SETTING = "layers"  # of a run: [{"file": where it was, "sha256": of its content}, ...]
DECORATOR = "@keras.saving.register_keras_serializable()"


def settings(given: Sequence[str] | None, arguments: Mapping) -> dict:
    """What a run's settings say of layers of one's own; nothing where there are none.

    Args:
        given: Python files.
        arguments: of the run's network; runs that it is made of bring the layers that they were trained with.

    Raises:
        ValueError: a file is not there or no Python, or two different ones have one name.
    """
    entries = [{"file": str(file), "sha256": _digest(_code(Path(file)))} for file in given or ()]
    for folder in sources.runs_of(arguments):
        kept = read_run(folder / "config.json", ("family",)).get(SETTING, [])
        entries += [{"file": str(_kept(folder, entry)), "sha256": entry["sha256"]} for entry in kept]
    found: dict[str, dict] = {}
    for entry in entries:
        same = found.setdefault(Path(entry["file"]).name, entry)
        if same["sha256"] != entry["sha256"]:
            raise ValueError(
                f"expected files of layers with names of their own, received {same['file']} and {entry['file']}"
            )
    return {SETTING: list(found.values())} if found else {}


def keep(folder: Path, config: Mapping) -> None:
    """Copies the files that a run's settings name into its folder; those that are there as they were stay.

    Raises:
        ValueError: one has changed since it was looked at.
    """
    for entry in config.get(SETTING, ()):
        copy = _kept(folder, entry)
        if not copy.is_file() or _digest(copy.read_bytes()) != entry["sha256"]:
            code = _checked(Path(entry["file"]), entry["sha256"])
            copy.parent.mkdir(exist_ok=True)
            with files.whole(copy) as stream:
                stream.write(code)


def load_kept(folder: Path, config: Mapping) -> None:
    """Runs what a run keeps (`load`). config: its settings."""
    for entry in config.get(SETTING, ()):
        load(_kept(folder, entry), entry["sha256"])


def load(file: str | Path, sha256: str | None = None) -> None:
    """Runs a Python file, so that the classes that it registers are known; once in a process.

    Args:
        file: is run with all that the process may do, but not as `__main__`. It imports what is installed.
        sha256: that its content has to have, or None.

    Raises:
        ValueError: it is not there, is not that content, fails, or registers under a name that is taken.
    """
    file = Path(file)
    code = _checked(file, sha256)
    name = f"frugal_own_layers_{_digest(code)}"
    if name in sys.modules:
        return
    import keras

    known = keras.saving.get_custom_objects()
    before = dict(known)
    module = sys.modules[name] = types.ModuleType(name)
    module.__file__ = str(file.absolute())
    try:
        _run(file, code, module)
        taken = [name for name, own in before.items() if known.get(name) is not own]
        if taken:
            raise ValueError(f"{file}: expected classes under names of their own, received {taken[0]}, which is taken")
    except BaseException:
        del sys.modules[name]
        known.clear()
        known.update(before)
        raise


def _run(file: Path, code: bytes, module: types.ModuleType) -> None:
    try:
        exec(compile(code, module.__file__, "exec"), vars(module))  # the very bytes that were compared
    except (Exception, SystemExit) as error:
        lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == module.__file__]
        place = f" in line {lines[-1]}" if lines else ""
        words = " ".join(str(error).split())
        raise ValueError(
            f"{file}: expected a Python file that registers layers and imports only what is installed, received "
            f"{type(error).__name__}{place}{': ' if words else ''}{words}"
        ) from error


def unknown(saved: Mapping) -> str | None:
    """What in a saved network Keras cannot make, and what to do, in a clause; None if there is nothing of the kind.

    saved: what config.json of a .keras file holds.
    """
    import keras

    for layer, kind, name in _own(saved):
        if kind == "lambda":
            return (
                f"it has the Lambda {layer!r}, whose code is not run from such a file: write it as a layer with "
                f"{DECORATOR} in a Python file, save the network with that, and give the file with --layers"
            )
        if keras.saving.get_registered_object(name) is None and ">" not in name:
            return (
                f"its layer {layer!r} has {name}, which was not registered when it was saved: put {DECORATOR} before "
                "it, save the network again, and give the Python file with --layers"
            )
        if keras.saving.get_registered_object(name) is None:
            return f"its layer {layer!r} has {name}, which is not known: give the Python file with it with --layers"
    return None


def _own(saved, layer: str = "") -> Iterator[tuple[str, str, str]]:
    """(layer, "lambda" or "registered", name) of all in a saved network that is not Keras' own."""
    if isinstance(saved, list):
        for item in saved:
            yield from _own(item, layer)
    if not isinstance(saved, Mapping):
        return
    config, kind = saved.get("config"), saved.get("class_name")
    if isinstance(config, Mapping) and isinstance(config.get("name"), str) and "module" in saved:
        layer = config["name"] if kind != "DTypePolicy" else layer
    if kind == "__lambda__":
        yield layer, "lambda", ""
    elif kind == "function" and saved.get("module") == "builtins":
        yield layer, "registered", str(config)
    elif isinstance(saved.get("registered_name"), str) and str(saved.get("module")).partition(".")[0] != "keras":
        yield layer, "registered", saved["registered_name"]
    for name, value in saved.items():
        if name != "compile_config":  # is not read
            yield from _own(value, layer)


def _kept(folder: Path, entry: Mapping) -> Path:
    return folder / FOLDER / Path(entry["file"]).name


def _code(file: Path) -> bytes:
    """The content of a Python file.

    Raises:
        ValueError: there is none, or Python cannot read it.
    """
    if not file.is_file():
        raise ValueError(f"{file}: expected a Python file with layers of one's own, received none")
    code = file.read_bytes()
    try:
        compile(code, str(file), "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" in line {error.lineno}" if getattr(error, "lineno", None) else ""
        words = getattr(error, "msg", None) or error
        raise ValueError(f"{file}: expected a Python file, received {words}{place}") from None
    return code


def _checked(file: Path, sha256: str | None) -> bytes:
    """As `_code`, of that content. Raises ValueError if it is another."""
    code = _code(file)
    if sha256 not in (None, _digest(code)):
        raise ValueError(
            f"{file}: expected the layers that the network was trained with (SHA-256 {sha256[:12]}...), received others"
            f" ({_digest(code)[:12]}...): put the file back as it was, or train anew with another --out"
        )
    return code


def _digest(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()
