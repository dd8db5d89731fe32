"""Writes `data/phrasebook/names.en-zh_Hans.tsv`: Chinese names in sentences. A model can transcribe a name only if it
has read the pinyin of each character. Names that the phrasebook of facts holds out are left out.

python scripts/names_phrasebook.py
"""

from __future__ import annotations

import random

from facts_names import CHINESE_SURNAMES, OF_CHINESE_NAMES
from facts_phrasebook import held_out, letters, write
from number_words import split

SENTENCES = 5000
CHARACTERS = split(
    "伟Wei 芳Fang 娜Na 敏Min 静Jing 丽Li 强Qiang 磊Lei 军Jun 洋Yang 勇Yong 杰Jie 涛Tao 明Ming 超Chao 霞Xia "
    "平Ping 刚Gang 玲Ling 秀Xiu 英Ying 桂Gui 建Jian 国Guo 志Zhi 晓Xiao 东Dong 文Wen 婷Ting 海Hai 燕Yan 雪Xue "
    "梅Mei 美Mei 宇Yu 欣Xin 怡Yi 子Zi 涵Han 佳Jia 鹏Peng 浩Hao 然Ran 思Si 雨Yu 小Xiao 红Hong 华Hua 春Chun 兰Lan "
    "玉Yu 金Jin 荣Rong 成Cheng 波Bo 辉Hui 斌Bin 俊Jun 峰Feng 飞Fei 龙Long 凤Feng 倩Qian 雅Ya 琴Qin 莉Li 梓Zi "
    "轩Xuan 诗Shi 琪Qi 嘉Jia 豪Hao 泽Ze 晨Chen 阳Yang 颖Ying 慧Hui 丹Dan 云Yun 帆Fan 博Bo 天Tian 昊Hao 瑞Rui "
    "康Kang 安An 宁Ning 清Qing 月Yue 星Xing 悦Yue 菲Fei 蕾Lei 薇Wei 凯Kai 亮Liang 健Jian 林Lin 松Song 江Jiang "
    "永Yong 德De 新Xin 世Shi 振Zhen 庆Qing 福Fu 光Guang 忠Zhong 义Yi 仁Ren 礼Li 智Zhi 信Xin 贵Gui 宝Bao 顺Shun "
    "旺Wang 生Sheng 兴Xing 胜Sheng 楠Nan 莹Ying 洁Jie 爱Ai 恩En 彬Bin 航Hang 旭Xu 翔Xiang 睿Rui 可Ke 心Xin 妍Yan "
    "晴Qing"
)
SURNAMES = split(
    "苏Su 卢Lu 蒋Jiang 蔡Cai 贾Jia 丁Ding 魏Wei 薛Xue 叶Ye 阎Yan 余Yu 潘Pan 杜Du 戴Dai 夏Xia 钟Zhong 汪Wang "
    "田Tian 任Ren 姜Jiang 范Fan 方Fang 石Shi 姚Yao 谭Tan 廖Liao 邹Zou 熊Xiong 金Jin 陆Lu 郝Hao 孔Kong 白Bai "
    "崔Cui 康Kang 毛Mao 邱Qiu 秦Qin 江Jiang 史Shi 顾Gu 侯Hou 邵Shao 孟Meng 龙Long 万Wan 段Duan 钱Qian 汤Tang "
    "尹Yin 黎Li 易Yi 常Chang 武Wu 乔Qiao 贺He 赖Lai 龚Gong"
)
OF_NAMES = """
{} is a doctor. | {}是医生。
{} teaches at our school. | {}在我们学校教书。
This is {}. | 这是{}。
Is {} at home? | {}在家吗？
{} did not come yesterday. | {}昨天没来。
I met {} at the station. | 我在车站遇见了{}。
{} lives in Shanghai. | {}住在上海。
{} wrote this book. | 这本书是{}写的。
{} won the first prize. | {}得了一等奖。
Please give this letter to {}. | 请把这封信交给{}。
{} is my neighbour. | {}是我的邻居。
{} likes to play basketball. | {}喜欢打篮球。
{}'s brother studies in Germany. | {}的哥哥在德国留学。
{}'s mother is a nurse. | {}的妈妈是护士。
Mayor {} opened the meeting. | 市长{}宣布会议开始。
Professor {} will give a talk tomorrow. | {}教授明天要作报告。
Reporter {}, from Beijing | 记者{}北京报道
According to {}, the factory will open in May. | 据{}介绍，工厂将于五月开工。
{} and her daughter went to the park. | {}和女儿去了公园。
I have not seen {} for a long time. | 我很久没见到{}了。
{} bought three apples. | {}买了三个苹果。
Thank you, {}! | 谢谢你，{}！
{} has been ill for a week. | {}病了一个星期。
The director of the film is {}. | 这部电影的导演是{}。
{} is eighteen years old. | {}今年十八岁。
Yesterday {} came to see us. | 昨天{}来看我们。
Who is {}? | {}是谁？
{} works for a bank. | {}在银行工作。
{} asked the manager for a day off. | {}向经理请了一天假。
Manager {} signed the contract. | {}经理签了合同。
"""


def spelt(name: str) -> tuple[str, str]:
    """A name split into its characters and the pinyin after them."""
    return name.removesuffix(letters(name)), letters(name)


def given_name(rng: random.Random) -> tuple[str, str]:
    """In characters and in pinyin, of one or two characters."""
    characters, pinyin = zip(*map(spelt, rng.sample(CHARACTERS, rng.choice((1, 2, 2)))), strict=True)
    first, *rest = pinyin
    return "".join(characters), first + "".join(f"'{one.lower()}" if one[0] in "AEO" else one.lower() for one in rest)


def main() -> None:
    rng = random.Random(3)
    templates = [row.split(" | ") for row in OF_NAMES.strip().splitlines()]
    templates += [[row.split(" | ")[0], row.split(" | ")[3]] for row in OF_CHINESE_NAMES.strip().splitlines()]
    surnames = [spelt(one) for one in (*CHINESE_SURNAMES, *SURNAMES)]
    rows: dict[str, None] = {}
    while len(rows) < SENTENCES:
        surname, surname_pinyin = rng.choice(surnames)
        characters, pinyin = given_name(rng)
        name = f"{surname_pinyin} {pinyin}"
        if not held_out(f"name {name}"):
            english, chinese = rng.choice(templates)
            rows[f"{english.format(name)}\t{chinese.format(surname + characters)}"] = None
    write("names.en-zh_Hans.tsv", list(rows))


if __name__ == "__main__":
    main()
