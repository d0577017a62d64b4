"""Where images come from: tasks, files, folders."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from tflite.bundle import manifest as m
from tools.console import UserError
from tools.reporting import samples


def test_a_bundle_says_which_dataset_it_was_made_for(bundle):
    data = samples.load(bundle.manifest)
    assert (data.task, data.split, len(data)) == ("pixels", "test", 60)
    image, label, group = next(data.tuples())
    assert image.shape == (1, 2, 1) and label in (0, 1) and group in ("easy", "hard")


def test_a_limit_draws_the_same_images_every_time(bundle, pixels):
    data = samples.load(bundle.manifest, limit=20)
    again = samples.load(bundle.manifest, limit=20)
    assert (data.rows == again.rows).all() and (np.diff(data.rows) > 0).all() and data.rows.max() < 60
    assert len(set(np.diff(data.rows))) > 1  # no even steps, which would hit a pattern in the order of the images
    images, labels, groups = pixels.load("test")
    assert (data.images == images[data.rows]).all() and (data.labels == labels[data.rows]).all()
    assert (data.groups == groups[data.rows]).all()
    assert samples.load(bundle.manifest, limit=1000).rows.tolist() == list(range(60))
    with pytest.raises(UserError, match="received --limit 0"):
        samples.load(bundle.manifest, limit=0)


def test_a_bundle_without_provenance_asks_for_a_dataset(bundle):
    manifest = msgspec.structs.replace(bundle.manifest, provenance={})
    with pytest.raises(UserError, match="--dataset TASK, received None"):
        samples.load(manifest)
    assert samples.load(manifest, "pixels").task == "pixels"


def test_pictures_that_a_bundle_was_made_with_elsewhere_are_told(bundle, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    manifest = msgspec.structs.replace(bundle.manifest, provenance={"dataset": "my pictures@1x2x1@0..255"})
    with pytest.raises(
        UserError, match=f"made with in {tmp_path}/my pictures, received no folder there: call it where"
    ):
        samples.load(manifest)


def test_other_labels_are_refused_before_anything_is_downloaded(bundle):
    with pytest.raises(UserError, match="received cifar10 with airplane, automobile, bird, cat, ... 10 in all"):
        samples.load(bundle.manifest, "cifar10")


def test_other_sizes_are_refused_unless_the_bundle_resizes(bundle, monkeypatch, pixels):
    import dataclasses

    from keras_models.datasets import TASKS

    monkeypatch.setitem(TASKS, "pixels", dataclasses.replace(pixels, input_shape=(8, 8, 1)))
    with pytest.raises(UserError, match="expected images of 1 x 2 pixels, .* received pixels with 8 x 8"):
        samples.load(bundle.manifest)
    resizing = {"image": msgspec.structs.replace(bundle.manifest.inputs["image"], resize="bilinear")}
    assert len(samples.load(msgspec.structs.replace(bundle.manifest, inputs=resizing))) == 60
    several = resizing | {"hint": m.VectorInput()}
    fill, run, *others = bundle.manifest.programs["main"]
    run = msgspec.structs.replace(run, inputs=run.inputs | {"hint": "hint"})
    asking = msgspec.structs.replace(bundle.manifest, inputs=several, programs={"main": (fill, run, *others)})
    with pytest.raises(UserError, match="a bundle that takes one picture, received one that takes image, hint"):
        samples.load(asking)


def test_rows_of_a_task(pixels):
    found = list(samples.find("pixels:test:3,5-6"))
    images, labels, _ = pixels.load("test")
    assert [name for name, _, _ in found] == ["pixels:test:3", "pixels:test:5", "pixels:test:6"]
    assert [truth for _, _, truth in found] == labels[[3, 5, 6]].tolist()
    assert (found[1][1] == images[5]).all()
    for wrong in ("60", "0,9-60", "0-99999999999999999999", "7-4"):
        with pytest.raises(UserError, match=f"expected rows below 60 in pixels:test, such as 0,4-7, received {wrong}$"):
            list(samples.find(f"pixels:test:{wrong}"))


def test_a_folder_of_images(tmp_path):
    Image.fromarray(np.full((2, 3), 7, np.uint8)).save(tmp_path / "b.png")
    Image.fromarray(np.zeros((2, 3, 3), np.uint8)).save(tmp_path / "a.PNG")
    (tmp_path / "notes.txt").write_text("no image")
    found = list(samples.find(str(tmp_path)))
    assert [Path(name).name for name, _, _ in found] == ["a.PNG", "b.png"]
    assert found[0][1].shape == (2, 3, 3) and found[1][1].tolist() == [[[7]] * 3] * 2


@pytest.mark.parametrize("source", ["no such thing", "pixels:test", "pixels:test:x"])
def test_what_is_no_source_is_named(source):
    with pytest.raises(UserError, match=f"TASK:SPLIT:ROWS, received '{source}'"):
        list(samples.find(source))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match="expected a folder with images"):
        list(samples.find(str(tmp_path)))
