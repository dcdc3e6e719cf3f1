"""The picture of a city as a cloud-optimised GeoTIFF, put together from pieces."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netspatial_core.errors import InputError
from netspatial_core.sources.scene import INVENTED
from netspatial_core.synthetic.city import VERSION, Outline

KEPT = {"compress": "JPEG", "quality": 82}
SMALL = {"compress": "WEBP", "quality": 60}  # the embedded areas' take under three fifths of the bytes
ATTRIBUTION = INVENTED
Put = Callable[[int, int, NDArray[np.uint8]], None]


@contextmanager
def cog(city: Outline, out: Path, pixels: int, gsd: float, *, small: bool = False) -> Iterator[Put]:
    """A function that takes pieces of the picture (first column, first row, [row, column, 3]); the file is there afterwards.

    Args:
        city: Says where it lies.
        out: File to write: in 256 px blocks with overviews.
        pixels: Side of the whole picture.
        gsd: Metres per pixel, from the city's north-west corner.
        small: Whether fewer bytes (WebP) matter more than fidelity (JPEG).

    Raises:
        InputError: The file cannot be written.
    """
    import rasterio
    from rasterio.shutil import copy
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    profile = {"driver": "GTiff", "width": pixels, "height": pixels, "count": 3, "dtype": "uint8", "crs": f"EPSG:{city.epsg}"}
    options = {**(SMALL if small else KEPT), "blocksize": 256, "overview_resampling": "AVERAGE"}
    with ExitStack() as stack:
        with told(out):
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.stem}-"))
            whole = Path(folder) / "whole.tif"
            place = from_origin(city.west, city.north, gsd, gsd)
            target = stack.enter_context(rasterio.open(whole, "w", **profile, transform=place, photometric="RGB", tiled=True))

        def put(column: int, row: int, piece: NDArray[np.uint8]) -> None:
            height, width, _ = piece.shape
            with told(out):
                target.write(np.moveaxis(piece, 2, 0), window=Window(column, row, width, height))

        yield put
        with told(out):
            target.update_tags(attribution=ATTRIBUTION, source=f"synthetic city {city.name}, version {VERSION}")
            target.close()
            copy(whole, out, driver="COG", **options)


@contextmanager
def told(out: Path) -> Iterator[None]:
    """Whatever goes wrong in writing is a fault of the file; what goes wrong in drawing is not.

    Raises:
        InputError: The file cannot be written.
    """
    from rasterio.errors import RasterioError

    try:
        yield
    except (RasterioError, OSError) as error:
        raise InputError(f"{out} cannot be written.", "Choose another folder or make room.") from error
