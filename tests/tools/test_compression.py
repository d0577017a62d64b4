"""`tools/convert.py --qat`, `--prune` and `--cluster`: what lands in the bundle, and what is refused."""

import json

import numpy as np
import pytest

from tests.tools import blobs
from tflite.conversion import finetune
from tflite.graph import flatbuffer


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered():
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


def int8_kernels(bundle):
    """Share of zeros in every int8 kernel of a bundle's parts."""
    shares = []
    for file in sorted((bundle / "parts").iterdir()):
        model = flatbuffer.load(file.read_bytes())
        for operator in model.subgraphs[0].operators:
            if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) == "CONV_2D":
                kernel = flatbuffer.constant(model, model.subgraphs[0].tensors[operator.inputs[1]])
                shares.append(np.mean(kernel.view(np.int8) == 0))
    return shares


@pytest.mark.slow
def test_a_pruned_and_retrained_bundle(run, tmp_path, capsys, monkeypatch):
    """Half of its weights are zero; made again with another policy, nothing is trained again."""
    given = ["--prune", "0.5", "--prune-epochs", "2", "--qat", "1", "--exits", "all"]
    assert blobs.convert(run, "--out", tmp_path / "b", *given) == 0
    shares = int8_kernels(tmp_path / "b")
    assert len(shares) == 6 and all(0.45 < share < 0.75 for share in shares)
    made = json.loads((tmp_path / "b/manifest.json").read_text())["provenance"]["options"]
    assert (made["prune"], made["qat"], made["cluster"]) == (0.5, 1, 0)
    kept = sorted(file.name.split("-")[0] for file in (run / "compress").iterdir())
    assert kept == ["prune", "qat"], "no checkpoint is left"
    monkeypatch.setattr(finetune, "_fit", lambda *_: pytest.fail("trained again"))
    capsys.readouterr()
    assert blobs.convert(run, "--out", tmp_path / "c", *given, "--policy", "entropy") == 0
    assert "qat: taken from" in capsys.readouterr().out
    assert int8_kernels(tmp_path / "c") == shares


def test_names_of_bundles_tell_the_compression(run, tmp_path, monkeypatch):
    from tools.pipeline import conversion

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conversion, "convert", lambda run, options, folder: {"operating_points": [], "bytes": 0})
    assert blobs.convert(run, "--prune", "0.5", "--qat", "2") == 0
    assert blobs.convert(run, "--cluster", "16", "--quantize", "float32") == 0
    names = {folder.name for folder in (tmp_path / "bundles").iterdir()}
    assert names == {"tiny-int8-qat2-prune0.5", "tiny-float32-cluster16"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--qat", "1", "--quantize", "float32"), "--qat expects --quantize int8, received float32"),
        (("--prune", "0.5", "--quantize", "dynamic"), "expect --quantize int8 or float32, received dynamic"),
        (("--cluster", "8", "--quantize", "float16"), "expect --quantize int8 or float32, received float16"),
        (("--qat", "1", "--cluster", "8"), "expected --qat or --cluster, received both"),
        (("--prune", "1"), "expected --prune from 0 to below 1, received 1"),
        (("--prune", "nan"), "expected --prune from 0 to below 1, received nan"),
        (("--cluster", "1"), "expected --cluster of at least 2, received 1"),
        (("--qat", "-1"), "expected --qat of at least 0, received -1"),
        (("--prune", "0.5", "--prune-epochs", "0"), "expected --prune-epochs of at least 1, received 0"),
        (("--cluster", "8", "--cluster-epochs", "0"), "expected --cluster-epochs of at least 1, received 0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(run, tmp_path, capsys, given, said):
    assert blobs.convert(run, "--out", tmp_path / "b", *given) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "b").exists()
