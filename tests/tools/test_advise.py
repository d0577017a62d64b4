"""tools/advise.py from the command line to its page, on pictures that are drawn; and on the embedded digits."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from tests.tools import blobs
from tests.tools.calling import call
from tools import advise, console
from tools.phone import laboratory
from tools.pipeline import runs, training
from tools.studies import advice_judging

MINE = ("mine.keras", "--dataset", "blobs")
FEW = ("--epochs", 1, "--widths", 0.5, "--sizes", 0.75, "--batch-size", 16)


def no_phone(processor=None):
    raise console.UserError("there is none")


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory):
    """A working folder with a network for blobs, whose pictures are known; nothing stands for a phone."""
    folder = tmp_path_factory.mktemp("here")
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(laboratory, "prepare", no_phone)
        patch.setattr(advice_judging, "ROUNDS", 1)
        keras.utils.set_random_seed(2)
        network = [keras.Input((12, 12, 1)), layers.Conv2D(8, 3, activation="relu", name="a")]
        network += [layers.Conv2D(8, 3, activation="relu", name="b"), layers.Conv2D(8, 3, name="c"), layers.Flatten()]
        keras.Sequential([*network, layers.Dense(4, activation="softmax")]).save("mine.keras")
        yield folder


@pytest.fixture(scope="module")
def advised(here):
    """Numbers and page of an advice."""
    assert call(advise, [*MINE, *FEW, "--out", "page.md"]) == 0
    return json.loads(Path("page.json").read_text()), Path("page.md").read_text()


def test_every_way_is_judged_on_all_held_out_images_and_timed(advised):
    found, page = advised
    names = ["whole", "width_0.5", "size_10x10", "exits", "exits_frozen", "cascade_width_0.5", "cascade_size_10x10"]
    assert [row["name"] for row in found["ways"]] == names and found["unavailable"] == {}
    assert found["images"] == 300 and found["timed"] == 200 and found["plan"] == {"epochs": 1, "share": 1.0}
    whole, thin, small, *_ = found["ways"]
    # 10 x 10 places of 9 x 8, 64 and 36 of 9 x 64, and 36 x 8 x 4; of half the width, of images of 10 x 10.
    assert whole["costs"]["macs"] == 100 * 72 + 100 * 576 + 288 * 4
    assert thin["costs"]["macs"] == 100 * 36 + 100 * 144 + 144 * 4
    assert small["costs"]["macs"] == 64 * 72 + 36 * 576 + 16 * 576 + 128 * 4
    assert all(row["costs"]["latency"] > 0 for row in found["ways"]) and set(found["verdicts"]) == {"latency", "macs"}
    assert page.count("| the network whole |") == 1 and found["sentences"]["latency"] in page
    assert "arm64 instructions were not counted: there is none" in page
    assert Path("page.png").stat().st_size > 10_000


def test_a_way_costs_and_answers_as_its_bundles_do(advised):
    """Every held-out image by the chain of its half, one by one."""
    from tflite import Chain
    from tools.studies import advice_options

    task = training.datasets.get("blobs")
    seen = advice_judging.pool(task, 5000, 0)
    for row in advised[0]["ways"]:
        arrays = np.load(f"runs/advice-mine/judged/{row['name']}.npz")
        folders = sorted(Path("runs/advice-mine/bundles").glob(f"{row['name']}_[01]"))
        chains = [Chain.load(folder) for folder in folders] * (3 - len(folders))
        results = [chains[i % 2].run(image) for i, image in enumerate(seen.images)]
        right = np.array([result.label for result in results]) == seen.labels
        assert np.mean(right != arrays["right"]) < 0.01, "a number in a hundred may be at a threshold"
        spent = np.mean([result.costs["macs"] for result in results])
        assert spent == pytest.approx(row["costs"]["macs"], rel=0.02)
        assert row["accuracy"] == pytest.approx(arrays["right"].mean())
    assert advice_options.kind_of("mine.keras") == "file"


def test_what_has_ended_is_taken_and_what_is_lost_is_made_again(advised, monkeypatch, capsys):
    """Trainings and judgements are read; a damaged judgement is made again, and so is one whose bundle is gone."""
    monkeypatch.setattr(training, "train", lambda *_, **__: pytest.fail("trained again"))
    judged, real = [], advice_judging._converted
    monkeypatch.setattr(advice_judging, "_converted", lambda given, way: judged.append(way.name) or real(given, way))
    Path("runs/advice-mine/judged/exits.npz").write_bytes(b"PK")
    shutil.rmtree("runs/advice-mine/bundles/width_0.5_0")
    assert call(advise, [*MINE, *FEW, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert judged == ["width_0.5", "exits"]
    for before, now in zip(advised[0]["ways"], again["ways"], strict=True):
        assert now["accuracy"] == before["accuracy"] and now["costs"]["macs"] == before["costs"]["macs"], now["name"]


@pytest.mark.slow
def test_an_interrupted_training_goes_on(advised, monkeypatch, capsys):
    """In the second network, after which the first is not trained again."""
    trained, real = [], training.train

    def impatient(run, **options):
        trained.append(run.folder.name)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return real(run, **options)

    monkeypatch.setattr(training, "train", impatient)
    options = [*MINE, *FEW, "--seed", 1, "--folder", "other", "--sizes", "none"]
    assert call(advise, options) == 130
    assert capsys.readouterr().err.endswith("what has ended is kept, and the same command goes on from there\n")
    assert call(advise, options) == 0
    assert trained == ["whole", "width_0.5", "width_0.5", "exits", "exits_frozen"]
    assert call(advise, [*options, "--images", 100]) == 2
    assert "other holds a run with other settings (images): expected the same, to resume it" in capsys.readouterr().err


def test_another_network_in_the_file_is_another_advice(advised, capsys):
    before = Path("mine.keras").read_bytes()
    keras.Sequential([keras.Input((12, 12, 1)), layers.Flatten(), layers.Dense(4)]).save("mine.keras")
    assert call(advise, [*MINE, *FEW]) == 2
    assert "other settings (sha256)" in capsys.readouterr().err
    Path("mine.keras").write_bytes(before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine.keras"], "expected --data FOLDER or --dataset TASK for the network in mine.keras, received none"),
        (["nothing"], "expected a .keras file, a run folder, a preset ("),
        ([*MINE, "--out", "x.txt"], "expected --out FILE.md, received x.txt"),
        ([*MINE, "--accuracy", "90", "--within", "1"], "expected --accuracy or --within, received both"),
        ([*MINE, "--cost", "arm64"], "there is none"),
        (
            [*MINE, "--exits", "z"],
            "expected a layer of the network, one of exit_candidates(model) (tools/train.py FILE --exits list "
            "tells them), received 'z'",
        ),
        (["none.keras", *MINE[1:]], "none.keras: expected a trained Keras classifier as the network, received none"),
    ],
)
def test_bad_input_is_one_sentence(capsys, tmp_path, arguments, message):
    assert call(advise, [*arguments, "--epochs", 1, "--folder", tmp_path / "new"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}") and error.count("\n") == 1


def test_minutes_become_passes(here, monkeypatch):
    """60 images in batches of 16: 4 steps of 0.1 s; efforts 1, 0.28, 1.15 and 0.5: an epoch of all takes 1.17 s."""
    from tools.studies import advice
    from tools.studies.advice_options import AdviceOptions

    monkeypatch.setattr(advice, "_step_seconds", lambda given, whole: 0.1)
    for minutes, expected in ((0.1, {"epochs": 3, "share": 1.0}), (0.01, {"epochs": 1, "share": 0.31})):
        folder = here / f"plan_{minutes}"
        asked = AdviceOptions("mine.keras", "blobs", minutes=minutes, widths=(0.5,), sizes=(), batch_size=16)
        with advice.opened(asked, folder) as given:
            efforts = [candidate.effort for candidate in given.candidates()]
            half = (100 * 36 + 100 * 144 + 144 * 4) / (100 * 72 + 100 * 576 + 288 * 4)
            assert efforts == pytest.approx([1.0, half, 1.15, 0.5, 0.0])
            assert advice.planned(given) == expected
            monkeypatch.setattr(advice, "_within_minutes", lambda *_: pytest.fail("decided again"))
            assert advice.planned(given) == expected
            monkeypatch.undo()
            monkeypatch.setattr(advice, "_step_seconds", lambda given, whole: 0.1)


@pytest.mark.slow
def test_advice_on_the_embedded_digits(tmp_path):
    """A preset, whose task and recipe are taken; the ways are those of --quick."""
    assert call(advise, ["resnet_digits", "--quick", "--folder", tmp_path / "a", "--out", tmp_path / "page.md"]) == 0
    found = json.loads((tmp_path / "page.json").read_text())
    assert found["task"] == "max_min_digits" and len(found["ways"]) == 7 and found["images"] == 400
    assert runs.read(tmp_path / "a/runs/whole").config["stages"]["classifiers"]["peak_learning_rate"] == 0.1
