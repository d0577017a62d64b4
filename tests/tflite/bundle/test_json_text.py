"""JSON texts: what is refused before and after parsing, at each limit and one beyond it."""

import time

import pytest

from tflite.bundle import json_text
from tflite.bundle.json_text import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_ITEMS, read_json

DEEP = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
# One bracket opens the list, and each item has a comma, a bracket or both before it.
LONG = b"[" + b"0," * (MAX_ITEMS - 1) + b"0]"


@pytest.mark.parametrize("data", [DEEP, LONG, b"1" * MAX_DIGITS, b" " * (MAX_BYTES - 1) + b"1"])
def test_a_text_at_a_limit_is_read(data):
    assert read_json(data) is not None


@pytest.mark.parametrize(
    "data, words",
    [
        (b"[" + DEEP + b"]", "more than 64 lists and objects inside each other"),
        (b'{"a": ' * 65 + b"1" + b"}" * 65, "more than 64 lists and objects"),
        (b"[0," + LONG[1:], f"more than {MAX_ITEMS} values"),
        (b"[" + b"{}," * (MAX_ITEMS // 2) + b"{}]", f"more than {MAX_ITEMS} values"),
        (b"[" + b"1" * (MAX_DIGITS + 1) + b"]", "a number of more than 64 characters"),
        (b"[0." + b"1" * (MAX_DIGITS - 1) + b"]", "a number of more than 64 characters"),
        (b" " * MAX_BYTES + b"1", f"more than {MAX_BYTES} bytes"),
        (b'{"a": 1, "b": 2, "a": 1}', "the field 'a' stands twice"),
        (b'{"a": [{"x": 1, "\\u0078": 1}], "a": 1}', "the field 'x' stands twice"),
        (b'{"a": {}, "a": {}, "b": 1, "b": 2}', "the field 'a' stands twice"),
        (b'["\\ud800"]', "surrogates"),
        (b'{"\\udc00": 1}', "surrogates"),
        (b"[NaN]", "NaN is no JSON"),
        (b"-Infinity", "-Infinity is no JSON"),
        (b"\xff", "utf-8"),
        (b'"\x01"', "control character"),
        (b"[1,]", "Expecting value"),
        (b"", "Expecting value"),
    ],
    ids=lambda data: str(data[:20]),
)
def test_a_text_that_is_refused(data, words):
    with pytest.raises(ValueError) as caught:
        read_json(data)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 200, "," * 99, "1" * 200, '\\"' * 90 + "[" * 99, "\\\\"])
def test_what_stands_in_a_text_does_not_count(text, monkeypatch):
    monkeypatch.setattr(json_text, "MAX_ITEMS", 50)
    assert read_json(f'["{text}"]'.encode()) == [text.replace('\\"', '"').replace("\\\\", "\\")]


def test_whole_numbers_and_infinities_are_what_python_reads():
    assert read_json(b"[1, 1.0, 1e999, true, null]") == [1, 1.0, float("inf"), True, None]
    assert type(read_json(b"[1.0]")[0]) is float


@pytest.mark.parametrize(
    "data", [b'"' + b'\\"' * (4 << 20), b"[]" * (4 << 20), b'"",' * (2 << 20), b"1" * (8 << 20), b"{[" * (4 << 20)]
)
def test_no_text_takes_long(data):
    begin = time.process_time()
    with pytest.raises(ValueError):
        read_json(data[: MAX_BYTES // 4])
    assert time.process_time() - begin < 5
