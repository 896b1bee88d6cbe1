"""What the words and numbers of an item's cells come to."""

import re
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError

from common.money import parse_yuan
from common.numbers import NUMBER
from common.tokens import clean_token
from desk.workbooks.items import Item
from desk.workbooks.quantities import Quantity, deed_in, quantities_of
from desk.workbooks.sheets import Cell

TAIL = re.compile(r"(?:安全|质量|工作|项目|工程|行动|服务)$")


def is_target(quantity: Quantity) -> bool:
    return not (quantity.is_indicator or quantity.is_benefit or quantity.is_size or quantity.is_among)


def figures_of(cell: Cell) -> list[tuple[Decimal, str]]:
    """The amounts in a quarter's cell with their units, "" where none is written; nothing where it holds words."""
    if cell.number:
        return [(Decimal(cell.number), "")]
    token = clean_token(cell.text)
    if re.fullmatch(NUMBER, token):
        return [(Decimal(token.replace(",", "")), "")]
    return [(one.amount, one.unit) for one in quantities_of(cell.text) if not one.is_indicator]


def whole_yuan(cell: Cell, unit: int) -> int | None:
    """Whole yuan; None for nothing or 0. Raises ValidationError for what is no exact amount."""
    token = clean_token(cell.text)
    if not token or re.fullmatch(r"[-—－/]+|无|待定|不详", token):
        return None
    if cell.number or re.fullmatch(NUMBER, token):
        amount = Decimal(cell.number or token.replace(",", "")) * unit
        if amount != int(amount) or amount < 0:
            raise ValidationError("no whole yuan")
        return int(amount) or None
    return int(parse_yuan(token)) or None


def end_of_quarter(year: int, number: int) -> date:
    return date(year, 3 * number, 30 if number in (2, 3) else 31)


def short_goal(goal: str) -> str:
    """What is to be there, without brackets and the end of a sentence: 主体封顶."""
    plain = re.sub(r"[（(].*?[）)]", "", goal)
    return re.split(r"[。；;\n]", plain.strip())[0].strip("，, ")[:30]


def subject_of(item: Item) -> str:
    """What the item is about: its name without what is done at the end of it, 公益电影 of 公益电影放映."""
    title = re.sub(r"[（(].*?[）)]", "", item.title)
    verb = deed_in(title)
    if verb and title.startswith(verb) and len(title) > len(verb) + 1:
        return title.removeprefix(verb)  # 新建公厕
    return TAIL.sub("", title.removesuffix(verb) if verb else title) or title


_BUILDING = re.compile(r"[场楼厂路桥院校站园馆所库渠网线]$")


def box_name_of(item: Item) -> str:
    """At most four characters of the name: 城区公厕, 运动场; nothing of one that is a sentence with a count."""
    subject = subject_of(item)
    if re.search("[0-9]", item.title):
        return ""
    if len(item.title) <= 4 or len(subject) <= 4:
        return item.title if len(item.title) <= 4 else subject
    return subject[-3:] if _BUILDING.search(subject) else subject[:4]


def named_part(name: str, noun: str) -> str:
    """A name with what is done there, unless it says that itself: 城北小学（运动场）, but 滨河路 of three 断头路."""
    return name if not noun or name[-1] == noun[-1] else f"{name}（{noun}）"


def kind_of(verb: str) -> str:
    """What tells two parts with one name apart, so that it can be said with the verb: 建成 6 座新公厕, 改造 15 座公厕."""
    return "新" if verb.startswith("新") else verb


def without_count(title: str) -> str:
    return re.sub(r"^[一二三四五六七八九十0-9]+[件项个大]", "", title)


def deeds_with(quantity: Quantity, sentence: str) -> list[str]:
    """The verbs of its own clause, and of those that count nothing: 新建公厕6座 says nothing of 180个村 before it."""
    clauses = re.split("[，,；;。]", sentence)
    return [deed_in(clause) for clause in clauses if quantity.text in clause or not quantities_of(clause)]


def count_of(text: str) -> int:
    digits = {word: number for number, word in enumerate("一二三四五六七八九", start=1)}
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
