"""Reading one cell of a returned workbook into the text that the form of a report takes. No database is asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError

from common.formats import number_text
from common.matching import fold
from common.money import box_text, parse_yuan
from common.numbers import NUMBER, parse_value
from common.texts import clean_text
from common.tokens import Question, clean_token
from desk.returns.shapes import LINE, Field, MonthLine, MonthRow
from desk.workbooks.form_cells import ERRORS
from desk.workbooks.sheets import Cell
from projects.models import DelayReason

LONGEST = 2000  # characters of a text
LONGEST_QUOTED = 30  # characters of what was typed
NOT_SAID = re.compile(r"[-/]+|无|没有|暂无|待定|未定|不详|n/a", re.IGNORECASE)
TICKS = {"是", "√", "✓", "✔", "☑", "v", "1", "对", "true", "无变化"}
NO_TICKS = {"否", "×", "☐", "□", "0", "不", "false", ""}
BARE = re.compile(NUMBER)


@dataclass(frozen=True)
class CellText:
    """What a cell says. `meant` is what it probably means where `question` asks; it is not taken by itself.

    `note` tells what was taken in a way of its own, or why nothing was; then `is_taken` is False.
    """

    text: str = ""
    question: str = ""
    meant: str = ""
    note: str = ""
    is_taken: bool = True


def shortened(text: str) -> str:
    """As much of what was typed as a sentence quotes, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTED else f"{line[:LONGEST_QUOTED]}…"


def fault_text(word: str, cell: Cell, error: ValidationError) -> str:
    """What is wrong with a cell: the name of its field, what was typed, and what to write instead."""
    text, typed = " ".join(error.messages), shortened(typed_number(cell))
    quoted = "" if not typed or f"“{typed}" in text else f"“{typed}”"
    return f"{word}{quoted}：{text}"


def check_readable(cell: Cell, *, may_be_day: bool = False) -> str:
    """The text of the cell. Raises ValidationError for a formula without result, an error value, or a day where none belongs."""
    if cell.formula and not cell.text:
        raise ValidationError("这一格是公式，文件里没有存着它的结果。请改成数值再传。")
    if ERRORS.fullmatch(cell.text):
        raise ValidationError(f"这一格是错误值 {cell.text}，请改正。")
    if cell.day and not may_be_day:
        raise ValidationError(f"读到的是日期 {cell.day}，这一栏不是日期。请把单元格改成文本或常规再填。")
    return cell.text


def cell_text(cell: Cell, name: str, row: MonthRow) -> CellText:
    """Of a field of the row. Raises ValidationError in Chinese for what is no value of it."""
    check_readable(cell)
    if name.startswith(LINE):
        line = row.line_of(name)
        if line is None:
            raise ValidationError("这一行已经没有这个目标了。")
        return _noted(cell, value_text(cell, line))
    if cell.is_percent and cell.number:
        raise ValidationError("这一格是百分数。请改成常规格式再填。")
    return _noted(cell, READERS[Field(name)](cell, row))


def _noted(cell: Cell, read: CellText) -> CellText:
    if not cell.formula or read.note:
        return read
    return CellText(read.text, read.question, read.meant, "是公式，读的是算出来的值。", read.is_taken)


def typed_number(cell: Cell) -> str:
    """As a person would have typed it: a share that is formatted so has its sign."""
    if cell.is_percent and cell.number:
        return f"{number_text(Decimal(cell.number) * 100)}%"
    return cell.number or cell.text


def value_text(cell: Cell, line: MonthLine) -> CellText:
    """Of the value of a line: a number in its unit, or one of its choices."""
    text = typed_number(cell)
    if not clean_token(text):
        return CellText()
    if line.choices:
        return _chosen(text, line.choices)
    return _out_of(text, line) or _number_text(text, line)


def _number_text(text: str, line: MonthLine) -> CellText:
    try:
        return CellText(number_text(read_number(text, line)))
    except Question as question:
        return _asked(question.suggestion, line, whole=question.messages[0])


