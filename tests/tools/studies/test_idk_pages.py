"""tools/reproduce.py idk, quickly, on pictures of blobs: members, cascade, page, numbers, and again as a bundle."""

import json

import msgspec
import pytest

from keras_models.policies import deferral_rules, operating_points
from keras_models.presets import cascade as cascade_presets
from keras_models.presets import resnet as resnet_presets
from tests.tools import blobs
from tests.tools.canvas import lines, names, panels, words
from tools import console, reproduce
from tools.pipeline import runs
from tools.studies import idk, reproduction
from tools.studies.study import Effort, Study

MORE = {"task": "blobs", "source": "none", "expected": "seconds"}
COMMAND = "python tools/reproduce.py idk --dataset cifar10 --table 4.2 --quick"


def member(filters):
    own = {"batch_size": 8, "peak_learning_rate": 0.1}
    return MORE | {"arguments": {"blocks": (1,), "filters": (filters,)}, "stages": {"classifier": own}}


def call(*arguments):
    return console.main(reproduce.build_parser, reproduce.command, ["idk", *map(str, arguments)])


@pytest.fixture(scope="module")
def known():
    """A task, two members, and the small cascade of them."""
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(operating_points, "RARE", 0.0)  # so few images promise next to nothing
        patch.setitem(resnet_presets.PRESETS, "small", member(2))
        patch.setitem(resnet_presets.PRESETS, "large", member(8))
        preset = MORE | {"arguments": {"members": ["runs/small", "runs/large"]}, "stages": {"deferral": {"epochs": 1}}}
        patch.setitem(cascade_presets.PRESETS, "cascade_digits", preset)
        patch.setattr(reproduction, "QUICK_EPOCHS", 12)
        patch.setattr(reproduction, "QUICK", Effort(policy_epochs=1, views=1, seeds=1))
        patch.setattr(deferral_rules, "PRICES", deferral_rules.PRICES[::6])
        patch.setattr(deferral_rules, "WIDTHS", (8,))
        yield


@pytest.fixture(scope="module")
def folder(known, tmp_path_factory):
    """The pages of `--quick`, then of the same run with its bundle."""
    folder = tmp_path_factory.mktemp("reproduced")
    assert call("--quick", "--table", "4.2", "--run", folder / "run", "--out", folder / "pages") == 0
    before = [file.stat().st_mtime_ns for file in sorted(folder.glob("run/**/*.keras"))]
    assert blobs.convert(folder / "run", "--out", folder / "bundle", "--policy", "cost", "--exits", "all") == 0
    assert call("--quick", "--run", folder / "run", "--out", folder / "again", "--bundle", folder / "bundle") == 0
    assert [file.stat().st_mtime_ns for file in sorted(folder.glob("run/**/*.keras"))] == before, "not trained again"
    return folder


def numbers(folder):
    return json.loads((folder / "table_4.2_blobs.json").read_text())


def test_members_are_trained_below_the_quick_run(folder):
    members = runs.read(folder / "run").config["arguments"]["members"]
    assert members == [str(folder / "run/members" / name) for name in ("small", "large")]
    assert runs.read(members[0]).config["stages"]["classifier"]["epochs"] == 12


def test_a_page_with_its_numbers_and_its_picture(folder):
    files = {file.name: file for file in (folder / "pages").iterdir()}
    assert set(files) == {f"table_4.2_blobs.{ending}" for ending in ("md", "png", "json")}
    assert files["table_4.2_blobs.png"].stat().st_size > 5_000
    text, told = files["table_4.2_blobs.md"].read_text(), numbers(folder / "pages")
    assert text.startswith("# IDK cascade, table 4.2: blobs\n") and f"`{COMMAND} --run {folder / 'run'}`" in text
    assert "members: small (preset `small`, 12 epochs, seed 0); large (preset `large`" in text
    assert (told["paper"], told["item"]) == ("idk", "table 4.2") and all(line in text for line in told["made"])
    rows = told["rows"]
    assert rows["samples"] == {"fitting": 255, "held_out": 45, "test": 1000}
    assert [row["name"] for row in rows["members"]] == ["small", "large"] and len(rows["rows"]) == 4 * 3 + 3
    for row in rows["rows"]:
        assert row["macs"] == pytest.approx(rows["members"][0]["macs"] + row["idk"] / 100 * rows["members"][1]["macs"])
        assert sum(row["answered"]) == pytest.approx(100)


