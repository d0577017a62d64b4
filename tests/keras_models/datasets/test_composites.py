"""How composites are drawn and described, with pictures and draws that can be followed by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_models.datasets import multi_scale_fashion
from keras_models.datasets.composite import ORIGINAL_SIZES, CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import stream
from keras_models.datasets.max_min_mnist import MaxMinMnist
from keras_models.datasets.multi_scale_fashion import MultiScaleFashion, draw_corner
from keras_models.datasets.sources import SPLITS, Sources

BUILDERS = [MaxMinMnist, MultiScaleFashion]


class Words:
    """A bit generator whose numbers below a bound are those given, one after the other."""

    def __init__(self, *shares):
        self.shares = list(shares)

    def random_raw(self, size):
        taken, self.shares = self.shares[: int(size)], self.shares[int(size) :]
        return np.array([int(share * 2**32) << 32 for share in taken], np.uint64)


def test_a_corner_may_be_anywhere_on_the_canvas():
    assert draw_corner(Words(0, 0.999), 17).tolist() == [0, 33]
    assert draw_corner(Words(0.999, 0.5), 42).tolist() == [8, 4]
    assert draw_corner(Words(0.999, 0), 50).tolist() == [0, 0]


def pictures(side, *brightness):
    """Full squares, labelled by their number."""
    images = np.tile(np.array(brightness, np.uint8)[:, None, None], (1, side, side))
    return Sources(images, np.arange(len(brightness)))


@pytest.fixture
def fashion(tmp_path):
    return MultiScaleFashion(config="digits", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("index", "kind", "label", "ink"),
    # The named object is number 1 of 2, the other number 0; the small corner is (0, 0), the large one (8, 8).
    [
        (0, "small", 1, {20: 17 * 17}),
        (1, "large_centered", 1, {20: 42 * 42}),
        (2, "large", 1, {20: 42 * 42}),
        # The small one covers 9 x 9 pixels of the large one, from (8, 8) to (16, 16).
        (3, "two", 1, {20: 17 * 17, 10: 42 * 42 - 9 * 9}),
        (7, "two", 1, {20: 17 * 17, 10: 42 * 42 - 9 * 9}),
    ],
)
def test_objects_of_each_type(fashion, index, kind, label, ink):
    material = fashion.prepare_sources(pictures(28, 10, 20))
    picture, found, number = fashion.composite(material, index, Words(0.5, 0, 0, 0, 0.999, 0.999))
    assert (found, multi_scale_fashion.TYPES[number]) == (label, kind)
    assert {value: int((picture == value).sum()) for value in (10, 20) if (picture == value).any()} == ink
    if kind == "large":
        assert picture[8, 8] == picture[49, 49] == 20 and not picture[7].any()


def test_one_picture_may_be_both_objects(fashion):
    material = fashion.prepare_sources(pictures(28, 10))
    picture, label, _ = fashion.composite(material, 3, Words(0, 0, 0, 0, 0.999, 0.999))
    assert label == 0 and int((picture == 10).sum()) == 42 * 42 + 17 * 17 - 9 * 9


@pytest.mark.parametrize(("count", "difficulty"), [(0, 0), (1, 1), (2, 0), (3, 2), (4, 0), (7, 2)])
def test_digits_come_as_their_difficulty_says(tmp_path, count, difficulty):
    builder = MaxMinMnist(config="digits", data_dir=tmp_path)
    material = builder.prepare_sources(pictures(20, *range(10, 20)))
    picture, _, found = builder.composite(material, count, stream(0, count))
    assert found == difficulty and np.count_nonzero(picture) == 400 * (1, 2, 4)[difficulty]


def test_ink_is_centred_before_it_is_placed(tmp_path):
    """A digit in a corner of its picture is in the middle of its box."""
    builder = MaxMinMnist(config="digits", data_dir=tmp_path)
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, :4, :2] = 9
    box = builder.prepare_sources(Sources(image, np.array([3]))).images[0]
    assert np.argwhere(box).min(0).tolist() == [8, 9] and np.argwhere(box).max(0).tolist() == [11, 10]


class Counted(CompositeBuilder, skip_registration=True):
    """Notes what it is asked for."""

    BUILDER_CONFIGS = [CompositeConfig(name="one", description="d", sizes=(3, 2, 1, 0), seed=5)]
    GROUP = ("kind", ("a", "b"))
    DESCRIPTION = "Counted."

    def prepare_sources(self, found):
        self.prepared = [*getattr(self, "prepared", []), found]
        return found

    def chosen(self, count, index, bits):
        raise AssertionError("expected composites of what is prepared, received a choice anew")

    def composite(self, material, index, bits):
        return np.full((50, 50), index, np.uint8), int(bits.random_raw() % 10), index % 2


def test_examples_are_keyed_by_seed_split_and_number(tmp_path):
    builder = Counted(config="one", data_dir=tmp_path)
    examples = list(builder._generate_examples("material", 1, 3))
    assert [(key, example["kind"]) for key, example in examples] == [(0, 0), (1, 1), (2, 0)]
    assert [example["label"] for _, example in examples] == [int(stream(5, 1, i).random_raw() % 10) for i in range(3)]
    assert examples[1][1]["image"].shape == (50, 50, 1)
    assert builder.prepared == ["material"], "once for all of a split"
    fewer = list(builder._generate_examples("material", 1, 2))
    assert [example["label"] for _, example in fewer] == [example["label"] for _, example in examples[:2]]


def test_every_split_has_its_own_sources_and_size(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_models.datasets.sources.read_digits", lambda: {split: split for split in SPLITS})
    builder = Counted(config="one", data_dir=tmp_path)
    made = {split: list(examples) for split, examples in builder._split_generators(None).items()}
    assert {split: len(examples) for split, examples in made.items()} == {
        "train": 3, "validation": 2, "test": 1, "held_out": 0,
    }  # fmt: skip
    assert builder.prepared == list(SPLITS)


def test_originals_lie_beside_the_composites(tmp_path, monkeypatch):
    """A builder's folder is ROOT/name/config/version: the original is read from, or fetched into, ROOT."""
    asked = []

    def read(name, folder):
        asked.append((name, folder))
        return dict.fromkeys(SPLITS)

    monkeypatch.setattr("keras_models.datasets.sources.read_original", read)
    builder = MaxMinMnist(config="mnist", data_dir=tmp_path)
    builder._split_generators(SimpleNamespace())
    assert asked == [("mnist", tmp_path)]


