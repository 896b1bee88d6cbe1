"""The tree of a plan's work: groups of tasks, tasks, measures, and the projects that serve them."""

from operator import itemgetter
from typing import ClassVar

from django.db import models

from common.model_fields import CharField, PositiveSmallIntegerField, SlugField
from ledger.guard import Part
from projects.adjustable import AdjustableFields, Text
from projects.models import (
    Project,
)


class TaskGroup(Part):
    """A kind of task in the plan's own division. `noun` is what one task of it is called."""

    parent = "plan"
    natural = ("plan__year", "code")
    adjustable = AdjustableFields(title=Text())

    plan = models.ForeignKey("tasks.Plan", models.PROTECT, related_name="groups", verbose_name="年度计划")
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
