"""Who answers for projects, and who files for whom."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from common.model_fields import CharField, SlugField
from ledger.models import EntryKind
from projects.adjustable import AdjustableFields, ChangeKind, Text
from projects.models.facts import Fact


class Department(Fact):
    """Who answers for a project, and the phone that residents may call."""

    kind = EntryKind.DEPARTMENT
    natural = ("slug",)
    adjustable = AdjustableFields(name=Text(), phone=Text(kind=ChangeKind.REASSIGNED))

    code = None  # type: ignore[assignment]  # Django's way to leave out a column
    slug = SlugField("网址代号", max_length=60, unique=True, help_text="小写英文、数字和连字符，公布后不能改。")
    name = CharField("名称", max_length=100, unique=True)
    phone = CharField("公开电话", max_length=50, blank=True)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "部门"
        ordering: ClassVar = ["slug"]
        permissions: ClassVar = [("publish_department", "可以公布部门")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"department:{self.slug}"

    @property
    def subject(self) -> str:
        return self.address

    def payload(self) -> dict:
        return {**self.promised_payload(), "source": self.source_payload()}

    def promised_payload(self) -> dict:
        """Of one that becomes public with a plan or an addition, whose source is its own."""
        return {"slug": self.slug, "name": self.name, "phone": self.phone}


class Membership(models.Model):
    """A person who files reports for a department."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="用户")
    department = models.ForeignKey(Department, models.PROTECT, related_name="memberships", verbose_name="部门")

    class Meta:
        verbose_name = verbose_name_plural = "所属部门"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "department"],
                name="projects_membership_once",
                violation_error_message="这个人已经在这个部门里了。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.department}"
