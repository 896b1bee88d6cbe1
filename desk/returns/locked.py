"""What was changed of the cells of our own sheet that nobody types into: said at the cell, and the rest of the row is read.

Only where nobody can tell any more which row or line is meant does the row stay out.
"""

import re
from dataclasses import dataclass

from common.tokens import clean_token
from desk.returns.columns import SheetColumn
from desk.returns.keys import digest_of
from desk.returns.matching import line_of, plain
from desk.returns.shapes import Month, MonthLine, MonthRow
from desk.returns.values import shortened

NUMBER = "number"  # of the rows, which people count anew where they take some out: said once for a sheet


@dataclass(frozen=True)
class LockedChange:
    text: str
    is_uncertain: bool = False  # whether nobody can tell any more which row is meant


def change_of(
    column: SheetColumn, typed: str, lock: str, row: MonthRow, line: MonthLine, month: Month
) -> LockedChange | None:
    """`typed` is what stands in a cell of the locked column, `lock` the digest of what was exported there."""
    if column.name == NUMBER or digest_of(typed) == lock:
        return None
    now = {"title": row.title, "goal": line.goal_text, "planned": line.planned, "last": line.last}.get(column.name, "")
    if now and plain(typed) == plain(now):
        return None
    is_known = digest_of(now) == lock
    change = f"把“{column.head}”{f'从{_quoted(now)}' if is_known else ''}改成了{_quoted(typed)}"
    if column.name == "title" and not _is_name_of(typed, row, month):
        told = change if is_known else f"“{column.head}”写的是{_quoted(typed)}，这一行却是{_quoted(now)}"
        return LockedChange(f"{told}：不知道说的是哪一项，没有读。请改回去，或者重新下载本月的表。", is_uncertain=True)
    if column.name == "goal" and _names_another_line(typed, row, line):
        return LockedChange(
            f"{change}：不知道说的是哪一个目标，这一项没有读。请改回去，或者重新下载本月的表。", is_uncertain=True
        )
    kept = f"按{'原来' if is_known else '现在'}的{_quoted(now)}读" if now else "没有取" if is_known else "按原来的读"
    return LockedChange(f"{change}：{column.head}不在这里改，{kept}。")


def _is_name_of(typed: str, row: MonthRow, month: Month) -> bool:
    """Whether it is another name of the row, and of no other."""
    name = plain(typed)
    return name in map(plain, row.names) and not any(
        name in map(plain, (other.title, *other.names)) for other in month.rows if other is not row
    )


def _names_another_line(typed: str, row: MonthRow, line: MonthLine) -> bool:
    """Whether a goal is called otherwise than its line, of which the row has several; a number alone is no name."""
    if len(row.lines) < 2 or line_of(typed, row, n_lines=len(row.lines)) is line:
        return False
    unit = clean_token(line.unit)
    named = re.sub(r"[（(].*?[）)]|[0-9.,%≤≥<>=:/年月日前-]+", "", clean_token(typed).replace(unit or "\0", ""))
    return bool(named)


def _quoted(text: str) -> str:
    return f"“{shortened(text)}”" if text else "空的"
