"""Networks that presets name: runs of tools/train.py, and classifiers in Keras files. No Keras is imported here."""

from __future__ import annotations

import json
import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path

from keras_models import families, files, pretrained
from keras_models.presets import settings as s

WORDS = 'a run folder, a .keras file or {"file": ..., "size", "scale", "offset"}'
_MORE = {"size": s.COUNT.fits, "scale": s.NUMBER.fits, "offset": s.NUMBER.fits}  # of a file: lists of these, or None


def is_source(value) -> bool:
    """Whether a preset's value names a network: a run folder, a .keras file, or an object with `file`."""
    if not isinstance(value, Mapping):
        return isinstance(value, str)
    more = {name: value[name] for name in set(value) - {"file"}}
    return isinstance(value.get("file"), str) and set(more) <= set(_MORE) and all(map(_fits, more, more.values()))


def _fits(name, value) -> bool:
    return value is None or (isinstance(value, list | tuple) and all(map(_MORE[name], value)))


def check_source(entry, role: str = "a member") -> None:
    """Raises ValueError if a network is not to be had.

    Args:
        entry: as `is_source` takes it.
        role: what it is to be, for the sentence.
    """
    path = Path(entry["file"] if isinstance(entry, Mapping) else entry)
    if path.suffix == ".keras" or isinstance(entry, Mapping):
        if not files.is_network(path):
            if path.exists():
                raise ValueError(f"{path}: expected a Keras classifier as {role}; it cannot be read: it is damaged")
            raise ValueError(f"{path}: expected a trained Keras classifier as {role}, received none")
        return
    started = (path / "config.json").exists()
    if not (started and files.is_network(network_file(path))):
        from keras_models import presets  # which reads this module

        preset = path.name if path.name in presets.known() else "PRESET"
        raise ValueError(
            f"{path}: expected a finished run as {role}, train it with python tools/train.py {preset} "
            f"--out {shlex.quote(str(path))}; received {_found(path) if started else 'none'}"
        )


NETWORK = s.Kind(f"{WORDS}, or {pretrained.WORDS}", lambda value: is_source(value) or pretrained.is_application(value))


def check_network(entry) -> None:
    """Raises ValueError if a network, of a `NETWORK` setting, is not to be had."""
    if pretrained.is_application(entry):
        pretrained.check(entry)
    else:
        check_source(entry, "the network")


def network_file(run: Path) -> Path:
    """The network of a run: the finished one, or one whose own rules alone are still to be learned.

    Of it everything is run, and the rules, which later stages fit, do not count. run: its folder, with settings.
    """
    from keras_models import presets  # which reads this module

    finished, config = run / "model.keras", presets.read_object(run / "config.json")
    if finished.exists() or config.get("family") not in families.FAMILIES:
        return finished
    known, stages = families.presets(config["family"]).STAGES, config.get("stages")
    on_images = [name for name, own in known.items() if s.IMAGE_STAGE.keys() <= own.keys() and _epochs(stages, name)]
    last = run / f"{on_images[-1]}.keras" if on_images else finished
    return last if last.exists() else finished


def _epochs(stages, name: str) -> object:
    """How many a stage has in the settings of a run, which may be damaged; nothing where they do not say."""
    own = stages.get(name) if isinstance(stages, Mapping) else None
    return own.get("epochs") if isinstance(own, Mapping) else None


def image_shape(file: str | Path) -> tuple[int, int, int]:
    """(height, width, channels) of the images of a functional or Sequential classifier in a .keras file.

    Raises:
        ValueError: there is none, or it is for images of any size.
    """
    check_source({"file": str(file)}, "the network")
    with zipfile.ZipFile(file) as archive:
        saved = json.loads(archive.read("config.json"))
    layers = saved["config"].get("layers") or []
    shapes = [layer["config"]["batch_shape"] for layer in layers if layer["class_name"] == "InputLayer"]
    shape = (shapes or [(saved.get("build_config") or {}).get("input_shape") or ()])[0]
    if len(shape) != 4 or None in shape[1:]:
        raise ValueError(f"{file}: expected a classifier of images of one size, received one of {tuple(shape[1:])}")
    return tuple(shape[1:])


def runs_of(arguments: Mapping) -> list[Path]:
    """The run folders among the networks that a network with these arguments is made of."""
    entries = [*arguments.get("members", ()), arguments.get("network")]
    return [Path(entry) for entry in entries if isinstance(entry, str) and Path(entry, "config.json").is_file()]


def _found(run: Path) -> str:
    return "a damaged one" if (run / "model.keras").exists() else "an unfinished one"
