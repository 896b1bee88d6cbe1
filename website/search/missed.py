"""Counts the words for which nothing was found, for editors: words, never people.

A word is kept only if nothing about it can be personal, by one rule that errs on the side of forgetting (decision 36):
it has 2 to 8 Chinese characters or 2 to 6 Latin letters and nothing else, no part of it can be read as a surname with a
given name, in characters or in pinyin, and nothing that was typed with it has a digit or an address.
"""

import logging
import re
import unicodedata
from collections.abc import Collection
from itertools import pairwise
from time import monotonic

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from common.matching import fold
from common.spelling import typed_letters
from tasks.models import MissedSearch
from website.search.catalogue import Catalogue
from website.search.results import Query

logger = logging.getLogger(__name__)

MOST_WORDS = 300
SECONDS_BETWEEN = 1.0  # at most one word a second of each process is written, whatever is asked
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,8}")
_LATIN = re.compile(r"[a-z]{2,6}")
_PERSONAL = re.compile(r"[0-9@#/\\_]|身份证|手机号|电话号码|微信号|先生|女士|小姐|同志")
# The surnames of about nine in ten people, the commonest first, then those of two characters.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁"
    "尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳司马上官诸葛"
)
# Words of every day that begin with one of these characters: they are no names.
_ORDINARY = (
    "高铁 高速 高考 高中 高压 高层 高温 马路 马桶 安全 安装 安置 安居 安静 安保 石桥 石头 石子 金融 金属 江边 "
    "田地 田间 白天 白色 黄河 黄土 方便 方向 方案 成绩 成人 成立 成本 文化 文明 文件 文物 文艺 文体 水电 万元 "
    "易地 关闭 关停 关于 关怀 向阳 向东 向西 向南 向北 温度 温泉 施工 施肥 康复 康养 包装 包车 左转 左右 路灯 "
    "路口 路面 路边 路段 路况 路牌 路线 路上 盛会 季度 单位 单元 单独 童车 梅花 纪念 纪委 章程 易燃 牛羊 牛奶 "
    "武术 武装 任务 任命 程序 程度 余额 余热 叶子 许可 何时 林业 林地 林木 林场 胡同 杨树 柳树 苏打 夏天 夏季 "
    "雷电 雷雨 龙头 史志 毛坯 游泳 游客 游园 游乐 游戏 蓝天 谷子 曲艺 兰花 申请 申报 殷实 庄稼 齐全 严重 严禁 "
    "顾客 陆地 姜蒜 丁字 申诉 尚未 宁静 欧式"
)
ORDINARY = frozenset(_ORDINARY.split())
_SURNAMES_SPELLED = (
    "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song "
    "tang han feng deng cao peng zeng xiao tian dong yuan pan yu jiang cai du ye cheng su wei lv ding ren shen "
    "yao lu cui zhong tan fan jin shi liao jia xia fu fang bai zou meng xiong qin qiu yin xue yan duan lei hou "
    "long tao he gu mao hao gong shao wan qian dai mo kong"
)
SURNAMES_SPELLED = frozenset(_SURNAMES_SPELLED.split())


def countable(query: Query, public_pairs: Collection[str]) -> list[str]:
    """The words of a query that may be kept, by the rule above. A pair of characters that stands in the titles of the record
    anyway is no name."""
    if _PERSONAL.search(unicodedata.normalize("NFKC", query.typed)) or any(
        character.isdigit() for character in query.typed
    ):
        return []
    return [word for word in _plain_words(query.typed) if _is_impersonal(word, public_pairs)]


def _plain_words(typed: str) -> list[str]:
    """As `words_of`, with numerals as they were typed."""
    return [piece.casefold() for piece in re.split(r"[\W_]+", typed) if piece]


def _is_impersonal(word: str, public_pairs: Collection[str]) -> bool:
    if _LATIN.fullmatch(word):
        letters = typed_letters(word)
        return not any(letters.startswith(name) for name in SURNAMES_SPELLED)
    if not _CHINESE.fullmatch(word):
        return False
    named = (first + second for first, second in pairwise(word) if first in SURNAMES)
    return all(pair in ORDINARY or fold(pair) in public_pairs for pair in named)


_last_written = [0.0]


def count_missed(query: Query, current: Catalogue | None) -> None:
    """Count the words; it never fails and never waits: a search has to answer where nothing can be written."""
    words = countable(query, current.pairs.keys() if current else set())
    if not words or monotonic() - _last_written[0] < SECONDS_BETWEEN:
        return
    _last_written[0] = monotonic()
    try:
        with transaction.atomic():
            for word in words:
                _count(word)
    except DatabaseError:
        logger.warning("A search without result was not counted.", exc_info=True)


def _count(word: str) -> None:
    today = timezone.localdate()
    if MissedSearch.objects.filter(word=word).update(n_times=F("n_times") + 1, last_on=today):
        return
    if MissedSearch.objects.count() >= MOST_WORDS:
        least = MissedSearch.objects.order_by("n_times", "last_on", "pk").first()
        if least:
            least.delete()
    MissedSearch.objects.get_or_create(word=word, defaults={"last_on": today})
