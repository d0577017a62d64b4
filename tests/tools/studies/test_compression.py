"""tools/compare_compression.py on the small run: every row against what it is made of."""

import contextlib
import dataclasses
import io
import json
import shlex

import numpy as np
import pytest

from keras_models.policies import operating_points
from tests.tools import blobs
from tests.tools.canvas import lines, names, painted
from tests.tools.markdown import table
from tools import compare_compression, console, options
from tools.pipeline import conversion, runs
from tools.pipeline.options import ConversionOptions
from tools.studies import compression


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(operating_points, "RARE", 0.0)  # so few images promise next to nothing
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


def call(*words):
    return console.main(compare_compression.build_parser, compare_compression.command, [str(word) for word in words])


@pytest.fixture(scope="module")
def compared(run, tmp_path_factory):
    """The page, and the JSON that was printed."""
    out, printed = tmp_path_factory.mktemp("docs") / "compression.md", io.StringIO()
    variants = ("int8", "dynamic", "yardstick int8", "yardstick int8 min-max", "yardstick 16x8")
    with contextlib.redirect_stdout(printed):
        assert call(run, "--variants", *variants, "--json", "--out", out) == 0
    return out, json.loads(printed.getvalue())


def test_the_page_has_a_row_for_every_variant_and_a_picture(compared):
    page, _ = compared
    text = page.read_text()
    for name in ("float32", "dynamic", "int8", "yardstick int8", "yardstick int8 min-max", "yardstick 16x8"):
        assert text.count(f"| {name} |") == 4, "one in each of the four tables"
    assert "int8 qat" not in text and "--variants float32 dynamic int8 'yardstick int8'" in text
    assert page.with_suffix(".png").stat().st_size > 10_000 and "![compression](compression.png)" in text


@pytest.fixture(scope="module")
def floats(run):
    """The float chain's conversion, what its policy sees on the held-out images, and the reference of it."""
    work = conversion.begin(runs.read(run), ConversionOptions(quantize="float32", exits="all"))
    conversion.export_units(work)
    values = compression.values_of(work, runs.HELD_OUT_SPLIT)
    return work, values, compression.Reference(work, values, values)


def test_rows_are_what_the_units_answer(floats):
    """The float chain against itself moves nothing; doubling the last head's logits changes confidence alone."""
    work, values, reference = floats
    same = reference.against(work, values)
    assert same["moved"] == 0 and same["confidence"] == 0 and len(same["exits"]) == 4
    images, labels, _ = blobs.BLOBS.load(runs.HELD_OUT_SPLIT)
    expected = work.network.observe(blobs.BLOBS.normalise(images))
    assert values.keys() == (expected.keys() | {"labels"}) - {"features_4"}
    for name in values.keys() - {"labels"}:
        np.testing.assert_allclose(values[name], expected[name], rtol=1e-4, atol=1e-5)
    sharper = reference.against(work, values | {"logits_4": 2 * values["logits_4"]})
    assert sharper["exits"] == same["exits"] and sharper["confidence"] > 0
    full = {"accuracy": pytest.approx(np.mean(values["logits_4"].argmax(-1) == labels)), "share": 1}
    assert same["points"]["full"] == full


def test_a_point_costs_what_the_variants_own_exits_do(floats):
    """A variant whose values differ leaves where float does not, and its points cost that."""
    work, values, reference = floats
    other = {name: value if name == "labels" else -9 * value for name, value in values.items()}
    row, costs = reference.against(work, other), work.chain.exit_costs()
    assert row["moved"] > 0
    answers = np.stack([other[f"logits_{i}"] for i in range(1, 5)], 1).argmax(-1)
    features = [other[f"features_{i}"] for i in range(1, 4)]
    for name, point in row["points"].items():
        settings = reference.points[name].parameters
        logits, kappa = np.stack([other[f"logits_{i}"] for i in range(1, 5)], 1), settings["kappa"]
        stop = work.network.stop_logits(features, logits, np.full((len(answers), 1), kappa, "float32"))
        stops = 1 / (1 + np.exp(-np.asarray(stop, "float64"))) >= settings["threshold"]
        taken = np.concatenate([stops, np.ones((len(answers), 1), bool)], 1).argmax(1)
        assert point["share"] == pytest.approx(np.mean([costs[i] for i in taken]) / costs[-1])
        assert point["accuracy"] == pytest.approx(np.mean(answers[np.arange(len(taken)), taken] == other["labels"]))


def test_a_terminal_gets_the_tables_of_the_page(run, compared, capsys, monkeypatch):
    page, found = compared
    monkeypatch.setattr(compression, "compare", lambda *_: found)
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
    network = runs.load_model(runs.read(run))
    images, labels, _ = blobs.BLOBS.load("test[:300]")
    observed = network.observe(blobs.BLOBS.normalise(images))
    answers = np.stack([observed[f"logits_{i}"] for i in range(1, 5)], 1).argmax(-1)
    reached = list(found["variants"][0]["exits"].values())
    np.testing.assert_allclose(reached, (answers == labels[:, None]).mean(0), atol=1e-6)
    parser = compare_compression.build_parser()
    other, usual = (parser.parse_args([str(run), *more]) for more in (["--split", "test[:300]"], []))
    assert "--split 'test[:300]'" in options.words(parser, other, "run")
    assert "--split" not in options.words(parser, usual, "run")


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
        (("--seed", "-1"), "expected --seed of at least 0, received -1"),
        (("--split", "tset"), "tset"),
    ],
)
def test_bad_options_are_refused(run, capsys, given, said):
    assert call(run, *given) == 2
    assert said in capsys.readouterr().err


