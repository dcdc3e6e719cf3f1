"""OpenStreetMap tags: which features are points of interest, and what kind of place each is."""

from collections.abc import Mapping
from typing import Any

from netspatial_core.sources.text import clean_text

CATEGORIES = (
    "Food",
    "Shops",
    "Offices",
    "Education",
    "Health",
    "Leisure",
    "Lodging",
    "Transport",
    "Industry",
    "Worship",
    "Services",
    "Other",
)

# A feature is a POI when one of these keys has a value other than "no"; a bare building or a land use is none.
POI_KEYS = ("amenity", "shop", "office", "tourism", "leisure", "healthcare", "craft", "public_transport", "aeroway")
# These keys describe much besides places: only the values named count.
POI_VALUES = {
    "railway": {"station", "halt", "tram_stop", "subway_entrance"},
    "highway": {"bus_stop"},
    "man_made": {"works"},
    "industrial": {"factory", "warehouse", "depot", "port"},
}
# Street furniture carries the key amenity, but nobody's traffic goes there.
FURNITURE = {
    "bench",
    "waste_basket",
    "waste_disposal",
    "bicycle_parking",
    "drinking_water",
    "grit_bin",
    "hunting_stand",
    "parking_entrance",
    "parking_space",
    "shelter",
    "street_lamp",
    "telephone",
    "vending_machine",
    "watering_place",
}
AEROWAY = {"aerodrome", "terminal", "helipad", "heliport"}

_AMENITY = {
    "Food": "restaurant cafe fast_food bar pub food_court ice_cream biergarten",
    "Education": "school kindergarten university college library language_school music_school driving_school "
    "research_institute training",
    "Health": "hospital clinic doctors dentist pharmacy veterinary nursing_home social_facility",
    "Leisure": "cinema theatre nightclub arts_centre casino community_centre social_centre conference_centre events_venue "
    "exhibition_centre fountain gambling karaoke_box public_bath stripclub swimming_pool",
    "Lodging": "hostel",
    "Transport": "parking fuel bus_station ferry_terminal taxi charging_station car_rental bicycle_rental "
    "car_sharing motorcycle_parking",
    "Industry": "recycling crematorium",
    "Worship": "place_of_worship monastery grave_yard",
    "Services": "bank atm bureau_de_change post_office police fire_station townhall courthouse embassy prison toilets "
    "car_wash post_box post_depot public_building ranger_station vehicle_inspection",
}
_BY_AMENITY = {value: category for category, values in _AMENITY.items() for value in values.split()}
_LODGING = {
    "hotel",
    "motel",
    "hostel",
    "guest_house",
    "apartment",
    "chalet",
    "camp_site",
    "caravan_site",
    "alpine_hut",
    "wilderness_hut",
}
MAX_TAGS, MAX_KEY = 64, 64


def category(tags: Mapping[str, str]) -> str:
    """What kind of place a POI's tags describe: one of ``CATEGORIES``."""
    by_key = (
        ("healthcare", "Health"),
        ("shop", "Shops"),
        ("office", "Offices"),
        ("craft", "Industry"),
        ("man_made", "Industry"),
        ("industrial", "Industry"),
        ("leisure", "Leisure"),
        ("public_transport", "Transport"),
        ("railway", "Transport"),
        ("highway", "Transport"),
        ("aeroway", "Transport"),
    )
    if tags.get("tourism") in _LODGING:
        return "Lodging"
    if (known := _BY_AMENITY.get(tags.get("amenity", ""))) is not None:
        return known
    for key, name in by_key:
        if _counts(key, tags.get(key)):
            return name
    return "Leisure" if _counts("tourism", tags.get("tourism")) else "Other"


def is_poi(tags: Mapping[str, str]) -> bool:
    """Whether a feature with these tags is a point of interest."""
    return any(_counts(key, tags.get(key)) for key in (*POI_KEYS, *POI_VALUES))


def clean_tags(raw: Mapping[str, Any]) -> dict[str, str]:
    """Tags as safe text, by key: no empty values, no control or bidi characters, bounded in number and length."""
    tags: dict[str, str] = {}
    for key in sorted(map(str, raw))[: 8 * MAX_TAGS]:
        value = raw[key]
        if value is None or isinstance(value, dict | list) or value != value:  # noqa: PLR0124 - nan differs from itself
            continue
        name, text = clean_text(key, MAX_KEY), clean_text(value)
        if name and text and len(tags) < MAX_TAGS:
            tags[name] = text
    return tags


def _counts(key: str, value: str | None) -> bool:
    if not value or value == "no":
        return False
    if key in POI_VALUES:
        return value in POI_VALUES[key]
    if key == "aeroway":
        return value in AEROWAY
    return not (key == "amenity" and value in FURNITURE)
