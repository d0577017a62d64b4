"""The forms that things have: meshes put together with trimesh.

Each is scaled to a longest side of 2, stands on z = 0 and has its middle over the origin.
"""

from __future__ import annotations

import functools

import numpy as np

SHARP = 35.0  # degrees between two faces from which on the edge between them is one that is seen
_ROUND = 32  # corners of what stands for a circle


def _turned(profile):
    """A body of revolution of (radius, height) points, from the lower end on the axis to the upper one."""
    import trimesh

    return trimesh.creation.revolve(np.array(profile, float), sections=_ROUND)


def _block(size, middle):
    """A box of some sides about a point."""
    import trimesh

    return trimesh.creation.box(extents=size).apply_translation(middle)


def _joined(*meshes):
    import trimesh

    return trimesh.util.concatenate(meshes)


def _slab(outline, thickness):
    """A standing plate of an outline (x, z) around the origin, each point of which is seen from there."""
    import trimesh

    outline = np.array(outline, float)
    count, half = len(outline), thickness / 2
    rim = [np.insert(outline, 1, side, axis=1) for side in (-half, half)]
    vertices = np.concatenate([[[0, -half, 0], [0, half, 0]], *rim])
    here = np.arange(count)
    front, after = here + 2, (here + 1) % count + 2
    back, behind = front + count, after + count
    faces = [(np.zeros(count, int), after, front), (np.ones(count, int), back, behind)]
    faces += [(front, after, back), (after, behind, back)]
    return trimesh.Trimesh(vertices, np.concatenate([np.stack(some, axis=1) for some in faces]))


def _around(radii):
    """Points (x, z) at these distances from the origin, at equal angles from the top on."""
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    return np.stack([np.sin(angles), np.cos(angles)], axis=1) * np.array(radii)[:, None]


def _ball():
    import trimesh

    return trimesh.creation.icosphere(subdivisions=3)


def _ring():
    import trimesh

    return trimesh.creation.torus(1, 0.32, major_sections=_ROUND, minor_sections=16)


def _capsule():
    import trimesh

    return trimesh.creation.capsule(height=1.2, radius=0.5, count=[_ROUND, 16])


def _mug():
    import trimesh

    wall = _turned([(0, 0), (0.7, 0), (0.75, 1.6), (0.65, 1.6), (0.6, 0.12), (0, 0.12)])
    handle = trimesh.creation.torus(0.42, 0.1, major_sections=24, minor_sections=10)
    handle.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    return _joined(wall, handle.apply_translation([0.85, 0, 0.8]))


def _table():
    legs = [_block((0.14, 0.14, 1), (x, y, 0.5)) for x in (-0.85, 0.85) for y in (-0.5, 0.5)]
    return _joined(_block((2, 1.3, 0.14), (0, 0, 1.07)), *legs)


def _chair():
    legs = [_block((0.13, 0.13, 0.8), (x, y, 0.4)) for x in (-0.42, 0.42) for y in (-0.42, 0.42)]
    return _joined(_block((1, 1, 0.14), (0, 0, 0.87)), _block((1, 0.13, 1.1), (0, 0.43, 1.45)), *legs)


def _house():
    roof = _slab([(-0.95, -0.05), (0, 0.75), (0.95, -0.05)], 1.35).apply_translation([0, 0, 1.15])
    chimney = _block((0.22, 0.22, 0.7), (0.5, 0.3, 1.6))
    return _joined(_block((1.5, 1.2, 1.15), (0, 0, 0.575)), roof, chimney)


def _dumbbell():
    return _turned(
        [(0, 0), (0.45, 0), (0.5, 0.08), (0.5, 0.52), (0.45, 0.6), (0.14, 0.6)]
        + [(0.14, 1.4), (0.45, 1.4), (0.5, 1.48), (0.5, 1.92), (0.45, 2), (0, 2)]
    )


_MAKERS = {
    "ball": _ball,
    "box": lambda: _block((1, 1, 1), (0, 0, 0)),
    "can": lambda: _turned([(0, 0), (0.8, 0), (0.8, 2), (0, 2)]),
    "cone": lambda: _turned([(0, 0), (0.85, 0), (0, 2)]),
    "ring": _ring,
    "capsule": _capsule,
    "pyramid": lambda: _joined(_pyramid()),
    "star": lambda: _slab(_around([1, 0.42] * 5), 0.4),
    "cross": lambda: _joined(_block((0.6, 0.5, 2), (0, 0, 1)), _block((2, 0.5, 0.6), (0, 0, 1))),
    "gear": lambda: _slab(_around([1, 1, 0.72, 0.72] * 9), 0.45),
    "mug": _mug,
    "bottle": lambda: _turned(
        [(0, 0), (0.45, 0), (0.5, 0.08), (0.5, 1.05), (0.42, 1.3), (0.18, 1.5), (0.17, 1.9), (0.2, 1.92), (0.2, 2)]
        + [(0, 2)]
    ),
    "bowl": lambda: _turned(
        [(0, 0), (0.4, 0), (0.75, 0.25), (0.95, 0.6), (1, 0.85), (0.92, 0.85), (0.86, 0.62), (0.68, 0.32), (0, 0.14)]
    ),
    "vase": lambda: _turned(
        [(0, 0), (0.35, 0), (0.6, 0.35), (0.68, 0.7), (0.55, 1.1), (0.28, 1.4), (0.26, 1.65), (0.45, 2), (0.36, 2)]
        + [(0.16, 1.6), (0, 1.5)]
    ),
    "pawn": lambda: _turned(
        [(0, 0), (0.6, 0), (0.6, 0.2), (0.45, 0.32), (0.26, 0.8), (0.24, 1.2), (0.42, 1.28), (0.24, 1.36)]
        + [(0.36, 1.5), (0.4, 1.64), (0.36, 1.8), (0.2, 1.95), (0, 2)]
    ),
    "table": _table,
    "chair": _chair,
    "house": _house,
    "mushroom": lambda: _turned(
        [(0, 0), (0.32, 0), (0.24, 0.5), (0.26, 0.9), (0.95, 0.85), (0.98, 1), (0.8, 1.4), (0.45, 1.65), (0, 1.75)]
    ),
    "dumbbell": _dumbbell,
}


def _pyramid():
    import trimesh

    corners = [(-0.9, -0.9, 0), (0.9, -0.9, 0), (0.9, 0.9, 0), (-0.9, 0.9, 0), (0, 0, 1.7)]
    faces = [(0, 2, 1), (0, 3, 2), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]
    return trimesh.Trimesh(corners, faces)


FORMS = tuple(_MAKERS)


@functools.cache
def mesh(form: str):
    """The mesh of a form: a `trimesh.Trimesh` whose vertices are apart where an edge is to be seen."""
    import trimesh

    made = _MAKERS[form]()
    made.apply_translation(-made.bounds.mean(axis=0))
    made.apply_scale(2 / made.extents.max())
    made.apply_translation([0, 0, made.extents[2] / 2])
    return trimesh.graph.smooth_shade(made, angle=np.radians(SHARP))


@functools.cache
def reach(form: str) -> float:
    """How far a form of size 1 reaches from its vertical axis."""
    return float(np.hypot(*mesh(form).vertices[:, :2].T).max())


def lift(form: str, lean: float) -> float:
    """How far a form of size 1 that is tipped over by so many degrees has to be lifted to stand on the ground."""
    angle = np.radians(lean)
    vertices = mesh(form).vertices
    return float(-(vertices[:, 1] * np.sin(angle) + vertices[:, 2] * np.cos(angle)).min())
