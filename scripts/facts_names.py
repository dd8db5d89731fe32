"""Names of the phrasebook of facts, with sentences around them: names that are also words, and Chinese names.

Columns of the tables: English, German, French, Chinese.
"""

from number_words import split

SURNAMES = split(
    "Klein Groß Lang Kurz Schwarz Weiß Braun Koch Bauer Fischer König Wolf Vogel Baum Stein Sommer Winter Jung Neumann "
    "Fuchs Schneider Müller Becker Richter Kaiser Hahn Berg Wald Busch Beyer Meier Engel Sonntag Freitag Reich Stark "
    "Smith Baker Cook King Wood Stone Young Long Brown White Black Green Hill Field Bush Rice Fox Bird Day May Rose "
    "Page Carpenter Taylor Mason Marsh Banks Brooks Rivers Church Bell Bishop Knight Martin Dupont Petit Leblanc "
    "Legrand Roy Boulanger Berger Fontaine Dubois Rivière Marchand"
)
FULL_NAMES = [
    name.replace("_", " ")
    for name in split(
        "Will_Smith Mark_Twain Bill_Gates Rose_Baker Hope_Young Grace_King Taylor_Swift Harry_Potter Jack_Black "
        "Dick_Cook Joy_Green Bob_Stone Frank_Wood Art_Brown Rob_Banks Penny_Hill Dawn_Rivers Ivy_Field Summer_Day "
        "Olive_Page Ruby_Fox Rich_Knight Max_Stark Ernst_Reich Christian_Bauer Peter_Fuchs Clara_Vogel Felix_Wolf "
        "Faith_Marsh Victor_Long"
    )
]
OF_SURNAMES = """
Mr. {} | Herr {} | M. {} | {}先生
Mrs. {} | Frau {} | Mme {} | {}女士
Mr. {} is ill. | Herr {} ist krank. | M. {} est malade. | {}先生病了。
Mrs. {} is ill. | Frau {} ist krank. | Mme {} est malade. | {}女士病了。
Dear Mr. {}, | Sehr geehrter Herr {}, | Cher Monsieur {}, | 尊敬的{}先生：
Dear Mrs. {}, | Sehr geehrte Frau {}, | Chère Madame {}, | 尊敬的{}女士：
I am looking for Mr. {}. | Ich suche Herrn {}. | Je cherche M. {}. | 我在找{}先生。
Mrs. {} lives in Berlin. | Frau {} wohnt in Berlin. | Mme {} habite à Berlin. | {}女士住在柏林。
Will you come again tomorrow, Mrs. {}? | Kommen Sie morgen wieder, Frau {}? | Vous revenez demain, Mme {} ? | {}女士，您明天再来吗？
Dr. {} is not here today. | Dr. {} ist heute nicht da. | Le Dr {} n'est pas là aujourd'hui. | {}医生今天不在。
"""  # noqa: E501
OF_FULL_NAMES = """
{} will come. | {} wird kommen. | {} viendra. | {}会来。
I know {}. | Ich kenne {}. | Je connais {}. | 我认识{}。
Do you know {}? | Kennst du {}? | Tu connais {} ? | 你认识{}吗？
{} wrote the book. | {} hat das Buch geschrieben. | {} a écrit le livre. | {}写了这本书。
My name is {}. | Ich heiße {}. | Je m'appelle {}. | 我叫{}。
This is a letter from {}. | Das ist ein Brief von {}. | C'est une lettre de {}. | 这是{}的来信。
"""
# Cities whose names are words of one of the languages.
PLACES = """
Essen | Essen | Essen | 埃森
Halle | Halle | Halle | 哈勒
Hagen | Hagen | Hagen | 哈根
Hof | Hof | Hof | 霍夫
Giessen | Gießen | Giessen | 吉森
Siegen | Siegen | Siegen | 锡根
Singen | Singen | Singen | 辛根
Hamm | Hamm | Hamm | 哈姆
Bergen | Bergen | Bergen | 卑尔根
Worms | Worms | Worms | 沃尔姆斯
Speyer | Speyer | Spire | 施派尔
Kassel | Kassel | Cassel | 卡塞尔
Leer | Leer | Leer | 莱尔
Baden-Baden | Baden-Baden | Baden-Baden | 巴登-巴登
Nuremberg | Nürnberg | Nuremberg | 纽伦堡
Cologne | Köln | Cologne | 科隆
Munich | München | Munich | 慕尼黑
Vienna | Wien | Vienne | 维也纳
Nice | Nizza | Nice | 尼斯
Tours | Tours | Tours | 图尔
Nancy | Nancy | Nancy | 南锡
Lens | Lens | Lens | 朗斯
Brest | Brest | Brest | 布雷斯特
Sens | Sens | Sens | 桑斯
Angers | Angers | Angers | 昂热
Reading | Reading | Reading | 雷丁
Bath | Bath | Bath | 巴斯
Hull | Hull | Hull | 赫尔
Cork | Cork | Cork | 科克
Rugby | Rugby | Rugby | 拉格比
Wells | Wells | Wells | 韦尔斯
Rye | Rye | Rye | 拉伊
Orange | Orange | Orange | 奥朗日
Phoenix | Phoenix | Phoenix | 菲尼克斯
Buffalo | Buffalo | Buffalo | 布法罗
Boulder | Boulder | Boulder | 博尔德
Mobile | Mobile | Mobile | 莫比尔
Beijing | Peking | Pékin | 北京
Shanghai | Shanghai | Shanghai | 上海
Guangzhou | Guangzhou | Canton | 广州
Xi'an | Xi'an | Xi'an | 西安
Taipei | Taipeh | Taipei | 台北
"""
OF_PLACES = """
I live in {}. | Ich wohne in {}. | J'habite à {}. | 我住在{}。
They live in {}. | Sie wohnen in {}. | Ils habitent à {}. | 他们住在{}。
She works in {}. | Sie arbeitet in {}. | Elle travaille à {}. | 她在{}工作。
My parents live in {}. | Meine Eltern leben in {}. | Mes parents vivent à {}. | 我父母住在{}。
When does the train arrive in {}? | Wann kommt der Zug in {} an? | À quelle heure le train arrive-t-il à {} ? | 火车什么时候到{}？
He went to {} yesterday. | Er ist gestern nach {} gefahren. | Il est allé à {} hier. | 他昨天去了{}。
The meeting takes place in {}. | Das Treffen findet in {} statt. | La réunion a lieu à {}. | 会议在{}举行。
{} is a beautiful city. | {} ist eine schöne Stadt. | {} est une belle ville. | {}是一座美丽的城市。
We met in {} ten years ago. | Wir haben uns vor zehn Jahren in {} kennengelernt. | Nous nous sommes rencontrés à {} il y a dix ans. | 我们十年前在{}认识的。
"""  # noqa: E501
# Two surnames, then a place.
OF_COUPLES = """
Mr. {0} and Mrs. {1} live in {2}. | Herr {0} und Frau {1} wohnen in {2}. | M. {0} et Mme {1} habitent à {2}. | {0}先生和{1}女士住在{2}。
Mrs. {0} met Mr. {1} in {2}. | Frau {0} hat Herrn {1} in {2} getroffen. | Mme {0} a rencontré M. {1} à {2}. | {0}女士在{2}遇见了{1}先生。
Mr. {0} invited Mr. {1} to {2}. | Herr {0} hat Herrn {1} nach {2} eingeladen. | M. {0} a invité M. {1} à {2}. | {0}先生邀请{1}先生去{2}。
Mrs. {0} and Mrs. {1} work in {2}. | Frau {0} und Frau {1} arbeiten in {2}. | Mme {0} et Mme {1} travaillent à {2}. | {0}女士和{1}女士在{2}工作。
"""  # noqa: E501
# Titles as letters and notes write them, British ones without a point.
OF_TITLES = """
Ms. {} | Frau {} | Mme {} | {}女士
Ms {} | Frau {} | Mme {} | {}女士
Mr {} | Herr {} | M. {} | {}先生
Mrs {} | Frau {} | Mme {} | {}太太
Miss {} | Fräulein {} | Mlle {} | {}小姐
Dear Ms. {}, | Sehr geehrte Frau {}, | Chère Madame {}, | 尊敬的{}女士：
Dear Ms {}, | Sehr geehrte Frau {}, | Chère Madame {}, | 尊敬的{}女士：
Dear Mr {}, | Sehr geehrter Herr {}, | Cher Monsieur {}, | 尊敬的{}先生：
Dear Professor {}, | Sehr geehrter Herr Professor {}, | Cher Professeur {}, | 尊敬的{}教授：
Dear Dr. {}, | Sehr geehrter Herr Dr. {}, | Cher Docteur {}, | 尊敬的{}博士：
Dear Ms {}, thank you for your letter. | Sehr geehrte Frau {}, vielen Dank für Ihren Brief. | Chère Madame {}, merci pour votre lettre. | 尊敬的{}女士，感谢您的来信。
Dear Mr {}, thank you for your message. | Sehr geehrter Herr {}, danke für Ihre Nachricht. | Cher Monsieur {}, merci pour votre message. | 尊敬的{}先生，感谢您的来信。
Ms. {} is on holiday this week. | Frau {} ist diese Woche im Urlaub. | Mme {} est en vacances cette semaine. | {}女士这周休假。
Ms {} called you this morning. | Frau {} hat Sie heute Morgen angerufen. | Mme {} vous a appelé ce matin. | {}女士今天早上给您打过电话。
Please ask Mr {} for the key. | Bitte fragen Sie Herrn {} nach dem Schlüssel. | Demandez la clé à M. {}, s'il vous plaît. | 请向{}先生要钥匙。
Ms {}, your taxi is here. | Frau {}, Ihr Taxi ist da. | Mme {}, votre taxi est là. | {}女士，您的出租车到了。
Professor {} teaches mathematics. | Professor {} unterrichtet Mathematik. | Le professeur {} enseigne les mathématiques. | {}教授教数学。
Kind regards, Ms {} | Mit freundlichen Grüßen, Frau {} | Cordialement, Mme {} | 此致敬礼，{}女士
"""  # noqa: E501
# Family names and given names, each with its pinyin.
CHINESE_SURNAMES = split(
    "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou 吴Wu 徐Xu 孙Sun 胡Hu 朱Zhu 高Gao 林Lin 何He "
    "郭Guo 马Ma 罗Luo 梁Liang 宋Song 郑Zheng 谢Xie 韩Han 唐Tang 冯Feng 于Yu 董Dong 程Cheng 曹Cao 袁Yuan 邓Deng "
    "许Xu 沈Shen 曾Zeng 彭Peng"
)
CHINESE_GIVEN_NAMES = split(
    "小明Xiaoming 小红Xiaohong 小华Xiaohua 伟Wei 芳Fang 娜Na 敏Min 静Jing 丽Li 强Qiang 磊Lei 军Jun 洋Yang 勇Yong "
    "杰Jie 涛Tao 明Ming 超Chao 霞Xia 平Ping 刚Gang 玲Ling 秀英Xiuying 桂英Guiying 建国Jianguo 志强Zhiqiang "
    "晓东Xiaodong 文Wen 婷婷Tingting 海燕Haiyan 雪梅Xuemei 国强Guoqiang 美玲Meiling 宇Yu 欣怡Xinyi 子涵Zihan "
    "佳Jia 鹏Peng 浩然Haoran 思雨Siyu"
)
OF_CHINESE_NAMES = """
{} went to school. | {} ist zur Schule gegangen. | {} est allé à l'école. | {}去了学校。
{} is my best friend. | {} ist mein bester Freund. | {} est mon meilleur ami. | {}是我最好的朋友。
{} will come. | {} wird kommen. | {} viendra. | {}会来。
Do you know {}? | Kennst du {}? | Tu connais {} ? | 你认识{}吗？
My name is {}. | Ich heiße {}. | Je m'appelle {}. | 我叫{}。
{} works in Beijing. | {} arbeitet in Peking. | {} travaille à Pékin. | {}在北京工作。
I called {} yesterday. | Ich habe {} gestern angerufen. | J'ai appelé {} hier. | 我昨天给{}打了电话。
{} bought a new car. | {} hat ein neues Auto gekauft. | {} a acheté une nouvelle voiture. | {}买了一辆新车。
The teacher asked {} a question. | Der Lehrer stellte {} eine Frage. | Le professeur a posé une question à {}. | 老师问了{}一个问题。
{} said he was tired. | {} sagte, er sei müde. | {} a dit qu'il était fatigué. | {}说他累了。
"""  # noqa: E501
