"""Chinese. Models of `zh` read and write Simplified characters."""

from __future__ import annotations

import re

from app.text.chinese import simplified, traditional
from app.text.languages.chinese_names import NAMES_BY_SOUND, SURNAMES
from app.text.languages.chinese_numbers import CHARACTERS, MARKS, hints, magnitudes, numbers_in_words, with_magnitude
from app.text.languages.profile import (
    BE,
    DECADE,
    IN,
    ON,
    YEAR,
    Dates,
    Decades,
    Fractions,
    NumberedParts,
    Numbers,
    Ordinals,
    Profile,
    Times,
)
from app.text.languages.units import Unit, Units

NUMERAL = "[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九]"  # up to 59
NUMERALS = "一二三四五六七八九十"
DIGITS = {digit: place for place, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2}
MONTH_NUMBER = re.compile(r"\d+(?=月)")

MANY = re.compile("^( ?(?![我你您他她它咱])[\u4e00-\u9fff]{1,3}?)们")

MONTH = rf"(?<![\d零〇一二三四五六七八九十])(?:{YEAR}年)?(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
MONTH_DAY = rf"(?P<day>3[01]|[12]\d|0?[1-9]|{NUMERAL})"
FIRST_DAY = MONTH_DAY.replace("day", "first")
AT = "(?P<at>(?<![从從到至是为為约約近])(?<![现現]在)|(?<![现現])在)?"
HALF_OF_DAY = "(?:(?P<am>凌晨|清晨|早上|早晨|上午)|(?P<noon>中午)|(?P<pm>下午|傍晚|晚上))"
HOUR = rf"(?P<hour>1\d|2[0-4]|\d|{NUMERAL}|[两兩])[点點]"
HALF_OR_MINUTE = rf"(?:(?P<half>半)|(?P<quarter>[一三]刻)|(?P<minute>[0-5]?\d|{NUMERAL})分)"
ORDINAL = (
    # Models read the small numerals.
    "(?:(?P<th>第)|(?<![\\d.,一二三四五六七八九十百千万萬]))(?P<number>\\d{1,6}|(?:十[三四五六七八九]|[二三四五六七八九]十[一二三四五六七八九]?))"
    # Chapters and pages are numbered otherwise elsewhere, and centuries go without 第.
    "(?(th)(?![\\d.,十百千万萬章页頁节節条條款课課卷冊册集期号號回])[个個]?|(?=世[纪紀]|[周週]年|[届屆]))"
)
PARTS = {"章": "chapter", "节": "section", "页": "page", "条": "article", "卷": "volume", "课": "lesson"}
PARTS |= {"单元": "unit", "部分": "part"} | {
    "節": "section",
    "頁": "page",
    "條": "article",
    "課": "lesson",
    "單元": "unit",
}
PARTS_OF_DAY = [(5, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")]  # each with the hour it ends


def numeral_value(text: str) -> int:
    """The value of digits, or of Chinese numerals up to 59; 0 for an empty text."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * DIGITS.get(tens, 1) if ten else 0) + DIGITS.get(ones, 0)


def without_months(text: str) -> str:
    """A text without the numbers of months, which have names elsewhere."""
    return MONTH_NUMBER.sub("", text)


def written_date(month: int, day: int, year: int) -> str:
    """`2024年3月12日`"""
    return (f"{year}年" if year else "") + f"{month}月" + (f"{day}日" if day else "")


def written_range(month: int, first: int, day: int, year: int, in_words: bool) -> str:
    """`2024年5月5日至7日`"""
    return f"{written_date(month, first, year)}至{day}日"


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`下午3点`, `下午3点5分`"""
    name = next(name for end, name in PARTS_OF_DAY if hour < end)
    return f"{name}{(hour % 12 or 12) if hour else 0}点" + (f"{minute}分" if minute else "")


def time_in_words(hour: int, minute: int) -> str:
    """`两点半`, `两点一刻`, `两点十分`, `两点`"""
    words = {0: "", 5: "零五分", 10: "十分", 15: "一刻", 20: "二十分", 25: "二十五分", 30: "半"}
    words |= {35: "三十五分", 40: "四十分", 45: "三刻", 50: "五十分", 55: "五十五分"}
    hours = ["一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    return f"{hours[hour - 1]}点{words[minute]}" if minute in words else ""


def linked(replacement: str, following: str) -> str:
    """No unit of a time twice, and no plural behind a number: 200万人, 两点半."""
    if replacement[-1] in "半刻":
        return following.lstrip("点分")
    return MANY.sub(r"\1", following) if replacement[-1] in "万亿" else following


UNITS = Units(
    {
        "km/h": Unit("公里每小时|千米每小时", "公里每小时", "公里每小时"),
        "mph": Unit("英里每小时", "英里每小时", "英里每小时"),
        "km": Unit("公里|千米", "公里", "公里"),
        "cm": Unit("厘米|公分", "厘米", "厘米"),
        "mm": Unit("毫米", "毫米", "毫米"),
        "m": Unit("米(?![饭粉线色])", "米", "米"),
        "mi": Unit("英里", "英里", "英里"),
        "ft": Unit("英尺", "英尺", "英尺"),
        "in": Unit("英寸", "英寸", "英寸"),
        "kg": Unit("公斤|千克", "公斤", "公斤"),
        "g": Unit("克(?!拉)", "克", "克"),
        "t": Unit("吨|噸"),
        "oz": Unit("盎司", "盎司", "盎司"),
        "l": Unit("公?升(?![级高起温至到])", "升", "升"),
        "°C": Unit("摄氏度|攝氏度", "摄氏度", "摄氏度"),
        "°F": Unit("华氏度|華氏度", "华氏度", "华氏度"),
        "degree": Unit("度"),
        "$": Unit("美元|美金", "美元", "美元"),
        "€": Unit("欧元|歐元", "欧元", "欧元"),
        "£": Unit("英镑|英鎊", "英镑", "英镑"),
        "lb": Unit("磅"),
        "yuan": Unit("元(?![素旦月])|人民币|人民幣|块钱|塊錢|[块塊](?![\u4e00-\u9fff])", "元", "元"),
        "yen": Unit("日元|日圆|日圓", "日元", "日元"),
        "CHF": Unit("瑞士法郎|瑞郎", "瑞士法郎", "瑞士法郎"),
        "cent": Unit("美分|欧分|分钱"),
        "times": Unit("次|倍"),
        "second": Unit("秒"),
        "minute": Unit("分钟|分鐘"),
        "hour": Unit("个?小时|個?小時|个?钟头"),
        "day": Unit("天"),
        "week": Unit("周|个?星期|個?星期|个礼拜"),
        "month": Unit("个月|個月"),
        "year": Unit("年"),
    },
    gap="",
    sign_first=True,
    spells=True,
    spaced=False,
    decimals_behind=r"(?<=米)\d\d?(?![\d.]|(?![的高长長宽寬深左])[\u4e00-\u9fff])",  # 1米75
)

PROFILE = Profile(
    code="zh",
    spaced=False,
    letters="\u3400-\u9fff",
    joints=("和", "或", "以及", "与", "及", "还有"),
    quotes=("“", "”"),
    inner_quotes=("‘", "’"),
    title_words={
        "mr": ("先生", "先生"),
        "mrs": ("女士|太太|夫人|小姐", "女士"),
        "dr": ("博士|医生|醫生|大夫", "博士"),
        "prof": ("教授", "教授"),
    },
    names_by_sound=NAMES_BY_SOUND,
    surnames=SURNAMES,
    wide_marks=dict(zip(",.!?;:()", "，。！？；：（）", strict=True)),
    date_units="年月日点分",
    name_margin=0.2,  # it writes names in its own characters
    numeral_value=numeral_value,
    without_names=without_months,
    before_model={"zh": simplified, "zh-Hans": simplified},
    after_model={("zh", "zh-Hant"): traditional},
    scripts={"zh-Hans": simplified, "zh-Hant": traditional},
    function_characters="的了是在我你他她不这這个個有和就都要会會也很吗嗎吧呢说說去来來能没沒对對把被让讓给給从從为為与與或但可以什么麼请請将將",
    emoji_names="zh",
    short_names=[
        *((f"[周週]{day}", f"周{day}") for day in "一二三四五六日"),
        *((f"{month}月", f"{month}月") for month in range(1, 13)),
    ],
    full_names=[
        *(f"星期{day}" for day in "一二三四五六日"),
        *(f"{month}月" for month in (*"一二三四五六七八九十", "十一", "十二")),
    ],
    short_forms={
        "tsp": ("(?!)", "茶匙"),
        "tbsp": ("(?!)", "汤匙"),
        "figure": ("(?!)", "图"),
        "eg": ("(?!)", "例如"),
        "ie": ("(?!)", "即"),
        "etc": ("(?!)", "等"),
        "cf": ("(?!)", "参见"),
        "approx": ("(?!)", "约"),
        "incl": ("(?!)", "含"),
        "or": ("(?!)", "或"),
        "at_least": ("(?!)", "至少"),
        "at_most": ("(?!)", "最多"),
        "if_necessary": ("(?!)", "如有必要"),
        "possibly": ("(?!)", "可能"),
        "as_a_rule": ("(?!)", "通常"),
        "or_similar": ("(?!)", "等"),
        "currently": ("(?!)", "目前"),
        "plus": ("(?!)", "另加"),
        "see_above": ("(?!)", "见上文"),
        "see_below": ("(?!)", "见下文"),
        "also_known_as": ("(?!)", "又名"),
        "with": ("(?!)", "带"),
        "without": ("(?!)", "不带"),
        "appointment": ("(?!)", "预约"),
        "please": ("(?!)", "请"),
        "telephone": ("(?!)", "电话"),
    },
    numbered_parts=NumberedParts(
        pattern=rf"第(?P<number>\d{{1,4}}|{NUMERAL})(?P<part>{'|'.join(PARTS)})",
        parts=PARTS,
        forms={name: f"第{{}}{simplified(word)}" for word, name in PARTS.items()},
    ),
    negations="(?<![要差对對好])不(?![错錯过過但仅僅同断斷少久管论論])|(?<!有)没有|(?<!有)沒有|从不|從不|从未|從未|并非|並非|毫不|毫无|毫無",
    negation_hints="[不没沒别別无無未非莫否勿只除失缺反厌厭恶惡嫌]",
    dates=Dates(
        patterns=[
            rf"(?P<from>[从從自在于於]?){MONTH}{FIRST_DAY}[日号號]?[-–—~～至到]{MONTH_DAY}[日号號]",
            rf"(?P<from>[从從自])?{MONTH}{MONTH_DAY}[日号號]",
            rf"{MONTH}(?![\d亮])份?",
        ],
        written=written_date,
        before={ON: "", IN: "", BE: ""},
        range_written=written_range,
        joint="[至到]",
        between=("", "至"),
    ),
    # An hour alone may be a point of a list.
    times=Times(
        patterns=[
            rf"{AT}{HALF_OF_DAY}{HOUR}(?:{HALF_OR_MINUTE}|[钟鐘整])?",
            rf"{AT}(?<![\d十.:：]){HOUR}{HALF_OR_MINUTE}",
        ],
        written=written_time,
        in_words=time_in_words,
        at="",
        it_is="现在是",
        twelve_pm=0,  # 晚上12点
        half_in_a_word=True,
    ),
    numbers=Numbers(
        marks=MARKS,
        magnitudes=magnitudes,
        with_magnitude=with_magnitude,
        in_words=numbers_in_words,
        hints=hints,
        more_than="超过",
        units=UNITS,
    ),
    ordinals=Ordinals(pattern=ORDINAL, written=lambda value: f"第{value}"),
    fractions=Fractions(
        pattern=rf"(?<![\d.,{CHARACTERS}])(?P<whole>[三四五六七八九十]|[3-9]|10)分之(?P<part>[一两二三四五六七八九]|[1-9])(?![\d.,{CHARACTERS}])(?P<of>的)?",
        with_half=rf"(?<![\d.,{CHARACTERS}])(?P<part>[一两兩二三四五六七八九十])[个個](?=半(?:小[时時]|月|星期|[礼禮]拜|[钟鐘][头頭]))半",
        half_behind=rf"(?<![\d.,{CHARACTERS}])(?P<part>{NUMERAL}|[两兩])(?P<unit>[天年])半",
        percent=rf"百分之(?P<part>\d{{1,3}}(?:\.\d{{1,4}})?|[{CHARACTERS}]{{1,5}})(?![\d{CHARACTERS}点點])",
        wholes={numeral: value for value, digit in enumerate(NUMERALS, 1) for numeral in (digit, str(value))},
        written=lambda part, whole: f"{NUMERALS[whole - 1]}分之{NUMERALS[part - 1]}",
        of="的",
    ),
    decades=Decades(
        # Before a comma a decade says when, without a word for it.
        pattern=rf"(?P<in>[在于於]|(?<![^。，,；])(?=[\d世纪紀]{{2,6}}年代[^，,。]{{0,9}}[，,]))?(?<![\d.,])"
        rf"(?:(?P<century>1[2-9]|2[01])世[纪紀])?(?P<decade>{DECADE}|\d0)年代",
        written=lambda decade, is_in: ("在" if is_in else "") + f"{decade}年代",
    ),
    linked=linked,
    sample_sentence="一个男人站在梯子上。",
    sample_opinion="我很喜欢这个手机",
)
