"""Counts, shares and days in the sentences of a county's table: “新建公厕6座，改造15座” are two counts."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from common.numbers import NUMBER
from common.tokens import clean_token

# What is counted or measured, the longest first where one begins another.
UNITS = (
    *("微克/立方米", "毫克/升", "平方米/人", "元/人"),
    *("平方公里", "平方千米", "平方米", "立方米", "个百分点", "百分点", "公里", "千米", "延米", "千瓦时"),
    *("㎡", "m²", "㎥", "km", "㎞"),
    *(
        "人次",
        "人天",
        "批次",
        "场次",
        "台套",
        "车次",
        "架次",
        "门次",
        "期次",
        "家次",
        "户次",
        "课时",
        "张床位",
        "个床位",
    ),
    *("个小区", "个村", "个项目", "个点位", "千瓦", "兆瓦", "公顷", "公斤", "亩", "吨", "米", "元", "美元"),
    *"天座个处所条辆名人户套场件台项家盏株棵班床张份栋幢间对口眼孔支只头部本册幅例轮届块片组根枚艘架对期批次宗篇种类门棚",
)
MULTIPLIER = "百万|千万|十万|百|千|万|亿"
# Before a number they make it an ordinal, a name or a day and no count.
_NO_COUNT_BEFORE = re.compile(r"(?:第|[A-Za-z]|[0-9]\s*[-—~～至到]|[0-9][\s，]|[./:·-])$")
_ABOUT_BEFORE = re.compile(r"(?:约|近|大约|约为|左右)$")
_BOUND_BEFORE = re.compile(
    r"(?:不少于|不低于|不小于|至少|达到|超过|突破|以上|≥|不超过|不高于|不大于|不多于|至多|最多|低于|少于|小于|控制在|≤|<)+(?:约)?$"
)
_AT_MOST = re.compile(r"不超过|不高于|不大于|不多于|至多|最多|(?<!不)(?:低于|少于|小于)|控制在|≤|<|以内|之内|以下")
# 压缩到3个环节: as many as may be left, and nothing that is to be reached.
_DOWN_TO = re.compile(r"(?:压缩|缩短|压减|减少|精简|减|降低|下降|降)(?:到|至|为)$")
# How long something takes, 3个工作日; of 天 only where the words before say so, since 优良天数300天 is a figure to reach.
_LASTING = r"个?(?:工作日|自然日|日历日|小时|分钟|月(?!亮)|星期|礼拜|学期|季度)"
_TAKES = re.compile(r"时限|时间|时长|用时|周期|工期|限时|提前|压缩|缩短|压减|办结|审批|内$")
_AFTER = re.compile(r"(?:左右|上下|以上|以下|以内|之内|余|多)+")
_ABOUT_AFTER = re.compile(r"左右|上下|余|多")
# 一期, 一批, 一次 and 一个 are said of what isn't counted.
_WORDED_UNITS = "座处所条辆名户套场台家盏栋幢间口眼"
_WORDED = {word: number for number, word in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_TIMES = {"十": 10, "百": 100, "千": 1000}
# In full width as some keyboards type them; each sign stays one.
_HALF_WIDTH = str.maketrans("０１２３４５６７８９％．", "0123456789%.")
_COUNT = re.compile(
    rf"(?P<number>{NUMBER})\s*(?P<percent>%|‰)|"
    rf"(?P<amount>{NUMBER})\s*(?P<multiplier>{MULTIPLIER}|)(?P<more>余|多|)(?P<unit>{'|'.join(UNITS)})|"
    rf"(?P<spelt>[一二两三四五六七八九十][一二两三四五六七八九十百千万零〇]+)(?P<spelt_unit>{'|'.join(UNITS)})|"
    rf"(?<![一二两三四五六七八九十百千万零〇])(?P<worded>[一二两三四五六七八九十])(?P<worded_unit>[{_WORDED_UNITS}])"
)
_SEPARATORS = "，。；;,！\n、：:（(）)“”"
BENEFIT = re.compile(r"受益|惠及|涉及|覆盖|服务|带动|辐射|解决")
_FILLERS = re.compile(
    r"^(?:年内|全年|今年|本年|在|基础上|力争|争取|计划|预计|确保|保证|保障(?!性)|实现|达到|促进|推动|免费|累计|共计|共|再|完成|实施|启动|推进|做好|开展|在|对|为|将|把|全县|全市|全区|其中|并|和|及|以及|同时)+"
)


_ENUMERATED = re.compile(r"^(?:[0-9]{1,2}[.、．)]|[①-⑳])\s*")
# What is among what was counted already.
_AMONG = re.compile(r"其中|[（(](?:含|包括|包含)")
_LEVEL = re.compile(r"(?:稳定|保持|维持|控制|提高|提升|下降|降低|降|达)?(?:到|在|至)?$")
# How large something is, or was before: no count of what is to be done.
_OF_A_SIZE = re.compile(
    r"^(?:目前|现在|截至.*)?已|原有|现有|每个?(?:乡镇|镇|乡|村|社区|街道|学校|校|所|小区|家)|"
    r"占地|用地|面积|能力|规模|库容|容积|年产|日产|由$|从$|提升[至到]|提高[至到]|增加?[至到]|扩大[至到]|每[年月日天人户]"
)
# Behind a verb they make it the name of a thing: 配送中心 is nothing that is delivered.
_OF_A_PLACE = r"(?:中心|站|点|室|厂|所|基地|设施|平台|机构|队|场|园|线|房|亭|网|车|箱|柜|桩|杆|管)"
_OF_A_LEVEL = re.compile(r"人均|收入|产值|总量|生产总值|天数")


@dataclass(frozen=True)
class Deed:
    """What is done with what is counted. `done` and `begun` are said of it; `is_lasting`: something stands afterwards."""

    done: str
    begun: str
    is_lasting: bool = True


_BUILT, _REPAIRED = "动工", "动工"
DEEDS = {
    **{word: Deed("建成", _BUILT) for word in ("新改扩建", "新改建", "改扩建", "新扩建", "新建成", "新建", "建设", "建成", "扩建", "续建", "迁建", "修建", "搭建", "打造", "重建")},
    **{word: Deed(word, _REPAIRED) for word in ("改建", "升级改造", "提升改造", "更新改造", "改造提升", "维修养护", "维修改造", "改造", "修缮", "整治", "治理", "硬化", "拓宽", "维修", "加固", "绿化", "亮化", "修复", "美化", "提质", "养护", "提升", "打通", "贯通", "疏浚", "清淤")},
    **{f"新{word}": Deed(word, word) for word in ("开通", "投放", "安装", "购置", "栽", "设", "开发", "招引", "培育")},
    **{word: Deed(word, word) for word in ("开通", "投放", "安装", "加装", "更新", "更换", "购置", "配备", "配置", "铺设", "敷设", "架设", "栽植", "种植", "栽种", "补植", "创建", "创成", "引进", "招引", "培育", "签约", "接通", "通车", "投用", "启用", "交付", "拆除", "回收", "收储", "征收", "供应", "分配", "回迁", "安置", "入户", "发展", "流转", "新增", "增加", "设立", "设置", "开发", "认定", "命名", "建立", "组建", "出台", "制定", "到位")},
    "培训": Deed("培训", "开班", is_lasting=False),
    **{word: Deed(word, word, is_lasting=False) for word in ("发放", "放映", "演出", "抽检", "抽查", "检测", "监测", "筛查", "体检", "检查", "举办", "组织", "资助", "救助", "补助", "补贴", "慰问", "帮扶", "帮助", "扶持", "招聘", "选派", "招录", "接种", "诊疗", "义诊", "巡诊", "办结", "调解", "服务", "招募", "促成", "转移", "输送", "鉴定", "配送", "评选", "走访", "处理", "处置", "清理", "清运", "排查")},
}  # fmt: skip
_BY_LENGTH = sorted(DEEDS, key=len, reverse=True)
PLAIN = Deed("完成", "开始")


@dataclass(frozen=True)
class Quantity:
    """So much of something, as a sentence says it. `amount` is in `unit`, which keeps the city's multiplier: 1.5 万亩."""

    amount: Decimal
    unit: str
    verb: str = ""  # as written, "" where the sentence has none
    noun: str = ""
    is_about: bool = False
    is_worded: bool = False  # 三座
    is_at_most: bool = False
    is_bounded: bool = False  # 以上, 不少于
    names: tuple[str, ...] = ()
    is_size: bool = False  # how large something is
    is_among: bool = False  # 其中: a part of what was counted before
    text: str = ""  # from its phrase to the end of the unit

    @property
    def is_indicator(self) -> bool:
        """Whether it is where a figure is to stand, and not so much of something to be done."""
        return (
            "/" in self.unit
            or self.unit in ("%", "‰", "百分点", "个百分点", "天")
            or (self.unit.endswith("元") and bool(_OF_A_LEVEL.search(self.text)))
        )

    @property
    def is_benefit(self) -> bool:
        """Whether it says who has something of it, and not what is done."""
        return bool(BENEFIT.match(self.verb))

    @property
    def deed(self) -> Deed:
        return DEEDS.get(self.verb, PLAIN)


