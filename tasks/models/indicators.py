"""Figures that a plan wants to reach, and what they were on a day."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from ledger.chain import decimal_text
from ledger.guard import Record
from ledger.models import EntryKind
from projects.adjustable import AdjustableFields, Amount, Day, Departments, Dropped, Text
from projects.models import CorrectableFact, DepartmentsField, Fact, InferredField, ValueField
from tasks.models.rows import Promised
from tasks.models.tasks import Task


class Comparator(models.TextChoices):
    AT_LEAST = "≥", "不低于"
    AT_MOST = "≤", "不超过"
    EQUAL = "=", "等于"
    BETWEEN = "BETWEEN", "在两个数之间"


class IndicatorKind(models.TextChoices):
    """How a figure behaves: it stands at a level, which may fall again, or adds up over the period."""

    LEVEL = "LEVEL", "某一天的水平"
    TOTAL = "TOTAL", "全年累计"


class Indicator(Promised):
    """A figure the plan wants to reach: `target`, or what lies between it and `upper`. Terms are those first promised."""

    natural = ("plan__year", "code")
    adjustable = AdjustableFields(
        title=Text(),
        wording=Text(),
        target=Amount(is_positive=False),
        upper=Amount(is_positive=False),
        due_on=Day(),
        leads=Departments(),
        dropped=Dropped(),
    )

    plan = models.ForeignKey("tasks.Plan", models.PROTECT, related_name="indicators", verbose_name="年度计划")
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="indicators", verbose_name="所属任务"
    )
    code = SlugField("代号", max_length=40)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    wording = TextField("原话", max_length=1000, blank=True, help_text="例如“左右”“稳定在”。")
    kind = CharField("种类", max_length=10, choices=IndicatorKind.choices, default=IndicatorKind.LEVEL)
    comparator = CharField("比较", max_length=10, choices=Comparator.choices, default=Comparator.AT_LEAST)
    target = ValueField("目标值")
    upper = ValueField("上限", null=True, blank=True, help_text="只有“在两个数之间”要填。")
    unit = CharField("单位", max_length=20)
    due_on = DateField("期限", null=True, blank=True)
    baseline = ValueField("起点值", null=True, blank=True)
    leads = DepartmentsField("牵头部门")
    note = CharField("说明", max_length=200, blank=True)
    inferred = InferredField(("comparator", "target", "upper", "due_on"))

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "指标"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "code"], name="tasks_indicator_code_once"),
            models.CheckConstraint(
                condition=Q(comparator__in=Comparator.values), name="tasks_indicator_comparator_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=IndicatorKind.values), name="tasks_indicator_kind_known"),
            models.CheckConstraint(
                condition=Q(comparator=Comparator.BETWEEN, upper__isnull=False, upper__gt=F("target"))
                | ~Q(comparator=Comparator.BETWEEN) & Q(upper__isnull=True),
                name="tasks_indicator_upper_between",
                violation_error_message="“在两个数之间”要填上限，而且大于目标值；别的不填上限。",
            ),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True) | ~Q(baseline=F("target")),
                name="tasks_indicator_baseline_is_not_target",
                violation_error_message="起点值不能等于目标值。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"indicator:{self.plan.year}/{self.code}"

    def payload(self) -> dict:
        return {
            "code": self.code,
            "number": self.number,
            "title": self.title,
            "wording": self.wording,
            "task": self.task.address if self.task else None,
            "kind": self.kind,
            "comparator": self.comparator,
            "target": decimal_text(self.target),
            "upper": None if self.upper is None else decimal_text(self.upper),
            "unit": self.unit,
            "due_on": self.due_on and self.due_on.isoformat(),
            "baseline": None if self.baseline is None else decimal_text(self.baseline),
            "leads": self.leads,
            "note": self.note,
            "inferred": sorted(self.inferred),
        }


class Reading(CorrectableFact):
    """The value of an indicator on a day."""

    kinds = (EntryKind.READING, EntryKind.CORRECTION)
    free_text = ("note", "correction_reason")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="readings", verbose_name="指标")
    held_on = DateField("数据日期", is_past=True)
    value = ValueField("数值")
    note = CharField("说明", max_length=500, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一条数据"
    )
    correction_reason = CharField("更正原因", max_length=500, blank=True)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "指标数据"
        ordering: ClassVar = ["-held_on", "-pk"]
        permissions: ClassVar = [("publish_reading", "可以公布指标数据")]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(held_on__lte=F("published_on")),
                name="tasks_reading_held_before_published",
                violation_error_message="数据日期不能晚于公布日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}（{self.held_on}）：{decimal_text(Decimal(self.value))} {self.indicator.unit}"

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "indicator__plan"]

    @property
    def subject(self) -> str:
        return self.indicator.address

    @property
    def answered_by_leads_of(self) -> Indicator:
        return self.indicator

    def payload(self) -> dict:
        return {
            "indicator": self.indicator.code,
            "held_on": self.held_on.isoformat(),
            "value": decimal_text(self.value),
            **super().payload(),
        }
