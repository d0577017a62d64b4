"""The evaluation of a bundle: what is made of it, and its table."""

from tools.reporting import evaluation


def test_an_answer_that_nobody_took_is_listed_with_zero():
    summary = {"exits": {"b": 1.0}, "paths": {}, "accuracy": 1.0}
    tidied = evaluation.tidy({"operating_point": "p", "total": summary, "groups": {}}, ["a", "b"])
    assert tidied == {"name": "p", "accuracy": 1.0, "exits": {"a": 0.0, "b": 1.0}}


def test_groups_come_in_the_order_of_the_task():
    summary = {"exits": {}, "paths": {}}
    groups = {"easy": summary, "hard": summary, "medium": summary}
    tidied = evaluation.tidy(
        {"operating_point": "p", "total": summary, "groups": groups}, [], ("easy", "medium", "hard")
    )
    assert list(tidied["groups"]) == ["easy", "medium", "hard"]


def test_kinds_of_images_stand_below_their_operating_point():
    ms = {"latency_ms": {"p50": 0.25, "p90": 0.5, "p99": 1.0}, "costs": {"macs": 1.5e6, "arm64_instructions": 2e3}}
    easy = {"accuracy": 1.0, "exits": {"a": 1.0, "b": 0.0}, **ms}
    point = {"name": "fast", "accuracy": 0.875, "exits": {"a": 0.75, "b": 0.25}, "groups": {"easy": easy}, **ms}
    table = evaluation.table([point])
    assert table.header[:3] == ("operating point", "accuracy", "mult-adds")
    assert table.rows == (
        ("fast", "87.50%", "1.5 M", "0.250", "0.500", "1.000", "75 25"),
        ("  easy", "100.00%", "1.5 M", "0.250", "0.500", "1.000", "100 0"),
    )
    counted = evaluation.table([point], "arm64")
    assert (counted.header[2], counted.rows[0][2]) == ("arm64 instr", "2 k")


def test_the_title_tells_the_settings():
    report = {"bundle": "b", "samples": 3, "dataset": "pixels", "split": "test", "settings": {"kappa": 0.5}}
    assert evaluation.title(report) == "b on 3 images of pixels:test, kappa 0.5"