def quantities_of(sentence: str) -> list[Quantity]:
    """All counts of a sentence, in its order; what one leaves unsaid is taken from the one before it in the sentence."""
    found: list[Quantity] = []
    sentence, end = sentence.translate(_HALF_WIDTH), 0
    for match in _COUNT.finditer(sentence):
        if _NO_COUNT_BEFORE.search(sentence[: match.start()]) or _is_day(sentence, match):
            continue
        quantity, behind = _quantity(sentence, end, match)
        if _is_duration(sentence, match, quantity) or (quantity.is_at_most and not quantity.is_indicator):
            continue  # nothing that is to be reached
        end = behind
        found.append(_completed(quantity, found[-1] if found else None))
    return found


def _completed(quantity: Quantity, before: Quantity | None) -> Quantity:
    """With what the one before it in the sentence says for both: 新建公厕6座，改造15座; 新增企业12家，合作社5家."""
    if before is None or before.is_indicator or quantity.is_indicator or quantity.is_benefit:
        return quantity
    verb = quantity.verb or ("" if before.is_benefit else before.verb)
    return replace(quantity, noun=quantity.noun or before.noun, verb=verb)


def _is_day(sentence: str, match: re.Match) -> bool:
    return (match["unit"] or "") in ("期", "批", "次", "届", "类") and sentence[: match.start()].endswith("第")


