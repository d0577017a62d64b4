"""Times of parts, with a clock that the parts wind themselves."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.goldens.make import HERE
from tflite.bundle import manifest as m
from tflite.runtime.measure import measure_parts

MANIFEST = m.decode((HERE / "bundles/remote/manifest.json").read_bytes())  # `first` has a file, `far` has none


class Part:
    """Takes these nanoseconds run after run, then the last ones again; notes what is written into it."""

    def __init__(self, *times):
        self.now, self.runs, self.written, self._times = 0, 0, [], list(times)
        self.inputs = {"image": self.written.append}

    def clock(self):
        return self.now

    def invoke(self):
        self.now += self._times[min(self.runs, len(self._times) - 1)]
        self.runs += 1


def measured(part, runs):
    return measure_parts(MANIFEST, {"first": part}, runs, part.clock)


@pytest.mark.parametrize(
    "times, runs, median",
    # The first run counts for nothing.
    [((999, 5), 1, 5), ((999, 9, 1, 5), 3, 5), ((999, 4, 1, 9, 1), 4, 2.5), ((0, 0), 2, 0)],
)
def test_the_median_of_the_runs_behind_the_first(times, runs, median):
    part = Part(*times)
    assert measured(part, runs)["first"] == median
    assert part.runs == runs + 1


def test_a_part_on_the_server_has_the_latency_of_the_manifest():
    assert measured(Part(1), 1)["far"] == 1_000_000  # 1000 us
    part = SimpleNamespace(costs={"macs": 1.0})
    assert measure_parts(SimpleNamespace(parts={"far": part}), {}, 5, lambda: 0) == {"far": 0.0}


def test_a_large_part_is_timed_until_it_is_enough():
    part = Part(90_000_000)
    assert measured(part, 100)["first"] == 90_000_000
    assert part.runs == 1 + 3, "after 0, 90 and 180 ms there is time for one more, after 270 ms for none"
    part = Part(10**9)
    assert measured(part, 100)["first"] == 10**9
    assert part.runs == 1 + 1, "once in any case"


def test_it_runs_on_zeros_that_are_written_before_each_run():
    part = Part(1)
    measured(part, 2)
    assert len(part.written) == 3
    for array in part.written:
        assert array.shape == (1, 1, 2, 1) and array.dtype == np.float32 and not array.any()
