"""What a planner must be told of the sources: those that did not answer, stale copies, missing tiles."""

from netspatial_core.sources.scene import Scene


def source_faults(scene: Scene) -> tuple[str, ...]:
    """A sentence for each thing amiss, each once; nothing where no source was asked or all answered well.

    "None" and "failed" are different facts: only what was asked for and failed is named.
    """
    said = []
    if scene.imagery is None and scene.imagery_fault:
        said.append(f"Planned without imagery, its service failed: {scene.imagery_fault}")
    if scene.imagery is not None:
        said += [f"Imagery: {note}" for note in scene.imagery.notes]
    if scene.pois.status != "failed":
        said += [f"POIs: {note}" for note in scene.pois.notes]
    else:
        reason = " ".join(scene.pois.notes)
        said.append(f"Planned without POIs, their service failed{': ' + reason if reason else '.'}")
    return tuple(dict.fromkeys(said))
