"""Paints scenes of one to six things of twenty kinds, in varied material, colour, light, ground and occlusion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keras_models.datasets import scene_kinds
from keras_models.rendering import forms, renderer
from keras_models.rendering.descriptions import MATERIALS, PATTERNS, Camera, Ground, Lamp, Scene, Surface, Thing
from keras_models.rendering.store import Draws
from keras_models.rendering.textures import KINDS as GROUNDS

MOST = 6  # things on a scene
LEAST_SEEN = 0.25  # share of a thing that the others leave to be seen
LEAST_AREA = 0.004  # of the picture, that each thing covers
_ATTEMPTS = 200
_PLACES = 50  # tried for a thing
_FLOORS = (
    (0.55, 0.4, 0.27),
    (0.5, 0.5, 0.5),
    (0.72, 0.65, 0.5),
    (0.3, 0.42, 0.24),
    (0.36, 0.4, 0.48),
    (0.8, 0.78, 0.74),
)


@dataclass(frozen=True)
class ScenePainter:
    """Draws scenes, or single things.

    Attributes:
        side: of the square picture, in pixels.
        samples: light paths a pixel.
        seed: of all draws.
        single: whether there is one thing, in the middle, whose pair of kind and colour has a role (`scene_kinds`):
            split 0 has those that are seen, 1 and 3 those of validation too, 2 those of the test too.
    """

    side: int = 96
    samples: int = 12
    seed: int = 0
    single: bool = False

    apart = True  # from TensorFlow (`store.Painter`)

    @property
    def size(self) -> int:
        """Bytes of a record: number of the attempt, percent seen of each thing, pixels, instances."""
        return 1 + MOST + self.side * self.side * 4

    def record(self, split: int, index: int) -> bytes:
        """Draws scenes until one shows enough of every thing on it, and renders that."""
        for attempt in range(_ATTEMPTS):
            scene = self.scene(split, index, attempt)
            seen = renderer.instances(scene)
            areas = np.bincount(seen.ravel(), minlength=len(scene.things) + 1)[1:]
            if areas.min() < LEAST_AREA * self.side * self.side:
                continue
            shares = renderer.visible_shares(scene, seen)
            if shares.min() >= LEAST_SEEN:
                percent = np.zeros(MOST, np.uint8)
                percent[: len(shares)] = np.minimum(shares * 100, 100).round()
                return bytes([attempt]) + percent.tobytes() + renderer.picture(scene).tobytes() + seen.tobytes()
        raise ValueError(f"expected a scene that shows all its things within {_ATTEMPTS} attempts, received none")

    def read(self, record: bytes) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """(number of the attempt, percent seen uint8 `[6]`, picture uint8 `[side, side, 3]`, instances) of a record."""
        numbers = np.frombuffer(record, np.uint8)
        pixels, seen = np.split(numbers[1 + MOST :], [self.side * self.side * 3])
        shapes = (self.side, self.side, 3), (self.side, self.side)
        return int(numbers[0]), numbers[1 : 1 + MOST], pixels.reshape(shapes[0]), seen.reshape(shapes[1])

    def scene(self, split: int, index: int, attempt: int = 0) -> Scene:
        """What is drawn."""
        return self.described(split, index, attempt)[0]

    def described(self, split: int, index: int, attempt: int = 0) -> tuple[Scene, list[dict]]:
        """What is drawn, and of each thing the numbers of its kind, colour, material and pattern."""
        draws = Draws(self.seed, int(self.single), split, index, attempt)
        count = 1 if self.single else 1 + draws.below(MOST)
        known = [self._attributes(draws, split) for _ in range(count)]
        things: list[Thing] = []
        for one in known:
            things.append(_put(_thing(one, draws, self.single), things, draws, self.single))
        camera, around = _camera(draws, self.single)
        lamps, sky = _light(draws, around)
        return Scene(tuple(things), camera, lamps, _ground(draws), sky, self.side, self.side, self.samples), known

    def _attributes(self, draws: Draws, split: int) -> dict:
        allowed = {0: {0}, 1: {0, 1}, 2: {0, 2}, 3: {0, 1}}[split] if self.single else {0, 1, 2}
        while True:
            kind, colour = draws.below(len(scene_kinds.KINDS)), draws.below(len(scene_kinds.COLOURS))
            if scene_kinds.role(kind, colour) in allowed:
                break
        material = draws.among((0, 0, 0, 1, 1, 1, 2, 2, 3))  # matte, shiny, metal, glass
        pattern = draws.among((0, 0, 0, 1, 2)) if material < 2 else 0
        return {"kind": kind, "colour": colour, "material": material, "pattern": pattern}


def _thing(known: dict, draws: Draws, single: bool) -> Thing:
    """A thing, not yet at its place."""
    colour = draws.colour(scene_kinds.RGB[scene_kinds.COLOURS[known["colour"]]], 0.06)
    light = sum(colour) > 1.5
    second = draws.colour((0.12, 0.12, 0.14) if light else (0.9, 0.9, 0.88), 0.08)
    surface = Surface(
        MATERIALS[known["material"]],
        colour,
        PATTERNS[known["pattern"]],
        second,
        grain=draws.between(2.5, 5),
        roughness=draws.between(0.05, 0.25),
    )
    lean = draws.among((0.0, 0.0, 0.0, 0.0, 90.0, 180.0))
    size = draws.between(0.9, 1.15) if single else draws.between(0.5, 1.0)
    return Thing(scene_kinds.KINDS[known["kind"]], surface, (0.0, 0.0), size, draws.between(0, 360), lean)


def _put(thing: Thing, others: list[Thing], draws: Draws, single: bool) -> Thing:
    """The thing at a place where it stands in no other; near the middle where it is alone."""
    spread = 0.25 if single else 2.3
    for _ in range(_PLACES):
        place = (draws.between(-spread, spread), draws.between(-spread, spread))
        distances = [np.hypot(place[0] - one.place[0], place[1] - one.place[1]) - _radius(one) for one in others]
        if all(distance >= _radius(thing) for distance in distances):
            return replace(thing, place=place)
    return _put(replace(thing, size=0.8 * thing.size), others, draws, single)  # there is a place for a smaller one


def _radius(thing: Thing) -> float:
    """How far it reaches from its place on the ground."""
    reach = max(forms.reach(thing.form), 1.0 if thing.lean == 90 else 0.0)
    return 0.9 * thing.size * reach


def _camera(draws: Draws, single: bool) -> tuple[Camera, float]:
    """Where it is seen from, and the angle of that place about the vertical."""
    around, above = np.radians(draws.between(0, 360)), np.radians(draws.between(18, 62))
    far = draws.between(6.5, 7.5) if single else draws.between(8.5, 10.5)
    flat = far * np.cos(above)
    place = (float(flat * np.cos(around)), float(flat * np.sin(around)), float(far * np.sin(above)))
    shift = 0.2 if single else 0.4
    target = (draws.between(-shift, shift), draws.between(-shift, shift), draws.between(0.3, 0.9))
    return Camera(place, target, draws.between(24, 32) if single else draws.between(29, 39)), float(around)


def _light(draws: Draws, around: float) -> tuple[tuple[Lamp, ...], tuple[float, float, float]]:
    """One to three lamps of a tint, and the sky; lamps are to the left and right, where the camera does not see them.

    around: the angle of the camera.
    """
    lamps = []
    for number in range(1 + draws.below(3)):
        side, high = draws.among((-1, 1)) * np.radians(draws.between(75, 115)), draws.between(4, 8)
        flat, size = draws.between(4, 7), draws.between(0.5, 1.8)
        place = (float(flat * np.cos(around + side)), float(flat * np.sin(around + side)), high)
        strength = draws.between(0.9, 2.0) if number == 0 else draws.between(0.2, 0.8)
        radiance = strength * (flat**2 + high**2) / (4 * size**2)
        lamps.append(Lamp(place, size, tuple(radiance * one for one in _tint(draws))))
    bright = draws.between(0.25, 0.7)
    return tuple(lamps), tuple(bright * one for one in _tint(draws))


def _tint(draws: Draws) -> tuple[float, float, float]:
    """From warm to cool light."""
    warm = draws.between(-0.15, 0.15)
    return 1.0 + warm, 1.0, 1.0 - warm


def _ground(draws: Draws) -> Ground:
    colour = draws.colour(draws.among(_FLOORS), 0.08)
    factor = draws.between(0.5, 0.85)
    second = tuple(factor * one for one in colour)
    return Ground(draws.among(GROUNDS), colour, second, draws.between(3, 9), draws.below(1 << 16))