def _out_of(text: str, line: MonthLine) -> CellText | None:
    """15/30 of a target of 30, which is asked, in our own sheet as in a department's table; None where nothing is said so.

    Raises ValidationError for a part of another whole: nobody knows whether it is a share, or how much is done.
    """
    match = _OUT_OF.fullmatch(clean_token(text))
    if not match:
        return None
    if line.amount is None or Decimal(match["whole"].replace(",", "")) != line.amount:
        wanted = "" if line.amount is None else f"“/”后面的 {match['whole']} 不是目标 {number_text(line.amount)}，"
        raise ValidationError(f"不写分数：{wanted}不知道做完了多少。只写一个数。")
    return _asked(match["number"], line, f"“{shortened(text)}”是完成了")


def read_number(text: str, line: MonthLine) -> Decimal:
    """Raises ValidationError, and Question for what is probably meant otherwise."""
    value = parse_value(text, unit=line.unit, target=line.amount, counts=line.counts)
    if value < 0 and not line.may_be_negative:
        raise ValidationError("不能小于 0。")
    if value != round(value, 4) or abs(value) >= 10**10:
        raise ValidationError("最多 10 位整数、4 位小数。")
    return value


def _chosen(text: str, choices: tuple[str, ...]) -> CellText:
    read = clean_token(text)
    found = next((choice for choice in choices if clean_token(choice) == read), "")
    if not found:
        raise ValidationError(f"不认识“{text}”，只能写：{'、'.join(choices)}。")
    return CellText(found)


def _spent(cell: Cell, row: MonthRow) -> CellText:
    return money_text(cell.number or cell.text, row.investment)


def money_text(text: str, investment: Decimal | None) -> CellText:
    """In 万元. What is no amount is told and left out, as officials write 待定 where nothing is known."""
    if not clean_token(text):
        return CellText()
    try:
        return CellText(spent_box(parse_yuan(text, total=investment), investment))
    except Question as question:
        meant = spent_box(parse_yuan(question.suggestion), investment)
        return CellText(question=question.messages[0], meant=meant)
    except ValidationError as error:
        if error.code != "unreadable":
            raise
        return CellText(note=f"“{text}”不是确切的数，没有取。", is_taken=False)


def spent_box(amount: Decimal, investment: Decimal | None) -> str:
    """In 万元; with its unit where the bare number would be asked about."""
    number = box_text(amount)
    try:
        parse_yuan(number, total=investment)
    except Question:
        return f"{number}万元"
    return number


def _text(cell: Cell, _row: MonthRow) -> CellText:
    text = clean_text(cell.text).strip()
    if len(text) > LONGEST:
        raise ValidationError(f"最多 {LONGEST} 个字，这里有 {len(text)} 个。")
    return CellText(text)


def _optional_text(cell: Cell, row: MonthRow) -> CellText:
    """Of what may be nothing, which tables write as 无 or a dash."""
    return CellText() if NOT_SAID.fullmatch(clean_token(cell.text)) else _text(cell, row)


def _delay(cell: Cell, _row: MonthRow) -> CellText:
    read = clean_token(cell.text)
    if not read or NOT_SAID.fullmatch(read):
        return CellText()
    found = next((one.label for one in DelayReason if read in (clean_token(one.label), one.value)), "")
    if not found:
        words = "、".join(str(one.label) for one in DelayReason)
        raise ValidationError(f"不认识“{cell.text}”，只能选：{words}。别的写在“存在问题”里。")
    return CellText(str(found))


def _unchanged(cell: Cell, _row: MonthRow) -> CellText:
    read = clean_token(cell.text).casefold()
    if read in TICKS:
        return CellText("是")
    if read in NO_TICKS:
        return CellText()
    raise ValidationError(f"不认识“{cell.text}”，没有变化就写“是”，有变化就空着。")


