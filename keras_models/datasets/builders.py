"""Importing this module registers the data sets with tensorflow-datasets, so that tfds.load knows them by name."""

from keras_models.datasets.clevr_sharing import ClevrSharing
from keras_models.datasets.correlated_regions import CorrelatedRegions
from keras_models.datasets.max_min_mnist import MaxMinMnist
from keras_models.datasets.mnist_sharing import MnistSharing
from keras_models.datasets.multi_scale_fashion import MultiScaleFashion
from keras_models.datasets.scenes import Scenes
from keras_models.datasets.transformed_objects import TransformedObjects
from keras_models.datasets.two_digits import TwoDigits

__all__ = [
    "ClevrSharing",
    "CorrelatedRegions",
    "MaxMinMnist",
    "MnistSharing",
    "MultiScaleFashion",
    "Scenes",
    "TransformedObjects",
    "TwoDigits",
]
