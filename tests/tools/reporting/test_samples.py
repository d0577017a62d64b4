"""Where images come from: tasks, files, folders."""

import struct
import zlib
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


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 1), ("RGB", 3), ("RGBA", 4), ("P", 3), ("1", 1), ("LA", 1), ("CMYK", 3), ("I;16", 1), ("YCbCr", 3)],
)
def test_every_kind_of_picture_becomes_eight_bits(tmp_path, mode, channels):
    path = tmp_path / ("x.tif" if mode in ("CMYK", "I;16", "YCbCr") else "x.png")
    picture = Image.fromarray(np.array([[0, 65535]], np.uint16)) if mode == "I;16" else Image.new(mode, (2, 1))
    assert picture.mode == mode
    picture.save(path)
    pixels = samples.read_image(path)
    assert (pixels.dtype, pixels.shape) == (np.uint8, (1, 2, channels))
    if mode == "I;16":
        assert pixels.ravel().tolist() == [0, 255]


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.webp"])
@pytest.mark.parametrize("orientation, seen", [(6, [[4, 1], [5, 2], [6, 3]]), (5, [[1, 4], [2, 5], [3, 6]])])
def test_a_picture_is_turned_upright(tmp_path, name, orientation, seen):
    """By a quarter clockwise, or mirrored as well; Pillow by itself garbles such a TIFF that it opens by its path."""
    picture = Image.fromarray(np.array([[1, 2, 3], [4, 5, 6]], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(tmp_path / name, exif=exif, **({"lossless": True} if name == "x.webp" else {}))
    assert samples.read_image(tmp_path / name)[..., 0].tolist() == seen


def test_sixteen_bits_are_rounded_and_what_is_transparent_is_white(tmp_path):
    """128 / 257 rounds to 0, 129 / 257 to 1; of a PGM, 500 of 1000 is half of 65535, which is 127.5 of 255."""
    Image.fromarray(np.array([[0, 128, 129, 65535, 7]], np.uint16)).save(tmp_path / "x.png", transparency=7)
    assert samples.read_image(tmp_path / "x.png").ravel().tolist() == [0, 0, 1, 255, 255]
    (tmp_path / "x.pgm").write_bytes(b"P5 3 1 1000\n" + np.array([0, 500, 1000], ">u2").tobytes())
    assert samples.read_image(tmp_path / "x.pgm").ravel().tolist() == [0, 128, 255]


@pytest.mark.parametrize("type", [np.float32, np.int32])
def test_numbers_that_do_not_say_what_is_white_are_refused(tmp_path, type):
    Image.fromarray(np.array([[0, 1], [2, 255]], type)).save(tmp_path / "x.tif")
    with pytest.raises(UserError, match=r"expected 8 or 16 bits a channel, received 32 \([FI]\) .*: .*x.tif"):
        samples.read_image(tmp_path / "x.tif")


def test_of_an_animation_the_first_picture_is_read(tmp_path):
    frames = [Image.new("L", (2, 1), level) for level in (77, 99)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert (samples.read_image(tmp_path / "x.gif") == 77).all()


def test_more_pixels_than_memory_is_safe_for_are_refused_before_they_are_read(tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 9_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + bytes(4) + b"IDAT" + bytes(4))
    with pytest.raises(UserError, match="90000000 pixels.*x.png"):
        samples.read_image(tmp_path / "x.png")


def test_a_damaged_file_is_one_sentence(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no image")
    with pytest.raises(UserError, match="expected an image file, but cannot identify"):
        samples.read_image(tmp_path / "x.png")
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "y.png")
    (tmp_path / "y.png").write_bytes((tmp_path / "y.png").read_bytes()[:60])
    with pytest.raises(UserError, match="expected a(n image| whole image) file, but "):
        samples.read_image(tmp_path / "y.png")
