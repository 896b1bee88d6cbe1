"""The plan itself, which plan is shown on a day, and its outlines."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from ledger.guard import GuardedQuerySet, Part, Record
from ledger.models import Entry, EntryKind
from projects.adjustable import AdjustableFields, Text
from projects.models import Department, Fact, FirstReviewer, Milestone, Project
from projects.reviewers import note_first_reviewers
from tasks.models.indicators import Indicator
from tasks.models.promises import Commitment, Series, Target
from tasks.models.rows import Promised
from tasks.models.tasks import Contribution, Measure, Task, TaskGroup

LONGEST_GRACE = 92  # days


class PlanQuerySet(GuardedQuerySet["Plan"]):
    def running(self, day: date):
        """Plans public by `day` whose period includes it, the one that began last first."""
        return self.as_of(day).filter(starts_on__lte=day, ends_on__gte=day).order_by("-starts_on", "-year")

    def on_front_page(self, day: date) -> "Plan | None":
        return front_of(self.as_of(day).select_related("source"), day)


def front_of(plans: "Iterable[Plan]", day: date) -> "Plan | None":
    """The one to begin with, of those public by `day`: an illustrative one never takes the place of a city's own."""
    public = [plan for plan in plans if plan.published_on and plan.published_on <= day]
    return current_of([plan for plan in public if not plan.is_illustrative] or public, day)


def current_of(plans: "Iterable[Plan]", day: date) -> "Plan | None":
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
    authority = CharField("居民怎样称呼", max_length=10, default="市里", help_text="说话算数的是谁，例如“市里”“县里”。")
    reporting_months = PositiveSmallIntegerField(
        "几个月报一次", unit="个月", choices=[(1, "每月"), (3, "每季度"), (6, "每半年"), (12, "每年")], default=1
    )
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
                condition=Q(reporting_months__in=(1, 3, 6, 12)),
                name="tasks_plan_reporting_months_known",
                violation_error_message="只能每月、每季度、每半年或每年报一次。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self):
        super().clean()
        errors = []
        if self.year and self.starts_on and self.ends_on and not self.starts_on.year <= self.year <= self.ends_on.year:
            errors.append(f"{self.starts_on} 到 {self.ends_on}，没有一天在 {self.year} 年里，请看看年份写对没有。")
        if (self.grace_days or 0) > LONGEST_GRACE:
            errors.append(f"宽限最多 {LONGEST_GRACE} 天。")
        if errors:
            raise ValidationError(errors)

    @property
    def address(self) -> str:
        return f"plan:{self.year}"

    @property
    def subject(self) -> str:
        return self.address

    def published_together(self) -> list[Record]:
        """Everything that becomes public with the plan, and its source where nothing cited it yet."""
        return [*super().published_together(), *promised_with(self, self), *self._first_reviewers()]

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

    def payload(self) -> dict:
        return {
            "year": self.year,
            "title": self.title,
            "short_title": self.short_title,
            "authority": self.authority,
            "guideline": self.guideline,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
            "adopted_on": self.adopted_on and self.adopted_on.isoformat(),
            "lag_warning": self.lag_warning,
            "lag_alarm": self.lag_alarm,
            "reporting_months": self.reporting_months,
            "grace_days": self.grace_days,
            **promised_payload(self, self),
            "source": self.source_payload(),
            **self._reviewers_payload(),
        }


class Addition(Fact):
    """What was promised later for a period that runs, or was forgotten: rows of a plan that become public with it."""

    kind = EntryKind.ADDITION
    free_text = ("reason",)

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="additions", verbose_name="年度计划")
    title = CharField("名称", max_length=200, help_text="例如“2020 年 6 月追加的老旧小区改造”。")
    reason = TextField("为什么追加", max_length=1000)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "追加的承诺"
        ordering: ClassVar = ["plan", "pk"]
        permissions: ClassVar = [("publish_addition", "可以公布追加的承诺")]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"addition:{self.plan.year}/{self.code}"

    @property
    def subject(self) -> str:
        return self.address

    def published_together(self) -> list[Record]:
        return [*super().published_together(), *promised_with(self.plan, self)]

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "plan"]

    def payload(self) -> dict:
        return {
            "plan": self.plan.year,
            "title": self.title,
            "texts": self.digests(),
            **promised_payload(self.plan, self),
            "source": self.source_payload(),
        }