def test_a_program_that_is_not_in_a_line_is_refused(floats):
    work, _, _ = floats
    branching = dataclasses.replace(work)
    branching.program = [{"op": "branch"}, *work.program]
    with pytest.raises(console.UserError, match="expected a run with a program in a line .*, received one of the fam"):
        compression.check_line(branching)


def test_every_variant_has_the_options_that_its_name_tells():
    args = compare_compression.build_parser().parse_args(["run", "--qat", "3", "--cluster", "8", "--seed", "5"])
    found = compare_compression.variants(args)
    assert list(found) == list(compare_compression.VARIANTS) and next(iter(found)) == "float32"
    assert {(options.exits, options.seed) for options in found.values()} == {("all", 5)}
    kinds = {name: options.quantize for name, options in found.items() if not name.startswith("int8")}
    assert kinds == dict.fromkeys(kinds, "float32") | {"float16": "float16", "dynamic": "dynamic"}
    assert found["int8 pruned qat"] == ConversionOptions(exits="all", seed=5, prune=0.5, prune_epochs=4, qat=3)
    assert found["int8 clustered"] == ConversionOptions(exits="all", seed=5, cluster=8)
    assert set(compression.YARDSTICK) < set(found)


def variant(name, exits, confidence=0.0, size=(2000, 1000)):
    point = {"accuracy": exits[-1], "share": 0.25}
    row = {"name": name, "exits": dict(zip((2, 4), exits, strict=True)), "points": {"balanced": point}, "moved": 0.125}
    return row | {"confidence": confidence, "sizes": {"stage_1": size, "stage_2": (500, 400)}, "latency_us": 12.5}


VARIANTS = [variant("float32", (0.75, 0.9)), variant("int8", (0.7, 0.95), 0.01234, (600, 500))]


def test_the_tables_by_hand():
    """int8 loses five points at the first exit and wins five at the last."""
    found = {"task": "blobs", "split": "test", "samples": 10_000, "variants": VARIANTS}
    text = compression.tables(found, "my run", "python tools/compare_compression.py 'my run'")
    assert text.startswith("# Compression of my run: blobs\n")
    assert "10,000 images of `test` (standard error of an accuracy: at most 0.5 points)" in text
    summary, points, exits, sizes = text.split("\n## ")
    assert table(summary)[1:] == [
        ["float32", "90.00", "82.50", "0.00", "12.5%", "0.0000", "2", "1", "12"],
        ["int8", "95.00", "82.50", "5.00", "12.5%", "0.0123", "1", "1", "12"],
    ]
    assert table(points) == [["", "balanced"], ["float32", "90.00 (25.0%)"], ["int8", "95.00 (25.0%)"]]
    assert table(exits) == [["", "2", "4"], ["float32", "75.00", "90.00"], ["int8", "70.00", "95.00"]]
    assert table(sizes)[2] == ["int8", "600 (500)", "500 (400)"]


def test_the_picture_is_what_every_exit_won_and_at_which_size():
    left, right = painted(compression.draw, {"variants": [*VARIANTS, variant("qat", (0.75, 0.92))]}, "not written").axes
    assert lines(left) == {
        "int8": ([2, 4], pytest.approx([-5, 5])),
        "qat": ([2, 4], pytest.approx([0, 2])),
    }
    assert lines(right) == {"int8": ([0.9], pytest.approx([0])), "qat": ([1.4], pytest.approx([1]))}
    assert right.get_xlim() == pytest.approx((0, 1.1 * 1.4)) and names(right.get_legend()) == ["int8", "qat"]
    colours = [line.get_color() for line in left.get_lines()[:2]]
    assert colours == [line.get_color() for line in right.get_lines()[:2]] and colours[0] != colours[1]


def test_the_float_chain_alone_is_a_picture_as_well():
    """`--variants float32` is a comparison of nothing, but no reason to stop behind all the work."""
    left, right = painted(compression.draw, {"variants": VARIANTS[:1]}, "not written").axes
    assert lines(left) == lines(right) == {} and right.get_legend() is None


def test_the_command_of_a_page_can_be_typed():
    given = ["my run", "--variants", "int8 qat", "yardstick int8", "--qat", "3", "--split", "test[:10%]", "--seed", "4"]
    parser = compare_compression.build_parser()
    args = parser.parse_args(given)
    assert parser.parse_args(shlex.split(options.words(parser, args, "run"))[2:]) == args
    assert list(compare_compression.variants(args)) == ["float32", "int8 qat", "yardstick int8"], "and float32"
