"""What-if in Chromium: layers of the map, assumptions, a planner's own formula. Nothing is generated again."""

from planner_page import DRAWS, Planner

VALUES = "Array.from(document.querySelectorAll('.top-row .num'), n => +n.textContent.replace(',', ''))"


def test_layers_show_how_sure_the_ranking_is(planner: Planner) -> None:
    planner.open("/?utility=mean")
    picks, fills = planner.picks(), planner.fills()
    for layer, title in (
        ("Uncertainty", "Range of Mean"),
        ("P(top-K)", f"Share of {DRAWS} draws"),
        ("Rank interval", "places"),
        ("Expected regret", "K-th best"),
        ("Unlike training", "Tried stations"),
        ("Without imagery", "Change of the mean load"),
    ):
        planner.choose("layer", layer)
        planner.wait(lambda title=title: title in planner.text("#legend"), f"the legend of {layer}")
        planner.wait(lambda fills=fills: planner.fills() != fills, f"the colours of {layer}")
        fills = planner.fills()
        assert planner.picks() == picks, "the ranking stays"
    planner.choose("layer", "Utility")
    planner.wait(lambda: "Mean load" in planner.text("#legend"), "the utility again")


def test_an_assumption_moves_what_stands_on_it(planner: Planner) -> None:
    planner.open("/?utility=revenue")
    planner.wait(lambda: "EUR" in planner.text("#utility-unit"), "the currency")
    first = planner.js(VALUES)
    planner.page.click(".menu.words:has(#formula) summary")
    planner.page.fill("#price", "0.4")
    planner.page.keyboard.press("Tab")
    planner.wait(lambda: planner.js(VALUES) and abs(planner.js(VALUES)[0] / first[0] - 2) < 0.02, "twice the revenue")
    planner.wait(lambda: "price=0.4" in planner.link(), "the link")
    planner.page.fill("#opex", "99999999")
    planner.page.keyboard.press("Escape")
    planner.choose("utility", "Payback")
    planner.wait(lambda: "not ranked" in planner.text(".picks"), "the reason why no site pays")
    assert planner.count(".top-row") == 0


def test_an_own_formula_ranks_and_a_wrong_one_says_why(planner: Planner) -> None:
    planner.open("/?utility=custom&formula=mean+-+2*std&better=high")
    planner.wait(lambda: "Own formula" in planner.text("#legend"), "the formula's legend")
    picks = planner.picks()
    planner.page.click(".menu.words:has(#formula) summary")
    assert planner.page.input_value("#formula") == "mean - 2*std"
    planner.page.fill("#formula", "mean - profit")
    planner.wait(lambda: "'profit', which is no statistic" in planner.text(".menu.words:has(#formula) .terms"), "what is wrong")
    assert planner.picks() == picks, "the map keeps what it shows"
    planner.page.fill("#formula", "mean / std")
    planner.wait(lambda: planner.picks() != picks, "another ranking")
    by_formula = planner.picks()
    planner.page.keyboard.press("Escape")
    planner.choose("utility", "Mean over deviation")
    planner.wait(lambda: "Mean over deviation" in planner.text("#legend"), "the utility of that formula")
    assert planner.picks() == by_formula
    planner.open("/?utility=custom&formula=__import__('os')")  # a forged link: the usual formula stays
    assert planner.count(".top-row") > 0
