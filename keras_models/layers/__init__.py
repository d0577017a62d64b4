"""Small Keras layers that families share."""

from keras_models.layers.classifier import branch_classifier, branch_pooling
from keras_models.layers.controller import Controllers
from keras_models.layers.gates import FeedForwardGates, RandomGates, RecurrentGates
from keras_models.layers.links import ExitLinks
from keras_models.layers.residual import ConvUnit, ResidualBlock, conv_units, projection_macs

__all__ = [
    "Controllers",
    "ConvUnit",
    "ExitLinks",
    "FeedForwardGates",
    "RandomGates",
    "RecurrentGates",
    "ResidualBlock",
    "branch_classifier",
    "branch_pooling",
    "conv_units",
    "projection_macs",
]
