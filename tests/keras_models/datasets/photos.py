"""Pictures of soft blobs, each of a number, no two alike."""

import io

import numpy as np
from PIL import Image


def photo(number, size=(48, 32)):
    """An RGB picture, without very dark or bright places."""
    noise = np.random.default_rng(number).integers(40, 200, (5, 6, 3)).astype(np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def as_jpeg(picture, quality):
    """What a JPEG file keeps of it."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


def write(folder, count, classes=("cat", "dog"), first=0):
    """So many pictures of each class, 000.png and so on, numbered from `first` on."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            photo(first + 1000 * label + i).save(folder / name / f"{i:03}.png")
    return folder
