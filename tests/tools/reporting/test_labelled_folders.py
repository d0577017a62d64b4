"""Labelled pictures of one's own: on bundles, reports and runs; what is left out, and what is refused."""

import json
import unicodedata

import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.tools import blobs
from tests.tools.calling import call
from tools import benchmark, evaluate, report
from tools.console import UserError
from tools.reporting import labelled_folders, samples


def write(folder, **classes):
    """Pictures of two grey pixels: class -> (a, b) of each."""
    for name, pairs in classes.items():
        (folder / name).mkdir(parents=True)
        for number, pair in enumerate(pairs):
            Image.fromarray(np.array([pair], np.uint8)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def folder(tmp_path):
    """Three pictures of each class, and one that is damaged; `exact` leaves first where a is at least 179."""
    made = write(
        tmp_path / "Größe eins", left=[(200, 0), (100, 50), (230, 250)], right=[(10, 90), (0, 250), (100, 130)]
    )
    (made / "left" / "bad.png").write_bytes(b"\x89PNG and no more")
    (made / "left" / "notes.txt").write_text("no picture")
    return made


def test_a_bundle_on_pictures_of_ones_own(bundle_folder, folder, tmp_path, capsys):
    """By hand: (230, 250) is a left one that leaves first as left; (100, 130) goes to the end."""
    out = tmp_path / "found.json"
    arguments = [bundle_folder, "--data", folder, "--operating-point", "exact"]
    assert call(evaluate, [*arguments, "--out", out]) == 1, "one could not be read"
    captured = capsys.readouterr()
    bad = folder / "left" / "bad.png"
    told = f"error: expected an image file, but cannot identify what it is: {bad}\n"
    assert captured.err == told
    assert captured.out.splitlines()[0] == f"learned on 6 images of {folder} (1 could not be read)"
    found = json.loads(out.read_text())
    assert (found["dataset"], found["split"], found["samples"]) == (str(folder), None, 6)
    assert found["left_out"] == [str(bad)] and "absent" not in found
    (point,) = found["operating_points"]
    assert point["accuracy"] == 1.0
    assert point["exits"] == pytest.approx({"exit_1": 2 / 6, "exit_2": 1 / 6, "answer": 0.5})
    bad.unlink()
    assert call(evaluate, [*arguments, "--limit", "2"]) == 0
    assert capsys.readouterr().out.startswith(f"learned on 2 images of {folder}")


def test_a_benchmark_and_a_report_on_them(bundle_folder, folder, tmp_path, capsys):
    page = tmp_path / "page.html"
    (folder / "right").rename(tmp_path / "elsewhere")
    assert call(report, [bundle_folder, "--data", folder, "--out", page]) == 1
    words = f"measured on 3 images of {folder}, which has none of right (1 could not be read)."
    assert words in page.read_text()
    assert call(benchmark, [bundle_folder, "--data", folder, "--rounds", "1", "--no-cuts", "--no-conditional"]) == 1
    assert f"3 images of {folder}, which has none of right (1 could not be read), 1 times" in capsys.readouterr().out


def test_a_name_in_two_codes_is_one_name(tmp_path):
    composed, apart = (unicodedata.normalize(form, "fünf") for form in ("NFC", "NFD"))
    write(tmp_path, **{apart: [(1, 2)], "_other": [(3, 4)], ".thumbnails": [(5, 6)], "__MACOSX": [(7, 8)]})
    found = labelled_folders.read(tmp_path, ("_other", composed, "six"), samples.read, np.arange)
    assert found.labels.tolist() == [0, 1] and found.rows.tolist() == [0, 1]
    assert found.images.ravel().tolist() == [3, 4, 1, 2]
    assert found.left_out == () and found.absent == ("six",)


@pytest.mark.parametrize(
    ("names", "received"),
    [
        ((), "no folder"),
        (("left", "Right"), "Right: is it right? Rename it"),
        (("left", "zebra"), "zebra: move it elsewhere"),
    ],
)
def test_folders_that_are_no_classes_are_refused(bundle, tmp_path, names, received):
    write(tmp_path, **dict.fromkeys(names, [(1, 2)]))
    with pytest.raises(UserError) as caught:
        samples.load(bundle.manifest, folder=str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}: expected a folder a class, named as the labels (left, right), received {received}"
    )


