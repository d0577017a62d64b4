"""Draws a described scene with Mitsuba 3: its picture, and which thing each pixel shows.

The variant is scalar_rgb, which needs no LLVM. The same scene gives the same picture however many threads there are:
the shapes are loaded one after the other, and the blocks that the threads share have a size of their own.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import shutil
import tempfile
from pathlib import Path

import numpy as np

from keras_models.rendering import forms
from keras_models.rendering.descriptions import Scene, Surface, Thing
from keras_models.rendering.textures import texture

VERSION = 1  # of what is drawn of a scene: whoever changes it changes every data set that is kept
BLOCK = 16  # pixels along the side of what a thread draws at a time
_FAR = 60.0  # half the side of the ground
_DEPTH = 5  # of a light path


class CannotRender(OSError):
    """Mitsuba or trimesh is not there; the sentence says what to install."""


def check() -> None:
    """Tells at once when nothing can be rendered; loads nothing of it, which would end a process with TensorFlow.

    Raises:
        CannotRender: it is so.
    """
    for name in ("mitsuba", "trimesh"):
        if importlib.util.find_spec(name) is None:
            raise _lacking(f"no {name}")


def _lacking(what) -> CannotRender:
    return CannotRender(
        "rendering needs Mitsuba 3 and trimesh: install them by pip install mitsuba trimesh (the extra `render`), "
        f"or put the prepared data set in $TFDS_DATA_DIR; received {what}"
    )


@functools.cache
def _mitsuba():
    """Mitsuba, of the variant that needs nothing else."""
    try:
        import mitsuba
        import trimesh  # noqa: F401  of which `forms` are made
    except ImportError as error:
        raise _lacking(error) from error
    mitsuba.set_variant("scalar_rgb")
    return mitsuba


def picture(scene: Scene) -> np.ndarray:
    """The picture of a scene: uint8 `[height, width, 3]`."""
    mi = _mitsuba()
    drawn = mi.render(_loaded(scene), seed=0)
    return np.array(mi.Bitmap(drawn).convert(mi.Bitmap.PixelFormat.RGB, mi.Struct.Type.UInt8, True))


def instances(scene: Scene) -> np.ndarray:
    """Which thing each pixel shows: uint8 `[height, width]`, 0 where none, otherwise its place in the scene plus 1.

    It is what a single ray through the middle part of the pixel meets first.
    """
    mi = _mitsuba()
    loaded = _loaded(scene)
    seen = mi.load_dict({"type": "aov", "aovs": "index:shape_index", "block_size": BLOCK})
    found = np.array(mi.render(loaded, integrator=seen, spp=1, seed=0))[..., -1].round().astype(int)
    numbers = np.zeros(len(loaded.shapes()) + 1, np.uint8)  # Mitsuba counts from 1, 0 is nothing
    for place, shape in enumerate(loaded.shapes()):
        kind, _, number = shape.id().partition("_")
        numbers[place + 1] = int(number) + 1 if kind == "thing" else 0
    return numbers[found]


def visible_shares(scene: Scene, seen: np.ndarray) -> np.ndarray:
    """Share of each thing's pixels that the others leave to be seen: float64 `[things]`, 0 where it has none.

    seen: `instances` of the scene. What is cut off at the edge of the picture does not count.
    """
    shares = np.zeros(len(scene.things))
    for number in range(len(scene.things)):
        alone = Scene((scene.things[number],), scene.camera, (), width=scene.width, height=scene.height)
        whole = np.count_nonzero(instances(alone))
        shares[number] = np.count_nonzero(seen == number + 1) / whole if whole else 0.0
    return shares


def _loaded(scene: Scene):
    """The scene as Mitsuba has it; loaded one by one, for the order of shapes decides what is drawn at random."""
    mi, at = _mitsuba(), _mitsuba().ScalarTransform4f()
    film = {"type": "hdrfilm", "width": scene.width, "height": scene.height, "rfilter": {"type": "box"}}
    described = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": _DEPTH, "block_size": BLOCK},
        "sensor": {
            "type": "perspective",
            "fov": scene.camera.view,
            "fov_axis": "larger",
            "to_world": at.look_at(origin=scene.camera.place, target=scene.camera.target, up=[0, 0, 1]),
            "film": film,
            "sampler": {"type": "independent", "sample_count": scene.samples},
        },
        "sky": {"type": "constant", "radiance": _rgb(scene.sky)},
        "ground": {"type": "rectangle", "to_world": at.scale(_FAR), "bsdf": _ground(scene.ground)},
    }
    for number, lamp in enumerate(scene.lamps):
        described[f"lamp_{number}"] = {
            "type": "rectangle",
            "to_world": at.look_at(origin=lamp.place, target=[0, 0, 0], up=[0, 0.01, 1]) @ at.scale(lamp.size),
            "emitter": {"type": "area", "radiance": _rgb(lamp.radiance)},
        }
    for number, thing in enumerate(scene.things):
        described[f"thing_{number}"] = _thing(thing)
    return mi.load_dict(described, parallel=False)


def _thing(thing: Thing) -> dict:
    at = _mitsuba().ScalarTransform4f()
    place = [*thing.place, thing.size * forms.lift(thing.form, thing.lean)]
    turned = at.rotate([0, 0, 1], thing.turn) @ at.rotate([1, 0, 0], thing.lean)
    return {
        "type": "ply",
        "filename": str(_mesh_file(thing.form)),
        "to_world": at.translate(place) @ turned @ at.scale(thing.size),
        "bsdf": _surface(thing.surface),
    }


def _surface(surface: Surface) -> dict:
    """How a surface scatters light."""
    if surface.material == "glass":
        tint = {"type": "rgb", "value": [0.35 + 0.65 * one for one in _linear(surface.colour)]}
        return {"type": "dielectric", "specular_transmittance": tint}
    if surface.material == "metal":
        bright = {"type": "rgb", "value": [0.06 + 0.94 * one for one in _linear(surface.colour)]}
        metal = {"type": "roughconductor", "alpha": surface.roughness, "material": "none"}
        return {"type": "twosided", "inner": metal | {"specular_reflectance": bright}}
    colour = _pattern(surface)
    if surface.material == "matte":
        return {"type": "twosided", "inner": {"type": "diffuse", "reflectance": colour}}
    shiny = {"type": "roughplastic", "alpha": surface.roughness, "diffuse_reflectance": colour}
    return {"type": "twosided", "inner": shiny}


def _pattern(surface: Surface) -> dict:
    one = {"type": "rgb", "value": _linear(surface.colour)}
    if surface.pattern == "plain":
        return one
    across = surface.grain if surface.pattern == "checked" else 0.0
    return {
        "type": "checkerboard",
        "color0": one,
        "color1": {"type": "rgb", "value": _linear(surface.second)},
        "to_uv": _mitsuba().ScalarTransform4f().scale([across, surface.grain, 1]),
    }


def _ground(ground) -> dict:
    mi = _mitsuba()
    if ground.kind == "plain":
        return {"type": "diffuse", "reflectance": {"type": "rgb", "value": _linear(ground.colour)}}
    pixels = texture(ground.kind, ground.colour, ground.second, ground.seed) ** 2.2
    repeats = 2 * _FAR / ground.side
    laid = {"type": "bitmap", "bitmap": mi.Bitmap(pixels.astype(np.float32)), "raw": True, "wrap_mode": "repeat"}
    return {"type": "diffuse", "reflectance": laid | {"to_uv": mi.ScalarTransform4f().scale([repeats, repeats, 1])}}


def _linear(colour) -> list[float]:
    """Shares of a screen's brightness as shares of light."""
    return [float(one) ** 2.2 for one in colour]


def _rgb(radiance) -> dict:
    return {"type": "rgb", "value": [float(one) for one in radiance]}


@functools.cache
def _folder() -> Path:
    """Of the meshes' files, as long as the process lives."""
    folder = tempfile.mkdtemp(prefix="frugal-meshes-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def _mesh_file(form: str) -> Path:
    """A PLY file of the form; Mitsuba makes the normals. Its texture is laid upright: across x and y, up z."""
    mesh, path = forms.mesh(form), _folder() / f"{form}.ply"
    places = np.asarray(mesh.vertices, np.float32)
    flat = np.stack([places[:, 0] + 0.4 * places[:, 1], places[:, 2]], axis=1) / 2
    rows = np.zeros(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, mesh.faces
    names = "".join(f"property float {name}\n" for name in ("x", "y", "z", "u", "v"))
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(places)}\n{names}"
        f"element face {len(rows)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    path.write_bytes(header.encode() + np.concatenate([places, flat], axis=1).astype("<f4").tobytes() + rows.tobytes())
    return path
