"""Prices of parts: what --cost chooses, and a run that is trained, converted and judged by instructions."""

import json

import numpy as np
import pytest

from tests.tools import blobs
from tests.tools.blobs import BLOBS
from tests.tools.calling import call
from tests.tools.phone.here import on_the_phone
from tflite.conversion.chain_units import int8_units
from tflite.graph.packing import Packing
from tools import evaluate
from tools.console import UserError
from tools.phone import laboratory, models
from tools.pipeline import part_prices, runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with blobs.registered():
        yield blobs.make_run(tmp_path_factory.mktemp("runs") / "tiny")


def test_multiply_adds_need_no_measuring():
    assert part_prices.part_prices(None, None, "macs") is None


def test_a_laboratory_is_asked_for_before_the_work(monkeypatch):
    def nowhere(*_):
        raise UserError("no QEMU")

    monkeypatch.setattr(laboratory, "prepare", nowhere)
    part_prices.prepare("macs")
    part_prices.prepare("latency")
    with pytest.raises(UserError, match="no QEMU"):
        part_prices.prepare("arm64")


def test_units_are_measured_in_what_was_asked_for(monkeypatch):
    from tflite.conversion import latency

    monkeypatch.setattr(latency, "unit_latencies", lambda units: dict.fromkeys(units, 2.0))
    monkeypatch.setattr(models, "unit_instructions", lambda units: dict.fromkeys(units, 3000.0))
    units = {"a": b"", "b": b""}
    assert part_prices.measure(units, "latency") == {"a": 2.0, "b": 2.0}
    assert part_prices.measure(units, "arm64") == {"a": 3000.0, "b": 3000.0}


@on_the_phone
def test_prices_of_a_network_follow_its_convolutions(run):
    """Trunk parts are int8, controllers float; alike parts cost alike, and the second convolution most of the trunk."""
    network = runs.load_model(runs.read(run))
    units = int8_units(network, BLOBS.normalise(BLOBS.load("train")[0][:16]))
    types = {name: Packing(content, name).inputs[0][2] for name, content in units.items()}
    assert types["trunk_2"] == np.int8 and types["controller_1"] == np.float32
    prices = part_prices.measure(units, "arm64")
    assert set(prices) == set(network.parts()) and min(prices.values()) == 1.0
    assert prices == part_prices.measure(units, "arm64"), "the same at every call"
    assert prices["controller_1"] == prices["controller_2"] and prices["pool_1"] == prices["pool_2"]
    assert prices["trunk_2"] == max(prices[f"trunk_{i}"] for i in range(1, 5)) > prices["controller_1"]


@pytest.mark.slow
@on_the_phone
def test_conversion_by_instructions(run, tmp_path, monkeypatch):
    """Exits and points are chosen by them, and the manifest has them, as tools/phone_check.py would count them."""
    asked, measure = [], part_prices.measure
    monkeypatch.setattr(part_prices, "measure", lambda units, cost: asked.append(cost) or measure(units, cost))
    folder = tmp_path / "bundle"
    options = ["--quantize", "int8", "--calibration-images", 16, "--cost", "arm64", "--no-refit"]
    assert blobs.convert(run, "--out", folder, *options) == 0
    assert set(asked) == {"arm64"}
    manifest = json.loads((folder / "manifest.json").read_text())
    parts = {name: part["costs"]["arm64_instructions"] for name, part in manifest["parts"].items()}
    contents = {name: (folder / part["file"]).read_bytes() for name, part in manifest["parts"].items()}
    assert parts == models.count(contents)
    full = manifest["operating_points"][-1]
    assert full["name"] == "full" and full["costs"]["arm64_instructions"] == pytest.approx(sum(parts.values()))
    assert set(full["costs"]) == {"macs", "latency_us", "arm64_instructions"}


@pytest.mark.slow
@on_the_phone
def test_policies_by_instructions(run, tmp_path, capsys):
    out = tmp_path / "policies.json"
    arguments = [str(run), "--policy", "static,max_softmax:0.3", "--cost", "arm64", "--out", str(out)]
    assert call(evaluate, arguments) == 0
    assert "share: of the static network's arm64 instructions" in capsys.readouterr().out
    found = json.loads(out.read_text())
    assert found["cost"] == "arm64_instructions"
    static, gate = found["policies"]
    assert static["share"] == 1.0 and static["arm64_instructions"] == found["exits"][-1]["arm64_instructions"]
    assert gate["share"] == pytest.approx(gate["arm64_instructions"] / static["arm64_instructions"])
    assert found["exits"][0]["arm64_instructions"] < gate["arm64_instructions"] and "macs" not in gate
    spent = [row["arm64_instructions"] for row in found["exits"]]
    assert spent == sorted(spent) and spent[0] > 0