def test_folders_of_splits_are_refused_with_the_one_to_give(bundle, tmp_path):
    for split in ("train", "test"):
        write(tmp_path / split, left=[(1, 2)], right=[(1, 2)])
    with pytest.raises(UserError, match=f"received test, train: give {tmp_path}/test$"):
        samples.load(bundle.manifest, folder=str(tmp_path))


def test_what_is_no_folder_of_pictures_is_refused(bundle, tmp_path, folder):
    def refusal(given, **options):
        with pytest.raises(UserError) as caught:
            samples.load(bundle.manifest, folder=str(given), **options)
        return str(caught.value)

    none = f"{tmp_path}/none"
    assert refusal(none) == f"expected a folder of pictures, a folder a class, received {none}, which is none"
    (tmp_path / "empty" / "left").mkdir(parents=True)
    assert refusal(tmp_path / "empty").startswith("expected pictures (.png, .jpg, ")
    both = f"expected --data or --dataset and --split, received both, {folder} and "
    assert refusal(folder, split="test") == both + "test" and refusal(folder, dataset="pixels") == both + "pixels"
    assert refusal(folder, limit=0) == "expected at least one image, received --limit 0"


def test_pictures_of_another_size_are_left_out_where_a_bundle_does_not_resize(bundle, folder, capsys):
    Image.new("L", (2, 2)).save(folder / "right" / "large.png")
    assert len(samples.load(bundle.manifest, folder=str(folder))) == 6
    large = f"{folder}/right/large.png"
    told = f"error: image: expected 1 x 2 pixels, for this bundle does not resize, received 2 x 2 ({large})\n"
    assert told in capsys.readouterr().err
    write(folder.parent / "all", left=[(1, 2, 3)])
    with pytest.raises(UserError, match="expected pictures that can be read, received 1 that cannot in .*/all$"):
        samples.load(bundle.manifest, folder=str(folder.parent / "all"))


def test_pictures_that_were_trained_on_are_refused(bundle, tmp_path):
    """A copy of them elsewhere is not known to be one."""
    for split in ("train", "test"):
        write(tmp_path / "own" / split, left=[(1, 2)], right=[(1, 2)])
    manifest = msgspec.structs.replace(bundle.manifest, provenance={"dataset": f"{tmp_path}/own@1x2x1@0..255"})
    assert len(samples.load(manifest, folder=f"{tmp_path}/own/test")) == 2
    with pytest.raises(UserError, match=f"not been trained on, received {tmp_path}/own/train: leave --data out for "):
        samples.load(manifest, folder=f"{tmp_path}/own/train")
    (tmp_path / "link").symlink_to(tmp_path / "own" / "train")
    with pytest.raises(UserError, match="not been trained on"):
        samples.load(manifest, folder=f"{tmp_path}/link")


def test_policies_are_judged_on_them(tmp_path, capsys):
    """The very pictures of a split, from files, are judged as that split is."""
    images, labels, _ = blobs.BLOBS.load("test[:40]")
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        name = blobs.BLOBS.labels[label]
        (tmp_path / "own" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[:, :, 0]).save(tmp_path / "own" / name / f"{number:02}.png")
    (tmp_path / "own" / blobs.BLOBS.labels[0] / "bad.png").write_text("nothing")
    with blobs.registered():
        run = blobs.make_run(tmp_path / "run")
        words = [run, "--policy", "own,max_softmax:0.3", "--json"]
        assert call(evaluate, [*words, "--data", tmp_path / "own"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert call(evaluate, [*words, "--split", "test[:40]"]) == 0
        expected = json.loads(capsys.readouterr().out)
        assert call(evaluate, [*words, "--split", "test", "--data", tmp_path / "own"]) == 2
        assert "expected --data or --split, received both" in capsys.readouterr().err
    assert (found["dataset"], found["samples"], len(found["left_out"])) == (str(tmp_path / "own"), 40, 1)
    assert found["policies"] == expected["policies"] and found["exits"] == expected["exits"]
