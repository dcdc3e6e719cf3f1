"""Names and addresses in the language of a style: invented words, never a real town's."""

from collections.abc import Sequence

from netspatial_core.synthetic.geometry import Rng
from netspatial_core.synthetic.style import Style

# Auspicious characters that streets and shops are often named with, and how they are spelled.
CHARACTERS = (
    ("锦", "jin"), ("云", "yun"), ("翠", "cui"), ("澜", "lan"), ("栖", "qi"), ("枫", "feng"), ("桐", "tong"), ("溪", "xi"),
    ("岚", "lan"), ("朗", "lang"), ("汀", "ting"), ("麓", "lu"), ("瑞", "rui"), ("和", "he"), ("明", "ming"), ("文", "wen"),
    ("华", "hua"), ("霖", "lin"), ("禾", "he"), ("墨", "mo"), ("祥", "xiang"), ("雅", "ya"), ("松", "song"), ("棠", "tang"),
)  # fmt: skip
CHINESE_STREETS = {
    "arterial": (("大道", "Avenue"), ("路", "Road")),
    "avenue": (("路", "Road"), ("东路", "East Road"), ("北路", "North Road"), ("西路", "West Road")),
    "street": (("街", "Street"), ("路", "Road")),
    "alley": (("巷", "Lane"), ("里", "Alley")),
    "track": (("路", "Road"),),
}
CHINESE = {
    "restaurant": "{}饭店", "cafe": "{}咖啡", "hairdresser": "{}美发", "bakery": "{}面包房",
    "pharmacy": "{}大药房", "convenience": "{}便利店",
    "clothes": "{}服饰", "bank": "{}银行", "dentist": "{}口腔", "supermarket": "{}超市", "lawyer": "{}律师事务所",
    "place_of_worship": "{}寺", "kindergarten": "{}幼儿园", "post_office": "{}邮政所",
    "shoes": "{}鞋店", "electronics": "{}电器",
    "furniture": "{}家居", "fast_food": "{}小吃", "bar": "{}酒吧", "pub": "{}酒馆", "nightclub": "{}夜总会", "cinema": "{}影城",
    "theatre": "{}剧院", "museum": "{}博物馆", "company": "{}有限公司", "government": "{}街道办事处", "it": "{}科技",
    "clinic": "{}诊所",
    "hotel": "{}酒店",
    "doctors": "{}卫生站", "fuel": "{}加油站", "works": "{}厂", "car_repair": "{}汽修", "logistics": "{}物流",
    "warehouse": "{}仓库", "university": "{}学院", "library": "{}图书馆",
    "research": "{}研究所", "school": "{}学校", "farm": "{}农庄",
    "mall": "{}广场", "hospital": "{}医院", "station": "{}站", "subway_entrance": "{}地铁站", "bus_stop": "{}公交站",
    "park": "{}公园",
    "pitch": "{}球场", "greengrocer": "{}果蔬", "laundry": "{}洗衣店", "estate_agent": "{}房产", "tea": "{}茶庄",
}  # fmt: skip
GERMAN = {
    "restaurant": "Gasthaus {}", "cafe": "Café {}", "hairdresser": "Salon {}", "bakery": "Bäckerei {}", "pharmacy": "{}-Apotheke",
    "convenience": "{} Markt", "clothes": "Mode {}", "bank": "Bank {}", "dentist": "Zahnarzt {}", "supermarket": "{} Kauf",
    "lawyer": "Kanzlei {}", "place_of_worship": "St. {}", "kindergarten": "Kindergarten {}", "post_office": "Post {}",
    "shoes": "Schuhhaus {}", "electronics": "{} Elektro", "furniture": "Möbel {}", "fast_food": "Imbiss {}", "bar": "Bar {}",
    "pub": "Zum {}", "nightclub": "Club {}", "cinema": "Kino {}", "theatre": "{} Theater", "museum": "Museum {}",
    "company": "{} GmbH", "government": "Amt {}", "it": "{} Systeme", "clinic": "Praxis {}", "hotel": "Hotel {}",
    "doctors": "Dr. {}", "fuel": "Tankstelle {}", "works": "{} Werke", "car_repair": "Werkstatt {}", "logistics": "{} Spedition",
    "warehouse": "Lager {}", "university": "Institut {}", "library": "Bücherei {}", "research": "Forschung {}",
    "school": "{}schule", "farm": "{}hof", "mall": "{} Passage", "hospital": "Klinikum {}", "station": "{} Hauptbahnhof",
    "subway_entrance": "U {}", "bus_stop": "{}", "park": "{}park", "pitch": "Sportplatz {}", "greengrocer": "Obst {}",
    "laundry": "Reinigung {}", "estate_agent": "Immobilien {}", "tea": "Teehaus {}",
}  # fmt: skip
GERMAN_STREETS = {
    "boulevard": ("{}ring",), "primary": ("{}allee", "{}er Landstraße"), "secondary": ("{}straße",),
    "lane": ("{}gasse", "Am {}", "{}markt"),
    "street": ("{}straße", "{}weg", "{}straße", "{}platz"), "alley": ("{}gang", "{}gasse"), "track": ("{}er Weg",),
}  # fmt: skip


def invent(words: Sequence[str], rng: Rng) -> str:
    """A name of two or three syllables."""
    return "".join(words[k] for k in rng.integers(len(words), size=rng.integers(2, 4))).capitalize()


def place_name(style: Style, value: str, pattern: str, rng: Rng) -> dict[str, str]:
    """``name`` of a place with an OSM value, and ``name:en`` where its script is not Latin.

    Args:
        style: Gives language and syllables.
        value: OSM value: what kind of place it is.
        pattern: How it is named in English.
        rng: Chooses the words.
    """
    if style.language == "chinese":
        local, spelled = _pair(rng)
        return {"name": CHINESE[value].format(local), "name:en": pattern.format(spelled)}
    word = invent(style.words, rng)
    return {"name": (GERMAN[value] if style.language == "german" else pattern).format(word)}


def street_name(style: Style, kind: str, rng: Rng) -> dict[str, str]:
    """``addr:street`` of a road of a class, and ``addr:street:en`` where its script is not Latin."""
    if style.language == "chinese":
        local, spelled = _pair(rng)
        endings = CHINESE_STREETS[kind]
        ending, english = endings[rng.integers(len(endings))]
        return {"addr:street": local + ending, "addr:street:en": f"{spelled} {english}"}
    patterns = GERMAN_STREETS[kind] if style.language == "german" else style.streets
    return {"addr:street": patterns[rng.integers(len(patterns))].format(invent(style.words, rng))}


def _pair(rng: Rng) -> tuple[str, str]:
    """Two characters and their spelling."""
    first, second = (CHARACTERS[k] for k in rng.choice(len(CHARACTERS), 2, replace=False))
    return first[0] + second[0], (first[1] + second[1]).capitalize()
