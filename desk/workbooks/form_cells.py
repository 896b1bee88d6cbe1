"""Reading one cell of our form by the kind of its column, into the value that a fixture has."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from common.as_of import DAY_LIMITS, is_recordable
from common.days import parse_day
from common.form_fields import StepsField
from common.formats import number_text
from common.money import box_text, parse_yuan
from common.numbers import parse_number
from common.texts import clean_line
from common.tokens import Question, clean_token
from desk.workbooks.form_columns import LISTED, Column, Kind, inferred_words
from desk.workbooks.readings import DoubtKind
from desk.workbooks.sheets import Cell

ERRORS = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)")
SEPARATOR = re.compile(r"[、；;\n]")
LARGEST = 32_767  # of a number, a year or a count of days that the database keeps
YES_WORDS = {"是", "有", "对", "✓", "√", "1", "true", "yes"}
NO_WORDS = {"否", "没有", "不", "×", "0", "false", "no"}
# Choices as forms that were written before call them.
FORMER_WORDS = {"到期一次完成": "STEP"}
NOT_FOR_DAYS = {Kind.WHOLE, Kind.NUMBER, Kind.MONEY, Kind.CHOICE, Kind.FLAG, Kind.INFERRED, Kind.DEPARTMENTS}


@dataclass(frozen=True)
class CellValue:
    """`value` as a fixture has it. Something was read that may be meant otherwise: `question`, and the `other` value.

    `note` says what was taken without a question.
    """

    value: Any
    question: str = ""
    words: tuple[str, str] = ("", "")
    other: Any = None
    note: str = ""
    kind: DoubtKind | None = None  # of the question


AS_WRITTEN = "都照写的"
SHARES = DoubtKind("单位是 %，写的是小数", (AS_WRITTEN, "都按百分数"))
OTHER_UNITS = DoubtKind("写的单位和这一行的不一样", (AS_WRITTEN, "都换算成这一行的单位"))
BARE_MONEY = DoubtKind("钱没有写单位", ("都是万元", "都是元"))


@dataclass(frozen=True)
class Place:
    """What else has to be known of a cell: the kind of its row, the unit, the years in which its days may lie."""

    part: str
    unit: str = ""
    years: tuple[int, ...] = ()


def value_of(cell: Cell, column: Column, place: Place) -> CellValue:
    """Raises ValidationError in Chinese for what is no value of the column."""
    if cell.formula and not cell.text:
        raise ValidationError("这一格是公式，文件里没有存着它的结果。请改成数值再传。")
    if ERRORS.fullmatch(cell.text):
        raise ValidationError(f"这一格是错误值 {cell.text}，请改正。")
    if cell.day and column.kind in NOT_FOR_DAYS:
        raise ValidationError(f"读到的是日期 {cell.day}，这一栏不是日期。请把单元格改成文本或常规再填。")
    if cell.is_percent and cell.number and column.kind not in (Kind.NUMBER, Kind.STEPS):
        raise ValidationError("这一格是百分数。请改成常规格式再填。")
    read = READERS[column.kind](cell, column, place)
    formula = "是公式，读的是算出来的值。" if cell.formula else ""
    return replace(read, note=read.note or formula)


def listed(text: str, known: Callable[[str], bool]) -> list[str]:
    """The names in a cell; one that has a separator in itself where it is known so."""
    line = clean_line(text).strip()
    if known(line):
        return [line]
    return [part.strip() for part in SEPARATOR.split(text) if part.strip()]


# By kind


def _text(cell: Cell, _column: Column, _place: Place) -> CellValue:
    return CellValue(cell.text)


def _whole(cell: Cell, column: Column, _place: Place) -> CellValue:
    text = (cell.number or cell.text).removeprefix("第").removesuffix("件").removesuffix("项")
    value = int(parse_number(text, unit=_unit_in(column.head), is_whole=True))
    if not 0 <= value <= LARGEST:
        raise ValidationError(f"要在 0 到 {LARGEST} 之间。")
    return CellValue(value)


def _unit_in(head: str) -> str:
    found = re.search(r"（(.+)）", head)
    return found[1] if found else {"年份": "年"}.get(head, "")


def _number(cell: Cell, column: Column, place: Place) -> CellValue:
    if cell.is_percent and cell.number:
        if place.unit != "%":
            raise ValidationError(f"这一格是百分数，单位却是“{place.unit}”。请改成常规格式再填数。")
        return CellValue(number_text(Decimal(cell.number) * 100))
    unit = "" if column.head == "权重" else place.unit
    try:
        value = parse_number(cell.number or cell.text, unit=unit)
    except Question as question:
        return _asked_number(cell.text, unit, question)
    if unit == "%" and 0 < value <= 1 and "%" not in clean_token(cell.text):
        whole, typed = number_text(value * 100), number_text(value)
        return CellValue(
            typed, f"写的是 {typed}，单位是 %，是 {whole}% 吗？", (f"{typed}%", f"{whole}%"), whole, kind=SHARES
        )
    return CellValue(number_text(value))


def _asked_number(text: str, unit: str, question: Question) -> CellValue:
    meant = number_text(parse_number(question.suggestion, unit=unit))
    typed = number_text(parse_number(clean_token(text).removesuffix(clean_token(unit))))
    return CellValue(
        typed,
        f"“{text}”的单位是{unit}，是 {meant} {unit}吗？",
        (f"{typed} {unit}", f"{meant} {unit}"),
        meant,
        kind=OTHER_UNITS,
    )


def _money(cell: Cell, _column: Column, _place: Place) -> CellValue:
    text = cell.number or cell.text
    try:
        amount = parse_yuan(text)
    except Question as question:
        typed, meant = parse_yuan(f"{clean_token(text)}万元"), parse_yuan(question.suggestion)
        words = f"{box_text(typed)} 万元", f"{box_text(meant)} 万元"
        return CellValue(
            str(typed),
            f"“{text}”没有写单位，按万元读是 {words[0]}，是 {words[1]} 吗？",
            words,
            str(meant),
            kind=BARE_MONEY,
        )
    if not amount:
        raise ValidationError("没有公布就留空，不要填 0。")
    return CellValue(str(amount))


def _day(cell: Cell, _column: Column, place: Place) -> CellValue:
    day, note = cell.day, ""
    if day is None and re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", cell.number):
        raise ValidationError(
            f"读到的是数 {cell.number}，像是日期没有设成日期的格式。请改成日期格式，或者写成 2024-09-30。"
        )
    if day is None:
        try:
            day = parse_day(cell.text)
        except ValidationError as error:
            day, note = _day_without_year(cell.text, place.years, error)
    if not is_recordable(day):
        raise ValidationError(f"读到的是 {day}。{DAY_LIMITS}")
    return CellValue(day.isoformat(), note=note)


def _day_without_year(text: str, years: Iterable[int], error: ValidationError) -> tuple[date, str]:
    """The day in the only year in which it can lie. Raises what is wrong else."""
    try:
        parse_day(text, years=years)
    except Question as question:
        return parse_day(question.suggestion), f"“{text}”没有写年份，按 {question.suggestion} 读。"
    except ValidationError as other:
        raise ValidationError(f"“{text}”读不成日期：{' '.join(other.messages)}") from error
    raise error


def _choice(cell: Cell, column: Column, _place: Place) -> CellValue:
    read = clean_token(cell.text)
    read = FORMER_WORDS.get(read, read)
    for word, value in column.choices.items():
        if read in (clean_token(word), str(value)):
            return CellValue(value)
    raise ValidationError(f"不认识“{cell.text}”，只能写：{LISTED.join(column.choices)}。")


def _flag(cell: Cell, column: Column, _place: Place) -> CellValue:
    read = clean_token(cell.text).lower()
    if read in YES_WORDS | NO_WORDS:
        return CellValue(read in YES_WORDS)
    raise ValidationError(f"不认识“{cell.text}”，只能写：{LISTED.join(column.choices)}。")


def _steps(cell: Cell, _column: Column, place: Place) -> CellValue:
    lines = re.sub("[；;]", "\n", cell.text).replace("累计", " ")
    return CellValue(StepsField(unit=place.unit, required=False).clean(lines))


def _inferred(cell: Cell, _column: Column, place: Place) -> CellValue:
    names = {clean_token(word): name for name, word in inferred_words(place.part).items()}
    found = []
    for word in listed(cell.text, lambda _text: False):
        plain = re.sub(r"\(.+\)$", "", clean_token(word))
        if plain not in names:
            can = LISTED.join(inferred_words(place.part).values())
            raise ValidationError(f"“本站理解”里不认识“{word}”，只能写：{can}。")
        found.append(names[plain])
    return CellValue(list(dict.fromkeys(found)))


READERS: dict[Kind, Callable[[Cell, Column, Place], CellValue]] = {
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.DAY: _day,
    Kind.CHOICE: _choice,
    Kind.FLAG: _flag,
    Kind.STEPS: _steps,
    Kind.INFERRED: _inferred,
    # What these name is looked up once everything is read.
    Kind.DEPARTMENTS: _text,
    Kind.PROJECTS: _text,
    Kind.NAME: _text,
}
