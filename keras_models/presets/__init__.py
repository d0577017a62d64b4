"""Presets: pure data. Name -> family, constructor arguments, task, settings of the stages, source, expected result.

One file a family, which also declares what its settings are; a JSON file of the same form is as good as a name. No
Keras is imported here.

A family's file may offer a SPACE for tools/tune.py: "network", or a stage after the first, which is searched alone ->
path of a setting, as in --set ("network.filters", "classifiers.weight_decay") -> what may be chosen, in one of these
forms:

    [a, b, ...]                     one of these, the smallest network's first
    ("log", low, high)              a number, uniform in its logarithm
    ("times", factors)              the preset's list of widths, all times one of the factors
    ("each", numbers)               the preset's list, every entry one of the numbers
    ("runs", factors, counts, n)    a list of widths in runs of equal ones: "times", each run n times a count long

`spaces` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from keras_models import families
from keras_models.presets import settings

RUN = {"preset": str, "family": str, "task": str, "arguments": dict, "stages": dict, "seed": int}  # of config.json
KEYS = {"family", "task", "arguments", "stages", "source", "expected"}


def known() -> dict[str, dict]:
    """Every preset of every family by name."""
    return {
        name: {"family": family} | preset
        for family in families.FAMILIES
        for name, preset in families.presets(family).PRESETS.items()
    }


def get(name: str) -> dict:
    """The preset of that name, or in the file of that name if it ends in .json; of a .keras file, exits in its network.

    Raises:
        ValueError: there is none; it lists the known ones, or says what was expected in the file.
    """
    if str(name).endswith(".json"):
        return read(name)
    if str(name).endswith(".keras"):
        return families.presets("with_exits").of_file(str(name))
    presets = known()
    if name not in presets and Path(name).exists():
        raise ValueError(
            f"{name}: expected a preset's name or .json file, or a network that Keras has saved as .keras (of another "
            "format: keras.models.load_model(FILE).save(NAME.keras)), received something else"
        )
    if name not in presets:
        raise ValueError(f"expected a preset, one of {', '.join(presets)}, received {name!r}")
    return presets[name]


def read(file) -> dict:
    """The preset in a JSON file.

    Raises:
        ValueError: it is none; the sentence tells what was expected there and what was received.
    """
    try:
        preset = json.loads(Path(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"expected a preset's name or file, received {str(file)!r}: there is no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file}: expected a preset in JSON, received {error}") from None
    try:
        check(preset)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    return preset


def read_object(file) -> dict:
    """An object in a JSON file. Raises ValueError if it holds anything else."""
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: expected JSON, received {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{file}: expected settings by name in JSON, received {type(found).__name__}")
    return found


def read_run(file, needed=tuple(RUN)) -> dict:
    """The settings of a run, from the config.json of its folder.

    needed: names of those that have to be there.

    Raises:
        ValueError: it holds something else.
    """
    config = with_optional_stages(read_object(file))
    wrong = [name for name in needed if not isinstance(config.get(name), RUN[name])]
    if not wrong and "seed" in needed and not 0 <= config["seed"] < 1 << 32:
        wrong = ["seed"]
    if not wrong and config["family"] not in families.FAMILIES:
        wrong = ["family"]
    if not wrong and "stages" in needed:
        stages = [(name, config["stages"].get(name)) for name in families.presets(config["family"]).STAGES]
        wrong = [name for name, own in stages if not isinstance(own, dict) or not isinstance(own.get("epochs"), int)]
    if not settings.LAYERS.fits(config.get("layers", [])):
        wrong = ["layers"]
    if wrong:
        raise ValueError(f"{file}: expected the settings of a run, received none of {', '.join(wrong)}")
    return config


def with_optional_stages(config: dict) -> dict:
    """A run's settings with the stages of no epochs that its family had not yet when they were written."""
    family, stages = config.get("family"), config.get("stages")
    if family not in families.FAMILIES or not isinstance(stages, dict):
        return config
    known = families.presets(family).STAGES
    defaults = {name: settings.complete({}, own) for name, own in known.items() if own["epochs"].default == 0}
    given = json.loads(json.dumps(defaults)) | stages
    return config | {"stages": {name: given[name] for name in known if name in given} | stages}


def check(preset) -> None:
    """Checks the form of a preset; the task's name is checked by who loads its data.

    Raises:
        ValueError: it has another form.
    """
    keys = set(preset) if isinstance(preset, Mapping) else set()
    if keys != KEYS:
        shown = ", ".join(sorted(keys)) if keys else repr(preset)
        raise ValueError(f"expected a preset of {', '.join(sorted(KEYS))}, received {shown}")
    for name in ("family", "task", "source", "expected"):
        if not isinstance(preset[name], str):
            raise ValueError(f"expected text as {name}, received {preset[name]!r}")
    resolve(preset["family"], preset["arguments"], preset["stages"])


def resolve(family: str, arguments: Mapping, stages: Mapping[str, Mapping]) -> tuple[dict, dict[str, dict]]:
    """A network's arguments, and every setting of every stage, defaults filled in.

    Raises:
        ValueError: something is unknown, missing, of another kind, or contradicts something else.
    """
    declared = families.presets(family)
    settings.check("arguments", arguments, declared.ARGUMENTS)
    if not isinstance(stages, Mapping) or not set(stages) <= set(declared.STAGES):
        shown = ", ".join(map(str, stages)) if isinstance(stages, Mapping) else repr(stages)
        raise ValueError(f"expected stages among {', '.join(declared.STAGES)}, received {shown}")
    completed = {}
    for name, known_settings in declared.STAGES.items():
        settings.check(name, stages.get(name, {}), known_settings)
        completed[name] = settings.complete(stages.get(name, {}), known_settings)
    return declared.resolve(dict(arguments), completed), completed


def build(preset: Mapping, input_shape, classes: int):
    """The untrained network of a preset.

    Args:
        preset: with `family`, `arguments` and, for families that need its normalisation, `task`.
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
    """
    network = families.load(preset["family"])
    return network.create(input_shape, classes, preset.get("task"), **preset["arguments"])
