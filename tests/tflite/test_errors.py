"""Errors are one sentence in one line, whatever names they hold."""

import pytest

from tests.goldens.tables import table
from tflite.errors import BundleError, ChainError, FrugalError


def test_a_bundle_error_names_file_and_field_and_keeps_them_apart():
    error = BundleError("expected a, received b", file="parts/x.tflite", field="parts.x.file")
    assert str(error) == "parts/x.tflite: parts.x.file: expected a, received b"
    assert (error.file, error.field, error.problem) == ("parts/x.tflite", "parts.x.file", "expected a, received b")
    assert str(BundleError("expected a")) == "manifest.json: expected a"


@pytest.mark.parametrize("text, line", table("words")["lines"])
def test_what_cannot_be_printed_is_escaped(text, line):
    assert str(ChainError(text)) == line
    assert str(BundleError(text, file="f")) == "f: " + line
    assert str(BundleError("p", file=text, field=text)) == f"{line}: {line}: p"


def test_every_error_is_caught_as_one_kind():
    for error in (ChainError("a"), BundleError("a")):
        assert isinstance(error, FrugalError) and isinstance(error, ValueError)
