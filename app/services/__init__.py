"""Effects behind the callbacks: jobs, cached results, tiles, rationales. No Dash here."""

from dataclasses import dataclass

from app.services.jobs import Jobs
from app.services.plans import Plans
from app.services.rationales import Rationales
from netspatial_core.settings import Settings


@dataclass(frozen=True)
class Services:
    """What callbacks and routes are handed; made once by the factory.

    Attributes:
        settings: Of the process.
        plans: Study areas and their plans.
        rationales: Texts about cells.
        jobs: The pools behind both, so that they can be closed.
    """

    settings: Settings
    plans: Plans
    rationales: Rationales
    jobs: tuple[Jobs, ...]

    def close(self) -> None:
        """Stop the jobs."""
        for pool in self.jobs:
            pool.close()
