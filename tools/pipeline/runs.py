"""A run folder: what a training was told, what it wrote, and how far it came.

RUN/config.json      settings; equal settings resume, others are refused
RUN/STAGE.keras      after a stage of the training that is not the last
RUN/model.keras      after the last stage: what tools/convert.py reads
RUN/STAGE.json       how the network does after a stage that is judged, on images it was not fitted on
RUN/STAGE.csv, logs/ curves of the training; logs/ is for TensorBoard
RUN/soft_targets.npy what teachers answer to the training images, blended with the labels, where there are teachers
RUN/observed/        values of the frozen network that later stages read
RUN/layers/          Python files with layers of one's own, which are run before the network is read
RUN/backup/          the last two epochs of an unfinished stage
RUN/.in_use          lock of the process that trains there
"""

import contextlib
import functools
import glob
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from keras_models import environment, families, files, own_layers, presets
from keras_models.policies import names
from keras_models.presets import settings
from tflite.bundle.places import absolute, check_folder, plain_name, read_object
from tools import console

POLICY_SPLIT = "validation"
HELD_OUT_SPLIT = "held_out"
CONFIG, IN_USE, FOLDERS = "config.json", ".in_use", ("backup", "logs", "observed", own_layers.FOLDER)
OWN = (CONFIG, "model.keras", "soft_targets.npy", IN_USE, ".compress", ".draft.*", "logs/*/events.out.*")
OWN += ("observed/*.npz", "compress/*", "reproduce/*", "backup/*", f"{own_layers.FOLDER}/*.py")


class RunError(ValueError):
    """A run folder that cannot be used as asked; the sentence says why and what to do."""


def own_files(folder: Path) -> list[str]:
    """Patterns of the files that the tools write into the run in a folder; none where there is no run."""
    stages = read_object(folder / CONFIG).get("stages")
    trained = map(glob.escape, stages) if isinstance(stages, dict) else ()
    found = [f"{name}.{kind}" for name in trained for kind in ("keras", "json", "csv")]
    return [*OWN, *found] if found else []


def write_json(file: Path, content, indent: int = 1) -> None:
    """Write a JSON file, whole or not at all."""
    text = json.dumps(content, indent=indent) + "\n"
    with files.whole(file) as stream:
        stream.write(text.encode())


kept = functools.partial(files.kept, say=console.say)


@dataclass(frozen=True)
class Run:
    """A run folder and its settings; new: whether the folder has been made for it just now."""

    folder: Path
    config: dict
    new: bool = field(default=False, compare=False)

    @property
    def model_file(self) -> Path:
        """The finished network."""
        return self.folder / "model.keras"

    def bundle_name(self, mode: str) -> str:
        """Of a conversion to this precision, as its manifest has it."""
        return plain_name(absolute(self.folder).name, f"-{mode}")

    def stage_file(self, stages, index: int) -> Path:
        """The network after a stage: that of the last one is the finished network's."""
        return self.model_file if index == len(stages) - 1 else self.folder / f"{stages[index].name}.keras"

    def save(self, network, file: Path) -> None:
        """Save a Keras model as that file of the run, whole or not at all."""
        with files.draft(file) as draft:
            network.save(draft)

    def write(self, name: str, content: dict) -> None:
        """Write a JSON file into the run, whole or not at all."""
        write_json(self.folder / name, content, indent=2)


def start(folder, config: dict, beside=()) -> Run:
    """A new run, or the one that stands there with the same settings. Raises RunError if its settings differ.

    beside: names of files that may stand in a new run's folder.
    """
    environment.check()
    folder = check_place(folder, beside)
    run = Run(folder, json.loads(json.dumps(config)))
    if (folder / CONFIG).exists():
        _check_same(run)
        return run
    run = replace(run, new=not folder.exists())
    folder.mkdir(parents=True, exist_ok=True)
    run.write(CONFIG, run.config)
    return run


def _check_same(run: Run) -> None:
    """Raises RunError if the settings that stand in a run's folder are not the run's."""
    before = _settings(presets.read_object, run.folder / CONFIG)
    now, before = _completed(run.config), _completed(before)
    changed = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
    if changed:
        raise RunError(
            f"{run.folder} holds a run with other settings ({', '.join(changed)}): expected the same, to resume it; "
            "give another --out, or remove the folder"
        )


def _completed(config: dict) -> dict:
    """Settings with the defaults of those that there were not yet when they were written."""
    config = presets.with_optional_stages(config)
    family, stages = config.get("family"), config.get("stages")
    if family not in families.FAMILIES or not isinstance(stages, dict):
        return config
    declared = families.presets(family).STAGES
    defaults = {
        name: settings.defaults(known) for name, known in declared.items() if isinstance(stages.get(name), dict)
    }
    return config | {
        "stages": stages | {name: json.loads(json.dumps(own)) | stages[name] for name, own in defaults.items()}
    }


