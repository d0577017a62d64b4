"""A look-alike of brain scans over time: are all regions of a network in step (GARN: Dai, WPI 2022, section 3.4.2)?

The thesis takes 31 real scans of the default mode network, which are not to be had, and enlarges their number by random
series in four regions and random scalings. What is drawn here has the same size, number of regions and rule. Nothing of
it was measured in anybody's head, and accuracies on it are no statement about scans.
"""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets.citations import DAI_THESIS
from keras_models.datasets.draws import stream
from keras_models.datasets.sources import SPLITS
from keras_models.datasets.two_digits import centre

SIDE, TIMES = 91, 10
REGION = 9  # pixels of a region's side
# About where the regions of the default mode network are seen in a slice: two behind at the sides, one behind in the
# middle, one in front. (row, column) of the centres at a scaling of 1.
HOMES = ((64, 24), (64, 66), (70, 45), (22, 45))
SCALES = (0.8, 1.1)  # of the places about the middle of the slice
STEP = 0.6  # correlation above which two regions are in step
NORMAL, ABNORMAL = 1, 0
LEVEL, TISSUE, SIGNAL = 96.0, 12.0, 32.0  # grey levels: of the brain, of its texture, of a region's series


def normal_numbers(bits, count):
    """Standard normal numbers of raw words (Box and Muller), float64 [count]: the same under every NumPy."""
    uniform = ((bits.random_raw(2 * count) >> np.uint64(11)) + 1) / 2.0**53
    return np.sqrt(-2 * np.log(uniform[:count])) * np.cos(2 * np.pi * uniform[count:])


def in_step(series):
    """Whether all pairs of series [regions, times] have a Pearson correlation above STEP."""
    pairs = np.corrcoef(series)[np.triu_indices(len(series), 1)]
    return bool((pairs > STEP).all())


def draw_series(bits, normal, regions=len(HOMES), times=TIMES):
    """Series [regions, times] of mean 0 and deviation 1 that are in step, or are not; drawn until they are as wanted.

    Each is a common course with a share of its own, which is drawn too, so that both answers come near the rule.
    """
    while True:
        common, own = normal_numbers(bits, times), normal_numbers(bits, regions * times).reshape(regions, times)
        share = (bits.random_raw(1)[0] >> np.uint64(11)) / 2.0**53 * (0.8 if normal else 1.6)
        series = common + share * own
        series = (series - series.mean(1, keepdims=True)) / series.std(1, keepdims=True)
        if in_step(series) == normal:
            return series


def places(bits):
    """First pixels of the regions, int [regions, 2], under a scaling in each direction that is drawn."""
    shares = (bits.random_raw(2) >> np.uint64(11)) / 2.0**53
    scales, middle = SCALES[0] + shares * (SCALES[1] - SCALES[0]), (SIDE - 1) / 2
    return np.rint((np.array(HOMES) - middle) * scales + middle - (REGION - 1) / 2).astype(int)


def picture(bits, normal):
    """A slice over time and where its regions are: uint8 [91, 91, 10], float32 [4, 2] as (x, y) in -1..1."""
    series, corners = draw_series(bits, normal), places(bits)
    rows, columns = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    brain = (rows / 43) ** 2 + (columns / 36) ** 2 <= 1
    texture = normal_numbers(bits, SIDE * SIDE * TIMES).reshape(SIDE, SIDE, TIMES)
    seen = np.where(brain[..., None], LEVEL + TISSUE * texture, 0.0)
    for course, (row, column) in zip(series, corners, strict=True):
        seen[row : row + REGION, column : column + REGION] += SIGNAL * course
    centres = np.array([centre(corner, REGION, SIDE) for corner in corners], np.float32)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8), centres


@dataclasses.dataclass(eq=False)
class CorrelatedRegionsConfig(tfds.core.BuilderConfig):
    """The variant. sizes: slices in train, validation, test and held_out. seed: of all draws."""

    sizes: tuple[int, int, int, int] = (8_000, 2_000, 8_000, 2_000)
    seed: int = 0


class CorrelatedRegions(tfds.core.GeneratorBasedBuilder):
    """Slices of ten times with four regions, normal where all of these are in step; a look-alike, not scans."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS = [CorrelatedRegionsConfig(name="four", description="four regions; drawn, not measured")]

    def _info(self):
        """Describes the data set: slices, whether they are normal, and where the regions are."""
        return tfds.core.DatasetInfo(
            builder=self,
            description=__doc__,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Tensor(shape=(SIDE, SIDE, TIMES), dtype=np.uint8),
                    "label": tfds.features.ClassLabel(names=["abnormal", "normal"]),
                    "centres": tfds.features.Tensor(shape=(len(HOMES), 2), dtype=np.float32),
                }
            ),
            supervised_keys=("image", "label"),
            citation=DAI_THESIS,
        )

    def sources(self, split):
        """Every slice is drawn by itself: int64 [n, 1]."""
        return np.arange(self.builder_config.sizes[SPLITS.index(split)])[:, None]

    def _split_generators(self, dl_manager):
        """One generator a split."""
        del dl_manager
        sizes = zip(SPLITS, self.builder_config.sizes, strict=True)
        return {split: self._generate_examples(number, size) for number, (split, size) in enumerate(sizes)}

    def _generate_examples(self, split_number, size):
        """Yields (index, example); every other slice is normal."""
        for index in range(size):
            label = (ABNORMAL, NORMAL)[index % 2]
            image, centres = picture(stream(self.builder_config.seed, split_number, index), bool(label))
            yield index, {"image": image, "label": label, "centres": centres}
