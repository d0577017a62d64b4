"""The protocol's bytes and headers, against constants worked out by hand."""

import numpy as np
import pytest

from tflite.bundle.manifest import Tensor
from tflite.errors import RemoteError
from tflite.remote import wire

TENSORS = {
    "seen": Tensor(shape=(1, 2), type="float32"),
    "a, b=ü": Tensor(shape=(1, 3), type="int16", scale=0.5, zero_point=0),
}
ARRAYS = {"a, b=ü": np.array([[1, -2, 256]], np.int16), "seen": np.array([[1.0, -2.0]], np.float32)}
BODY = bytes.fromhex("0000803f000000c0" + "0100feff0001")


def test_numbers_lie_in_the_manifests_order_little_endian():
    assert wire.pack(ARRAYS, TENSORS) == BODY and wire.size(TENSORS) == 14
    back = wire.unpack(BODY, TENSORS)
    assert all((back[name] == array).all() and back[name].dtype == array.dtype for name, array in ARRAYS.items())


def test_names_that_are_no_words_of_a_header_are_escaped():
    assert wire.described(TENSORS) == "seen=float32[1,2], a%2C%20b%3D%C3%BC=int16[1,3]"
    assert wire.path("halves", "ab", "a/b") == "/v1/halves/ab/a%2Fb"


def test_the_digest_is_that_of_rfc_9530():
    # RFC 9530, appendix B.1: the sha-256 of {"hello": "world"} and a line end.
    assert wire.digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seen": np.zeros((2, 1), np.float32)}, r"seen: expected float32 \[1, 2\], received float32 \[2, 1\]"),
        ({"seen": np.zeros((1, 2))}, r"received float64 \[1, 2\]"),
        ({"seen": [[1.0, 2.0]]}, "received list"),
    ],
)
def test_what_is_not_as_the_manifest_says_is_not_sent(changed, said):
    with pytest.raises(RemoteError, match=said):
        wire.pack(ARRAYS | changed, TENSORS)


def test_a_body_of_another_length_is_none():
    for body in (BODY[:-1], BODY + b"0", b""):
        with pytest.raises(RemoteError, match=f"expected 14 bytes for .*, received {len(body)}"):
            wire.unpack(body, TENSORS)
