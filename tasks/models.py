from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from ledger.chain import decimal_text
from ledger.guard import GuardedQuerySet, Part, Record
from ledger.models import Entry, EntryKind
from projects.adjustable import AdjustableFields, Amount, Choice, Day, Dropped, Money, Text
from projects.models import (
    Fact,
    FirstReviewer,
    Milestone,
    MoneyField,
    Note,
    Project,
    PromiseChange,
    ValueField,
    exactly_one,
)
from projects.reviewers import note_first_reviewers

LONGEST_WAIT = 366  # days between two reports


class PlanQuerySet(GuardedQuerySet["Plan"]):
    def running(self, day: date):
        """Plans public by `day` whose period includes it, the one that began last first."""
        return self.as_of(day).filter(starts_on__lte=day, ends_on__gte=day).order_by("-starts_on", "-year")

    def on_front_page(self, day: date) -> "Plan | None":
        return front_of(self.as_of(day), day)


def front_of(plans: "Iterable[Plan]", day: date) -> "Plan | None":
    """Of those public by `day` the running plan that began last, else the last one. A city has one a year."""

    def rank(plan: Plan) -> tuple:
        is_running = plan.starts_on <= day <= plan.ends_on
        return is_running, plan.starts_on if is_running else plan.ends_on, plan.year

    return max((plan for plan in plans if plan.published_on and plan.published_on <= day), key=rank, default=None)


