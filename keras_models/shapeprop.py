"""Masks of things whose kinds had boxes alone: a two-stage detector with saliency, its propagation, and a mask head.

Zhou et al., "Learning saliency propagation for semi-supervised instance segmentation" (ShapeProp), CVPR 2020; Wang, UC
Berkeley 2020, chapter 8. Boxes of all kinds teach what is salient in a region (equation 8.3); masks of some kinds teach
how that spreads (equation 8.4) and becomes a shape, which the mask head sees beside the region's features. Neither
spreading nor the head knows kinds, so they serve all of them. On a device every box that is kept gets its mask, the
surest first.

Here the detector is trained first and then left as it is; the source trains all of it at once.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from keras_models import programs
from keras_models.base import Part
from keras_models.functional import propagation
from keras_models.functional.cropping import taps
from keras_models.layers.residual import LAST
from keras_models.outputs import Boxes
from keras_models.two_stage import TwoStage

SHAPES = ("none", "shared", "channels")
STEPS = 14  # of the propagation, as many as a region has rows
REACH = 3


@keras.saving.register_keras_serializable("frugal")
class ShapeProp(TwoStage):
    """A two-stage detector with a mask head.

    Args:
        shapes: what the mask head sees beside features: "none" (Mask R-CNN's head), or a shape that was propagated by
            kernels that all channels have in "shared", or that are their own, "channels".
        mask: side of a region, and of its mask.
        tower: channels of the convolutions on a region.
        latent: channels that are propagated.
        kwargs: of `TwoStage`.

    Call arguments and output: as `TwoStage`.
    """

    kept_as = TwoStage.kept_as | {"mask": "mask_side"}

    def __init__(self, input_shape, classes, shapes="channels", mask=14, tower=24, latent=16, **kwargs):
        if shapes not in SHAPES:
            raise ValueError(f"expected shapes, one of {', '.join(SHAPES)}, received {shapes!r}")
        self.shapes, self.mask_side, self.tower, self.latent = shapes, int(mask), int(tower), int(latent)
        super().__init__(input_shape, classes, **kwargs)

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        super().build(input_shape)
        self.mask = self.mask_side, self.mask_side
        self.region = self._region_part()
        self.spread = self._spread() if self.shapes != "none" else None
        self.mask_head = self._mask_head()

    def _tower(self, x, name: str, count: int):
        """Convolutions of 3 x 3 with ReLU between them, the first behind one of 1 x 1 that narrows."""
        x = layers.Conv2D(self.tower, 1, activation="relu", data_format=LAST, name=f"{name}_narrow")(x)
        for number in range(count):
            x = _convolution(self.tower, f"{name}_{number}")(x)
        return x

    def _region_part(self) -> keras.Model:
        """From the features of a region to what the mask head sees, and what is salient in it and how that spreads."""
        piece = keras.Input((*self.mask, self.width), name="piece")
        made = {"seen": self._tower(piece, "seen", 1)}
        if self.shapes != "none":
            count = REACH**2 * (self.latent if self.shapes == "channels" else 1)
            salient, moved = self._tower(piece, "salient", 1), self._tower(piece, "messages", 1)
            made["saliency"] = layers.Conv2D(self.classes, 1, data_format=LAST, name="saliency")(salient)
            made["weights"] = layers.Conv2D(count, 1, data_format=LAST, name="message_weights")(moved)
        return keras.Model({"piece": piece}, made, name="region")

    def _spread(self) -> keras.Model:
        """From the saliency of a thing's kind to its shape: encoded, propagated, decoded."""
        one = keras.Input((*self.mask, 1), name="saliency")
        weights = keras.Input(self.region.output["weights"].shape[1:], name="weights")
        encoded = _convolution(self.latent, "encode_0")(one)
        encoded = _convolution(self.latent, "encode_1", None)(encoded)
        spread = propagation.propagate(encoded, propagation.kernels(weights, REACH), self.mask[0], REACH)
        decoded = _convolution(self.latent, "decode_0")(spread)
        shape = _convolution(1, "decode_1", None)(decoded)
        return keras.Model({"saliency": one, "weights": weights}, shape, name="spread")

    def _mask_head(self) -> keras.Model:
        fused = keras.Input((*self.mask, self.tower + (self.shapes != "none")), name="fused")
        x = fused
        for number in range(2):
            x = _convolution(self.tower, f"mask_{number}")(x)
        logits = layers.Conv2D(1, 1, data_format=LAST, name="mask_logits")(x)
        return keras.Model(fused, ops.squeeze(logits, -1), name="mask_head")

    def masks_of(self, pieces, kinds, training=False) -> dict:
        """Masks of regions.

        Args:
            pieces: their features, `[n, *mask, width]`.
            kinds: whose saliency counts, as shares `[n, classes]`.

        Returns:
            Logits `mask` `[n, *mask]`; with shapes, `shape` of the same form and `saliency` `[n, *mask, classes]`.
        """
        seen = self.region({"piece": pieces}, training=training)
        if self.shapes == "none":
            return {"mask": self.mask_head(seen["seen"], training=training)}
        salient = ops.sum(seen["saliency"] * kinds[:, None, None], axis=-1, keepdims=True)
        shape = self.spread({"saliency": salient, "weights": seen["weights"]}, training=training)
        mask = self.mask_head(propagation.fused(seen["seen"], shape), training=training)
        return {"mask": mask, "shape": ops.squeeze(shape, -1), "saliency": seen["saliency"]}

    def mask_weights(self) -> list:
        """Weights of everything behind a box."""
        return [weight for model in self.mask_models for weight in model.weights]

    @property
    def mask_models(self) -> list:
        """What comes behind the boxes."""
        return [model for model in (self.region, self.spread, self.mask_head) if model is not None]

    def stages(self, settings, seed=0):
        """Those of a detector, then what makes masks."""
        from keras_models.mask_training import mask_stage

        found = super().stages(settings, seed)
        return [*found, *([mask_stage(self, settings["masks"])] if settings["masks"]["epochs"] else [])]

    def parts(self):
        """Those of a detector, `region`, `mask_head`, and `spread` between them, whose kernels stay in float."""
        parts = super().parts() | {"region": Part(self.region)}
        if self.shapes != "none":
            parts["spread"] = Part(self._spread_part(), keep_float=True)
        fused = keras.Input(self.mask_head.input_shape[1:], name="fused")
        return parts | {"mask_head": Part(keras.Model({"fused": fused}, {"mask": self.mask_head(fused)}))}

    def _spread_part(self) -> keras.Model:
        """From what `region` gives, and the number of a row of the table, to what the mask head sees."""
        form = {name: made.shape[1:] for name, made in self.region.output.items()}
        seen, saliency, weights = (keras.Input(form[name], name=name) for name in ("seen", "saliency", "weights"))
        kind = keras.Input((), name="kind")
        places = ops.convert_to_tensor(np.arange(self.capacity, dtype=np.float32)[None])
        chosen = ops.matmul(ops.cast(ops.equal(ops.expand_dims(kind, 1), places), "float32"), self.saliencies())
        salient = ops.sum(saliency * ops.reshape(chosen, (-1, 1, 1, self.classes)), axis=-1, keepdims=True)
        fused = propagation.fused(seen, self.spread({"saliency": salient, "weights": weights}))
        ports = {"seen": seen, "saliency": saliency, "weights": weights, "kind": kind}
        return keras.Model(ports, {"fused": fused}, name="spread")

    def saliencies(self):
        """Which kinds' saliency a row of the table has: its own, or of a row that a device adds all kinds' mean."""
        known = np.flatnonzero(np.asarray(ops.convert_to_numpy(self.rows)).any(axis=1))
        shares = np.full((self.capacity, self.classes), 1 / self.classes, np.float32)
        shares[: len(known)] = np.eye(self.classes, dtype=np.float32)[known]
        return ops.convert_to_tensor(shares)

    def program(self):
        """A detector's, then a mask for one box after another."""
        crop = programs.crop("features", "box_seen", "mask_piece", self.mask, {"macs": taps(self.mask, self.width)})
        names = ("seen",) if self.shapes == "none" else ("seen", "saliency", "weights")
        look = [
            crop | {"mode": "box"},
            programs.run("region", {"piece": "mask_piece"}, {name: name for name in names}),
        ]
        fused = "seen"
        if self.shapes != "none":
            ports = {name: name for name in names} | {"kind": "kind_seen"}
            look.append(programs.run("spread", ports, {"fused": "fused"}))
            fused = "fused"
        look.append(programs.run("mask_head", {"fused": fused}, {"mask": "mask"}))
        *detect, _ = super().program()
        rows = {"box_seen": "boxes", "kind_seen": "kinds"} if self.shapes != "none" else {"box_seen": "boxes"}
        return [
            *detect,
            programs.each(rows, look, {"masks": "mask"}, "known", "masked"),
            programs.answer("answer", things="boxes"),
        ]

    def outputs(self):
        """As a detector's, with masks."""
        return super().outputs() | {"things": Boxes("scores", "kinds", "masked", "masks", table="classes")}


def _convolution(filters: int, name: str, activation: str | None = "relu"):
    return layers.Conv2D(filters, 3, padding="same", activation=activation, data_format=LAST, name=name)
