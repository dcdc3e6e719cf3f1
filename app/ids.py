"""Ids of the components that callbacks name. Everything else has none."""

# frame
APP, URL, PROVIDER = "app", "url", "provider"
AREA, KIND, VIEW, RUN, THEME_BUTTON = "area", "kind", "view", "run", "theme-button"
EXPORT_CSV, EXPORT_GEOJSON, DOWNLOAD = "export-csv", "export-geojson", "download"

# what is known in the browser
SESSION = "session"  # {area, draws, seed, state, version}: which plan is shown, and how much of it
PLACE = "place"  # {name, bounds, stations}: the study area on the map
CELL = "cell"  # {area, id}: the selected cell
PICKS = "picks"  # {area, cells}: the picks, best first
PAINT = "paint"  # the map's colours as numbers
THEME, PLAYING, LINK, FIRST = "theme", "playing", "link", "first"
FLOOR_AUTO, FLOOR_ASKED = "floor-auto", "floor-asked"

# plan controls
UTILITY, UTILITY_UNIT = "utility", "utility-unit"
FLOOR, FLOOR_TEXT, FLOOR_BARS = "floor", "floor-text", "floor-bars"
K, GAP, DRAWS, SEED = "k", "gap", "draws", "seed"
PLAN_NOTE, EXCLUDED = "plan-note", "excluded"
TOP_TITLE, TOP_UNIT, TOP_LIST = "top-title", "top-unit", "top-list"

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
TICK = "tick"

# inspector
INSPECTOR, INSPECTOR_BODY, TAB = "insp", "insp-body", "tab"
HEAD, KPIS, SAY, WHY, FACTS = "head", "kpis", "say", "why", "facts"
WEEK, MONTH, HEAT, HEAT_RANGE, PARTS, PARTS_NOTE = "g-week", "g-month", "g-heat", "heat-range", "g-parts", "parts-note"
WEEK_NOTE, MONTH_NOTE = "week-note", "month-note"
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
