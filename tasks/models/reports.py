"""What was reported of a task or a measure, and what somebody found who looked at what a promise had built."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, TextField
from ledger.models import EntryKind
from projects.models import AbstractEvidence, AbstractReport, EvidencedFact, Fact, Note, Project, exactly_one
from tasks.models.promises import Commitment
from tasks.models.tasks import Measure, Task

SUBJECTS = ("task", "measure")


class Declared(models.TextChoices):
    """How far a department says it is, where nothing can be counted."""

    NOT_STARTED = "NOT_STARTED", "未启动"
    UNDER_WAY = "UNDER_WAY", "推进中"
    DONE = "DONE", "已完成"


class TaskReport(AbstractReport):
    """What a task or a measure had come to. One that declares nothing withdraws the one that it corrects."""

    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name="任务")
    measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name="举措"
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一份报告"
    )
    declared = CharField("到哪一步", max_length=20, choices=Declared.choices, blank=True)

    class Meta(AbstractReport.Meta):
        verbose_name = verbose_name_plural = "任务进展"
        permissions: ClassVar = [("publish_taskreport", "可以发布任务进展")]
        constraints: ClassVar = [
            *AbstractReport.Meta.constraints,
            models.CheckConstraint(
                condition=exactly_one(*SUBJECTS),
                name="tasks_taskreport_one_subject",
                violation_error_message="一份进展只能说一项任务或一项举措。",
            ),
            models.CheckConstraint(
                condition=Q(declared__in=Declared.values) | Q(declared="", corrects__isnull=False),
                name="tasks_taskreport_declares",
                violation_error_message="要选到哪一步；只有更正可以不选，那就是撤回。",
            ),
            *(
                models.UniqueConstraint(
                    fields=[subject, "held_on"],
                    condition=Q(submitted_at__isnull=False, published_at__isnull=True, **{f"{subject}__isnull": False}),
                    name=f"tasks_taskreport_one_submitted_of_{subject}",
                    violation_error_message="这一项这一天的数据已经送审了一份。",
                )
                for subject in SUBJECTS
            ),
        ]

    @property
    def about(self) -> Task | Measure:
        return self.task or self.measure  # type: ignore[return-value]  # one of them is there

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "task__group__plan", "measure__task__group__plan"]

    def payload_with(self, evidence) -> dict:
        return super().payload_with(evidence) | {"about": self.subject, "declared": self.declared or None}


class TaskEvidence(AbstractEvidence):
    report = models.ForeignKey(TaskReport, models.PROTECT, related_name="evidence", verbose_name="报告")


class TaskReportNote(Note):
    report = models.ForeignKey(TaskReport, models.PROTECT, related_name="review_notes", verbose_name="任务进展")


class Observer(models.TextChoices):
    LEAD = "LEAD", "牵头部门"
    SUPERVISION = "SUPERVISION", "督查"
    CONGRESS = "CONGRESS", "人大代表"
    PRESS = "PRESS", "媒体"


class Finding(models.TextChoices):
    IN_USE = "IN_USE", "在用"
    NOT_OPENED = "NOT_OPENED", "没启用"
    STOPPED = "STOPPED", "停用"
    DEFECTIVE = "DEFECTIVE", "有问题"


class Check(EvidencedFact):
    """What somebody found who looked, some time after a promise was kept, whether what was built is in use."""

    kinds = (EntryKind.CHECK, EntryKind.CORRECTION)
    free_text = ("text", "correction_reason")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="checks", verbose_name="承诺事项")
    held_on = DateField("哪一天看的", is_past=True)
    observer = CharField("谁去看的", max_length=20, choices=Observer.choices)
    finding = CharField("看到什么", max_length=20, choices=Finding.choices)
    text = TextField("说明", max_length=2000)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一次"
    )
    correction_reason = TextField("更正原因", max_length=500, blank=True)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "回头看"
        ordering: ClassVar = ["-held_on", "-pk"]
        permissions: ClassVar = [("publish_check", "可以公布回头看")]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(held_on__lte=F("published_on")),
                name="tasks_check_held_before_published",
                violation_error_message="看的日子不能晚于公布日期。",
            ),
            models.CheckConstraint(condition=Q(observer__in=Observer.values), name="tasks_check_observer_known"),
            models.CheckConstraint(condition=Q(finding__in=Finding.values), name="tasks_check_finding_known"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment}（{self.held_on}）"

    @property
    def about(self) -> Commitment:
        return self.commitment

    @property
    def subject(self) -> str:
        return self.commitment.address

    @property
    def answered_by_leads_of(self) -> Project:
        return self.commitment.project

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "commitment__series__plan"]

    def payload_with(self, evidence) -> dict:
        """`evidence` is there where there is any: checks of before had none."""
        told = {name: value for name, value in super().payload_with(evidence).items() if name != "evidence" or value}
        return told | {
            "about": self.subject,
            "held_on": self.held_on.isoformat(),
            "observer": self.observer,
            "finding": self.finding,
        }


class CheckEvidence(AbstractEvidence):
    report = models.ForeignKey(Check, models.PROTECT, related_name="evidence", verbose_name="回头看")
