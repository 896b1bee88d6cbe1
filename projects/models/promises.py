"""What is promised: projects and their milestones, in the terms first promised."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.model_fields import CharField, DateField, DecimalField, PositiveSmallIntegerField, SlugField
from ledger.chain import decimal_text
from ledger.guard import Part, Record
from projects.adjustable import AdjustableFields, Amount, Day, Departments, Dropped, Money, Move, OneDepartment, Text
from projects.models.columns import MoneyField, ValueField
from projects.models.departments import Department


class Project(Record):
    """A piece of work that outlives the year. Its terms here are those first promised; adjustments come on top."""

    natural = ("slug",)
    adjustable = AdjustableFields(
        title=Text(),
        short_title=Text(),
        place=Text(move=Move.REASSIGNED),
        investment=Money(),
        lead=OneDepartment(),
        partners=Departments(),
        dropped=Dropped(),
    )

    slug = SlugField("网址代号", max_length=60, unique=True, help_text="小写英文、数字和连字符，公布后不能改。")
    title = CharField("名称", max_length=200)
    short_title = CharField("简称", max_length=40, blank=True)
    part_counter = CharField("分项的量词", max_length=10, blank=True, help_text="各分项逐一点名时用，例如“条”“所”。")
    place = CharField("地点", max_length=200, blank=True)
    investment = MoneyField(
        "总投资（元）", is_positive=True, null=True, blank=True, help_text="没有公布就留空，不要填 0。"
    )
    lead = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="led_projects", verbose_name="牵头部门"
    )
    partners = models.ManyToManyField(
        Department, through="Partnership", related_name="partnered_projects", verbose_name="配合部门"
    )

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "项目"
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(investment__isnull=True) | Q(investment__gte=0),
                name="projects_project_investment_not_negative",
                violation_error_message="总投资不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"project:{self.slug}"

    def payload(self) -> dict:
        return {
            "slug": self.slug,
            "title": self.title,
            "short_title": self.short_title,
            "part_counter": self.part_counter,
            "place": self.place,
            "investment": None if self.investment is None else int(self.investment),
            "lead": self.lead.slug if self.lead else None,
            "partners": sorted(department.slug for department in self.partners.all()),
        }


class Partnership(Part):
    """A department that works with the lead, as first promised."""

    parent = "project"
    natural = ("project__slug", "department__slug")

    project = models.ForeignKey(Project, models.PROTECT, related_name="partnerships")
    department = models.ForeignKey(Department, models.PROTECT, related_name="partnerships", verbose_name="部门")

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "配合部门"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "department"], name="projects_partnership_once")
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.department}"


class Pace(models.TextChoices):
    """How the plan expects a milestone to grow: day by day, or all at once after the due date."""

    LINEAR = "LINEAR", "按日均匀"
    STEP = "STEP", "到期一次完成"


class Milestone(Record):
    """A part of a project that can be counted: `target` of `unit`, due on a day. Terms are those first promised.

    `is_inferred`: dates and weight are the portal's reading, the city named none.
    """

    natural = ("project__slug", "code")
    adjustable = AdjustableFields(title=Text(), due_on=Day(), target=Amount(), dropped=Dropped())

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones", verbose_name="项目")
    code = SlugField("代号", max_length=60)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    noun = CharField("简称", max_length=20, blank=True, help_text="用在句子里，例如“站”“小设施”。")
    starts_on = DateField("开始日期")
    due_on = DateField("完成时限")
    target = ValueField("目标值", counts=True)
    unit = CharField("单位", max_length=20)
    weight = DecimalField("权重", max_digits=6, decimal_places=2, default=Decimal(1))
    pace = CharField("计划进度", max_length=10, choices=Pace.choices, default=Pace.LINEAR)
    is_inferred = models.BooleanField("本站理解", default=False, help_text="日期和权重是本站的理解，不是市里的原话。")

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "节点"
        ordering: ClassVar = ["project", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "code"],
                name="projects_milestone_code_once",
                violation_error_message="这个项目里已有同一代号的节点。",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("due_on")),
                name="projects_milestone_starts_before_due",
                violation_error_message="开始日期不能晚于完成时限。",
            ),
            models.CheckConstraint(
                condition=Q(target__gt=0),
                name="projects_milestone_target_positive",
                violation_error_message="目标值必须大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="projects_milestone_weight_positive",
                violation_error_message="权重必须大于 0。",
            ),
            models.CheckConstraint(condition=Q(pace__in=Pace.values), name="projects_milestone_pace_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"milestone:{self.identifier}"

    @property
    def identifier(self) -> str:
        return f"{self.project.slug}/{self.code}"

    def payload(self) -> dict:
        return {
            "id": self.identifier,
            "number": self.number,
            "title": self.title,
            "noun": self.noun,
            "starts_on": self.starts_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "target": decimal_text(self.target),
            "unit": self.unit,
            "weight": decimal_text(self.weight),
            "pace": self.pace,
            "is_inferred": self.is_inferred,
        }
