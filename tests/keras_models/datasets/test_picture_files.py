"""Picture files: every kind becomes eight bits, upright; what is none is named."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_models.datasets import picture_files


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 1), ("RGB", 3), ("RGBA", 4), ("P", 3), ("1", 1), ("LA", 1), ("CMYK", 3), ("I;16", 1), ("YCbCr", 3)],
)
def test_every_kind_of_picture_becomes_eight_bits(tmp_path, mode, channels):
    path = tmp_path / ("x.tif" if mode in ("CMYK", "I;16", "YCbCr") else "x.png")
    picture = Image.fromarray(np.array([[0, 65535]], np.uint16)) if mode == "I;16" else Image.new(mode, (2, 1))
    assert picture.mode == mode
    picture.save(path)
    pixels = picture_files.read(path)
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
    assert picture_files.read(tmp_path / name)[..., 0].tolist() == seen


def test_sixteen_bits_are_rounded_and_what_is_transparent_is_white(tmp_path):
    """128 / 257 rounds to 0, 129 / 257 to 1; of a PGM, 500 of 1000 is half of 65535, which is 127.5 of 255."""
    Image.fromarray(np.array([[0, 128, 129, 65535, 7]], np.uint16)).save(tmp_path / "x.png", transparency=7)
    assert picture_files.read(tmp_path / "x.png").ravel().tolist() == [0, 0, 1, 255, 255]
    (tmp_path / "x.pgm").write_bytes(b"P5 3 1 1000\n" + np.array([0, 500, 1000], ">u2").tobytes())
    assert picture_files.read(tmp_path / "x.pgm").ravel().tolist() == [0, 128, 255]


@pytest.mark.parametrize("type", [np.float32, np.int32])
def test_numbers_that_do_not_say_what_is_white_are_refused(tmp_path, type):
    Image.fromarray(np.array([[0, 1], [2, 255]], type)).save(tmp_path / "x.tif")
    with pytest.raises(ValueError, match=r"expected 8 or 16 bits a channel, received 32 \([FI]\) .*: .*x.tif"):
        picture_files.read(tmp_path / "x.tif")


def test_of_an_animation_the_first_picture_is_read(tmp_path):
    frames = [Image.new("L", (2, 1), level) for level in (77, 99)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    assert (picture_files.read(tmp_path / "x.gif") == 77).all()


def test_more_pixels_than_memory_is_safe_for_are_refused_before_they_are_read(tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 9_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + bytes(4) + b"IDAT" + bytes(4))
    with pytest.raises(ValueError, match="90000000 pixels.*x.png"):
        picture_files.read(tmp_path / "x.png")


def test_a_damaged_file_is_one_sentence(tmp_path):
    (tmp_path / "x.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="expected an image file, but cannot identify"):
        picture_files.read(tmp_path / "x.png")
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "y.png")
    (tmp_path / "y.png").write_bytes((tmp_path / "y.png").read_bytes()[:60])
    with pytest.raises(ValueError, match="expected a(n image| whole image) file, but "):
        picture_files.read(tmp_path / "y.png")
