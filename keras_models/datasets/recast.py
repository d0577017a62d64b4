"""Pictures of a task as another needs them: in a common frame, so that several tasks have one form, or other labels.

Importing this module is cheap, for the sake of `--help`: TensorFlow is imported where data is first touched.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_models.datasets.task import Task


@dataclasses.dataclass(frozen=True)
class Recast(Task):
    """A task whose pictures, labels or both are made of another builder's.

    Attributes:
        groups: label names that count as one, a tuple for each of `labels`, of the `fine` ones; empty: labels stay.
        fine: label names of the builder, in its order.
        frame: (height, width, channels) of the builder's pictures, where they are another than `input_shape`: each is
            laid in the middle of black, grey ones with their channel repeated; None: pictures stay.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    fine: tuple[str, ...] = ()
    frame: tuple[int, int, int] | None = None

    def load(self, split, *, data_dir=None):
        """As `Task.load`, of what is made of the builder's arrays."""
        from keras_models.datasets import storage

        arrays = storage.load(self.builder, self._slices(split), data_dir)
        images, labels = arrays["image"], arrays["label"]
        if self.frame:
            images = framed(images, self.input_shape)
        if self.groups:
            labels = np.array(self.coarse)[labels]
        return self.checked(split, images, labels)

    @property
    def coarse(self) -> tuple[int, ...]:
        """The label that each of the fine ones counts as. Raises ValueError if one counts as none."""
        of = {name: number for number, names in enumerate(self.groups) for name in names}
        for name in self.fine:
            if name not in of:
                raise ValueError(
                    f"{self.name}: expected every one of the fine labels in a group, received none with {name}"
                )
        return tuple(of[name] for name in self.fine)


def framed(images, shape):
    """Pictures uint8 `[n, h, w, c]` in the middle of black ones of that shape (height, width, channels)."""
    rest = [side - own for side, own in zip(shape[:2], images.shape[1:3], strict=True)]
    padded = np.pad(images, ((0, 0), *((gap // 2, gap - gap // 2) for gap in rest), (0, 0)))
    return np.repeat(padded, shape[2] // images.shape[3], axis=3)
