"""The tree of a plan's work: groups of tasks, tasks, measures, and the projects that serve them."""

from typing import Any, ClassVar

from django.db import models

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, SlugField, TextField
from ledger.guard import Record
from projects.adjustable import AdjustableFields, ChangeKind, Day, Departments, Text
from projects.models import DepartmentsField, InferredField, Project
from tasks.models.rows import Promised


class TaskGroup(Promised):
    """A kind of task in the plan's own division. `noun` is what one task of it is called."""

    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey("tasks.Plan", models.PROTECT, related_name="groups", verbose_name="年度计划")
    code = SlugField("代号", max_length=20)
    number = PositiveSmallIntegerField("序号", least=1, default=1)
    title = CharField("名称", max_length=100)
    noun = CharField("单项的叫法", max_length=20, help_text="例如“大事”“工作”。")
    counter = CharField("量词", max_length=4, default="件")

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "任务组"
        ordering: ClassVar = ["plan", "number", "pk"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "code"], name="tasks_taskgroup_code_once"),
        ]

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
        }


def answerable_fields() -> AdjustableFields:
    return AdjustableFields(
        title=Text(),
        wording=Text(),
        leads=Departments(),
        partners=Departments(),
        post=Text(kind=ChangeKind.REASSIGNED),
        due_on=Day(),
    )


class Answerable(Promised):
    """What a department may answer for without a project: `wording` is the city's own, `due_on` the day it named."""

    number: Any
    title = CharField("名称", max_length=200)
    wording = TextField("原话", max_length=1000, blank=True)
    leads = DepartmentsField("牵头部门")
    partners = DepartmentsField("配合部门")
    post = CharField("负责领导的职务", max_length=60, blank=True, help_text="只写职务，不写姓名。")
    due_on = DateField("完成时限", null=True, blank=True)
    inferred = InferredField(("title", "due_on"))

    class Meta(Promised.Meta):
        abstract = True

    @property
    def plan(self) -> Any:
        """The plan that it belongs to."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.title

    def payload(self) -> dict:
        return {
            "number": self.number,
            "title": self.title,
            "wording": self.wording,
            "leads": self.leads,
            "partners": sorted(self.partners),
            "post": self.post,
            "due_on": self.due_on and self.due_on.isoformat(),
            "inferred": sorted(self.inferred),
        }


class Task(Answerable):
    natural = ("group__plan__year", "group__code", "number")
    plan_path = "group__plan"
    adjustable = answerable_fields()

    group = models.ForeignKey(TaskGroup, models.PROTECT, related_name="tasks", verbose_name="任务组")
    number = PositiveSmallIntegerField("序号", least=1)

    class Meta(Answerable.Meta):
        verbose_name = verbose_name_plural = "任务"
        ordering: ClassVar = ["group", "number"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "number"],
                name="tasks_task_number_once",
                violation_error_message="这一组里已有同一序号的任务。",
            ),
        ]

    @property
    def plan(self):
        return self.group.plan

    @property
    def identifier(self) -> str:
        return f"{self.group.code}-{self.number}"

    @property
    def address(self) -> str:
        return f"task:{self.group.plan.year}/{self.identifier}"

    def payload(self) -> dict:
        return super().payload() | {"group": self.group.code}


class Measure(Answerable):
    """How a task is to be done, in the plan's own words."""

    natural = ("task__group__plan__year", "task__group__code", "task__number", "number")
    plan_path = "task__group__plan"
    adjustable = answerable_fields()

    task = models.ForeignKey(Task, models.PROTECT, related_name="measures", verbose_name="任务")
    number = PositiveSmallIntegerField("序号", least=1)
    projects = models.ManyToManyField(
        Project, through="Contribution", related_name="measures", verbose_name="为它服务的项目"
    )

    class Meta(Answerable.Meta):
        verbose_name = verbose_name_plural = "举措"
        ordering: ClassVar = ["task", "number"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["task", "number"],
                name="tasks_measure_number_once",
                violation_error_message="这项任务里已有同一序号的举措。",
            ),
        ]

    @property
    def plan(self):
        return self.task.group.plan

    @property
    def address(self) -> str:
        return f"measure:{self.task.group.plan.year}/{self.task.identifier}/{self.number}"

    def payload(self) -> dict:
        return super().payload() | {"task": self.task.identifier}


class Contribution(Promised):
    """A project that serves a measure."""

    natural = (*(f"measure__{lookup}" for lookup in Measure.natural), "project__slug")
    plan_path = "measure__task__group__plan"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="contributions", verbose_name="举措")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contributions", verbose_name="项目")
    is_inferred = models.BooleanField("本站理解", default=False)

    class Meta(Promised.Meta):
        verbose_name = verbose_name_plural = "项目与举措"
        ordering: ClassVar = ["measure", "project__slug"]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["measure", "project"], name="tasks_contribution_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project} → {self.measure}"

    def payload(self) -> dict:
        measure = f"{self.measure.task.identifier}/{self.measure.number}"
        return {"measure": measure, "project": self.project.slug, "is_inferred": self.is_inferred}
