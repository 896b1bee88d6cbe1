"""Numbers as people type them into a box that says the unit beside it."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError

from huozhou_portal.formats import number_text
from huozhou_portal.tokens import Question, clean_token

MULTIPLIERS = {"": 1, "百": 10**2, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_VALUE = re.compile(rf"(?P<sign>[-+]?)(?P<digits>{NUMBER})(?P<multiplier>百万|千万|百|千|万|亿|)")
_LONGEST = 30
# What is measured and may be broken; everything else is counted. Until a milestone itself says which of the two it is.
MEASURED = {
    "%", "‰", "百分点", "个百分点", "毫米", "厘米", "分米", "米", "公里", "千米", "里", "平方米", "平方公里", "平方千米", "平米",
    "公顷", "亩", "立方米", "立方", "方", "升", "毫升", "吨", "公斤", "千克", "克", "斤", "元", "角", "分", "千瓦", "兆瓦", "千瓦时",
    "度", "分钟", "小时", "年", "个月", "mm", "cm", "m", "km", "m2", "m²", "km2", "km²", "ha", "m3", "m³", "l", "kg", "t", "kW", "MW",
    "kWh",
}  # fmt: skip


def is_counted(unit: str) -> bool:
    """Whether only whole numbers of the unit make sense: 座, 个, 所, 条, but neither % nor 公里, 万亩 and 元/人."""
    plain = clean_token(unit)
    is_scaled = plain[:1] in MULTIPLIERS
    return bool(plain) and not is_scaled and "/" not in plain and plain not in MEASURED and unit not in MEASURED


def parse_number(text: str, *, unit: str = "", is_whole: bool = False) -> Decimal:
    """The number, written with or without its unit. Raises ValidationError that says what to write instead."""
    token = clean_token(text)
    number = token.removesuffix(clean_token(unit)) if unit else token
    if number.endswith("%"):
        raise ValidationError(f"这里的单位是{unit}，写数就行，不写百分数。" if unit else "写数就行，不写百分号。")
    match = _VALUE.fullmatch(number) if len(number) <= _LONGEST else None
    if not match:
        raise ValidationError(_advice(number, unit))
    value = Decimal(match["sign"] + match["digits"].replace(",", ""))
    if match["multiplier"] and unit.startswith(match["multiplier"]):
        said = f"单位已经是{unit}了，是 {number_text(value)} {unit}吗？"
        raise Question(said, f"{number_text(value)}{unit}")
    value = Decimal(number_text(value * MULTIPLIERS[match["multiplier"]]))  # 1.23456万 has no decimals
    if is_whole and value != int(value):
        raise ValidationError("只能是整数。")
    return value


def _advice(number: str, unit: str) -> str:
    if re.fullmatch(rf"{NUMBER}(-|~|至|到){NUMBER}", number):
        return "只写一个数，不写范围，例如 15。"
    if re.fullmatch(rf"{NUMBER}/{NUMBER}", number):
        return "不写分数，写成小数，例如 0.75。"
    if "," in number:
        return "数里的逗号不对：写成 3500 或 3,500，小数用点，例如 3.5。"
    if re.search("约|大概|左右|余|多|近|超过", number):
        return "只写一个确切的数，例如 60；说不准的写在文字里。"
    if re.search("[〇零一二两三四五六七八九十百千万亿]", number):
        return "用阿拉伯数字写，例如 8、12、1.2万。"
    return f"只写数，例如 12{f'（单位是{unit}）' if unit else ''}。"


def parse_share(text: str, target: Decimal, *, unit: str = "%") -> Decimal:
    """Of a part whose target is a hundred percent: 0.85 may be meant as a share of the whole."""
    value = parse_number(text, unit=unit)
    if target == 100 and 0 < value < 1 and not clean_token(text).endswith("%"):
        whole = number_text(value * 100)
        raise Question(f"是 {whole}% 吗？真的只有 {number_text(value)}%，就写成 {number_text(value)}%。", f"{whole}%")
    return value
