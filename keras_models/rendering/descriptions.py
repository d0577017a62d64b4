"""What is to be seen on a rendered picture: plain data, in units of about the size of a thing.

The ground is the plane z = 0. Colours are shares of the full brightness of a screen, (red, green, blue), but lamps and
sky are radiances.
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]

MATERIALS = ("matte", "shiny", "metal", "glass")
PATTERNS = ("plain", "striped", "checked")


@dataclass(frozen=True)
class Surface:
    """What a thing looks like.

    Attributes:
        material: one of `MATERIALS`.
        colour: of it.
        pattern: one of `PATTERNS`; glass and metal are plain.
        second: the other colour of a pattern.
        grain: of a pattern: repetitions over the thing.
        roughness: of metal and what shines, 0 is a mirror.
    """

    material: str
    colour: Colour
    pattern: str = "plain"
    second: Colour = (0.9, 0.9, 0.9)
    grain: float = 4.0
    roughness: float = 0.12

    def __post_init__(self) -> None:
        if self.material not in MATERIALS or self.pattern not in PATTERNS:
            raise ValueError(
                f"expected a material among {', '.join(MATERIALS)} and a pattern among {', '.join(PATTERNS)}, "
                f"received {self.material!r} and {self.pattern!r}"
            )


@dataclass(frozen=True)
class Thing:
    """One thing that stands on the ground.

    Attributes:
        form: one of `forms.FORMS`.
        surface: its look.
        place: (x, y) of its middle.
        size: half its longest side.
        turn: degrees about the vertical.
        lean: degrees that it is tipped over before it is put down, 90 lies on its side.
    """

    form: str
    surface: Surface
    place: tuple[float, float]
    size: float
    turn: float = 0.0
    lean: float = 0.0


@dataclass(frozen=True)
class Lamp:
    """A square that shines.

    Attributes:
        place: (x, y, z); it faces the origin.
        size: half its side.
        radiance: of each colour.
    """

    place: tuple[float, float, float]
    size: float
    radiance: Colour


@dataclass(frozen=True)
class Camera:
    """Where it is seen from: place and target in units, angle of view in degrees along the wider side."""

    place: tuple[float, float, float]
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    view: float = 38.0


@dataclass(frozen=True)
class Ground:
    """What things stand on.

    Attributes:
        kind: "plain", "tiles", "planks", "speckled" or "clouded" (`textures`).
        colour, second: its two colours.
        side: length in units that the texture covers before it repeats.
        seed: of the texture's random parts.
    """

    kind: str = "plain"
    colour: Colour = (0.5, 0.5, 0.5)
    second: Colour = (0.4, 0.4, 0.4)
    side: float = 6.0
    seed: int = 0


@dataclass(frozen=True)
class Scene:
    """Everything that a picture shows.

    Attributes:
        things: in the order of their instance numbers, 1 and on.
        camera, lamps, ground: see there.
        sky: radiance from all sides.
        width, height: of the picture in pixels.
        samples: light paths a pixel: more take longer, with less noise.
    """

    things: tuple[Thing, ...]
    camera: Camera
    lamps: tuple[Lamp, ...]
    ground: Ground = Ground()
    sky: Colour = (0.5, 0.5, 0.5)
    width: int = 80
    height: int = 60
    samples: int = 16