def _is_duration(sentence: str, match: re.Match, quantity: Quantity) -> bool:
    if quantity.unit == "天":
        return quantity.is_at_most or bool(_TAKES.search(quantity.text[: -len(match[0])]))
    return quantity.unit == "个" and bool(re.match(_LASTING, sentence[match.end() - 1 :]))


def _quantity(sentence: str, begin: int, match: re.Match) -> tuple[Quantity, int]:
    before = sentence[begin : match.start()]
    phrase = _ENUMERATED.sub("", re.split(f"[{_SEPARATORS}]", before)[-1].strip())
    start = match.start() - len(phrase)
    is_about = bool(_ABOUT_BEFORE.search(phrase)) or bool(match["more"])
    bound = _BOUND_BEFORE.search(phrase)
    phrase = _ABOUT_BEFORE.sub("", _BOUND_BEFORE.sub("", phrase))
    end = match.end()
    after = _AFTER.match(sentence, end)
    suffix = after[0] if after else ""
    end += len(suffix)
    listed = _listed_before(before, match)
    verb, noun = ("", _LEVEL.sub("", phrase)) if match["percent"] else _parted(listed[0] if listed else phrase)
    following = re.match(f"(?:“[^”]*”|[^{_SEPARATORS}0-9])*", sentence[end:])[0].strip()  # type: ignore[index]  # may be empty
    if not match["percent"] and following:
        verb, noun, n_taken = _with_following(verb, "" if listed else noun, following)
        end += n_taken
    if match["percent"]:
        amount, unit = Decimal(match["number"].replace(",", "")), match["percent"]
    elif word := match["worded"] or match["spelt"]:
        amount, unit = Decimal(number_of(word)), match["worded_unit"] or match["spelt_unit"]
    else:
        amount, unit = Decimal(match["amount"].replace(",", "")), match["multiplier"] + match["unit"]
    quantity = Quantity(
        amount=amount,
        unit=unit,
        verb=verb,
        noun=noun,
        is_about=is_about or bool(_ABOUT_AFTER.search(suffix)),
        is_worded=bool(match["worded"] or match["spelt"]),
        is_at_most=bool(_AT_MOST.search((bound[0] if bound else "") + suffix) or _DOWN_TO.search(phrase)),
        is_bounded=bool(bound) or "以上" in suffix,
        names=tuple(listed[1:]) or (_names(sentence[end:], int(amount)) if amount == int(amount) else ()),
        is_size=bool(_OF_A_SIZE.search(phrase)) and not phrase.startswith(("新增", "增加供")),
        is_among=bool(begin and _AMONG.search(re.split("[。；;\n]", sentence[: match.start()])[-1])),
        text=sentence[start:end].strip(_SEPARATORS + " "),
    )
    return quantity, end


