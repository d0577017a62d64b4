"""The steps of a batch that look at regions: crops, the best of many boxes, and what is done for each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..program.crop import box_crop, glimpse, theta_crop
from ..program.keep import keep_best
from ..program.regions import whole_number
from .memo import combined, digest
from .values import Column, Value


class RegionSteps:
    """The part of a `BatchRun` that takes these steps: it uses the run's columns, its session and its events."""

    def _crop(self, step, rows, where, turn):
        image, at = (self.column(step[key]) for key in ("value", "at"))
        key = ("crop", step.get("mode", "theta"), *step["size"], step.get("scales", 1), step.get("padding", 0.0))
        columns = {"image": image, "at": at}
        for places, _ in image.chunks(rows):  # images of one shape at a time
            some = rows[places]
            cut, versions = self._session.compute(key, _cropper(step), None, columns, some)["output"]
            self._write(step["output"], some, cut, versions)
        self._note("crop", where, step["output"], rows, turn)
        return rows

    def _keep(self, step, rows, where, turn):
        limits = self._setting(step["threshold"]), self._setting(step["overlap"]), step["most"]
        columns = {key: self.column(step[key]) for key in ("boxes", "scores")}
        kept = self._session.compute(("keep", *limits), _keeper(limits), None, columns, rows)
        for what, value in step["outputs"].items():
            self._write(value, rows, *kept[what])
        self._note("keep", where, step["op"], rows, turn)
        return rows

    def _each(self, step, rows, where, turn):
        """The first rows of all samples together, then the second ones, as long as a sample has one."""
        loop = _Loop(self, step, rows)
        for number in range(loop.most):
            own = loop.begin(number)
            if not len(own):
                break
            self._note("row", where, str(number), own, turn)
            self._leaving.append([])
            through = self._steps(step["steps"], own, f"{where}.steps", (*turn, number))
            loop.finish(number, own, through, np.concatenate([own[:0], *self._leaving.pop()]))
        return loop.end()


class _Loop:
    """What an `each` has done so far: which samples go on with it, and what it has stacked.

    Attributes:
        most: rows that a sample may have.
    """

    def __init__(self, run, step, rows):
        self._run, self._step, self._rows = run, step, rows
        self._sources = {row: run.column(value).take(rows) for row, value in step["rows"].items()}
        self.most = next(iter(self._sources.values())).array.shape[1]
        self._counts = np.full(len(rows), self.most)
        if step.get("count") is not None:
            counts = run._elements(step["count"], rows)[:, 0].tolist()
            self._counts = np.array([whole_number(count, self.most) for count in counts])
        self._open, self._answered = np.ones(len(rows), bool), np.zeros(len(rows), bool)
        self._done = np.zeros(len(rows), int)
        self._stacks = {value: None for value in step["stacks"]}
        self._versions = {value: np.full(len(rows), digest("stack"), np.uint64) for value in step["stacks"]}

    def begin(self, number):
        """Writes a row of every sample that has one, and returns those samples."""
        places = np.flatnonzero(self._open & (self._counts > number))
        own = self._rows[places]
        for row, value in self._sources.items() if len(own) else ():
            column = Column(self._run._session.samples)
            source = self._run.column(self._step["rows"][row])
            versions = combined(("row", number), {"": source.versions[own]})
            column.put(own, Value(value.array[places, number], value.quantization), versions)
            self._run._write(row, own, column, versions)
        return own

    def finish(self, number, own, through, left):
        """Notes who came through the steps with a row, and stacks what they brought."""
        places = np.searchsorted(self._rows, own)
        self._open[places] = np.isin(own, through)
        self._answered[places] = ~np.isin(own, np.concatenate([through, left]))
        through = np.searchsorted(self._rows, through)
        self._done[through] = number + 1
        for value, row in self._step["stacks"].items() if len(through) else ():
            column = self._run.column(row)
            piece = column.take(self._rows[through]).real()
            if self._stacks[value] is None:
                self._stacks[value] = np.zeros((len(self._rows), self.most, *piece.shape[1:]), np.float32)
            self._stacks[value][through, number] = piece
            both = {"before": self._versions[value][through], "row": column.versions[self._rows[through]]}
            self._versions[value][through] = combined(("stack", number), both)

    def end(self):
        """Writes what was stacked, and returns the samples that go on behind the loop."""
        going = np.flatnonzero(~self._answered)
        written = {value: (self._stack(value), self._versions[value]) for value in self._stacks}
        if self._step.get("done") is not None:
            counts = self._done.astype(np.float32)[:, None]
            written[self._step["done"]] = counts, combined("done", {"": self._done.astype(np.uint64)})
        for value, (array, versions) in written.items() if len(going) else ():
            column = Column(self._run._session.samples)
            column.put(self._rows[going], Value(array[going]), versions[going])
            self._run._write(value, self._rows[going], column, versions[going])
        return self._rows[going]

    def _stack(self, value):
        """What was stacked; where no sample has brought a row, zeros of the shape that the executor knows it by."""
        if self._stacks[value] is not None:
            return self._stacks[value]
        shape = self._run._session.executor.declared.shapes.get(value)
        if shape is None:
            raise ValueError(f"{value}: expected a sample with a row, or a shape that is declared, received neither")
        return np.zeros((len(self._rows), *shape[1:]), np.float32)


def _keeper(limits):
    """A keep step as a batched part: boxes and scores in, what is kept out."""

    def keep(inputs):
        pairs = zip(inputs["boxes"].real(), inputs["scores"].real(), strict=True)
        kept = [keep_best(boxes.ravel(), scores.ravel(), *limits) for boxes, scores in pairs]
        return {what: Value(np.concatenate([some[what] for some in kept])) for what in kept[0]}

    return keep


def _cropper(step: dict) -> Callable[[dict[str, Value]], dict[str, Value]]:
    """A crop step as a batched part: image and at in, output out."""
    size, scales, padding = tuple(step["size"]), step.get("scales", 1), step.get("padding", 0.0)

    def crop(inputs):
        places = inputs["at"].real().reshape(len(inputs["at"]), -1).tolist()
        pairs = zip(inputs["image"].real(), places, strict=True)
        if step.get("mode") == "glimpse":
            pieces = [glimpse(image, at, size, scales, padding)[0] for image, at in pairs]
        else:
            cut = box_crop if step.get("mode") == "box" else theta_crop
            pieces = [cut(image, at, size, padding)[0] for image, at in pairs]
        return {"output": Value(np.array(pieces))}

    return crop