READERS: dict[Field, Callable[[Cell, MonthRow], CellText]] = {
    Field.SPENT: _spent,
    Field.TEXT: _text,
    Field.PROBLEM: _optional_text,
    Field.DELAY: _delay,
    Field.NEXT_STEP: _optional_text,
    Field.UNCHANGED: _unchanged,
}


# What a sentence of a department's own table says of a value


_WORDED = "〇零一二两三四五六七八九十百"
# Right before a number: about so many, though not 签约33个 nor 预约33人 ...
_ABOUT = re.compile(
    r"(?:近|左右|上下|大概|多|余|来)[^0-9]?$"
    # ... a bound, a wish, a rank or an average, with a verb between, ...
    r"|(?:(?<![签合履节预特契违制集条公邀续解立])约(?![谈见定])|超(?![额前市级])|逾|不足|不到|不少于|不低于|不超过|至少|最少|最多|接近|差不多|几乎|大致|估计|预计|预期|力争|争取|每|平均|人均|户均)"
    r"[^0-9，。；;,、]{0,4}$"
    # ... or a rank, or the end of a range: 第33个, 30至33个.
    r"|第$|[0-9][-~至到、/]$|[-~]$"
)
_SOME = re.compile(r"[几数上好]$")  # before a number in words: 数十个
_NOT_EXACTLY = re.compile(r"左右|上下|以上|以下|以内|多|余|不到|不等|之多|开外|出头|来")
_OTHER_UNIT = re.compile(r"百分点|月|工作日|小时|星期|季度")  # after 个, of which nothing is counted
_BEGUN = re.compile(
    r"(?:在建|开工|动工|正在|拟|计划|还有|还剩|剩余|剩|未|待|新增|本月|当月|共|总共|总计|需|目标)[^0-9]{0,4}$"
)
_SHARE = re.compile(rf"(?P<before>[^，。；;,]*?)(?P<number>{NUMBER})%(?P<after>{_NOT_EXACTLY.pattern})?")
_OUT_OF = re.compile(rf"(?P<number>{NUMBER})(?:\D{{0,3}})/(?P<whole>{NUMBER})(?:\D{{0,3}})")
_WHOLLY = re.compile(r"(?:已|已经|累计|总体|整体|工程|项目|总)?(?:完成|完成率|进度)?(?:了|率)?(?:为|达|达到|到|至)?")
_NUMERIC = re.compile(r"[-+]?[0-9.,]+(?:[^0-9]{1,4}|[-~至到/][0-9.,]+%?)?")  # a number in some unit, or two
_ALL_DONE = re.compile(r"(?:已|已经|全部|全面)?(?:完成|建成|完工|竣工)")


def is_fraction(cell: Cell) -> bool:
    """Whether a plain number between 0 and 1 stands in it, which may be meant as a share."""
    return bool(BARE.fullmatch(cell.number)) and not cell.is_percent and 0 < Decimal(cell.number) < 1


def in_unit_of_table(text: str, unit: str) -> str:
    """A bare number with the unit that stands beside it or in the head of its column, so that another unit isn't taken."""
    return f"{text}{unit}" if unit and BARE.fullmatch(clean_token(text)) else text


def is_whole_share(line: MonthLine) -> bool:
    return clean_token(line.unit) == "%" and line.amount == 100


def rate_text(text: str, line: MonthLine) -> CellText:
    """Of a 完成率: asked where the line is a share of 100 %, and no value of what is counted."""
    if not is_whole_share(line):
        return CellText(note="完成率不是做完了多少，没有取。", is_taken=False)
    read = progress_text(text, line)
    if read.question or not read.is_taken:
        return read
    return CellText(question=f"“{shortened(text)}”是完成率，“{line.title}”也是 {read.text}% 吗？", meant=read.text)