class Outline(Promised):
    """Points that the plan spells out besides its tasks: a way of working, the groups of a campaign.

    One with the code of a series, or the slug of a project, speaks of that and is shown beside it as well.
    """

    natural = ("plan__year", "code")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="outlines", verbose_name="年度计划")
    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="outlines", verbose_name="任务")
    code = SlugField("代号", max_length=40)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("标题", max_length=100)
    text = TextField("说明", max_length=1000, blank=True)

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "要点"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "code"], name="tasks_outline_code_once"),
        ]

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


# The rows that a plan or an addition brings, with what of other tables their payloads tell.
ROWS: dict[type[Promised], tuple[str, ...]] = {
    Outline: ("task__group__plan",),
    TaskGroup: ("plan",),
    Task: ("group__plan",),
    Measure: ("task__group__plan",),
    Contribution: ("measure__task__group__plan", "project"),
    Series: ("plan",),
    Commitment: ("series__plan", "project"),
    Target: ("commitment__series__plan", "milestone__project"),
    Indicator: ("task__group__plan",),
}


# What a payload calls them.
NAMES: dict[type[Promised], str] = {
    Outline: "outlines",
    TaskGroup: "groups",
    Task: "tasks",
    Measure: "measures",
    Contribution: "contributions",
    Series: "series",
    Commitment: "commitments",
    Target: "targets",
    Indicator: "indicators",
}


def rows_of(plan: Plan, fact: Fact) -> Iterator[models.QuerySet[Promised]]:
    """What the plan itself or an addition to it brings, a query set for each kind of row, in the plan's own order."""
    addition = fact if isinstance(fact, Addition) else None
    for model, related in ROWS.items():
        rows = model.objects.filter(**{model.plan_path: plan}, addition=addition, entry=fact.entry_id)
        yield rows.select_related(*related).order_by("pk")


def promised_with(plan: Plan, fact: Fact) -> list[Record]:
    """The records that become public with the plan or the addition: its rows, projects, milestones and departments."""
    rows = [row for found in rows_of(plan, fact) for row in found]
    return [*rows, *projects_with(fact, rows), *milestones_with(fact, rows), *departments_with(fact, rows)]


def projects_with(fact: Fact, rows: Sequence[Promised]) -> models.QuerySet[Project]:
    """Projects that the rows name first."""
    if fact.entry_id:
        return Project.objects.filter(entry=fact.entry_id).order_by("slug")
    named = [row.project_id for row in rows if isinstance(row, (Commitment, Contribution))]
    return Project.objects.drafts().filter(pk__in=named).order_by("slug")


def milestones_with(fact: Fact, rows: Sequence[Promised]) -> models.QuerySet[Milestone]:
    """Milestones that the rows name first, and those of their projects that nothing else is going to promise."""
    milestones = Milestone.objects.select_related("project").order_by("project__slug", "number", "pk")
    if fact.entry_id:
        return milestones.filter(entry=fact.entry_id)
    named = {row.milestone_id for row in rows if isinstance(row, Target)}
    projects = {row.project_id for row in rows if isinstance(row, (Commitment, Contribution))}
    is_unpromised = Q(project__in=projects, targets__isnull=True)
    return milestones.drafts().filter(Q(pk__in=named) | is_unpromised).distinct()


def departments_with(fact: Fact, rows: Sequence[Promised]) -> models.QuerySet[Department]:
    """Departments that the rows or their projects name first."""
    if fact.entry_id:
        return Department.objects.filter(entry=fact.entry_id).order_by("slug")
    naming: list[Record] = [*rows, *projects_with(fact, rows)]
    slugs = {slug for row in naming for name in ("leads", "partners") for slug in getattr(row, name, ())}
    return Department.objects.drafts().filter(slug__in=slugs).order_by("slug")


def promised_payload(plan: Plan, fact: Fact) -> dict[str, list[dict]]:
    """Everything that the fact brings, as lists by kind."""
    found = list(rows_of(plan, fact))
    rows = [row for of_kind in found for row in of_kind]
    models.prefetch_related_objects([row for row in rows if isinstance(row, Outline)], "items")
    kinds: dict[str, Iterable[Any]] = {NAMES[of_kind.model]: of_kind for of_kind in found}
    kinds |= {"projects": projects_with(fact, rows), "milestones": milestones_with(fact, rows)}
    payloads = {name: [row.payload() for row in of_kind] for name, of_kind in kinds.items()}
    return payloads | {"departments": [one.promised_payload() for one in departments_with(fact, rows)]}
