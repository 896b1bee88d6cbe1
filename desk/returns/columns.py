"""The columns of the month's sheet as a workbook: those that people see, and those that it carries for its return."""

from dataclasses import dataclass

from desk.returns.shapes import VALUE_WORD, WORDS, Field

VALUE = "value"  # of the line of a row


@dataclass(frozen=True)
class SheetColumn:
    """`name` is VALUE or a Field where it may be typed into; what is `locked` is read by people alone."""

    head: str
    width: int
    name: str = ""
    locked: bool = False


TITLE = "项目或事项"
LOCKED = (
    SheetColumn("序号", 5, "number", locked=True),
    SheetColumn("部门", 14, "department", locked=True),
    SheetColumn(TITLE, 20, "title", locked=True),
    SheetColumn("目标", 20, "goal", locked=True),
    SheetColumn("序时", 9, "planned", locked=True),
    SheetColumn("上次", 13, "last", locked=True),
)
TYPED = (
    SheetColumn(VALUE_WORD, 11, VALUE),
    *(
        SheetColumn(WORDS[name], width, name)
        for name, width in (
            (Field.SPENT, 12),
            (Field.TEXT, 34),
            (Field.PROBLEM, 22),
            (Field.DELAY, 10),
            (Field.NEXT_STEP, 22),
            (Field.UNCHANGED, 8),
        )
    ),
)
SHOWN = (*LOCKED, *TYPED)

OF_A_LINE = ("goal", "planned", "last")  # the others of LOCKED are those of the row, beside all its lines
TICK = "是"  # of 无变化
NOT_HERE = "-"  # in LOCKS: the cell stands beside the first line of the row

KEY, LINE_KEY, VERSION, LOCKS, SIGNATURE = "编号", "目标编号", "版本", "锁定", "校验"
# What was exported of each column that may be typed into; a tick is never exported.
EXPORTED = {column.name: f"原{column.head}" for column in TYPED if column.name != Field.UNCHANGED}
CARRIED = (KEY, LINE_KEY, VERSION, *EXPORTED.values(), LOCKS)  # what the signature covers
HIDDEN = (*CARRIED, SIGNATURE)

TITLE_ROW, NOTE_ROW, HEAD_ROW = 1, 2, 3
HOW = (
    "只填浅黄色的格：这一天累计写到数据日期为止的总数；完成投资只写数就是万元；没有变化的，在“无变化”里写“是”，别的不用填。"
    "填好传回，先看一遍再存。别的格锁定，不要改。"
)
