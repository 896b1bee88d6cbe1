"""What deputies said by vote of what a plan had promised."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, DateField, PositiveSmallIntegerField, TextField
from ledger.models import EntryKind
from projects.models import AbstractEvidence, EvidencedFact, Fact, Project
from tasks.models.promises import Commitment

MOST_PRESENT = 10_000  # three such numbers still add up within a small integer of PostgreSQL


def _count(label: str, unit: str, least: int = 0) -> PositiveSmallIntegerField:
    return PositiveSmallIntegerField(label, unit=unit, least=least, validators=[MaxValueValidator(MOST_PRESENT)])


class VotingBody(models.TextChoices):
    CONGRESS = "CONGRESS", "人大代表"
    STANDING_COMMITTEE = "STANDING_COMMITTEE", "常委会组成人员"


class Vote(EvidencedFact):
    """How those present said by ballot how satisfied they are with what became of a promise.

    Who is present may leave a ballot blank, or none: the three together are at most `present`.
    """

    kinds = (EntryKind.VOTE, EntryKind.CORRECTION)
    free_text = ("meeting", "correction_reason")
    answers = ("satisfied", "fairly", "dissatisfied")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="votes", verbose_name="承诺事项")
    held_on = DateField("哪一天测评的", is_past=True)
    body = CharField("谁测评的", max_length=20, choices=VotingBody.choices, default=VotingBody.CONGRESS)
    meeting = CharField("哪次会议", max_length=200, blank=True, help_text="会议的全称，没有就留空。")
    present = _count("到会人数", "人", least=1)
    satisfied = _count("满意", "票")
    fairly = _count("基本满意", "票")
    dissatisfied = _count("不满意", "票")
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正哪一次"
    )
    correction_reason = TextField("更正原因", max_length=500, blank=True)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "人大测评"
        ordering: ClassVar = ["-held_on", "-pk"]
        permissions: ClassVar = [("publish_vote", "可以公布人大测评")]
        constraints: ClassVar = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(held_on__lte=F("published_on")),
                name="tasks_vote_held_before_published",
                violation_error_message="测评的日子不能晚于公布日期。",
            ),
            models.CheckConstraint(
                condition=Q(body__in=VotingBody.values),
                name="tasks_vote_body_known",
                violation_error_message="要选是谁测评的。",
            ),
            models.CheckConstraint(
                condition=Q(satisfied__gte=0, fairly__gte=0, dissatisfied__gte=0),
                name="tasks_vote_not_negative",
                violation_error_message="票数不能小于 0。",
            ),
            models.CheckConstraint(
                condition=Q(satisfied__gt=0) | Q(fairly__gt=0) | Q(dissatisfied__gt=0),
                name="tasks_vote_has_ballots",
                violation_error_message="满意、基本满意、不满意都是 0，没有人投票。",
            ),
            models.CheckConstraint(
                condition=Q(present__gte=F("satisfied") + F("fairly") + F("dissatisfied")),
                name="tasks_vote_at_most_present",
                violation_error_message="满意、基本满意、不满意加起来不能多于到会人数。",
            ),
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

    @property
    def ballots(self) -> int:
        """How many said one of the three."""
        return sum(getattr(self, name) for name in self.answers)

    @property
    def others(self) -> int:
        """How many of those present said none of the three."""
        return self.present - self.ballots

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "commitment__series__plan"]

    def payload_with(self, evidence) -> dict:
        return super().payload_with(evidence) | {
            "about": self.subject,
            "held_on": self.held_on.isoformat(),
            "body": self.body,
            **{name: getattr(self, name) for name in ("present", *self.answers)},
        }


class VoteEvidence(AbstractEvidence):
    report = models.ForeignKey(Vote, models.PROTECT, related_name="evidence", verbose_name="人大测评")
