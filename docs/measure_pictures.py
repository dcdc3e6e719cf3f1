"""What can be counted in a picture, for a city of each style and for Banepa: as a table for docs/synthetic.md.

python -m docs.measure_pictures ../shared/data/banepa/tiles      (minutes: four cities are made and drawn)
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docs.probe_pictures import banepa
from netspatial_core.sources.raster import RESOLUTION
from netspatial_core.synthetic.city import generate
from netspatial_core.synthetic.render import picture

SEED, SIZE_M, SIDE_M = 3, 2400.0, 1200.0
CANNY = (100, 200)
WINDOW = 256
BANDS = ((8.0, 100.0), (2.4, 8.0))  # wavelengths, pixels
LEVELS = 8  # of each colour, for the entropy


def slopes(grey: NDArray[np.float64]) -> list[float]:
    """Slopes of the log power over the log frequency in each band of wavelengths: mean of windows with a Hann taper."""
    taper = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    power = np.zeros((WINDOW, WINDOW))
    for y in range(0, grey.shape[0] - WINDOW + 1, WINDOW):
        for x in range(0, grey.shape[1] - WINDOW + 1, WINDOW):
            window = grey[y : y + WINDOW, x : x + WINDOW]
            power += np.abs(np.fft.fft2((window - window.mean()) * taper)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(WINDOW), np.fft.fftfreq(WINDOW)))
    out = []
    for short, long in BANDS:
        edges = np.geomspace(1 / long, 1 / short, 12)
        ring = np.digitize(frequency, edges)
        kept = [k for k in range(1, len(edges)) if (ring == k).any()]
        at = [np.log(frequency[ring == k].mean()) for k in kept]
        out.append(float(np.polyfit(at, [np.log(power[ring == k].mean()) for k in kept], 1)[0]))
    return out


def entropy(pixels: NDArray[np.uint8]) -> float:
    """Entropy of the colours at ``LEVELS`` levels a band, bits."""
    levels = (pixels.reshape(-1, 3).astype(np.int64) * LEVELS) // 256
    counts = np.bincount(levels @ (LEVELS**2, LEVELS, 1))
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())


def row(name: str, pixels: NDArray[np.uint8]) -> str:
    """A line on one picture [row, column, 3]."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    edges = (cv2.Canny(grey, *CANNY) > 0).mean()
    mean = ", ".join(f"{value:.0f}" for value in pixels.reshape(-1, 3).mean(axis=0))
    coarse, fine = slopes(grey.astype(np.float64))
    return f"| {name} | {mean} | {edges:.3f} | {coarse:.2f}, {fine:.2f} | {entropy(pixels):.2f} |\n"


def main(tiles: Path) -> None:
    """A row for Banepa and one for each style."""
    head = "| | mean red, green, blue | edge density | spectrum slopes | colour entropy, bits |\n|---|---|---|---|---|\n"
    sys.stdout.write(head + row("Banepa", np.ascontiguousarray(np.moveaxis(banepa(tiles).pixels, 0, 2))))
    low = (SIZE_M - SIDE_M) / 2
    for style in ("harbour", "inland", "metropolis", "radial"):
        city = generate(SEED, style, SIZE_M)
        sys.stdout.write(row(f"`{style}`", picture(city, (low, low, low + SIDE_M, low + SIDE_M), gsd=RESOLUTION)))
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
