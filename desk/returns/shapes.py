"""What a returned workbook is held against: the month's rows as plain objects, whichever kind of promise they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

LINE = "line:"  # begins the field of a line's value


class Field(StrEnum):
    """What is typed once for a row. The value of each line is a field of its own: LINE and the key of the line."""

    SPENT = "spent"
    TEXT = "text"
    PROBLEM = "problem"
    DELAY = "delay"
    NEXT_STEP = "next_step"
    UNCHANGED = "is_unchanged"


WORDS = {
    Field.SPENT: "完成投资（万元）",
    Field.TEXT: "进展",
    Field.PROBLEM: "存在问题",
    Field.DELAY: "原因",
    Field.NEXT_STEP: "下一步",
    Field.UNCHANGED: "无变化",
}
VALUE_WORD = "这一天累计"


@dataclass(frozen=True)
class MonthLine:
    """A target of a row, or what a task declares. `choices` are the words of a choice, none where a number is asked for.

    `goal`, `planned` and `last` are as the sheet prints them; `amount` is what is promised, None where nothing is.
    """

    key: str
    title: str
    unit: str = ""
    amount: Decimal | None = None
    counts: bool = False
    choices: tuple[str, ...] = ()
    goal: str = ""
    planned: str = ""
    last: str = ""
    may_be_negative: bool = False

    @property
    def field(self) -> str:
        return f"{LINE}{self.key}"

    @property
    def goal_text(self) -> str:
        """What the sheet prints of its goal: `路面：100%`."""
        return "：".join(filter(None, (self.title, self.goal)))


@dataclass(frozen=True)
class MonthRow:
    """A row of the month's sheet. `values` are the texts of its cells now, by field, as a workbook has them.

    `names` are all by which a department's own table may call it; `version` is that of what is stored, `changed` says who
    changed it last and when; `closed` why nothing can be typed.
    """

    key: str
    title: str
    lines: tuple[MonthLine, ...]
    fields: tuple[Field, ...] = tuple(Field)
    names: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    investment: Decimal | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    closed: str = ""

    def word_of(self, name: str) -> str:
        """How the field is called where it is told of."""
        if not name.startswith(LINE):
            return WORDS[Field(name)]
        line = self.line_of(name)
        return f"{line.title}{VALUE_WORD}" if line and len(self.lines) > 1 else VALUE_WORD

    def line_of(self, name: str) -> MonthLine | None:
        return next((line for line in self.lines if line.field == name), None)


@dataclass(frozen=True)
class Month:
    """The rows of a data day, of some departments or of all; `names` are those of all departments, by slug."""

    day: date
    rows: tuple[MonthRow, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def by_key(self) -> dict[str, MonthRow]:
        return {row.key: row for row in self.rows}
