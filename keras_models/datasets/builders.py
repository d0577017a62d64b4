"""Importing this module registers the data sets with tensorflow-datasets, so that tfds.load knows them by name."""

from keras_models.datasets.max_min_mnist import MaxMinMnist
from keras_models.datasets.mnist_sharing import MnistSharing
from keras_models.datasets.multi_scale_fashion import MultiScaleFashion

__all__ = ["MaxMinMnist", "MnistSharing", "MultiScaleFashion"]
