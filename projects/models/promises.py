"""What is promised: projects and their milestones, in the terms first promised."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.model_fields import CharField, PositiveSmallIntegerField, SlugField
from ledger.guard import Record
from projects.adjustable import AdjustableFields, ChangeKind, Departments, Money, Text
from projects.models.columns import DepartmentsField, MoneyField


class Project(Record):
    """A piece of work that outlives the year. Its terms here are those first promised; adjustments come on top."""

    natural = ("slug",)
    adjustable = AdjustableFields(
        title=Text(),
        short_title=Text(),
        box_name=Text(),
        place=Text(kind=ChangeKind.REASSIGNED),
        post=Text(kind=ChangeKind.REASSIGNED),
        funding=Text(kind=ChangeKind.REASSIGNED),
        investment=Money(),
        leads=Departments(),
        partners=Departments(),
    )

    slug = SlugField("网址代号", max_length=60, unique=True, help_text="小写英文、数字和连字符，公布后不能改。")
    title = CharField("名称", max_length=200)
    short_title = CharField("简称", max_length=40, blank=True)
    box_name = CharField("格子里的名字", max_length=4, blank=True, help_text="最多四个字，例如“农村路”。")
    part_counter = CharField("分项的量词", max_length=10, blank=True, help_text="各分项逐一点名时用，例如“条”“所”。")
    place = CharField("地点", max_length=200, blank=True)
    post = CharField("负责领导的职务", max_length=60, blank=True, help_text="只写职务，不写姓名。")
    funding = CharField("资金来源", max_length=200, blank=True)
    investment = MoneyField(
        "总投资（元）", is_positive=True, null=True, blank=True, help_text="没有公布就留空，不要填 0。"
    )
    leads = DepartmentsField("牵头部门", help_text="几个部门一起牵头的，排在最前的先说。")
    partners = DepartmentsField("配合部门")

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "项目"
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(investment__isnull=True) | Q(investment__gt=0),
                name="projects_project_investment_positive",
                violation_error_message="总投资必须大于 0；没有公布就留空。",
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
            "box_name": self.box_name,
            "part_counter": self.part_counter,
            "place": self.place,
            "post": self.post,
            "funding": self.funding,
            "investment": None if self.investment is None else int(self.investment),
            "leads": self.leads,
            "partners": sorted(self.partners),
        }


class Milestone(Record):
    """What of a project can be counted or reached: so many of `unit`, or something that is there or not.

    `verb` and `begun` say what is done with it and how that begins; `is_lasting` whether something stands afterwards.
    How much of it was promised by which day is a commitment's target.
    """

    natural = ("project__slug", "code")
    adjustable = AdjustableFields(title=Text(), noun=Text())

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones", verbose_name="项目")
    code = SlugField("代号", max_length=60)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    noun = CharField("简称", max_length=20, blank=True, help_text="用在句子里，例如“站”“小设施”。")
    unit = CharField("单位", max_length=20)
    is_counted = models.BooleanField("按个数算", default=False, help_text="只能是整数，例如几座站。")
    verb = CharField("做成叫什么", max_length=10, default="完成", help_text="例如“建成”“改造”“发放”。")
    begun = CharField("动手叫什么", max_length=10, default="开始", help_text="例如“开工”“动工”。")
    is_lasting = models.BooleanField(
        "做成以后一直在", default=True, help_text="培训、发放、放映、抽检做完就过去了，不勾。"
    )

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
            "unit": self.unit,
            "is_counted": self.is_counted,
            "verb": self.verb,
            "begun": self.begun,
            "is_lasting": self.is_lasting,
        }
