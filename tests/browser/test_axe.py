"""Every page, and every panel that opens on it, held against WCAG by axe-core: no serious and no critical violation."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from planner_page import Planner

SERIOUS = {"serious", "critical"}
PANELS = {
    "assumptions": ".menu.words:has(#formula) summary",
    "limits": ".menu.words:has(#zone-add) summary",
    "scenarios": "#sc-menu summary",
    "export": "summary[aria-label=Export]",
}


def violations(planner: Planner) -> list[str]:
    """What axe finds, as rule and place."""
    planner.page.wait_for_timeout(400)
    found = Axe().run(planner.page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:90]}" for one in found if one["impact"] in SERIOUS for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("tab", ["Traffic", "Drivers", "Decomposition"])
def test_the_plan_page(planner: Planner, theme: str, tab: str) -> None:
    planner.open(f"/?area=harbour-core&theme={theme}")
    planner.page.click(f".tabs label:has-text('{tab}')")
    assert violations(planner) == []


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_open_panel(planner: Planner, theme: str, panel: str) -> None:
    planner.open(f"/?area=harbour-core&theme={theme}")
    if panel == "scenarios":
        planner.page.click(PANELS[panel])
        planner.page.click("text=Place a site")
        planner.wait(lambda: planner.count(".scen .zone") > 0, "a change")
    else:
        planner.page.click(PANELS[panel])
    assert violations(planner) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("page", ["compare", "network", "models"])
def test_the_other_pages(planner: Planner, theme: str, page: str) -> None:
    planner.open(f"/?area=harbour-core&theme={theme}")
    planner.page.click(f"#nav-{page}")
    planner.wait(lambda: planner.count(f".page-{page} .card") > 0, "the page's content")
    assert violations(planner) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_comparison(planner: Planner, theme: str) -> None:
    planner.open(f"/?area=harbour-core&theme={theme}")
    planner.page.click("#sc-menu summary")
    planner.page.click("text=Place a site")
    planner.wait(lambda: planner.count(".sup-site") == 1, "the site")
    planner.page.click("#nav-compare")
    planner.wait(lambda: planner.count(".cmp-cells .ag-row") > 0, "the tables")
    assert violations(planner) == []


def test_the_columns_and_the_presentation(planner: Planner) -> None:
    planner.open("/?area=harbour-core&view=3D")
    planner.wait(lambda: planner.chart("g3d", "data.length"), "the columns")
    assert violations(planner) == []
    planner.page.keyboard.press("p")
    planner.wait(lambda: planner.js("document.documentElement.classList.contains('present')"), "the presentation")
    assert violations(planner) == []