def check_place(folder, beside=()) -> Path:
    """Returns a folder. Raises RunError or PlaceError if it holds no run but something else, or cannot be written.

    beside: as for `start`.
    """
    folder = check_folder(folder)
    if (path := str(folder)) != path.encode("utf-8", "replace").decode():
        expected = "expected a path in UTF-8, for TensorFlow writes to no other"
        raise RunError(f"{expected}, received {path!r}; give another --out")
    there = {file.name for file in folder.iterdir()} if folder.exists() else set()
    # Another worker may be writing config.json at this moment, or have written it since.
    if CONFIG not in there and {name for name in there - {*beside} if not files.is_draft(name, CONFIG)}:
        raise RunError(f"{folder} is not empty and is not a run: expected a new folder or one with config.json")
    for name in FOLDERS if CONFIG in there else ():
        check_folder(folder / name)
    return folder


def read(folder) -> Run:
    """The run in that folder. Raises RunError if there is none, or its settings are damaged."""
    environment.check()
    file = Path(folder) / CONFIG
    if not file.exists():
        raise RunError(f"{folder} is not a run: expected a folder with config.json, written by tools/train.py")
    return Run(Path(folder), _settings(presets.read_run, file))


def _settings(read: Callable, file: Path) -> dict:
    try:
        return read(file)
    except ValueError as error:
        raise RunError(f"{error}; it is damaged: put it right, or give another --out and train anew") from None


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else works in that folder while it is open. Raises RunError if somebody does."""
    with files.locked(folder / IN_USE, wait=False) as held:
        if not held:
            raise RunError(f"{folder} is in use by another process: wait until that ends, or give another --out")
        yield


@contextlib.contextmanager
def begun(run: Run) -> Iterator[None]:
    """As `alone`; a run of which nothing is trained when the block fails is no more: others may have its place."""
    with alone(run.folder):
        _check_same(run)  # another process may have begun in the same folder meanwhile
        try:
            yield
        except BaseException:
            left = {file.name for file in run.folder.iterdir()}
            if left <= {CONFIG, IN_USE, own_layers.FOLDER}:
                shutil.rmtree(run.folder / own_layers.FOLDER, ignore_errors=True)
                for name in left - {own_layers.FOLDER}:
                    (run.folder / name).unlink()
                if run.new:
                    run.folder.rmdir()
            raise


def load_model(run: Run):
    """The trained network of a run. Raises RunError if the training has not ended."""
    if not run.model_file.exists():
        raise RunError(
            f"{run.folder} has no model.keras: expected a finished run; train it to the end with the same --out"
        )
    return read_network(run, run.model_file)


def load_for(run: Run, policy: str):
    """The trained network of a run; that after the first stage will do where its own rules are not those that decide.

    policy: name of who decides. Raises RunError if the training has not come so far.
    """
    started = policy != names.OWN and not run.model_file.exists() and first_stage_file(run).exists()
    return load_first_stage(run) if started else load_model(run)


def first_stage_file(run: Run) -> Path:
    """The file of a run's network after its first stage of any epochs, whether that has ended or not."""
    stages = run.config["stages"]
    trained = [name for name in families.presets(run.config["family"]).STAGES if stages[name]["epochs"]]
    return run.model_file if len(trained) == 1 else run.folder / f"{trained[0]}.keras"


def load_first_stage(run: Run):
    """The network of a run after its first stage. Raises RunError if that has not ended."""
    return read_network(run, need_first_stage(run))


def need_first_stage(run: Run) -> Path:
    """The file of a run's network after its first stage. Raises RunError if that has not ended."""
    file = first_stage_file(run)
    if not file.exists():
        raise RunError(f"{run.folder} has no {file.name}: expected a run whose first stage has ended")
    if not files.is_network(file):
        expected = "expected a network that tools/train.py saved"
        raise RunError(f"{file}: {expected}, received a damaged file; train it again with the same --out")
    return file


def stages_of(run: Run, network) -> list:
    """The stages of a run's training (`base.Stage`). Raises ValueError if its settings do not fit the network."""
    return network.stages(run.config["stages"], run.config["seed"])


def is_sound(file: Path) -> bool:
    """Whether a network was saved as that file; of a damaged one it is said that it is made again."""
    sound = files.is_network(file)
    if file.exists() and not sound:
        console.say(f"{file} is damaged, it is made again")
    return sound


def read_network(run: Run, file: Path, compile: bool = False):
    """A saved network of a run. Raises RunError if it cannot be read.

    compile: whether it is ready for training as it was when it was saved.
    """
    families.load(run.config["family"])  # registers the classes that the file names
    own_layers.load_kept(run.folder, run.config)
    network, reason = files.read_network(file, compile)
    if reason is not None:
        saved = f"{file}: expected a network that tools/train.py saved"
        raise RunError(f"{saved}; it cannot be read: {reason}; remove it, and train again with the same --out")
    return network


def trained_as(config: dict) -> str:
    """How the first stage of a run was trained, in one clause."""
    first = next(iter(config["stages"].values()))
    words = [f"preset `{config['preset']}`", f"{first['epochs']} epochs", f"seed {config['seed']}"]
    if config.get("start"):
        words.append(f"from the weights of {config['start']}")
    if config.get("teachers"):
        words.append(f"taught by {' and '.join(config['teachers'])}")
    return ", ".join(words)
