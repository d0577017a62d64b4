"""The batched executor against the one-by-one runtime, on every golden bundle, image and operating point."""

import msgspec
import numpy as np
import pytest

from tests.goldens import make
from tflite.batched.executor import Executor
from tflite.batched.units import bundle_parts
from tflite.batched.values import Value
from tflite.bundle.goldens import read_images, read_index
from tflite.runtime.image import ImageReader


def twice(inputs):
    """The remote part of the golden bundles, batched."""
    return {"doubled": Value(inputs["x"].real() * np.float32(2))}


def opened(folder):
    """The chain of a bundle, an executor on the same files, and the images."""
    chain = make.load(folder)
    manifest = chain.manifest
    program = msgspec.to_builtins(manifest.program)
    parts = {**bundle_parts(chain.bundle), **({"far": twice} if folder.name == "remote" else {})}
    executor = Executor(program, parts, msgspec.to_builtins(manifest.parameters))
    return chain, executor, golden_images(chain)


def golden_images(chain):
    """The images of a bundle's goldens."""
    goldens = chain.manifest.goldens
    index = read_index(chain.bundle.read(goldens.index.file))
    return read_images(index, chain.bundle.read(goldens.images.file), goldens)


def prepared(chain, images):
    """The images as one float32 batch."""
    tensor = msgspec.structs.replace(chain._program.image_tensor, type="float32", scale=None, zero_point=None)
    read = ImageReader(chain.manifest.input, tensor)
    return {chain.manifest.input.name: np.concatenate([read(image).copy() for image in images])}


@pytest.mark.parametrize("folder", make.bundles(), ids=lambda folder: folder.name)
def test_path_exit_answer_and_costs_are_those_of_the_runtime(folder):
    chain, executor, images = opened(folder)
    session = executor.session(prepared(chain, images))
    costs = {name: part.costs for name, part in chain.manifest.parts.items()}
    for point in chain.manifest.operating_points:
        seen = session.run(point.parameters)
        spent = seen.costs(costs)
        for i, image in enumerate(images):
            expected = chain.run(image, operating_point=point.name)
            assert seen.paths()[i] == expected.path, (point.name, i)
            assert seen.ends[seen.end[i]] == expected.exit
            np.testing.assert_array_equal(seen.outputs[i], expected.answer)
            np.testing.assert_allclose(seen.probabilities()[i], expected.probabilities, rtol=1e-6)
            assert seen.labels()[i] == expected.label
            for unit, cost in expected.costs.items():
                assert spent[unit][i] + spent.get("server_" + unit, np.zeros(len(images)))[i] == pytest.approx(cost)


@pytest.mark.parametrize("folder", make.bundles(), ids=lambda folder: folder.name)
def test_a_trace_is_that_of_the_runtime(folder):
    chain, executor, images = opened(folder)
    session = executor.session(prepared(chain, images))
    costs = {name: part.costs for name, part in chain.manifest.parts.items()}
    for point in chain.manifest.operating_points:
        seen = session.run(point.parameters, trace=True)
        found = [[] for _ in images]
        for stop in seen.stops:
            paths, spent = seen.paths(stop), seen.costs(costs, stop)
            macs = spent["macs"] + spent.get("server_macs", 0.0)
            for place, row in enumerate(stop.rows):
                held = None if stop.held is None else bool(stop.held[place])
                found[row].append((stop.name, held, stop.outputs[place].tolist(), paths[row], macs[row]))
        for image, stops in zip(images, found, strict=True):
            expected = chain.trace(image, operating_point=point.name).stops
            assert stops == [(s.name, s.held, s.answer.tolist(), s.path, s.costs["macs"]) for s in expected]


def test_the_golden_bundles_have_every_step():
    kinds = set()
    for folder in make.bundles():
        chain, executor, images = opened(folder)
        session = executor.session(prepared(chain, images))
        for point in chain.manifest.operating_points:
            kinds |= {event.kind for event in session.run(point.parameters).events}
    assert kinds == {
        "run",
        "remote",
        "exit_asked",
        "exit_taken",
        "branch",
        "select",
        "repeat",
        "crop",
        "fill",
        "answer",
    }
