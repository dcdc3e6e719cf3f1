"""NetSpatial: traffic that a base station would carry at a place, generated from imagery and points of interest.

Each floor imports only from the floors below it (tests/unit/test_imports.py keeps it so)::

    errors, settings < area, reach, catchment < sources < encoders < fusion < generator < planning
      < rationale < engine < pipeline < export < synthetic < bench < __main__ < app
"""

__version__ = "0.1.0"
