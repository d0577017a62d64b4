"""What parts are warmed up and measured on: what the goldens feed them, or zeros."""

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
from tflite.runtime.measure import typical_inputs
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


def test_no_more_goldens_are_run_than_it_takes(tmp_path):
    bundle = Bundle.load(with_goldens(two_exits(tmp_path), [image(1, 2), image(3, 4), image(5, 6)]))
    seen = []
    typical_inputs(bundle, open_parts(bundle), lambda picture, point: seen.append(point) or ("first", "second"))
    assert seen == ["fast"]


def test_at_most_sixteen_goldens_are_run(tmp_path):
    bundle = Bundle.load(with_goldens(two_exits(tmp_path), [image(1, 2)] * 20, ["full"]))
    seen = []
    typical_inputs(bundle, open_parts(bundle), lambda picture, point: seen.append(point) or ("first",))
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
    fill = msgspec.structs.replace(manifest.program[0], content=(1.0, 3.0))
    write_manifest(folder, msgspec.structs.replace(manifest, program=(fill, *manifest.program[1:])))
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
        m.Answer(name="end", value="z"),
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
