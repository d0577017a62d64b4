"""Compiles the steps that look at regions: crops, the best of many boxes, and what is done for each of them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ..bundle import manifest as m
from ..bundle.check_size import rows_of
from .crop import box_corners, box_crop, glimpse, glimpse_corners, theta_corners, theta_crop
from .keep import keep_best
from .running import Running
from .state import UNITS
from .values import converter, dequantize, quantize

LEAVE = object()


class Regions(Running):
    """Compiles `crop`, `keep` and `each` steps; made as `Running` is."""

    def _crop(self, step, where):
        values, slot, output = self._values, self._slots[step.value], self._slots[step.output]
        tensor, at = self._tensors[step.value], self._numbers(step.at)
        convert = self._written(m.Tensor(shape=self._tensors[step.output].shape, type="float32"), step.output)
        cut, corners = _cutting(step, tensor.shape[1:3])
        meter, clock, name, bill = self.meter, self._clock, step.output, self._bill(step)

        def crop():
            if meter.limited:
                meter.check(clock())
            place = at()
            piece = cut(dequantize(values[slot], tensor)[0], place)
            values[output] = piece if convert is None else convert(piece)
            bill()
            meter.events.append(("crop", name, corners(place)))

        return crop

    def _bill(self, step):
        """Returns a function that spends the costs of a step that runs no part."""
        meter, costs = self.meter, step.costs
        macs, energy = costs.get("macs", 0.0), costs.get("energy_uj", 0.0)

        def bill():
            meter.macs += macs
            meter.energy += energy
            meter.billed.append(costs)

        return bill if costs else lambda: None

    def _keep(self, step, where):
        values, meter, clock, bill = self._values, self.meter, self._clock, self._bill(step)
        boxes, scores = self._numbers(step.boxes), self._numbers(step.scores)
        threshold, overlap = self._setting(step.threshold), self._setting(step.overlap)
        written = tuple(
            (what, self._slots[value], partial(quantize, tensor=self._tensors[value]))
            for what, value in step.outputs.items()
        )

        def keep():
            if meter.limited:
                meter.check(clock())
            kept = keep_best(boxes(), scores(), threshold[0], overlap[0], step.most)
            for what, slot, convert in written:
                values[slot] = convert(kept[what])
            bill()

        return keep

    def _each(self, step, where):
        values, meter, clock, note = self._values, self.meter, self._clock, self.meter.events.append
        body, ahead = self._sequence(step.steps, f"{where}.steps"), self.ahead.setdefault(where, [0.0] * UNITS)
        rows = tuple((self._slots[row], self._slots[value], self._row(value, row)) for row, value in step.rows.items())
        most = rows_of(self._tensors[next(iter(step.rows.values()))])
        count = None if step.count is None else self._numbers(step.count)
        stacks = self._stacks(step)
        done = None if step.done is None else (self._slots[step.done], self._tensors[step.done])

        def each():
            sources = [(slot, values[source], convert) for slot, source, convert in rows]
            stacked = [(array.copy(), slot, convert) for array, _, slot, convert in stacks]
            finished = 0
            for number in range(most if count is None else whole_number(count()[0], most)):
                if meter.limited:
                    meter.check(clock())
                    if (why := meter.beyond(clock(), ahead)) is not None:
                        note(("stopped", where, why))
                        break
                note(("row", where, number))
                for slot, source, convert in sources:
                    row = source[:, number]
                    values[slot] = row if convert is None else convert(row)
                outcome = body()
                if outcome is LEAVE:
                    break
                if outcome is not None:
                    return outcome
                for array, slot, convert in stacked:
                    array[:, number] = values[slot] if convert is None else convert(values[slot])
                finished += 1
            for (_, target, _, _), (array, _, _) in zip(stacks, stacked):
                values[target] = array
            if done is not None:
                values[done[0]] = quantize(np.array([[finished]], np.float32), done[1])
            return None

        return each

    def _row(self, value, row):
        """The conversion of a row of a value to the value that holds the row."""
        tensor = self._tensors[value]
        return converter(m.Tensor(**{**_fields(tensor), "shape": (1, *tensor.shape[2:])}), self._tensors[row])

    def _stacks(self, step):
        """(zeros, slot of the stack, slot of the row, conversion or None) of all that an each stacks."""
        found = []
        for value, row in step.stacks.items():
            tensor = self._tensors[value]
            zeros = quantize(np.zeros(tensor.shape, np.float32), tensor)
            one = m.Tensor(**{**_fields(tensor), "shape": self._tensors[row].shape})
            found.append((zeros, self._slots[value], self._slots[row], converter(self._tensors[row], one)))
        return tuple(found)


def whole_number(number: float, most: int) -> int:
    """A count that a value holds: the nearest whole number, ties to even, within 0 to `most`; NaN is 0."""
    return 0 if math.isnan(number) else round(min(max(number, 0.0), float(most)))


def _fields(tensor):
    return {key: getattr(tensor, key) for key in ("type", "scale", "zero_point")}


def _cutting(step, sides):
    """Returns (function of image and place that cuts, function of place that gives the corners) of a crop."""
    size, padding = step.size, step.padding
    if step.mode == "glimpse":
        cut = partial(glimpse, size=size, scales=step.scales, padding=padding)
        return cut, partial(glimpse_corners, size=size, scales=step.scales, sides=sides)
    if step.mode == "box":
        return partial(box_crop, size=size, padding=padding), box_corners
    return partial(theta_crop, size=size, padding=padding), partial(theta_corners, sides=sides)
