"""What makes one kind of city differ from another: palettes, spacing, heights, mixture of uses, and where on the globe it is put.

Every city is invented. So that no one takes one for a real town, each style's cities lie on coordinates of open sea.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
FLAT_SHARES = (0.2, 0.16, 0.15, 0.1, 0.09, 0.11, 0.05, 0.1, 0.04)
METAL_ROOFS: tuple[Colour, ...] = (
    (196, 200, 203), (214, 215, 214), (160, 170, 180), (122, 142, 166), (170, 128, 108), (178, 178, 172), (138, 140, 140),
    (228, 228, 226),
)  # fmt: skip
METAL_SHARES = (0.2, 0.14, 0.14, 0.1, 0.07, 0.14, 0.13, 0.08)
Plan = Literal["districts", "superblocks", "radial"]
GAPS = {
    "cbd": 92.0, "mixed": 84.0, "entertainment": 66.0, "apartments": 104.0, "houses": 78.0, "commercial": 130.0,
    "industrial": 150.0, "university": 170.0, "central_park": 240.0, "rural": 210.0,
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """One kind of city.

    Attributes:
        name: What the command line calls it.
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
        gaps: Distance between streets by zone, metres.
        plan: How main roads and zones are laid out: ``districts`` each with a grid of its own; ``superblocks`` between wide
            arterial roads, aligned with north; ``radial`` avenues and rings around an old walled core.
        language: Of names and addresses: ``latin`` (invented words in English patterns), ``german``, ``chinese``.
        places: Quarters of one zone: zone, distance from the centre in metres, angle from the river's direction, radius in
            metres. Empty gives those of ``districts``.
        river_side: Mean distance of the river from the middle, as a share of the city's side.
        river_half_m: Half the river's width at its two ends, by default by ``sea``.
        edge_m: How far the centre of an emerging district's city moves out at maturity 0, metres.
        bridge_gap_m: Least distance of bridges.
        business: Mean of the logarithm of a business building's height in metres, before ``tall``.
        business_lot: Factor on the size of business lots.
        tile_roofs: Colours of tiled roofs, from warm to grey.
        flat_roofs: Colours of flat roofs.
        flat_shares: How often each occurs.
        metal_roofs: Colours of metal roofs.
        metal_shares: How often each occurs.
        haze: Mean share of haze, and its colour.
    """

    name: str
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
    plan: Plan = "districts"
    language: Literal["latin", "german", "chinese"] = "latin"
    places: tuple[tuple[str, float, float, float], ...] = ()
    river_side: float = 0.13
    river_half_m: tuple[float, float] | None = None
    edge_m: float = 2300.0
    bridge_gap_m: float = 230.0
    business: float = 3.0
    business_lot: float = 1.0
    tile_roofs: tuple[Colour, ...] = TILE_ROOFS
    flat_roofs: tuple[Colour, ...] = FLAT_ROOFS
    flat_shares: tuple[float, ...] = FLAT_SHARES
    metal_roofs: tuple[Colour, ...] = METAL_ROOFS
    metal_shares: tuple[float, ...] = METAL_SHARES
    haze: tuple[float, Colour] = (0.045, (188, 198, 208))


HARBOUR = Style(
    name="harbour",
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

METROPOLIS = Style(
    name="metropolis",
    centre=(134.6, 27.2),  # the open Philippine Sea
    sea=False,
    radius_m=2700.0,
    gap=1.0,
    disorder=(0.02, 0.05),
    radial=0.0,
    wobble=0.06,
    core=0.8,
    old_town=0.6,
    flats=0.3,
    tall=1.28,
    pitched=(0.12, 0.12, 0.7),
    tile_shift=1.4,
    grass=((94, 112, 82), (86, 104, 76), (104, 116, 84), (116, 120, 92), (80, 98, 72)),
    crops=(
        ((112, 124, 90), "crop"), ((100, 116, 84), "crop"), ((196, 198, 194), "metal"), ((140, 132, 110), "soil"),
        ((92, 110, 78), "grass"), ((124, 128, 98), "crop"), ((186, 190, 188), "metal"), ((104, 118, 88), "crop"),
        ((150, 140, 118), "soil"), ((88, 104, 80), "wild"),
    ),
    canopy=((64, 82, 60), (72, 88, 62), (58, 76, 56), (80, 94, 66), (62, 80, 64), (86, 96, 68), (70, 82, 56)),
    wood=0.46,
    planting=1.15,
    ground=(118, 118, 98),
    water=((106, 112, 98), (78, 90, 84)),
    tint=(1.03, 1.0, 0.965),
    words=("an", "bei", "cheng", "dong", "fu", "hai", "jing", "lan", "ming", "ning", "qing", "shan", "wen", "xing"),
    streets=("{} Road", "{} Street", "{} Avenue", "{} Lane"),
    gaps={
        **GAPS, "cbd": 118.0, "mixed": 125.0, "estate": 215.0, "village": 120.0, "commercial": 165.0, "industrial": 190.0,
        "university": 230.0, "entertainment": 90.0, "central_park": 260.0, "rural": 230.0,
    },
    plan="superblocks",
    language="chinese",
    places=(
        ("entertainment", 380.0, 0.9, 170.0), ("university", 1150.0, 2.5, 330.0), ("central_park", 640.0, -2.4, 170.0),
        ("industrial", 1650.0, -1.2, 420.0), ("industrial", 2100.0, 1.7, 380.0), ("commercial", 520.0, 2.9, 130.0),
        ("commercial", 1320.0, -0.35, 150.0), ("cbd", 1500.0, 1.15, 230.0), ("village", 900.0, -1.35, 190.0),
        ("village", 1500.0, 3.05, 210.0), ("university", 1900.0, 0.35, 260.0),
    ),
    river_side=0.1,
    river_half_m=(30.0, 42.0),
    edge_m=3700.0,
    bridge_gap_m=330.0,
    business=3.75,
    business_lot=2.3,
    flat_roofs=(
        (172, 168, 160), (188, 184, 176), (150, 148, 144), (204, 202, 196), (132, 130, 127), (170, 158, 142), (150, 112, 96),
        (184, 170, 152), (112, 114, 118),
    ),
    metal_roofs=(
        (86, 124, 168), (104, 138, 176), (196, 200, 203), (76, 112, 158), (160, 170, 180), (178, 178, 172), (176, 84, 72),
        (214, 215, 214),
    ),
    metal_shares=(0.25, 0.18, 0.14, 0.15, 0.08, 0.08, 0.05, 0.07),
    haze=(0.105, (196, 194, 188)),
)  # fmt: skip

RADIAL = Style(
    name="radial",
    centre=(-19.8, 46.3),  # the open Atlantic, north-east of the Azores
    sea=False,
    radius_m=1900.0,
    gap=1.0,
    disorder=(0.25, 0.6),
    radial=1.3,
    wobble=0.45,
    core=0.95,
    old_town=0.5,
    flats=0.42,
    tall=0.8,
    pitched=(0.9, 0.35, 0.9),
    tile_shift=-0.7,
    grass=((100, 122, 82), (90, 114, 78), (110, 126, 86), (120, 128, 94), (84, 106, 72)),
    crops=(
        ((118, 128, 90), "crop"), ((106, 124, 86), "crop"), ((98, 120, 84), "grass"), ((170, 162, 128), "crop"),
        ((144, 132, 112), "soil"), ((178, 170, 130), "crop"), ((124, 134, 96), "crop"), ((110, 126, 92), "grass"),
        ((150, 150, 118), "crop"), ((132, 120, 102), "soil"),
    ),
    canopy=((64, 86, 58), (74, 96, 62), (56, 78, 54), (84, 102, 66), (66, 88, 64), (94, 106, 68), (70, 84, 50)),
    wood=0.12,
    planting=1.1,
    ground=(108, 120, 86),
    water=((104, 112, 92), (66, 86, 84)),
    tint=(1.0, 1.0, 0.995),
    words=("lin", "den", "wal", "mar", "ro", "sen", "tor", "hal", "ber", "ger", "wies", "mühl", "stein", "au", "el", "tann"),
    streets=("{}straße", "{}gasse", "{}weg", "{}platz", "{}allee", "Am {}", "{}ufer"),
    gaps={
        **GAPS, "oldtown": 56.0, "perimeter": 104.0, "slabs": 150.0, "houses": 84.0, "allotments": 170.0, "cbd": 105.0,
        "apartments": 110.0, "rural": 260.0, "university": 150.0,
    },
    plan="radial",
    language="german",
    places=(
        ("entertainment", 240.0, 2.4, 85.0), ("university", 780.0, 1.25, 190.0), ("central_park", 660.0, -1.1, 140.0),
        ("industrial", 1450.0, 2.75, 330.0), ("cbd", 640.0, 2.1, 110.0), ("commercial", 1500.0, -0.55, 170.0),
        ("slabs", 1350.0, 1.9, 300.0), ("slabs", 1450.0, -1.75, 280.0), ("allotments", 1150.0, 2.45, 130.0),
        ("allotments", 1280.0, -2.75, 150.0), ("allotments", 1650.0, 0.75, 160.0), ("industrial", 1750.0, -0.15, 220.0),
    ),
    river_side=0.03,
    river_half_m=(26.0, 32.0),
    edge_m=2750.0,
    bridge_gap_m=250.0,
    tile_roofs=(
        (186, 126, 94), (170, 108, 80), (152, 94, 72), (148, 110, 88), (128, 92, 78), (134, 106, 92), (106, 100, 96),
        (90, 88, 92),
    ),
    haze=(0.05, (190, 198, 206)),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in (HARBOUR, INLAND, METROPOLIS, RADIAL)}


def get_style(name: str) -> Style:
    """The style of a name.

    Raises:
        InputError: No style has that name.
    """
    if name not in STYLES:
        raise InputError(f"There is no city style {name!r}.", f"Choose one of: {', '.join(STYLES)}.")
    return STYLES[name]
