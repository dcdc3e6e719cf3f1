"""Frozen encoders: weights, imagery, texts and plain numbers, turned into the features of a point."""
