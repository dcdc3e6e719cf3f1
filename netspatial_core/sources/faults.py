"""What a planner must be told of the sources: those that did not answer, stale copies, missing tiles."""

from netspatial_core.area import StudyArea
from netspatial_core.sources.imagery import Imagery
from netspatial_core.sources.scene import Scene

ALONE = "Its loads can be far from those of a plan with all inputs: compare them with each other only."
WHOLE = 0.98  # less of the ground than this is told: a few missing pixels at the edge are no gap


def source_faults(scene: Scene) -> tuple[str, ...]:
    """A sentence for each thing amiss, each once; nothing where all is there and answered well.

    "None" and "failed" are different facts, told in different words.
    """
    said = []
    if scene.imagery is None:
        why = f"its service failed: {scene.imagery_fault}" if scene.imagery_fault else "none was given."
        said.append(f"Planned without imagery, {why} {ALONE}")
    if scene.imagery is not None:
        said += [f"Imagery: {note}" for note in scene.imagery.notes]
        said += _gaps(scene.imagery, scene.area)
    if scene.pois.status == "failed":
        reason = " ".join(scene.pois.notes)
        said.append(f"Planned without POIs, their service failed{': ' + reason if reason else '.'} {ALONE}")
    elif scene.pois.status == "absent":
        said.append(f"Planned without POIs, none were given. {ALONE}")
    else:
        said += [f"POIs: {note}" for note in scene.pois.notes]
    said += [f"Stations: {note}" for note in scene.stations.notes]
    return tuple(dict.fromkeys(said))


def _gaps(imagery: Imagery, area: StudyArea) -> list[str]:
    """What the picture does not show of an area and of the margin that describes its outer cells."""
    shown, around = imagery.coverage(area.bounds), imagery.coverage(area.outer_bounds)
    if shown >= WHOLE and around >= WHOLE:
        return []
    told = f"The imagery shows {_share(shown)} of the study area and {_share(around)} of it with the 500 m around."
    return [f"{told} Cells it does not show are generated without it and flagged: give more imagery, or a smaller area."]


def _share(part: float) -> str:
    """A share in words that never call a gap whole."""
    return f"{min(99.9, round(100 * part, 1)):g} %" if part < 1 else "all"
