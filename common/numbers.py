"""Parses numbers typed into a box with a unit beside it."""

import re
from decimal import Decimal
from itertools import chain

from django.core.exceptions import ValidationError

from common.formats import number_text
from common.tokens import Question, clean_token

MULTIPLIERS = {"": 1, "百": 10**2, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
_VALUE = re.compile(rf"(?P<sign>[-+]?)(?P<digits>{NUMBER})(?P<multiplier>百万|千万|百|千|万|亿|)")
_LONGEST = 30
_CHINESE = "〇零一二两三四五六七八九十百千万亿"
# Units that are measured and may have decimals, in lower case, with all names of one unit in a set. All other units are
# taken for counted ones, since milestones don't have a field for that.
_SAME = [
    {"公里", "千米", "km"}, {"米", "m"}, {"毫米", "mm"}, {"厘米", "公分", "cm"}, {"里", "华里", "市里"},
    {"延米", "延长米"}, {"平方米", "平米", "平方", "平", "m2", "m²"}, {"平方公里", "平方千米", "km2", "km²"},
    {"公顷", "ha"}, {"立方米", "立方", "方", "m3", "m³"}, {"升", "l"}, {"毫升", "ml"}, {"吨", "t"},
    {"公斤", "千克", "kg"}, {"克", "g"}, {"千瓦", "kw"}, {"兆瓦", "mw"}, {"千瓦时", "度", "kwh"}, {"兆瓦时", "mwh"},
    {"月", "个月"}, {"百分点", "个百分点"},
]  # fmt: skip
MEASURED = {
    "%", "‰", "分米", "标方", "亩", "斤", "元", "角", "分", "瓦", "千伏安", "kva", "兆伏安", "mva", "分钟", "小时", "年",
    *chain.from_iterable(_SAME),
}  # fmt: skip


def is_counted(unit: str) -> bool:
    """Whether only whole numbers of the unit make sense: true for 座, 个, 所 and 条, false for %, 公里, 万亩 and 元/人."""
    plain = clean_token(unit)
    is_scaled = plain[:1] in MULTIPLIERS
    return bool(plain) and not is_scaled and "/" not in plain and plain.lower() not in MEASURED


def parse_number(text: str, *, unit: str = "", is_whole: bool = False) -> Decimal:
    """The number, typed with or without its unit.

    Raises ValidationError with advice what to type instead, and Question if a multiplier repeats that of the unit: with
    the unit 万元, 5万 probably means 5.
    """
    number = _without_unit(_percents(text).removesuffix("整"), unit)
    if number.endswith("%"):
        raise ValidationError(f"这里的单位是{unit}，写数就行，不写百分数。" if unit else "写数就行，不写百分号。")
    match = _VALUE.fullmatch(number) if len(number) <= _LONGEST else None
    if not match:
        raise ValidationError(_advice(number, unit, is_whole))
    value = Decimal(match["sign"] + match["digits"].replace(",", ""))
    times = MULTIPLIERS[match["multiplier"]]
    if times > 1 and (scale := _scale(unit, match["multiplier"])):
        meant, typed = number_text(value * times / scale), number_text(value * times)
        insisted = "" if times == scale else f"真是 {typed} {unit}，就写成 {typed}{unit}。"
        raise Question(f"单位已经是{unit}了，是 {meant} {unit}吗？{insisted}", f"{meant}{unit}")
    value = Decimal(number_text(value * times))  # 1.23456万 has no decimals
    if is_whole and value != int(value):
        raise ValidationError("只能是整数。")
    return value


def _percents(text: str) -> str:
    return re.sub(r"^百分之(.+)", r"\1%", clean_token(text))


def _prefix(unit: str) -> str:
    return max(filter(unit.startswith, MULTIPLIERS), key=len)


def _names(plain: str) -> set[str]:
    return next((names for names in _SAME if plain in names), {plain})


def _without_unit(token: str, unit: str) -> str:
    """The token without the unit at its end, by any of its names; 个 is accepted for every counted unit."""
    plain = clean_token(unit).lower()
    prefix = _prefix(plain)
    names = (
        _names(plain)
        | {prefix + name for name in _names(plain.removeprefix(prefix))}
        | ({"个"} if is_counted(unit) else set())
    )
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    return next((token[: -len(name)] for name in longest_first if token.lower().endswith(name)), token)


def _scale(unit: str, multiplier: str) -> int:
    """The multiplier in the unit, if another one before it is probably a mistake; else 0.

    Before 千瓦 and 千米 only 千 is a mistake: 1.2万千瓦 is usual.
    """
    plain = clean_token(unit)
    prefix = _prefix(plain)
    is_odd = bool(prefix) and (prefix == multiplier or plain.lower() not in MEASURED)
    return MULTIPLIERS[prefix] if is_odd else 0


def _advice(number: str, unit: str, is_whole: bool) -> str:
    if re.fullmatch(rf"{NUMBER}(-|~|至|到){NUMBER}", number):
        return "只写一个数，不写范围，例如 15。"
    if re.fullmatch(rf"{NUMBER}/{NUMBER}", number):
        return "不写分数，写整数，例如 12。" if is_whole else "不写分数，写成小数，例如 0.75。"
    if re.search("约|大概|左右|余|多|来|近|超过|以[上下内]|上下|不[到足低少高]|至少|最多|[<>≤≥≈]", number):
        return "只写一个确切的数，例如 60；说不准的写在文字里。"
    if points := re.fullmatch(rf"([-+]?{NUMBER})个?百分点", number):
        return f"只写数，例如 {points[1]}{f'（单位是{unit}）' if unit else ''}。"
    if "," in number:
        return "数里的逗号不对：写成 3500 或 3,500，小数用点，例如 3.5。"
    # 12里 for the unit 公里 has Arabic digits already.
    if re.match(rf"[^0-9]*[{_CHINESE}]", number) or re.fullmatch(rf"[0-9.]*[{_CHINESE}][0-9.{_CHINESE}]*", number):
        return "用阿拉伯数字写，例如 8、12、1.2万。"
    return f"只写数，例如 12{f'（单位是{unit}）' if unit else ''}。"


def parse_share(text: str, target: Decimal, *, unit: str = "%") -> Decimal:
    """As `parse_number`. Raises Question for 0.85 where the target is 100%, since it may mean 85%."""
    value = parse_number(text, unit=unit)
    if target == 100 and 0 < value < 1 and not _percents(text).endswith("%"):
        whole = number_text(value * 100)
        raise Question(f"是 {whole}% 吗？真的只有 {number_text(value)}%，就写成 {number_text(value)}%。", f"{whole}%")
    return value


def parse_value(text: str, *, unit: str, target: Decimal | None, counts: bool) -> Decimal:
    """What was typed as the value of a milestone of which `target` is promised, None where nothing is.

    `counts`: only whole numbers are valid where the unit is one of what is counted. Raises as `parse_number` and `parse_share`.
    """
    if clean_token(unit) == "%" and target is not None:
        return parse_share(text, target, unit=unit)
    return parse_number(text, unit=unit, is_whole=counts and is_counted(unit))
