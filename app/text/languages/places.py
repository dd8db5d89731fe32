"""Towns whose names are words of some language, with their names in Chinese: "Essen" is food, too."""

from __future__ import annotations

TOWNS = {
    # Germany, Austria, Switzerland
    "Essen": "埃森",
    "Halle": "哈勒",
    "Hagen": "哈根",
    "Hof": "霍夫",
    "Singen": "辛根",
    "Worms": "沃尔姆斯",
    "Hamm": "哈姆",
    "Leer": "莱尔",
    "Aalen": "阿伦",
    "Baden-Baden": "巴登-巴登",
    "Gera": "格拉",
    "Plauen": "普劳恩",
    "Wesel": "韦瑟尔",
    "Kiel": "基尔",
    "Wels": "韦尔斯",
    "Chur": "库尔",
    "Baden": "巴登",
    "Herne": "黑尔讷",
    "Gießen": "吉森",
    # France
    "Tours": "图尔",
    "Nancy": "南锡",
    "Lens": "朗斯",
    "Brest": "布雷斯特",
    "Sens": "桑斯",
    "Angers": "昂热",
    "Nice": "尼斯",
    "Pau": "波城",
    "Laval": "拉瓦勒",
    "Orange": "奥朗日",
    "Cannes": "戛纳",
    "Lille": "里尔",
    # Great Britain, Ireland and America
    "Reading": "雷丁",
    "Bath": "巴斯",
    "Hull": "赫尔",
    "Cork": "科克",
    "Rugby": "拉格比",
    "Wells": "韦尔斯",
    "Rye": "拉伊",
    "Phoenix": "菲尼克斯",
    "Buffalo": "布法罗",
    "Boulder": "博尔德",
    "Mobile": "莫比尔",
    "Deal": "迪尔",
    "Derby": "德比",
}
OTHER_NAMES = {"de": {"Nice": "Nizza"}, "en": {"Gießen": "Giessen"}, "fr": {"Gießen": "Giessen"}}


def towns(language: str) -> dict[str, str]:
    """The name of each town in a language."""
    if language == "zh":
        return TOWNS
    return {name: OTHER_NAMES.get(language, {}).get(name, name) for name in TOWNS}
