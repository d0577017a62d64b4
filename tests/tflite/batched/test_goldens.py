"""The batched executor against the one-by-one runtime, on every golden bundle, image and operating point."""

import numpy as np
import pytest

from tests.goldens import make
from tflite.baselines import inputs_of_goldens
from tflite.batched.bundles import bundle_executor, bundle_inputs
from tflite.batched.values import Value


def twice(inputs):
    """The remote part of the golden bundles, batched."""
    return {"doubled": Value(inputs["x"].real() * np.float32(2))}


def opened(folder):
    """The chain of a bundle, a session on its images, and the images."""
    chain = make.load(folder)
    images = inputs_of_goldens(chain.bundle)
    executor = bundle_executor(chain.bundle, {"far": twice} if folder.name in ("remote", "ahead") else None)
    return chain, executor.session(bundle_inputs(chain.bundle, images)), images


def assert_beside(given, name, boxes):
    """What is beside boxes says the same of each of them."""
    scores, labels = [box.score for box in boxes], [box.label for box in boxes]
    assert given.get(f"{name}.scores", np.zeros((1, 0)))[0, : len(boxes)].tolist() == scores
    assert given.get(f"{name}.classes", np.zeros((1, 0)))[0, : len(boxes)].tolist() == labels
    if f"{name}.count" in given:
        assert given[f"{name}.count"].tolist() == [[len(boxes)]]


@pytest.mark.parametrize("folder", make.bundles(), ids=lambda folder: folder.name)
def test_path_exit_answer_and_costs_are_those_of_the_runtime(folder):
    chain, session, images = opened(folder)
    costs = {name: part.costs for name, part in chain.manifest.parts.items()}
    for point in chain.manifest.operating_points:
        seen = session.run(point.parameters)
        spent = seen.costs(costs)
        for i, image in enumerate(images):
            expected = chain.run(image, operating_point=point.name)
            assert seen.paths()[i] == expected.path, (point.name, i)
            assert seen.ends[seen.end[i]] == expected.exit
            given = {name: real[rows == i] for name, (rows, real) in seen.given.items() if i in rows}
            assert {name for name in given if "." not in name} == set(expected.outputs)
            for name, answer in expected.outputs.items():
                np.testing.assert_array_equal(given[name][0, : answer.numbers.size], answer.numbers.ravel())
                assert_beside(given, name, answer.boxes or ())
            for unit, cost in expected.costs.items():
                assert spent[unit][i] + spent.get("server_" + unit, np.zeros(len(images)))[i] == pytest.approx(cost)


@pytest.mark.parametrize("folder", make.bundles(), ids=lambda folder: folder.name)
def test_a_trace_is_that_of_the_runtime(folder):
    chain, session, images = opened(folder)
    costs = {name: part.costs for name, part in chain.manifest.parts.items()}
    for point in chain.manifest.operating_points:
        seen = session.run(point.parameters, trace=True)
        found = [[] for _ in images]
        for stop in seen.stops:
            paths, spent = seen.paths(stop), seen.costs(costs, stop)
            macs = spent["macs"] + spent.get("server_macs", 0.0)
            for place, row in enumerate(stop.rows):
                held = None if stop.held is None else bool(stop.held[place])
                given = {name: real[place] for name, real in stop.given.items() if "." not in name}
                found[row].append((stop.name, held, given, paths[row], macs[row]))
        for image, stops in zip(images, found, strict=True):
            expected = chain.trace(image, operating_point=point.name).stops
            told = [(stop.name, stop.held, stop.path, stop.costs["macs"]) for stop in expected]
            assert [(name, held, path, cost) for name, held, _, path, cost in stops] == told
            for (_, _, given, _, _), stop in zip(stops, expected, strict=True):
                assert set(given) == set(stop.outputs)
                for name, answer in stop.outputs.items():
                    np.testing.assert_array_equal(given[name][: answer.numbers.size], answer.numbers.ravel())


def test_the_golden_bundles_have_every_step():
    kinds = set()
    for folder in make.bundles():
        chain, session, _ = opened(folder)
        for point in chain.manifest.operating_points:
            kinds |= {event.kind for event in session.run(point.parameters).events}
    assert kinds == {
        "run",
        "remote",
        "exit_asked",
        "exit_taken",
        "failed",
        "leave",
        "branch",
        "select",
        "repeat",
        "row",
        "keep",
        "crop",
        "fill",
        "answer",
    }
