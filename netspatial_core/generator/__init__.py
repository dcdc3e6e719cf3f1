"""The multi-level flow-matching generator: decomposition, velocity networks, path and solvers, losses, training."""
