"""Writes the phrasebook of facts, `data/phrasebook/facts.en-*.tsv`: sentences whose numbers, magnitudes, times, units,
negations, enumerations and names a translator must not change, which are too rare in corpora to be learnt there.

Values, not sentences, are either trained on or held out: no training sentence has a value of `facts_dev.en-*.tsv`.
`facts_dev.en-*.kinds.tsv` has the kind of each of its lines, and for either side the words that an exact translation
contains; for a negation these are the whole sentence. To count the exact translations of each kind:

undertone evaluate models/translation-en-de data/phrasebook/facts_dev.en-de.tsv --output answers.txt
python scripts/facts_phrasebook.py answers.txt data/phrasebook/facts_dev.en-de.kinds.tsv        # --english into English
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from facts_names import (
    CHINESE_GIVEN_NAMES,
    CHINESE_SURNAMES,
    FULL_NAMES,
    OF_CHINESE_NAMES,
    OF_COUPLES,
    OF_FULL_NAMES,
    OF_PLACES,
    OF_SURNAMES,
    OF_TITLES,
    PLACES,
    SURNAMES,
)
from number_words import in_words

from app.text.languages import profile_of
from app.text.languages.profile import Profile

FOLDER = Path(__file__).parent.parent / "data" / "phrasebook"
LANGUAGES = ("en", "de", "fr", "zh")
FILES = {"de": "de", "fr": "fr", "zh": "zh_Hans"}
HELD_OUT = 0.12  # part of the values
MOST = 60  # sentences of a kind that are held out

Texts = tuple[str, str, str, str]  # in the order of LANGUAGES


@dataclass(frozen=True, slots=True)
class Value:
    """Words for a value in each language. `key` decides on which side of the split it is; a value without a key is
    trained on."""

    texts: Texts
    key: str


@dataclass(frozen=True, slots=True)
class Fact:
    kind: str
    sentence: Texts
    value: Value


def table(text: str) -> list[Texts]:
    rows = [tuple(column.strip() for column in line.split("|")) for line in text.strip().splitlines()]
    for row in rows:
        if len(row) != len(LANGUAGES):
            raise ValueError(f"wants {len(LANGUAGES)} columns: {row}")
    return [(en, de, fr, zh) for en, de, fr, zh in rows]


def filled(template: Texts, value: Texts) -> Texts:
    """The sentence with a value; a sentence begins with a capital."""
    en, de, fr, zh = (upper(one.replace("{}", words)) for one, words in zip(template, value, strict=True))
    return en, de, fr, zh


def upper(text: str) -> str:
    return text[:1].upper() + text[1:] if text.endswith((".", "?", "!")) else text


# Quantities: English, German and Chinese nouns; French ones first as after a number, then as after "millions".
COUNTED = """
people | Menschen | personnes/de personnes | 人
visitors | Besucher | visiteurs/de visiteurs | 名游客
copies | Exemplare | exemplaires/d'exemplaires | 册
users | Nutzer | utilisateurs/d'utilisateurs | 个用户
trees | Bäume | arbres/d'arbres | 棵树
cars | Autos | voitures/de voitures | 辆汽车
jobs | Arbeitsplätze | emplois/d'emplois | 个工作岗位
students | Studenten | étudiants/d'étudiants | 名学生
fans | Fans | fans/de fans | 名粉丝
letters | Briefe | lettres/de lettres | 封信
"""
MONEY = """
euros | Euro | euros/d'euros | 欧元
dollars | Dollar | dollars/de dollars | 美元
pounds | Pfund | livres/de livres | 英镑
francs | Franken | francs/de francs | 法郎
"""
OF_COUNTED = """
{} | {} | {} | {}
more than {} | mehr als {} | plus de {} | 超过{}
almost {} | fast {} | presque {} | 将近{}
There are {}. | Es gibt {}. | Il y a {}. | 有{}。
We need {}. | Wir brauchen {}. | Il nous faut {}. | 我们需要{}。
There were more than {}. | Es waren mehr als {}. | Il y avait plus de {}. | 有超过{}。
That makes {}. | Das macht {}. | Cela fait {}. | 那就是{}。
Last year there were {}. | Letztes Jahr waren es {}. | L'année dernière, il y avait {}. | 去年有{}。
I counted {}. | Ich habe {} gezählt. | J'ai compté {}. | 我数了{}。
"""
OF_MONEY = """
{} | {} | {} | {}
It costs {}. | Es kostet {}. | Cela coûte {}. | 这个要{}。
The house costs {}. | Das Haus kostet {}. | La maison coûte {}. | 这座房子要{}。
The company earned {}. | Die Firma hat {} verdient. | L'entreprise a gagné {}. | 这家公司赚了{}。
He lost {}. | Er hat {} verloren. | Il a perdu {}. | 他损失了{}。
She paid {}. | Sie hat {} bezahlt. | Elle a payé {}. | 她付了{}。
The bridge cost more than {}. | Die Brücke hat mehr als {} gekostet. | Le pont a coûté plus de {}. | 这座桥花了超过{}。
We still need {}. | Wir brauchen noch {}. | Il nous faut encore {}. | 我们还需要{}。
"""
TIMES = """
{} | {} | {} | {}
It is {}. | Es ist {}. | Il est {}. | 现在是{}。
We meet at {}. | Wir treffen uns um {}. | Nous nous retrouvons à {}. | 我们{}见面。
The train leaves at {}. | Der Zug fährt um {} ab. | Le train part à {}. | 火车{}开。
The shop closes at {}. | Das Geschäft schließt um {}. | Le magasin ferme à {}. | 商店{}关门。
I get up at {}. | Ich stehe um {} auf. | Je me lève à {}. | 我{}起床。
School starts at {}. | Die Schule beginnt um {}. | L'école commence à {}. | 学校{}上课。
Call me at {}. | Ruf mich um {} an. | Appelle-moi à {}. | {}给我打电话。
He came at {}. | Er kam um {}. | Il est venu à {}. | 他{}来的。
Dinner is at {}. | Das Abendessen ist um {}. | Le dîner est à {}. | {}吃晚饭。
"""
UNITS = """
kilometres | Kilometer | kilomètres | 公里
metres | Meter | mètres | 米
centimetres | Zentimeter | centimètres | 厘米
kilograms | Kilogramm | kilogrammes | 公斤
grams | Gramm | grammes | 克
litres | Liter | litres | 升
tonnes | Tonnen | tonnes | 吨
miles | Meilen | miles | 英里
percent | Prozent | pour cent | %
degrees | Grad | degrés | 度
hours | Stunden | heures | 小时
minutes | Minuten | minutes | 分钟
"""
OF_LENGTH = """
The river is {} long. | Der Fluss ist {} lang. | Le fleuve fait {} de long. | 这条河长{}。
The tower is {} high. | Der Turm ist {} hoch. | La tour fait {} de haut. | 这座塔高{}。
The station is {} away. | Der Bahnhof ist {} entfernt. | La gare est à {}. | 车站在{}外。
We walked {}. | Wir sind {} gelaufen. | Nous avons marché {}. | 我们走了{}。
"""
OF_WEIGHT = """
The package weighs {}. | Das Paket wiegt {}. | Le paquet pèse {}. | 这个包裹重{}。
The dog weighs {}. | Der Hund wiegt {}. | Le chien pèse {}. | 这只狗重{}。
"""
OF_UNIT: dict[str, str] = {
    "kilometres": OF_LENGTH, "metres": OF_LENGTH, "miles": OF_LENGTH, "centimetres": """