def _listed_before(before: str, match: re.Match) -> list[str]:
    """Of “打通滨河路、学府街、站前路3条断头路” the verb with the first name, then the names; nothing where there are not as many."""
    parts = re.split("[，。；;,！\\n：:（()）]", before)[-1].split("、")
    if not 1 < len(parts) == int(Decimal((match["amount"] or "0").replace(",", ""))):
        return []
    verb, first = _parted(parts[0])
    return [verb, first, *(part.strip() for part in parts[1:])] if first and all(parts[1:]) else []


_OF_ALL = re.compile(r"^全?覆盖$")  # says of nothing how much
_DONE_TO = re.compile(r"(.+?)(?:免费)?(?:实施|进行|开展|提供|完成|免费)(.+)")


def _with_following(verb: str, noun: str, following: str) -> tuple[str, str, int]:
    """Verb and noun with what stands behind the unit, and how many characters of that were taken.

    “600户老年人家庭实施适老化改造” has its noun and its verb there, “冷库2座建成投用” its verb.
    """
    if _starts_with_deed(following):
        return verb or next(word for word in (*_BY_LENGTH, "") if following.startswith(word)), noun, 0
    if noun:
        return verb, noun, 0
    if match := _DONE_TO.fullmatch(following):
        return verb or deed_in(match[2]), match[1].removeprefix("的"), len(following)
    return verb, _OF_ALL.sub("", following.removeprefix("的")), len(following)


def _parted(phrase: str) -> tuple[str, str]:
    """The verb of a phrase, and what it is done with: “中心城区新建公厕” is 新建 and 公厕, “公厕改造” 改造 and 公厕."""
    plain = _FILLERS.sub("", phrase)
    if match := BENEFIT.match(plain):
        return match[0], plain[match.end() :]
    places = [
        (match.start(), -len(word), word)
        for word in _BY_LENGTH
        if (match := re.search(f"{word}(?!{_OF_A_PLACE})", plain))
    ]
    if not places:
        return "", plain
    at, _, verb = min(places)
    noun = plain[at + len(verb) :] or plain[:at]
    return verb, noun.removesuffix("免费")


def _starts_with_deed(text: str) -> bool:
    return text.startswith(tuple(_BY_LENGTH)) or bool(BENEFIT.match(text))


def _names(rest: str, amount: int) -> tuple[str, ...]:
    """The names that follow the count after a colon or in brackets, if there are as many."""
    listed = re.match(r"[：:（(](?:分别是|分别为|包括|即)?([^；;。：:）)]+)", rest)
    names = [name.strip() for name in re.split(r"[、，,和及]|以及", listed[1])] if listed else []
    return tuple(names) if 1 < len(names) == amount and all(names) else ()


