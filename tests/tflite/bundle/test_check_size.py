"""Programs that would be much work, to check or to run: each bound at its limit and one beyond it."""

import time

import pytest

from tests.tflite.bundle.test_check_program import ANSWER, HEAD, check, cut, fill, leave, reference, rule, step
from tflite.bundle import manifest as m
from tflite.errors import BundleError

MAX_CELLS = 1 << 26
GLIMPSE = {"at": "one", "mode": "glimpse"}


def refusal(*steps):
    with pytest.raises(BundleError) as caught:
        check(*steps)
    return f"{caught.value.field}: {caught.value.problem}"


def select(cases, body=()):
    """A select of so many cases, each with the steps."""
    scores = fill(output="scores", shape=(cases,))
    return scores, m.Select(value="scores", cases=tuple(body for _ in range(cases)))


def test_every_case_of_a_select_counts_as_often_as_it_is_repeated():
    # 2 + 1 + 1 + 1 + 998 * (1 + 100) = 100,803, of which the longest way is 2 + 1 + 1 + 998 * 2 + 1.
    fill_case = fill(output="other")
    scores, choice = select(100, (fill_case,))
    good = m.Repeat(times=980, steps=(choice,))
    assert check(HEAD, scores, good, ANSWER)
    problem = refusal(HEAD, scores, m.Repeat(times=998, steps=(choice,)), ANSWER)
    assert problem == "program: expected at most 100000 steps, each as often as it is repeated, received 100802"


def test_values_have_at_most_a_thousand_names():
    # `image` and four of `HEAD`'s are five of them.
    assert check(HEAD, *(fill(output=f"v{i}") for i in range(995)), ANSWER)
    problem = refusal(HEAD, *(fill(output=f"v{i}") for i in range(996)), ANSWER)
    assert problem == "program: expected at most 1000 names of values, received 1001"


def test_a_value_has_at_most_sixteen_kinds_of_tensors():
    kinds = [fill(shape=(1, i + 1)) for i in range(17)]
    assert check(HEAD, *kinds[:16], ANSWER)
    problem = refusal(HEAD, *kinds, ANSWER)
    assert problem == "program[17]: expected at most 16 kinds of tensors in a value, received more in 'state'"


def test_a_crop_that_grows_in_a_repeat_ends():
    loop = m.Repeat(times=100, steps=(m.Crop(value="patch", at="centre", output="patch", size=(1, 1), mode="glimpse",
                                             scales=2),))  # fmt: skip
    centre = fill(output="centre", shape=(2,))
    assert "16 kinds of tensors in a value" in refusal(HEAD, centre, cut(), loop, ANSWER)


def test_elements_between_parts_are_bounded():
    # A fill of 2^24 is the largest; four of them are as many as there may be, less the two of the answer.
    large = fill(shape=(1 << 24,))
    assert check(HEAD, large, large, large, ANSWER)
    assert refusal(HEAD, fill(shape=(1 << 12, (1 << 12) + 1)), ANSWER).startswith("program[1].shape: expected at most")
    problem = refusal(HEAD, large, large, large, large, ANSWER)
    assert problem.endswith(f"at most {MAX_CELLS} elements read and written between parts, received {MAX_CELLS + 2}")
    assert "received 83886082" in refusal(HEAD, m.Repeat(times=5, steps=(large,)), ANSWER)


def test_a_crop_counts_its_image_its_place_and_its_windows():
    # 16 of the image, 4 of theta and the window: 2 x 2, and 2 x 2 times 1 + 4 + 16 for three scales.
    centre = fill(output="centre", shape=(2,))
    crop = m.Crop(value="image", at="centre", output="patch", size=(2, 2), mode="glimpse", scales=3)
    # A run of 2,000,000 crops would be over the steps; so one window is large: (16 + 2 + 21 * 2^18) * 12 > 2^26.
    large = m.Crop(value="image", at="centre", output="patch", size=(512, 512), mode="glimpse", scales=3)
    assert check(HEAD, centre, crop, m.Repeat(times=12, steps=(large,)), ANSWER)
    cells = 2 + 13 * (16 + 2 + 21 * 2**18) + 2
    assert refusal(HEAD, centre, m.Repeat(times=13, steps=(large,)), ANSWER).endswith(f"received {cells}")


def test_rules_read_at_most_a_million_numbers():
    loud = m.Branch(rule=rule("state", m.Entropy), then=())
    assert check(HEAD, fill(shape=(1 << 20,)), loud, ANSWER)
    problem = refusal(HEAD, fill(shape=(1 << 20, 2)), loud, ANSWER)
    assert problem == "program[2].rule.value: expected at most 1048576 elements, received 2097152 in 'state'"


def nested(depth, inner):
    """Repeats inside each other, each of which changes a value that the outer one reads."""
    steps = inner
    for i in range(depth):
        steps = (m.Repeat(times=2, steps=(*steps, step(inputs={"x": "state"}, outputs={"y": "state"}), fill())),)
    return steps


@pytest.mark.parametrize("depth", [1, 8, 10])
def test_nested_repeats_are_checked_at_once(depth):
    begin = time.process_time()
    facts = check(HEAD, fill(), *nested(depth, (step(inputs={"x": "state"}, outputs={"y": "state"}),)), ANSWER)
    assert time.process_time() - begin < 1
    assert len(facts.values["state"]) == 2


def test_a_value_that_wanders_through_a_repeat_is_found_with_every_type():
    # Each round moves the type of `a` one name on: four rounds until nothing is new.
    names = ["a", "b", "c", "d"]
    moves = [
        m.Crop(value=source, at="centre", output=target, size=(2, 2), mode="glimpse")
        for source, target in reversed(list(zip(names, names[1:])))
    ]
    start = [m.Crop(value="image", at="centre", output=name, size=(2, 2), mode="glimpse") for name in names[1:]]
    wide = m.Crop(value="image", at="centre", output="a", size=(2, 2), mode="glimpse", scales=2)
    loop = m.Repeat(times=3, steps=tuple(moves))
    facts = check(HEAD, fill(output="centre", shape=(2,)), wide, *start, m.Repeat(times=2, steps=(loop,)), ANSWER)
    assert {tensor.shape[3] for tensor in facts.values["d"]} == {1, 2}


def test_a_check_that_takes_too_many_visits_is_given_up():
    # 400 values, a type of which moves one on in each round over 400 steps.
    names = [f"v{i}" for i in range(400)]
    places = {"at": "centre", "size": (1, 1), "mode": "glimpse"}
    moves = [m.Crop(value=a, output=b, **places) for a, b in reversed(list(zip(names, names[1:])))]
    start = [m.Crop(value="image", output=name, **places) for name in names[1:]]
    wide = m.Crop(value="image", output="v0", scales=2, **places)
    begin = time.process_time()
    problem = refusal(
        HEAD, fill(output="centre", shape=(2,)), wide, *start, m.Repeat(times=3, steps=tuple(moves)), ANSWER
    )
    assert "expected a program that is checked in 20000 visits of steps" in problem
    assert time.process_time() - begin < 5


def test_what_is_common_is_far_inside():
    loop = m.Repeat(times=100, steps=(cut(), leave(), m.Branch(rule=rule(), then=(fill(),), otherwise=())))
    assert check(HEAD, loop, fill(content=reference("kappa")), ANSWER)
