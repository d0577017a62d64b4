"""Tokens, rates and options: what a server is told and whom it lets ask."""

import pytest

from tools.serving.guard import Rate, is_allowed
from tools.serving.options import TOKEN, ServerOptions, check_open, read_token

SECRET = "0123456789abcdef"


def test_only_the_token_is_let_in():
    assert is_allowed(None, None) and is_allowed(SECRET, f"Bearer {SECRET}") and is_allowed(SECRET, f"bearer {SECRET} ")
    for header in (None, "", SECRET, f"Basic {SECRET}", f"Bearer {SECRET}x", "Bearer", "Bearer ü"):
        assert not is_allowed(SECRET, header)


def test_an_address_has_a_bucket_that_fills_again():
    rate = Rate(2.0)
    assert [rate.wait_s("a", 10.0) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert rate.wait_s("b", 10.0) == 0.0, "each address has its own"
    assert rate.wait_s("a", 10.25) == 0.25
    assert rate.wait_s("a", 10.5) == 0.0
    assert all(Rate(0.0).wait_s("a", 0.0) == 0.0 for _ in range(5000))


def test_addresses_that_are_remembered_are_bounded():
    rate = Rate(1.0)
    for number in range(20_000):
        rate.wait_s(str(number), 0.0)
    assert len(rate._buckets) <= 10_000


def test_a_token_comes_from_a_file_or_the_environment(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\nsomething else\n")
    assert read_token(str(file), {TOKEN: "another one, of the environment"}) == SECRET
    assert read_token(None, {TOKEN: SECRET}) == SECRET and read_token(None, {}) is None
    for text in ("", "short", "0123456789abcdeü", "0123456789 \x07 abcdef"):
        file.write_text(text)
        with pytest.raises(ValueError, match="expected a token of at least 16 printable ASCII"):
            read_token(str(file), {})


def test_without_a_token_only_this_machine_is_served():
    check_open("127.0.0.1", None)
    check_open("0.0.0.0", SECRET)
    with pytest.raises(ValueError, match="to serve others, received 0.0.0.0"):
        check_open("0.0.0.0", None)


@pytest.mark.parametrize("field", ["batch", "threads", "queue", "connections", "body_limit", "time_limit_s", "drain_s"])
def test_limits_are_above_nothing(field):
    with pytest.raises(ValueError, match=f"{field}: expected"):
        ServerOptions(**{field: 0})
