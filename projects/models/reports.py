"""What was reported."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, TextField
from ledger.chain import decimal_text
from ledger.guard import Part
from ledger.models import EntryKind
from projects.models.columns import MoneyField, ValueField
from projects.models.evidence import AbstractEvidence, EvidencedFact
from projects.models.facts import Fact, Note, ReviewedFact
from projects.models.promises import Milestone, Project


class DelayReason(models.TextChoices):
    """Why something is behind."""

    LAND = "LAND", "征地拆迁"
    PERMIT = "PERMIT", "手续审批"
    FUNDS = "FUNDS", "资金"
    DESIGN = "DESIGN", "设计变更"
    WEATHER = "WEATHER", "天气"
    WORKS = "WORKS", "施工"
    SUPPLY = "SUPPLY", "材料设备"
    POLICY = "POLICY", "上级政策"
    OTHER = "OTHER", "其他"


class AbstractReport(EvidencedFact, ReviewedFact):
    """What something promised had come to on `held_on`, by those who answer for it.

    One that `corrects` another replaces the whole of it. `internal_note` is what the official tells the reviewer beside
    it: in no payload and in no public channel, as are the notes by which a reviewer sends a report back.
    """

    word, published_hint = "报告", "写错了，请起草“更正”。"
    kinds = (EntryKind.REPORT, EntryKind.CORRECTION)
    free_text: ClassVar[tuple[str, ...]] = ("text", "problem", "next_step", "correction_reason")
    internal_text = ("internal_note",)  # which the audit trail doesn't tell either

    held_on = DateField("数据日期", is_past=True, help_text="数据是哪一天的，不是填报的日子。")
    text = TextField("进展", max_length=2000, help_text="到这一天做成了什么，写给居民看。")
    problem = TextField("存在问题", max_length=2000, blank=True, help_text="没有就留空。")
    next_step = TextField("下一步", max_length=2000, blank=True, help_text="接下来做什么，什么时候。")
    delay = CharField("为什么慢了", max_length=10, choices=DelayReason.choices, blank=True)
    correction_reason = TextField("更正原因", max_length=500, blank=True)
    internal_note = TextField("给审核员的话", max_length=1000, blank=True, help_text="只有本部门和督查室看得到。")

    class Meta(ReviewedFact.Meta):
        abstract = True
        ordering: ClassVar = ["-held_on", "-pk"]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(held_on__lte=F("published_on")),
                name="%(app_label)s_%(class)s_held_before_published",
                violation_error_message="数据日期不能晚于公布日期。",
            ),
            models.CheckConstraint(
                condition=Q(delay__in=["", *DelayReason.values]), name="%(app_label)s_%(class)s_delay_known"
            ),
        ]

    @property
    def answered_by_leads_of(self) -> Any:
        return self.about

    def __str__(self) -> str:
        return f"{self.about}（{self.held_on}）"

    @property
    def subject(self) -> str:
        return self.about.address

    def payload_with(self, evidence: "Iterable[AbstractEvidence]") -> dict:
        return super().payload_with(evidence) | {"held_on": self.held_on.isoformat(), "delay": self.delay}


class Report(AbstractReport):
    """What a project had come to. `spent` is cumulative, in yuan."""

    free_text = (*AbstractReport.free_text, "over_investment_reason")

    project = models.ForeignKey(Project, models.PROTECT, related_name="reports", verbose_name="项目")
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一份报告"
    )
    spent = MoneyField(
        "累计完成投资（元）", null=True, blank=True, help_text="从开工到这一天一共花了多少；不知道就留空。"
    )
    is_over_target_confirmed = models.BooleanField(
        "确认超过目标", default=False, help_text="数值超过目标时要勾选，公开页上显示“超额”。"
    )
    over_investment_reason = TextField("超过总投资的原因", max_length=500, blank=True)

    class Meta(AbstractReport.Meta):
        verbose_name = verbose_name_plural = "进展报告"
        permissions: ClassVar = [("publish_report", "可以发布进展报告")]
        indexes: ClassVar = [models.Index(fields=["project", "held_on"])]
        constraints: ClassVar = [
            *AbstractReport.Meta.constraints,
            models.CheckConstraint(
                condition=Q(spent__isnull=True) | Q(spent__gte=0),
                name="projects_report_spent_not_negative",
                violation_error_message="完成投资不能小于 0。",
            ),
            # Once public, a report leaves room for its correction, which may tell of the same day.
            models.UniqueConstraint(
                fields=["project", "held_on"],
                condition=Q(submitted_at__isnull=False, published_at__isnull=True),
                name="projects_report_one_submitted",
                violation_error_message="这个项目这一天的数据已经送审了一份。",
            ),
        ]

    @property
    def about(self) -> Project:
        return self.project

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        readings = Prefetch("readings", MilestoneReading.objects.select_related("milestone__project"))
        return [*super().payload_relations(), "project", readings]

    def payload_with(
        self, evidence: "Iterable[AbstractEvidence]", readings: "Iterable[MilestoneReading] | None" = None
    ) -> dict:
        """The payload with this evidence and, where given, these readings."""
        readings = self.readings.all() if readings is None else readings
        return super().payload_with(evidence) | {
            "project": self.project.slug,
            "readings": {reading.milestone.identifier: decimal_text(reading.value) for reading in readings},
            "spent": None if self.spent is None else int(self.spent),
            "is_over_target_confirmed": self.is_over_target_confirmed,
        }


class MilestoneReading(Part):
    """What a report says of one milestone: how much, in the milestone's unit, cumulative."""

    parent = "report"
    natural = ("report__code", "milestone__project__slug", "milestone__code")

    report = models.ForeignKey(Report, models.PROTECT, related_name="readings", verbose_name="报告")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="readings", verbose_name="节点")
    value = ValueField("累计完成", counts=True)

    class Meta(Part.Meta):
        verbose_name = verbose_name_plural = "节点进度"
        ordering: ClassVar = ["milestone__number", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["report", "milestone"],
                name="projects_milestonereading_once",
                violation_error_message="同一个节点在一份报告里只能填一次。",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="projects_milestonereading_not_negative",
                violation_error_message="累计完成不能小于 0。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}：{decimal_text(self.value)} {self.milestone.unit}"


class Evidence(AbstractEvidence):
    report = models.ForeignKey(Report, models.PROTECT, related_name="evidence", verbose_name="报告")


class ReviewNote(Note):
    report = models.ForeignKey(Report, models.PROTECT, related_name="review_notes", verbose_name="报告")
