"""Batch normalisation that is trained in one kernel instead of a dozen."""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable("frugal")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation, faster in training where TensorFlow normalises the last axis of `[b, h, w, c]`.

    Keras puts the training step together from moments, products and sums, each a pass over the features; TensorFlow
    has one kernel for it and one for its gradient. Outputs, gradients, moving averages, weights and their names are
    Keras's, and so is everything else: inference, other axes and shapes, other backends.
    """

    def call(self, inputs, training=None):
        """Normalises `[..., channels]` by the batch in training, and else by the moving averages; the same shape."""
        last_of_four = self.axis in (-1, 3) and len(inputs.shape) == 4 and self.compute_dtype == "float32"
        if not (training and self.trainable and last_of_four and keras.backend.backend() == "tensorflow"):
            return super().call(inputs, training=training)
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.convert_to_tensor(self.gamma),
            offset=ops.convert_to_tensor(self.beta),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
        )
        count = ops.cast(ops.size(inputs) // inputs.shape[-1], "float32")
        variance *= (count - 1) / count  # the kernel's is the unbiased estimate, Keras keeps the biased one
        for average, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(self.momentum * average + (1 - self.momentum) * new)
        return outputs


def reestimate(network, batches) -> None:
    """Take the moving averages of every normalisation of a network anew: the mean of those of some batches.

    Moving averages lag behind weights that still move, and in early exits, which learn from several gradients, by much.
    Weights are not touched; normalisations that are not trainable keep their averages.

    Args:
        network: is called as in training.
        batches: iterable of normalised images `[batch, ...]`, large ones, of training images.
    """
    norms = [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    try:
        for count, images in enumerate(batches):
            for norm in norms:
                norm.momentum = count / (count + 1)
            network(images, training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
