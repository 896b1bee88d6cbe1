from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledger.guard import Guarded


class EntryKind(models.TextChoices):
    """What an entry did to the public record."""

    PLAN = "plan", "公布承诺"
    ADDITION = "addition", "追加承诺"
    DEPARTMENT = "department", "公布部门"
    REPORT = "report", "进展报告"
    READING = "reading", "指标数据"
    CHECK = "check", "回头看"
    VOTE = "vote", "人大测评"
    CORRECTION = "correction", "更正"
    ADJUSTMENT = "adjustment", "调整承诺"
    REDACTION = "redaction", "依法隐去"
    CONFIRMATION = "confirmation", "确认隐去"
    RESTORATION = "restoration", "恢复公开"
    APPOINTMENT = "appointment", "任命"
    DISMISSAL = "dismissal", "免去"
    PASSWORD = "password", "重设密码"
    APPROVAL = "approval", "确认任命"
    OBJECTION = "objection", "提出异议"


# What changes what the past may show.
HIDING = (EntryKind.REDACTION, EntryKind.RESTORATION)


class Entry(Guarded):
    """One act of publication. `payload` holds the published values, free text and files only as salted digests.

    `at` is the moment of publication (UTC, microseconds), `published_on` its day in Shanghai.
    `subject` addresses what the act is about, such as `project:city-roads` or `plan:2020`.
    """

    natural = ("seq",)

    seq = models.PositiveBigIntegerField("序号", primary_key=True)
    at = models.DateTimeField("公布时间")
    published_on = models.DateField("公布日期", db_index=True)
    kind = models.CharField("种类", max_length=20, choices=EntryKind.choices)
    subject = models.CharField("对象", max_length=200)
    payload = models.JSONField("内容")
    previous = models.CharField("上一条的哈希", max_length=64)
    hash = models.CharField("哈希", max_length=64, unique=True)

    class Meta(Guarded.Meta):
        verbose_name = verbose_name_plural = "公开记录"
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [models.Index(fields=["subject", "seq"]), models.Index(fields=["kind", "seq"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(seq__gte=1), name="ledger_entry_seq_from_one"),
            models.UniqueConstraint(fields=["previous"], name="ledger_entry_no_fork"),
        ]

    def __str__(self) -> str:
        return f"第 {self.seq} 条"

    @property
    def voucher(self) -> str:
        """What a reader keeps to prove later what stood here. Never cut it short: a part of a hash can be forged."""
        return f"{self.seq}:{self.hash}"
