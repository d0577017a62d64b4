"""Teaching by pictures with a box on each: the input, what is refused, who teaches, and how far it is."""

import msgspec
import numpy as np
import pytest

from tests.goldens.make import HERE, load
from tflite.bundle import manifest as m
from tflite.bundle.check import check_manifest
from tflite.bundle.queries import row_outputs, teaching
from tflite.errors import BundleError, ChainError

WHERE = np.array([[0, 0.25, 0.5, 1]], np.float32)


@pytest.fixture
def chain():
    return load(HERE / "bundles" / "pointed")


def bright(*rows):
    """A picture of 8 x 8 that is bright in these places."""
    picture = np.zeros((8, 8), np.uint8)
    picture[rows] = 200
    return picture


def example(corners):
    return {"image": bright(slice(0, 4), slice(0, 4)), "where": np.array([corners], np.float32)}


def test_a_row_is_what_is_seen_in_the_box(chain):
    """Half of the picture's side is the piece of 2 x 2 that lies in it: 200 / 128 - 1 everywhere, or -1."""
    row = chain.teach("corner", [example([0, 0, 0.5, 0.5])])
    inside = 200 / 128 - 1
    # The weights of `embed` by rows: 1 - 1 + .5, 1 - 1 + .5 + .25 and .5 + 1 - 1.
    np.testing.assert_allclose(row, [0.5 * inside, 0.5 * inside + 0.25, 0.5 * inside], atol=1e-6)
    row = chain.teach("rest", [example([0.5, 0.5, 1, 1])])
    np.testing.assert_allclose(row, [-0.5, -0.5 + 0.25, -0.5], atol=1e-6)


def test_what_was_taught_by_a_box_is_found_with_its_name(chain):
    picture = bright(slice(0, 4), slice(0, 4))
    found = np.clip(chain.run(picture).outputs["things"].boxes[0].corners, 0, 1)
    chain.teach("corner", [{"image": picture, "where": np.array([found], np.float32)}])
    assert "corner" in [box.name for box in chain.run(picture).outputs["things"].boxes]


@pytest.mark.parametrize(
    "corners", [(0.5, 0, 0.5, 1), (0, 1, 1, 0), (-0.5, 0, 1, 1), (0, 0, 1, 1.5), (0, -1, 1, 1), (0, 0, 2, 1)]
)
def test_what_is_no_box_inside_of_the_picture_is_refused(chain, corners):
    shown = ", ".join(str(float(corner)) for corner in corners)
    words = "0..1, top above bottom and left before right, received "
    with pytest.raises(ChainError) as caught:
        chain.teach("none", [example(corners)])
    assert str(caught.value).startswith("input where: box: expected top") and f"{words}[{shown}]" in str(caught.value)
    assert chain.tables["classes"].labels == ("pale", "dark")


def test_a_box_is_given_like_a_vector(chain):
    with pytest.raises(ChainError, match=r"input where: vector: expected float32 \[1, 4\], received float32 \[4\]"):
        chain.teach("none", [{"image": bright(0), "where": WHERE[0]}])
    with pytest.raises(ChainError, match="finite numbers"):
        chain.teach("none", [{"image": bright(0), "where": WHERE * np.nan}])


@pytest.mark.parametrize("image", ["where", "no"])
def test_a_box_is_on_a_picture(chain, image):
    inputs = chain.manifest.inputs | {"where": m.BoxInput(image=image)}
    with pytest.raises(BundleError) as caught:
        check_manifest(msgspec.structs.replace(chain.manifest, inputs=inputs))
    assert caught.value.field == "inputs.where.image"
    assert f"expected an input of the kind image, received '{image}'" in str(caught.value)


def test_a_box_has_four_corners(chain):
    values = chain.manifest.values | {"where": m.Tensor(shape=(4,), type="float32")}
    with pytest.raises(BundleError, match=r"expected \[1, 4\], received \[4\]"):
        check_manifest(msgspec.structs.replace(chain.manifest, values=values))


def test_who_teaches_is_known_from_the_manifest(chain):
    assert teaching(chain.manifest) == {"teach": "classes"}
    assert row_outputs(chain.manifest, "teach") == ["row"] and row_outputs(chain.manifest, "main") == []
    assert teaching(load(HERE / "bundles" / "prototypes").manifest) == {"teach": "classes", "point": "classes"}
    assert teaching(load(HERE / "bundles" / "steps").manifest) == {}


def test_somebody_is_told_how_far_it_is_and_may_end_it(chain):
    done = []
    chain.teach("corner", [example([0, 0, 0.5, 0.5])] * 3, progress=done.append)
    assert done == [1, 2, 3]

    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chain.teach("none", [example([0, 0, 1, 1])], progress=stop)
    assert chain.tables["classes"].labels == ("pale", "dark", "corner")
