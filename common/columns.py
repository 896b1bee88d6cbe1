"""Tables and columns: amounts, days and shares as texts on pages and as exact values in files."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django_tables2.data import TableListData
from django_tables2.utils import OrderByTuple

from common.exports import DAY, SHARE, TEXT, YUAN, Sheet
from common.formats import UNPUBLISHED, cut_share, day_text, exact_yuan_text, percent_text, yuan_text
from common.json_answers import number


class Rows(TableListData):
    """Sorts rows by a column, with unknown values last in both directions. Without a column the order is unchanged."""

    data: list

    def order_by(self, aliases: OrderByTuple) -> None:
        for alias in aliases:
            (order,) = self.table.columns[alias.bare].order_by
            value_of = attrgetter(order.bare)
            known = [row for row in self.data if value_of(row) not in (None, "")]
            unknown = [row for row in self.data if value_of(row) in (None, "")]
            self.data = [*sorted(known, key=value_of, reverse=order.is_descending), *unknown]


class Table(tables.Table):
    """A table with a caption, whose rows become cards on phones. Days in `year` are shown without the year."""

    def __init__(self, rows: Sequence[object], *, order_by: str = "", year: int | None = None):
        super().__init__(Rows(rows), order_by=order_by)
        self.year = year

    class Meta:
        template_name = "tables/table.html"
        attrs: ClassVar = {"class": "records"}
        empty_text = "没有符合条件的。"
        caption = ""

    @property
    def caption(self) -> str:
        return self.Meta.caption

    @cached_property
    def cell_attributes(self) -> dict[str, str]:
        """The HTML attributes of the cells of each column, by its name."""
        return {
            column.name: format_html('data-label="{}" {}', column.header, column.attrs["td"].as_html())
            for column in self.columns
        }

    def as_sheet(self) -> Sheet:
        """The rows as exact values, for export. Column names include the unit."""
        head, *rows = self.as_values()
        columns = [column.column for column in self.columns]
        return Sheet(
            head=[f"{name}{getattr(column, 'in_unit', '')}" for name, column in zip(head, columns, strict=True)],
            formats=[getattr(column, "file_format", TEXT) for column in columns],
            rows=rows,
        )


class ShareColumn(tables.Column):
    """A share: whole percents on pages; in files the number, cut to four decimals."""

    file_format = SHARE

    def __init__(self, verbose_name: str, **kwargs):
        super().__init__(verbose_name, **{"default": "没有数据", "attrs": {"td": {"class": "number"}}, **kwargs})

    def render(self, value: Fraction) -> str:
        return percent_text(value)

    def value(self, value: Fraction) -> int | float | None:
        return number(cut_share(value))


class DayColumn(tables.Column):
    file_format = DAY

    def __init__(self, verbose_name: str, **kwargs):
        super().__init__(verbose_name, **{"default": "—", **kwargs})

    def render(self, value: date, table: Table) -> str:
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value, year=table.year))

    def value(self, value: date) -> date:
        return value


class YuanColumn(tables.Column):
    """Money: on pages 亿元 or 万元 with the exact yuan in the title, in files whole yuan. Unknown is not shown as zero."""

    file_format, in_unit = YUAN, "（元）"

    def __init__(self, verbose_name: str, **kwargs):
        super().__init__(verbose_name, **{"default": UNPUBLISHED, "attrs": {"td": {"class": "number"}}, **kwargs})

    def render(self, value: Decimal) -> str:
        return format_html('<data value="{}" title="{}">{}</data>', value, exact_yuan_text(value), yuan_text(value))

    def value(self, value: Decimal) -> int:
        return int(value)
