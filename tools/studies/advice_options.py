"""What advice is asked for: a network, pictures, an accuracy, and how long it may take."""

from dataclasses import dataclass
from pathlib import Path

from keras_models import datasets, presets, pretrained
from keras_models.datasets import pictures
from keras_models.datasets.named_pictures import PREFIX
from keras_models.policies.verdicts import Wanted
from tools import native
from tools.console import UserError
from tools.options import check_least, numbers, option
from tools.pipeline import own_networks, part_prices

APPLICATION, FILE, RUN, PRESET = "application", "file", "run", "preset"


@dataclass(frozen=True)
class AdviceOptions:
    """Options of an advice, as `tools/advise.py --help` describes them.

    task: name of the pictures' task. exits: layers, as for `own_networks.add_options`. layers: Python files with the
    network's own.
    """

    network: str
    task: str
    exits: str | None = None
    layers: tuple[str, ...] = ()
    accuracy: float | None = option(
        None, "the accuracy that is wanted, in percent (default: --within)", type=float, metavar="PERCENT"
    )
    within: float = option(
        1.0, "points of a hundred below the network whole, as it is after the same training (default: 1)"
    )
    minutes: float = option(15.0, "about how long all of it may take on this machine (default: 15)")
    epochs: int | None = option(None, "passes for each training, in the place of --minutes", type=int)
    widths: tuple[float, ...] = option(
        (0.5, 0.25), "shares of its channels (default: 0.5,0.25)", type=str, metavar="LIST"
    )
    sizes: tuple[float, ...] = option(
        (0.75, 0.5), "shares of the sides of its images (default: 0.75,0.5)", type=str, metavar="LIST"
    )
    side: int | None = option(
        None, "of the square images for an application, in pixels (default: the task's)", type=int, metavar="PIXELS"
    )
    keep_weights: bool = option(
        False,
        "start from the network's weights (of ImageNet for an application), not from new ones, where layers are the "
        "same; thinner networks have none to start from, and are at a disadvantage",
    )
    cost: str = option(
        "latency",
        "what is to be saved: time on this machine (default), multiply-adds, or arm64 instructions of the phone's "
        "kernels; the others are told as well, the last where tools/phone_check.py works",
        choices=part_prices.CHOICES,
    )
    batch_size: int | None = option(None, "images in a step (default: the preset's, else 64)", type=int)
    learning_rate: float | None = option(
        None, "peak of the one-cycle schedule (default: the preset's, else 0.02)", type=float
    )
    images: int = option(5_000, "held-out images at most, half to choose settings on, half to judge (default: 5000)")
    seed: int = option(0, "of the trainings and of the halves (default: 0)")

    def validate(self) -> None:
        """Fail fast on numbers out of their range: raises UserError."""
        check_least(self, epochs=1, images=40, batch_size=1, seed=0, side=8)
        if self.exits == "list":
            raise UserError(
                "expected --exits auto or names of layers, received list: python tools/train.py FILE.keras --exits "
                "list tells those of a file"
            )
        for name, value, high in (("accuracy", self.accuracy, 100), ("within", self.within, 100)):
            if value is not None and not 0 <= value < high:
                raise UserError(f"expected --{name} from 0 to below {high}, received {value:g}")
        for name in ("minutes", "learning_rate"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1e6:
                raise UserError(f"expected --{name.replace('_', '-')} above zero, received {value:g}")
        for name in ("widths", "sizes"):
            if not all(value < 1 for value in getattr(self, name)):
                shown = ",".join(f"{value:g}" for value in getattr(self, name))
                raise UserError(f"expected --{name} below 1, received {shown}")

    @property
    def wanted(self) -> Wanted:
        """The accuracy as ways are compared by it."""
        return Wanted(None if self.accuracy is None else self.accuracy / 100, self.within)

    def goal(self) -> str:
        """The accuracy in words."""
        if self.accuracy is not None:
            return f"an accuracy of {self.accuracy:g} %"
        return f"within {self.within:g} point{'' if self.within == 1 else 's'} of the network whole"


def shares(name: str, text: str | tuple) -> tuple[float, ...]:
    """Shares as they were typed, "none" for none of them, the largest first."""
    if not isinstance(text, str):
        return text
    return () if text == "none" else tuple(sorted(set(numbers(f"--{name}", text)), reverse=True))


def kind_of(network: str) -> str:
    """What names a network: an application, a .keras file, a run folder or a preset.

    Raises:
        UserError: nothing of these.
    """
    if network in pretrained.NORMALISATION:
        return APPLICATION
    if network.endswith(".keras"):
        return FILE
    if (Path(network) / "config.json").is_file():
        return RUN
    if network.endswith(".json") or network in presets.known():
        return PRESET
    raise UserError(
        f"expected a .keras file, a run folder, a preset ({', '.join(presets.known())}) or one of keras.applications "
        f"({', '.join(pretrained.NORMALISATION)}), received {network!r}"
    )


def task_of(network: str, data: str | None, dataset: str | None, pixels: list[float] | None, side: int | None) -> str:
    """The name of the task of the pictures that are given on the command line, by default the network's own.

    Raises:
        UserError: both or none are given where one is needed; ValueError: pictures or network are not to be had.
    """
    kind = kind_of(network)
    if side and kind != APPLICATION:
        raise UserError(f"expected --side for one of keras.applications, received it for {network}")
    if kind in (FILE, PRESET):
        return own_networks.task_name(network, data, dataset, pixels) or presets.get(network)["task"]
    if (data is None) == (dataset is None) and (data or kind == APPLICATION):
        raise UserError(f"expected --data or --dataset for {network}, received {'both' if data else 'none'}")
    if data and data.startswith(PREFIX):
        native.load_tensorflow()  # which reads the data set, and would talk
    if kind == RUN:
        own = presets.read_run(Path(network) / "config.json")["task"]
        return pictures.name(data, datasets.get(own).input_shape, pixels) if data else dataset or own
    if data and side is None:
        raise UserError(f"expected --side PIXELS beside --data for {network}, which takes images of many sizes")
    return pictures.name(data, (side, side, 3), pixels) if data else dataset
