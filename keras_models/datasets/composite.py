"""What the composite data sets share: configurations, splits, and a generator keyed by (seed, split, index)."""

import abc
import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets import sources
from keras_models.datasets.compose import CANVAS
from keras_models.datasets.draws import stream

ORIGINAL_SIZES = (54_000, 16_000, 10_000, 8_000)  # of what is composed from a whole original data set

CITATION = """@inproceedings{dai2020epnet,
  title     = {EPNet: Learning to Exit with Flexible Multi-Branch Network},
  author    = {Dai, Xin and Kong, Xiangnan and Guo, Tian},
  booktitle = {Proceedings of the 29th ACM International Conference on Information and Knowledge Management},
  year      = {2020},
  doi       = {10.1145/3340531.3411973}
}"""


@dataclasses.dataclass(eq=False)
class CompositeConfig(tfds.core.BuilderConfig):
    """One variant of a composite data set.

    Attributes:
        original: tensorflow-datasets name of the source pictures, or None for scikit-learn's bundled digits.
        sizes: composites in train, validation, test and held_out. Those of validation, on which exit policies are
            fitted, and of held_out, which say what these lose, are many: their source pictures are few, but can be
            combined in many ways.
        seed: of all draws.
        pictures: source pictures that the original has to train and to test on.
        canvas: side in pixels of a composite; of one that is no square its height.
        even: whether every label comes equally often, in every kind alike.
        classes: number of labels.
    """

    original: str | None = None
    sizes: tuple[int, int, int, int] = (8_000, 5_000, 2_000, 3_000)
    seed: int = 0
    pictures: tuple[int, int] = (60_000, 10_000)
    canvas: int = CANVAS
    even: bool = False
    classes: int = 10


class CompositeBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builder of pictures composed from source pictures; a subclass says how."""

    VERSION = tfds.core.Version("1.2.0")
    RELEASE_NOTES = {
        "1.2.0": "Half of what is neither trained nor tested on is held out; train and test are unchanged.",
        "1.1.0": "Held-out composites have source pictures of their own; train and test are unchanged.",
        "1.0.0": "Initial release.",
    }
    GROUP: tuple[str, tuple[str, ...]]  # name of the feature that tells kinds of pictures apart, and their names
    DESCRIPTION: str
    HOMEPAGE, SOURCE = "https://doi.org/10.1145/3340531.3411973", CITATION
    ACROSS = 1  # squares of the canvas's side that lie beside each other in a composite

    def marks(self):
        """Further features, such as where objects are, by name; `composite` gives their values last. None here."""
        return {}

    @abc.abstractmethod
    def prepare_sources(self, found):
        """Turns `sources.Sources` of one split into whatever `composite` draws from, once for all composites."""

    @abc.abstractmethod
    def chosen(self, count, index, bits):
        """Draws which of `count` source pictures composite `index` shows, before all other draws: int64 [some].

        count: where labels come evenly, the labels of these pictures instead, int [count].
        """

    @abc.abstractmethod
    def composite(self, material, index, bits):
        """Makes composite `index` from `material` and the draws of `bits`.

        Returns:
            (picture uint8 [canvas, ACROSS * canvas], label int, kind int), and behind them a value for each of `marks`.
        """

    def sources(self, split):
        """Which source pictures the composites of a split show, in their stored order.

        Returns:
            int64 [composites, most], numbers within the split's source pictures; -1 where a composite shows fewer.
        """
        config, number = self.builder_config, sources.SPLITS.index(split)
        count = sources.counts(config.original and config.pictures)[split]
        if config.even:
            count = sources.read_original(config.original, Path(self.data_dir).parents[2])[split].labels
        # tensorflow-datasets stores examples by the MD5 of their split's name and key.
        places = range(config.sizes[number])
        order = sorted(places, key=lambda index: hashlib.md5(f"{split}{index}".encode()).digest())
        shown = [self.chosen(count, index, stream(config.seed, number, index)) for index in order]
        found = np.full((len(shown), max(map(len, shown))), -1)
        for row, some in zip(found, shown, strict=True):
            row[: len(some)] = some
        return found

    def _info(self):
        """Describes the data set: pictures, labels, the kind of each picture, and what else is known of it."""
        feature, kinds = self.GROUP
        side = self.builder_config.canvas
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.DESCRIPTION,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(side, side * self.ACROSS, 1), encoding_format="png"),
                    "label": tfds.features.ClassLabel(num_classes=self.builder_config.classes),
                    feature: tfds.features.ClassLabel(names=kinds),
                }
                | self.marks()
            ),
            supervised_keys=("image", "label"),
            homepage=self.HOMEPAGE,
            citation=self.SOURCE,
        )

    def _split_generators(self, dl_manager):
        """Reads the sources and returns one generator a split."""
        config = self.builder_config
        if config.original is None:
            found = sources.read_digits()
        else:
            found = sources.read_original(config.original, Path(self.data_dir).parents[2])
        return {
            split: self._generate_examples(found[split], number, size)
            for number, (split, size) in enumerate(zip(sources.SPLITS, config.sizes, strict=True))
        }

    def _generate_examples(self, found, split_number, size):
        """Yields (index, example) for `size` composites of one split."""
        material = self.prepare_sources(found)
        for index in range(size):
            bits = stream(self.builder_config.seed, split_number, index)
            picture, label, kind, *marks = self.composite(material, index, bits)
            known = dict(zip(self.marks(), marks, strict=True))
            yield index, {"image": picture[..., None], "label": label, self.GROUP[0]: kind} | known
