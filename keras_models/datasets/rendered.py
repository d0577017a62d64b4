"""What the rendered data sets share: each picture is drawn once, kept, and given to tensorflow-datasets from there."""

from __future__ import annotations

import abc
import functools
from pathlib import Path

import tensorflow_datasets as tfds

from keras_models.datasets.sources import SPLITS
from keras_models.rendering import store


class RenderedBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builder of rendered pictures; a configuration has a `painter` and `sizes`, a subclass says what is on them.

    What is drawn lies in ROOT/.NAME.CONFIG.drawn until the data set is whole, so that a preparation that was
    interrupted goes on where it was.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}

    @abc.abstractmethod
    def example(self, split: int, index: int, record: bytes) -> dict:
        """The features of a picture. split: number of the split, in the order of `SPLITS`; record: as it was drawn."""

    def sources(self, split):
        """None: every picture is one of its own."""
        del split

    @property
    def drawn(self) -> Path:
        """The file of pictures that are drawn while the data set is not whole."""
        root = Path(self.data_dir).parents[2]
        return root / f".{self.name}.{self.builder_config.name}.drawn"

    def download_and_prepare(self, **options):
        """As tensorflow-datasets has it; what was drawn is needed no more then."""
        super().download_and_prepare(**options)
        store.forget(self.drawn)

    def _split_generators(self, dl_manager):
        """Draws the pictures split by split."""
        del dl_manager
        sizes = zip(SPLITS, self.builder_config.sizes, strict=True)
        return {split: self._generate_examples(number, size) for number, (split, size) in enumerate(sizes) if size}

    def _generate_examples(self, number, size):
        """Yields (index, example) of a split."""
        progress = functools.partial(_progress, description=f"Rendering {SPLITS[number]} pictures")
        drawn = store.records(self.builder_config.painter, number, size, self.drawn, progress)
        for index, record in enumerate(drawn):
            yield index, self.example(number, index, record)


def _progress(items, total, description):
    """A bar on a terminal, where tensorflow-datasets shows bars."""
    from tensorflow_datasets.core.utils import tqdm_utils

    return iter(tqdm_utils.tqdm(items, desc=description, total=total, unit=" pictures", leave=False))
