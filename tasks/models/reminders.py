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


class Robot(models.TextChoices):
    """What brings a text to a work group."""

    WECOM = "WECOM", "企业微信"
    DINGTALK = "DINGTALK", "钉钉"


class GroupTextKind(models.TextChoices):
    """What a text for a work group is about."""

    DUE = "DUE", "该填报的"
    LATE = "LATE", "逾期没有更新的"
    PUBLISHED = "PUBLISHED", "公布了的"


class GroupMessage(models.Model):
    """One text to a group on a day: each kind at most once a day. While a run sends it, `claimed_at` keeps the others away.

    `items` are the keys of what it reminded of, as of a `Reminder`; `through` is the last entry of the ledger that it told.
    """

    robot = CharField("哪个群", max_length=10, choices=Robot.choices)
    kind = CharField("说什么", max_length=10, choices=GroupTextKind.choices)
    day = DateField("日期")
    items = models.JSONField("提醒了什么", default=list)
    through = models.BigIntegerField("说到公开记录第几条", default=0, editable=False)
    claimed_at = models.DateTimeField("开始发送", null=True, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "群消息"
        ordering: ClassVar = ["-day", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["robot", "kind", "day"],
                name="tasks_groupmessage_once_a_day",
                violation_error_message="同一段话一天只发一次。",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(claimed_at__isnull=True),
                name="tasks_groupmessage_sent_or_claimed",
                violation_error_message="发出去了的不能还在发。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_robot_display()} · {self.get_kind_display()} · {self.day}"
