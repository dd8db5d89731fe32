"""Chinese names: surnames, and how names of other letters are written."""

from __future__ import annotations

import re

from app.text.chinese import traditional

# Names in other letters are written by their sounds, in these characters.
SOUNDS = (
    "阿埃艾爱愛安昂奥奧巴白班邦保鲍鮑贝貝本比彼别別宾賓波伯博布拜采查昌茨达達戴丹德登邓鄧迪蒂丁顿頓多杜厄恩尔"
    "爾法范菲芬丰佛弗夫福富盖蓋甘冈岡高戈哥格根贡貢古瓜哈海汉漢豪赫亨洪侯胡华華怀懷惠霍基吉加贾賈简簡杰金京卡"
    "凯凱坎康考柯科克肯孔库庫夸奎昆拉莱萊赖賴兰蘭朗劳勞雷勒里利丽麗莉连連廉列林琳卢盧鲁魯路伦倫罗羅洛吕呂马馬"
    "玛瑪迈邁麦麥曼芒毛梅门門蒙孟米密明缪繆莫默穆姆拿纳納娜奈南内內尼妮涅宁寧纽紐农農努诺諾欧歐帕派潘庞龐佩彭"
    "皮珀平蒲普齐齊奇恰钱錢乔喬切琴丘屈茹瑞若萨薩塞赛賽桑瑟森莎山尚绍紹舍申圣聖施史舒斯丝絲司思松苏蘇索塔泰坦"
    "汤湯唐陶特滕提田通图圖托瓦万萬旺威韦韋维維魏温溫沃乌烏伍武西希锡錫夏肖谢謝辛欣休许許雅逊遜亚亞延扬揚耶叶"
    "葉伊易因英尤于约約翰泽澤曾扎詹珍朱兹茲佐"
)
SURNAMES: dict[str, str] = dict(
    re.findall(
        r"(.)(\w+) ",
        "王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 黄Huang 赵Zhao 吴Wu 周Zhou 徐Xu 孙Sun 马Ma 朱Zhu 胡Hu 郭Guo "
        "何He 林Lin 高Gao 罗Luo 郑Zheng 梁Liang 谢Xie 宋Song 唐Tang 许Xu 邓Deng 冯Feng 韩Han 曹Cao 曾Zeng "
        "彭Peng 萧Xiao 蔡Cai 潘Pan 田Tian 董Dong 袁Yuan 于Yu 余Yu 叶Ye 蒋Jiang 杜Du 苏Su 魏Wei 程Cheng 吕Lü "
        "丁Ding 沈Shen 任Ren 姚Yao 卢Lu 钟Zhong 姜Jiang 崔Cui 谭Tan 陆Lu 范Fan 汪Wang 廖Liao 石Shi 金Jin "
        "贾Jia 夏Xia 韦Wei 方Fang 邹Zou 熊Xiong 白Bai 孟Meng 秦Qin 邱Qiu 侯Hou 江Jiang 尹Yin 薛Xue 雷Lei 黎Li "
        "龙Long 段Duan 郝Hao 孔Kong 邵Shao 史Shi 毛Mao 武Wu ",
    )
)
KOREAN_AND_VIETNAMESE = "阮朴裴"  # which are of one character too
ONE = "".join(SURNAMES) + KOREAN_AND_VIETNAMESE
NAMES_BY_SOUND = rf"[{SOUNDS}]{{2,12}}|[{ONE}{traditional(ONE)}]"
