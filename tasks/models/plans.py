"""The plan itself, which plan is shown on a day, and its outlines."""

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from ledger.guard import GuardedQuerySet, Part, Record
from ledger.models import Entry, EntryKind
from projects.adjustable import AdjustableFields, Text
from projects.models import (
    Fact,
    FirstReviewer,
    Milestone,
    Project,
)
from projects.reviewers import note_first_reviewers
from tasks.models.promises import Commitment, CommitmentMilestone
from tasks.models.tasks import Contribution

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
