"""What was issued on paper: which paper, of which day, with which voucher at its foot."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.model_fields import CharField, DateField
from ledger.models import Entry
from projects.models import Department
from tasks.models.plans import Plan


class PaperKind(models.TextChoices):
    BULLETIN = "BULLETIN", "通报"
    REGISTER = "REGISTER", "台账"
    REVIEW = "REVIEW", "年终报告"
    REMINDER = "REMINDER", "提醒函"
    UPWARD = "UPWARD", "上级表"


class IssuedPaper(models.Model):
    """A paper says how a plan stood on `data_on`; only a reminder is one department's. It isn't kept itself: the same plan,
    day, head and day of issue give the same text again.

    `head` is the last entry by the end of the data day, the voucher of the paper; `last_entry` that of the whole ledger when
    it was issued: whatever has a later number became public after it. `issuer` and `contact` are what the site said of itself
    then, empty of papers that were issued before this was kept.
    """

    kind = CharField("种类", max_length=10, choices=PaperKind.choices)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="papers", verbose_name="年度计划")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="papers", verbose_name="发给哪个部门"
    )
    data_on = DateField("数据日期")
    issued_on = DateField("印发日期")
    issued_at = models.DateTimeField("印发时间")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="papers", verbose_name="谁印发的"
    )
    head = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name="凭证")
    last_entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name="印发时的最后一条公开记录")
    issuer = CharField("落款", max_length=200, blank=True)
    contact = CharField("联系方式", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "印发的文稿"
        ordering: ClassVar = ["-issued_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=PaperKind.values),
                name="tasks_issuedpaper_kind_known",
                violation_error_message="没有这一种文稿。",
            ),
            models.CheckConstraint(
                condition=Q(data_on__lte=F("issued_on")),
                name="tasks_issuedpaper_data_before_issue",
                violation_error_message="数据日期不能晚于印发日期。",
            ),
            models.CheckConstraint(
                condition=Q(kind=PaperKind.REMINDER, department__isnull=False)
                | (~Q(kind=PaperKind.REMINDER) & Q(department__isnull=True)),
                name="tasks_issuedpaper_reminds_a_department",
                violation_error_message="提醒函要写明发给哪个部门，别的文稿不写。",
            ),
            models.UniqueConstraint(
                fields=["kind", "plan", "data_on", "issued_on", "head"],
                condition=Q(department__isnull=True),
                name="tasks_issuedpaper_once",
                violation_error_message="这一份已经印发过了。",
            ),
            models.UniqueConstraint(
                fields=["kind", "plan", "department", "data_on", "issued_on", "head"],
                condition=Q(department__isnull=False),
                name="tasks_issuedpaper_once_a_department",
                violation_error_message="这一份已经印发过了。",
            ),
        ]

    def __str__(self) -> str:
        about = f" · {self.department}" if self.department else ""
        return f"{self.get_kind_display()}（数据到 {self.data_on}）{about}"
