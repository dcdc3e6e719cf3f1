"""What a planner must be told of sources that were asked and did not answer: "none" and "failed" are different facts."""

from netspatial_core.sources.scene import Scene


def source_faults(scene: Scene) -> tuple[str, ...]:
    """One sentence for each source that failed, with its reason; nothing where none was asked or all answered."""
    said = []
    if scene.imagery is None and scene.imagery_fault:
        said.append(f"Planned without imagery, its service failed: {scene.imagery_fault}")
    if scene.pois.status == "failed":
        reason = " ".join(scene.pois.notes)
        said.append(f"Planned without POIs, their service failed{': ' + reason if reason else '.'}")
    return tuple(said)
