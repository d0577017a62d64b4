"""What a bundle's parts cost on the phone's own kernels, and whether they answer there as they do here.

A part's number is the mean over the images on which it was counted (it hardly depends on them): copying its inputs in
and invoking it. Not counted are the rules of exits, pre-processing and what else an app does.
"""

from dataclasses import dataclass, field

import numpy as np

import tflite
from tflite import baselines
from tflite.bundle import goldens
from tflite.bundle.golden_index import read_goldens
from tflite.runtime.parts import open_parts
from tools import console, native
from tools.phone.laboratory import Laboratory
from tools.phone.models import Phone


@dataclass
class Count:
    """What was seen of a part.

    Attributes:
        instructions: of each run.
        steps: the largest difference to this machine's int8 and uint8 outputs, in codes; None without such outputs.
        floats: the largest difference to its other outputs; None without such outputs.
    """

    instructions: list[int] = field(default_factory=list)
    steps: int | None = None
    floats: float | None = None

    @property
    def mean(self) -> float:
        """Instructions of a run."""
        return float(np.mean(self.instructions))

    @property
    def equal(self) -> bool:
        """Whether every output was that of this machine, to the bit."""
        return not self.steps and not self.floats

    def compare(self, expected: np.ndarray, received: np.ndarray) -> None:
        """Notes how far an output is off; NaN equals NaN, and is infinitely far from anything else."""
        quantized = expected.dtype.kind in "iu" and expected.dtype.itemsize == 1
        same = (expected == received) | ((expected != expected) & (received != received))
        with np.errstate(invalid="ignore"):
            apart = np.abs(expected.astype(np.float64) - received.astype(np.float64))
        apart = float(np.max(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)), initial=0.0))
        if quantized:
            self.steps = max(self.steps or 0, int(apart))
        else:
            self.floats = max(self.floats or 0.0, apart)


class RemoteRecorder:
    """The remote end of a chain: runs parts on the phone and, with the same inputs, here; notes what it sees.

    phone: with a model for every part of the bundle. bundle: whose parts all have a file.
    """

    def __init__(self, phone: Phone, bundle):
        self._phone, self._here = phone, open_parts(bundle)
        self.counts, self.counting = {name: Count() for name in self._here}, True

    def __call__(self, part: str, inputs: dict) -> dict:
        """The phone's outputs of a part."""
        outputs, instructions = self._phone.run(part, inputs)
        here, count = self._here[part], self.counts[part]
        for name, array in inputs.items():
            here.inputs[name](array)
        here.invoke()
        if self.counting:
            count.instructions.append(instructions)
        for name, array in outputs.items():
            count.compare(here.copies[name](), array)
        return outputs


@dataclass(frozen=True)
class Seen:
    """A bundle on the phone: `counts` part -> Count, `cases` golden cases run, `problems` sentences about them."""

    counts: dict[str, Count]
    cases: int
    problems: list[str]

    @property
    def instructions(self) -> dict[str, float]:
        """Instructions of a run of each part."""
        return {name: count.mean for name, count in self.counts.items()}


def observe(bundle: tflite.Bundle, images: list[np.ndarray], laboratory: Laboratory) -> Seen:
    """Runs every part on the phone, on the way to the end, for each image; and every golden case, exits and all.

    A part that no image reaches is run on random inputs. Raises UserError if a part has no file, or is refused there.
    """
    absent = [name for name, part in bundle.manifest.parts.items() if part.file is None]
    if absent:
        raise console.UserError(f"expected a bundle whose parts all have a file, received {absent[0]} without")
    models = {name: baselines.part_model(bundle, name) for name in bundle.manifest.parts}
    with Phone(models, laboratory) as phone:
        with native.quiet():
            recorder = RemoteRecorder(phone, bundle)
        deep, point = baselines.full_depth(bundle)
        full = tflite.Chain(baselines.all_remote(deep), remote=recorder, warm_up=False)
        for image in images:
            full.run(image, operating_point=point)
        for name, count in recorder.counts.items():
            if not count.instructions:
                recorder(name, phone.models[name].drawn_inputs())
        recorder.counting = False  # golden paths are compared, but would count the early parts more often
        problems = []
        if bundle.manifest.goldens is not None:
            problems = goldens.check_goldens(tflite.Chain(baselines.all_remote(bundle), remote=recorder, warm_up=False))
    return Seen(recorder.counts, sum(1 for _ in read_goldens(bundle)), problems)
