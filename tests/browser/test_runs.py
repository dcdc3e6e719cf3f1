"""Runs in the browser: progress, cells that colour in, cancelling, and a slow line."""

from planner_page import DRAWS, Planner


def ask_for(planner: Planner, draws: int, seed: int) -> None:
    """Type draws and seed, and wait until the page has taken them."""
    planner.page.fill("#draws", str(draws))
    planner.page.fill("#seed", str(seed))
    planner.page.keyboard.press("Tab")
    draws_said = "" if draws == DRAWS else f"draws={draws}"
    planner.wait(lambda: draws_said in planner.link() and f"seed={seed}" in planner.link(), "the settings in the link")


def test_a_run_shows_its_progress_colours_in_and_can_be_cancelled(planner: Planner) -> None:
    # the area with the most cells and as many draws as there may be: the run must outlast a starved browser
    planner.open("/?area=harbour-east")
    ask_for(planner, 256, 11)
    services = planner.server.services
    runs, key = services.jobs[0], services.plans.key(services.plans.request("harbour-east", 256, 11))
    assert runs.get(key) is None
    planner.page.dblclick("#run")
    planner.wait(lambda: "is-running" in planner.classes("#app"), "the run")
    planner.wait(lambda: "of 256 draws" in planner.text("#plan-note"), "the first draws")
    planner.wait(lambda: planner.coloured() > 0, "cells that colour in")
    assert 0 < int(planner.text("#run-share").removesuffix(" %")) < 100
    assert runs.open() == 1, "a double click is one run"
    assert planner.text("#kind") == "Synthetic data"
    middle = "(r => document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2))({}.getBoundingClientRect())"
    assert planner.js(middle.format("document.querySelector('#kind')") + ".closest('#kind') !== null"), "the badge is covered"
    job = runs.get(key)
    planner.page.click("#cancel")
    planner.wait(lambda: "is-empty" in planner.classes("#app"), "the end of the run")
    planner.wait(lambda: planner.coloured() == 0, "nothing half-done on the map")
    assert (job.state, runs.open()) == ("cancelled", 0)
    assert runs.get(key) is job
    assert planner.count("#notice .notice") == 0


def test_over_a_slow_line_a_run_is_followed_to_its_end(planner: Planner) -> None:
    planner.open()
    ask_for(planner, DRAWS, 12)
    line = planner.page.context.new_cdp_session(planner.page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 800, "downloadThroughput": -1, "uploadThroughput": -1}  # ms; the page polls every 500
    line.send("Network.emulateNetworkConditions", slow)
    planner.page.click("#run")
    planner.wait(lambda: "is-ready" not in planner.classes("#app"), "the run")
    planner.wait(lambda: "is-ready" in planner.classes("#app") and planner.coloured() > 0, "its end")
    assert planner.text("#plan-note") == f"{DRAWS} draws"
