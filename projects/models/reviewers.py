"""Who may publish, as far as the record knows."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, JSONField
from ledger.chain import digest
from ledger.guard import Record
from ledger.models import EntryKind
from projects.models.facts import Fact


class FirstReviewer(Record):
    """Somebody who was a reviewer when the first plan was published, whose entry counts them. Until then a draft.

    `office` is that of whoever gave the role, as in `acts`; null where it was given on the server.
    """

    natural = ("person__username",)

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="first_reviewer", verbose_name="审核员"
    )
    office = JSONField("由谁任命", null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = verbose_name_plural = "最初的审核员"
        ordering: ClassVar = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person)

    def payload(self, salt: str) -> dict:
        """`salt` is that of the acts of the plan's entry: nobody is put in another one's place unseen."""
        return {"person": digest(salt, str(self.person_id)), "appointed_by": self.office}


class Appointment(Fact):
    """What happened to somebody's right to publish once there was a plan to keep: the role given or taken, a password set
    by another, and what a second reviewer said of it. Nobody in `published_by` means: on the server.
    """

    takes_two = False

    WAITING: ClassVar = (EntryKind.APPOINTMENT, EntryKind.PASSWORD)  # until somebody confirms it
    kinds = (*WAITING, EntryKind.DISMISSAL, EntryKind.APPROVAL, EntryKind.OBJECTION)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments", verbose_name="审核员"
    )
    act = CharField("做了什么", max_length=20, choices=[(kind.value, kind.label) for kind in kinds])
    about = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name="对哪一条"
    )

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "审核员任免"
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(act__in=["appointment", "password", "dismissal"], about__isnull=True)
                | Q(act__in=["approval", "objection"], about__isnull=False),
                name="projects_appointment_decides_about_another",
                violation_error_message="确认和异议要写明对哪一条。",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("person")),
                name="projects_appointment_by_another",
                violation_error_message="任免、重设密码和确认都要由别人来做。",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(drafted_by__isnull=True, published_by__isnull=True, source__isnull=True)
                | Q(drafted_by__isnull=False, published_by__isnull=False, published_by=F("drafted_by")),
                name="projects_appointment_by_whoever_drafts_it",
                violation_error_message="谁起草，谁公布。",
            ),
            models.UniqueConstraint(
                fields=["about", "act"],
                name="projects_appointment_decided_once",
                violation_error_message="已经确认过，或者已经有人提出异议了。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}：{self.person.get_full_name() or self.person.get_username()}"

    @property
    def kind(self) -> EntryKind:  # type: ignore[override]  # not of the class alone
        return EntryKind(self.act)

    @property
    def subject(self) -> str:
        return "reviewers"

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "about"]

    def payload(self) -> dict:
        return {
            "person": digest(self.acts_salt, str(self.person_id)),
            "about": self.about and self.about.entry_id,
        }
