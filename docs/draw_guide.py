"""The pictures of the planner in README and guide, taken from the planner itself, with 32 draws.

python -m docs.draw_guide docs/images          (minutes; needs the test tools and Chromium)
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from netspatial_core.settings import REPOSITORY, Settings, get_settings

SIZE = {"width": 1440, "height": 900}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUALITY = 86  # of the JPEGs: legends keep their colours, pictures stay near 250 kB


class Camera:
    """A page of the planner, and where its pictures go."""

    def __init__(self, page: Any, address: str, folder: Path) -> None:
        self.page, self.address, self.folder = page, address, folder

    def open(self, path: str) -> None:
        """Go to an address, and wait for the plan."""
        self.page.goto(self.address + path)
        self.ready()

    def ready(self) -> None:
        """Wait until the plan is on the map, and for the last of its pictures."""
        self.page.wait_for_timeout(1200)
        self.page.wait_for_selector(".app.is-ready", timeout=600_000)
        self.page.wait_for_timeout(2500)

    def take(self, name: str) -> None:
        """A picture of the window."""
        path = self.folder / f"{name}.jpg"
        with Image.open(io.BytesIO(self.page.screenshot())) as picture:
            picture.convert("RGB").save(path, quality=QUALITY, subsampling=0, optimize=True)
        sys.stdout.write(f"{path}\n")


def draw(camera: Camera) -> None:
    """All pictures, one after the other."""
    page = camera.page
    camera.open("/?area=harbour-core&utility=mean")
    camera.take("planner")
    page.click(".menu.words:has(#zone-add) summary")
    page.click("#method label:has-text('Together')")
    page.fill("#zone-cells", "R14C18:R18C22")
    page.click("#zone-add")
    camera.ready()
    camera.take("limits")
    camera.open("/?area=harbour-core&utility=mean")
    page.click("#sc-menu summary")
    for where, what in (("R13C09", "Place a site"), ("R12C12", "Add POIs")):
        page.fill("#sc-where", where)
        page.fill("#sc-count", "12")
        page.click(f"text={what}")
        camera.ready()
    page.fill("#sc-cells", "R02C10:R05C13")
    page.fill("#sc-like", "R20C15")
    page.click("text='Build'")
    camera.ready()
    camera.take("scenario")
    page.click(".scen a[href='/compare']")
    page.wait_for_selector(".cmp-maps .leaflet-container", timeout=60_000)
    page.wait_for_timeout(3000)
    camera.take("compare")
    page.click("#nav-network")
    page.wait_for_selector("#network-map .leaflet-dense-pane path", timeout=60_000)
    page.wait_for_timeout(2500)
    camera.take("network")
    page.evaluate("() => sessionStorage.clear()")  # without the scenario
    camera.open("/?area=harbour-core&utility=mean")
    page.keyboard.press("p")
    page.wait_for_timeout(1500)
    page.evaluate("() => { window.ns.swiped = 45; window.ns.swipe(); }")
    camera.ready()
    camera.take("presentation")


def main() -> None:
    """Serve, look, take."""
    from playwright.sync_api import sync_playwright

    sys.path.insert(0, str(REPOSITORY / "tests" / "browser"))
    from planner_server import serving

    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as cache:
        weights = get_settings().cache_dir.resolve() / "weights"
        (Path(cache) / "weights").symlink_to(weights)
        settings = Settings(cache_dir=Path(cache), draws=32, writer="none")
        with serving(settings) as planner, sync_playwright() as playwright:
            path = shutil.which("chromium") or "/usr/bin/chromium"
            browser = playwright.chromium.launch(executable_path=path, args=ARGS)
            draw(Camera(browser.new_page(viewport=SIZE), planner.address, folder))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