_NO_AMOUNT = re.compile(
    r"[“《][^”》]*[”》]|[0-9]{4}(?:年|[-./][0-9]{1,2}(?:[-./][0-9]{1,2})?)?|第?[0-9]{1,2}季度|"
    r"[0-9]{1,2}月(?:份|底|末|初|[上中下]旬|[0-9]{1,2}[日号])?|第[0-9]+|[A-Za-z]+[0-9.]+|[0-9.]+(?:G|A|K|D|kV|KV)|[（(][0-9]+[）)]|"
    r"(?:^|[；;。\s])[0-9]{1,2}[.、．](?![0-9])|[0-9]+周?岁|"
    rf"{NUMBER}(?:{_LASTING}|天(?:以内|之内|内))"
)


# So many of each, or how many there are in the end: neither says how many are to be made.
_OF_EACH = re.compile("每|(?:增加|增|扩大|提升|提高)[至到]")


def unread_number(sentence: str) -> str:
    """A number of the sentence that is part of no count, no day, no ordinal and no name; "" where there is none."""
    rest = sentence.translate(_HALF_WIDTH)
    for quantity in (one for one in quantities_of(sentence) if not _OF_EACH.search(one.text)):
        rest = rest.replace(quantity.text, "", 1)
    found = re.search(rf"{NUMBER}(?:[\s，至到~～—-]+{NUMBER})?", _NO_AMOUNT.sub("", rest))
    return found[0] if found else ""


def deed_in(title: str) -> str:
    """The verb in the name of an item: 困难家庭学生资助 is 资助; "" where it has none."""
    return next((word for word in _BY_LENGTH if title.endswith(word)), "") or _parted(title)[0]


# Days


@dataclass(frozen=True)
class DueDay:
    """The last day that words mean, None where they mean none. `is_explicit`: they name it, and nothing was understood."""

    day: date | None
    is_explicit: bool = False
    starts_on: date | None = None
    is_beyond: bool = False  # another year than the plan's


_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_NO_DAY = re.compile(r"常态|长期|持续|按.*(?:要求|时间)|跟随|据实|视情|待定|适时|随时|^[-—/／无]*$")
_RANGE = re.compile(r"(.+?)(?:[-—~～]+|至|到)(.+)")


def says_no_day(text: str) -> bool:
    return bool(_NO_DAY.search(clean_token(text)))


def is_cut_october(text: str) -> bool:
    """2024.10 typed as a number is 2024.1."""
    return bool(re.fullmatch(r"20[0-9]{2}\.1", clean_token(text)))


def due_day_of(text: str, year: int, *, number: str = "", day: date | None = None) -> DueDay:
    """What a cell of 完成时限 means. `number` is the cell's, which may be a day that lost its format: 45657 is 2024-12-31."""
    if day is None and number and 30_000 < Decimal(number) < 60_000 and Decimal(number) % 1 == 0:
        lost = date(1899, 12, 30) + timedelta(days=int(number))
        return DueDay(lost, is_beyond=lost.year != year)
    if is_cut_october(text):
        text = f"{text.strip()}0"
    if day is not None:
        return DueDay(day, is_explicit=True, is_beyond=day.year != year)
    token = re.sub(r"[一二三四五六七八九十]{1,3}(?=[月日号])", _arabic, clean_token(text).strip("()（）"))
    token = re.sub(r"(?:以?前|之前|完成|建成|竣工|投用|左右|为止)+$", "", token)
    if _NO_DAY.search(token):
        return DueDay(None)
    if parts := _parts(token):
        starts, ends = (_last_day(part, year) for part in parts)
        if starts and ends and ends[0] and starts[0]:
            return DueDay(ends[0], ends[1], _first_day(parts[0], starts[0]), ends[0].year != year)
    found = _last_day(token, year)
    return DueDay(found[0], found[1], None, found[0].year != year) if found else DueDay(None)


