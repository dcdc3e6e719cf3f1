"""The words a rationale may use. A word outside this list is a claim nobody has checked, and its sentence is refused.

Words that carry a claim (high, near, evening, picked, food ...) are checked against the facts in ``claims``; these lists only
say that they are known. Numbers, times and cell ids are checked in ``numbers`` and ``mentions``.
"""

import re

_FUNCTION = """
a an the this that these those it its itself they them their there here where which who what when while whereas than then so
such as at by for from in into of off on onto out over to up with within without and or but nor not no none neither either yet
also both each every all any some other another same own only just very more most less least fewer much many about around
roughly approximately nearly almost is are was be been being has have having had do does did can could would will may might
should if because although though however still between among amongst per via under above below across after before during until
since through throughout against along plus minus i we you our one's
"""
_DOMAIN = """
cell cells site sites place places location locations area areas candidate candidates pick picks choice choices option grid
ground spot station stations existing mast base new known unknown given asked counted listed traffic load loads demand data
volume carried carry carries carrying served serve serves serving see sees seen bring brings generated generate model draw draws
simulation simulated estimate estimated expected expect expects forecast range ranges band interval spread figure figures value
values number numbers count counts total totals sum share amount rate mean average averages averaged averaging typical typically
usual usually median peak peaks peaking maximum busiest busy busy-hour hour hours hourly day days daily daytime week weeks
weekly weekday weekdays weekend weekends saturday sunday month monthly time times gb gigabyte gigabytes gb/h h/gb m km metre
metres meter meters kilometre kilometres kilometer kilometers percent h index stability lsi deviation std standard utility score
scores scored scoring objective ratio rank ranks ranked ranking rankings position positions placed puts put puts stand stands
standing order list poi pois point points interest interests kind kinds category categories mix nearby surroundings surrounding
neighbourhood vicinity largest common numerous group groups led lead leads leading followed follow follows distance distances
away off apart lies lie lying located found find finds floor spacing k constraint constraints reason reasons draws probability
chance odds compared relative respectively together overall again namely including includes include counting remains remain
reaches reach reaching stays stay comes come coming falls fall rises rise makes make means stands built build building nothing
left missing imagery service failed flag flags not city synthetic radius metre-wide considered compete competes competing
compared account accounts shows show showing amounts amount gets get keeps keep meets meet meeting holds hold sits sit ranks
gives give giving takes take has
"""
_CLAIM = """
high higher highest low lower lowest heavy heavier light lighter quiet quieter quietest busier larger strong stronger weak
weaker moderate medium stable steady steadier predictable consistent regular volatile variable unstable erratic irregular
fluctuating likely unlikely probable certain uncertain doubtful near nearer nearest close closer closest far farther further
farthest distant remote adjacent best top first worst last bottom second third fourth fifth sixth seventh eighth ninth tenth
like alike same similar equal equally differ differs different
picked chosen selected recommended rejected unpicked excluded infeasible feasible unfeasible allowed ranked unranked beyond more
less fewer greater smaller bigger drop drops dropping grow grows growing increase increases increased decrease decreases
decreased morning mornings noon midday afternoon afternoons evening evenings night nights nightly midnight overnight late early
mostly mainly dominated predominantly chiefly half twice double water park forest field open pending constant zero finite zero
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety
"""
# General words for each category of POIs; narrower ones (school, pizza) would claim more than the category says.
CATEGORY_WORDS = {
    "Food": "food eating dining gastronomy",
    "Shops": "shop shops shopping retail",
    "Offices": "office offices",
    "Education": "education educational",
    "Health": "health healthcare medical",
    "Leisure": "leisure recreation recreational",
    "Lodging": "lodging accommodation",
    "Transport": "transport transportation transit",
    "Industry": "industry industrial",
    "Worship": "worship religious",
    "Services": "services",
    "Other": "",
}
CATEGORY_OF = {word: name for name, words in CATEGORY_WORDS.items() for word in words.split()}

WORDS = frozenset(" ".join([_FUNCTION, _DOMAIN, _CLAIM, *CATEGORY_WORDS.values()]).split())

_WORD = re.compile(r"[^\W\d_]+(?:[-'’/][^\W\d_]+)*")


def unknown_words(sentence: str) -> list[str]:
    """Words of a sentence that are not in the lists, in order, each once."""
    found = []
    for match in _WORD.finditer(sentence):
        word = match.group().lower().replace("’", "'")
        parts = [word] if word in WORDS else re.split("[-/]", word.removesuffix("'s"))
        if not all(part in WORDS for part in parts) and word not in found:
            found.append(word)
    return found