The board is {} wide. | Das Brett ist {} breit. | La planche fait {} de large. | 这块板宽{}。
""", "kilograms": OF_WEIGHT, "tonnes": OF_WEIGHT, "grams": """
Add {} of sugar. | Fügen Sie {} Zucker hinzu. | Ajoutez {} de sucre. | 加{}糖。
The letter weighs {}. | Der Brief wiegt {}. | La lettre pèse {}. | 这封信重{}。
""", "litres": """
Add {} of water. | Fügen Sie {} Wasser hinzu. | Ajoutez {} d'eau. | 加{}水。
The tank holds {}. | Der Tank fasst {}. | Le réservoir contient {}. | 这个水箱能装{}。
""", "percent": """
The price rose by {}. | Der Preis stieg um {}. | Le prix a augmenté de {}. | 价格上涨了{}。
That is {} more than last year. | Das sind {} mehr als letztes Jahr. | C'est {} de plus que l'an dernier. | 比去年多{}。
""", "degrees": """
It is {} outside. | Draußen sind es {}. | Il fait {} dehors. | 外面{}。
The water has {}. | Das Wasser hat {}. | L'eau est à {}. | 水温{}。
""", "hours": """
The flight takes {}. | Der Flug dauert {}. | Le vol dure {}. | 飞行需要{}。
We waited {}. | Wir haben {} gewartet. | Nous avons attendu {}. | 我们等了{}。
""", "minutes": """
It takes {}. | Es dauert {}. | Cela prend {}. | 需要{}。
The film lasts {}. | Der Film dauert {}. | Le film dure {}. | 这部电影长{}。
""",
}  # fmt: skip
SHARED = """
students | Schüler | élèves | 学生
voters | Wähler | électeurs | 选民
employees | Beschäftigten | salariés | 员工
patients | Patienten | patients | 病人
families | Familien | familles | 家庭
women | Frauen | femmes | 女性
answers | Antworten | réponses | 答案
"""
OF_SHARED = """
{} | {} | {} | {}
We asked {}. | Wir haben {} gefragt. | Nous avons interrogé {}. | 我们询问了{}。
It concerns {}. | Es betrifft {}. | Cela concerne {}. | 这涉及{}。
almost {} | fast {} | presque {} | 将近{}
"""
HALVES = """
hours | Stunden | heures et demie | 个半小时
days | Tage | jours et demi | 天半
years | Jahre | ans et demi | 年半
weeks | Wochen | semaines et demie | 个半星期
months | Monate | mois et demi | 个半月
"""
OF_HALVES = """
{} | {} | {} | {}
It took {}. | Es dauerte {}. | Cela a duré {}. | 花了{}。
We waited {}. | Wir haben {} gewartet. | Nous avons attendu {}. | 我们等了{}。
I stayed there for {}. | Ich blieb {} dort. | J'y suis resté {}. | 我在那里待了{}。
"""
# With an article, without one after "kein", "pas de" and "没有", and with the measure word of Chinese.
THINGS = """
a dog/dog | einen Hund/keinen Hund | un chien/de chien | 一只狗/狗
a cat/cat | eine Katze/keine Katze | un chat/de chat | 一只猫/猫
a car/car | ein Auto/kein Auto | une voiture/de voiture | 一辆车/车
a key/key | einen Schlüssel/keinen Schlüssel | une clé/de clé | 一把钥匙/钥匙
a ticket/ticket | eine Fahrkarte/keine Fahrkarte | un billet/de billet | 一张票/票
a phone/phone | ein Telefon/kein Telefon | un téléphone/de téléphone | 一部电话/电话
a garden/garden | einen Garten/keinen Garten | un jardin/de jardin | 一个花园/花园
a brother/brother | einen Bruder/keinen Bruder | un frère/de frère | 一个哥哥/哥哥
a sister/sister | eine Schwester/keine Schwester | une sœur/de sœur | 一个妹妹/妹妹
a question/question | eine Frage/keine Frage | une question/de question | 一个问题/问题
a reservation/reservation | eine Reservierung/keine Reservierung | une réservation/de réservation | 一个预订/预订
an appointment/appointment | einen Termin/keinen Termin | un rendez-vous/de rendez-vous | 一个预约/预约
an account/account | ein Konto/kein Konto | un compte/de compte | 一个账户/账户
a bicycle/bicycle | ein Fahrrad/kein Fahrrad | un vélo/de vélo | 一辆自行车/自行车
a computer/computer | einen Computer/keinen Computer | un ordinateur/d'ordinateur | 一台电脑/电脑
a plan/plan | einen Plan/keinen Plan | un plan/de plan | 一个计划/计划
a choice/choice | eine Wahl/keine Wahl | un choix/de choix | 一个选择/选择
a solution/solution | eine Lösung/keine Lösung | une solution/de solution | 一个解决办法/解决办法
"""
# {} is the thing with its article, {no} the thing after a negation.
OF_THINGS = """
I have {}. | Ich habe {}. | J'ai {}. | 我有{}。
I do not have {}. | Ich habe {no}. | Je n'ai pas {no}. | 我没有{no}。
He doesn't have {}. | Er hat {no}. | Il n'a pas {no}. | 他没有{no}。
She has no {no}. | Sie hat {no}. | Elle n'a pas {no}. | 她没有{no}。
We don't need {}. | Wir brauchen {no}. | Nous n'avons pas besoin {no}. | 我们不需要{no}。
Don't you have {}? | Haben Sie {no}? | Vous n'avez pas {no} ? | 您没有{no}吗？
They never had {}. | Sie hatten nie {}. | Ils n'ont jamais eu {no}. | 他们从来没有{no}。
I no longer have {}. | Ich habe {no} mehr. | Je n'ai plus {no}. | 我不再有{no}了。
There is no {no} here. | Hier gibt es {no}. | Il n'y a pas {no} ici. | 这里没有{no}。
Nobody has {}. | Niemand hat {}. | Personne n'a {no}. | 没有人有{no}。
Without {} it won't work. | Ohne {} geht es nicht. | Sans {}, ça ne marche pas. | 没有{no}就不行。
"""
SUBJECTS = """
the sofa | das Sofa | le canapé | 这张沙发
the film | der Film | le film | 这部电影
the book | das Buch | le livre | 这本书
the train | der Zug | le train | 这列火车
the hotel | das Hotel | l'hôtel | 这家酒店
the plan | der Plan | le plan | 这个计划
the job | die Arbeit | le travail | 这份工作
the bus | der Bus | le bus | 这辆公交车
"""
ADJECTIVES = """
old | alt | vieux | 旧
expensive | teuer | cher | 贵
big | groß | grand | 大
small | klein | petit | 小
new | neu | neuf | 新
good | gut | bon | 好
bad | schlecht | mauvais | 差
clean | sauber | propre | 干净
dangerous | gefährlich | dangereux | 危险
easy | einfach | facile | 简单
"""
# {s} is the subject, {a} the adjective, {b} another one.
OF_ADJECTIVES = """
{s} is {a}. | {s} ist {a}. | {s} est {a}. | {s}很{a}。
{s} is not {a}. | {s} ist nicht {a}. | {s} n'est pas {a}. | {s}不{a}。
{s} isn't {a}. | {s} ist nicht {a}. | {s} n'est pas {a}. | {s}不{a}。
{s} is not {a}, but {b}. | {s} ist nicht {a}, sondern {b}. | {s} n'est pas {a}, mais {b}. | {s}不是{a}的，而是{b}的。
{s} is neither {a} nor {b}. | {s} ist weder {a} noch {b}. | {s} n'est ni {a} ni {b}. | {s}既不{a}也不{b}。
{s} was never {a}. | {s} war nie {a}. | {s} n'a jamais été {a}. | {s}从来不{a}。
{s} is no longer {a}. | {s} ist nicht mehr {a}. | {s} n'est plus {a}. | {s}不再{a}了。
Isn't {s} {a}? | Ist {s} nicht {a}? | Est-ce que {s} n'est pas {a} ? | {s}不{a}吗？
"""
GROUPS = [
    """
