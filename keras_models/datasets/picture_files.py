"""Picture files as pixels, by the rules that docs/bundle.md gives every runtime ("Picture files")."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


class PictureError(ValueError):
    """A file that is read as no picture."""


def read(path: str | Path) -> np.ndarray:
    """A picture file as uint8 `[height, width, 1, 3 or 4]`, upright; the fourth channel is alpha.

    Raises:
        PictureError: Pillow reads none there, or it is damaged, too large, or of numbers that do not say their range.
    """
    from PIL import Image, UnidentifiedImageError

    # No path for Pillow (13), which by a path would map a TIFF into memory and turn it wrongly.
    with open(path, "rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            pixels = np.asarray(decoded(stream))
        except PictureError as error:
            raise PictureError(f"{error}: {path}") from None
        except UnidentifiedImageError:
            raise PictureError(f"expected an image file, but cannot identify what it is: {path}") from None
        except Exception as error:  # of any kind: thirty readers have their own ways to find a file damaged
            raise PictureError(f"expected a whole image file, but {error or type(error).__name__}: {path}") from None
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def is_whole(path: str | Path) -> bool:
    """Whether a file seems to be a picture: its head is one, and so far as its format has checksums they are right."""
    from PIL import Image

    try:
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Image.open(stream).verify()
    except Exception:  # of any kind: thirty readers have their own ways to find a file damaged
        return False
    return True


def decoded(stream):
    """The picture in a stream of bytes, upright, as grey, RGB or, where something may be transparent, RGBA."""
    from PIL import Image, ImageOps

    picture = Image.open(stream)
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
