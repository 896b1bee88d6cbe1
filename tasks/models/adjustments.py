"""Changes of what a plan promised."""

from typing import ClassVar

from django.db import models
from django.db.models import Prefetch

from projects.models import (
    Note,
    PromiseChange,
    exactly_one,
)
from tasks.models.indicators import Indicator
from tasks.models.plans import Plan
from tasks.models.promises import Commitment, Series, Target
from tasks.models.tasks import Measure, Task, TaskGroup

PROMISE_FIELDS = ("plan", "group", "task", "measure", "series", "commitment", "target", "indicator")


class PlanAdjustment(PromiseChange):
    """A change of what a plan promised: its wording, a commitment, an indicator."""

    promise_fields = PROMISE_FIELDS

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        paths = (
            "group__plan",
            "task__group__plan",
            "measure__task__group__plan",
            "series__plan",
            "commitment__series__plan",
            "target__commitment__series__plan",
            "target__milestone",
        )
        return [*super().payload_relations(), *paths, "indicator__plan"]

    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="年度计划"
    )
    group = models.ForeignKey(
        TaskGroup, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="任务组"
    )
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="任务"
    )
    measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="举措"
    )
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="承诺系列"
    )
    commitment = models.ForeignKey(
        Commitment, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="承诺事项"
    )
    target = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="目标"
    )
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="指标"
    )

    class Meta(PromiseChange.Meta):
        verbose_name = verbose_name_plural = "计划调整"
        ordering: ClassVar = ["-decided_on", "-pk"]
        permissions: ClassVar = [("publish_planadjustment", "可以公布计划调整")]
        constraints: ClassVar = [
            *PromiseChange.Meta.constraints,
            models.CheckConstraint(
                condition=exactly_one(*PROMISE_FIELDS),
                name="tasks_planadjustment_one_promise",
                violation_error_message="一份调整只能针对一项。",
            ),
        ]


class PlanAdjustmentNote(Note):
    adjustment = models.ForeignKey(PlanAdjustment, models.PROTECT, related_name="review_notes", verbose_name="计划调整")