red | rot | rouge | 红色
green | grün | vert | 绿色
blue | blau | bleu | 蓝色
yellow | gelb | jaune | 黄色
black | schwarz | noir | 黑色
white | weiß | blanc | 白色
brown | braun | marron | 棕色
grey | grau | gris | 灰色
purple | lila | violet | 紫色
pink | rosa | rose | 粉色
""",
    """
Monday | Montag | lundi | 星期一
Tuesday | Dienstag | mardi | 星期二
Wednesday | Mittwoch | mercredi | 星期三
Thursday | Donnerstag | jeudi | 星期四
Friday | Freitag | vendredi | 星期五
Saturday | Samstag | samedi | 星期六
Sunday | Sonntag | dimanche | 星期日
""",
    """
apples | Äpfel | pommes | 苹果
pears | Birnen | poires | 梨
bananas | Bananen | bananes | 香蕉
cherries | Kirschen | cerises | 樱桃
grapes | Trauben | raisins | 葡萄
oranges | Orangen | oranges | 橙子
lemons | Zitronen | citrons | 柠檬
strawberries | Erdbeeren | fraises | 草莓
plums | Pflaumen | prunes | 李子
""",
    """
bread | Brot | pain | 面包
milk | Milch | lait | 牛奶
butter | Butter | beurre | 黄油
cheese | Käse | fromage | 奶酪
eggs | Eier | œufs | 鸡蛋
rice | Reis | riz | 大米
salt | Salz | sel | 盐
sugar | Zucker | sucre | 糖
flour | Mehl | farine | 面粉
fish | Fisch | poisson | 鱼
""",
    """
