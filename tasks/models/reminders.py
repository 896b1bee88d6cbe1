"""What people were reminded of."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.model_fields import CharField, DateField


class Channel(models.TextChoices):
    """How a reminder reached its person. Whatever it tells stands on the desk as well."""

    EMAIL = "EMAIL", "已发邮件"
    DESK = "DESK", "只在工作台"
    PENDING = "PENDING", "邮件还没发出去"


class Reminder(models.Model):
    """One message to a person: what it told, on which day, and how. `matters` are keys of `desk.agenda.ReminderItem`.

    A pending one counts as not told. While a run tries to send it, `claimed_at` keeps the others away.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reminders", verbose_name="提醒谁"
    )
    day = DateField("日期")
    matters = models.JSONField("提醒了什么", default=list)
    channel = CharField("怎样提醒", max_length=10, choices=Channel.choices, default=Channel.PENDING)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    claimed_at = models.DateTimeField("开始发送", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering: ClassVar = ["-day", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "day"],
                name="tasks_reminder_once_a_day",
                violation_error_message="同一个人一天只提醒一次。",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(channel=Channel.PENDING),
                name="tasks_reminder_one_pending",
                violation_error_message="同一个人只能有一封没发出去的提醒。",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.EMAIL, sent_at__isnull=False, claimed_at__isnull=True)
                | Q(channel=Channel.DESK, sent_at__isnull=True, claimed_at__isnull=True)
                | Q(channel=Channel.PENDING, sent_at__isnull=True),
                name="tasks_reminder_sent_by_email",
                violation_error_message="发出的邮件要有发出时间，没发出的不能有；只有还没发出的才能正在发送。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.day}"
