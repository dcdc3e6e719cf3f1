"""NetSpatial: traffic that a base station would carry at a place, generated from imagery and points of interest.

Each floor imports only from the floors below it (tests/unit/test_imports.py keeps it so)::

    errors, settings < area, reach, catchment < sources < encoders < fusion < generator < planning
      < rationale < engine < pipeline < export < synthetic < bench < __main__ < app
"""

import os

__version__ = "0.1.0"

# OpenMP's threads wait for each other by spinning, which on a busy machine keeps those that still work from their core: encoding
# took three times as long beside one other process. Read once, when torch is first imported; a value of the user's own stays.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
