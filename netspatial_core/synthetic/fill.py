"""The content of one block: a pure function of the city's ground and the block's number."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Polygon

from netspatial_core.synthetic.buildings import Builder
from netspatial_core.synthetic.canvas import Canvas
from netspatial_core.synthetic.furniture import park
from netspatial_core.synthetic.geometry import Rng, along, cut, frame, half_plane, largest
from netspatial_core.synthetic.grammar_estate import estate
from netspatial_core.synthetic.grammar_green import building_site, campus, country, development
from netspatial_core.synthetic.grammar_perimeter import closed_block
from netspatial_core.synthetic.grammar_places import allotments, hospital, mall, school, village
from netspatial_core.synthetic.grammar_town import TownGrammar, face_street
from netspatial_core.synthetic.materials import pick, vary
from netspatial_core.synthetic.noise import noise_at
from netspatial_core.synthetic.terrain import Terrain
from netspatial_core.synthetic.zones import urbanity, vacancy, zone_at

PARKS = {  # share of blocks that are parks
    "cbd": 0.05, "mixed": 0.05, "apartments": 0.06, "houses": 0.035, "entertainment": 0.08,
    "estate": 0.06, "village": 0.02, "perimeter": 0.045, "slabs": 0.06, "oldtown": 0.012,
}  # fmt: skip


HOUSING = ("estate", "slabs", "mixed", "perimeter", "houses", "apartments", "village")


def fill_block(terrain: Terrain, block: Polygon, number: int) -> Canvas:
    """All that stands on a block."""
    canvas, rng, style = Canvas(), np.random.default_rng([terrain.seed, 9, number]), terrain.style
    x, y = block.representative_point().coords[0]
    zone = zone_at(terrain, x, y)
    box = frame(block)
    if zone == "rural":
        country(canvas, block, style, terrain.seed, rng)
    elif box.width < 9 or block.area < 260:  # slivers are verges
        canvas.paint(block, vary(rng, pick(rng, style.grass, 4)), "wild")
        canvas.plant(block, 70 / style.planting, rng)
    elif _is_park(terrain, block, zone, rng):
        park(canvas, block, style, rng, sport=style.plan == "districts" or bool(rng.random() < 0.3))
    elif style.plan != "districts" and _quarter(canvas, terrain, block, zone, rng):
        pass
    elif zone == "university":
        campus(canvas, block, style, rng)
    elif zone in ("houses", "apartments") and block.area > 12000 and box.width > 90 and rng.random() < 0.4:
        sports = half_plane(box.centre, box.along, box.across)  # a school with its pitch
        park(canvas, block.intersection(sports), style, rng)
        grounds = largest(block.difference(sports))
        if grounds is not None:
            campus(canvas, grounds, style, rng, "school")
    else:
        _town(canvas, terrain, block, zone, (x, y), rng)
    return canvas


def _is_park(terrain: Terrain, block: Polygon, zone: str, rng: Rng) -> bool:
    if zone == "central_park" or rng.random() < PARKS.get(zone, 0.02):
        return True
    banks = 0.3 if terrain.style.plan == "districts" else 0.95 if 2 * block.area / block.length < 32 else 0.2
    return terrain.water.distance(block) < 9 and rng.random() < banks and zone != "industrial"


def _quarter(canvas: Canvas, terrain: Terrain, block: Polygon, zone: str, rng: Rng) -> bool:
    """A block that one plan fills as a whole, in the styles that have such; False where it is filled lot by lot."""
    style, seed, box = terrain.style, terrain.seed, frame(block)
    x, y = block.representative_point().coords[0]
    shade, chance = float(tone(terrain, x, y)), rng.random()
    if rng.random() < vacancy(terrain, x, y):
        development(canvas, block, style, seed, rng)
        return True
    roomy = block.area > 9000 and box.width > 75
    if roomy and zone in HOUSING and chance < 0.085:
        school(canvas, block, style, rng, shade)
    elif roomy and zone in HOUSING and chance < 0.1:
        hospital(canvas, block, style, rng, shade)
    elif zone in ("estate", "slabs") or (zone == "mixed" and style.plan == "superblocks"):
        estate(canvas, block, style, seed, rng, zone, shade)
    elif zone == "village":
        village(canvas, block, style, seed, rng, shade)
    elif zone in ("oldtown", "perimeter") or (zone == "entertainment" and style.plan == "radial"):
        closed_block(canvas, block, style, seed, rng, zone, shade)
    elif zone == "allotments":
        allotments(canvas, block, style, rng)
    elif zone == "commercial" and style.plan == "superblocks":
        mall(canvas, block, style, rng, shade)
    else:
        return False
    return True


def _town(canvas: Canvas, terrain: Terrain, block: Polygon, zone: str, place: tuple[float, float], rng: Rng) -> None:
    style = terrain.style
    grounds = {
        "cbd": ((166, 164, 160), "concrete"),
        "mixed": ((150, 148, 140), "concrete"),
        "entertainment": ((164, 156, 144), "concrete"),
        "industrial": ((148, 146, 140), "concrete"),
        "commercial": ((146, 145, 142), "asphalt"),
        "apartments": (tuple(pick(rng, style.grass, 4)), "grass"),
        "houses": (tuple(pick(rng, style.grass)), "garden"),
    }
    colour, texture = grounds[zone]
    canvas.paint(block, vary(rng, colour, 6), texture)
    lot_m2 = {
        "cbd": float(rng.choice([800, 1300, 1900, 3400])) * style.business_lot,
        "mixed": 520.0,
        "entertainment": 430.0,
        "industrial": float(rng.choice([2200, 4500, 8000, 14000])),
        "commercial": 5200.0,
        "apartments": 2300.0,
        "houses": float(rng.choice([380, 520, 560, 800])) * (1.35 - 0.5 * float(urbanity(terrain, *place))),
    }[zone]
    lots = cut(block, lot_m2 * (1.0 if style.sea else 1.15), rng)
    grammar = TownGrammar(
        canvas,
        style,
        rng,
        Builder(canvas, style, rng, float(tone(terrain, *place))),
        block.exterior,
        block.difference(block.buffer(-rng.uniform(11, 15))),
        terraced=zone == "houses" and bool(rng.random() < 0.16),
    )
    vacant = vacancy(terrain, *place) if style.plan == "districts" else 0.0  # else the whole block waits
    for lot in lots:
        if lot.area < 70:
            continue
        if vacant and rng.random() < vacant:
            building_site(canvas, lot, style, rng)
        else:
            grammar.fill(zone, face_street(lot, block.exterior))
    if zone in ("mixed", "apartments", "cbd", "entertainment", "commercial") and rng.random() < 0.65 * style.planting:
        for tree in along(block.exterior, rng.uniform(8, 13), rng, 0.12)[0]:  # on the pavement
            if rng.random() < 0.75:
                canvas.tree(tree, rng, rng.uniform(1.5, 3))


def tone(terrain: Terrain, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Character of neighbourhoods, -1..1 [same shape as x]: it colours the tiles and moves the demand."""
    return noise_at(x, y, 480, terrain.seed + 21)
