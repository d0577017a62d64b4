"""Families' bundles learn a class in Python as `lessons.json` says, which Java's tests read too."""

import json

import numpy as np
import pytest

from tests.goldens import lessons
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain

LESSONS = json.loads(lessons.FILE.read_text())


def test_every_family_that_can_be_taught_is():
    assert [each["family"] for each in LESSONS] == list(lessons.taught_by_pictures()) != []


@pytest.mark.parametrize("each", LESSONS, ids=lambda each: each["family"])
def test_a_class_is_taught_to_the_finished_bundle(each):
    chain = Chain(Bundle.load(lessons.FAMILIES / each["family"]), warm_up=False)
    before = len(chain.tables[each["table"]])
    shape = tuple(each["shape"])
    row = chain.teach("new", [np.array(p, np.uint8).reshape(shape) for p in each["examples"]])
    np.testing.assert_allclose(row.ravel(), each["row"], atol=each["tolerance"])
    assert list(chain.tables[each["table"]].labels) == each["labels"] and len(each["labels"]) == before + 1
    results = [chain.run(np.array(p, np.uint8).reshape(shape)) for p in each["pictures"]]
    for result, answer in zip(results, each["answers"], strict=True):
        assert result.name == answer["name"]
        np.testing.assert_allclose(result.answer, answer["numbers"], atol=each["tolerance"])
    assert {"new"} < {answer["name"] for answer in each["answers"]}, "the lesson tells the new class from the others"
