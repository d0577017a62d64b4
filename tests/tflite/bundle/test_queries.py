"""Questions about programs: straight ones, and ones that branch, repeat and run a part twice."""

import tflite
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


def test_facts_of_the_manifest(tmp_path):
    bundle = tflite.Bundle.load(learned.write(tmp_path))
    found = queries.facts(bundle.manifest)
    assert (found["name"], found["labels"], found["input"]) == ("learned", ["left", "right"], [1, 2, 1])
    assert found["parts"]["stage_3"]["costs"] == {"macs": 700.0} and found["types"] == ["float32"]
    files = sorted((bundle.path / "parts").iterdir())
    assert found["bytes"] == sum(file.stat().st_size for file in files) and found["files"] == len(files) == 3
    assert found["settings"] == {"fast": {"kappa": 0.05}, "exact": {"kappa": 0.01}}
    assert found["promised"]["exact"] == {"accuracy": 0.9, "samples": 100}


def test_a_file_that_parts_share_is_counted_once_and_a_remote_part_has_none(tmp_path):
    graphs = {name: bundles.linear([[1, 0], [0, 1]], [0, 0], signature=name) for name in ("near", "far")}
    program = [bundles.run("near"), m.Answer(name="answer", gives={"label": "logits"})]
    shared = tflite.Bundle.load(bundles.make(tmp_path / "shared", graphs, program, single=True))
    (file,) = (shared.path / "parts").iterdir()
    found = queries.facts(shared.manifest)
    assert (found["files"], found["bytes"]) == (1, file.stat().st_size)
