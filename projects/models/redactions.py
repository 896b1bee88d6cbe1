"""What the law forbids to show."""

from typing import ClassVar

from django.apps import apps
from django.db import models
from django.db.models import F, Prefetch, Q

from common.model_fields import CharField, TextField, column_of
from ledger.guard import Record
from ledger.models import Entry, EntryKind
from projects.models.facts import Fact


class Redaction(Fact):
    """What the law forbids to show is taken from a published fact; the entry keeps its digest, so the chain holds.

    `field` names the free text, or `evidence/N` for the evidence at position N of a fact. One reviewer hides at once;
    what was hidden is kept, out of everybody's reach, until another one confirms it or it is restored.
    """

    kind = EntryKind.REDACTION
    free_text = ("reason",)
    takes_two = False

    target = models.ForeignKey(Entry, models.PROTECT, related_name="redactions", verbose_name="哪一条公开记录")
    field = CharField("隐去哪一项", max_length=40)
    reason = TextField("依据和原因", max_length=500)
    is_standing = models.BooleanField("还隐去着", default=True, editable=False)

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "依法隐去"
        ordering: ClassVar = ["-pk"]
        permissions: ClassVar = [("publish_redaction", "可以公布依法隐去")]
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(published_by__isnull=True, source__isnull=False)
                | Q(published_by=F("drafted_by")),
                name="projects_redaction_by_whoever_drafts_it",
                violation_error_message="谁起草，谁隐去；没有起草人的，必须有资料来源。",
            ),
            models.UniqueConstraint(
                fields=["target", "field"],
                condition=Q(is_standing=True),
                name="projects_redaction_once",
                violation_error_message="这一项已经隐去了。",
            ),
        ]

    def __str__(self) -> str:
        return f"隐去{self.target}的{self.label}"

    @property
    def label(self) -> str:
        """What `field` is called, whether it is still there or not."""
        if self.field.startswith("evidence/"):
            return f"佐证材料 {self.field.removeprefix('evidence/')}"
        models_with_it = (one for one in apps.get_models() if issubclass(one, Fact) and self.field in one.free_text)
        return next((str(column_of(one, self.field).verbose_name) for one in models_with_it), self.field)

    @property
    def is_pending(self) -> bool:
        """Whether what it hid is still kept, for a second reviewer to confirm. Of a loaded one nothing is."""
        return self.is_standing and self.published_by_id is not None and not hasattr(self, "decision")

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), Prefetch("target", Entry.objects.defer("payload"))]

    @property
    def subject(self) -> str:
        return self.target.subject

    def payload(self) -> dict:
        return {
            "target": self.target_id,
            "field": self.field,
            "texts": self.digests(),
            "source": self.source_payload(),
        }


class RedactionDecision(Fact):
    """What became of a redaction: another reviewer confirmed it, or nobody did in time and it was restored.

    `drafted_by` is whoever hid, so that the two people are two to the database as well.
    """

    code = None  # type: ignore[assignment]  # Django's way to leave out a column
    kinds = (EntryKind.CONFIRMATION, EntryKind.RESTORATION)
    natural = ("redaction__code",)

    redaction = models.OneToOneField(Redaction, models.PROTECT, related_name="decision", verbose_name="哪一次隐去")
    is_confirmed = models.BooleanField("确认了")

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = "隐去的确认"
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=True, source__isnull=True)
                | (
                    Q(published_at__isnull=False, published_by__isnull=False, drafted_by__isnull=False)
                    & ~Q(drafted_by=F("published_by"))
                ),
                name="projects_redactiondecision_two_people",
                violation_error_message="隐去和确认必须是两个人。",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(is_confirmed=True, published_by__isnull=False)
                | Q(is_confirmed=False, published_by__isnull=True),
                name="projects_redactiondecision_confirmed_by_another",
                violation_error_message="确认要有确认的人，恢复没有。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.label}：{self.redaction.target}的{self.redaction.label}"

    @property
    def kind(self) -> EntryKind:  # type: ignore[override]  # not of the class alone
        return EntryKind.CONFIRMATION if self.is_confirmed else EntryKind.RESTORATION

    @classmethod
    def payload_relations(cls) -> list[str | Prefetch]:
        return [*super().payload_relations(), "redaction__target"]

    @property
    def subject(self) -> str:
        return self.redaction.subject

    def payload(self) -> dict:
        return {"redaction": self.redaction.entry_id, "target": self.redaction.target_id}


class HiddenContent(models.Model):
    """What a redaction took from a row: kept to be restored, until it is confirmed and destroyed.

    `table` and `key` name the row, `values` what its fields held, `file_field` the one whose file lies in `file` now.
    `marks` are keyed digests by which the same content is known when it is sent again.
    """

    redaction = models.ForeignKey(Redaction, models.PROTECT, related_name="contents")
    table = models.CharField(max_length=100)
    key = models.BigIntegerField(editable=False)
    values = models.JSONField(default=dict)
    file_field = models.CharField(max_length=40, blank=True)
    file = models.FileField(upload_to="hidden/", max_length=200, blank=True)
    marks = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["redaction", "table", "key"], name="projects_hiddencontent_once")
        ]

    def __str__(self) -> str:
        return f"{self.redaction}：{self.table} {self.key}"
