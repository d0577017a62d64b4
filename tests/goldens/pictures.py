"""What both runtimes make of arrays and of picture files: pictures.json, with what is refused.

arrays   what an application gives a chain, and the float32 numbers that a part sees, or words of the refusal
files    small picture files, and the RGB that their pixels are, or null: refused
"""

import base64
import io

import numpy as np
from PIL import Image

from tests.tflite.bundles import picture
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.image import ImageReader, pixel_table, plausible_range

ORIENTATION = 0x0112
UP, DOWN = np.float32(np.inf), np.float32(-np.inf)


def _spec(channels, scale=1.0, offset=0.0, height=1, width=2, **fields):
    return picture((height, width, channels), scale, offset, **fields)


def _pixels(*shape, values=None, seed=0):
    drawn = np.random.default_rng(seed).integers(0, 256, shape)
    return np.array(drawn if values is None else values, np.uint8).reshape(shape)


def arrays():
    """Name -> (input, array)."""
    seen = [[100, 50, 200, alpha] for alpha in (0, 1, 127, 128, 254, 255)]
    six = {"height": 2, "width": 3}
    unit = _spec(1, 1 / 255)
    low, high = plausible_range(pixel_table(1 / 255, 0.0))
    colour = _spec(3, (1 / 127.5, 0.02, -0.011), (-1.0, -1.7, 1.1), width=1)
    ends = [plausible_range(pixel_table(*pair)) for pair in zip(colour[0].scale, colour[0].offset, strict=True)]
    found = {
        "alpha on white for grey": (_spec(1, **six), _pixels(2, 3, 4, values=seen)),
        "alpha on white for colour": (_spec(3, **six), _pixels(2, 3, 4, values=seen)),
        "any alpha": (_spec(3, height=16, width=16), _pixels(16, 16, 4, seed=1)),
        "four channels that the bundle has": (_spec(4, **six), _pixels(2, 3, 4, values=seen)),
        "laid on white before it is resized": (_spec(1, width=3, resize="bilinear"), _pixels(4, 7, 4, seed=2)),
        "two channels": (unit, _pixels(1, 2, 2)),
        "normalised": (unit, [0.0, 1.0]),
        "the least and the largest": (unit, [low, high]),
        "below": (unit, [np.nextafter(low, DOWN), 0.5]),
        "above": (unit, [0.5, np.nextafter(high, UP)]),
        "pixels as float": (unit, [0.0, 255.0]),
        "negative": (unit, [-255.0, 0.0]),
        "not a number": (unit, [np.nan, 0.5]),
        "infinite, after a number that is too large": (unit, [255.0, -np.inf]),
        "pixels where pixels are normalised": (_spec(1), [0.0, 255.0]),
        "a scale below zero": (_spec(1, -1 / 255, 1.0), [-1.0, 2.0]),
        "beyond, of a scale below zero": (_spec(1, -1 / 255, 1.0), [-1.0, 2.1]),
        "one number": (_spec(1, 0.0, 0.25), [0.25, 0.25]),
        "another than the one": (_spec(1, 0.0, 0.25), [0.25, 0.26]),
        "another shape": (_spec(1, 1 / 255, width=3), [0.0, 0.0]),
        "the least of each channel": (colour, [pair[0] for pair in ends]),
        "the largest of each channel": (colour, [pair[1] for pair in ends]),
    }
    for i, (_, largest) in enumerate(ends):
        found[f"beyond in channel {i}"] = (colour, [np.nextafter(largest, UP) if i == at else 0 for at in range(3)])
    return {name: (spec, _array(spec, image)) for name, (spec, image) in found.items()}


def _array(spec, image):
    if isinstance(image, np.ndarray):
        return image
    channels = spec[1][3]
    return np.array(image, np.float32).reshape(1, -1, channels)


def prepared(spec, image):
    """The float32 numbers of a chain's input tensor, or the sentence of its refusal."""
    try:
        return ImageReader(spec[0], m.Tensor(shape=spec[1], type="float32"))(image).ravel().tolist()
    except ChainError as error:
        return str(error)