def progress_text(text: str, line: MonthLine) -> CellText:
    """The value that a sentence such as “建成3座（在建2座）” gives for the line, or why it gives none.

    Only a plain number, or one that is said once in the unit of the line to be done, is taken; what may be meant so is asked.
    """
    token = clean_token(text)
    if not token or NOT_SAID.fullmatch(token):
        return CellText(is_taken=False)
    if line.choices:
        return CellText(token, is_taken=token in line.choices)
    try:
        if read := _out_of(text, line):
            return read
    except ValidationError as error:
        return CellText(note=error.messages[0], is_taken=False)
    try:
        return _number_text(token, line)
    except ValidationError as error:
        if _NUMERIC.fullmatch(token.removesuffix(clean_token(line.unit))):
            return CellText(note=f"{error.messages[0]}没有取。", is_taken=False)
        return _share_text(token, line) if clean_token(line.unit) == "%" else _count_text(token, line)


def _asked(text: str, line: MonthLine, before: str = "", *, whole: str = "") -> CellText:
    """Asks whether `text` is meant: with the words `before` it, or with the `whole` question."""
    try:
        meant = number_text(read_number(text, line))
    except ValidationError as error:
        return CellText(note=error.messages[0], is_taken=False)
    return CellText(question=whole or f"{before} {meant}{line.unit} 吗？", meant=meant)


def _share_text(token: str, line: MonthLine) -> CellText:
    found = list(_SHARE.finditer(token))
    if not found:
        if line.amount == 100 and _ALL_DONE.fullmatch(token):
            return _asked("100%", line, f"写的是“{token}”，是")
        return CellText(note="只有文字，没有读出数来。", is_taken=False)
    if len(found) > 1:
        return CellText(note="有几个百分数，不知道取哪一个，没有取。", is_taken=False)
    (match,) = found
    if match["after"] or _ABOUT.search(token[: match.start("number")]):
        return CellText(note=f"“{match['number']}%{match['after'] or ''}”不是确切的数，没有取。", is_taken=False)
    if _WHOLLY.fullmatch(match["before"]) and not token[match.end() :]:
        return CellText(number_text(read_number(f"{match['number']}%", line)))
    return _asked(f"{match['number']}%", line, f"“{shortened(token)}”里的 {match['number']}%，是“{line.title}”的")


def _count_text(token: str, line: MonthLine) -> CellText:
    unit = clean_token(line.unit)
    if not unit:
        return CellText(note="只有文字，没有读出数来。", is_taken=False)
    counts = re.compile(
        rf"(?P<number>{NUMBER}|[{_WORDED}]+)(?P<more>多|余|来)?{re.escape(unit)}(?P<after>{_NOT_EXACTLY.pattern})?"
    )
    found = [match for match in counts.finditer(token) if not _BEGUN.search(token[: match.start()])]
    if not found:
        return CellText(note="只有文字，没有读出数来。", is_taken=False)
    if len(found) > 1:
        return CellText(
            note=f"有几个数（{'、'.join(one[0] for one in found)}），不知道取哪一个，没有取。", is_taken=False
        )
    (match,) = found
    if unit == "个" and (other := _OTHER_UNIT.match(token, match.end())):
        return CellText(note=f"“{match[0]}{other[0]}”不是做完了多少，没有取。", is_taken=False)
    is_worded, before = match["number"][0] in _WORDED, token[: match.start()]
    if match["more"] or match["after"] or _ABOUT.search(before) or (is_worded and _SOME.search(before)):
        return CellText(note=f"“{match[0]}”不是确切的数，没有取。", is_taken=False)
    if is_worded:
        return _asked(fold(match["number"]), line, f"“{match[0]}”是")
    try:
        return CellText(number_text(read_number(match["number"], line)))
    except ValidationError as error:
        return CellText(note=error.messages[0], is_taken=False)


def with_unit_of_head(text: str, yuan: int) -> str:
    """A bare amount with the unit that stands in the head of its column; 万元 is what a bare amount means anyway."""
    token = clean_token(text)
    if yuan == 10**4 or not BARE.fullmatch(token):
        return text
    return f"{number_text(Decimal(token.replace(',', '')) * yuan)}元"
