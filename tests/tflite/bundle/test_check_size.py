"""Programs that would be much work, to check or to run: each bound at its limit and one beyond it."""

import msgspec
import pytest

from tests.tflite.bundle.test_check_program import ANSWER, HEAD, check, cut, fill, leave, reference, rule
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
    scores = fill(output="many", shape=(cases,))
    return scores, m.Select(value="many", cases=tuple(body for _ in range(cases)))


def test_every_case_of_a_select_counts_as_often_as_it_is_repeated():
    # 2 + 1 + 1 + 1 + 998 * (1 + 100) = 100,803, of which the longest way is 2 + 1 + 1 + 998 * 2 + 1.
    fill_case = fill(output="other")
    scores, choice = select(100, (fill_case,))
    good = m.Repeat(times=980, steps=(choice,))
    assert check(HEAD, scores, good, ANSWER)
    problem = refusal(HEAD, scores, m.Repeat(times=998, steps=(choice,)), ANSWER)
    assert problem == "programs.main: expected at most 100000 steps, each as often as it is repeated, received 100802"


def test_values_have_at_most_a_thousand_names():
    # `image` and four of `HEAD`'s are five of them.
    made = check(HEAD, *(fill(output=f"v{i}") for i in range(995)), ANSWER)
    point = m.OperatingPoint(name="only", parameters={}, accuracy=0.5, costs={}, samples=1)
    made = msgspec.structs.replace(made, operating_points=(point,))
    assert m.decode(m.encode(made)) == made
    values = made.values | {"one_more": m.Tensor(shape=(), type="float32")}
    with pytest.raises(BundleError) as caught:
        m.decode(m.encode(msgspec.structs.replace(made, values=values)))
    assert caught.value.field == "values" and "1000" in caught.value.problem


def test_elements_between_parts_are_bounded():
    # A fill of 2^24 is the largest; four of them are as many as there may be, less the two of the answer.
    large = fill(shape=(1 << 24,))
    assert check(HEAD, large, large, large, ANSWER)
    assert refusal(HEAD, fill(shape=(1 << 12, (1 << 12) + 1)), ANSWER).startswith(
        "programs.main[1].shape: expected at most"
    )
    problem = refusal(HEAD, large, large, large, large, ANSWER)
    assert problem.endswith(f"at most {MAX_CELLS} elements read and written between parts, received {MAX_CELLS + 2}")
    assert "received 83886082" in refusal(HEAD, m.Repeat(times=5, steps=(large,)), ANSWER)


def test_a_crop_counts_its_image_its_place_and_its_windows():
    # 16 of the image, 4 of theta and the window: 2 x 2, and 2 x 2 times 1 + 4 + 16 for three scales.
    centre = fill(output="centre", shape=(2,))
    crop = m.Crop(value="image", at="centre", output="small", size=(2, 2), mode="glimpse", scales=3)
    # A run of 2,000,000 crops would be over the steps; so one window is large: (16 + 2 + 21 * 2^18) * 12 > 2^26.
    large = m.Crop(value="image", at="centre", output="patch", size=(512, 512), mode="glimpse", scales=3)
    assert check(HEAD, centre, crop, m.Repeat(times=12, steps=(large,)), ANSWER)
    cells = 2 + 13 * (16 + 2 + 21 * 2**18) + 2
    assert refusal(HEAD, centre, m.Repeat(times=13, steps=(large,)), ANSWER).endswith(f"received {cells}")


def test_rules_read_at_most_a_million_numbers():
    loud = m.Branch(rule=rule("state", m.Entropy), then=())
    assert check(HEAD, fill(shape=(1 << 20,)), loud, ANSWER)
    problem = refusal(HEAD, fill(shape=(1 << 20, 2)), loud, ANSWER)
    assert problem == "programs.main[2].rule.value: expected at most 1048576 elements, received 2097152 in 'state'"


def test_what_is_common_is_far_inside():
    loop = m.Repeat(times=100, steps=(cut(), leave(), m.Branch(rule=rule(), then=(fill(),), otherwise=())))
    assert check(HEAD, loop, fill(content=reference("kappa")), ANSWER)
