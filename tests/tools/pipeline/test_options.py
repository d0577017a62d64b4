"""What a conversion may be asked for: contradictions are told as they are typed."""

import argparse
import dataclasses
import math

import pytest

from tools.console import UserError
from tools.options import add_options
from tools.pipeline.options import MODES, ConversionOptions


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"calibration_images": 1}, "expected at least 2 calibration images, received 1"),
        ({"qat": 1, "quantize": "dynamic"}, "--qat expects --quantize int8, received dynamic"),
        (
            {"prune": 0.5, "quantize": "float16"},
            "--prune and --cluster expect --quantize int8 or float32, received float16",
        ),
        (
            {"qat": 1, "cluster": 8},
            "expected --qat or --cluster, received both: training would pull the clusters apart",
        ),
        ({"int16": "all", "quantize": "float32"}, "--int16 expects --quantize int8, received float32"),
        (
            {"int16": "head", "qat": 1},
            "expected --int16 or --qat, received both: training rounds all activations to 8 bits",
        ),
        ({"prune": -0.1}, "expected --prune from 0 to below 1, received -0.1"),
        ({"prune": math.nan}, "expected --prune from 0 to below 1, received nan"),
        ({"cluster": -3}, "expected --cluster of at least 2, received -3"),
        ({"qat": -2}, "expected --qat of at least 0, received -2"),
        ({"prune_epochs": 0}, "expected --prune-epochs of at least 1, received 0"),
        ({"cluster_epochs": -1}, "expected --cluster-epochs of at least 1, received -1"),
        ({"seed": -1}, "expected --seed of at least 0, received -1"),
    ],
)
def test_what_cannot_be_is_one_sentence(given, sentence):
    with pytest.raises(UserError) as refused:
        ConversionOptions(**given).validate()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "given",
    [
        *({"quantize": mode} for mode in MODES),
        {"qat": 2, "prune": 0.5},
        {"prune": 0.5, "cluster": 2, "quantize": "float32"},
        {"calibration_images": 2},
        {"int16": "head_*", "prune": 0.5},
        {"prune": 0.0, "cluster": 0, "quantize": "float16"},
    ],
)
def test_what_goes_together_is_taken(given):
    assert ConversionOptions(**given).validate() is None


def test_a_command_without_options_asks_for_the_defaults():
    parser = argparse.ArgumentParser()
    add_options(parser, ConversionOptions)
    parsed = vars(parser.parse_args([]))
    assert ConversionOptions(**parsed) == ConversionOptions() and "refit" not in parsed
    ConversionOptions().validate()
    assert parsed.keys() | {"refit"} == {field.name for field in dataclasses.fields(ConversionOptions)}
    given = vars(parser.parse_args(["--calibration-images", "5", "--prune", ".5", "--quantize", "float32"]))
    assert (given["calibration_images"], given["prune"], given["quantize"]) == (5, 0.5, "float32")