class Plan(Fact):
    """What a city promised for one period. Everything below it is published with it, in one entry."""

    kind = EntryKind.PLAN
    natural = ("year",)
    adjustable = AdjustableFields(title=Text(), short_title=Text(), guideline=Text())

    code = None  # type: ignore[assignment]  # Django's way to leave out a column
    year = PositiveSmallIntegerField(
        "年份", unit="年", unique=True, validators=[MinValueValidator(1949), MaxValueValidator(9999)]
    )
    title = CharField("名称", max_length=200)
    short_title = CharField("简称", max_length=40)
    guideline = TextField("总体要求", max_length=2000, blank=True)
    starts_on = DateField("开始日期")
    ends_on = DateField("结束日期")
    adopted_on = DateField("通过日期", is_past=True, null=True, blank=True)
    lag_warning = PositiveSmallIntegerField("落后（百分点）", unit="百分点", default=10)
    lag_alarm = PositiveSmallIntegerField("严重落后（百分点）", unit="百分点", default=30)
    reporting_days = PositiveSmallIntegerField("填报间隔（天）", unit="天", default=31)
    grace_days = PositiveSmallIntegerField("宽限（天）", unit="天", default=10)

    objects = PlanQuerySet.as_manager()  # type: ignore[misc]  # for the stubs Fact has one for all its kinds

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "年度计划"
        ordering: ClassVar = ["-year"]
        permissions: ClassVar = [("publish_plan", "可以公布年度计划")]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="tasks_plan_starts_before_end",
                violation_error_message="开始日期不能晚于结束日期。",
            ),
            models.CheckConstraint(
                condition=Q(lag_warning__gt=0, lag_alarm__gte=F("lag_warning"), lag_alarm__lte=100),
                name="tasks_plan_thresholds_ordered",
                violation_error_message="落后的百分点必须大于 0，且不大于严重落后的百分点（最多 100）。",
            ),
            models.CheckConstraint(
                condition=Q(reporting_days__gt=0),
                name="tasks_plan_reporting_days_positive",
                violation_error_message="填报间隔必须大于 0 天。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self):
        super().clean()
        told = []
        if self.year and self.starts_on and self.ends_on and not self.starts_on.year <= self.year <= self.ends_on.year:
            told.append(f"{self.starts_on} 到 {self.ends_on}，没有一天在 {self.year} 年里，请看看年份写对没有。")
        if max(self.reporting_days or 0, self.grace_days or 0) > LONGEST_WAIT:
            told.append(f"填报间隔和宽限最多 {LONGEST_WAIT} 天。")
        if told:
            raise ValidationError(told)

    @property
    def address(self) -> str:
        return f"plan:{self.year}"

    @property
    def subject(self) -> str:
        return self.address

    def published_together(self) -> list[Record]:
        """The projects and milestones that become public with the plan, and its source where nothing cited it yet."""
        return [*super().published_together(), *self._projects(), *self._milestones(), *self._first_reviewers()]

    def add_salts(self) -> None:
        super().add_salts()
        if self._is_first():
            note_first_reviewers()

    def _is_first(self) -> bool:
        earlier = Entry.objects.filter(kind=EntryKind.PLAN)
        return not (earlier.filter(seq__lt=self.entry_id) if self.entry_id else earlier).exists()

    def _first_reviewers(self) -> models.QuerySet[FirstReviewer]:
        """Whoever could publish when there was nothing to keep yet."""
        is_asked = self.entry_id or self._is_first()
        return FirstReviewer.objects.filter(entry=self.entry_id) if is_asked else FirstReviewer.objects.none()

    def _reviewers_payload(self) -> dict:
        """Of a later plan nothing, unless rows say that somebody came with it, which its entry doesn't."""
        told = [one.payload(self.acts_salt) for one in self._first_reviewers()]
        return {"reviewers": told} if told or self._is_first() else {}

    def _projects(self) -> models.QuerySet[Project]:
        if self.entry_id:
            return Project.objects.filter(entry=self.entry_id)
        named = Q(commitments__series__plan=self) | Q(measures__task__group__plan=self)
        return Project.objects.drafts().filter(named).distinct()

    def _milestones(self) -> models.QuerySet[Milestone]:
        """Milestones of the plan's projects, but for those that only a later plan, still a draft, is going to promise."""
        if self.entry_id:
            return Milestone.objects.filter(entry=self.entry_id)
        own = Q(project__commitments__series__plan=self) | Q(project__measures__task__group__plan=self)
        of_others = CommitmentMilestone.objects.exclude(commitment__series__plan=self).values("milestone")
        of_this = CommitmentMilestone.objects.filter(commitment__series__plan=self).values("milestone")
        drafts = Milestone.objects.drafts().filter(own).distinct()
        return drafts.filter(Q(pk__in=of_this) | ~Q(pk__in=of_others))

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        links = Prefetch("links", CommitmentMilestone.objects.select_related("milestone__project"))
        commitments = Commitment.objects.select_related("project").prefetch_related(links)
        contributions = Contribution.objects.select_related("project")
        return [
            *super().payload_relations(),
            *("outlines__items", "outlines__task__group__plan", "indicators__task__group__plan"),
            Prefetch("groups__tasks__measures__contributions", contributions),
            Prefetch("series__commitments", commitments),
        ]

    def payload(self) -> dict:
        milestones: dict[str, list[dict]] = {}
        for milestone in self._milestones().select_related("project"):
            milestones.setdefault(milestone.project.slug, []).append(milestone.payload())
        projects = self._projects().select_related("lead").prefetch_related("partners")
        return {
            "year": self.year,
            "title": self.title,
            "short_title": self.short_title,
            "guideline": self.guideline,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
            "adopted_on": self.adopted_on and self.adopted_on.isoformat(),
            "lag_warning": self.lag_warning,
            "lag_alarm": self.lag_alarm,
            "reporting_days": self.reporting_days,
            "grace_days": self.grace_days,
            "outlines": [outline.payload() for outline in self.outlines.all()],
            "groups": [group.payload() for group in self.groups.all()],
            "projects": sorted((project.payload() for project in projects), key=itemgetter("slug")),
            "milestones": milestones,
            "series": [series.payload() for series in self.series.all()],
            "indicators": [indicator.payload() for indicator in self.indicators.all()],
            "source": self.source_payload(),
            **self._reviewers_payload(),
        }


class Outline(Part):
    """Points that the plan spells out besides its tasks: a way of working, the groups of a campaign.

    One with the code of a series, or the slug of a project, speaks of that and is shown beside it as well.
    """

    parent = "plan"
    natural = ("plan__year", "code")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="outlines", verbose_name="年度计划")
    task = models.ForeignKey(
        "Task", models.PROTECT, null=True, blank=True, related_name="outlines", verbose_name="任务"
    )
    code = SlugField("代号", max_length=40)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("标题", max_length=100)
    text = TextField("说明", max_length=1000, blank=True)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "要点"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "code"], name="tasks_outline_code_once")]

    def __str__(self) -> str:
        return self.title

    def payload(self) -> dict:
        return {
            "code": self.code,
            "number": self.number,
            "title": self.title,
            "text": self.text,
            "task": self.task.address if self.task else None,
            "items": [item.payload() for item in self.items.all()],
        }


