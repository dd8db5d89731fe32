"""Writes the phrasebook of dates, times and amounts, `data/phrasebook/numbers.en-*.tsv`: sentences with numbers, which
are rare in the corpora of everyday sentences. It has every month, in both orders in which English writes a date. So far
only the recipe from German reads its file.
"""

from __future__ import annotations

import random
from pathlib import Path

from app.text.languages import profile_of

FOLDER = Path(__file__).parent.parent / "data" / "phrasebook"
LANGUAGES = {"de": "de", "fr": "fr", "zh": "zh_Hans"}  # codes, and their names in files
# {date} and {later} are dates, {month} is one with its year, {year}, {hour}, {time} and {amount} numbers.
SENTENCES = """
{date} | {date} | {date} | {date}
Today is {date}. | Heute ist der {date}. | Aujourd'hui, nous sommes le {date}. | 今天是{date}。
It was {date}. | Es war der {date}. | C'était le {date}. | 那天是{date}。
The meeting is on {date}. | Die Besprechung ist am {date}. | La réunion est le {date}. | 会议在{date}举行。
He was born on {date}. | Er wurde am {date} geboren. | Il est né le {date}. | 他出生于{date}。
I was born on {date}. | Ich wurde am {date} geboren. | Je suis né le {date}. | 我出生于{date}。
Please reply by {date}. | Bitte antworten Sie bis zum {date}. | Merci de répondre avant le {date}. | 请在{date}之前回复。
We arrive on {date}. | Wir kommen am {date} an. | Nous arrivons le {date}. | 我们{date}到。
The contract ends on {date}. | Der Vertrag endet am {date}. | Le contrat se termine le {date}. | 合同{date}到期。
My birthday is on {date}. | Ich habe am {date} Geburtstag. | Mon anniversaire est le {date}. | 我的生日是{date}。
We are closed from {date} to {later}. | Wir haben vom {date} bis zum {later} geschlossen. | Nous sommes fermés du {date} au {later}. | 我们从{date}到{later}休息。
The concert on {date} has been cancelled. | Das Konzert am {date} wurde abgesagt. | Le concert du {date} a été annulé. | {date}的音乐会取消了。
The meeting is on {date} at {hour} o'clock. | Die Besprechung ist am {date} um {hour} Uhr. | La réunion est le {date} à {hour} heures. | 会议在{date}{hour}点举行。
He died in {month}. | Er starb im {month}. | Il est mort en {month}. | 他{month}去世。
We moved here in {month}. | Wir sind im {month} hierher gezogen. | Nous avons emménagé ici en {month}. | 我们{month}搬到这里。
from {month} to {until} | von {month} bis {until} | de {month} à {until} | 从{month}到{until}
He lived in Paris from {month} to {until}. | Er lebte von {month} bis {until} in Paris. | Il a vécu à Paris de {month} à {until}. | 他从{month}到{until}住在巴黎。
He was born in {year}. | Er wurde {year} geboren. | Il est né en {year}. | 他出生于{year}年。
I was born in {year}. | Ich bin {year} geboren. | Je suis née en {year}. | 我{year}年出生。
In {year} she moved to Berlin. | {year} zog sie nach Berlin. | En {year}, elle a déménagé à Berlin. | {year}年她搬到了柏林。
The house was built in {year}. | Das Haus wurde {year} gebaut. | La maison a été construite en {year}. | 这座房子建于{year}年。
We have known each other since {year}. | Wir kennen uns seit {year}. | Nous nous connaissons depuis {year}. | 我们从{year}年就认识了。
The company was founded in {year}. | Die Firma wurde {year} gegründet. | L'entreprise a été fondée en {year}. | 这家公司成立于{year}年。
The war ended in {year}. | Der Krieg endete {year}. | La guerre s'est terminée en {year}. | 战争在{year}年结束。
The shop opens at {hour} am. | Das Geschäft öffnet um {hour} Uhr morgens. | Le magasin ouvre à {hour} heures du matin. | 商店早上{hour}点开门。
We meet at {hour} in the morning. | Wir treffen uns um {hour} Uhr morgens. | Nous nous retrouvons à {hour} heures du matin. | 我们早上{hour}点见面。
The meeting is at {hour} pm. | Die Besprechung ist um {hour} Uhr nachmittags. | La réunion est à {hour} heures de l'après-midi. | 会议在下午{hour}点。
Dinner is at {hour} in the evening. | Das Abendessen ist um {hour} Uhr abends. | Le dîner est à {hour} heures du soir. | 晚饭在晚上{hour}点。
The course begins at {hour} o'clock. | Der Kurs beginnt um {hour} Uhr. | Le cours commence à {hour} heures. | 课程{hour}点开始。
We are open from {hour} to {last}. | Wir haben von {hour} bis {last} Uhr geöffnet. | Nous sommes ouverts de {hour} heures à {last} heures. | 我们从{hour}点营业到{last}点。
The train leaves at {time}. | Der Zug fährt um {time} Uhr ab. | Le train part à {time}. | 火车{time}出发。
It is {time}. | Es ist {time} Uhr. | Il est {time}. | 现在是{time}。
The flight arrives at {time}. | Der Flug kommt um {time} Uhr an. | L'avion arrive à {time}. | 航班{time}到达。
He is {amount} years old. | Er ist {amount} Jahre alt. | Il a {amount} ans. | 他今年{amount}岁。
She turns {amount} in July. | Sie wird im Juli {amount}. | Elle aura {amount} ans en juillet. | 她七月满{amount}岁。
It costs {amount} euros. | Es kostet {amount} Euro. | Ça coûte {amount} euros. | 这个要{amount}欧元。
There are {amount} people in the room. | Es sind {amount} Personen im Raum. | Il y a {amount} personnes dans la pièce. | 房间里有{amount}个人。
I need {amount} eggs. | Ich brauche {amount} Eier. | J'ai besoin de {amount} œufs. | 我需要{amount}个鸡蛋。
I need {amount} grams of flour. | Ich brauche {amount} Gramm Mehl. | J'ai besoin de {amount} grammes de farine. | 我需要{amount}克面粉。
I will be there in {amount} minutes. | Ich bin in {amount} Minuten da. | Je serai là dans {amount} minutes. | 我{amount}分钟后到。
The flat has {amount} square metres. | Die Wohnung hat {amount} Quadratmeter. | L'appartement fait {amount} mètres carrés. | 这套公寓有{amount}平方米。
Chapter {hour} begins on page {amount}. | Kapitel {hour} beginnt auf Seite {amount}. | Le chapitre {hour} commence à la page {amount}. | 第{hour}章从第{amount}页开始。
Bus {amount} goes to the station. | Der Bus {amount} fährt zum Bahnhof. | Le bus {amount} va à la gare. | {amount}路公交车去火车站。
Room {amount} is on the left. | Zimmer {amount} ist links. | La chambre {amount} est à gauche. | {amount}号房间在左边。
The answer is on page {amount}. | Die Antwort steht auf Seite {amount}. | La réponse est à la page {amount}. | 答案在第{amount}页。
It is {amount} degrees outside. | Draußen sind es {amount} Grad. | Il fait {amount} degrés dehors. | 外面{amount}度。
There are {amount} hours in a day. | Ein Tag hat {amount} Stunden. | Il y a {amount} heures dans une journée. | 一天有{amount}小时。
"""  # noqa: E501
VARIANTS = 6  # examples of a sentence without months


