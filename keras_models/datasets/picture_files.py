"""Picture files as pixels, by the rules that docs/bundle.md gives every runtime ("Picture files")."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

KINDS = ("grey", "transparent", "of 16 bits", "with a palette", "CMYK", "turned by Exif", "animated")
_ORIENTATION = 0x0112  # Exif's tag; 2 to 8 are turned or mirrored
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


class PictureError(ValueError):
    """A file that is read as no picture."""


def read(path: str | Path) -> np.ndarray:
    """A picture file as uint8 `[height, width, 1, 3 or 4]`, upright; the fourth channel is alpha.

    Raises:
        PictureError: Pillow reads none there, or it is damaged, too large, or of numbers that do not say their range.
    """
    from PIL import UnidentifiedImageError

    # No path for Pillow (13), which by a path would map a TIFF into memory and turn it wrongly.
    with open(path, "rb") as stream, strictly():
        try:
            pixels = np.asarray(decoded(stream))
        except PictureError as error:
            raise PictureError(f"{error}: {path}") from None
        except UnidentifiedImageError:
            raise PictureError(f"expected an image file, but cannot identify what it is: {path}") from None
        except Exception as error:  # of any kind: thirty readers have their own ways to find a file damaged
            raise PictureError(f"expected a whole image file, but {error or type(error).__name__}: {path}") from None
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


@contextlib.contextmanager
def strictly() -> Iterator[None]:
    """Pillow keeps its remarks to itself while it is open, in all threads, but refuses pictures that are too large."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def kinds(picture) -> tuple[str, ...]:
    """What in a picture that Pillow has opened has to be changed for a network: some of `KINDS`."""
    mode, deep = picture.mode, picture.mode.startswith("I")
    found = {
        "grey": mode in ("L", "LA", "La", "1") or deep,
        "transparent": mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in picture.info,
        "of 16 bits": deep,
        "with a palette": mode in ("P", "PA"),
        "CMYK": mode == "CMYK",
        "turned by Exif": picture.getexif().get(_ORIENTATION) in range(2, 9),
        "animated": getattr(picture, "is_animated", False),
    }
    return tuple(kind for kind in KINDS if found[kind])


def decoded(stream):
    """The picture in a stream of bytes, upright, as grey, RGB or, where something may be transparent, RGBA."""
    from PIL import Image

    return upright(Image.open(stream))


def upright(picture):
    """As `decoded`, of a picture that Pillow has opened."""
    from PIL import Image, ImageOps

    format, picture = picture.format, ImageOps.exif_transpose(picture)
    mode, transparent = picture.mode, picture.info.get("transparency")
    if mode.startswith("I;16") or (mode == "I" and format in ("PNG", "PPM")):  # of 16 bits by their format
        values = np.asarray(picture).astype(np.int64)
        grey = np.where(values == transparent, 255, (values + 128) // 257)
        return Image.fromarray(grey.astype(np.uint8))
    if mode in ("I", "F"):
        raise PictureError(
            f"expected 8 or 16 bits a channel, received 32 ({mode}) that do not say which number is white"
        )
    if mode == "LA":
        grey, alpha = np.moveaxis(np.asarray(picture).astype(np.int64), -1, 0)
        return Image.fromarray(((grey * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8))
    if transparent is not None or mode in ("PA", "La", "RGBa"):
        return picture.convert("RGBA")
    if mode in ("L", "RGB", "RGBA"):
        return picture
    return picture.convert("L" if mode == "1" else "RGB")


def on_white(picture):
    """A decoded picture without what is transparent: grey or RGB."""
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def fitted(picture, shape) -> np.ndarray:
    """A picture, grey or RGB, as uint8 of a shape (height, width, channels): cropped about its middle, resized.

    As a bundle does it, but for roundings.
    """
    from PIL import Image

    height, width, channels = shape
    picture = picture.convert("L" if channels == 1 else "RGB")
    rows, columns = picture.height, picture.width
    kept = min(rows, max(1, columns * height // width)), min(columns, max(1, rows * width // height))
    top, left = (rows - kept[0]) // 2, (columns - kept[1]) // 2
    window = (left, top, left + kept[1], top + kept[0])
    return np.asarray(picture.crop(window).resize((width, height), Image.Resampling.BILINEAR)).reshape(shape)