def _parts(token: str) -> tuple[str, str] | None:
    """Of “2024.3-2024.12” both ends; a single day has none, though 2024-09-30 holds the same sign."""
    if re.fullmatch(r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}日?", token) or re.fullmatch(r"[0-9]{4}-[0-9]{1,2}", token):
        return None
    match = _RANGE.fullmatch(token)
    if not match:
        return None
    first, last = match[1], match[2]
    if (said := re.match(r"([0-9]{4})", first)) and not re.match(r"[0-9]{4}", last):
        last = f"{said[1]}年{last}"
    return first, last


def _first_day(text: str, last: date) -> date:
    return last if re.search(r"[0-9]{1,2}[日号]|[-./][0-9]{1,2}[-./]", text) else last.replace(day=1)


def _last_day(token: str, year: int) -> tuple[date, bool] | None:
    """The last day of what the words name, and whether they name it: 6月底 does, 6月 and 三季度 don't."""
    token = re.sub(r"^(?:今年|当年|本年)", "", token)
    token = re.sub(r"^([0-9]{2})(?=年[0-9])", r"20\1", token)
    said = re.match(r"([0-9]{4})(?:年度?|[-./])?", token)
    if said and 1949 <= int(said[1]) <= 2100:
        year, token = int(said[1]), token[said.end() :]
    if match := re.fullmatch(r"([0-9]{1,2})[月./-]([0-9]{1,2})[日号]?", token):
        return _existing(year, int(match[1]), int(match[2]), is_explicit=True)
    if match := re.fullmatch(r"([0-9]{1,2})月?份?(底|末|上旬|中旬|下旬|初|)", token):
        return _in_month(year, int(match[1]), match[2])
    if match := re.fullmatch(r"第?([一二三四1-4])季度(?:末|底|)", token):
        return _existing(year, 3 * _QUARTERS[match[1]], 0, is_explicit=token.endswith(("末", "底")))
    match token:
        case "上半年" | "半年" | "年中":
            return _existing(year, 6, 0, is_explicit=False)
        case "年底" | "年末" | "底" | "末":
            return _existing(year, 12, 0, is_explicit=True)
        case "下半年" | "全年" | "年内" | "年度" | "" | "内":
            return _existing(year, 12, 0, is_explicit=False) if token or said else None
    return None


def _arabic(match: re.Match) -> str:
    return str(number_of(match[0]))


def number_of(word: str) -> int:
    """三十二 is 32, 一千零五十 is 1050, 两万 is 20000."""
    upper, ten_thousand, lower = word.rpartition("万")
    if ten_thousand:
        return number_of(upper) * 10_000 + (number_of(lower) if lower else 0)
    total, digit = 0, 0
    for sign in word:
        if sign in _TIMES:
            total += (digit or 1) * _TIMES[sign]
            digit = 0
        else:
            digit = _WORDED.get(sign, 0)
    return total + digit


def _in_month(year: int, month: int, part: str) -> tuple[date, bool] | None:
    return _existing(year, month, {"上旬": 10, "初": 10, "中旬": 20}.get(part, 0), is_explicit=part in ("底", "末"))


def _existing(year: int, month: int, day: int, *, is_explicit: bool) -> tuple[date, bool] | None:
    """`day` 0 is the last of the month."""
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1]), is_explicit
    except (ValueError, calendar.IllegalMonthError):
        return None


_MONTH = r"[0-9]{1,2}月(?:[0-9]{1,2}[日号]|底|末|上旬|中旬|下旬|份|)"
_NAMED_DAY = re.compile(
    rf"(?:[0-9]{{4}}年(?:{_MONTH}|底)|{_MONTH}|(?<![0-9])年底)(?=前|之前|以前|完|建|开|动|投|竣|达|通|发)"
)


def days_in(sentence: str, year: int) -> Iterator[DueDay]:
    """The days that a sentence names: “5月底前动工”, “12月底前发放到位”."""
    for match in _NAMED_DAY.finditer(sentence):
        due = due_day_of(match[0], year)
        if due.day:
            yield due
