"""tools/compare_compression.py on the small run: every row against what it is made of."""

import contextlib
import io
import json

import numpy as np
import pytest

from tests.tools import blobs
from tools import compare_compression, compression_variants, console, conversion


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered():
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


def call(*words):
    return console.main(compare_compression.build_parser, compare_compression.command, [str(word) for word in words])


@pytest.fixture(scope="module")
def compared(run, tmp_path_factory):
    """The page, and the JSON that was printed."""
    out, printed = tmp_path_factory.mktemp("docs") / "compression.md", io.StringIO()
    variants = ("int8", "dynamic", "yardstick int8", "yardstick 16x8")
    with contextlib.redirect_stdout(printed):
        assert call(run, "--variants", *variants, "--json", "--out", out) == 0
    return out, json.loads(printed.getvalue())


def test_the_page_has_a_row_for_every_variant_and_a_picture(compared):
    page, _ = compared
    text = page.read_text()
    for name in ("float32", "dynamic", "int8", "yardstick int8", "yardstick 16x8"):
        assert text.count(f"| {name} |") == 4, "one in each of the four tables"
    assert "int8 qat" not in text and "--variants 'float32' 'dynamic' 'int8'" in text
    assert page.with_suffix(".png").stat().st_size > 10_000 and "![compression](compression.png)" in text


@pytest.fixture(scope="module")
def floats(run):
    """The float chain's conversion, what its policy sees on the held-out images, and the reference of it."""
    given = compare_compression.options(compare_compression.build_parser().parse_args([str(run)]), "float32")
    work = conversion.begin(conversion.runs.read(run), given)
    conversion.export_units(work)
    seen = compression_variants.decision_inputs(work, conversion.runs.HELD_OUT_SPLIT)
    return work, seen, compression_variants.Reference(work, seen, seen)


def test_rows_are_what_the_units_answer(floats):
    """The float chain against itself moves nothing; doubling the last head's logits changes confidence alone."""
    work, seen, reference = floats
    same = reference.against(work, seen)
    assert same["moved"] == 0 and same["confidence"] == 0 and len(same["exits"]) == 4
    images, labels, _ = blobs.BLOBS.load(conversion.runs.HELD_OUT_SPLIT)
    expected = conversion.decision_inputs(work, images, labels)
    assert seen.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(seen[name], value, rtol=1e-4, atol=1e-5)
    logits = seen["logits"].copy()
    logits[:, -1] *= 2
    sharper = reference.against(work, seen | {"logits": logits})
    assert sharper["exits"] == same["exits"] and sharper["confidence"] > 0
    full = {"accuracy": pytest.approx(np.mean(logits[:, -1].argmax(-1) == labels)), "share": 1}
    assert same["points"]["full"] == full


def test_a_point_costs_what_the_variants_own_exits_do(floats):
    """A variant whose values differ leaves where float does not, and its points cost that."""
    work, seen, reference = floats
    other = {name: value if name == "labels" else -9 * value for name, value in seen.items()}
    row, costs, look = reference.against(work, other), work.chain.exit_costs(), work.policy.look(other)
    assert row["moved"] > 0
    for name, point in row["points"].items():
        taken = look.exits(reference.points[name].parameters, reference.kept)
        assert point["share"] == pytest.approx(np.mean([costs[i] for i in taken]) / costs[-1])
        answers = other["logits"][np.arange(len(taken)), taken].argmax(-1)
        assert point["accuracy"] == pytest.approx(np.mean(answers == seen["labels"]))


def test_a_terminal_gets_the_tables_of_the_page(run, compared, capsys, monkeypatch):
    page, found = compared
    monkeypatch.setattr(compression_variants, "compare", lambda *_: found)
    assert call(run, "--variants", *(row["name"] for row in found["variants"])) == 0
    said = capsys.readouterr().out
    tables = [line for line in said.splitlines() if line.startswith("|")]
    assert tables == [line for line in page.read_text().splitlines() if line.startswith("|")]
    assert sum(line.startswith("| yardstick 16x8 |") for line in tables) == 4


def test_other_images_judge_the_settings_of_the_held_out_ones(run, compared, capsys):
    """The settings stay the same, whatever judges them, and the page's command says what did."""
    assert call(run, "--variants", "float16", "--split", "test[:300]", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 300 != compared[1]["samples"] and found["settings"] == compared[1]["settings"]
    network = conversion.runs.load_model(conversion.runs.read(run))
    images, labels, _ = blobs.BLOBS.load("test[:300]")
    answers = network.decision_inputs(blobs.BLOBS.normalise(images))["logits"].argmax(-1)
    reached = list(found["variants"][0]["exits"].values())
    np.testing.assert_allclose(reached, (answers == labels[:, None]).mean(0), atol=1e-6)
    args = compare_compression.build_parser().parse_args([str(run)])
    assert "--split 'test[:300]'" in compare_compression.tables(found, args)
    assert "--split" not in compare_compression.tables(compared[1], args)


def test_sizes_are_those_of_the_parts(compared):
    rows = {row["name"]: row for row in compared[1]["variants"]}
    floats, int8 = rows["float32"], rows["int8"]
    assert list(floats["sizes"]) == [f"stage_{i}" for i in range(1, 5)]
    for name, (raw, small) in int8["sizes"].items():
        assert small < raw < 1.5 * floats["sizes"][name][0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--prune", "1.5"), "expected --prune from 0 to below 1, received 1.5"),
        (("--qat", "-1"), "expected --qat of at least 0, received -1"),
        (("--cluster", "1"), "expected --cluster of at least 2, received 1"),
        (("--split", "tset"), "tset"),
    ],
)
def test_bad_options_are_refused(run, capsys, given, said):
    assert call(run, *given) == 2
    assert said in capsys.readouterr().err
