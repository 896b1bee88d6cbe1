"""The table of a plan's commitments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from common.columns import DayColumn, ShareColumn, Table, YuanColumn
from common.marks import mark_of
from common.templatetags.components import badge, illustrative
from projects.progress import Light
from tasks.models import RESIDENT_GOALS, Goal
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import Verdict, verdict_of
from website.sentences.promised import promised_sentence
from website.sentences.promises import WORST_FIRST, is_nobodys, lead_names


@dataclass(frozen=True)
class Row:
    """A commitment in the table, with the sort keys of the columns."""

    snapshot: CommitmentSnapshot
    day_query: str

    @property
    def series(self) -> tuple[int, int]:
        return self.snapshot.series.number, self.snapshot.number

    @property
    def name(self) -> str:
        return f"{self.snapshot.series.noun} {self.snapshot.number}"

    @property
    def title(self) -> str:
        return self.snapshot.project.title

    @property
    def address(self) -> str:
        return reverse("project", args=[self.snapshot.project.slug]) + self.day_query

    @property
    def promised(self) -> str:
        return promised_sentence(self.snapshot, year=self.snapshot.series.plan.year)

    @property
    def goal(self) -> str:
        return RESIDENT_GOALS[Goal(self.snapshot.goal)]

    @property
    def lead(self) -> str:
        return lead_names(self.snapshot.project) if self.snapshot.project.leads else ""

    @property
    def light(self) -> Light:
        return self.snapshot.state.light

    @property
    def light_rank(self) -> int:
        return WORST_FIRST[self.light]

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.snapshot)

    @property
    def actual(self) -> Fraction | None:
        return self.snapshot.progress.actual

    @property
    def planned(self) -> Fraction | None:
        return self.snapshot.progress.planned

    @property
    def due_on(self) -> date | None:
        return self.snapshot.progress.due_on

    @property
    def investment(self) -> Decimal | None:
        return self.snapshot.project.investment

    @property
    def spent(self) -> Decimal | None:
        return self.snapshot.project.spent

    @property
    def held_on(self) -> date | None:
        return self.snapshot.progress.held_on

    @property
    def adjusted(self) -> str:
        return "改过" if self.snapshot.state.is_adjusted else "没有"

    @property
    def is_illustrative(self) -> bool:
        return self.snapshot.project.is_illustrative


class CommitmentTable(Table):
    name = tables.Column("序号", order_by="series", attrs={"td": {"class": "cell-eyebrow"}})
    title = tables.Column("名称", attrs={"td": {"class": "cell-title"}})
    light = tables.Column("现在怎样", order_by="light_rank", attrs={"td": {"class": "cell-state"}})
    goal = tables.Column("目标", orderable=False)
    due_on = DayColumn("什么时候该办完")
    actual = ShareColumn("实际")
    planned = ShareColumn("按日子该到")
    investment = YuanColumn("总投资")
    spent = YuanColumn("已完成投资", default="没有数据")
    lead = tables.Column("谁负责", empty_values=(), default="没有公布")
    held_on = DayColumn("数据日期")
    adjusted = tables.Column("承诺改过没有", orderable=False)

    class Meta(Table.Meta):
        caption = "承诺的项目"

    def render_title(self, record: Row) -> str:
        mark = illustrative(when=record.is_illustrative)
        return format_html('<a href="{}">{}</a> {}', record.address, record.title, mark)

    def value_title(self, record: Row) -> str:
        return f"{mark_of(is_illustrative=record.is_illustrative)}{record.title}"

    def render_light(self, record: Row) -> str:
        beside = format_html_join("", '<span class="beside">{}</span>', ((text,) for text in record.verdict.beside))
        return format_html("{}{}", badge(shape=record.verdict.shape, word=record.verdict.word, look="plain"), beside)

    def value_light(self, record: Row) -> str:
        return "，".join((record.verdict.word, *record.verdict.beside))

    def render_lead(self, record: Row) -> str:
        return record.lead or "没有公布"


class PromiseTable(CommitmentTable):
    """The same of a plan without data: what was promised, and a state only where anything was reported."""

    promised = tables.Column("说好的", orderable=False, attrs={"td": {"class": "cell-wide"}})

    class Meta(CommitmentTable.Meta):
        exclude = ("goal", "actual", "planned", "spent", "held_on", "adjusted")
        sequence = ("name", "title", "light", "promised", "...")

    def render_light(self, record: Row) -> str:
        return "" if is_nobodys(record.snapshot) else super().render_light(record)
