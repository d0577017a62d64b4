"""The comparison of zero-shot learners, on features in which colour and kind are plain to see."""

import json

import keras
import numpy as np
import pytest

from keras_models import datasets, files
from tests.tools.calling import call
from tools import compare_zero_shot
from tools.studies import few_shot, zero_shot, zero_shot_pages

SPLITS = {"train": (400, (0,)), "mirrored": (400, (0,)), "validation": (120, (0, 1)), "test": (240, (0, 2))}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with made-up features, and a preset whose trunk gives as many: (folder, preset's file)."""
    folder = tmp_path_factory.mktemp("zero_shot")
    image = keras.Input((96, 96, 3))
    early = keras.layers.Conv2D(20, 9, 8, name="early")(image)
    last = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(early))
    keras.Model(image, keras.layers.Dense(160)(last)).save(folder / "trunk.keras")
    task, rng, found = datasets.get("pairs_small"), np.random.default_rng(0), {}
    for split, (count, roles) in SPLITS.items():
        pairs = np.flatnonzero(np.isin(task.roles, roles))
        labels = pairs[np.arange(count) % len(pairs)] if split != "test" else rng.choice(pairs, count)
        for port, side, size in (("pooled_1", 0, 20), ("pooled_2", 1, 8)):
            seen = np.eye(size)[task.members[labels, side]] + 0.3 * rng.normal(size=(count, size))
            found[f"{split}/{port}"] = seen.astype(np.float32)
        found[f"{split}/labels"] = labels
    files.write_arrays(folder / "features.npz", **found)
    arguments = {"network": str(folder / "trunk.keras"), "at": ["early"], "layers": 1, "width": 32, "classifier": [16]}
    stage = {"epochs": 24, "batch_size": 32, "feature_dropout": 0.0, "learning_rate": 0.02}
    preset = {"family": "tafe", "task": "pairs_small", "arguments": arguments, "stages": {"tasks": stage}}
    (folder / "preset.json").write_text(json.dumps(preset | {"source": "none", "expected": "seconds"}))
    return folder, str(folder / "preset.json")


@pytest.fixture(scope="module")
def rows(made):
    """Numbers of one seed of some ways."""
    study = zero_shot.Study(made[0], made[1])
    names = ("eszsl_names", "eszsl_attributes", "product", "tafe_names", "tafe_taught")
    return {name: [study.row(name, 0)] for name in names}


def test_new_pairs_are_told_by_every_way(rows):
    for name, (row,) in rows.items():
        assert {"T1", "plain", "calibrated", "AP", "top_1", "top_2", "top_3"} <= set(row), name
        assert row["top_1"] <= row["top_2"] <= row["top_3"]
        assert row["plain"]["H"] <= max(row["plain"]["u"], row["plain"]["s"])
    assert rows["product"][0]["T1"] > 0.5 and rows["eszsl_names"][0]["plain"]["u"] > 0.2
    assert rows["tafe_names"][0]["T1"] > 0.1, "by chance 0.025"
    assert tuple(rows["eszsl_names"][0]["chosen"]) in zero_shot.RIDGES


def test_few_examples_have_every_way_and_number(rows):
    shots = rows["tafe_taught"][0]["shots"]
    assert "shots" not in rows["tafe_names"][0]
    assert set(shots) == {"TAFE-Net", "prototypical networks", "logistic regression"}
    for way in shots.values():
        assert set(way) == {"1", "2"}
        assert all(0 < one["novel top-1"] <= one["novel top-5"] <= 1 for one in way.values())


def test_examples_are_not_asked(made):
    study = zero_shot.Study(made[0], made[1])
    examples, asked = few_shot.draw(study, 2, np.random.default_rng(0))
    labels = study.labels("test")
    assert not set(examples) & set(asked)
    drawn = np.bincount(labels[examples], minlength=160)
    assert set(drawn[drawn > 0]) == {2} and set(np.flatnonzero(drawn)) <= set(study.new["test"])
    assert set(labels[asked]) <= {*study.met, *labels[examples]}


def test_the_mean_row_of_examples_by_hand():
    found = few_shot.mean_rows(np.array([[1.0, 2], [3, 4], [5, 5]]), np.array([0, 0, 2]), 3)
    assert found.tolist() == [[2, 3], [0, 0], [5, 5]]


def test_what_has_ended_is_not_computed_again(made, rows, monkeypatch):
    monkeypatch.setattr(zero_shot.Study, "scored", None)
    again = zero_shot.Study(made[0], made[1])
    assert again.row("tafe_names", 0) == json.loads(json.dumps(rows["tafe_names"][0]))


def test_the_page_has_our_numbers_beside_the_source(made, rows, tmp_path, capsys):
    out = tmp_path / "tafe.md"
    arguments = [made[1], "--folder", str(made[0]), "--seeds", "1", "--only-kept", "--out", str(out)]
    assert call(compare_zero_shot, arguments) == 0
    text = out.read_text()
    assert "Rendered pictures stand for photographs" in text and "70.8 / 50.5 / 84.4 / 63.2" in text
    h = 100 * rows["eszsl_names"][0]["plain"]["H"]
    assert f"| {h:.1f} |" in text and out.with_suffix(".png").stat().st_size > 10_000
    numbers = json.loads(out.with_suffix(".json").read_text())
    assert set(numbers["rows"]) == set(rows) and numbers["command"].startswith("python tools/compare_zero_shot.py")
    (told,) = zero_shot_pages.gains({"eszsl_names": rows["eszsl_names"], "tafe_names": rows["tafe_names"]})
    difference = 100 * (rows["tafe_names"][0]["plain"]["H"] - rows["eszsl_names"][0]["plain"]["H"])
    assert told == f"By names: H is {difference:+.1f} points against ESZSL, the best baseline."


def test_bad_input_is_one_sentence(tmp_path, capsys):
    assert call(compare_zero_shot, ["--folder", str(tmp_path), "--row", "latem"]) == 2
    assert "expected rows among devise_attributes, " in capsys.readouterr().err
    assert call(compare_zero_shot, ["--folder", str(tmp_path), "--only-kept"]) == 2
    assert f"expected trainings in {tmp_path}, received none" in capsys.readouterr().err
