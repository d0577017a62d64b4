"""How answers are compared with what is right: labels one by one, boxes by their average precision.

A judge reads answers from batched outcomes or from single results, and gives of each sample a number whose mean is the
accuracy: whether a label is right, or what a picture adds to the average precision at an overlap of a half (AP50).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keras_models.datasets import scene_kinds
from keras_models.functional import average_precision as ap

UNKNOWN = -1  # the kind of a box of a class that the task does not know
ACCURACY, PRECISION = "share of right answers", "average precision at an overlap of 0.5 (AP50)"


class LabelJudge:
    """Of labels: int `[samples]`."""

    accuracy = ACCURACY

    def of_outcomes(self, outcomes) -> np.ndarray:
        """What was answered to each sample of a batch."""
        return outcomes.labels()

    def of_result(self, result) -> int:
        """What was answered to one sample."""
        return result.label

    def right(self, answers, labels) -> np.ndarray:
        """Whether each answer is right: bool `[samples]`."""
        return np.asarray(answers) == np.asarray(labels)

    def divergence(self) -> None:
        """None: answers of labels have logits, which say more."""
        return None

    def figures(self, answers, labels, kinds: Sequence[str]) -> dict:
        """Nothing beyond the accuracy."""
        return {}


@dataclass(frozen=True)
class BoxJudge:
    """Of boxes: float32 `[samples, rows, 6]` as `average_precision` takes them.

    Attributes:
        output: its name.
        classes: of the output, by name, in the order of their numbers.
        kinds: names of the task's kinds, in the order of theirs.
    """

    output: str
    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    accuracy = PRECISION

    def of_outcomes(self, outcomes) -> np.ndarray:
        """What was found on each picture of a batch."""
        given = {key: outcomes.given[f"{self.output}{key}"].real for key in ("", ".scores")}
        scores = given[".scores"]
        boxes, kinds = given[""].reshape(*scores.shape, 4), np.zeros(scores.shape, int)
        if f"{self.output}.classes" in outcomes.given:
            kinds = np.rint(outcomes.given[f"{self.output}.classes"].real).astype(int)
        found = np.concatenate([boxes, scores[..., None], self._numbers[kinds][..., None]], axis=-1)
        if f"{self.output}.count" in outcomes.given:
            count = outcomes.given[f"{self.output}.count"].real
            found[..., ap.KIND] = np.where(np.arange(scores.shape[1]) < count, found[..., ap.KIND], UNKNOWN)
        return found.astype(np.float32)

    def of_result(self, result) -> np.ndarray:
        """What was found on one picture: `[boxes, 6]`."""
        boxes = result.outputs[self.output].boxes
        rows = [(*box.corners, box.score, self._number(box.name)) for box in boxes]
        return np.array(rows, np.float32).reshape(-1, 6)

    def right(self, answers, labels) -> np.ndarray:
        """What each picture adds to the AP50 of the kinds that the output knows: float64 `[samples]`."""
        return ap.picture_values(padded(answers), labels, self.known)

    def divergence(self):
        """Function (outcomes, others) -> how much less the others' boxes are than those, as AP50 of them as truth."""

        def differ(reference, outcomes) -> float:
            before = self.of_outcomes(reference)
            truth = np.concatenate([before[..., :4], before[..., ap.KIND :], np.zeros_like(before[..., :1])], axis=-1)
            precision = ap.average_precision(self.of_outcomes(outcomes), truth, self.known, ap.COCO)
            return 1.0 - ap.mean_precision(precision)

        return differ

    def figures(self, answers, labels, novel: Mapping[str, Sequence[str]] | None = None) -> dict:
        """{"ap50", "ap": COCO's, "kinds": AP50 by name, "splits": {number: {"base", "novel"}}}; null where unknown.

        novel: split -> kinds that are new in it; by default those of the rendered scenes, if the task has them.
        """
        found = padded(answers)
        precision = ap.average_precision(found, labels, self.known)
        half = {self.kinds[kind]: one for kind, one in zip(self.known, precision[:, 0].tolist(), strict=True)}
        told = {"ap50": ap.mean_precision(precision[:, 0]), "ap": ap.mean_precision(precision)}
        told |= {"kinds": {name: None if np.isnan(one) else one for name, one in half.items()}}
        novel = novel or {str(number): names for number, names in scene_kinds.NOVEL.items()}
        splits = {n: names for n, names in novel.items() if set(names) <= set(self.kinds)}
        return told | {"splits": {n: _split(half, names) for n, names in splits.items()}}

    @property
    def known(self) -> list[int]:
        """Numbers of the task's kinds that the output can name."""
        return sorted({self._number(name) for name in self.classes} - {UNKNOWN})

    @property
    def _numbers(self) -> np.ndarray:
        return np.array([self._number(name) for name in self.classes] or [UNKNOWN])

    def _number(self, name: str) -> int:
        return self.kinds.index(name) if name in self.kinds else UNKNOWN


def judge_of(outputs: Mapping, rows: Mapping[str, Sequence[str]], labels) -> LabelJudge | BoxJudge:
    """The judge of the first output that is one of boxes, else of labels.

    Args:
        outputs: name -> `keras_models.outputs` or the manifest's, with `scores`, `table` and names of its own perhaps.
        rows: table -> labels of its rows.
        labels: names of the task's classes.
    """
    for name, output in outputs.items():
        if hasattr(output, "scores"):
            own = getattr(output, "names", ()) or getattr(output, "labels", ()) or labels
            return BoxJudge(name, tuple(rows[output.table] if output.table else own), tuple(labels))
    return LabelJudge()


def of_chain(chain, task) -> LabelJudge | BoxJudge:
    """The judge of what a `Deployable` answers about a task."""
    return judge_of(chain.outputs(), {name: table.labels for name, table in chain.tables().items()}, task.labels)


def of_manifest(manifest, labels) -> LabelJudge | BoxJudge:
    """The judge of what a bundle answers; labels: of the task."""
    return judge_of(manifest.outputs, {name: table.labels for name, table in manifest.tables.items()}, labels)


def padded(found) -> np.ndarray:
    """What was found on each picture, `[boxes, 6]` each, as one array; a box that is none has the kind -1."""
    if isinstance(found, np.ndarray):
        return found
    full = np.zeros((len(found), max(map(len, found), default=0), 6), np.float32)
    full[..., ap.KIND] = UNKNOWN
    for place, boxes in enumerate(found):
        full[place, : len(boxes)] = boxes
    return full


def _split(half: Mapping[str, float], novel: Sequence[str]) -> dict:
    """AP50 of the kinds that are new and of the others; None where the output knows none."""
    sides = {"base": [n for n in half if n not in novel], "novel": [n for n in half if n in novel]}
    return {
        side: ap.mean_precision(np.array([half[n] for n in names])) if names else None for side, names in sides.items()
    }