def test_the_constraint_is_checked_again_on_the_chain(folder):
    told = numbers(folder / "again")["rows"]
    (bundle,) = told["bundles"]
    full = bundle["rows"][-1]
    assert len(bundle["rows"]) > 1 and 0 < bundle["rows"][0]["idk"] < 100, "there is a point to check"
    assert full["point"] == "full" and full["met"] and full["accuracy"] == bundle["last"]
    assert full["idk"] == 100 and full["answered"] == [0, 100]
    first, last = (row["macs"] for row in told["members"])
    assert full["macs"] == first + last and bundle["dropped"] == []
    assert full["float"]["accuracy"] == pytest.approx(told["members"][-1]["accuracy"])
    for row in bundle["rows"]:
        assert row["met"] == (row["accuracy"] >= bundle["last"] - row["points"] - 1e-6)
        assert row["macs"] == pytest.approx(first + row["idk"] / 100 * last)
        assert row["relative"] == pytest.approx(row["macs"] / last)
    page = (folder / "again/table_4.2_blobs.md").read_text()
    assert f"Again as the bundle {bundle['bundle']}, run image by image" in page
    assert f"--bundle {folder / 'bundle'}" in page
    assert numbers(folder / "pages")["rows"] | {"bundles": told["bundles"]} == told


def test_what_cannot_take_a_bundle_refuses_it(folder, bundle_folder, capsys):
    quick = ("--quick", "--run", folder / "run", "--out", folder / "refused")
    assert call(*quick, "--bundle", bundle_folder) == 2
    assert f"{bundle_folder}: expected a bundle of {folder / 'run'}, received one of another" in capsys.readouterr().err
    assert console.main(reproduce.build_parser, reproduce.command, ["epnet", "--bundle", str(folder / "bundle")]) == 2
    assert "expected an item that takes a bundle for --bundle, received table 1" in capsys.readouterr().err


def test_a_bundle_of_another_policy_is_refused(folder, bundle):
    study = Study(runs.read(folder / "run"), Effort())
    other = msgspec.structs.replace(bundle.manifest, provenance={"training": study.run.config})
    with pytest.raises(console.UserError, match="made with --policy cost or own, received one with the parameters"):
        idk.check(study, other, "bundle")


def test_a_missing_member_of_a_full_run_is_one_sentence(known, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call() == 2
    said = capsys.readouterr().err
    assert "train it with python tools/train.py resnet8_cifar10 --out runs/resnet8_cifar10; received none" in said
    assert said.count("\n") == 1 and not (tmp_path / "runs").exists()


def rule(kind, relative, accuracy, met=True, beaten_by=None):
    row = {"type": kind, "target": 95.0, "met": met, "relative": relative, "accuracy": accuracy, "error": 0.1}
    return row | {"idk": 50.0, "answered": [50.0, 50.0], "macs": 1e6 * relative, "beaten_by": beaten_by}


@pytest.fixture
def compared():
    """Two rules, one of which misses a target, two members, and a bundle."""
    rows = [rule("Prob", 0.9, 95.1), rule("Prob", 0.5, 94.0, beaten_by="small"), rule("Prob", 1.2, 96.0, met=False)]
    rows += [rule("Oracle", 0.4, 97.0) | {"met": None, "target": None}]
    members = [{"name": n, "relative": r, "accuracy": a} for n, r, a in (("small", 0.3, 92.0), ("large", 1.0, 95.0))]
    bundle = {"bundle": "run-int8", "rows": [{"relative": 0.7, "accuracy": 94.5}, {"relative": 0.6, "accuracy": 94.0}]}
    return {"rows": rows, "members": members, "bundles": [bundle]}


def test_the_picture_has_a_line_a_rule_from_the_cheapest_on_and_none_for_what_misses(compared):
    (axis,) = axes = panels()
    idk.paint_table_4_2(axes, compared)
    assert lines(axis) == {
        "Prob": ([0.5, 0.9], [94.0, 95.1]),
        "Oracle": ([0.4], [97.0]),
        "run-int8": ([0.6, 0.7], [94.0, 94.5]),
        "a member alone": ([0.3, 1.0], [92.0, 95.0]),
    }
    assert words(axis) == ["small", "large"] and names(axis.get_legend()) == list(lines(axis))
    assert len({line.get_color() for line in axis.get_lines()}) == 4


def test_how_many_rules_meet_their_target_and_are_worth_it(compared):
    assert idk._verdict(compared["rows"]) == (
        "2 of 3 rules and targets have a setting that meets the target on held-out images. A member alone beats 1 of "
        "these (as accurate on the test images at no more cost)."
    )
    assert idk._verdict([]).startswith("0 of 0 rules")
