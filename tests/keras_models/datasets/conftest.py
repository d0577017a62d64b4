"""Tiny variants of the data sets, small enough to be prepared in a test."""

import numpy as np
import pytest

TINY_SIZES = (24, 8, 12, 6)


@pytest.fixture
def only_folders(monkeypatch, tmp_path):
    """Leaves no folder of data sets but those that a test names: home is empty, the environment says nothing."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    monkeypatch.delenv("FRUGAL_DATA_DIR", raising=False)
    return tmp_path


@pytest.fixture
def tiny_builders(monkeypatch):
    """Makes `storage` build the composite data sets with `TINY_SIZES`, and from `TinyOriginal` for "mnist"."""
    import tensorflow_datasets as tfds

    from keras_models.datasets import builders, storage
    from keras_models.datasets.composite import CompositeConfig

    class TinyOriginal(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        """Forty and ten pictures; picture i is a 20x20 square of brightness i + 1 in the middle, its label i % 10."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            return tfds.core.DatasetInfo(
                builder=self,
                features=tfds.features.FeaturesDict(
                    {"image": tfds.features.Image(shape=(28, 28, 1)), "label": tfds.features.ClassLabel(num_classes=10)}
                ),
            )

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(0, 40), "test": self._generate_examples(40, 50)}

        def _generate_examples(self, start, stop):
            for number in range(start, stop):
                image = np.zeros((28, 28, 1), np.uint8)
                image[4:24, 4:24] = number + 1
                yield number, {"image": image, "label": number % 10}

    def build(name, folder):
        if name == "mnist":
            return TinyOriginal(data_dir=folder)
        builder, variant = name.split("/")
        original = None if variant == "digits" else "mnist"
        config = CompositeConfig(name=f"tiny_{variant}", description="tiny", original=original, sizes=TINY_SIZES)
        return {"max_min_mnist": builders.MaxMinMnist, "multi_scale_fashion": builders.MultiScaleFashion}[builder](
            config=config, data_dir=folder
        )

    monkeypatch.setattr(storage, "_builder", build)
