"""pictures.json, which the JVM's and the app's tests read too: what Python makes of it, and some of it by hand."""

import base64
import json

import numpy as np
import pytest

from keras_models.datasets import picture_files
from tests.goldens import make, pictures
from tests.tflite.bundles import picture

CASES = json.loads((make.HERE / "pictures.json").read_text())
ARRAYS = {case["name"]: case for case in CASES if "file" not in case}
FILES = [case for case in CASES if "file" in case]


def test_the_arrays_here_are_those_that_the_script_makes():
    made = json.loads(json.dumps(pictures.make_pictures()))
    assert [case for case in made if "file" not in case] == list(ARRAYS.values())
    assert [case["name"] for case in made] == [case["name"] for case in CASES]


@pytest.mark.parametrize("case", ARRAYS.values(), ids=lambda case: case["name"])
def test_arrays_are_prepared_or_refused_as_written(case):
    values = [float(value) for value in case["values"]]
    fields = {key: tuple(v) if isinstance(v, list) else v for key, v in case["input"].items()}
    spec = picture(**fields)
    made = pictures.prepared(spec, np.array(values, case["type"]).reshape(case["shape"]))
    assert case["refused"] in made if "refused" in case else made == case["expected"]


def test_some_by_hand():
    # On white, of alpha 0, 1, 127, 128, 254, 255: 100 becomes 255, (100 + 255 * 254) / 255 = 254.39, 177.8, 177.2, ...
    assert ARRAYS["alpha on white for colour"]["expected"][0::3] == [255, 254, 178, 177, 101, 100]
    # (100, 50, 200) on white at alpha 0 is white; at 255 it is .299 * 100 + .587 * 50 + .114 * 200 = 82.05.
    assert ARRAYS["alpha on white for grey"]["expected"][::5] == [255, 82]
    assert ARRAYS["the least and the largest"]["expected"] == [-1, 2]
    refused = {name for name, case in ARRAYS.items() if "refused" in case}
    assert refused == {
        "two channels", "below", "above", "pixels as float", "negative", "not a number", "another shape",
        "infinite, after a number that is too large", "beyond, of a scale below zero", "another than the one",
        "beyond in channel 0", "beyond in channel 1", "beyond in channel 2",
    }  # fmt: skip


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["name"])
def test_files_are_read_or_refused_as_written(case, tmp_path):
    file = tmp_path / "picture"
    file.write_bytes(base64.b64decode(case["file"]))
    if case["rgb"] is None:
        with pytest.raises(ValueError, match="expected an image file, but cannot identify what it is: .*picture"):
            picture_files.read(file)
        return
    height, width, _ = case["shape"]
    spec = picture((height, width, 3))
    seen = np.array(pictures.prepared(spec, picture_files.read(file)))
    assert np.abs(seen - case["rgb"]).max() <= case["within"]
