"""Pure figures: numbers in, a plotly figure out. No callback, no file, no global state."""
