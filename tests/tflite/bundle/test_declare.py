"""Values are declared as what converts them least often."""

import pytest

from tests.tflite.bundles import run
from tflite.bundle import manifest as m
from tflite.bundle.declare import declare_values

REAL = m.Tensor(shape=(1, 2), type="float32")
FINE = m.Tensor(shape=(1, 2), type="int8", scale=0.25, zero_point=0)
COARSE = m.Tensor(shape=(1, 2), type="int8", scale=0.5, zero_point=3)
WIDE = m.Tensor(shape=(1, 2), type="int16", scale=0.125, zero_point=0)
WHOLE = m.Tensor(shape=(1, 2), type="int32")
FILL = m.Fill(output="v", shape=(1, 2), content=0.0)


def part(reads, writes):
    return m.Part(file=None, inputs={"x": reads}, outputs={"y": writes}, costs={"macs": 1.0})


def declared(*steps, writers=(), readers=()):
    """What `v` is declared as: parts write and read it, besides the steps."""
    parts = {f"w{i}": part(REAL, tensor) for i, tensor in enumerate(writers)}
    parts |= {f"r{i}": part(tensor, REAL) for i, tensor in enumerate(readers)}
    program = [run(f"w{i}", {"x": "in"}, {"y": "v"}) for i in range(len(writers))]
    program += [*steps, *(run(f"r{i}", {"x": "v"}, {"y": "out"}) for i in range(len(readers)))]
    return declare_values({"main": program}, parts, {"in": (1, 2)})["v"]


@pytest.mark.parametrize(
    "writers, readers, expected",
    [
        ([FINE], [], FINE),
        ([FINE], [COARSE], FINE),  # as it is written: one conversion, by the reader
        ([FINE, FINE], [REAL], FINE),
        ([WHOLE], [WHOLE], WHOLE),
        ([FINE, COARSE], [COARSE], COARSE),
        ([FINE, COARSE], [FINE, COARSE], REAL),
        ([FINE, REAL], [COARSE, COARSE], COARSE),
        ([REAL], [COARSE], COARSE),
        ([REAL], [WIDE], WIDE),
        ([WIDE], [COARSE], WIDE),
        ([REAL], [REAL, COARSE], REAL),
        ([REAL], [], REAL),
    ],
)
def test_by_who_writes_and_who_reads(writers, readers, expected):
    assert declared(writers=writers, readers=readers) == expected


def test_what_is_read_as_numbers_by_more_than_parts_stays_real():
    rule = m.Margin(value="v", threshold=0.5)
    assert declared(FILL, readers=[COARSE]) == COARSE
    assert declared(FILL, m.Branch(rule=rule, then=()), readers=[COARSE]) == REAL
    assert declared(FILL, m.Answer(name="end", gives={"label": "v"}), readers=[COARSE]) == REAL
    assert declared(m.Select(value="v", cases=((), ())), writers=[FINE, COARSE], readers=[COARSE]) == REAL


def test_inputs_come_first_and_crops_have_the_channels_that_they_make():
    crop = m.Crop(value="image", at="at", output="piece", size=(2, 3), mode="glimpse", scales=4)
    place = m.Fill(output="at", shape=(1, 2), content=0.0)
    values = declare_values({"main": [place, crop]}, {}, {"image": (1, 9, 9, 3), "text": (1, 5)})
    assert list(values) == ["image", "text", "at", "piece"]
    assert values["piece"].shape == (1, 2, 3, 12) and values["text"].shape == (1, 5)


def test_all_programs_share_the_values():
    parts = {"w": part(REAL, FINE), "r": part(COARSE, REAL)}
    programs = {"main": [FILL], "other": [run("w", {"x": "in"}, {"y": "v"}), run("r", {"x": "v"}, {"y": "z"})]}
    values = declare_values(programs, parts, {"in": (1, 2)})
    assert values["v"] == COARSE and set(values) == {"in", "v", "z"}
