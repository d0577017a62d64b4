"""Questions about programs: straight ones, and ones that branch, repeat and run a part twice."""

from tests.tflite import bundles
from tests.tools import learned
from tflite.bundle import manifest as m
from tflite.bundle import queries


def run(part, output):
    return m.Run(part=part, inputs={"image": "image"}, outputs={"out": output})


def leave(name, value):
    return m.Exit(name=name, rule=m.AtLeast(value="score", threshold=0.5), gives={"label": value})


# A head that is run twice, and what decides behind it; the first answer can also come from a part of its own.
SCORE = m.MaxSoftmax(value="logits", threshold=0.9)
STEPS = [
    run("trunk", "features"),
    m.Branch(rule=SCORE, then=(run("cheap_head", "logits"),), otherwise=(run("head", "logits"),)),
    run("controller", "score"),
    leave("early", "logits"),
    m.Repeat(times=2, steps=(run("block", "features"),)),
    run("head", "late_logits"),
    run("controller", "score"),
    leave("late", "late_logits"),
    m.Fill(output="nothing", shape=(1, 2), content=0.0),
    m.Answer(name="unknown", gives={"label": "nothing"}),
]


def test_parts_and_answers_are_listed_once_and_in_order():
    assert queries.parts(STEPS) == ["trunk", "cheap_head", "head", "controller", "block"]
    assert queries.answers(STEPS) == ["early", "late", "unknown"]


def test_the_part_that_answered_is_not_the_last_one_that_was_run():
    early, late = ("trunk", "head", "controller"), ("block", "block", "head", "controller")
    assert queries.answering_part(STEPS, "early", early) == "head"
    assert queries.answering_part(STEPS, "early", ("trunk", "cheap_head", "controller")) == "cheap_head"
    assert queries.answering_part(STEPS, "late", early + late) == "head"


def test_nobody_answered_where_the_answer_is_a_constant():
    assert queries.answering_part(STEPS, "unknown", ("trunk", "head", "controller")) is None


def test_in_a_straight_program_it_is_the_last_one():
    program = learned.program()
    assert queries.answering_part(program, "exit_2", ("stage_1", "stage_2")) == "stage_2"
    assert queries.parts([bundles.run("first"), *program]) == ["first", "stage_1", "stage_2", "stage_3"]
