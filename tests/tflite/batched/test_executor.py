"""Sessions and batches at their edges: one sample, chunks that do not come out even, forced sides, parts replaced."""

import numpy as np
import pytest

from tests.tflite.batched.programs import answer, at_least, executor, images, leave, part, run, skipping
from tflite.batched.steps import end_steps, inner_lists, walk


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 100])
def test_any_chunk_gives_what_the_whole_batch_gives(chunk):
    numbers = (-1, 0.2, 3)
    whole = executor(skipping()).run(images(*numbers))
    parted = executor(skipping()).run(images(*numbers), chunk=chunk)
    assert parted.outputs.tolist() == whole.outputs.tolist()
    assert (parted.paths(), parted.sides(), parted.samples) == (whole.paths(), whole.sides(), 3)


@pytest.mark.parametrize("chunk", [0, -2])
def test_a_chunk_has_one_sample_at_least(chunk):
    with pytest.raises(ValueError) as caught:
        executor(skipping()).run(images(1, 2), chunk=chunk)
    assert str(caught.value) == f"chunk: expected at least 1 sample at a time, received {chunk}"


@pytest.mark.parametrize(
    "inputs, lengths",
    [
        ({}, "[]"),
        ({"image": np.zeros((0, 2))}, "[0]"),
        ({"image": np.zeros((2, 2)), "at": np.zeros((3, 2))}, "[2, 3]"),
    ],
)
@pytest.mark.parametrize("chunk", [None, 2])
def test_inputs_of_other_lengths_are_refused_in_chunks_too(inputs, lengths, chunk):
    """Two samples of one input and three of another are two whole chunks of two, and one sample would be lost."""
    with pytest.raises(ValueError) as caught:
        executor(skipping()).run(inputs, chunk=chunk)
    assert str(caught.value) == f"expected inputs with one number of samples, at least 1, received {lengths}"


def test_a_batch_of_one_goes_as_it_goes_among_others():
    numbers = (-1, 0.2, 3, 0.5)
    whole = executor(skipping()).run(images(*numbers))
    for i, number in enumerate(numbers):
        alone = executor(skipping()).run(images(number))
        assert (alone.paths()[0], alone.outputs[0].tolist()) == (whole.paths()[i], whole.outputs[i].tolist())


def test_inputs_may_be_of_any_type_and_are_float32():
    seen = executor([run("block", "image", "a"), answer("end", "a")]).run({"image": np.array([[1, 2]], np.uint8)})
    assert (seen.outputs.tolist(), seen.outputs.dtype) == ([[2, 4]], np.float32)


def test_forced_sides_are_taken_whatever_the_rule_says():
    program = skipping()
    for side, path in (("then", ("gate", "block", "head")), ("otherwise", ("gate", "head"))):
        seen = executor(program).run(images(-9, 9), force={"main[1]": side, "main[3]": "taken"})
        assert seen.paths() == [path, path]
    passed = executor(program).run(images(9), force={"main[3]": "passed"})
    assert passed.ends[passed.end[0]] == "end"


def test_a_select_among_many_parts_the_batch_and_joins_it_in_order():
    cases = [[run("block", "image", "a")], [run("big", "image", "a")], [run("block", "a", "a")]]
    program = [run("block", "image", "a"), {"op": "select", "value": "image", "cases": cases}, answer("end", "a")]
    inputs = {"image": np.array([[0, 0, 9], [9, 0, 0], [0, 9, 0], [0, 9, 9]], np.float32)}
    # Doubled twice; doubled; 100 more; and of two largest the first.
    assert executor(program).run(inputs).outputs.tolist() == [[0, 0, 36], [18, 0, 0], [100, 109, 100], [100, 109, 109]]


def test_steps_behind_an_exit_that_all_took_are_not_run():
    ran = []
    noisy = {"big": lambda inputs: ran.append(1) or {"out": inputs["x"]}}
    seen = executor(skipping(), noisy).run(images(3, 4))
    assert not ran and seen.end.tolist() == [0, 0]


def test_a_part_may_be_replaced_before_its_first_run():
    made = executor([run("block", "image", "a"), answer("end", "a")])
    session = made.session(images(1))
    made.parts["block"] = part(lambda x: -x)
    assert session.run().outputs.tolist() == [[-1, -5]]


def test_nested_repeats_count_their_turns():
    inner = {"op": "repeat", "times": 3, "steps": [run("block", "image", "image")]}
    program = [{"op": "repeat", "times": 2, "steps": [inner]}, answer("end", "image")]
    turns = []
    seen = executor(program).run(images(1), before_run=lambda visit: turns.append(visit.turn))
    assert turns == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert seen.outputs[0].tolist() == [64, 320]


def test_a_rule_over_nan_does_not_hold_for_its_sample_alone():
    program = [leave("early", "image", at_least("score", 0)), answer("end", "image")]
    seen = executor([run("gate", "image", "score"), *program]).run(images(1, np.nan, -1))
    assert seen.end.tolist() == [0, 1, 1]


def test_steps_are_walked_outermost_first_with_their_paths():
    select = {"op": "select", "value": "v", "cases": [[], [answer("a", "v")]]}
    branch = {"op": "branch", "rule": at_least("v", 0), "then": [select]}
    program = [{"op": "repeat", "times": 2, "steps": [branch]}, answer("b", "v")]
    assert [where for where, _ in walk(program)] == [
        "main[0]",
        "main[0].steps[0]",
        "main[0].steps[0].then[0]",
        "main[0].steps[0].then[0].cases[1][0]",
        "main[1]",
    ]
    assert [step["name"] for step in end_steps(program)] == ["a", "b"]
    assert inner_lists(branch)[1] == ("otherwise", []), "which may be left out"


@pytest.mark.parametrize("chunk", [1, 2, 9])
def test_under_settings_every_sample_goes_as_in_a_run_of_its_own(chunk):
    settings, watched = [{}, {"way": 1.0}, {"way": -9.0}], []
    numbers = images(-1, 0.2, 3)

    def watch(starts):
        for start in starts:
            watched.append(start)
            yield start

    found = executor(skipping()).under(numbers, settings, chunk, lambda seen: (seen.outputs, seen.branches()), watch)
    assert watched == list(range(0, 3, chunk))
    for setting, (outputs, branches) in zip(settings, found, strict=True):
        alone = executor(skipping()).run(numbers, setting)
        assert outputs.tolist() == alone.outputs.tolist()
        assert branches[:, 0].tolist() == ["block" in path for path in alone.paths()]
    assert found[2][1].tolist() == [[True]] * 3
