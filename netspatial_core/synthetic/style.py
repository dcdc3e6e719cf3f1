"""What makes one kind of city differ from another: palettes, spacing, heights, mixture of uses, and where on the globe it is put.

Every city is invented. So that no one takes one for a real town, each style's cities lie on coordinates of open sea.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from netspatial_core.errors import InputError

Colour = tuple[int, int, int]

TILE_ROOFS: tuple[Colour, ...] = (
    (160, 124, 104), (146, 106, 90), (132, 100, 86), (122, 104, 94), (112, 98, 90), (108, 104, 101), (126, 122, 117),
    (96, 90, 87),
)  # fmt: skip
FLAT_ROOFS: tuple[Colour, ...] = (
    (176, 175, 170), (196, 194, 188), (150, 149, 146), (214, 213, 210), (128, 127, 125), (168, 160, 148), (142, 146, 128),
    (186, 172, 154), (104, 108, 116),
)  # fmt: skip
GAPS = {
    "cbd": 92.0, "mixed": 84.0, "entertainment": 66.0, "apartments": 104.0, "houses": 78.0, "commercial": 130.0,
    "industrial": 150.0, "university": 170.0, "central_park": 240.0, "rural": 210.0,
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """One kind of city.

    Attributes:
        name: What the command line calls it.
        title: What a reader is told.
        centre: Longitude and latitude about which its cities are placed: open sea.
        sea: Whether the town lies on a coast.
        radius_m: Distance from the centre to the edge of the built-up area, metres.
        gap: Factor on the distance between streets.
        disorder: Spread of the directions of the districts' street grids, radians at the centre and at the edge.
        radial: Weight of the radial field at the town centre.
        wobble: Factor on the bends of suburban streets.
        core: Urbanity above which the business district begins.
        old_town: Urbanity above which mixed blocks begin.
        flats: Urbanity (plus noise) above which flats take the place of houses.
        tall: Factor on heights in the business district.
        pitched: Share of pitched roofs on mixed blocks, on blocks of flats, on houses.
        tile_shift: Added to the index of the tile colour: positive is greyer.
        grass: Colours of lawns.
        crops: Colour and texture of fields.
        canopy: Colours of tree crowns.
        wood: Noise above which open country is wood.
        planting: Factor on the number of garden and street trees.
        ground: Colour under everything.
        water: Colours of shallow and of deep water.
        tint: Factor on red, green and blue of the finished picture: light and soil of the region.
        words: Syllables of invented names.
        streets: Patterns of street names.
    """

    name: str
    title: str
    centre: tuple[float, float]
    sea: bool
    radius_m: float
    gap: float
    disorder: tuple[float, float]
    radial: float
    wobble: float
    core: float
    old_town: float
    flats: float
    tall: float
    pitched: tuple[float, float, float]
    tile_shift: float
    grass: tuple[Colour, ...]
    crops: tuple[tuple[Colour, str], ...]
    canopy: tuple[Colour, ...]
    wood: float
    planting: float
    ground: Colour
    water: tuple[Colour, Colour]
    tint: tuple[float, float, float]
    words: tuple[str, ...]
    streets: tuple[str, ...]
    gaps: Mapping[str, float] = field(default_factory=lambda: GAPS)


HARBOUR = Style(
    name="harbour",
    title="river port on a temperate coast",
    centre=(4.6, 41.2),
    sea=True,
    radius_m=1560.0,
    gap=1.0,
    disorder=(0.3, 0.8),
    radial=1.1,
    wobble=1.0,
    core=0.76,
    old_town=0.52,
    flats=0.33,
    tall=1.0,
    pitched=(0.62, 0.28, 0.8),
    tile_shift=0.0,
    grass=((98, 122, 84), (88, 114, 80), (110, 126, 88), (122, 130, 96), (82, 106, 72)),
    crops=(
        ((116, 126, 92), "crop"), ((104, 122, 88), "crop"), ((98, 120, 86), "grass"), ((160, 156, 128), "crop"),
        ((146, 138, 116), "soil"), ((134, 126, 108), "soil"), ((168, 164, 136), "crop"), ((122, 134, 98), "crop"),
        ((108, 124, 92), "grass"), ((94, 114, 82), "crop"), ((128, 132, 106), "grass"), ((150, 152, 122), "crop"),
    ),
    canopy=((66, 86, 60), (74, 94, 62), (58, 78, 56), (84, 100, 66), (64, 84, 66), (92, 102, 66), (72, 84, 52)),
    wood=0.22,
    planting=1.0,
    ground=(108, 120, 88),
    water=((112, 122, 108), (44, 68, 84)),
    tint=(1.0, 1.0, 1.0),
    words=("ba", "lor", "men", "ta", "vi", "sel", "ro", "kan", "del", "mi", "or", "hal", "ne", "bur"),
    streets=("{} Street", "{} Road", "{} Lane", "{} Quay", "Rue {}", "{}gasse"),
)  # fmt: skip

INLAND = Style(
    name="inland",
    title="dry inland city on a grid",
    centre=(-14.4, 38.4),
    sea=False,
    radius_m=1720.0,
    gap=1.28,
    disorder=(0.05, 0.16),
    radial=0.05,
    wobble=0.35,
    core=0.80,
    old_town=0.66,
    flats=0.42,
    tall=1.45,
    pitched=(0.18, 0.1, 0.62),
    tile_shift=0.6,
    grass=((128, 130, 92), (120, 126, 88), (138, 134, 98), (146, 138, 104), (112, 120, 82)),
    crops=(
        ((168, 152, 120), "soil"), ((182, 166, 130), "crop"), ((150, 142, 106), "crop"), ((176, 162, 128), "soil"),
        ((124, 130, 90), "crop"), ((188, 174, 138), "crop"), ((160, 146, 112), "soil"), ((138, 136, 98), "grass"),
        ((170, 158, 124), "grass"), ((108, 122, 80), "crop"),
    ),
    canopy=((84, 96, 64), (92, 102, 68), (76, 90, 60), (102, 108, 72), (88, 94, 62), (110, 112, 76), (82, 90, 56)),
    wood=0.56,
    planting=0.62,
    ground=(150, 140, 108),
    water=((120, 118, 92), (70, 84, 78)),
    tint=(1.035, 1.0, 0.95),
    words=("san", "ara", "cor", "lla", "mes", "quin", "ta", "ver", "del", "ri", "oro", "pla", "no", "zar"),
    streets=("{} Avenue", "{} Street", "{} Boulevard", "Calle {}", "Avenida {}", "{} Way"),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in (HARBOUR, INLAND)}


def get_style(name: str) -> Style:
    """The style of a name.

    Raises:
        InputError: No style has that name.
    """
    if name not in STYLES:
        raise InputError(f"There is no city style {name!r}.", f"Choose one of: {', '.join(STYLES)}.")
    return STYLES[name]