class OutlineItem(Part):
    parent = "outline"
    natural = ("outline__plan__year", "outline__code", "number")

    outline = models.ForeignKey(Outline, models.PROTECT, related_name="items", verbose_name="要点")
    number = PositiveSmallIntegerField("序号", least=1)
    title = CharField("内容", max_length=200)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "要点内容"
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outline", "number"], name="tasks_outlineitem_number_once")
        ]

    def __str__(self) -> str:
        return self.title

    def payload(self) -> dict:
        return {"number": self.number, "title": self.title}


class TaskGroup(Part):
    """A kind of task in the plan's own division. `noun` is what one task of it is called."""

    parent = "plan"
    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="groups", verbose_name="年度计划")
    code = SlugField("代号", max_length=20)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    noun = CharField("单项的叫法", max_length=20, help_text="例如“大事”“工作”。")
    counter = CharField("量词", max_length=4, default="件")

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "任务组"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "code"], name="tasks_taskgroup_code_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"group:{self.plan.year}/{self.code}"

    def payload(self) -> dict:
        return {
            "code": self.code,
            "number": self.number,
            "title": self.title,
            "noun": self.noun,
            "counter": self.counter,
            "tasks": [task.payload() for task in self.tasks.all()],
        }


class Task(Part):
    parent = "group"
    natural = ("group__plan__year", "group__code", "number")
    adjustable = AdjustableFields(title=Text())

    group = models.ForeignKey(TaskGroup, models.PROTECT, related_name="tasks", verbose_name="任务组")
    number = PositiveSmallIntegerField("序号", least=1)
    title = CharField("名称", max_length=200)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "任务"
        ordering: ClassVar = ["group", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "number"],
                name="tasks_task_number_once",
                violation_error_message="这一组里已有同一序号的任务。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def identifier(self) -> str:
        return f"{self.group.code}-{self.number}"

    @property
    def address(self) -> str:
        return f"task:{self.group.plan.year}/{self.identifier}"

    def payload(self) -> dict:
        return {
            "number": self.number,
            "title": self.title,
            "measures": [measure.payload() for measure in self.measures.all()],
        }


class Measure(Part):
    """How a task is to be done, in the plan's own words."""

    parent = "task"
    natural = ("task__group__plan__year", "task__group__code", "task__number", "number")
    adjustable = AdjustableFields(title=Text())

    task = models.ForeignKey(Task, models.PROTECT, related_name="measures", verbose_name="任务")
    number = PositiveSmallIntegerField("序号", least=1)
    title = CharField("名称", max_length=200)
    projects = models.ManyToManyField(
        Project, through="Contribution", related_name="measures", verbose_name="为它服务的项目"
    )

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "举措"
        ordering: ClassVar = ["task", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "number"],
                name="tasks_measure_number_once",
                violation_error_message="这项任务里已有同一序号的举措。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"measure:{self.task.group.plan.year}/{self.task.identifier}/{self.number}"

    def payload(self) -> dict:
        return {
            "number": self.number,
            "title": self.title,
            "projects": sorted((one.payload() for one in self.contributions.all()), key=itemgetter("slug")),
        }


class Contribution(Part):
    """A project that serves a measure."""

    parent = "measure"
    natural = (*(f"measure__{lookup}" for lookup in Measure.natural), "project__slug")

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="contributions", verbose_name="举措")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contributions", verbose_name="项目")
    is_inferred = models.BooleanField("本站理解", default=False)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "项目与举措"
        ordering: ClassVar = ["measure", "project__slug"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["measure", "project"], name="tasks_contribution_once")]

    def __str__(self) -> str:
        return f"{self.project} → {self.measure}"

    def payload(self) -> dict:
        return {"slug": self.project.slug, "is_inferred": self.is_inferred}


class Series(Part):
    """A numbered list of commitments. The first series is the one the plan is known by: its totals speak of it."""

    parent = "plan"
    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="series", verbose_name="年度计划")
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