@pytest.mark.parametrize("builder", BUILDERS)
def test_what_a_data_set_says_of_itself(builder, tmp_path):
    info = builder(config="digits", data_dir=tmp_path).info
    feature, kinds = builder.GROUP
    assert info.features["image"].shape == (50, 50, 1) and info.features["label"].num_classes == 10
    assert info.features[feature].names == list(kinds)
    assert info.supervised_keys == ("image", "label")
    original, digits, *_ = builder.BUILDER_CONFIGS
    assert original.sizes == ORIGINAL_SIZES and original.original == original.name
    assert digits.original is None and sum(digits.sizes) == 18_000


@pytest.mark.parametrize("name", ["max_min_mnist/digits", "multi_scale_fashion/digits", "max_min_mnist/mnist"])
def test_sources_are_those_that_the_stored_composites_show(name, tiny_builders, only_folders, monkeypatch):
    """Each stored picture is composed again of the source pictures that are said to be in it."""
    from keras_models.datasets import sources, storage

    builder = storage.prepare(name, only_folders)
    builder.builder_config.pictures = (40, 10)
    read = sources.read_digits() if name.endswith("digits") else sources.read_original("mnist", only_folders)
    for split in SPLITS:
        shown, stored = builder.sources(split), storage.read(builder, split)
        assert len(shown) == len(stored["label"]) and shown.max() < len(read[split].labels)
        kinds = np.array([(row >= 0).sum() for row in shown])
        labels = [read[split].labels[row[row >= 0]] for row in shown]
        if name.startswith("max_min"):
            assert kinds.tolist() == [(1, 2, 4)[kind] for kind in stored["difficulty"]]
            assert [found.max() - found.min() if len(found) > 1 else found[0] for found in labels] == list(
                stored["label"]
            )
        else:
            assert kinds.tolist() == [2 if kind == 3 else 1 for kind in stored["type"]]
            assert [found[0] for found in labels] == list(stored["label"])


def test_counts_of_source_pictures_are_those_of_the_splits():
    """Nine tenths of 60,000 to train; half of the rest to fit policies on, half held out; by hand."""
    from keras_models.datasets import sources

    assert sources.counts((60_000, 10_000)) == {"train": 54_000, "validation": 3_000, "test": 10_000, "held_out": 3_000}
    assert sources.counts(None) == {split: len(some.labels) for split, some in sources.read_digits().items()}