def _array_case(name, spec, image):
    made = prepared(spec, image)
    words = next((words for words in ("finite numbers", "normalised numbers") if words in made), "image: expected")
    values = [value if np.isfinite(value) else str(value) for value in image.ravel().tolist()]
    case = {"name": name, "input": _plain(spec), "type": str(image.dtype), "shape": image.shape, "values": values}
    return case | ({"refused": words} if isinstance(made, str) else {"expected": made})


def _plain(spec):
    names = ("resize", "crop", "scale", "offset")
    return {"shape": spec[1][1:]} | {name: getattr(spec[0], name) for name in names}


def files():
    """Name -> (content of a file, RGB uint8 `[height, width, 3]` or None, levels by which a decoder may differ)."""
    rgba = _pixels(3, 4, 4, seed=3)
    rgba[0, :, 3] = (0, 1, 128, 255)
    alpha = rgba[..., 3:].astype(int)
    paper = _rgb((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255)
    grey = _pixels(2, 3, seed=4)
    palette = Image.new("P", (3, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    palette.putdata([0, 1, 2])
    swatches = [[[10, 20, 30], [255, 255, 255], [70, 80, 90]]]
    found = {
        "rgba": (_file(Image.fromarray(rgba)), paper, 0),
        "grey": (_file(Image.fromarray(grey)), _rgb(grey), 0),
        "grey with alpha": (_file(Image.fromarray(rgba[..., 2:])), _rgb(paper[..., 2]), 0),
        "black ink on nothing": (_file(Image.merge("LA", [Image.new("L", (2, 1), 0), _image([[0, 255]])])),
                                 _rgb([[255, 0]]), 0),
        "palette": (_file(palette), _rgb([[[10, 20, 30], [40, 50, 60], [70, 80, 90]]]), 0),
        "palette with a transparent colour": (_file(palette, transparency=1), _rgb(swatches), 0),
        "one bit": (_file(Image.fromarray(np.array([[True, False]]))), _rgb([[255, 0]]), 0),
        "sixteen bits": (_file(Image.fromarray(np.array([[0, 128, 129, 32768, 65535]], np.uint16))),
                         _rgb([[0, 0, 1, 128, 255]]), 1),
        "jpeg, grey": (_file(Image.new("L", (16, 8), 77), "JPEG"), np.full((8, 16, 3), 77, np.uint8), 1),
        "array in place of a picture": (_saved(grey), None, 0),
        "nothing": (b"", None, 0),
    }  # fmt: skip
    return found | {f"jpeg, orientation {i}": (_turned(i), _upright(i), 3) for i in range(1, 9)}


def _image(rows):
    return Image.fromarray(np.array(rows, np.uint8))


def _rgb(levels):
    """RGB of grey levels or colours."""
    levels = np.array(levels, np.uint8)
    return np.repeat(levels[..., None], 3, axis=2) if levels.ndim == 2 else levels


BLOCKS = np.array([[20, 90, 160], [230, 60, 130]], np.uint8)  # of 8 by 8 pixels, which a JPEG keeps apart
# Where the blocks of each orientation come to lie, as one sees the picture.
UPRIGHT = {
    1: [[20, 90, 160], [230, 60, 130]],
    2: [[160, 90, 20], [130, 60, 230]],
    3: [[130, 60, 230], [160, 90, 20]],
    4: [[230, 60, 130], [20, 90, 160]],
    5: [[20, 230], [90, 60], [160, 130]],
    6: [[230, 20], [60, 90], [130, 160]],
    7: [[130, 160], [60, 90], [230, 20]],
    8: [[160, 130], [90, 60], [20, 230]],
}


def _enlarged(blocks):
    return np.kron(np.array(blocks, np.uint8), np.ones((8, 8), np.uint8))


def _turned(orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return _file(Image.fromarray(_enlarged(BLOCKS)), "JPEG", exif=exif, quality=95)


def _upright(orientation):
    return _rgb(_enlarged(UPRIGHT[orientation]))


def _file(picture, format="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def _saved(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def make_pictures():
    """The content of pictures.json: arrays first, then files."""
    return [_array_case(name, *case) for name, case in arrays().items()] + [
        {
            "name": name,
            "file": base64.b64encode(content).decode(),
            "shape": None if rgb is None else rgb.shape,
            "rgb": None if rgb is None else rgb.ravel().tolist(),
            "within": within,
        }
        for name, (content, rgb, within) in files().items()
    ]