class Comparator(models.TextChoices):
    AT_LEAST = "≥", "不低于"
    AT_MOST = "≤", "不超过"
    EQUAL = "=", "等于"


class Indicator(Part):
    """A figure the plan wants to reach. Terms are those first promised."""

    parent = "plan"
    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text(), target=Amount(is_positive=False), due_on=Day(), dropped=Dropped())

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="indicators", verbose_name="年度计划")
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="indicators", verbose_name="所属任务"
    )
    code = SlugField("代号", max_length=40)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    comparator = CharField("比较", max_length=1, choices=Comparator.choices, default=Comparator.AT_LEAST)
    target = ValueField("目标值")
    unit = CharField("单位", max_length=20)
    due_on = DateField("期限", null=True, blank=True)
    baseline = ValueField("起点值", null=True, blank=True)
    note = CharField("说明", max_length=200, blank=True)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "指标"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "code"], name="tasks_indicator_code_once"),
            models.CheckConstraint(
                condition=Q(comparator__in=Comparator.values), name="tasks_indicator_comparator_known"
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
            "task": self.task.address if self.task else None,
            "title": self.title,
            "comparator": self.comparator,
            "target": decimal_text(self.target),
            "unit": self.unit,
            "due_on": self.due_on and self.due_on.isoformat(),
            "baseline": None if self.baseline is None else decimal_text(self.baseline),
            "note": self.note,
        }


class Reading(Fact):
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

    @property
    def kind(self) -> EntryKind:  # type: ignore[override]  # not of the class alone
        return EntryKind.CORRECTION if self.corrects_id else EntryKind.READING

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "corrects", "indicator__plan"]

    @property
    def subject(self) -> str:
        return self.indicator.address

    def payload(self) -> dict:
        return {
            "indicator": self.indicator.code,
            "held_on": self.held_on.isoformat(),
            "value": decimal_text(self.value),
            "corrects": self.corrects.entry_id if self.corrects else None,
            "texts": self.digests(),
            "source": self.source_payload(),
        }


class PlanAdjustment(PromiseChange):
    """A change of what a plan promised: its wording, a commitment, an indicator."""

    targets = ("plan", "group", "task", "measure", "series", "commitment", "indicator")

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        paths = (
            "group__plan",
            "task__group__plan",
            "measure__task__group__plan",
            "series__plan",
            "commitment__series__plan",
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
                condition=exactly_one("plan", "group", "task", "measure", "series", "commitment", "indicator"),
                name="tasks_planadjustment_one_promise",
                violation_error_message="一份调整只能针对一项。",
            ),
        ]


class PlanAdjustmentNote(Note):
    adjustment = models.ForeignKey(PlanAdjustment, models.PROTECT, related_name="review_notes", verbose_name="计划调整")


class Channel(models.TextChoices):
    """How a reminder reached its person. Whatever it tells stands on the desk as well."""

    EMAIL = "EMAIL", "已发邮件"
    DESK = "DESK", "只在工作台"
    PENDING = "PENDING", "邮件还没发出去"


class Reminder(models.Model):
    """One message to a person: what it told, on which day, and how. `matters` are keys of `desk.agenda.ReminderItem`.

    A pending one counts as not told. While a run tries to send it, `claimed_at` keeps the others away.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reminders", verbose_name="提醒谁"
    )
    day = DateField("日期")
    matters = models.JSONField("提醒了什么", default=list)
    channel = CharField("怎样提醒", max_length=10, choices=Channel.choices, default=Channel.PENDING)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    claimed_at = models.DateTimeField("开始发送", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering: ClassVar = ["-day", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "day"],
                name="tasks_reminder_once_a_day",
                violation_error_message="同一个人一天只提醒一次。",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(channel=Channel.PENDING),
                name="tasks_reminder_one_pending",
                violation_error_message="同一个人只能有一封没发出去的提醒。",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.EMAIL, sent_at__isnull=False, claimed_at__isnull=True)
                | Q(channel=Channel.DESK, sent_at__isnull=True, claimed_at__isnull=True)
                | Q(channel=Channel.PENDING, sent_at__isnull=True),
                name="tasks_reminder_sent_by_email",
                violation_error_message="发出的邮件要有发出时间，没发出的不能有；只有还没发出的才能正在发送。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.day}"
