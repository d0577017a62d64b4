"""The forms and textures of rendered things; the slow tests render pictures of 24 x 18 and 40 x 30."""

import dataclasses
import importlib.util
import multiprocessing

import numpy as np
import pytest

from keras_models.datasets import scene_kinds
from keras_models.rendering import renderer, textures
from keras_models.rendering.clevr import ClevrPainter
from keras_models.rendering.descriptions import Camera, Lamp, Scene, Surface, Thing


@pytest.fixture(scope="module")
def forms():
    pytest.importorskip("trimesh", reason="the extra `render` is not installed")
    from keras_models.rendering import forms

    return forms


def test_every_kind_has_a_form(forms):
    assert set(scene_kinds.KINDS) == set(forms.FORMS) and len(forms.FORMS) == 20


@pytest.mark.parametrize("form", scene_kinds.KINDS)
def test_a_form_stands_in_the_middle_with_a_longest_side_of_two(forms, form):
    mesh = forms.mesh(form)
    low, high = mesh.bounds
    assert (high - low).max() == pytest.approx(2) and low[2] == pytest.approx(0, abs=1e-6)
    assert low[:2] == pytest.approx(-high[:2], abs=1e-6)
    assert forms.lift(form, 0) == pytest.approx(0, abs=1e-6)
    assert forms.lift(form, 180) == pytest.approx(high[2])
    assert forms.lift(form, 90) == pytest.approx(-low[1], abs=1e-6), "its side is below"
    assert mesh.area > 1 and np.isfinite(mesh.face_normals).all()


def test_reaches_by_hand(forms):
    assert forms.reach("ball") == pytest.approx(1, abs=1e-3)
    assert forms.reach("box") == pytest.approx(2**0.5)
    assert forms.reach("can") == pytest.approx(0.8)


def test_faces_of_solids_look_outwards(forms):
    """The volume within them is positive; the star's and the gear's are fans of plates put together by hand."""
    volumes = {form: forms.mesh(form).volume for form in ("box", "can", "star", "gear", "pyramid", "bottle", "pawn")}
    assert min(volumes.values()) > 0.1 and volumes["box"] == pytest.approx(8)
    assert volumes["can"] == pytest.approx(2 * np.pi * 0.64, rel=0.01)


@pytest.mark.parametrize("kind", textures.KINDS)
def test_a_texture_is_between_its_colours_and_the_same_each_time(kind):
    made = textures.texture(kind, (0.2, 0.4, 0.6), (0.4, 0.4, 0.2), 5)
    assert made.shape == (textures.SIDE, textures.SIDE, 3)
    assert np.allclose(made[..., 1], 0.4), "both colours agree there"
    assert made[..., 0].min() >= 0.19 and made[..., 0].max() <= 0.45
    assert np.array_equal(made, textures.texture(kind, (0.2, 0.4, 0.6), (0.4, 0.4, 0.2), 5))
    assert (made.std() > 0.01) and (kind == "plain") == (np.ptp(made[..., 0]) == 0)


def test_tiles_by_hand():
    """Four by four tiles, of one colour and the other by turns."""
    tiles = textures.texture("tiles", (0, 0, 0), (1, 1, 1), 0)[..., 0]
    assert [tiles[16, place] for place in (16, 48, 80, 112)] == [0, 1, 0, 1] and tiles[48, 16] == 1


def test_unknown_looks_are_refused():
    with pytest.raises(ValueError, match="expected a material among .*, received 'wool' and 'plain'"):
        Surface("wool", (0, 0, 0))
    with pytest.raises(ValueError, match="expected a ground among .*, received 'lava'"):
        textures.texture("lava", (0, 0, 0), (1, 1, 1), 0)


def apart(function, *arguments):
    """What a function gives in a process of its own: where pytest has run, Mitsuba aborts it when it ends."""
    if importlib.util.find_spec("mitsuba") is None:
        pytest.skip("the extra `render` is not installed")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def drawn(scene):
    """A scene's picture, the same again, which thing each pixel shows, and how much of each is seen."""
    seen = renderer.instances(scene)
    return renderer.picture(scene), renderer.picture(scene), seen, renderer.visible_shares(scene, seen)


def pair():
    """A large red box, and a ball behind it that is half hidden."""
    red, blue = (Surface("matte", colour) for colour in ((0.9, 0.1, 0.1), (0.1, 0.1, 0.9)))
    things = Thing("box", red, (-0.6, -1.0), 0.8), Thing("ball", blue, (0.3, 1.0), 0.8)
    camera, lamps = Camera((0, -8, 3), (0, 0, 0.5), 40), (Lamp((-4, -4, 6), 1, (9, 9, 9)),)
    return Scene(things, camera, lamps, width=24, height=18, samples=4)


@pytest.mark.slow
def test_a_scene_is_drawn_and_its_things_are_told_apart(forms):
    scene = pair()
    picture, again, seen, (box, ball) = apart(drawn, scene)
    assert picture.shape == (18, 24, 3) and picture.dtype == np.uint8 and seen.shape == (18, 24)
    assert set(np.unique(seen)) == {0, 1, 2}
    red, blue = picture[seen == 1].mean(axis=0), picture[seen == 2].mean(axis=0)
    assert red[0] > 2 * red[2] and blue[2] > 2 * blue[0]
    assert box == 1 and 0.2 < ball < 0.9
    assert np.array_equal(picture, again), "the same each time"


@pytest.mark.slow
def test_clevr_scenes_show_their_objects_clockwise(forms):
    painter = dataclasses.replace(ClevrPainter(), width=40, height=30, samples=1)
    seen = apart(renderer.instances, painter.scene(0, 1))
    middles = [np.argwhere(seen == number).mean(axis=0) / (30, 40) for number in (1, 2, 3, 4)]
    assert [(row > 0.5, column > 0.5) for row, column in middles] == [
        (False, False), (False, True), (True, True), (True, False),
    ]  # fmt: skip
    record = apart(painter.record, 0, 1)
    assert len(record) == painter.size and painter.pixels(record).shape == (30, 40, 3)