def main() -> None:
    rng = random.Random(1)
    rows: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for line in SENTENCES.strip().splitlines():
        english, *others = line.split(" | ")
        for place in range(12 if "{date}" in english or "{month}" in english else VARIANTS):
            values = drawn(rng, place)
            for language, other in zip(LANGUAGES, others, strict=True):
                rows[language].append(f"{english.format(**values['en'])}\t{other.format(**values[language])}")
    for language, code in LANGUAGES.items():
        unique = dict.fromkeys(rows[language])
        (FOLDER / f"numbers.en-{code}.tsv").write_text("".join(row + "\n" for row in unique), "utf-8")


def written_date(language: str, month: int, day: int, year: int) -> str:
    dates = profile_of(language).dates
    assert dates is not None
    return dates.written(month, day, year)


def drawn(rng: random.Random, place: int) -> dict[str, dict[str, str]]:
    """The values of the names in a sentence, for each language. `place` chooses the month, `rng` everything else."""
    month, until = 1 + place % 12, 1 + (place + rng.randint(1, 11)) % 12
    day, last_day = sorted(rng.sample(range(1, 29), 2))
    year, end = sorted(rng.sample(range(1900, 2040), 2))
    dated, british = rng.random() < 0.5, rng.random() < 0.4
    hour, last = sorted(rng.sample(range(2, 13), 2))
    minute = rng.choice([5, 10, 15, 20, 30, 40, 45, 50])
    clock = f"{hour + 11 * (rng.random() < 0.3)}:{minute:02}"
    amount = rng.choice([rng.randint(2, 30), rng.randint(20, 100), rng.randint(100, 900)])
    numbers = {"year": f"{year}", "hour": f"{hour}", "last": f"{last}", "amount": f"{amount}"}

    def date(language: str, day: int) -> str:
        if language == "en" and british:
            return f"{day} {written_date(language, month, 0, year * dated)}"
        return written_date(language, month, day, year * dated)

    return {
        language: numbers
        | {
            "date": date(language, day),
            "later": date(language, last_day),
            "month": written_date(language, month, 0, year),
            "until": written_date(language, until, 0, end),
            "time": clock.replace(":", " h ") if language == "fr" else clock,
        }
        for language in ("en", *LANGUAGES)
    }


if __name__ == "__main__":
    main()