dogs | Hunde | chiens | 狗
cats | Katzen | chats | 猫
horses | Pferde | chevaux | 马
cows | Kühe | vaches | 牛
sheep | Schafe | moutons | 羊
pigs | Schweine | cochons | 猪
birds | Vögel | oiseaux | 鸟
mice | Mäuse | souris | 老鼠
rabbits | Kaninchen | lapins | 兔子
""",
    """
Germany | Deutschland | Allemagne | 德国
France | Frankreich | France | 法国
Italy | Italien | Italie | 意大利
Spain | Spanien | Espagne | 西班牙
China | China | Chine | 中国
Japan | Japan | Japon | 日本
Canada | Kanada | Canada | 加拿大
Poland | Polen | Pologne | 波兰
Austria | Österreich | Autriche | 奥地利
""",
]
OF_LISTS = """
{} | {} | {} | {}
The list: {}. | Die Liste: {}. | La liste : {}. | 清单：{}。
We need: {}. | Wir brauchen: {}. | Il nous faut : {}. | 我们需要：{}。
Please note: {}. | Bitte beachten: {}. | À noter : {}. | 请注意：{}。
Only these: {}. | Nur diese: {}. | Seulement ceux-ci : {}. | 只有这些：{}。
"""
INTERFACE = """
Cancel | Abbrechen | Annuler | 取消
OK | OK | OK | 确定
Save | Speichern | Enregistrer | 保存
Save as | Speichern unter | Enregistrer sous | 另存为
Log in | Anmelden | Se connecter | 登录
Log out | Abmelden | Se déconnecter | 退出登录
Sign up | Registrieren | S'inscrire | 注册
Search | Suchen | Rechercher | 搜索
Delete | Löschen | Supprimer | 删除
Edit | Bearbeiten | Modifier | 编辑
Copy | Kopieren | Copier | 复制
Paste | Einfügen | Coller | 粘贴
Cut | Ausschneiden | Couper | 剪切
Undo | Rückgängig | Annuler | 撤销
Redo | Wiederholen | Rétablir | 重做
Open | Öffnen | Ouvrir | 打开
Close | Schließen | Fermer | 关闭
Back | Zurück | Retour | 返回
Next | Weiter | Suivant | 下一步
Previous | Zurück | Précédent | 上一步
Finish | Fertigstellen | Terminer | 完成
Done | Fertig | Terminé | 完成
Yes | Ja | Oui | 是
No | Nein | Non | 否
Help | Hilfe | Aide | 帮助
Settings | Einstellungen | Paramètres | 设置
Download | Herunterladen | Télécharger | 下载
Upload | Hochladen | Téléverser | 上传
Print | Drucken | Imprimer | 打印
Share | Teilen | Partager | 分享
Send | Senden | Envoyer | 发送
Reply | Antworten | Répondre | 回复
Forward | Weiterleiten | Transférer | 转发
Refresh | Aktualisieren | Actualiser | 刷新
Update | Aktualisieren | Mettre à jour | 更新
Install | Installieren | Installer | 安装
Continue | Fortfahren | Continuer | 继续
Retry | Wiederholen | Réessayer | 重试
Submit | Absenden | Envoyer | 提交
Reset | Zurücksetzen | Réinitialiser | 重置
Apply | Anwenden | Appliquer | 应用
Remove | Entfernen | Supprimer | 移除
Add | Hinzufügen | Ajouter | 添加
Rename | Umbenennen | Renommer | 重命名
Select all | Alles auswählen | Tout sélectionner | 全选
Sort by | Sortieren nach | Trier par | 排序方式
Filter | Filtern | Filtrer | 筛选
View | Ansicht | Affichage | 查看
Home | Startseite | Accueil | 首页
Profile | Profil | Profil | 个人资料
Account | Konto | Compte | 账户
Password | Passwort | Mot de passe | 密码
User name | Benutzername | Nom d'utilisateur | 用户名
E-mail address | E-Mail-Adresse | Adresse e-mail | 电子邮件地址
Forgot your password? | Passwort vergessen? | Mot de passe oublié ? | 忘记密码？
Cart | Warenkorb | Panier | 购物车
Checkout | Zur Kasse | Passer commande | 结账
Add to cart | In den Warenkorb | Ajouter au panier | 加入购物车
Sale | Sonderangebot | Soldes | 促销
Free shipping | Kostenloser Versand | Livraison gratuite | 免费配送
In stock | Auf Lager | En stock | 有货
Sold out | Ausverkauft | Épuisé | 售罄
Price | Preis | Prix | 价格
Quantity | Menge | Quantité | 数量
Total | Gesamtbetrag | Total | 总计
Loading | Wird geladen | Chargement | 加载中
Please wait. | Bitte warten. | Veuillez patienter. | 请稍候。
No results | Keine Ergebnisse | Aucun résultat | 没有结果
No Results - Show All Items | Keine Ergebnisse – alle Artikel anzeigen | Aucun résultat - Afficher tous les articles | 没有结果 - 显示所有项目
Show more | Mehr anzeigen | Afficher plus | 显示更多
Show less | Weniger anzeigen | Afficher moins | 显示更少
Read more | Weiterlesen | Lire la suite | 阅读更多
Privacy policy | Datenschutzerklärung | Politique de confidentialité | 隐私政策
Terms of use | Nutzungsbedingungen | Conditions d'utilisation | 使用条款
Contact us | Kontakt | Nous contacter | 联系我们
About us | Über uns | À propos | 关于我们
Subscribe | Abonnieren | S'abonner | 订阅
Unsubscribe | Abbestellen | Se désabonner | 取消订阅
Turn on | Einschalten | Activer | 打开
Turn off | Ausschalten | Désactiver | 关闭
Pause | Pause | Pause | 暂停
Play | Wiedergabe | Lecture | 播放
Full screen | Vollbild | Plein écran | 全屏
Language | Sprache | Langue | 语言
File | Datei | Fichier | 文件
Folder | Ordner | Dossier | 文件夹
New folder | Neuer Ordner | Nouveau dossier | 新建文件夹
Error | Fehler | Erreur | 错误
Warning | Warnung | Avertissement | 警告
Exit | Beenden | Quitter | 退出
"""  # noqa: E501
ABBREVIATIONS = """
e.g. apples, pears, etc. | z. B. Äpfel, Birnen usw. | p. ex. des pommes, des poires, etc. | 例如苹果、梨等
No. 5 is the best. | Nr. 5 ist die beste. | Le n° 5 est le meilleur. | 5号是最好的。
See p. 12. | Siehe S. 12. | Voir p. 12. | 见第12页。
cf. p. 12 ff. | vgl. S. 12 ff. | cf. p. 12 sqq. | 参见第12页及以下
i.e. a mistake | d. h. ein Fehler | c.-à-d. une erreur | 即一个错误
This is a mistake, i.e. it is wrong. | Das ist ein Fehler, d. h. es ist falsch. | C'est une erreur, c.-à-d. que c'est faux. | 这是一个错误，也就是说它不对。
approx. 20 minutes | ca. 20 Minuten | env. 20 minutes | 约20分钟
Mon-Fri, 9am-5pm | Mo.–Fr., 9–17 Uhr | lun.-ven., 9 h-17 h | 周一至周五，上午9点至下午5点
Open 9am-5pm, Mon-Fri. | Geöffnet Mo.–Fr., 9–17 Uhr. | Ouvert de 9 h à 17 h, du lun. au ven. | 营业时间：周一至周五上午9点至下午5点。
Mr. and Mrs. Martin | Herr und Frau Martin | M. et Mme Martin | 马丁先生和夫人
Please reply asap. | Bitte antworten Sie so bald wie möglich. | Merci de répondre dès que possible. | 请尽快回复。
incl. VAT | inkl. MwSt. | TVA incl. | 含增值税
excl. VAT | zzgl. MwSt. | hors TVA | 不含增值税
max. 5 persons | max. 5 Personen | max. 5 personnes | 最多5人
min. 2 nights | mind. 2 Nächte | min. 2 nuits | 至少2晚
Main St. 7 | Hauptstr. 7 | 7, rue Principale | 主街7号
tel. and fax | Tel. und Fax | tél. et fax | 电话和传真
3 pcs. | 3 Stk. | 3 pcs | 3件
vol. 2, ch. 3 | Bd. 2, Kap. 3 | vol. 2, chap. 3 | 第2卷第3章
Dr. Brown, MD | Dr. Brown | Dr Brown | 布朗医生
"""  # noqa: E501
UNTIL, PAST_EN = 60, {5: "five", 10: "ten", 15: "quarter", 20: "twenty", 25: "twenty-five"}
PAST_DE = {5: "fünf", 10: "zehn", 15: "Viertel", 20: "zwanzig"}
PAST_FR = {5: " cinq", 10: " dix", 15: " et quart", 20: " vingt", 25: " vingt-cinq"}
UNTIL_FR = {5: " moins cinq", 10: " moins dix", 15: " moins le quart", 20: " moins vingt", 25: " moins vingt-cinq"}
ORDINALS = {
    3: ("third", "Drittel", "tiers"), 4: ("quarter", "Viertel", "quart"), 5: ("fifth", "Fünftel", "cinquième"),
    6: ("sixth", "Sechstel", "sixième"), 7: ("seventh", "Siebtel", "septième"), 8: ("eighth", "Achtel", "huitième"),
    9: ("ninth", "Neuntel", "neuvième"), 10: ("tenth", "Zehntel", "dixième"),
}  # fmt: skip


def decimal(number: float, language: str) -> str:
    """A number of at most two decimals, with the marks of a language."""
    whole, point, rest = f"{number:,.2f}".rstrip("0").partition(".")
    grouped = {"en": whole, "de": whole.replace(",", "."), "fr": whole.replace(",", " "), "zh": whole}[language]
    return grouped + ((point if language in ("en", "zh") else ",") + rest if rest else "")


def magnitudes(rng: random.Random) -> Iterator[tuple[str, Texts]]:
    """Keys, and numbers of a thousand and more as each language says them before a noun."""
    for number in sorted({rng.choice([2, 3, 5, 12, 15, 20, 35, 48, 60, 75, 80, 120, 140, 250, 350, 400, 600, 750, 900])
                          * 10 ** rng.randint(3, 11) // rng.choice([1, 1, 10]) for _ in range(260)}):  # fmt: skip
        yield f"magnitude {number}", named_magnitude(number)
        if number < 10**7:
            digits = decimal(number, "en"), decimal(number, "de"), decimal(number, "fr"), chinese_magnitude(number)
            yield f"magnitude {number}", digits


def named_magnitude(number: int) -> Texts:
    if number < 10**6:
        words = [in_words(number, language) for language in LANGUAGES]
        return words[0], words[1], words[2], words[3]
    names = {
        10**12: ("trillion", "Billionen", "billion"), 10**9: ("billion", "Milliarden", "milliard"),
        10**6: ("million", "Millionen", "million"),
    }  # fmt: skip
    unit, (english, german, french) = next(item for item in names.items() if number >= item[0])
    part = number / unit
    if part == 1:
        german = "eine Milliarde" if unit == 10**9 else f"eine {german.removesuffix('en')}"
        return f"one {english}", german, f"un {french}", chinese_magnitude(number)
    french = f"{decimal(part, 'fr')} {french}{'s' if part >= 2 else ''}"
    return f"{decimal(part, 'en')} {english}", f"{decimal(part, 'de')} {german}", french, chinese_magnitude(number)


def chinese_magnitude(number: int) -> str:
    for unit, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")):
        if number >= unit and round(number / unit, 2) * unit == number:
            return decimal(number / unit, "zh").replace(",", "") + name
    return f"{number}"


def quantities(rng: random.Random) -> Iterator[Fact]:
    for nouns, templates in ((COUNTED, OF_COUNTED), (MONEY, OF_MONEY)):
        for key, number in magnitudes(rng):
            kind = "magnitudes" if any(name in number[0] for name in ("illion", ",")) else "number words"
            for template in rng.sample(table(templates), 2):
                en, de, fr, zh = rng.choice(table(nouns))
                plain, after_millions = fr.split("/")
                french = after_millions if "illi" in number[2] else plain
                texts = (f"{number[0]} {en}", f"{number[1]} {de}", f"{number[2]} {french}", f"{number[3]}{zh}")
                yield Fact(kind, filled(template, texts), Value(number, key))


def number_words(rng: random.Random) -> Iterator[Fact]:
    numbers = [
        *range(2, 100),
        *(rng.randint(100, 999) for _ in range(150)),
        *(rng.randint(10, 99) * 100 for _ in range(60)),
        *(rng.randint(2, 99) * 1000 for _ in range(60)),
        *(rng.randint(1000, 9999) for _ in range(60)),
        *(rng.randint(10, 999) * 1000 for _ in range(60)),
        *(rng.randint(10_000, 999_999) for _ in range(40)),
    ]
    for number in dict.fromkeys(numbers):
        if (
            number % 10 in (1, 2) and number > 2
        ):  # "einunddreißig Bäume" is right, but genders and 两 are another matter
            continue
        words = Value(tuple(in_words(number, language) for language in LANGUAGES), f"words {number}")
        en, de, fr, zh = rng.choice(table(COUNTED))
        noun = (en, de, fr.split("/")[0], zh)
        texts = tuple(f"{one} {other}" for one, other in zip(words.texts[:3], noun[:3], strict=True))
        chinese = ("两" if number == 2 else words.texts[3]) + noun[3]
        for template in rng.sample(table(OF_COUNTED), 2):
            yield Fact("number words", filled(template, (*texts, chinese)), words)


def times(rng: random.Random) -> Iterator[Fact]:
    for hour in range(1, 13):
        for minute in range(0, 60, 5):
            clock = clock_time(hour, minute)
            for template in rng.sample(table(TIMES), 6):
                yield Fact("times", filled(template, clock), Value(clock, f"time {hour}:{minute}"))


def clock_time(hour: int, minute: int) -> Texts:
    """A time of day as it is said, by twelve hours and five minutes."""
    after = hour % 12 + 1
    en, later = in_words(hour, "en"), in_words(after, "en")
    de, german_later = in_words(hour, "de"), in_words(after, "de")
    chinese = f"{'两' if hour == 2 else in_words(hour, 'zh')}点"
    fr, french_later = french_hour(hour), french_hour(after)
    zh = chinese + {0: "", 15: "一刻", 30: "半", 45: "三刻", 5: "零五分"}.get(minute, f"{in_words(minute, 'zh')}分")
    if minute == 0:
        return f"{en} o'clock", f"{'ein' if hour == 1 else de} Uhr", fr, zh
    if minute == 30:
        half = " et demi" if hour == 12 else " et demie"
        return f"half past {en}", f"halb {german_later}", fr + half, zh
    if minute < 30:
        german = f"fünf vor halb {german_later}" if minute == 25 else f"{PAST_DE[minute]} nach {de}"
        return f"{PAST_EN[minute]} past {en}", german, fr + PAST_FR[minute], zh
    left = UNTIL - minute
    german = f"fünf nach halb {german_later}" if left == 25 else f"{PAST_DE[left]} vor {german_later}"
    return f"{PAST_EN[left]} to {later}", german, french_later + UNTIL_FR[left], zh


def french_hour(hour: int) -> str:
    if hour == 12:
        return "midi"
    return "une heure" if hour == 1 else f"{in_words(hour, 'fr')} heures"


# A time in English words -> as it is written in digits.
IN_DIGITS = {
    clock_time(hour, minute)[0]: [
        f"{hour}:{minute:02}",
        f"{hour}.{minute:02}",
        *([] if minute else [f"{hour} o'clock"]),
    ]
    for hour in range(1, 13)
    for minute in range(0, 60, 5)
}


def units(rng: random.Random) -> Iterator[Fact]:
    for en, de, fr, zh in table(UNITS):
        most = 99 if en in ("degrees", "percent", "litres") else 999
        numbers = {
            rng.choice([rng.randint(2, 99), rng.randint(20, most), rng.randint(20, 250) / 10]) for _ in range(45)
        }
        for number in sorted(numbers):
            words = [decimal(number, language) for language in LANGUAGES]
            texts = f"{words[0]} {en}", f"{words[1]} {de}", f"{words[2]} {fr}", f"{words[3]}{zh}"
            value = Value(texts, f"unit {number} {en}")
            for template in [rng.choice(table(OF_UNIT[en])), ("{}",) * 4][: 1 + (rng.random() < 0.3)]:
                yield Fact("units", filled(template, texts), value)


def fractions(rng: random.Random) -> Iterator[Fact]:
    for denominator, (en, de, fr) in ORDINALS.items():
        for part in range(1, denominator):
            if any(part % factor == 0 and denominator % factor == 0 for factor in range(2, denominator + 1)):
                continue
            one = part == 1
            words = (
                f"a {en}" if one else f"{in_words(part, 'en')} {en}s",
                f"ein {de}" if one else f"{in_words(part, 'de')} {de}",
                f"un {fr}" if one else f"{in_words(part, 'fr')} {fr.removesuffix('s')}s",
                f"{in_words(denominator, 'zh')}分之{in_words(part, 'zh')}",
            )
            for shared in rng.sample(table(SHARED), 3):
                texts = (f"{words[0]} of the {shared[0]}", f"{words[1]} der {shared[1]}", f"{words[2]} des {shared[2]}",
                         f"{words[3]}的{shared[3]}")  # fmt: skip
                yield Fact(
                    "fractions",
                    filled(rng.choice(table(OF_SHARED)), texts),
                    Value(words, f"fraction {part}/{denominator}"),
                )
    for number in range(1, 13):
        for en, de, fr, zh in table(HALVES):
            german = "anderthalb" if number == 1 else in_words(number, "de") + "einhalb"
            singular = fr.replace("s ", " ", 1) if number == 1 and not fr.startswith("mois") else fr
            french = "une" if number == 1 and fr.endswith("demie") else in_words(number, "fr")
            chinese = "两" if number == 2 else in_words(number, "zh")
            texts = (
                f"{in_words(number, 'en')} and a half {en}",
                f"{german} {de}",
                f"{french} {singular}",
                chinese + zh,
            )
            for template in rng.sample(table(OF_HALVES), 2):
                yield Fact("fractions", filled(template, texts), Value(texts, f"half {number} {en}"))


def negations(rng: random.Random) -> Iterator[Fact]:
    for thing in table(THINGS):
        plain, behind = zip(*(column.split("/") for column in thing), strict=True)
        for number, template in enumerate(table(OF_THINGS)):
            values = zip(template, plain, behind, strict=True)
            texts = tuple(upper(one.replace("{no}", no).replace("{}", some)) for one, some, no in values)
            yield Fact("negation", texts, Value(texts, f"thing {number} {thing[0]}"))
    for subject in table(SUBJECTS):
        for first, second in (rng.sample(table(ADJECTIVES), 2) for _ in range(4)):
            for number, template in enumerate(table(OF_ADJECTIVES)):
                parts = zip(template, subject, first, second, strict=True)
                texts = tuple(upper(one.format(s=s, a=a, b=b)) for one, s, a, b in parts)
                key = f"adjective {number} {subject[0]} {first[0]} {second[0] if '{b}' in template[0] else ''}"
                yield Fact("negation", texts, Value(texts, key))


def enumerations(rng: random.Random) -> Iterator[Fact]:
    for group in GROUPS:
        words = table(group)
        for _ in range(70):
            items = rng.sample(words, rng.randint(3, len(words)))
            joined, comma = rng.random() < 0.6, "," if rng.random() < 0.4 else ""
            en, de, fr, zh = ([item[place] for item in items] for place in range(4))
            if joined:
                texts = (
                    f"{', '.join(en[:-1])}{comma} and {en[-1]}", f"{', '.join(de[:-1])} und {de[-1]}",
                    f"{', '.join(fr[:-1])} et {fr[-1]}", f"{'、'.join(zh[:-1])}和{zh[-1]}",
                )  # fmt: skip
            else:
                texts = ", ".join(en), ", ".join(de), ", ".join(fr), "、".join(zh)
            yield Fact("enumerations", filled(rng.choice(table(OF_LISTS)), texts), Value(texts, "list " + " ".join(en)))


def names(rng: random.Random) -> Iterator[Fact]:
    for known, templates, number in ((SURNAMES, OF_SURNAMES, 4), (FULL_NAMES, OF_FULL_NAMES, 3)):
        for name in known:
            for template in rng.sample(table(templates), number):
                yield Fact("names", filled(template, (name,) * 4), Value((name,) * 4, f"name {name}"))


def places(_: random.Random) -> Iterator[Fact]:
    rng = random.Random(2)  # a generator of its own, so that the other kinds keep their held-out part
    for place in table(PLACES):
        for template in rng.sample(table(OF_PLACES), 5):
            yield Fact("places", filled(template, place), Value(place, f"place {place[0]}"))


def couples(_: random.Random) -> Iterator[Fact]:
    rng = random.Random(3)
    known = [name for name in SURNAMES if not held_out(f"name {name}")]
    cities = [place for place in table(PLACES) if not held_out(f"place {place[0]}")]
    for template in table(OF_COUPLES):
        for pair in (rng.sample(known, 2) for _ in range(60)):
            city = rng.choice(cities)
            en, de, fr, zh = (text.format(*pair, place) for text, place in zip(template, city, strict=True))
            yield Fact("couples", (en, de, fr, zh), Value((en, de, fr, zh), ""))


def chinese_names(_: random.Random) -> Iterator[Fact]:
    rng = random.Random(4)
    templates = table(OF_CHINESE_NAMES)
    for family in CHINESE_SURNAMES:
        for given in rng.sample(CHINESE_GIVEN_NAMES, 8):
            latin = f"{letters(family)} {letters(given)}"
            name = (latin, latin, latin, family.removesuffix(letters(family)) + given.removesuffix(letters(given)))
            yield Fact("Chinese names", filled(rng.choice(templates), name), Value(name, f"name {latin}"))


def titles(_: random.Random) -> Iterator[Fact]:
    rng = random.Random(5)
    known = [name for name in SURNAMES if not held_out(f"name {name}")]
    for template in table(OF_TITLES):
        for name in rng.sample(known, 12):
            yield Fact("titles", filled(template, (name,) * 4), Value((name,) * 4, ""))


def letters(name: str) -> str:
    """The pinyin after the characters of a name."""
    return "".join(letter for letter in name if letter.isascii())


def words(_: random.Random) -> Iterator[Fact]:
    for kind, rows in (("interface", INTERFACE), ("abbreviations", ABBREVIATIONS)):
        for row in table(rows):
            yield Fact(kind, row, Value(row, ""))


MAKERS = (
    quantities,
    number_words,
    times,
    units,
    fractions,
    negations,
    enumerations,
    names,
    words,
    places,
    couples,
    chinese_names,
    titles,
)


def held_out(key: str) -> bool:
    return bool(key) and int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) < HELD_OUT * 2**32


def write_phrasebook() -> None:
    rng = random.Random(1)
    facts = [fact for make in MAKERS for fact in make(rng)]
    for place, language in enumerate(LANGUAGES[1:], start=1):
        train = [fact for fact in facts if not held_out(fact.value.key)]
        rows = dict.fromkeys(f"{fact.sentence[0]}\t{fact.sentence[place]}" for fact in train)
        known = {side for row in rows for side in row.split("\t")}
        dev: dict[str, str] = {}
        for fact in facts:
            source, target = fact.sentence[0], fact.sentence[place]
            if held_out(fact.value.key) and source not in known and target not in known:
                dev.setdefault(f"{source}\t{target}", f"{fact.kind}\t{fact.value.texts[0]}\t{fact.value.texts[place]}")
        kinds: dict[str, list[str]] = {}
        for row, described in dev.items():
            kinds.setdefault(described.partition("\t")[0], []).append(row)
        chosen = [row for rows_of in kinds.values() for row in rng.sample(rows_of, min(len(rows_of), MOST))]
        write(f"facts.en-{FILES[language]}.tsv", list(rows))
        write(f"facts_dev.en-{FILES[language]}.tsv", chosen)
        write(f"facts_dev.en-{FILES[language]}.kinds.tsv", [dev[row] for row in chosen])


def write(name: str, rows: list[str]) -> None:
    (FOLDER / name).write_text("".join(row + "\n" for row in rows), "utf-8")


PLAIN_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u202f"), " "
)  # no line breaks at these; between digits they mean the same


def exact(answers: Path, kinds: Path, column: int) -> str:
    """How many translations of each kind contain the words of a column of the file of kinds, or a number or a time in
    digits instead of words, as Markdown."""
    pair = kinds.name.split(".")[1]  # en-de
    language = profile_of(pair.split("-")[column - 1].partition("_")[0])
    counts: dict[str, list[bool]] = {}
    for answer, line in zip(
        answers.read_text("utf-8").splitlines(), kinds.read_text("utf-8").splitlines(), strict=True
    ):
        answer, row = answer.translate(PLAIN_SPACES), line.split("\t")
        words = row[column].rstrip(".。?？").lower()
        forms = forms_of(words, language) + (IN_DIGITS.get(row[1], []) if row[0] == "times" else [])
        forms = [form.translate(PLAIN_SPACES) for form in forms]
        if column == 1:
            answer, forms = british(answer), [british(form) for form in forms]
        counts.setdefault(row[0], []).append(any(form in answer.lower() for form in forms))
    lines = [
        f"| {kind} | {sum(right)} of {len(right)} | {100 * sum(right) / len(right):.1f} |"
        for kind, right in counts.items()
    ]
    return "\n".join(["| kind | exact | % |", "| --- | ---: | ---: |", *lines])


def british(text: str) -> str:
    """English in one of the spellings that mean the same: `metre`, `grey`, `5 percent`, `is not`, no comma before the
    last `and`."""
    text = re.sub(r"(lit|met)er(s?)\b", r"\1re\2", text).replace("gray", "grey").replace("can't", "cannot")
    text = re.sub(r" ?%", " percent", text)
    return re.sub(r",( and| or)\b", r"\1", re.sub(r"n't\b", " not", text))


def forms_of(words: str, language: Profile) -> list[str]:
    """The words, and their number in digits where they are only a number, in Chinese also by 10,000 ("36000",
    "3.6万")."""
    numbers = language.numbers
    assert numbers is not None
    whole = [one for one in numbers.in_words(words) if one.is_plain and (one.start, one.end) == (0, len(words))]
    forms = [words, *(numbers.marks.written(Decimal(one.value)) for one in whole)]
    if language.code == "zh":
        forms += [f"{(Decimal(one.value) / 10_000).normalize():f}万" for one in whole]
    return forms


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Write the phrasebook of facts, or score translations of its dev part."
    )
    parser.add_argument("answers", type=Path, nargs="?", help="translations of facts_dev, one a line")
    parser.add_argument("kinds", type=Path, nargs="?", help="the facts_dev.*.kinds.tsv beside it")
    parser.add_argument("--english", action="store_true", help="the translations are English")
    options = parser.parse_args()
    if options.answers and options.kinds:
        print(exact(options.answers, options.kinds, 1 if options.english else 2))
    else:
        write_phrasebook()


if __name__ == "__main__":
    main()
