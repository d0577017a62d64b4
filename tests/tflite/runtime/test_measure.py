"""What parts are warmed up and measured on, and their times with a clock that the parts wind themselves."""

from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from tests.goldens import make as golden
from tests.tflite.bundles import image, linear, make, run, two_exits
from tests.tflite.runtime.test_parts import reshaping
from tflite.bundle import Bundle, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.goldens import write_goldens
from tflite.errors import BundleError
from tflite.runtime.chain import Chain
from tflite.runtime.measure import measure_parts, typical_inputs
from tflite.runtime.parts import open_parts


def with_goldens(folder, images, points=None):
    """Adds goldens to a bundle."""
    chain = Chain.load(folder, warm_up=False)
    goldens = write_goldens(chain, folder, images, points)
    write_manifest(folder, msgspec.structs.replace(chain.manifest, goldens=goldens))
    return folder


def inputs_of(folder):
    """What the parts of a bundle are measured on, as lists."""
    chain = Chain.load(folder)
    return {name: {key: a.ravel().tolist() for key, a in arrays.items()} for name, arrays in chain._inputs.items()}


def test_parts_are_fed_what_goldens_feed_them(tmp_path):
    folder = with_goldens(two_exits(tmp_path), [image(1, 2)])
    assert inputs_of(folder) == {"first": {"image": [1, 2]}, "second": {"logits": [1, 2]}}


def test_a_part_that_no_golden_reaches_is_fed_zeros(tmp_path):
    folder = with_goldens(two_exits(tmp_path), [image(0, 9)], ["fast"])
    assert inputs_of(folder) == {"first": {"image": [0, 9]}, "second": {"logits": [0, 0]}}


def test_without_goldens_zeros_are_fed(tmp_path):
    assert inputs_of(two_exits(tmp_path)) == {"first": {"image": [0, 0]}, "second": {"logits": [0, 0]}}


def recording(seen, *path):
    """Runs nothing, and says that it went this way; the operating points are kept."""
    return lambda picture, case: seen.append(case.operating_point) or SimpleNamespace(path=path)


def test_no_more_goldens_are_run_than_it_takes(tmp_path):
    bundle = Bundle.load(with_goldens(two_exits(tmp_path), [image(1, 2), image(3, 4), image(5, 6)]))
    seen = []
    typical_inputs(bundle, open_parts(bundle), recording(seen, "first", "second"))
    assert seen == ["fast"]


def test_at_most_sixteen_goldens_are_run(tmp_path):
    bundle = Bundle.load(with_goldens(two_exits(tmp_path), [image(1, 2)] * 20, ["full"]))
    seen = []
    typical_inputs(bundle, open_parts(bundle), recording(seen, "first"))
    assert len(seen) == 16


def test_the_golden_bundle_that_cannot_be_fed_zeros_loads_as_an_app_loads_it():
    chain = Chain.load(golden.HERE / "bundles" / "moving")
    assert chain._inputs["sized"]["size"].tolist() == [1, 2]
    assert all(median > 0 for median in chain.measure(3).values())
    assert chain.self_test() == []


def test_a_part_that_fails_on_zeros_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(BundleError, match="part part: expected an inference, but TFLite says: ") as caught:
        Chain.load(reshaping(tmp_path, 1, 2))
    assert (caught.value.file, caught.value.field) == ("parts/part.tflite", "parts.part")


def test_a_golden_that_fails_is_refused_in_one_sentence(tmp_path):
    folder = with_goldens(reshaping(tmp_path, 1, 2), [image(1, 2)])
    manifest = Bundle.load(folder).manifest
    first, *rest = manifest.programs["main"]
    fill = msgspec.structs.replace(first, content=(1.0, 3.0))
    write_manifest(folder, msgspec.structs.replace(manifest, programs={"main": (fill, *rest)}))
    with pytest.raises(BundleError, match="part part: expected an inference") as caught:
        Chain.load(folder)
    assert (caught.value.file, caught.value.field) == ("golden/index.json", "cases[0]")


def test_a_remote_part_is_not_called_before_the_first_image(tmp_path):
    graphs = {
        "near": linear([[1, 0], [0, 1]], [0, 0]),
        "far": linear([[1, 0], [0, 1]], [0, 0], "logits", (1, 2), "y"),
        "after": linear([[1, 0], [0, 1]], [0, 5], "y", (1, 2), "z"),
    }
    program = [
        run("near"),
        run("far", {"logits": "logits"}, {"y": "y"}, on="remote"),
        run("after", {"y": "y"}, {"z": "z"}),
        m.Answer(name="end", gives={"label": "z"}),
    ]
    folder = make(tmp_path, graphs, program, remote=["far"])
    calls = []

    def remote(part, inputs):
        calls.append(part)
        return {"y": inputs["logits"]}

    chain = Chain.load(folder, remote=remote, warm_up=False)
    write_manifest(folder, msgspec.structs.replace(chain.manifest, goldens=write_goldens(chain, folder, [image(1, 2)])))
    calls.clear()
    chain = Chain.load(folder, remote=remote)
    assert calls == []
    assert chain._inputs["after"]["y"].tolist() == [[0, 0]]
    assert np.array_equal(chain.run(image(1, 2)).answer, [1, 7])
    assert calls == ["far"]


MANIFEST = m.decode((golden.HERE / "bundles/remote/manifest.json").read_bytes())  # `first` has a file, `far` has none
IMAGE = np.zeros((1, 1, 2, 1), np.float32)


class Part:
    """Takes these nanoseconds run after run, then the last ones again; notes what is written into it."""

    def __init__(self, *times):
        self.now, self.runs, self.written, self._times = 0, 0, [], list(times)
        self.inputs, self.outputs = {"image": self.written.append}, {}

    def clock(self):
        return self.now

    def invoke(self):
        self.now += self._times[min(self.runs, len(self._times) - 1)]
        self.runs += 1


class Open(dict):
    """Parts that are all open."""

    unopened, briefly = (), dict.__getitem__


def measured(part, runs):
    fed = {"first": {"image": IMAGE}}
    return measure_parts(MANIFEST, Open(first=part), lambda: fed, runs, part.clock)


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
    assert measure_parts(SimpleNamespace(parts={"far": part}), Open(), dict, 5, lambda: 0) == {"far": 0.0}


def test_a_large_part_is_timed_until_it_is_enough():
    part = Part(90_000_000)
    assert measured(part, 100)["first"] == 90_000_000
    assert part.runs == 1 + 3, "after 0, 90 and 180 ms there is time for one more, after 270 ms for none"
    part = Part(10**9)
    assert measured(part, 100)["first"] == 10**9
    assert part.runs == 1 + 1, "once in any case"


def test_what_it_runs_on_is_written_before_each_run():
    part = Part(1)
    measured(part, 2)
    assert len(part.written) == 3 and all(array is IMAGE for array in part.written)
