"""Finds the spans of a text that must survive translation unchanged: links, numbers, placeholders, markup, mentions,
code, emoji."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.text.characters import CJK, CJK_MARKS, EMOJI, FLAG, LETTER, PICTOGRAPH

FIXED = "fixed"  # the kind of span that a text keeps in every language
GIVEN = "glossary"  # the kind of span that a request asks for, over which no rule of the text has a say

# Every quantifier of these patterns is bounded or possessive, and a pattern that begins with a letter or a digit starts
# at the beginning of a word only (by a look-behind): time is linear in any text.

# The part of a link behind its scheme or host. Brackets in it are balanced, and no punctuation ends it.
ADDRESS = rf"""(?:
    [^\s<>"“”„«»`()\[\]{{}}|\\^{CJK_MARKS}{CJK}] | (?<=[/=_])[{CJK}]++
  | \([^\s()<>]{{0,200}}+\) | \[[^\s\[\]<>]{{0,200}}+\] | \{{[^\s{{}}<>]{{0,200}}+\}}
)+(?<![.,;:!?'’*…])"""
DOMAIN = r"(?:com|org|net|info|edu|gov|io|dev|app|ai|eu|de|fr|cn|tw|hk|uk|cz|ch|at)"
FILE = (
    r"(?:pdf|txt|md|rst|html?|css|jsx?|tsx?|json|ya?ml|toml|xml|csv|tsv|ini|cfg|conf|log|sh|bat|exe|dll|so|py|ipynb"
    r"|rb|java|kt|cc?|cpp|h|hpp|rs|go|php|sql|docx?|xlsx?|pptx?|od[tsp]|zip|tar|gz|bz2|xz|7z|iso|deb|rpm|png|jpe?g"
    r"|gif|svg|webp|bmp|ico|mp[34]|wav|ogg|flac|avi|mkv|mov|ttf|bin)"
)

# Separators of thousands: a space only between groups of three digits.
NUMBER = r"(?:\d{1,3}+(?:[\ \u00a0\u202f'’]\d{3}(?!\d))++(?:[.,]\d++)?|\d++(?:[.,]\d++)*+)"
UNIT = rf"""(?:%|‰|°\ ?[CF]?|(?:
    km/h|m/s|mph|kph|km²|m²|m³|km|cm|mm|µm|nm|m|ft|mi|kg|mg|µg|g|t|lbs?|oz|ml|cl|l|L
  | [KMGTP]i?B|kB|[kKMG]bit/s|[MG]bps|[kKMG]i?B/s|dpi|px|pt|em|fps
  | [kMGT]?Hz|[kMG]?W|kWh|mAh|k?V|ms|µs|ns|(?<=\ )s|min|h|[kM]?Pa|hPa|k?cal|dB
  | EUR|USD|GBP|CHF|CAD|AUD|CNY|RMB|JPY|TWD|NT\$|[€$£¥₹¢]
)(?!{LETTER}|['’]))"""
POWER = r"[\u00b2\u00b3\u00b9\u2070-\u207f]"
INDEX = r"[\u2080-\u2089]"
KEY_SIGN = r"[\u2303\u2318\u2325\u21e7\u21ea\u2326\u232b\u238b\u23ce\u21e5]"  # of keyboards: ⌃⌘⌥⇧⇪⌦⌫⎋⏎⇥
SECTION = r"[§¶†‡÷]"  # marks that a model may not know
FRACTION = r"[\u00bc-\u00be\u2150-\u215e]"
AMOUNT = rf"(?:{NUMBER}\ ?{FRACTION}|{NUMBER}{POWER}*+|{FRACTION})(?:[kKMB](?!{LETTER}))?(?:[\ \u00a0\u202f]?{UNIT})?+"

WORDS = rf"""
    [A-Za-z][A-Za-z0-9+.-]{{1,15}}+://{ADDRESS} | (?:mailto:|www\.){ADDRESS}
  | (?<![.%+-])[A-Za-z0-9._%+-]{{1,64}}+@[A-Za-z0-9-]{{1,63}}+(?:\.[A-Za-z0-9-]{{1,63}}+){{1,8}}+
  | (?<![@.-])(?:[A-Za-z0-9-]{{1,63}}+\.){{1,5}}{DOMAIN}(?!{LETTER}|[@-]|\.\w)(?:[/?\#]{ADDRESS})?
  | [A-Za-z]:\\(?:[\w.()+~-][\w.()+~\ -]{{0,60}}\\){{0,20}}+[^\s<>:"|?*\\]{{0,120}}(?<![.,;!)])
  | (?<![./-])(?:[A-Za-z0-9_.+-]{{1,100}}+/){{0,20}}+
    [A-Za-z0-9_+-]{{1,100}}+(?:\.[A-Za-z0-9_+-]{{1,40}}){{0,4}}?\.{FILE}(?!{LETTER}|-|\.\w)
"""
# Code in backticks. Between letters they are apostrophes.
TICKED = rf"(?<!`)(?<!{LETTER})(?P<tick>`{{1,3}})(?!`)[^`\n]{{1,500}}+(?P=tick)(?!`|{LETTER})"
# The special tokens of a model look like tags, so a user's `<ph0>` or `</s>` is a span like any other tag.
MARKUP = r"""
    <!--(?:[^<>\n-]|-(?!->)){0,500}+-->
  | </?+[A-Za-z0-9][\w:.-]{0,40}+(?:\s[^<>=]{0,100}+=[^<>]{0,1000}+)?+\s?/?>
  | <%[^<>\n]{0,200}+> | <\?(?:[^?\n]|\?(?!>)){0,500}+\?>
  | <(?:[A-Za-z0-9._%+-]{1,64}+@[A-Za-z0-9.-]{1,120}+|[A-Za-z][A-Za-z0-9+.-]{1,15}+://[^\s<>]{1,500}+)>
  | &(?:[A-Za-z][A-Za-z0-9]{1,31}+|\#\d{1,7}+|\#[xX][0-9A-Fa-f]{1,6}+);
"""
BRANCHING = "plural|selectordinal|select|choice"  # types of arguments of ICU that have texts in them
# Placeholders of Python, C, Qt, Java, shell and Jinja, the beginnings of arguments of ICU in a broken message, and the
# command behind the prompt of a shell.
TEMPLATES = rf"""
    \{{\ ?[\w.-]{{1,60}}+\ ?,\ ?(?:{BRANCHING})\ ?,(?:\ ?=?\w{{1,20}}+\ ?\{{)? |
    \{{\{{[^{{}}\n]{{0,100}}+\}}\}} | \{{\\[^{{}}\n]{{1,100}}+\}}
  | \{{%[^{{}}\n]{{0,200}}+\}} | [$\#]\{{[^{{}}\n]{{1,100}}+\}}
  | \{{\ ?[\w.:,!\[\]+-]{{0,60}}+\ ?\}}
  | %\([\w.]{{1,60}}+\)[\#0+-]{{0,3}}\d{{0,3}}(?:\.\d{{1,3}})?[a-zA-Z]
  | %(?:\d{{1,2}}\$)?[\#0+'-]{{0,3}}(?:\d{{1,3}}|\*)?(?:\.(?:\d{{1,3}}|\*))?(?:hh?|ll?|[Lzjt])?
    [sSdiuoxXfFeEgGcpqn@](?!{LETTER})
  | %[A-Z][A-Z0-9_]{{1,40}}+% | %L?\d{{1,2}}(?!{LETTER}) | %%
  | \A\$\ (?=[a-z./~])[^\n]{{1,300}}+ | \$[A-Za-z_]\w{{0,60}}+
  | (?<!\w)__\w{{1,60}}?__(?!\w) | \#{{2,3}}[A-Za-z0-9_]{{1,40}}+\#{{2,3}} | \#{{2,20}}+(?!\w)
  | @@\w{{1,60}}?@@ | [{{}}]
"""
# Of vue-i18n, Angular, Template Toolkit and wikis; footnotes; plural forms and columns.
BRACKETS = r"\[%[^%\n\[\]]{1,200}+%\] | \[\[\ ?[\w.:|/-]{1,60}+\ ?\]\] | \[\^?\d{1,3}\](?!\() | (?<=\s)\|(?=\s)"
# Commands of TeX whose argument is a name or a file.
NAMING = (
    r"(?:[A-Za-z]{0,5}ref|label|[A-Za-z]{0,6}cite[A-Za-z]{0,8}|begin|end|include(?:graphics)?|input|bibliography(?:style)?"
    r"|usepackage|documentclass|url|href|[hv]space)"
)
# Paths of a network, formulas and commands of TeX, and backslash sequences of programs. Dollars are money unless a mark
# of a formula stands between two of them. Between letters, a backslash is a line break or a mark such as a slash;
# elsewhere it stays with what it escapes, as in a regular expression: a model knows no backslash.
FORMULAS = rf"""
    \$\$[^$\n]{{1,400}}+\$\$
  | \$(?![\s$])(?=[^$\n]{{0,200}}[\\^_={{}}]|[A-Za-z](?:[()']|\$))[^$\n]{{1,200}}(?<![\s\\])\$(?!{LETTER}|\$)
  | \\\\[\w.$-]{{1,60}}+(?:\\(?:[\w()$+~-]|\.(?=\w)){{1,60}}+){{1,20}}+
  | \\\([^\n]{{1,200}}?\\\) | \\\[[^\n]{{1,200}}?\\\]
  | \\[nrt](?![a-z]) | (?<=[A-Za-z.!?:;,])\\n(?=[a-z]{{2}})
  | \\{NAMING}\*?(?:\[[^\[\]\n]{{0,100}}+\])?\{{[^{{}}\n]{{0,200}}+\}}
  | (?<!{LETTER})\\[A-Za-z]{{2,30}}+\*?(?:\[[^\[\]\n]{{0,60}}+\])?\{{?
  | \\[^\w\s.,;:!?] | (?<=\d)\\[,;:!](?=\w) | (?<!{LETTER})\\(?:[.,;:!?](?=\w) | [A-Za-z](?!{LETTER}))?
"""
# Equations and comparisons of letters and numbers.
TERM = rf"""(?:\d{{1,15}}+(?:[.,]\d{{1,15}}+)?(?:\ ?[A-Za-z]{{1,2}}{POWER}{{1,3}}|[A-Za-z]{{0,2}})
  | (?!a\ [a-z]{{2}})[A-Za-z](?:[A-Za-z]?{POWER}{{1,3}}|\d{{0,2}}))(?!\w)"""
OPERATION = rf"(?:(?:\ [-+−*/·×÷]\ |[-+−*/·×÷]){TERM}){{0,10}}+"
EQUATION = rf"{TERM}{OPERATION}(?:(?:\ (?:[<>]=?|[=≤≥≈≠])\ |[<>]=?|[=≤≥≈≠]){TERM}{OPERATION}){{1,5}}+"
# Names of programming languages: calls, members, assignments, names in several words; keys to press together;
# statements of SQL.
# German writes Mitarbeiter_innen and jedeR, which are words, and where a space is missing, `this.` ends a sentence.
KEY = rf"""(?:[A-Za-z0-9](?!{LETTER})|F\d{{1,2}}(?!{LETTER})
  | (?:Tab|Enter|Return|Esc|Escape|Del|Delete|Entf|Suppr|Ins|Insert|Einfg|Space|Backspace|Home|Pos1|End|Ende|Fin|Up|Down
    |Left|Right|Page|PgUp|PgDn|Print|Druck|Pause|Plus|Minus|Click|Klick|Clic)(?!{LETTER}))"""
MODIFIER = r"(?:Ctrl|Control|Strg|Alt|AltGr|Shift|Umschalt|Maj|Cmd|Command|Option|Meta|Super|Win|Fn)"
MOLECULE = rf"(?=[A-Za-z()]{{1,20}}+{INDEX})(?:\(?[A-Z][a-z]?\)?{INDEX}{{0,3}}+){{1,20}}+"  # H₂O, Ca(OH)₂
# UUIDs, addresses of networks (MAC, IPv6), digests and numbers of accounts (IBAN).
IDENTIFIER = r"""(?:
    [0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}
  | (?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2} | (?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}
  | (?=[a-f]{0,12}\d)(?=\d{0,20}[a-f])[0-9a-f]{7,128}+
  | [A-Z]{2}\d\d(?:\ ?[A-Z0-9]{4}){3,7}(?:\ ?[A-Z0-9]{1,3})?
)(?![A-Za-z0-9])"""
CODE = rf"""
    {EQUATION} |
    (?![A-Z][a-z]{{1,40}}_[a-z]{{1,40}}(?!\w|\())[A-Za-z_][A-Za-z0-9]{{0,40}}+(?:_[A-Za-z0-9]{{1,40}}+){{1,8}}+(?:\(\))?
  | [a-z]{{1,20}}[A-Z][A-Za-z0-9]{{1,40}}+(?:\(\))? | [a-z][A-Z] | [A-Za-z_]\w{{0,60}}+\(\)
  | [A-Za-z_]\w{{0,40}}+=(?:"[^"\n]{{0,80}}+"|[\w./-]{{1,80}}+(?<!\.))
  | self(?:\.[a-z_]\w{{0,40}}+){{1,5}}+ | this(?:\.[a-z_]\w{{0,40}}+){{1,5}}+(?:\(\)|(?=\ ?[=+*/-]))
  | [A-Z]{{2,10}}+\d{{1,6}}+[A-Z]{{2,10}}+ | {MOLECULE} | {IDENTIFIER}
  | {MODIFIER}(?:\ ?\+\ ?{MODIFIER}(?!{LETTER})){{0,3}}+(?:\ ?\+\ ?{KEY}|\+[^\w\s])
  | SELECT\ [^;\n]{{1,200}}?\ FROM\ [^;\n]{{1,200}}+; | INSERT\ INTO\ \w{{1,60}}+\ ?(?:\(|VALUES)[^;\n]{{1,200}}+;
  | UPDATE\ \w{{1,60}}+\ SET\ [^;\n]{{1,200}}+; | DELETE\ FROM\ \w{{1,60}}+(?:\ WHERE\ [^;\n]{{1,200}}+)?;
  | CREATE\ TABLE\ \w{{1,60}}+\ ?\([^;\n]{{1,200}}+;
"""
SHORTCODE = r"(?::[a-z][a-z0-9_+-]{1,40}+:)"
# Placeholders of Laravel, by the names that they mostly have: behind a colon without a space any word may begin.
COLON_NAME = rf"""(?<![^\s(\[{{"'“„«‘/|{CJK}{CJK_MARKS}-]):(?:
    [a-z]{{1,30}}+(?:_[a-z0-9]{{1,30}}+){{1,5}}+ | [a-z]{{1,30}}+[A-Z][A-Za-z]{{0,40}}+ | (?i:
    actor|amount|app|attribute|author|city|company|count|date|datetime|days?|decimal|digits|email|file|filename|first_?name
  | format|hours?|id|index|input|ip|item|key|label|last_?name|limit|link|locale|max|min|minutes?|model|months?|name|num
  | number|order|other|page|percent|percentage|phone|placeholder|position|price|product|project|quantity|resource|role
  | seconds?|size|status|subject|team|time|title|total|type|unit|url|user|username|values?|version|years?
))(?!{LETTER}|[\d_:])"""
SOCIAL = rf"""
    (?<![\w/.~<])(?:~|\.{{1,2}})?(?:/\.?[A-Za-z0-9_+@~-]{{1,100}}+(?:\.[A-Za-z0-9_+@~-]{{1,40}}+){{0,5}}+){{1,30}}+/?
  | (?<![\w-])(?:-(?:[A-Za-z]|[a-z]{{2}})|--[a-z][a-z0-9-]{{1,40}}+)[\ =](?:"[^"\n]{{1,200}}+"|'[^'\n]{{1,200}}+')(?!\w)
  | (?<![\w-])--[a-z][a-z0-9-]{{1,40}}+(?:=[^\s,;)]{{1,80}}+)?(?!\w)
  | @:[A-Za-z](?:[\w.]{{0,60}}\w)? | (?<![\w:]){SHORTCODE}++(?!\w) | (?<=\w){SHORTCODE}{{2,}}+(?!\w)
  | {COLON_NAME} | (?<![\w@])@\w{{1,60}}+ | (?<![\w&\#])\#(?:[^\#\s，。！？]{{1,40}}+\#(?!\w)|\w{{1,100}}+)
  | {KEY_SIGN}++(?:\ ?\+\ ?)?(?:{KEY})?
  | {SECTION}{{1,2}}+(?:\ ?{AMOUNT}(?:[-–]{AMOUNT})?(?:[a-z](?!{LETTER}))?)?
  | {EMOJI}++
  | (?<!\w)[:;=](?:['^o-]?[DPpOo3])(?!\w) | (?<!\d)[:;=]['^-]?[)(\]\[|/\\*]{{1,10}}+(?!\w)
  | </?3(?!\d) | \^_{{0,3}}\^ | -_- | >\.< | ¯\\_\(ツ\)_/¯
"""
# Rows of marks. Stars and lines in a word are those of a censored one. Brackets are a row where none closes them.
OPENING = r"(?<![(（])(?P<open>[(（])(?P=open){2,}+(?![^)）\n]{0,300}+[)）])"
ROW = rf"(?:(?P<mark>[=~<>^])(?P=mark){{2,}}+|{OPENING}|(?<!\w)(?:\*{{3,}}+|_{{3,}}+|\+{{3,}}+|-{{4,}}+)(?!\w))"
NUMBERS = rf"""
    {IDENTIFIER} | [A-Za-z]{POWER}++ | {EQUATION} |
    (?<!\w)\+\d{{1,3}}(?:[\ ()/.-]{{1,2}}\d{{1,12}}+){{1,7}}+(?!{LETTER})
  | \d{{4}}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!{LETTER})
  | (?<!\w[-.])(?:[vV]\d++(?:\.\d++)*+|\d++(?:\.\d++){{2,}}+)(?:[-+][A-Za-z0-9.]{{1,30}}+)?+
    (?<!\.)(?!{LETTER})
  | (?<!\w[-.,:])(?:[+−-]?(?:[€$£¥₹]|[A-Z]{{1,3}}\$|EUR|USD|GBP|CHF)?\ ?(?<![+−-]\ ))?
    {AMOUNT}(?:(?:[-–−/:×x÷]|\ ÷\ ){AMOUNT})*+(?!-?+{LETTER}|月)
  | (?<!\w[-.,:])(?:\d{{1,4}}[A-CE-Zabcfg]|\d{{1,2}}h\d\d)(?!{LETTER}|['’-])
"""

# Words in which no span begins are passed over together.
PLAIN_WORD = (
    r"""(?!-)["'(]?[A-Za-z]?[a-zß-öø-ÿ]*+(?:['’-][a-zß-öø-ÿ]++)*+(?:[:;]|[,.!?"')]{0,3}+)\s++(?![-+=<>≤≥≈≠*/−·×÷])"""
)
PLAIN = rf"(?<!\S)(?:{PLAIN_WORD})++"
# The lookaheads only save time: they skip patterns that cannot match here.
SPAN = re.compile(
    rf"""
    (?P<plain>{PLAIN})
  | (?<!{LETTER})(?=[A-Za-z0-9_%+-]{{1,100}}+(?:[@/:\\]|\.\w))(?:{WORDS})
  | (?<!\w)(?:[xX]D++|[oO]_[oO]|T_T)(?!\w)
  | (?=[`<&])(?:{TICKED}|{MARKUP})
  | (?=[\\$])(?:{FORMULAS})
  | (?=[{{}}$#%_@])(?:{TEMPLATES})
  | (?=[\[|])(?:{BRACKETS})
  | (?<!{LETTER})(?=[A-Za-z_])(?:{CODE})(?!{LETTER})
  | (?=[=~<>^*_+(（-]){ROW}
  | (?=[^\w\s,!?'")(])(?:{SOCIAL}) | [0-9]\ufe0f?\u20e3
  | (?<!{LETTER})(?=[\d+−€$£¥₹vVA-Z-]|{FRACTION}|[A-Za-z]{POWER})(?:{NUMBERS})
    """,
    re.VERBOSE,
)

# A text without any of these has no span, and most sentences are such. The pattern begins with the set of characters
# that it looks for, and looks back, since `re` skips all others at once.
CLASSES = "".join(one[1:-1] for one in (FLAG, PICTOGRAPH, FRACTION, POWER, INDEX, KEY_SIGN, SECTION))
SIGN = rf"\d<{{}}$%@#/\\&`_^+¯{CLASSES}"
HINT = re.compile(
    rf"[{SIGN}:;=>~*.\[|(（A-Z-](?:(?<=[{SIGN}])|(?<=[:;=])\S|(?<=[xX]D)|(?<=>)\."
    r"|(?<=-)(?:_-|-[a-z]|[A-Za-z]{1,2}[ =][\"'])|(?<=\.)\w|(?<=\[)\[|(?<= [=|]) |(?<=[a-z][A-Z])|(?<=\()[()]"
    r"|(?<=（)（|(?<===)=|(?<=~~)~|(?<=>>)>|(?<=\*\*)\*|(?<=---)-"
    r"|(?<=[SFUTI])(?:ELECT|ROM|PDATE|ABLE|NTO) )"
)


@dataclass(slots=True, frozen=True)
class Span:
    """A stretch of a text that no model reads. `replacement` stands for it in the translation: the stretch itself, or
    the form that a rule gives it in the target language. `kind` names the rule."""

    start: int
    end: int
    replacement: str
    kind: str = FIXED


def find_spans(text: str) -> list[Span]:
    """The fixed spans of a text, in order. Spans that touch are one: `<b>{name}</b>` comes back in one piece, whatever
    order a model gives its placeholders."""
    return [Span(start, end, text[start:end]) for start, end in find_borders(text)]


def without_spans(text: str) -> list[str]:
    """The stretches of a text before, between and behind its fixed spans."""
    return outside(text, find_borders(text))


def find_borders(text: str) -> list[tuple[int, int]]:
    """Where the fixed spans of a text begin and end."""
    if not HINT.search(text):
        return []
    borders: list[tuple[int, int]] = []
    for match in SPAN.finditer(text):
        if match.lastgroup == "plain":
            continue
        start, end = match.span()
        if borders and borders[-1][1] == start:
            start = borders.pop()[0]
        borders.append((start, end))
    return [(start, end) for start, end in borders if end > start]


def between(text: str, spans: Sequence[Span]) -> list[str]:
    """The stretches of a text before, between and behind its spans: one more than there are spans."""
    return outside(text, [(span.start, span.end) for span in spans])


def outside(text: str, borders: Sequence[tuple[int, int]]) -> list[str]:
    if not borders:
        return [text]
    starts, ends = [0, *(end for _, end in borders)], [*(start for start, _ in borders), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]
