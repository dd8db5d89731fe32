"""Chinese. Models of `zh` read and write Simplified characters."""

from __future__ import annotations

import re

from app.text.chinese import simplified, traditional
from app.text.languages.chinese_numbers import MARKS, magnitudes, with_magnitude
from app.text.languages.profile import BE, IN, ON, YEAR, Dates, Numbers, Profile, Times

NUMERAL = "[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九]"  # up to 59
DIGITS = {digit: place for place, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2}
HALF_PAST = re.compile("(?<=[点點])半")
MONTH_NUMBER = re.compile(r"\d+(?=月)")

MANY = re.compile("^( ?(?![我你您他她它咱])[\u4e00-\u9fff]{1,3}?)们")

MONTH = rf"(?<![\d零〇一二三四五六七八九十])(?:{YEAR}年)?(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
AT = "(?P<at>(?<![从從到至是为為约約近])(?<![现現]在)|(?<![现現])在)?"
HALF_OF_DAY = "(?:(?P<am>凌晨|清晨|早上|早晨|上午)|(?P<noon>中午)|(?P<pm>下午|傍晚|晚上))"
HOUR = rf"(?P<hour>1\d|2[0-4]|\d|{NUMERAL}|[两兩])[点點]"
HALF_OR_MINUTE = rf"(?:(?P<half>半)|(?P<quarter>[一三]刻)|(?P<minute>[0-5]?\d|{NUMERAL})分)"
PARTS_OF_DAY = [(5, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")]  # each with the hour it ends


def numeral_value(text: str) -> int:
    """The value of digits, or of Chinese numerals up to 59; 0 for an empty text."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * DIGITS.get(tens, 1) if ten else 0) + DIGITS.get(ones, 0)


def as_digits(text: str) -> str:
    """Half past as 30, and no numbers of months, which have names elsewhere."""
    return MONTH_NUMBER.sub("", HALF_PAST.sub("30", text))


def written_date(month: int, day: int, year: int) -> str:
    """`2024年3月12日`"""
    return (f"{year}年" if year else "") + f"{month}月" + (f"{day}日" if day else "")


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`下午3点`, `下午3点5分`"""
    name = next(name for end, name in PARTS_OF_DAY if hour < end)
    return f"{name}{(hour % 12 or 12) if hour else 0}点" + (f"{minute}分" if minute else "")


def time_in_words(hour: int, minute: int) -> str:
    """`两点半`, `两点一刻`, `两点十分`"""
    words = {5: "零五分", 10: "十分", 15: "一刻", 20: "二十分", 25: "二十五分", 30: "半"}
    words |= {35: "三十五分", 40: "四十分", 45: "三刻", 50: "五十分", 55: "五十五分"}
    hours = ["一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    return f"{hours[hour - 1]}点{words[minute]}" if minute in words else ""


def linked(replacement: str, following: str) -> str:
    """No unit of a time twice, and no plural behind a number: 200万人, 两点半."""
    if replacement[-1] in "半刻":
        return following.lstrip("点分")
    return MANY.sub(r"\1", following) if replacement[-1] in "万亿" else following


PROFILE = Profile(
    code="zh",
    spaced=False,
    wide_marks=dict(zip(",.!?;:()", "，。！？；：（）", strict=True)),
    date_units="年月日点分",
    name_margin=0.2,  # it writes names in its own characters
    numeral_value=numeral_value,
    as_digits=as_digits,
    before_model={"zh": simplified, "zh-Hans": simplified},
    after_model={("zh", "zh-Hant"): traditional},
    scripts={"zh-Hans": simplified, "zh-Hant": traditional},
    function_characters="的了是在我你他她不这這个個有和就都要会會也很吗嗎吧呢说說去来來能没沒对對把被让讓给給从從为為与與或但可以什么麼请請将將",
    emoji_names="zh",
    numerals=NUMERAL,
    magnitudes={"千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "百萬": 10**6, "亿": 10**8, "億": 10**8},
    unit_words={
        "mi": "英里",
        "km": "公里|千米",
        "m": "米",
        "ft": "英尺",
        "kg": "公斤|千克",
        "lb": "磅",
        "l": "升",
        "$": "美元|美金",
        "€": "欧元|歐元",
        "¥": "元|人民币|人民幣|日元",
    },
    negations="(?<![要差对對好])不(?![错錯过過但仅僅同断斷少久管论論])|(?<!有)没有|(?<!有)沒有|从不|從不|从未|從未",
    negation_hints="[不没沒别別无無未非莫否勿只除失缺]",
    dates=Dates(
        patterns=[rf"{MONTH}(?P<day>3[01]|[12]\d|0?[1-9]|{NUMERAL})[日号號]", rf"{MONTH}(?![\d亮])份?"],
        written=written_date,
        before={ON: "", IN: "", BE: ""},
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
        twelve_pm=0,  # 晚上12点
        half_in_a_word=True,
    ),
    numbers=Numbers(marks=MARKS, magnitudes=magnitudes, with_magnitude=with_magnitude, more_than="超过"),
    linked=linked,
    sample_sentence="一个男人站在梯子上。",
    sample_opinion="我很喜欢这个手机",
)
