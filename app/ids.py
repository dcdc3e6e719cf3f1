"""Ids of the components that callbacks name. Everything else has none."""

# frame
APP, STAGE, URL, PROVIDER = "app", "stage", "url", "provider"
AREA, KIND, VIEW, RUN, THEME_BUTTON = "area", "kind", "view", "run", "theme-button"
FIND, FOUND, PRESENT, SWIPE, SWIPED = "find", "found", "present", "swipe", "swiped"
EXPORT_CSV, EXPORT_GEOJSON, DOWNLOAD = "export-csv", "export-geojson", "download"

# what is known in the browser
SESSION = "session"  # {area, draws, seed, state, version}: which plan is shown, and how much of it
PLACE = "place"  # {name, bounds, stations}: the study area on the map
CELL = "cell"  # {area, id}: the selected cell
PICKS = "picks"  # {area, cells}: the picks, best first
PAINT = "paint"  # the map's colours as numbers
THEME, PLAYING, LINK, FIRST = "theme", "playing", "link", "first"
FLOOR_AUTO, FLOOR_ASKED = "floor-auto", "floor-asked"
OWN = "own"  # {formula, better}: the last formula that is one

# plan controls
UTILITY, UTILITY_UNIT = "utility", "utility-unit"
FORMULA, BETTER, CAPACITY, PRICE, CAPEX, OPEX = "formula", "better", "capacity", "price", "capex", "opex"
FLOOR, FLOOR_TEXT, FLOOR_BARS = "floor", "floor-text", "floor-bars"
STATION_GAP, BUDGET, METHOD, METHOD_NOTE, GAINS, GAINS_BOX = (
    "station-gap",
    "budget",
    "method",
    "method-note",
    "g-gains",
    "gains-box",
)
K, GAP, DRAWS, SEED = "k", "gap", "draws", "seed"
PLAN_NOTE, EXCLUDED = "plan-note", "excluded"
TOP_TITLE, TOP_UNIT, TOP_LIST = "top-title", "top-unit", "top-list"

# marked zones
ZONES, ZONES_ASKED = "zones", "zones-asked"  # {area, type, features}: GeoJSON; what a link names
ZONE_KIND, ZONE_COST, ZONE_CELLS, ZONE_ADD, ZONE_DRAW = "zone-kind", "zone-cost", "zone-cells", "zone-add", "zone-draw"
ZONE_FILE, ZONE_ERROR, ZONE_LIST, ZONE_DROP, ZONE_LAYER, EDIT = (
    "zone-file",
    "zone-error",
    "zone-list",
    "zone-drop",
    "zone-layer",
    "edit",
)

# scenarios
SCENARIOS = "scenarios"  # {area, at, list, past}: the scenarios, which is shown (-1 is the area as it is), and what they were
MOVED = "moved"  # {part, index, lon, lat}: what was dragged on the map
GROUND = "ground"  # area and scenario whose cells and stations are on the map
DRAWN_FOR = "drawn-for"  # what the next polygon is: zone, or build
SC_NOW, SC_LIST, SC_NAME, SC_WHERE, SC_KIND, SC_COUNT = "sc-now", "sc-list", "sc-name", "sc-where", "sc-kind", "sc-count"
SC_STATION, SC_CELLS, SC_LIKE, SC_ERROR, SC_CHANGES, SC_NEAR = (
    "sc-station",
    "sc-cells",
    "sc-like",
    "sc-error",
    "sc-changes",
    "sc-near",
)
SC_MENU, SC_SAID = "sc-menu", "sc-said"
SC_DRAW, SC_FILE, SC_SAVE, SC_SAVED, SUPPOSED = "sc-draw", "sc-file", "sc-save", "sc-saved", "supposed"

BEFORE, SWIPE_LEFT = "before", "swipe-left"  # the area as it is, for the swipe; what lies on its left

# comparison
CMP_A, CMP_B, CMP_LAYER, CMP_BODY = "cmp-a", "cmp-b", "cmp-layer", "cmp-body"

# map
MAP, TILES, OUTSIDE, EDGE, CELLS, SELECTED, STATIONS, PINS = (
    "map",
    "tiles",
    "outside",
    "edge",
    "cells",
    "selected",
    "stations",
    "pins",
)
MAP3D, BADGES, ATTRIBUTION = "g3d", "badges", "attribution"

# dock
LEGEND, PLAY, HOUR, MODE, NOW, NOW_SUB, SPARK = "legend", "play", "hour", "mode", "now", "now-sub", "spark"
LAYER = "layer"  # what the colours show of the ranking
TICK = "tick"

# inspector
INSPECTOR, INSPECTOR_BODY, TAB = "insp", "insp-body", "tab"
HEAD, KPIS, SAY, WHY, FACTS = "head", "kpis", "say", "why", "facts"
WEEK, MONTH, HEAT, HEAT_RANGE, PARTS, PARTS_NOTE = "g-week", "g-month", "g-heat", "heat-range", "g-parts", "parts-note"
WEEK_NOTE, MONTH_NOTE = "week-note", "month-note"
SECOND = "second"  # whether the second chart is of days or the load-duration curve
PIN, PINNED = "pin", "pinned"  # {area, cells}: up to four cells whose weeks are drawn with the selected one's
SAY_POLL = "say-poll"

# runs
POLL, BEAT, ASKED, CANCEL, RUN_TITLE, RUN_LEFT, RUN_SHARE, RUN_BAR, RUN_STEPS, NOTICE, DISMISS = (
    "poll",
    "beat",  # the polls that are passed on to the server
    "asked",  # whether an answer is under way
    "cancel",
    "run-title",
    "run-left",
    "run-share",
    "run-bar",
    "run-steps",
    "notice",
    "dismiss",
)

# pages
NETWORK_BODY, MODELS_BODY = "network-body", "models-body"
NETWORK_CLASSES, NETWORK_SHOWN, NETWORK_MAP, NETWORK_STATIONS, NETWORK_DENSITY, NETWORK_LAYER, NETWORK_COUNT = (
    "network-classes",
    "network-shown",  # {area, classes}: the classes of stations that the map and the table show; all where none is named
    "network-map",
    "network-stations",
    "network-density",
    "network-layer",
    "network-count",
)
NETWORK_HOURS, NETWORK_LORENZ, NETWORK_TABLE = "g-hours", "g-lorenz", "stations-table"
