"""The report: what is gathered, what is drawn, and a page that is one file."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import tflite
from tflite.baselines import frontier as lines
from tools import native
from tools.reporting import charts, figures, gather, page, samples

VOID = {"meta", "img", "br"}


class Checker(HTMLParser):
    """Collects tags, attributes and text; raises when elements do not nest."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def gathered(bundle_folder):
    from keras_models.datasets import TASKS
    from tests.tools import learned

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "pixels", learned.Pixels())
        patch.setattr(native, "load_tensorflow", lambda: None)
        bundle = tflite.Bundle.load(bundle_folder)
        return gather.gather(bundle, samples.load(bundle.manifest), "python tools/report.py bundles/learned")


def test_gathered_points_are_those_of_the_evaluation(gathered, bundle):
    fast, exact = gathered["points"]
    assert (fast["name"], exact["name"], gathered["default_point"]) == ("fast", "exact", "exact")
    data = samples.load(bundle.manifest)
    expected = tflite.Chain(bundle).evaluate(data.tuples(), "exact")
    assert exact["accuracy"] == expected.accuracy and exact["macs"] == expected.total.macs
    assert sum(exact["exits"].values()) == pytest.approx(1)


def test_gathered_exits_and_static_network(gathered):
    assert [row["macs"] for row in gathered["exits"]] == [100, 300, 1000]
    assert sum(row["leaving"] for row in gathered["exits"]) == 60
    assert gathered["static"] == {"accuracy": 1.0, "macs": 1000}
    assert gathered["exits"][2]["accuracy"] == 1.0
    assert gathered["gates"]["entropy"][-1] == {"threshold": None, "accuracy": 1.0, "macs": 1000.0}
    assert gathered["notes"] == []
    assert set(gathered["latency"]) == {"fast", "exact", "static network"}
    assert {len(ms) for ms in gathered["latency"].values()} == {3 * 60}


def test_what_is_gathered_is_json(gathered):
    assert json.loads(json.dumps(gathered)) == gathered


def test_examples_have_the_pixels_of_their_row(gathered, pixels):
    images, labels, _ = pixels.load("test")
    for entry in gathered["examples"]["easy"] + gathered["examples"]["hard"]:
        head, _, data = entry["picture"].partition(",")
        assert head == "data:image/png;base64"
        decoded = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
        assert (decoded == images[entry["row"], ..., 0]).all()
        assert entry["truth"] == labels[entry["row"]]
    assert gathered["examples"]["hard"][0]["exit"] == 2


@pytest.mark.parametrize("draw", [charts.cost_accuracy, charts.exit_rates, charts.exit_accuracy, charts.latency])
def test_figures_take_their_colours_from_the_page(gathered, draw):
    svg = draw(gathered)
    assert svg.startswith('<svg role="img" aria-label="')
    assert svg == draw(gathered)  # nothing random, no date
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {"#000000", "#ffffff"}
    css = figures.css() + page.CSS.read_text()
    for role in set(re.findall(r"var\(--([\w-]+)\)", svg)):
        assert css.count(f"--{role}:") == (1 if role == "font" else 2), role  # once for light, once for dark


def test_figures_name_what_they_show(gathered):
    assert all(word in charts.cost_accuracy(gathered) for word in ("fast", "exact", "static network", "entropy gate"))
    assert "easy" in charts.exit_rates(gathered) and "hard" in charts.exit_rates(gathered)


def test_the_page_nests_and_needs_nothing_else(gathered):
    text = page.page(gathered)
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.tags.count("svg") == 4 and checker.tags.count("h1") == 1
    assert "script" not in checker.tags and "link" not in checker.tags
    sources = [value for name, value in checker.attributes if name == "src" or name.endswith("href")]
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in sources)
    assert "prefers-color-scheme: dark" in text
    shown = " ".join(checker.text)
    assert "python tools/report.py bundles/learned" in shown and "the same network run whole 100.00 %" in shown


def test_ids_of_the_figures_do_not_collide(gathered):
    ids = re.findall(r'<clipPath id="([^"]+)"', page.page(gathered))
    assert len(ids) == len(set(ids)) > 0


def test_names_are_escaped(gathered):
    hostile = {**gathered, "bundle": {**gathered["bundle"], "name": "<script>", "labels": ["<b>", '"&']}}
    text = page.page(hostile)
    assert "<script>" not in text and "&lt;script&gt;" in text and "&lt;b&gt;" in text


def test_validation_is_shown_whatever_its_form():
    assert page.validation(None) == ""
    text = page.validation(
        {"samples": 500, "exits": [{"name": "exit_1", "float": 0.5}, {"name": "exit_2", "int8": None}]}
    )
    assert "<dt>samples</dt><dd>500</dd>" in text and "<th>float</th>" in text and "<td class=left>exit_2</td>" in text
    nested = page.validation({"parts": {"stage_1": {"rms": 0.25}, "stage_2": {"rms": 0.5}}})
    assert "<td class=left>stage_1</td><td>0.25</td>" in nested
    assert "<p>text</p>" in page.validation({"a": {"b": ["text"]}}) or "text" in page.validation({"a": {"b": ["text"]}})


@pytest.mark.parametrize("found", [{"parts": []}, {"chains": [1], "parts": 2}, {"chains": {"a": None}}])
def test_counts_of_another_form_are_not_shown(found):
    text = page.phone(found)
    assert "phone_check.json is not what tools/phone_check.py --write writes: call it again." in text
    assert page.phone({}) == ""


STATIC_ROWS = [
    {"kind": "static", "name": "small", "accuracy": 0.9, "standard_error": 0.01, "arm64_instructions": 2e6},
    {
        "kind": "fixed depth",
        "name": "learned, whole",
        "accuracy": 1.0,
        "standard_error": 0.0,
        "arm64_instructions": 8e6,
    },
    {"kind": "chain", "name": "learned, fast", "accuracy": 0.95, "standard_error": 0.01, "arm64_instructions": 3e6},
    {"kind": "chain", "name": "learned, exact", "accuracy": 1.0, "standard_error": 0.0, "arm64_instructions": 6e6},
]


def beside_static_networks(*left_out):
    """What a benchmark against static networks found, with and without some rows."""
    times = {"mean": 1.0, "p50": 1.0, "p90": 1.0, "p99": 1.0, "macs": 5e6}
    rows = lines.with_shares([row | times for row in STATIC_ROWS if row["name"] not in left_out])
    return {"rows": rows, "missing": {}}


def test_the_headline_is_of_the_static_frontier_where_it_is_known(gathered):
    text = page.page(gathered | {"frontier": beside_static_networks()})
    assert "<b>75 %</b><span>of the arm64 instructions of learned, whole, the cheapest static network as ac" in text
    assert "run whole (no smaller one was compared)" not in text
    assert "learned, fast (95.00%) takes 0.38 of the arm64 instructions" in text
    assert "run whole (no smaller one was compared)" in page.page(gathered)


def test_where_no_static_network_is_as_accurate_the_headline_says_so(gathered):
    text = page.page(gathered | {"frontier": beside_static_networks("learned, whole")})
    assert "<b>none</b><span>of the static networks that were compared is as accurate" in text
    assert "No static network is as accurate as learned, exact (100.00%)." in text


@pytest.mark.parametrize("found", [{"rows": 1}, {"rows": [{"kind": "static"}]}, {"other": []}])
def test_a_frontier_that_is_none_is_told(gathered, found):
    text = page.page(gathered | {"frontier": found})
    assert "frontier.json is not what tools/benchmark.py --write writes: call it again." in text
