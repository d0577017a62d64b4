"""A training on a network or pictures of one's own: what the command line says, as a training takes it."""

from keras_models import datasets, presets
from keras_models.datasets import pictures
from keras_models.datasets.named_pictures import PREFIX
from keras_models.presets import sources
from keras_models.presets.settings import AUGMENTING
from tools import native
from tools.console import UserError
from tools.options import values_by_name

PIXELS = (0.0, 255.0)  # of a network of one's own: what Keras' applications and preprocessing layers take


def add_options(parser) -> None:
    """Adds --data, --pixels, --layers and --exits to a parser."""
    group = parser.add_argument_group("networks and pictures of one's own")
    text = "pictures in the place of a task: a folder with a folder a class, or these within train/, test/ and perhaps "
    text += f"validation/ with pictures that the network has not been trained on; or {PREFIX}NAME, a data set of "
    text += "tensorflow-datasets"
    group.add_argument("--data", metavar="FOLDER", help=text)
    text = "what the network sees of black and of white (default: 0 255 for a .keras file, 0 1 for a preset)"
    group.add_argument("--pixels", nargs=2, type=float, metavar=("LOW", "HIGH"), help=text)
    text = "auto, names of layers with commas between, or list, which tells those of a .keras file and ends "
    text += "(with_exits)"
    group.add_argument("--exits", metavar="LAYERS", help=text)
    text = "a Python file with the classes of a .keras file's own layers, registered with Keras; may be given again. "
    text += "IT IS RUN, here and, from the copy in the run folder, whenever that network is read: name none you do not "
    text += "trust"
    group.add_argument("--layers", action="append", metavar="FILE.py", help=text)


def add_first_stage_options(group) -> None:
    """Adds --augment and --class-weights to a group of options."""
    text = "change training pictures by a layer of Keras, such as RandomFlip=horizontal or RandomRotation=0.05; may be "
    text += f"given again; none changes nothing (of {', '.join(AUGMENTING)}; default: as the task allows)"
    group.add_argument("--augment", action="append", metavar="LAYER=ARGUMENT", help=text)
    text = "balanced lets classes of many and of few pictures weigh alike (default: equal, all pictures do)"
    group.add_argument("--class-weights", choices=("equal", "balanced"), help=text)


def augmentation(items: list[str] | None) -> dict | None:
    """The setting that --augment makes of texts such as "RandomFlip=horizontal"; None where there are none.

    An argument is JSON where it can be read so, else the text itself. Raises UserError for a text of another form.
    """
    if items is None:
        return None
    if items == ["none"]:
        return {}
    return values_by_name(items, "--augment LAYER=ARGUMENT")


def task_name(preset: str, data: str | None, dataset: str | None, pixels: list[float] | None) -> str | None:
    """The name of the task to train on, from what is given on the command line; None is the preset's.

    Raises UserError if both or neither is given where one is needed, or pixels of something else; ValueError if the
    preset, or the network in the file, is not to be had.
    """
    own = preset.endswith(".keras")
    if data and dataset:
        raise UserError(f"expected --data or --dataset, received both, {data} and {dataset}")
    if pixels and not (data and pixels[0] < pixels[1]):
        shown = " ".join(f"{number:g}" for number in pixels)
        raise UserError(f"expected --pixels LOW HIGH, the lower first, beside --data, received {shown}")
    if own and not (data or dataset):
        raise UserError(f"expected --data FOLDER or --dataset TASK for the network in {preset}, received none")
    if not data:
        return dataset
    if data.startswith(PREFIX):
        native.load_tensorflow()  # which reads the data set, and would talk
    shape = sources.image_shape(preset) if own else datasets.get(presets.get(preset)["task"]).input_shape
    return pictures.name(data, shape, pixels or (PIXELS if own else None))


def arguments(exits: str | None) -> dict:
    """Constructor arguments that --exits sets."""
    return {} if exits is None else {"at": exits if exits == "auto" else exits.split(",")}
