"""What a plan promised about projects: series of commitments, and the milestones that it takes to keep one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.model_fields import CharField, PositiveSmallIntegerField, SlugField
from ledger.guard import Part
from projects.adjustable import AdjustableFields, Choice, Dropped, Money, Text
from projects.models import (
    Milestone,
    MoneyField,
    Project,
)


class Series(Part):
    """A numbered list of commitments. The first series is the one the plan is known by: its totals speak of it."""

    parent = "plan"
    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey("tasks.Plan", models.PROTECT, related_name="series", verbose_name="年度计划")
    code = SlugField("代号", max_length=20)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    short_title = CharField("简称", max_length=40)
    noun = CharField("单项的叫法", max_length=20, help_text="例如“实事”。")
    counter = CharField("量词", max_length=4, default="件")

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "承诺系列"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "code"], name="tasks_series_code_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"series:{self.plan.year}/{self.code}"

    def payload(self) -> dict:
        return {
            "code": self.code,
            "number": self.number,
            "title": self.title,
            "short_title": self.short_title,
            "noun": self.noun,
            "counter": self.counter,
            "commitments": [commitment.payload() for commitment in self.commitments.all()],
        }


class Goal(models.TextChoices):
    """How far a plan promised to bring a project."""

    FINISH = "FINISH", "办成"
    START = "START", "开工"
    ADVANCE = "ADVANCE", "推进"


RESIDENT_GOALS = {Goal.FINISH: "要办成", Goal.START: "要开工", Goal.ADVANCE: "要往前推进"}


class Commitment(Part):
    """What a plan promised about a project, and which of its milestones it takes to keep it.

    `is_inferred`: the goal, or which milestones count, is the portal's reading, not the city's word.
    """

    parent = "series"
    natural = ("series__plan__year", "series__code", "number")
    adjustable = AdjustableFields(goal=Choice(RESIDENT_GOALS), annual_investment=Money(), dropped=Dropped())

    series = models.ForeignKey(Series, models.PROTECT, related_name="commitments", verbose_name="承诺系列")
    number = PositiveSmallIntegerField("序号", least=1)
    project = models.ForeignKey(Project, models.PROTECT, related_name="commitments", verbose_name="项目")
    goal = CharField("目标", max_length=10, choices=Goal.choices)
    annual_investment = MoneyField(
        "年度投资（元）", is_positive=True, null=True, blank=True, help_text="没有公布就留空，不要填 0。"
    )
    milestones = models.ManyToManyField(
        Milestone, through="CommitmentMilestone", related_name="commitments", verbose_name="办成要看的节点"
    )
    is_inferred = models.BooleanField("本站理解", default=False)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "承诺事项"
        ordering: ClassVar = ["series", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "number"],
                name="tasks_commitment_number_once",
                violation_error_message="这个系列里已有同一序号的承诺。",
            ),
            models.UniqueConstraint(
                fields=["series", "project"],
                name="tasks_commitment_project_once",
                violation_error_message="这个系列里已有这个项目。",
            ),
            models.CheckConstraint(condition=Q(goal__in=Goal.values), name="tasks_commitment_goal_known"),
            models.CheckConstraint(
                condition=Q(annual_investment__isnull=True) | Q(annual_investment__gte=0),
                name="tasks_commitment_investment_not_negative",
                violation_error_message="年度投资不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.number}：{self.project}"

    @property
    def address(self) -> str:
        return f"commitment:{self.series.plan.year}/{self.series.code}-{self.number}"

    def payload(self) -> dict:
        return {
            "number": self.number,
            "project": self.project.slug,
            "goal": self.goal,
            "annual_investment": None if self.annual_investment is None else int(self.annual_investment),
            "milestones": [link.milestone.identifier for link in self.links.all()],
            "is_inferred": self.is_inferred,
        }


class CommitmentMilestone(Part):
    parent = "commitment"
    natural = (*(f"commitment__{lookup}" for lookup in Commitment.natural), "milestone__code")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="links", verbose_name="承诺事项")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="links", verbose_name="节点")

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "办成要看的节点"
        ordering: ClassVar = ["milestone__number", "milestone"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment", "milestone"],
                name="tasks_commitmentmilestone_once",
                violation_error_message="同一个节点只能选一次。",
            )
        ]

    def __str__(self) -> str:
        return str(self.milestone)
