"""The planner: a Dash application over netspatial_core. It holds no model maths."""
