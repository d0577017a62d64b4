"""How values look in a sentence: the table that the Java runtime writes them by says what Python writes."""

import pytest

from tests.goldens.tables import table

WORDS = table("words")


@pytest.mark.parametrize("value, shown", WORDS["reals"])
def test_a_real_number_is_shown_as_python_represents_it(value, shown):
    assert repr(float(value)) == shown


@pytest.mark.parametrize("value, shown", WORDS["numbers"])
def test_a_number_is_shown_with_six_digits_ties_to_even(value, shown):
    assert f"{float(value):g}" == shown


@pytest.mark.parametrize("text, shown", WORDS["texts"])
def test_a_text_is_shown_as_python_represents_it(text, shown):
    assert repr(text) == shown
