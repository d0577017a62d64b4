"""What a part's file must be: hostile ones are refused in words, damaged ones somehow, good ones not at all."""

import random
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.goldens.damaged_parts import changed, originals, verdict
from tests.goldens.hostile import WORDS, good
from tests.goldens.hostile_parts import HOSTILE
from tflite.bundle.operators import LINES, OPERATORS
from tflite.bundle.part_check import OPTIONS, TYPES, read_signatures
from tflite.bundle.part_shapes import _RULES
from tflite.bundle.part_tables import TABLES
from tflite.graph.versions import OLDEST_RUNTIME

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = Path(schema.__file__).read_text(encoding="utf-8")
JAVA = ROOT / "android_demo/core/src/main/java/org/frugal/bundle"
FAMILIES = sorted((ROOT / "tests/goldens/families").glob("*/parts/*.tflite"))


def test_every_golden_part_is_accepted():
    contents = originals() + [path.read_bytes() for path in FAMILIES]
    assert len(contents) > 60
    assert [verdict(content) for content in contents] == [None] * len(contents)


def test_what_is_read_of_a_good_part():
    signatures = read_signatures(good())
    assert list(signatures) == ["serving_default"]
    image, logits = signatures["serving_default"].inputs["image"], signatures["serving_default"].outputs["logits"]
    assert (image.shape, image.type, image.scales, image.begin) == ((1, 1, 2, 1), "float32", (), None)
    assert logits.shape == (1, 2)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_part_is_refused_in_words(name):
    problem = verdict(HOSTILE[name]())
    assert problem is not None
    assert problem.startswith("expected ")
    assert WORDS[name] in problem


def test_the_work_is_bounded_by_the_size():
    content = HOSTILE["one_subgraph_ten_thousand_times"]()
    begin = time.process_time()
    assert "as many as bytes" in verdict(content)
    assert time.process_time() - begin < 2


def opened(contents):
    """Hands parts to TensorFlow Lite in a process of its own; returns how many it survived."""
    command = [sys.executable, "-m", "tests.tflite.bundle.open_parts"]
    data = b"".join(struct.pack("<I", len(content)) + content for content in contents)
    process = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, timeout=1800, check=False)
    return process.stdout.count(b"\n")


def damage(count, seed):
    """Changes parts at random; the accepted ones."""
    rng, parts = random.Random(seed), originals() + [path.read_bytes() for path in FAMILIES]
    contents = (changed(rng, rng.choice(parts)) for _ in range(count))
    return [content for content in contents if verdict(content) is None]


def test_tensorflow_lite_survives_what_is_accepted():
    accepted = damage(3000, seed=1)
    assert 300 < len(accepted) < 2500
    assert opened(accepted) == len(accepted)


@pytest.mark.slow
def test_tensorflow_lite_survives_what_is_accepted_of_many():
    for seed in range(2, 42):
        accepted = damage(10_000, seed)
        assert opened(accepted) == len(accepted), f"seed {seed}"


def test_a_crash_would_be_seen():
    """Without `subgraphs` the library dies: the reason for all of this, and the proof that this test can fail."""
    content = HOSTILE["no_subgraphs"]()
    assert verdict(content) is not None
    assert opened([good(), content, good()]) < 3


# The tables are those of the schema.


def fields_of(table):
    """Number -> name, of what the schema's generated class reads."""
    source = SCHEMA.partition(f"\nclass {table}(object):")[2].partition("\nclass ")[0]
    found = {}
    for name, offset in re.findall(r"def (\w+)\(self(?:(?!\bdef\b).)*?Offset\((\d+)\)", source, re.S):
        found.setdefault((int(offset) - 4) // 2, re.sub("(Length|AsNumpy|IsNone)$", "", name))
    return found


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_are_those_of_the_schema(table):
    expected = fields_of({"Quantization": "QuantizationParameters"}.get(table, table))
    for number, (name, _) in enumerate(TABLES[table]):
        if name != "deprecated_tag":
            assert expected.pop(number).lower() == name.replace("_", "")
    # What newer schemas have behind these fields is refused: a vtable that reaches so far is too long.
    assert set(expected.values()) <= {"ExternalBufferGroups", "ExternalBuffers", "ExternalBuffer"}


def test_the_operators_are_those_of_the_schema_and_of_the_oldest_runtime():
    types = {number: name for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int)}
    for number, operator in OPERATORS.items():
        assert getattr(schema.BuiltinOperator, operator.name) == number
        assert OLDEST_RUNTIME[operator.name] == operator.version
        if operator.options_type:
            fields = fields_of(types[operator.options_type])
            wanted = {i for i, letter in enumerate(operator.options) if letter != "-"}
            assert wanted <= set(fields), operator.name
            assert max(fields, default=-1) <= len(operator.options) + (operator.name == "FULLY_CONNECTED") - 1
        else:
            assert operator.options == ""


def test_types_are_those_of_the_schema():
    assert {getattr(schema.TensorType, name.upper()) for name in TYPES.values()} == set(TYPES)


def test_every_rule_is_used_and_every_letter():
    assert {operator.rule for operator in OPERATORS.values()} == set(_RULES)
    assert set("".join(operator.options for operator in OPERATORS.values())) == set(OPTIONS)


def test_operators_that_keep_state_or_draw_numbers_are_not_among_them():
    names = {operator.name for operator in OPERATORS.values()}
    assert len(names) == len(OPERATORS) == 99
    words = ("RANDOM", "MULTINOMIAL", "VAR", "HASH", "CALL", "WHILE", "CUSTOM", "DELEGATE", "LSTM", "RNN", "STABLEHLO")
    assert not [name for name in names if any(word in name for word in words) or name == "IF"]


def test_the_page_and_the_jvm_runtime_have_the_same_lines():
    lines = LINES.strip().split("\n")
    page = (ROOT / "docs/bundle.md").read_text(encoding="utf-8")
    assert "\n".join("    " + line for line in lines) in page
    java = (JAVA / "PartOperator.java").read_text(encoding="utf-8")
    assert "\n".join("      " + line for line in lines) in java
    words = [f"{name}:{kind}" for fields in TABLES.values() for name, kind in fields]
    assert [word for word in words if word not in page] == []
    written = re.findall(r"[\w]+:[\w*-]+", (JAVA / "PartTables.java").read_text(encoding="utf-8"))
    written.remove("name:kind")
    assert [word for word in written if word.partition(":")[0] in dict(w.split(":") for w in words)] == words
