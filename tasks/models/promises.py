"""What a plan promised about projects: series of commitments, and how much of which milestone it takes to keep one."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from common.model_fields import (
    CharField,
    DateField,
    DecimalField,
    PositiveSmallIntegerField,
    SlugField,
    TextField,
)
from ledger.chain import decimal_text
from ledger.guard import Record
from projects.adjustable import AdjustableFields, Amount, Choice, Day, Dropped, Money, Steps, Text
from projects.models import InferredField, Milestone, MoneyField, Project, StepsField, ValueField
from tasks.models.rows import Promised


class Series(Promised):
    """A numbered list of commitments. The first series is the one the plan is known by: its totals speak of it."""

    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey("tasks.Plan", models.PROTECT, related_name="series", verbose_name="年度计划")
    code = SlugField("代号", max_length=20)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    short_title = CharField("简称", max_length=40)
    noun = CharField("单项的叫法", max_length=20, help_text="例如“实事”。")
    counter = CharField("量词", max_length=4, default="件")

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "承诺系列"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "code"], name="tasks_series_code_once"),
        ]

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
        }


class Goal(models.TextChoices):
    """How far a plan promised to bring a project."""

    FINISH = "FINISH", "办成"
    START = "START", "开工"
    ADVANCE = "ADVANCE", "推进"


# From the loosest to the tightest.
RESIDENT_GOALS = {Goal.START: "要开工", Goal.ADVANCE: "要往前推进", Goal.FINISH: "要办成"}


class Pace(models.TextChoices):
    """How the plan expects an amount to grow: day by day, or all at once after the due date and after each step.

    A choice can't know whether there are steps: `desk.sentences.pace_text` says of a target which of the two it is.
    """

    LINEAR = "LINEAR", "按日均匀"
    STEP = "STEP", "分步或到期完成"


RESIDENT_PACES = {Pace.STEP: "到期一次完成", Pace.LINEAR: "按日子均匀"}


class Commitment(Promised):
    """What a plan promised about a project. `wording` are the city's own words; empty where they may not be copied."""

    natural = ("series__plan__year", "series__code", "number")
    plan_path = "series__plan"
    adjustable = AdjustableFields(
        goal=Choice(RESIDENT_GOALS), wording=Text(), annual_investment=Money(), dropped=Dropped()
    )

    series = models.ForeignKey(Series, models.PROTECT, related_name="commitments", verbose_name="承诺系列")
    number = PositiveSmallIntegerField("序号", least=1)
    project = models.ForeignKey(Project, models.PROTECT, related_name="commitments", verbose_name="项目")
    goal = CharField("目标", max_length=10, choices=Goal.choices)
    annual_investment = MoneyField(
        "年度投资（元）", is_positive=True, null=True, blank=True, help_text="没有公布就留空，不要填 0。"
    )
    wording = TextField("原话", max_length=1000, blank=True)
    milestones = models.ManyToManyField(Milestone, through="Target", related_name="commitments", verbose_name="节点")
    inferred = InferredField(("goal", "annual_investment", "series"), labels={"series": "归在这一组"})

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "承诺事项"
        ordering: ClassVar = ["series", "number"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
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
                condition=Q(annual_investment__isnull=True) | Q(annual_investment__gt=0),
                name="tasks_commitment_investment_positive",
                violation_error_message="年度投资必须大于 0；没有公布就留空。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.number}：{self.project}"

    @property
    def plan(self) -> Any:
        return self.series.plan

    @property
    def address(self) -> str:
        return f"commitment:{self.series.plan.year}/{self.identifier}"

    @property
    def identifier(self) -> str:
        return f"{self.series.code}-{self.number}"

    def payload(self) -> dict:
        return {
            "series": self.series.code,
            "number": self.number,
            "project": self.project.slug,
            "goal": self.goal,
            "annual_investment": None if self.annual_investment is None else int(self.annual_investment),
            "wording": self.wording,
            "inferred": sorted(self.inferred),
        }


class Target(Promised):
    """How much of a milestone a commitment promised by which day. Terms are those first promised."""

    natural = (*(f"commitment__{lookup}" for lookup in Commitment.natural), "milestone__code")
    plan_path = "commitment__series__plan"
    adjustable = AdjustableFields(
        starts_on=Day(),
        due_on=Day(),
        amount=Amount(),
        pace=Choice(RESIDENT_PACES, is_reckoned=True),
        steps=Steps(),
        dropped=Dropped(),
    )

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="targets", verbose_name="承诺事项")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="targets", verbose_name="节点")
    amount = ValueField("目标值", counts=True)
    from_amount = ValueField("起点值", counts=True, default=Decimal(0), help_text="开始时已经有多少。")
    starts_on = DateField("开始日期")
    due_on = DateField("完成时限")
    weight = DecimalField("权重", max_digits=6, decimal_places=2, default=Decimal(1))
    pace = CharField("计划进度", max_length=10, choices=Pace.choices, default=Pace.LINEAR)
    steps = StepsField("中间的步子", default=list, blank=True)
    inferred = InferredField(
        ("milestone", "amount", "from_amount", "starts_on", "due_on", "weight", "pace", "steps"),
        labels={"milestone": "要看这个节点"},
    )

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "目标"
        ordering: ClassVar = ["milestone__number", "milestone"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["commitment", "milestone"],
                name="tasks_target_milestone_once",
                violation_error_message="同一个节点只能有一个目标。",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("due_on")),
                name="tasks_target_starts_before_due",
                violation_error_message="开始日期不能晚于完成时限。",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="tasks_target_amount_positive",
                violation_error_message="目标值必须大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(from_amount__gte=0, from_amount__lt=F("amount")),
                name="tasks_target_from_below_amount",
                violation_error_message="起点值不能小于 0，也不能到目标值。",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="tasks_target_weight_positive",
                violation_error_message="权重必须大于 0。",
            ),
            models.CheckConstraint(condition=Q(pace__in=Pace.values), name="tasks_target_pace_known"),
        ]

    def __str__(self) -> str:
        return str(self.milestone)

    @property
    def plan(self) -> Any:
        return self.commitment.plan

    @property
    def unit(self) -> str:
        return self.milestone.unit

    @property
    def address(self) -> str:
        return f"target:{self.commitment.series.plan.year}/{self.commitment.identifier}/{self.milestone.code}"

    def payload(self) -> dict:
        return {
            "commitment": self.commitment.identifier,
            "milestone": self.milestone.identifier,
            "amount": decimal_text(self.amount),
            "from_amount": decimal_text(self.from_amount),
            "starts_on": self.starts_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "weight": decimal_text(self.weight),
            "pace": self.pace,
            "steps": self.steps,
            "inferred": sorted(self.inferred),
        }
