"""The form of a manifest: what is read back, what is refused, and with which field named."""

import json
from pathlib import Path

import pytest

from tests.tflite.bundles import two_exits
from tflite.bundle import manifest as m
from tflite.errors import BundleError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A good manifest as JSON text."""
    return (two_exits(tmp_path_factory.mktemp("bundle")) / "manifest.json").read_text()


def changed(raw, change):
    data = json.loads(raw)
    change(data)
    return json.dumps(data).encode()


def test_encoding_and_decoding_are_inverse(raw):
    manifest = m.decode(raw)
    assert m.decode(m.encode(manifest)) == manifest
    assert m.encode(manifest) == raw.encode()
    assert manifest.programs["main"][1].rule == m.MaxSoftmax(
        value="logits", threshold=m.ParameterReference(parameter="confidence")
    )


def test_words_for_people_are_written_where_there_are_some(raw):
    assert not m.decode(raw).title and b'"title"' not in m.encode(m.decode(raw))
    told = changed(raw, lambda data: data.update(title="Ziffern 😀", question="q" * 200))
    assert m.decode(told).title == "Ziffern 😀"
    assert m.decode(m.encode(m.decode(told))) == m.decode(told)


def test_the_schema_in_docs_is_the_one_of_the_structs():
    written = (ROOT / "docs" / "bundle.schema.json").read_bytes()
    assert written == m.schema_json(), "run tflite.bundle.manifest.write_schema('docs/bundle.schema.json')"


def test_write_schema_writes_the_schema(tmp_path):
    m.write_schema(tmp_path / "schema.json")
    steps = json.loads((tmp_path / "schema.json").read_text())["$defs"]
    assert {"Run", "Exit", "Branch", "Select", "Crop", "Repeat", "Fill", "Answer"} <= set(steps)


@pytest.mark.parametrize(
    "change, field, words",
    [
        (lambda d: d.update(version=1, program="of the past"), "version", "2, received 1: convert the model again"),
        (lambda d: d.update(version=3, programs="of the future"), "version", "received 3: update the runtime or"),
        (lambda d: d.update(version="1"), "version", "received '1'"),
        (lambda d: d.update(version=True), "version", "received True"),
        (lambda d: d.update(version=0), "version", "received 0"),
        (lambda d: d.update(format="onnx"), "format", "received 'onnx'"),
        (lambda d: d.pop("format"), "format", "received None"),
        (lambda d: d.update(name="a b"), "name", "regex"),
        (lambda d: d.update(name="good\n"), "name", "regex"),
        (lambda d: d.update(title=""), "title", "`str` of length >= 1"),
        (lambda d: d.update(title="t" * 81), "title", "`str` of length <= 80"),
        (lambda d: d.update(question="q" * 201), "question", "`str` of length <= 200"),
        (lambda d: d.update(question=None), "question", "expected `str`, received `null`"),
        (lambda d: d.update(extra=1), "", "unknown field `extra`"),
        (lambda d: d.update({"a\nb": 1}), "", "unknown field `a\\nb`"),
        (lambda d: d.pop("inputs"), "", "missing required field `inputs`"),
        (lambda d: d["programs"]["main"][0].update(op="jump"), "programs.main[0].op", "'jump'"),
        (lambda d: d["programs"]["main"][0].pop("op"), "programs.main[0]", "`op`"),
        (lambda d: d["programs"]["main"][0].update(threads=2), "programs.main[0]", "unknown field `threads`"),
        (lambda d: d["programs"]["main"][0].update(on="cloud"), "programs.main[0].on", "'cloud'"),
        (lambda d: d["programs"]["main"][1]["rule"].update(rule="coin"), "programs.main[1].rule.rule", "'coin'"),
        (lambda d: d["programs"]["main"][1]["rule"].update(threshold="high"),
         "programs.main[1].rule.threshold", "received `str`"),
        (lambda d: d["programs"]["main"][1]["rule"].update(threshold=1e31),
         "programs.main[1].rule.threshold", "<= 1e+30"),
        (lambda d: d["parts"]["second"].update(bytes=-1), "parts.second.bytes", ">= 0"),
        (lambda d: d["parts"]["first"].update(sha256="A" * 64), "parts.first.sha256", "regex"),
        (lambda d: d["parts"]["first"]["inputs"]["image"].update(shape=[0, 2]),
         "parts.first.inputs[...].shape[0]", ">= 1"),
        (lambda d: d["operating_points"][0].update(accuracy=1.5), "operating_points[0].accuracy", "<= 1.0"),
        (lambda d: d["programs"].update(main=[]), "programs.main", "length >= 1"),
        (lambda d: d.update(programs={}), "programs", "length >= 1"),
        (lambda d: d["inputs"]["image"].update(kind="sound"), "inputs.image.kind", "'sound'"),
        (lambda d: d["outputs"]["label"].update(activation="tanh"), "outputs.label.activation", "'tanh'"),
        (lambda d: d["values"]["logits"].update(type="int64"), "values.logits.type", "'int64'"),
        (lambda d: d["programs"]["main"][1].update(gives={}), "programs.main[1].gives", "length >= 1"),
        (lambda d: d["parts"].update({"": d["parts"]["first"]}), "parts", "`str` of length >= 1"),
        (lambda d: d["parts"]["first"]["costs"].update({"": 1.0}), "parts.first.costs", "`str` of length >= 1"),
    ],
)  # fmt: skip
def test_a_manifest_of_another_form_is_refused_and_its_field_named(raw, change, field, words):
    with pytest.raises(BundleError) as caught:
        m.decode(changed(raw, change))
    assert (caught.value.file, caught.value.field) == ("manifest.json", field)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 10**5,
     b'{"format": "frugal", "version": 2, "inputs":' + b"[" * 9**5],
    ids=["empty", "open", "list", "not utf-8", "null", "deep", "deep inside"],
)  # fmt: skip
def test_what_is_not_a_json_object_is_refused(data):
    with pytest.raises(BundleError, match="manifest.json"):
        m.decode(data)


def test_a_field_that_is_not_utf_8_is_not_taken_for_a_missing_one(raw):
    with pytest.raises(BundleError, match="manifest.json: expected a JSON object .* 'utf-8' codec") as caught:
        m.decode(raw.replace('"op":', '"\xffp":', 1).encode("latin-1"))
    assert caught.value.field == ""


def test_a_field_that_stands_twice_is_refused(raw):
    text = raw.replace('"parts":', '"parts": {}, "parts":', 1)
    with pytest.raises(BundleError, match="manifest.json: .* but reading failed: the field 'parts' stands twice"):
        m.decode(text.encode())


def test_a_number_that_is_out_of_range_beside_a_wrong_part_is_one_sentence(raw):
    def change(data):
        data["provenance"] = {"rate": "RATE"}
        data["parts"]["first"]["bytes"] = -1

    text = changed(raw, change).replace(b'"RATE"', b"1e999")
    with pytest.raises(BundleError) as caught:
        m.decode(text)
    assert caught.value.field == "parts.first.bytes"
    with pytest.raises(BundleError, match="manifest.json: provenance.*: number out of range"):
        m.decode(text.replace(b'"bytes": -1', b'"bytes": 1'))


def test_provenance_holds_any_values(raw):
    free = {"yes": True, "no": None, "list": [1, "x", {"a": 1.5}]}
    assert m.decode(changed(raw, lambda data: data.update(provenance=free))).provenance == free


@pytest.mark.parametrize("key, most", [("parts", 1000), ("parameters", 1000), ("operating_points", 1000)])
def test_there_are_at_most_a_thousand_of_a_kind(raw, key, most):
    def change(data, count):
        one = next(iter(data[key].values())) if isinstance(data[key], dict) else data[key][0]
        data[key] = {str(i): one for i in range(count)} if isinstance(data[key], dict) else [one] * count

    assert len(getattr(m.decode(changed(raw, lambda data: change(data, most))), key)) == most
    with pytest.raises(BundleError, match=f"{key}: .* of length <= {most}"):
        m.decode(changed(raw, lambda data: change(data, most + 1)))


def test_a_sentence_is_short_whatever_it_cites(raw):
    with pytest.raises(BundleError) as caught:
        m.decode(changed(raw, lambda data: data.update({"x" * 100_000: 1})))
    assert len(str(caught.value)) < 1100 and str(caught.value).endswith("...")


def test_the_schema_asks_for_format_and_version():
    required = json.loads(m.schema_json())["$defs"]["Manifest"]["required"]
    assert {"format", "version", "name", "inputs", "values", "outputs", "parts", "programs"} <= set(required)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(raw, number):
    with pytest.raises(BundleError):
        m.decode(raw.replace('"default": 0.9', f'"default": {number}').encode())
